//! Which blocks of a chain were read: a cursor, and the gaps below it.
//!
//! Gaps ascend and never touch. Every height up to the cursor that is in no gap was read, or was there before we began.

use types::BlockHeight;

use crate::{CursorRecord, Head, Instant};

/// More gaps than this are merged, so that a node that skips every other block can't fill our memory: the blocks
/// between two merged gaps are read again, which is harmless.
const GAPS_MAX: usize = 256;

/// Most blocks that one [`crate::Action::Rescan`] asks for.
const RESCAN_BLOCKS_MAX: u64 = 64;

/// What is known of one chain's blocks.
#[derive(Debug, Default)]
pub(crate) struct Blocks {
    /// The newest head; none until the first is observed.
    pub(crate) head: Option<Head>,
    /// How far the chain was read; none until the first block is observed.
    pub(crate) cursor: Option<CursorRecord>,
    /// The part of a gap that is being read now.
    pub(crate) rescan: Option<(BlockHeight, BlockHeight)>,
    /// When the next rescan may start.
    pub(crate) rescan_at: Option<Instant>,
    /// Failed rescans in a row.
    pub(crate) rescan_tries: u32,
}

impl Blocks {
    /// Moves the head up, never down. Says whether it moved.
    pub(crate) fn observe_head(&mut self, head: Head) -> bool {
        let moved = self.head.is_none_or(|known| head.height > known.height);
        if moved {
            self.head = Some(head);
        }
        moved
    }

    /// Marks a height as read. Says whether that changed anything, and whether it left a new gap.
    pub(crate) fn observe(&mut self, height: BlockHeight) -> Observed {
        let Some(record) = &mut self.cursor else {
            self.cursor = Some(CursorRecord { cursor: height, gaps: Vec::new() });
            return Observed::Advanced { gap: false };
        };
        if height > record.cursor {
            let first_missing = record.cursor.next();
            let gap = height > first_missing;
            if gap {
                record.gaps.push((first_missing, height.back(1)));
                merge_excess(&mut record.gaps);
            }
            record.cursor = height;
            return Observed::Advanced { gap };
        }
        if self.close(height, height) { Observed::GapShrunk } else { Observed::Again }
    }

    /// Takes heights out of the gaps. Says whether any was in one.
    pub(crate) fn close(&mut self, from: BlockHeight, to: BlockHeight) -> bool {
        let Some(record) = &mut self.cursor else { return false };
        let touched = |&(low, high): &(BlockHeight, BlockHeight)| low <= to && from <= high;
        if !record.gaps.iter().any(touched) {
            return false;
        }
        let left = |gap: (BlockHeight, BlockHeight)| {
            if !touched(&gap) {
                return [Some(gap), None];
            }
            [(gap.0 < from).then(|| (gap.0, from.back(1))), (gap.1 > to).then(|| (to.next(), gap.1))]
        };
        record.gaps = core::mem::take(&mut record.gaps).into_iter().flat_map(left).flatten().collect();
        true
    }

    /// Was every block above `after` and up to `to` read?
    pub(crate) fn has_read(&self, after: BlockHeight, to: BlockHeight) -> bool {
        self.cursor.as_ref().is_some_and(|record| {
            record.cursor >= to && !record.gaps.iter().any(|&(low, high)| low <= to && high > after)
        })
    }

    /// The highest block that was read.
    pub(crate) fn cursor(&self) -> Option<BlockHeight> {
        self.cursor.as_ref().map(|record| record.cursor)
    }

    /// Above which height a transaction that is signed now may stand.
    pub(crate) fn newest(&self) -> Option<BlockHeight> {
        let head = self.head?.height;
        Some(self.cursor().map_or(head, |cursor| cursor.max(head)))
    }

    /// Is a gap left?
    pub(crate) fn has_gap(&self) -> bool {
        self.cursor.as_ref().is_some_and(|record| !record.gaps.is_empty())
    }

    /// The next part of a gap to read, if it is time and none is being read.
    pub(crate) fn next_rescan(&mut self, now: Instant) -> Option<(BlockHeight, BlockHeight)> {
        let gaps = &self.cursor.as_ref()?.gaps;
        if let Some((from, to)) = self.rescan {
            if gaps.iter().any(|&(low, high)| low <= to && from <= high) {
                return None;
            }
            self.rescan = None;
            self.rescan_tries = 0;
        }
        let &(from, high) = gaps.first()?;
        if self.rescan_at.is_some_and(|at| at > now) {
            return None;
        }
        self.rescan_at = None;
        self.rescan = Some((from, high.min(from.forward(RESCAN_BLOCKS_MAX - 1))));
        self.rescan
    }
}

/// What reading one more block changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Observed {
    /// The cursor moved up, perhaps over blocks that are now a gap.
    Advanced {
        /// Was a gap left?
        gap: bool,
    },
    /// A gap became smaller.
    GapShrunk,
    /// The block was read before.
    Again,
}

fn merge_excess(gaps: &mut Vec<(BlockHeight, BlockHeight)>) {
    if gaps.len() > GAPS_MAX
        && let Some((_, end)) = gaps.pop()
        && let Some(last) = gaps.last_mut()
    {
        last.1 = end;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(heights: &[u64]) -> Blocks {
        let mut blocks = Blocks::default();
        for height in heights {
            blocks.observe(BlockHeight(*height));
        }
        blocks
    }

    fn gaps(blocks: &Blocks) -> Vec<(u64, u64)> {
        blocks.cursor.iter().flat_map(|record| &record.gaps).map(|gap| (gap.0.0, gap.1.0)).collect()
    }

    #[test]
    fn the_first_block_sets_the_cursor_without_a_gap() {
        assert_eq!((read(&[70]).cursor(), gaps(&read(&[70]))), (Some(BlockHeight(70)), vec![]));
    }

    #[test]
    fn a_skipped_block_is_a_gap_until_it_is_read() {
        assert_eq!(gaps(&read(&[1, 5])), [(2, 4)]);
        assert_eq!(gaps(&read(&[1, 5, 3])), [(2, 2), (4, 4)]);
        assert_eq!(gaps(&read(&[1, 5, 3, 2, 4])), []);
        assert_eq!(gaps(&read(&[1, 5, 9, 9, 1])), [(2, 4), (6, 8)]);
    }

    #[test]
    fn a_range_is_read_only_when_no_gap_touches_it() {
        let blocks = read(&[1, 5, 8]);
        assert!(!blocks.has_read(BlockHeight(1), BlockHeight(5)));
        assert!(!blocks.has_read(BlockHeight(3), BlockHeight(5)));
        assert!(blocks.has_read(BlockHeight(4), BlockHeight(5)));
        assert!(!blocks.has_read(BlockHeight(4), BlockHeight(6)));
        assert!(!blocks.has_read(BlockHeight(7), BlockHeight(9)));
    }

    #[test]
    fn a_node_that_skips_every_other_block_can_not_fill_the_memory() {
        let heights: Vec<u64> = (0..2_000).map(|i| 1 + 2 * i).collect();
        let blocks = read(&heights);
        assert_eq!(gaps(&blocks).len(), GAPS_MAX);
        assert!(!blocks.has_read(BlockHeight(3_000), BlockHeight(3_002)));
    }

    #[test]
    fn a_gap_is_read_in_bounded_parts_one_at_a_time() {
        let mut blocks = read(&[1, 200]);
        let first = blocks.next_rescan(Instant(0));
        assert_eq!(first, Some((BlockHeight(2), BlockHeight(65))));
        assert_eq!(blocks.next_rescan(Instant(0)), None);
        blocks.close(BlockHeight(2), BlockHeight(65));
        assert_eq!(blocks.next_rescan(Instant(0)), Some((BlockHeight(66), BlockHeight(129))));
    }
}
