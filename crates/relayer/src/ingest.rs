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

/// Blocks above what was read from which on a head is a leap.
const LEAP_BLOCKS_MIN: u64 = 1_000;
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

/// `Action::Rescan`: reads a gap again.
pub(crate) async fn rescan(shell: &Shell, chain: &Chain, from: BlockHeight, to: BlockHeight) {
    let id = chain.id.clone();
    let event = match chain.endpoint().status().await {
        Ok(status) if to < status.earliest_height => Event::BlocksPruned { chain: id, from, to },
        Ok(status) => {
            if from < status.earliest_height {
                let pruned_to = status.earliest_height.back(1);
                shell.tell(Event::BlocksPruned { chain: id.clone(), from, to: pruned_to }).await;
            }
            let start = from.max(status.earliest_height);
            let mut blocks = pin!(blocks(chain.endpoint(), start, to));
            while let Some(read) = blocks.next().await {
                match read {
                    Ok(block) => shell.tell(Event::BlockObserved { chain: id.clone(), block }).await,
                    Err((height, error)) => {
                        debug!(chain = %id, %height, %error, "block of a gap can't be read now");
                        shell.tell(Event::RescanFailed { chain: id, from: height, to }).await;
                        return;
                    }
                }
            }
            return;
        }
        Err(error) => {
            debug!(chain = %id, %error, "status can't be read now");
            Event::RescanFailed { chain: id, from, to }
        }
    };
    shell.tell(event).await;
}
