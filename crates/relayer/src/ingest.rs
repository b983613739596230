//! Ingest by block: a new head wakes us, then each height is read once, whole, and brought to the driver in order.
//!
//! A height that can't be read is left out after a few tries: the engine records it as a gap and asks for it again.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chain::{ChainError, Endpoint, NodeError};
use engine::{Event, Head};
use futures::{Stream, StreamExt, stream};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};
use types::event::ObservedBlock;
use types::{BlockHeight, Class};

use crate::chain::Chain;
use crate::driver::Shell;
use crate::recover::{Node, nodes};

/// How long lies at most between a head that is not believed and the next look at the chain's heads; a block's time, if
/// that is shorter.
const DISBELIEF_PAUSE_MAX: Duration = Duration::from_secs(1);
/// Blocks that are looked for at a time where no head is believed.
const CLIMB_BLOCKS_MAX: u64 = 64;
/// Heights that are read at the same time.
const READS_IN_FLIGHT_MAX: usize = 4;
/// How often a height is tried before it is left as a gap.
const READ_TRIES_MAX: u32 = 4;
const READ_BACKOFF: Duration = Duration::from_millis(100);

/// Follows a chain from `next` on (its head, if nothing was read yet) until cancelled.
pub(crate) async fn run(shell: Arc<Shell>, chain: Arc<Chain>, next: Option<BlockHeight>, cancel: CancellationToken) {
    tokio::select! {
        () = cancel.cancelled() => {}
        () = follow(&shell, &chain, next) => {}
    }
}

async fn follow(shell: &Shell, chain: &Chain, mut next: Option<BlockHeight>) {
    chain.connected().await;
    let pool = chain.endpoints();
    let mut heads = chain::watch_heads(pool.clone());
    let mut outages = None;
    info!(chain = %chain.id, "following the chain");
    while heads.changed().await.is_ok() {
        let Some(told) = heads.borrow_and_update().clone() else { continue };
        let head = Head { height: told.head.height, time: told.head.time };
        let believed = chain.believe(head, &told.by).await;
        if let Ok(head) = believed {
            // The first head ends an outage too: that before the start.
            let outages_now = Some(pool.outages());
            if outages != outages_now {
                outages = outages_now;
                shell.tell(Event::ChainAnswered { chain: chain.id.clone() }).await;
            }
            // The head goes first: what earlier blocks hold can be proven from now on, whatever this block holds.
            shell.tell(Event::HeadObserved { chain: chain.id.clone(), head }).await;
            let unread = read(shell, chain, next.unwrap_or(head.height), head.height).await;
            next = Some(unread);
            if unread > head.height || chain.see(head.height, &told.by).await.is_ok() {
                continue;
            }
        }
        let seen = chain.head().map_or(BlockHeight(1), |seen| seen.height);
        next = Some(climb(shell, chain, next.unwrap_or(seen)).await);
        tokio::time::sleep(chain.block_time().min(DISBELIEF_PAUSE_MAX)).await;
        // A watch tells of nothing below what it told of before.
        heads = chain::watch_heads(pool.clone());
    }
    debug!(chain = %chain.id, "the head's watcher ended");
}

/// Reads blocks `from..=to` and tells the driver of each, in order. Gives the first that is not there yet, else the one
/// behind the last.
async fn read(shell: &Shell, chain: &Chain, from: BlockHeight, to: BlockHeight) -> BlockHeight {
    let mut blocks = pin!(blocks(chain.endpoint(), from, to));
    while let Some(read) = blocks.next().await {
        match read {
            Ok(block) => {
                chain.block_read(block.height);
                shell.tell(Event::BlockObserved { chain: chain.id.clone(), block }).await;
            }
            Err((height, error)) if error.node_error() == Some(NodeError::HeightAhead) => {
                debug!(chain = %chain.id, %height, %error, "block is not there yet");
                return height;
            }
            Err((height, error)) => {
                warn!(chain = %chain.id, %height, %error, "block can't be read now; it is recorded as a gap");
            }
        }
    }
    from.max(to.next())
}

/// Where a node's word of its head is false, its blocks tell: they are read one after the other, as far as there are
/// any. Gives the first that is not there.
async fn climb(shell: &Shell, chain: &Chain, from: BlockHeight) -> BlockHeight {
    let endpoint = chain.endpoint().clone();
    let mut unread = from;
    {
        let mut blocks = pin!(blocks(&endpoint, from, from.forward(CLIMB_BLOCKS_MAX)));
        while let Some(Ok(block)) = blocks.next().await {
            unread = block.height.next();
            shell.tell(Event::BlockObserved { chain: chain.id.clone(), block }).await;
        }
    }
    let top = unread.back(1);
    let is_news = chain.head().is_none_or(|seen| seen.height < top);
    if is_news && let Ok(head) = chain.see(top, &endpoint).await {
        shell.tell(Event::HeadObserved { chain: chain.id.clone(), head }).await;
    }
    unread
}

/// Blocks `from..=to` in order, some read at the same time.
fn blocks(endpoint: &Endpoint, from: BlockHeight, to: BlockHeight) -> impl Stream<Item = Read> + Send + use<> {
    let endpoint = endpoint.clone();
    stream::iter(from.0..=to.0)
        .map(move |height| block_with_retry(endpoint.clone(), BlockHeight(height)))
        .buffered(READS_IN_FLIGHT_MAX)
}

/// A block, or the height that can't be read now.
type Read = Result<ObservedBlock, (BlockHeight, ChainError)>;

async fn block_with_retry(endpoint: Endpoint, height: BlockHeight) -> Read {
    let mut tries = 1;
    loop {
        match endpoint.block_results(height).await {
            Ok(block) => return Ok(block),
            Err(error) if tries < READ_TRIES_MAX && matches!(error.class(), Class::Transient | Class::Stale) => {
                tokio::time::sleep(READ_BACKOFF * tries).await;
                tries += 1;
            }
            Err(error) => return Err((height, error)),
        }
    }
}

/// `Action::Rescan`: reads a gap again, at a node that keeps it if one does.
pub(crate) async fn rescan(shell: &Shell, chain: &Chain, from: BlockHeight, to: BlockHeight) {
    let id = chain.id.clone();
    let Some(node) = keeper(nodes(chain).await, from, to) else {
        debug!(chain = %id, "no node answers now");
        shell.tell(Event::RescanFailed { chain: id, from, to }).await;
        return;
    };
    if from < node.earliest {
        let pruned_to = to.min(node.earliest.back(1));
        shell.tell(Event::BlocksPruned { chain: id.clone(), from, to: pruned_to }).await;
    }
    let mut blocks = pin!(blocks(&node.endpoint, from.max(node.earliest), to));
    while let Some(read) = blocks.next().await {
        match read {
            Ok(block) => shell.tell(Event::BlockObserved { chain: id.clone(), block }).await,
            Err((height, error)) => {
                debug!(chain = %id, %height, %error, "block of a gap can't be read now");
                shell.tell(Event::RescanFailed { chain: id, from, to }).await;
                return;
            }
        }
    }
}

/// The first node that says it keeps all of these blocks; else the one that goes furthest back.
fn keeper(nodes: Vec<Node>, from: BlockHeight, to: BlockHeight) -> Option<Node> {
    let keeps = |node: &Node| node.earliest <= from && node.height >= to;
    nodes.into_iter().min_by_key(|node| (!keeps(node), node.earliest))
}

#[cfg(test)]
mod tests {
    use chain::EndpointOptions;

    use super::*;

    fn node(name: &str, earliest: u64, height: u64) -> Node {
        let endpoint = Endpoint::new(EndpointOptions::new(name.parse().unwrap())).unwrap();
        Node { endpoint, earliest: BlockHeight(earliest), height: BlockHeight(height) }
    }

    fn kept_by(nodes: Vec<Node>) -> Option<u64> {
        keeper(nodes, BlockHeight(10), BlockHeight(20)).map(|node| node.earliest.0)
    }

    #[test]
    fn a_gap_is_read_at_a_node_that_keeps_it() {
        let (young, old) = (node("http://one:1", 15, 30), node("http://two:1", 5, 30));
        assert_eq!(kept_by(vec![young.clone(), old]), Some(5));
        let lagging = node("http://three:1", 1, 15);
        assert_eq!(kept_by(vec![node("http://two:1", 5, 30), lagging]), Some(5));
        assert_eq!(kept_by(vec![node("http://four:1", 40, 50), young]), Some(15));
        assert_eq!(kept_by(Vec::new()), None);
    }
}
