//! Why a step of a handshake could not be made.

use chain::ChainError;
use types::{ChainId, Refusal};

use crate::control::Stopping;
use crate::proofs::ProofError;

/// Why a step of a handshake could not be made.
#[derive(Debug, thiserror::Error)]
pub enum HandshakeError {
    /// A node did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// There is no proof.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The other end, by its proven state, is not where the step needs it.
    #[error("{end} on {chain} is {found}; {step} needs it to be {needed}")]
    State {
        /// The chain of the end.
        chain: ChainId,
        /// Such as `connection connection-0`.
        end: String,
        /// Its proven state.
        found: String,
        /// The state that the step rests on.
        needed: &'static str,
        /// The step.
        step: &'static str,
    },
    /// The step does not follow from where both ends are.
    #[error("{step} does not fit: {found}; {fits}")]
    Misfit {
        /// The step.
        step: &'static str,
        /// Where both ends are.
        found: String,
        /// What fits.
        fits: String,
    },
    /// The two ends do not name each other, so that no step leads on.
    #[error("{0}")]
    Disagreement(String),
    /// The chain refused the step.
    #[error("{chain} refused {step}: {log} (codespace {codespace:?}, code {code})", log = refusal.log, codespace = refusal.codespace, code = refusal.code)]
    Refused {
        /// The chain.
        chain: ChainId,
        /// The step.
        step: &'static str,
        /// Its answer.
        refusal: Box<Refusal>,
    },
    /// The step's transaction never made it into a block.
    #[error("{step} on {chain} never made it into a block; run the same command again")]
    Void {
        /// The chain.
        chain: ChainId,
        /// The step.
        step: &'static str,
    },
    /// It took longer than any step should.
    #[error("it took longer than {0} seconds")]
    Deadline(u64),
    /// The process is stopping.
    #[error(transparent)]
    Stopping(#[from] Stopping),
}
