//! Why there is no proof, and what follows from that.

use chain::{ChainError, NodeError};
use types::{BlockHeight, ChainId, Class, ClientId, Height, Scope};

use crate::headers::HeaderError;

/// Why there is no proof.
#[derive(Debug, thiserror::Error)]
pub enum ProofError {
    /// A node did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// There is no verified header.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The client is frozen: nothing can be proven to it.
    #[error("client {client} on {chain} is frozen")]
    Frozen {
        /// The client.
        client: ClientId,
        /// Its host.
        chain: ChainId,
    },
    /// What the client holds is older than its trusting period: no update can bring it on.
    #[error("client {client} on {chain} is expired; governance of {chain} can recover it")]
    Expired {
        /// The client.
        client: ClientId,
        /// Its host.
        chain: ChainId,
    },
    /// The client tracks another chain than the path says.
    #[error("client {client} on {chain} tracks {tracked}, not {expected}; mend the path in the configuration")]
    OtherChain {
        /// The client.
        client: ClientId,
        /// Its host.
        chain: ChainId,
        /// The chain that it tracks.
        tracked: ChainId,
        /// The chain that it should track.
        expected: ChainId,
    },
    /// The client holds a state that the tracked chain never had.
    #[error("client {client} on {chain} holds a consensus state at {height} that is not the chain's: misbehaviour")]
    Misbehaviour {
        /// The client.
        client: ClientId,
        /// Its host.
        chain: ChainId,
        /// The consensus state's height.
        height: Height,
    },
    /// A value's proof does not lead to the verified app hash.
    #[error("{chain} gave a proof for {key} at {at} that does not verify: {reason}")]
    Invalid {
        /// The chain that gave it.
        chain: ChainId,
        /// The key asked for.
        key: String,
        /// The height of the state asked for.
        at: BlockHeight,
        /// What the verifier says.
        reason: String,
    },
    /// What must stand there is proven not to.
    #[error("{chain} holds nothing under {key} at {at}")]
    Absent {
        /// The chain.
        chain: ChainId,
        /// The key asked for.
        key: String,
        /// The height of the state asked for.
        at: BlockHeight,
    },
    /// The header that would prove it is not there.
    #[error("block {height} of {chain}, which would prove it, has not come")]
    NotYet {
        /// The chain.
        chain: ChainId,
        /// The header's height.
        height: BlockHeight,
    },
}

impl ProofError {
    /// Does the node keep the state or the block no more that was asked for?
    pub(crate) fn is_pruned(&self) -> bool {
        let node_error = match self {
            Self::Chain(error) | Self::Header(HeaderError::Chain(error)) => error.node_error(),
            Self::Header(_)
            | Self::Frozen { .. }
            | Self::Expired { .. }
            | Self::OtherChain { .. }
            | Self::Misbehaviour { .. }
            | Self::Invalid { .. }
            | Self::Absent { .. }
            | Self::NotYet { .. } => None,
        };
        node_error == Some(NodeError::HeightPruned)
    }

    /// How to react.
    pub fn class(&self) -> Class {
        match self {
            Self::Chain(error) => error.class(),
            Self::Header(error) => error.class(),
            Self::Frozen { .. } | Self::Expired { .. } | Self::Misbehaviour { .. } => Class::Terminal(Scope::Client),
            Self::OtherChain { .. } => Class::Terminal(Scope::Path),
            // Another node, or the same one later, may tell the truth.
            Self::Invalid { .. } | Self::NotYet { .. } => Class::Transient,
            Self::Absent { .. } => Class::Stale,
        }
    }
}
