//! Does the step that is asked for follow from where both ends are? If not: what would.

use super::Chains;
use crate::handshake::HandshakeError;
use crate::handshake::next::{At, Next, Phase, Step, next};

/// Both ends in words, and where they are. `here` is the one that was named.
pub(super) struct Both {
    pub(super) here: (String, Phase),
    pub(super) there: Option<(String, Phase)>,
}

impl Chains<'_> {
    /// Is it this step that is next? `at` says on which of the two ends it would be.
    pub(super) fn fits(
        &self,
        step: Step,
        at: At,
        ends: &Both,
        name: fn(Step) -> &'static str,
    ) -> Result<(), HandshakeError> {
        let chains = match at {
            At::Here => (&self.dst.id, &self.src.id),
            At::There => (&self.src.id, &self.dst.id),
        };
        let next = next(ends.here.1, ends.there.as_ref().map(|(_, phase)| *phase));
        if next == Next::Do(step, at) {
            return Ok(());
        }
        let fits = match next {
            Next::Do(step, At::Here) => format!("{} with --dst-chain {} fits", name(step), chains.0),
            Next::Do(step, At::There) => format!("{} with --dst-chain {} fits", name(step), chains.1),
            Next::Open => "both ends are open: no step is left".to_owned(),
            Next::Closed => "both ends are closed: no step is left".to_owned(),
            Next::Stuck(reason) => format!("no step leads on: {reason}"),
        };
        let here = format!("{} on {} is {}", ends.here.0, chains.0, ends.here.1);
        let there = match &ends.there {
            Some((there, phase)) => format!("{there} on {} is {phase}", chains.1),
            None => format!("{} has no end that answers it", chains.1),
        };
        Err(HandshakeError::Misfit { step: name(step), found: format!("{here}, {there}"), fits })
    }
}
