//! Where a key was written, by binary search of its existence in old states: good for few packets, and where a node
//! keeps old states. A state that is pruned tells nothing; the height found is then an upper bound.

use std::collections::BTreeMap;

use chain::{ChainError, NodeError};
use tokio::sync::mpsc;
use tracing::debug;
use types::{BlockHeight, CommitmentKey, QueryHeight, Sequence};

use super::nodes::Node;
use super::sought::{Found, Kind, Wanted};
use super::{Place, pass};

/// Packets whose heights are searched one by one, at most.
const FEW: usize = 8;

/// What a state says of a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Probe {
    There,
    NotYet,
    Pruned,
}

/// The lowest state that is known to hold a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct First {
    height: BlockHeight,
    /// Is the state right below known to be without?
    is_exact: bool,
}

/// Finds few packets by their exact heights. Of what is left, or of many sends, says between which heights they are.
pub(super) async fn narrow(
    place: &Place<'_>,
    nodes: &[Node],
    wanted: &mut Wanted,
    found: &mpsc::Sender<Found>,
) -> Option<(BlockHeight, BlockHeight)> {
    for node in nodes {
        let probing = Probing { place, node, lowest: place.from.unwrap_or_default().max(node.earliest) };
        let narrowed = if wanted.len() <= FEW {
            probing.few(wanted, found).await
        } else if place.sought.kind == Kind::Send {
            probing.many(wanted).await
        } else {
            return None; // Acknowledgements are written in any order: nothing is shared.
        };
        match narrowed {
            Ok(_) if wanted.is_empty() => return None,
            Ok(Some(range)) => return Some(range),
            Ok(None) => {}
            Err(error) => debug!(chain = %place.chain.id, %error, "old states can't be asked"),
        }
    }
    None
}

/// Probing of one node's states.
struct Probing<'a> {
    place: &'a Place<'a>,
    node: &'a Node,
    lowest: BlockHeight,
}

impl Probing<'_> {
    /// Reads the very block of each. For those that it does not hold, the highest of their bounds is left.
    async fn few(
        &self,
        wanted: &mut Wanted,
        found: &mpsc::Sender<Found>,
    ) -> Result<Option<(BlockHeight, BlockHeight)>, ChainError> {
        let mut bounds: BTreeMap<Sequence, First> = BTreeMap::new();
        // Sends ascend with their sequences: the next lower one was not sent above the last.
        let mut high = self.node.height;
        for sequence in wanted.sequences().into_iter().rev() {
            let Some(first) = self.first(&self.place.sought.key(sequence), high).await? else { continue };
            if self.place.sought.kind == Kind::Send {
                high = first.height;
            }
            bounds.insert(sequence, first);
            if first.is_exact || first.height == self.lowest {
                self.read(first.height, wanted, found).await?;
            }
        }
        let left = bounds.iter().filter(|(sequence, _)| wanted.contains(**sequence));
        Ok(left.map(|(_, first)| first.height).max().map(|top| (self.lowest, top)))
    }

    /// Between which heights many packets were sent.
    async fn many(&self, wanted: &Wanted) -> Result<Option<(BlockHeight, BlockHeight)>, ChainError> {
        let (Some(first), Some(last)) = (wanted.first(), wanted.last()) else { return Ok(None) };
        let Some(top) = self.first(&self.place.sought.key(last), self.node.height).await? else { return Ok(None) };
        let Some(bottom) = self.first(&self.place.sought.key(first), top.height).await? else { return Ok(None) };
        let low = if bottom.is_exact { bottom.height } else { self.lowest };
        Ok(Some((low, top.height)))
    }

    async fn read(
        &self,
        height: BlockHeight,
        wanted: &mut Wanted,
        found: &mpsc::Sender<Found>,
    ) -> Result<(), ChainError> {
        let block = self.node.endpoint.block_results(height).await?;
        for (sequence, bytes) in block.events().filter_map(|event| self.place.sought.claim(event)) {
            pass(wanted, Found { sequence, bytes, height }, found).await;
        }
        Ok(())
    }

    /// The lowest state up to `high` that holds the key; none if not even that one does.
    async fn first(&self, key: &CommitmentKey, high: BlockHeight) -> Result<Option<First>, ChainError> {
        let mut bisection = Bisection::new(self.lowest.max(self.place.scan.first_kept(&self.node.endpoint)), high);
        while let Some(height) = bisection.next() {
            let probe = self.probe(key, height).await?;
            if probe == Probe::Pruned {
                self.place.scan.note_pruned(&self.node.endpoint, height);
            }
            bisection.supply(height, probe);
        }
        Ok(bisection.first())
    }

    async fn probe(&self, key: &CommitmentKey, height: BlockHeight) -> Result<Probe, ChainError> {
        let prefix = self.place.chain.store_prefix().await?;
        let values = self.node.endpoint.values(prefix, core::slice::from_ref(key), Some(QueryHeight(height))).await;
        match values {
            Ok(values) => Ok(if values.iter().any(Option::is_some) { Probe::There } else { Probe::NotYet }),
            Err(error) if error.node_error() == Some(NodeError::HeightPruned) => Ok(Probe::Pruned),
            Err(error) => Err(error),
        }
    }
}

/// Bisection over heights, without I/O: existence is monotone as long as the key stands, and so is pruning.
#[derive(Debug)]
struct Bisection {
    /// Everything below or at it is without the key, or is not known.
    below: u64,
    /// What the state at `below` said; none if it was not asked.
    below_said: Option<Probe>,
    /// The lowest state that holds the key, once the highest was asked.
    there: Option<u64>,
    high: u64,
    is_hopeless: bool,
}

impl Bisection {
    fn new(low: BlockHeight, high: BlockHeight) -> Self {
        Self { below: low.0.saturating_sub(1), below_said: None, there: None, high: high.0, is_hopeless: high < low }
    }

    fn next(&self) -> Option<BlockHeight> {
        match self.there {
            _ if self.is_hopeless => None,
            None => Some(BlockHeight(self.high)),
            Some(there) if there - self.below > 1 => Some(BlockHeight(self.below + (there - self.below) / 2)),
            Some(_) => None,
        }
    }

    fn supply(&mut self, height: BlockHeight, probe: Probe) {
        match probe {
            Probe::There => self.there = Some(height.0),
            Probe::NotYet | Probe::Pruned => {
                self.is_hopeless |= self.there.is_none();
                self.below = height.0;
                self.below_said = Some(probe);
            }
        }
    }

    fn first(&self) -> Option<First> {
        let height = BlockHeight(self.there.filter(|_| !self.is_hopeless)?);
        Some(First { height, is_exact: self.below == 0 || self.below_said == Some(Probe::NotYet) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A node that keeps the states from `kept` on, of a key that was written in block `written`.
    fn search(low: u64, high: u64, kept: u64, written: u64) -> (Option<First>, usize) {
        let mut bisection = Bisection::new(BlockHeight(low), BlockHeight(high));
        let mut probes = 0;
        while let Some(height) = bisection.next() {
            probes += 1;
            let probe = match height.0 {
                height if height < kept => Probe::Pruned,
                height if height < written => Probe::NotYet,
                _ => Probe::There,
            };
            bisection.supply(height, probe);
        }
        (bisection.first(), probes)
    }

    fn first(height: u64, is_exact: bool) -> Option<First> {
        Some(First { height: BlockHeight(height), is_exact })
    }

    #[test]
    fn the_exact_block_is_found_where_old_states_are_kept() {
        for written in 1..=100 {
            assert_eq!(search(1, 100, 1, written).0, first(written, true), "{written}");
        }
        let (found, probes) = search(1, 200_000, 1, 123_456);
        assert_eq!(found, first(123_456, true));
        assert!(probes <= 19, "{probes} probes");
    }

    #[test]
    fn a_pruned_state_gives_an_upper_bound_only() {
        assert_eq!(search(1, 100, 40, 10).0, first(40, false));
        assert_eq!(search(1, 100, 40, 41).0, first(41, true));
        assert_eq!(search(1, 100, 100, 10).0, first(100, false));
    }

    #[test]
    fn a_key_that_is_not_there_is_not_searched_for() {
        assert_eq!(search(1, 100, 1, 101), (None, 1));
        assert_eq!(search(50, 40, 1, 30), (None, 0));
    }

    #[test]
    fn the_lowest_height_that_may_be_asked_is_no_proof_of_absence_below() {
        assert_eq!(search(20, 100, 1, 10).0, first(20, false));
    }
}
