//! Why a step of a handshake could not be made.

use chain::ChainError;
use types::ChainId;

use crate::control::SubmitError;
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
    /// The chain refused the step, or the process is stopping.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// It took longer than any step should.
    #[error("it took longer than {0} seconds")]
    Deadline(u64),
}
