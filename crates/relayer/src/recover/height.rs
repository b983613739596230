//! Where a key was written, by its existence in old states: good for few packets, and where a node keeps old states.

use std::collections::BTreeMap;

use chain::{ChainError, NodeError};
use tokio::sync::mpsc;
use tracing::debug;
use types::{BlockHeight, CommitmentKey, QueryHeight, Sequence};

use super::nodes::Node;
use super::sought::{Found, Kind, Wanted};
use super::{Place, pass};
use crate::existence::{self, First, Probe};

/// Packets whose heights are searched one by one, at most.
const FEW: usize = 8;

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
        let low = self.lowest.max(self.place.scan.first_kept(&self.node.endpoint));
        existence::first(low, high, |height| self.probe(key, height)).await
    }

    async fn probe(&self, key: &CommitmentKey, height: BlockHeight) -> Result<Probe, ChainError> {
        let prefix = self.place.chain.store_prefix().await?;
        let values = self.node.endpoint.values(prefix, core::slice::from_ref(key), Some(QueryHeight(height))).await;
        match values {
            Ok(values) => Ok(if values.iter().any(Option::is_some) { Probe::There } else { Probe::NotYet }),
            Err(error) if error.node_error() == Some(NodeError::HeightPruned) => {
                self.place.scan.note_pruned(&self.node.endpoint, height);
                Ok(Probe::Pruned)
            }
            Err(error) => Err(error),
        }
    }
}
