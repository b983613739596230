//! The block that did something: found by bisection over old states, and confirmed by its own events. No index of
//! transactions is needed; a node that keeps no old states leaves it unknown.

use types::event::{IbcEvent, ObservedBlock};
use types::{BlockHeight, CommitmentKey};

use super::look::Node;
use super::report::{Fact, Place};
use crate::existence;

/// How the store tells that something has happened.
pub(super) enum Trace {
    /// The key is there.
    Written(CommitmentKey),
    /// The key's sequence is above this one.
    Passed(CommitmentKey, u64),
}

impl Trace {
    pub(super) fn key(&self) -> &CommitmentKey {
        match self {
            Self::Written(key) | Self::Passed(key, _) => key,
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
    // Where a state is pruned the height is a bound: the block's own events tell whether it is the one.
    let lowest = node.status.earliest_height.max(BlockHeight(1));
    let first = existence::first(lowest, node.status.height, |height| node.probe(trace, height)).await?;
    let height = first.ok_or("it has just changed; ask again")?.height;
    let block = node.endpoint.block_results(height).await.map_err(|error| error.to_string())?;
    let Some((found, signer)) = pick(&block, wanted) else {
        return Err(format!("{} does not keep the states that would tell the block", node.endpoint));
    };
    let time = Fact::from_result(node.endpoint.header_time(height).await);
    Ok((Place { height, time: Some(time), signer }, found))
}

/// The event, and who signed its transaction.
fn pick<T>(block: &ObservedBlock, wanted: impl Fn(&IbcEvent) -> Option<T>) -> Option<(T, Option<String>)> {
    let in_tx = block.transactions.iter().find_map(|tx| {
        let signer = tx.signers.first().map(|(address, _)| address.clone());
        tx.events.iter().find_map(&wanted).map(|found| (found, signer))
    });
    in_tx.or_else(|| block.block_events.iter().find_map(&wanted).map(|found| (found, None)))
}
