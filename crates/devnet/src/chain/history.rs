//! The blocks that a chain has made and still keeps.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::chain::Block;

#[derive(Clone, Debug, Default)]
pub(super) struct History {
    blocks: BTreeMap<u64, Arc<Block>>,
    retain: Option<u64>,
}

impl History {
    /// Keeps so many blocks from now on, the last always; none for all.
    pub(super) fn retain(&mut self, blocks: Option<u64>) {
        self.retain = blocks;
        self.prune();
    }

    pub(super) fn push(&mut self, block: Arc<Block>) {
        self.blocks.insert(block.header.height.value(), block);
        self.prune();
    }

    pub(super) fn get(&self, height: u64) -> Option<&Arc<Block>> {
        self.blocks.get(&height)
    }

    pub(super) fn first(&self) -> Option<u64> {
        self.blocks.keys().next().copied()
    }

    /// Those of these heights, in order.
    pub(super) fn blocks(&self, first: u64, last: u64) -> impl DoubleEndedIterator<Item = &Arc<Block>> {
        // A range that ends before it begins is no range to a map.
        let found = (first <= last).then(|| self.blocks.range(first..=last));
        found.into_iter().flatten().map(|(_, block)| block)
    }

    /// The blocks up to a height.
    pub(super) fn up_to(&self, height: u64) -> Self {
        let blocks = self.blocks.range(..=height).map(|(height, block)| (*height, block.clone())).collect();
        Self { blocks, retain: self.retain }
    }

    fn prune(&mut self) {
        let Some(retain) = self.retain else { return };
        let Some(last) = self.blocks.keys().next_back().copied() else { return };
        let first_kept = last.saturating_sub(retain.max(1)) + 1;
        while self.first().is_some_and(|first| first < first_kept) {
            self.blocks.pop_first();
        }
    }
}
