//! The endpoints of a chain compared with each other, height by height: what one tells and another does not is led back
//! to the last block that both had. Two branches that both verify from there are an attack, whoever is right.
//!
//! An endpoint that is behind, silent, incapable or of another chain proves nothing: that is said, once a change, and
//! asked again at the next head. Each endpoint but the one in use has a watch of its own, so that none waits for another.

mod pair;

use std::sync::Arc;
use std::time::Duration;

use chain::{ChainError, Endpoint};
use futures::future;
use tracing::{error, info, warn};
use types::BlockHeight;
use types::client::Status;

use self::pair::{Compared, Pair};
use crate::chain::Chain;
use crate::driver::Shell;
use crate::headers;
use crate::light::SyncError;
use crate::supervise::supervised;

/// Between two comparisons with one endpoint, at least.
const COMPARE_EVERY: Duration = Duration::from_secs(1);
/// After one that came to nothing.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Compares the endpoints of a chain for ever. One alone has nobody to be compared with.
pub(super) async fn watch(shell: Arc<Shell>, chain: Arc<Chain>) {
    let watches = chain.all_endpoints().iter().filter(|_| chain.all_endpoints().len() > 1).map(|endpoint| {
        let (shell, chain) = (shell.clone(), chain.clone());
        supervised("the comparison of two nodes", move || follow(shell.clone(), chain.clone(), endpoint.clone()))
    });
    future::join_all(watches).await;
}

/// How each endpoint but the one in use stands to that, at one look.
pub(super) async fn once(shell: &Shell, chain: &Chain) -> Vec<(Endpoint, Standing)> {
    let head = chain.head_at_least(BlockHeight(1)).await;
    let primary = chain.endpoint();
    let others = chain.all_endpoints().iter().filter(|endpoint| endpoint.name() != primary.name());
    let looks = others.map(|endpoint| async move {
        let mut pair = Pair::new(chain.id.clone(), endpoint.clone(), shell.clock.clone());
        let mut compared = compare(&mut pair, chain, primary, head).await;
        if matches!(compared, Ok(Compared::Agrees)) {
            // From what both have, what one alone has is judged.
            compared = compare(&mut pair, chain, primary, head).await;
        }
        (endpoint.clone(), judge(shell, chain, endpoint, compared).0)
    });
    future::join_all(looks).await
}

/// How it stands with an endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    Agrees,
    /// It can't be compared: why, without what changes from head to head.
    Incomparable(&'static str),
    Contradicts,
}

impl Standing {
    /// One word, the same from head to head.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Agrees => "agrees",
            Self::Incomparable(_) => "incomparable",
            Self::Contradicts => "contradicts",
        }
    }

    /// Why it can't be compared, if it can't.
    pub(super) fn reason(&self) -> Option<&'static str> {
        match self {
            Self::Incomparable(why) => Some(why),
            Self::Agrees | Self::Contradicts => None,
        }
    }
}

/// Compares one endpoint with the one in use, head by head.
async fn follow(shell: Arc<Shell>, chain: Arc<Chain>, endpoint: Endpoint) {
    let mut pair = Pair::new(chain.id.clone(), endpoint.clone(), shell.clock.clone());
    let (mut standing, mut compared_to) = (Standing::Agrees, BlockHeight(0));
    loop {
        let head = chain.head_at_least(compared_to.next()).await;
        let primary = chain.endpoint().clone();
        if primary.name() == endpoint.name() {
            // The others are compared with it.
            compared_to = head;
            tokio::time::sleep(COMPARE_EVERY).await;
            continue;
        }
        let compared = match compare(&mut pair, &chain, &primary, head).await {
            // Of a fork that goes on and on, whoever could be shown more has seen enough.
            Ok(Compared::Apart(_)) if standing == Standing::Contradicts && !is_trusted(&shell, &chain) => {
                Ok(Compared::StillApart)
            }
            compared => compared,
        };
        let (is, pause) = judge(&shell, &chain, &endpoint, compared);
        if is == Standing::Agrees && standing != is {
            info!(chain = %chain.id, %endpoint, %primary, "endpoints agree again");
        } else if let Standing::Incomparable(why) = &is
            && standing != is
        {
            warn!(chain = %chain.id, %endpoint, %primary, why, "endpoint can't be compared with the one in use; it is tried again");
        }
        shell.watch.stands(&chain.id, endpoint.name(), is.name());
        (standing, compared_to) = (is, head);
        tokio::time::sleep(pause).await;
    }
}

async fn compare(pair: &mut Pair, chain: &Chain, primary: &Endpoint, head: BlockHeight) -> Result<Compared, SyncError> {
    let headers = chain.headers().await.map_err(|error: ChainError| SyncError::Block(error.into()))?;
    pair.compare(primary, head, *headers.options()).await
}

/// Is there a client of this chain that is not frozen?
fn is_trusted(shell: &Shell, chain: &Chain) -> bool {
    let clients = shell.watch.coverage();
    clients.iter().any(|client| client.tracked == chain.id && client.status != Some(Status::Frozen))
}

/// Hands on an attack, and says how it stands otherwise.
fn judge(
    shell: &Shell,
    chain: &Chain,
    endpoint: &Endpoint,
    compared: Result<Compared, SyncError>,
) -> (Standing, Duration) {
    match compared {
        Ok(Compared::Agrees) => (Standing::Agrees, COMPARE_EVERY),
        Ok(Compared::Behind) => (Standing::Incomparable("behind"), COMPARE_EVERY),
        Ok(Compared::StillApart) => (Standing::Contradicts, COMPARE_EVERY),
        Ok(Compared::Incomparable { why, detail }) => {
            tracing::debug!(chain = %chain.id, %endpoint, why, detail, "endpoint can't be compared");
            (Standing::Incomparable(why), RETRY_AFTER)
        }
        Ok(Compared::Apart(contradiction)) => {
            let case = &contradiction.attack.against_primary;
            error!(
                chain = %chain.id, primary = contradiction.primary, witness = contradiction.witness, kind = ?case.kind,
                common = %case.common.height(), height = %case.conflicting.height(),
                "two nodes have two chains, each signed by its validators"
            );
            // What another part has found as well is responded to once.
            let is_known = [&case.conflicting, case.trusted()]
                .into_iter()
                .any(|block| headers::state(block).is_ok_and(|state| shell.watch.knows_header_of(&state)));
            if !is_known {
                shell.watch.found(contradiction.into_case(chain.id.clone(), shell.clock.timestamp(), None));
            }
            (Standing::Contradicts, COMPARE_EVERY)
        }
        Err(error) => {
            tracing::debug!(chain = %chain.id, %endpoint, %error, "endpoints can't be compared now");
            (Standing::Incomparable("no answer"), RETRY_AFTER)
        }
    }
}
