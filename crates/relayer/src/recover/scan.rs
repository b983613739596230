//! Blocks read backwards. All searches of a chain share one reading: each block is read once for all of them, and no
//! block is kept. Who joins later pulls the reading back up to the head; it meets the others where they are.
//!
//! A search goes through the blocks of one node after the other's: what one leaves out, another may tell.

mod board;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chain::{ChainError, Endpoint};
use futures::{StreamExt, stream};
use tokio::sync::mpsc;
use tracing::{debug, info, warn};
use types::event::ObservedBlock;
use types::{BlockHeight, Class};

use super::Place;
use super::heights::Heights;
use super::nodes::Node;
use super::sought::{Found, Wanted};
use board::{Board, Part, Party};

/// Blocks that are searched by default, at most.
const BLOCKS_MAX: u64 = 200_000;
/// It is said each so many blocks how far the reading is.
const PROGRESS_BLOCKS: u64 = 2_000;
/// How often a block is tried.
const READ_TRIES_MAX: u32 = 3;
const READ_BACKOFF: Duration = Duration::from_millis(200);

/// The reading of one chain's old blocks.
#[derive(Debug, Default)]
pub(crate) struct Scan {
    board: Mutex<Board>,
    /// Whoever holds it reads for all.
    seat: tokio::sync::Mutex<()>,
    /// By a node's name: the highest state that it was found not to keep.
    pruned: Mutex<BTreeMap<String, BlockHeight>>,
}

impl Scan {
    /// Reads `heights` backwards, as far as nodes keep them, until all that is wanted was found or no block is left. Gives
    /// those that could not be read.
    pub(super) async fn read(
        &self,
        place: &Place<'_>,
        nodes: &[Node],
        heights: &Heights,
        wanted: &mut Wanted,
        found: &mpsc::Sender<Found>,
    ) -> Heights {
        if wanted.is_empty() {
            return Heights::default();
        }
        let parts: Vec<Part> = nodes.iter().filter_map(|node| part(place, node, heights)).collect();
        let (packets, lowest) = (wanted.len(), parts.iter().filter_map(Part::lowest).min().unwrap_or_default());
        let party = Party::new(place.sought.clone(), std::mem::take(wanted), parts, found.clone());
        let seated = Seated { scan: self, id: self.board().join(party) };
        info!(chain = %place.chain.id, packets, down_to = lowest, "searching blocks backwards for packets sent before");
        while !self.board().is_done(seated.id) {
            let _seat = self.seat.lock().await;
            self.read_some(place).await;
        }
        let (left, unread) = self.board().leave(seated.id).unwrap_or_default();
        *wanted = left;
        unread
    }

    /// Reads the next few blocks for all who wait for them.
    async fn read_some(&self, place: &Place<'_>) {
        // One permit of the node stays free for what is under way now.
        let in_flight_max = place.chain.config().requests_in_flight_max.saturating_sub(1).max(1);
        let Some(job) = self.board().next_job(in_flight_max) else { return };
        let endpoint = &job.endpoint;
        let mut next = job.heights.iter().skip(1);
        let mut blocks = stream::iter(job.heights.clone())
            .map(|height| async move { (height, block_with_retry(endpoint, BlockHeight(height)).await) })
            .buffered(job.in_flight);
        while let Some((height, read)) = blocks.next().await {
            if let Err(error) = &read {
                warn!(chain = %place.chain.id, height, %error, "old block can't be read now");
            }
            let (found, read_count) = self.board().take(endpoint.name(), height, read.as_ref().ok());
            for (taker, found) in found {
                if taker.send(found).await.is_err() {
                    debug!("bytes were found that nobody waits for any more");
                }
            }
            if read_count.is_multiple_of(PROGRESS_BLOCKS) {
                let packets = self.board().wanted_count();
                info!(chain = %place.chain.id, blocks = read_count, at = height, packets, "searching blocks backwards");
            }
            if !next.next().is_some_and(|next| self.board().is_waited_for(endpoint.name(), *next)) {
                break;
            }
        }
    }

    /// The lowest state that this node may still keep, as far as is known.
    pub(super) fn first_kept(&self, endpoint: &Endpoint) -> BlockHeight {
        let pruned = self.pruned.lock().unwrap_or_else(PoisonError::into_inner);
        pruned.get(endpoint.name()).map_or(BlockHeight(1), |pruned| pruned.next())
    }

    /// This node keeps this state no more, nor any below.
    pub(super) fn note_pruned(&self, endpoint: &Endpoint, height: BlockHeight) {
        let mut pruned = self.pruned.lock().unwrap_or_else(PoisonError::into_inner);
        let known = pruned.entry(endpoint.name().to_owned()).or_default();
        *known = height.max(*known);
    }

    fn board(&self) -> MutexGuard<'_, Board> {
        self.board.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The blocks of a node that are to be searched; none if it keeps none of them.
fn part(place: &Place<'_>, node: &Node, heights: &Heights) -> Option<Part> {
    let lowest = place.from.unwrap_or_else(|| node.height.back(BLOCKS_MAX)).max(node.earliest).max(BlockHeight(1));
    let asked = heights.within(&Heights::range(lowest.0, node.height.0));
    (!asked.is_empty()).then(|| Part::new(node.endpoint.clone(), asked))
}

/// A search that leaves the board when it is dropped.
struct Seated<'a> {
    scan: &'a Scan,
    id: u64,
}

impl Drop for Seated<'_> {
    fn drop(&mut self) {
        self.scan.board().leave(self.id);
    }
}

async fn block_with_retry(endpoint: &Endpoint, height: BlockHeight) -> Result<ObservedBlock, ChainError> {
    let mut tries = 1;
    loop {
        match endpoint.block_results(height).await {
            Ok(block) => return Ok(block),
            Err(error) if tries < READ_TRIES_MAX && matches!(error.class(), Class::Transient) => {
                tokio::time::sleep(READ_BACKOFF * tries).await;
                tries += 1;
            }
            Err(error) => return Err(error),
        }
    }
}
