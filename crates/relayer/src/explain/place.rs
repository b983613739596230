//! The block that did something: found by bisection over old states, and confirmed by its own events. No index of
//! transactions is needed; a node that keeps no old states leaves it unknown.

use types::event::{IbcEvent, ObservedBlock};
use types::{BlockHeight, CommitmentKey};

use super::look::Node;
use super::report::Place;

/// How the store tells that something has happened.
pub(super) enum Trace {
    /// The key is there.
    Written(CommitmentKey),
    /// The key's sequence is above this one.
    Passed(CommitmentKey, u64),
}

impl Trace {
    async fn is_at(&self, node: &Node, height: BlockHeight) -> Result<bool, String> {
        match self {
            Self::Written(key) => Ok(node.value(key, Some(height)).await?.is_some()),
            Self::Passed(key, sequence) => {
                Ok(node.sequence(key, Some(height)).await?.is_some_and(|next| next > *sequence))
            }
        }
    }
}

/// The block that left the trace, and what `wanted` makes of the event in it.
///
/// # Errors
/// Why it can't be told.
pub(super) async fn find<T>(
    node: &Node,
    trace: &Trace,
    wanted: impl Fn(&IbcEvent) -> Option<T>,
) -> Result<(Place, T), String> {
    let height = first_height(node, trace).await?;
    let block = node.endpoint.block_results(height).await.map_err(|error| error.to_string())?;
    let Some((found, signer)) = pick(&block, wanted) else {
        return Err(format!("{} does not keep the states that would tell the block", node.endpoint));
    };
    // A header's time is a comfort, not a need.
    let time = node.endpoint.header_time(height).await.ok();
    Ok((Place { height, time, signer }, found))
}

/// The event, and who signed its transaction.
fn pick<T>(block: &ObservedBlock, wanted: impl Fn(&IbcEvent) -> Option<T>) -> Option<(T, Option<String>)> {
    let in_tx = block.transactions.iter().find_map(|tx| {
        let signer = tx.signers.first().map(|(address, _)| address.clone());
        tx.events.iter().find_map(&wanted).map(|found| (found, signer))
    });
    in_tx.or_else(|| block.block_events.iter().find_map(&wanted).map(|found| (found, None)))
}

/// The lowest height whose state holds the trace. A state that the node does not keep counts as one without it: the
/// caller sees by the block's events whether that was right.
async fn first_height(node: &Node, trace: &Trace) -> Result<BlockHeight, String> {
    let head = node.status.height.0;
    if !trace.is_at(node, BlockHeight(head)).await? {
        return Err("it has just changed; ask again".to_owned());
    }
    let lowest = node.status.earliest_height.0.max(1).saturating_sub(1);
    let (mut with, mut without, mut step) = (head, lowest, 1);
    // Most questions are about young packets: from the head downwards in growing steps, and bisection only then.
    while with > without + 1 {
        let probe = if step > 0 { with.saturating_sub(step).max(without + 1) } else { without + (with - without) / 2 };
        if trace.is_at(node, BlockHeight(probe)).await.unwrap_or(false) {
            with = probe;
            step *= 2;
        } else {
            without = probe;
            step = 0;
        }
    }
    Ok(BlockHeight(with))
}
