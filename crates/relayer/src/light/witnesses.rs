//! The nodes that the primary is compared with. One that does not answer rests for a while, so that it delays nothing.

use std::time::Duration;

use chain::Endpoint;
use engine::Instant;
use futures::future::join_all;
use light_client::{Invalid, LightBlock, Options, Outcome};

use super::{Comparison, Contradiction, compare};
use crate::clock::Clock;

/// How long a witness is left alone that was silent, behind or incapable.
const REST: Duration = Duration::from_secs(60);

/// The nodes that the primary is compared with.
#[derive(Debug)]
pub(super) struct Witnesses(Vec<Witness>);

#[derive(Debug)]
struct Witness {
    endpoint: Endpoint,
    rests_until: Option<Instant>,
}

/// What one witness made of a header.
#[derive(Clone, Debug)]
pub struct Witnessed {
    /// The witness.
    pub witness: String,
    /// What came of it.
    pub comparison: Comparison,
}

/// What all of them made of it.
#[derive(Debug, Default)]
pub(super) struct Verdicts {
    pub(super) all: Vec<Witnessed>,
}

impl Witnesses {
    pub(super) fn new(endpoints: Vec<Endpoint>) -> Self {
        Self(endpoints.into_iter().map(|endpoint| Witness { endpoint, rests_until: None }).collect())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Compares all that do not rest; where none of those confirms the header, the others as well.
    pub(super) async fn compare(
        &mut self,
        primary: &Endpoint,
        trace: &[LightBlock],
        options: Options,
        lag: Duration,
        clock: &Clock,
    ) -> Result<Verdicts, Invalid> {
        let now = clock.now();
        let (resting, awake): (Vec<_>, Vec<_>) =
            self.0.iter_mut().partition(|witness| witness.rests_until.is_some_and(|until| until > now));
        let mut verdicts = Verdicts::default();
        for some in [awake, resting] {
            if !verdicts.is_confirmed() {
                let ask = |witness| ask(witness, primary, trace, options, lag, clock);
                let asked = join_all(some.into_iter().map(ask)).await;
                verdicts.all.extend(asked.into_iter().collect::<Result<Vec<_>, _>>()?);
            }
        }
        Ok(verdicts)
    }
}

async fn ask(
    witness: &mut Witness,
    primary: &Endpoint,
    trace: &[LightBlock],
    options: Options,
    lag: Duration,
    clock: &Clock,
) -> Result<Witnessed, Invalid> {
    let comparison = compare(primary, &witness.endpoint, trace.to_vec(), options, lag, clock).await?;
    witness.rests_until = match &comparison.outcome {
        Outcome::Agrees | Outcome::Attack(_) => None,
        Outcome::Behind { .. }
        | Outcome::Silent
        | Outcome::OtherChain { .. }
        | Outcome::NoCommonBlock { .. }
        | Outcome::Unproven(_) => Some(clock.now().after(REST)),
    };
    Ok(Witnessed { witness: witness.endpoint.name().to_owned(), comparison })
}

impl Verdicts {
    pub(super) fn is_confirmed(&self) -> bool {
        self.all.iter().any(|witnessed| matches!(witnessed.comparison.outcome, Outcome::Agrees))
    }

    /// The first attack among them.
    pub(super) fn contradiction(&self, primary: &Endpoint) -> Option<Contradiction> {
        self.all.iter().find_map(|witnessed| match &witnessed.comparison.outcome {
            Outcome::Attack(attack) => Some(Contradiction {
                primary: primary.name().to_owned(),
                witness: witnessed.witness.clone(),
                attack: Box::as_ref(attack).clone(),
            }),
            Outcome::Agrees
            | Outcome::Behind { .. }
            | Outcome::Silent
            | Outcome::OtherChain { .. }
            | Outcome::NoCommonBlock { .. }
            | Outcome::Unproven(_) => None,
        })
    }
}
