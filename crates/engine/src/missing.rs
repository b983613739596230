//! Events that the state calls for and no block has told: first waited for, then looked for, then known to be found
//! nowhere until somebody asks again.

use std::collections::{BTreeMap, BTreeSet};

use types::{Acknowledgement, BlockHeight, Sequence};

use crate::Unfound;

/// What is missing of one direction.
#[derive(Debug, Default)]
pub(crate) struct Missing {
    sends: Kind,
    acknowledgements: Kind,
    /// Acknowledgements that were found before the sends that they answer, each with its height.
    early: BTreeMap<Sequence, (BlockHeight, Acknowledgement)>,
    /// Commitments whose packets the policy refuses by their sequence: nobody looks for them.
    refused: BTreeSet<Sequence>,
}

/// One kind of event.
#[derive(Debug, Default)]
struct Kind {
    /// To be looked for once `after` was read.
    due: BTreeSet<Sequence>,
    after: BlockHeight,
    /// Looked for.
    asked: BTreeSet<Sequence>,
    /// Looked for in vain.
    unfound: BTreeSet<Sequence>,
}

/// What a sweep shows and no event has told.
#[derive(Debug, Default)]
pub(crate) struct Shown {
    pub(crate) sends: BTreeSet<Sequence>,
    pub(crate) acknowledgements: BTreeSet<Sequence>,
    pub(crate) refused: BTreeSet<Sequence>,
}

impl Kind {
    /// What was looked for in vain is not looked for again; a search whose answer is still out is.
    fn replace(&mut self, mut due: BTreeSet<Sequence>, after: BlockHeight) {
        self.unfound.retain(|sequence| due.remove(sequence));
        self.asked.clear();
        self.due = due;
        self.after = after;
    }

    fn lack(&mut self, sequence: Sequence) {
        if !self.asked.contains(&sequence) && !self.unfound.contains(&sequence) {
            self.due.insert(sequence);
        }
    }

    fn take(&mut self, cursor: Option<BlockHeight>) -> Vec<Sequence> {
        if self.due.is_empty() || cursor.is_none_or(|cursor| cursor < self.after) {
            return Vec::new();
        }
        let due = core::mem::take(&mut self.due);
        self.asked.extend(&due);
        due.into_iter().collect()
    }

    /// Says whether it had been looked for in vain.
    fn found(&mut self, sequence: Sequence) -> bool {
        self.due.remove(&sequence);
        self.asked.remove(&sequence);
        self.unfound.remove(&sequence)
    }

    fn searched(&mut self, in_vain: &BTreeSet<Sequence>) -> Vec<Sequence> {
        let new: Vec<_> = in_vain.iter().copied().filter(|sequence| self.asked.remove(sequence)).collect();
        self.unfound.extend(&new);
        new
    }

    fn retry(&mut self) -> BTreeSet<Sequence> {
        let unfound = core::mem::take(&mut self.unfound);
        self.due.extend(&unfound);
        unfound
    }

    fn is_awaited(&self) -> bool {
        !self.due.is_empty() || !self.asked.is_empty()
    }
}

impl Missing {
    /// A sweep tells anew what is missing.
    pub(crate) fn replace(&mut self, mut shown: Shown, source: BlockHeight, destination: BlockHeight) {
        self.early.retain(|sequence, _| shown.sends.contains(sequence));
        shown.acknowledgements.retain(|sequence| !self.early.contains_key(sequence));
        self.sends.replace(shown.sends, source);
        self.acknowledgements.replace(shown.acknowledgements, destination);
        self.refused = shown.refused;
    }

    /// A send is to be looked for.
    pub(crate) fn lack_send(&mut self, sequence: Sequence) {
        self.sends.lack(sequence);
    }

    /// An acknowledgement is to be looked for.
    pub(crate) fn lack_acknowledgement(&mut self, sequence: Sequence) {
        self.acknowledgements.lack(sequence);
    }

    /// A send was seen. Says whether it had been looked for in vain.
    pub(crate) fn found_send(&mut self, sequence: Sequence) -> bool {
        self.refused.remove(&sequence);
        self.sends.found(sequence)
    }

    /// An acknowledgement was seen. Says whether it had been looked for in vain.
    pub(crate) fn found_acknowledgement(&mut self, sequence: Sequence) -> bool {
        self.acknowledgements.found(sequence)
    }

    /// An acknowledgement was found whose send is looked for still: it is kept until that is found.
    pub(crate) fn found_early(&mut self, sequence: Sequence, height: BlockHeight, acknowledgement: Acknowledgement) {
        self.found_acknowledgement(sequence);
        if self.sends.due.contains(&sequence) || self.sends.asked.contains(&sequence) {
            self.early.insert(sequence, (height, acknowledgement));
        }
    }

    /// The acknowledgement that was found before its send.
    pub(crate) fn take_early(&mut self, sequence: Sequence) -> Option<(BlockHeight, Acknowledgement)> {
        self.early.remove(&sequence)
    }

    /// The packet is over.
    pub(crate) fn forget(&mut self, sequence: Sequence) {
        self.found_send(sequence);
        self.found_acknowledgement(sequence);
        self.early.remove(&sequence);
    }

    /// A search has ended. Gives those of its packets that were looked for in vain.
    pub(crate) fn searched(
        &mut self,
        sends: &BTreeSet<Sequence>,
        acknowledgements: &BTreeSet<Sequence>,
    ) -> Vec<Sequence> {
        let mut new = self.sends.searched(sends);
        new.extend(self.acknowledgements.searched(acknowledgements));
        new
    }

    /// What was looked for in vain is looked for again. Gives the packets.
    pub(crate) fn retry(&mut self) -> BTreeSet<Sequence> {
        let mut all = self.sends.retry();
        all.extend(self.acknowledgements.retry());
        all
    }

    /// Sends to look for, now that the source was read up to `cursor`.
    pub(crate) fn take_sends(&mut self, cursor: Option<BlockHeight>) -> Vec<Sequence> {
        self.sends.take(cursor)
    }

    /// Acknowledgements to look for, now that the destination was read up to `cursor`.
    pub(crate) fn take_acknowledgements(&mut self, cursor: Option<BlockHeight>) -> Vec<Sequence> {
        self.acknowledgements.take(cursor)
    }

    /// Is anything missing that may still come?
    pub(crate) fn is_awaited(&self) -> bool {
        self.sends.is_awaited() || self.acknowledgements.is_awaited()
    }

    /// May the acknowledgement of this packet still come?
    pub(crate) fn awaits_acknowledgement(&self, sequence: Sequence) -> bool {
        self.acknowledgements.due.contains(&sequence) || self.acknowledgements.asked.contains(&sequence)
    }

    /// What of a packet was looked for in vain.
    pub(crate) fn unfound(&self, sequence: Sequence) -> Option<Unfound> {
        if self.sends.unfound.contains(&sequence) {
            Some(Unfound::Send)
        } else if self.acknowledgements.unfound.contains(&sequence) {
            Some(Unfound::Acknowledgement)
        } else {
            None
        }
    }

    /// Commitments whose send was looked for in vain.
    pub(crate) fn unfound_sends(&self) -> &BTreeSet<Sequence> {
        &self.sends.unfound
    }

    /// Commitments that nobody looks for, because the policy refuses them.
    pub(crate) fn refused_count(&self) -> usize {
        self.refused.len()
    }

    /// Is a send below this sequence missing?
    pub(crate) fn has_send_below(&self, sequence: Sequence) -> bool {
        let below = |set: &BTreeSet<Sequence>| set.first().is_some_and(|first| *first < sequence);
        let sends = [&self.sends.due, &self.sends.asked, &self.sends.unfound, &self.refused];
        sends.into_iter().any(below)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(sequences: &[u64]) -> BTreeSet<Sequence> {
        sequences.iter().map(|sequence| Sequence(*sequence)).collect()
    }

    fn shown(sends: &[u64]) -> Shown {
        Shown { sends: set(sends), ..Shown::default() }
    }

    #[test]
    fn what_was_looked_for_in_vain_is_looked_for_again_only_when_asked_for() {
        let mut missing = Missing::default();
        missing.replace(shown(&[1, 2]), BlockHeight(5), BlockHeight(5));
        assert_eq!(missing.take_sends(Some(BlockHeight(4))), []);
        assert_eq!(missing.take_sends(Some(BlockHeight(5))), [Sequence(1), Sequence(2)]);
        assert_eq!(missing.searched(&set(&[1, 9]), &set(&[])), [Sequence(1)], "9 was not asked for");
        assert_eq!((missing.unfound(Sequence(1)), missing.is_awaited()), (Some(Unfound::Send), true));
        missing.replace(shown(&[1, 2, 3]), BlockHeight(6), BlockHeight(6));
        let asked = missing.take_sends(Some(BlockHeight(6)));
        assert_eq!(asked, [Sequence(2), Sequence(3)], "2 has no answer yet, 3 is new");
        assert_eq!(missing.retry(), set(&[1]));
        assert_eq!(missing.take_sends(Some(BlockHeight(6))), [Sequence(1)]);
    }

    #[test]
    fn what_is_over_is_unfound_no_more() {
        let mut missing = Missing::default();
        missing.replace(shown(&[1]), BlockHeight(5), BlockHeight(5));
        missing.take_sends(Some(BlockHeight(5)));
        missing.searched(&set(&[1]), &set(&[]));
        assert!(missing.has_send_below(Sequence(2)), "nothing may be received before it");
        missing.replace(shown(&[]), BlockHeight(6), BlockHeight(6));
        assert_eq!((missing.unfound(Sequence(1)), missing.has_send_below(Sequence(2))), (None, false));
    }

    #[test]
    fn what_is_asked_for_is_not_asked_for_twice() {
        let mut missing = Missing::default();
        missing.lack_send(Sequence(1));
        assert_eq!(missing.take_sends(Some(BlockHeight(0))), [Sequence(1)]);
        missing.lack_send(Sequence(1));
        assert_eq!(missing.take_sends(Some(BlockHeight(0))), []);
    }
}
