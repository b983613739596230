//! ICS-02 `updateClient` by hand: a client brought to a height, in as many steps as its rules need.

use chain::ChainError;
use engine::{Message, RequestId};
use types::{BlockHeight, ChainId, ClientId, Height};

use crate::chain::Chain;
use crate::clock::Clock;
use crate::control::{Handle, SubmitError};
use crate::proofs::{ProofBase, ProofError};

/// Why a client could not be updated or upgraded.
#[derive(Debug, thiserror::Error)]
pub enum ClientError {
    /// A node did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// There is no proof, or no verified header.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// The tracked chain has no such block yet.
    #[error("{chain} is at {head}; block {wanted} is not there yet, run the command again then")]
    NotYet {
        /// The tracked chain.
        chain: ChainId,
        /// Its newest block.
        head: BlockHeight,
        /// The one asked for.
        wanted: BlockHeight,
    },
    /// The client holds nothing from which that height could be reached.
    #[error("client {client} on {chain} holds no consensus state at or below {wanted}; name a height above {lowest}")]
    TooLow {
        /// The client.
        client: ClientId,
        /// Its host.
        chain: ChainId,
        /// What was asked for.
        wanted: BlockHeight,
        /// What it holds.
        lowest: Height,
    },
    /// What the tracked chain committed to can't be used.
    #[error("{0}")]
    Upgrade(String),
    /// The chain refused, or the process is stopping.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

/// What an update did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Updated {
    /// The client's newest height before.
    pub before: Height,
    /// Its newest height now.
    pub after: Height,
    /// The height that it now holds a consensus state of.
    pub target: Height,
    /// How many headers that took; none if it held that height already.
    pub headers: usize,
}

/// Brings `client` on `host` to `height` of the chain that it tracks; to that chain's newest block without one.
///
/// # Errors
/// See [`ClientError`].
pub async fn update_client(
    host: &Chain,
    tracked: &Chain,
    client: &ClientId,
    height: Option<BlockHeight>,
    handle: &Handle,
    clock: &Clock,
) -> Result<Updated, ClientError> {
    let before = host.query().client_state(client).await?.latest_height;
    let head = tracked.fresh_head().await?.height;
    let target = height.unwrap_or(head);
    if target > head {
        return Err(ClientError::NotYet { chain: tracked.id.clone(), head, wanted: target });
    }
    let held = host.query().consensus_state_heights(client).await?;
    let lowest = held.first().copied().unwrap_or(before);
    if lowest.revision_height > target.0 {
        return Err(ClientError::TooLow { client: client.clone(), chain: host.id.clone(), wanted: target, lowest });
    }
    let base = ProofBase::exactly(host, client, tracked, target).await?;
    let (headers, reached) = (base.updates.len(), base.height);
    if headers > 0 {
        submit(host, client, "the client's update", base.updates, handle, clock).await?;
    }
    let after = host.query().client_state(client).await?.latest_height;
    Ok(Updated { before, after, target: reached, headers })
}

/// Sends the messages in one transaction, and waits for its end.
pub(crate) async fn submit(
    host: &Chain,
    client: &ClientId,
    step: &'static str,
    messages: Vec<Message>,
    handle: &Handle,
    clock: &Clock,
) -> Result<(), ClientError> {
    let id = RequestId(format!("client/{}/{client}/{}", host.id, clock.now().0));
    handle.commit(id, host.lane(), step, messages).await?;
    Ok(())
}
