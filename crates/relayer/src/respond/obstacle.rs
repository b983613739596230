//! What stands in the way for now. Each may pass, so that each is tried again.

use std::time::Duration;

use chain::ChainError;
use types::{BlockHeight, ChainId, Height, Refusal};

use crate::control::Stopping;
use crate::headers::HeaderError;
use crate::proofs::ProofError;

/// What stands in the way for now.
#[derive(Debug, thiserror::Error)]
pub(super) enum Obstacle {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Proof(#[from] ProofError),
    #[error(transparent)]
    Header(#[from] HeaderError),
    #[error("no key was given for {0}; name one with `key` in the configuration")]
    NoKey(ChainId),
    #[error("{0} is not configured, so that its validators at {1} can't be fetched; add it to the configuration")]
    NotConfigured(ChainId, BlockHeight),
    #[error("no endpoint of {0} has the validators that consensus states {1:?} of the client name")]
    NoValidators(ChainId, Vec<Height>),
    #[error("no endpoint of {0} leads from {1} to block {2} by headers that the client takes")]
    NoSteps(ChainId, Height, BlockHeight),
    #[error("refused: {log} (codespace {codespace:?}, code {code})", log = .0.log, codespace = .0.codespace, code = .0.code)]
    Refused(Box<Refusal>),
    #[error("the transaction never made it into a block")]
    Void,
    #[error("the transaction stands in block {0} and has not frozen the client")]
    NotFrozen(BlockHeight),
    #[error("it takes longer than {0:?}; the wallet may be empty, or the chain may stand still")]
    Slow(Duration),
    #[error("the client was brought on again and again, and is not frozen")]
    NoEnd,
    #[error(transparent)]
    Stopping(#[from] Stopping),
}
