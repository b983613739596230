//! ICS-20: sends transfers from a chain's wallet, many to a transaction.

use std::time::Duration;

use chain::ChainError;
use engine::Created;
use types::message::MsgTransfer;
use types::{ChannelId, Height, PortId, Sequence, Timestamp};

use crate::chain::Chain;
use crate::clock::Clock;
use crate::control::{Committed, Handle, SubmitError};

/// Transfers that are put in one transaction.
const TRANSFERS_PER_TX_MAX: usize = 100;

/// What is to be sent.
#[derive(Clone, Debug)]
pub struct TransferRequest {
    /// The source port, mostly `transfer`.
    pub port: PortId,
    /// The source channel.
    pub channel: ChannelId,
    /// The token, by its name on the source.
    pub denom: String,
    /// How much of it, each time.
    pub amount: u128,
    /// Who shall have it, on the destination.
    pub receiver: String,
    /// For applications behind the transfer.
    pub memo: String,
    /// Timeout by height of the destination; zero for none.
    pub timeout_height: Height,
    /// Timeout this long after now; `None` for none.
    pub timeout_after: Option<Duration>,
    /// How many transfers.
    pub count: usize,
}

/// Why transfers were not sent.
#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    /// A packet without any timeout could wait for ever; ibc-go refuses it.
    #[error("a transfer needs a timeout: give --timeout-seconds or --timeout-height-offset")]
    NoTimeout,
    /// The chain refused, or the process is stopping.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// A node did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
}

/// Sends, and waits until every transaction stands in a block. Gives the packets' sequences.
///
/// # Errors
/// See [`TransferError`]; transactions before the failing one were sent.
pub async fn transfer(
    chain: &Chain,
    handle: &Handle,
    clock: &Clock,
    request: &TransferRequest,
) -> Result<Vec<Sequence>, TransferError> {
    if request.timeout_after.is_none() && request.timeout_height.is_zero() {
        return Err(TransferError::NoTimeout);
    }
    let message = MsgTransfer {
        source_port: request.port.clone(),
        source_channel: request.channel.clone(),
        denom: request.denom.clone(),
        amount: request.amount,
        sender: chain.signer(),
        receiver: request.receiver.clone(),
        timeout_height: request.timeout_height,
        timeout_timestamp: request.timeout_after.map_or(Timestamp::ZERO, |after| {
            let after_ns = u64::try_from(after.as_nanos()).unwrap_or(u64::MAX);
            Timestamp(clock.timestamp().0.saturating_add(after_ns))
        }),
        memo: request.memo.clone(),
    };
    let message = crate::message(message);
    let started = clock.timestamp().0;
    let mut sent = Vec::new();
    let mut left = request.count;
    let mut waiting = Vec::new();
    while left > 0 {
        let count = left.min(TRANSFERS_PER_TX_MAX);
        let id = engine::RequestId(format!("transfer/{}/{started}/{left}", chain.id));
        let outcome = handle.submit(id.clone(), chain.lane(), vec![message.clone(); count]);
        waiting.push(async move { (id, outcome.await) });
        left -= count;
    }
    for (id, outcome) in futures::future::join_all(waiting).await {
        handle.forget(id).await.map_err(SubmitError::from)?;
        let outcome = outcome.map_err(SubmitError::from)?;
        let committed = Committed::from_outcome(&chain.id, "the transfer", outcome)?;
        sent.extend(committed.created.into_iter().filter_map(|created| match created {
            Created::Packet(sequence) => Some(sequence),
            Created::Client(_) | Created::Connection(_) | Created::Channel(_) => None,
        }));
    }
    Ok(sent)
}
