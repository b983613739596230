//! Why a header can't be trusted, and what follows from that.

use chain::ChainError;
use light_client::Invalid;
use types::{BlockHeight, ChainId, Class, Scope};

/// Why there is no verified header.
#[derive(Debug, thiserror::Error)]
pub enum HeaderError {
    /// A node did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The node's header fails the light client's rules.
    #[error("header {height} of {chain} is invalid: {reason}")]
    Invalid {
        /// The chain.
        chain: ChainId,
        /// The header's height.
        height: BlockHeight,
        /// The broken rule.
        reason: String,
    },
    /// The node's validators hash to something else than the header says.
    #[error("validators of {chain} at height {height} do not hash to what its header says")]
    Validators {
        /// The chain.
        chain: ChainId,
        /// The header's height.
        height: BlockHeight,
    },
    /// The header at the trusted height is not the one vouched for.
    #[error("header {height} of {chain} has another hash than `trust` says; mend `trust`, or the endpoint lies")]
    Anchor {
        /// The chain.
        chain: ChainId,
        /// The header's height.
        height: BlockHeight,
    },
    /// The newest trusted header is too old.
    #[error(
        "the trusted header of {chain} (height {height}) is older than its trusting period; set `trust = {{ height, hash }}` for this chain"
    )]
    Expired {
        /// The chain.
        chain: ChainId,
        /// The header's height.
        height: BlockHeight,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::StoreError),
    /// A verified header says what no client could hold.
    #[error("verified header can't be held by a client: {0}")]
    Unusable(Invalid),
}

impl HeaderError {
    /// How to react. A lie of one node may be mended by another, so that only what no node can mend is terminal.
    pub fn class(&self) -> Class {
        match self {
            Self::Chain(error) => error.class(),
            Self::Invalid { .. } | Self::Validators { .. } | Self::Store(_) => Class::Transient,
            Self::Anchor { .. } | Self::Expired { .. } | Self::Unusable(_) => Class::Terminal(Scope::Chain),
        }
    }
}
