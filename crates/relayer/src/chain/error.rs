//! Why a chain can't be used.

use chain::ChainError;
use types::ChainId;

/// Why a chain can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// The endpoint did not answer, or not as a node does.
    #[error("chain {chain} can't be reached: {error}; check `rpc` of this chain")]
    Unreachable {
        /// The chain.
        chain: ChainId,
        /// What went wrong.
        error: ChainError,
    },
    /// The endpoint serves another chain.
    #[error("endpoint {endpoint} serves chain {found}, not {expected}; mend `id` or `rpc` of this chain")]
    OtherChain {
        /// The endpoint, without credentials.
        endpoint: String,
        /// The chain that it serves.
        found: ChainId,
        /// The chain that was configured.
        expected: ChainId,
    },
    /// There is nowhere to ask.
    #[error("chain {0} has no address; set `rpc`")]
    NoAddress(ChainId),
    /// The configured address is not usable.
    #[error(transparent)]
    Address(ChainError),
}
