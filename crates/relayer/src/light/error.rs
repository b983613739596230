//! Why a chain can't be followed, and whether asking again may help.

use std::time::Duration;

use light_client::{Invalid, TrustStoreError};
use store::StoreError;
use tendermint::Hash;
use types::{BlockHeight, ChainId};

use super::BlockError;

/// Why a chain is not followed any further. What was verified before stays in the store.
#[derive(Debug, thiserror::Error)]
pub enum SyncError {
    /// The primary gives no block.
    #[error(transparent)]
    Block(#[from] BlockError),
    /// The primary's block breaks a rule.
    #[error("block {height} of {endpoint} is invalid: {reason}")]
    Invalid {
        /// The primary.
        endpoint: String,
        /// The block.
        height: BlockHeight,
        /// The broken rule.
        reason: Invalid,
    },
    /// No block of the chain is trusted yet.
    #[error("no block of {chain} is trusted yet: name one by its height and hash, from a source that you trust")]
    NoTrust {
        /// The chain.
        chain: ChainId,
    },
    /// The block that is trusted is too old to go on from.
    #[error(
        "the newest trusted block of {chain} ({height}) is older than the trusting period of {period:?}: name a newer one by its height and hash, from a source that you trust"
    )]
    Expired {
        /// The chain.
        chain: ChainId,
        /// The block.
        height: BlockHeight,
        /// How long a block is trusted.
        period: Duration,
    },
    /// The block that somebody vouches for is another one at the primary.
    #[error(
        "block {height} of {endpoint} has the hash {got}, not the one that is vouched for: mend the hash, or the endpoint lies"
    )]
    Anchor {
        /// The primary.
        endpoint: String,
        /// The block.
        height: BlockHeight,
        /// Its hash there.
        got: Hash,
    },
    /// The block that somebody vouches for is another one in the store.
    #[error(
        "block {height} is in the store with the hash {kept}, not the one that is vouched for: one of them is wrong; mend the hash, or begin with another store"
    )]
    OtherTrust {
        /// The block.
        height: BlockHeight,
        /// Its hash in the store.
        kept: Hash,
    },
    /// Witnesses were named, and none of them has the primary's block.
    #[error("no witness has block {height} of {endpoint}: nothing above the last one that was confirmed is trusted")]
    Unconfirmed {
        /// The primary.
        endpoint: String,
        /// The block.
        height: BlockHeight,
    },
    /// The store can't keep a block.
    #[error(transparent)]
    Store(#[from] TrustStoreError<StoreError>),
    /// A task of ours ended before its time.
    #[error("the store's task ended: {0}")]
    Task(#[from] tokio::task::JoinError),
}

impl SyncError {
    /// Might the same be well a little later, with nothing mended?
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Block(_) | Self::Invalid { .. } | Self::Unconfirmed { .. } => true,
            Self::NoTrust { .. }
            | Self::Expired { .. }
            | Self::Anchor { .. }
            | Self::OtherTrust { .. }
            | Self::Store(_)
            | Self::Task(_) => false,
        }
    }
}
