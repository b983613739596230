//! Ingest by block: a new head wakes us, then each height is read once, whole, and brought to the driver in order.
//!
//! A height that can't be read is left out after a few tries: the engine records it as a gap and asks for it again.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use chain::{ChainError, Endpoint};
use engine::{Event, Head};
use futures::{Stream, StreamExt, stream};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};
use types::event::ObservedBlock;
use types::{BlockHeight, Class};

use crate::chain::Chain;
use crate::driver::Shell;
use crate::headers::HeaderError;
use crate::recover::{Node, nodes};

/// Blocks above what was read from which on a head is a leap.
pub(crate) const LEAP_BLOCKS_MIN: u64 = 1_000;
/// How long lies between a head that is not believed and the next look at the chain's heads.
const DISBELIEF_PAUSE: Duration = Duration::from_secs(1);
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
        let Some(head) = *heads.borrow_and_update() else { continue };
        let head = Head { height: head.height, time: head.time };
        if let Err(error) = believe(chain, next, head).await {
            warn!(chain = %chain.id, height = %head.height, %error, "a head far above all before can't be verified; it is left out");
            tokio::time::sleep(DISBELIEF_PAUSE).await;
            // A watch tells of nothing below what it told of before.
            heads = chain::watch_heads(pool.clone());
            continue;
        }
        chain.head_seen(head);
        // The first head ends an outage too: that before the start.
        let outages_now = Some(pool.outages());
        if outages != outages_now {
            outages = outages_now;
            shell.tell(Event::ChainAnswered { chain: chain.id.clone() }).await;
        }
        // The head goes first: what earlier blocks hold can be proven from now on, whatever this block holds.
        shell.tell(Event::HeadObserved { chain: chain.id.clone(), head }).await;
        let from = next.unwrap_or(head.height);
        if from > head.height {
            continue;
        }
        read(shell, chain, from, head.height).await;
        next = Some(head.height.next());
    }
    debug!(chain = %chain.id, "the head's watcher ended");
}

/// A head is a claim. A small step is believed, since nothing is done by it that is not proven; a leap would leave a
/// gap of blocks that may never be, so that its header is verified first where that can be done.
async fn believe(chain: &Chain, next: Option<BlockHeight>, head: Head) -> Result<(), HeaderError> {
    if next.is_none_or(|next| head.height <= next.forward(LEAP_BLOCKS_MIN)) {
        return Ok(());
    }
    let headers = chain.headers().await?;
    if headers.reaches(head.height).await {
        headers.verified(chain.endpoint(), head.height, None).await?;
    }
    Ok(())
}

/// Reads blocks `from..=to` and tells the driver of each, in order.
async fn read(shell: &Shell, chain: &Chain, from: BlockHeight, to: BlockHeight) {
    let mut blocks = pin!(blocks(chain.endpoint(), from, to));
    while let Some(read) = blocks.next().await {
        match read {
            Ok(block) => shell.tell(Event::BlockObserved { chain: chain.id.clone(), block }).await,
            Err((height, error)) => {
                warn!(chain = %chain.id, %height, %error, "block can't be read now; it is recorded as a gap");
            }
        }
    }
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
