//! What became of each of a client's consensus states, and which of them others can be verified from.

use std::collections::BTreeMap;

use light_client::TrustedState;
use types::{BlockHeight, Height};

use super::{Outcome, Span, Unchecked};

/// States that are kept one by one; of those before only the outcome is.
const STATES_KEPT_MAX: usize = 1024;
/// Spans that are told.
const SPANS_MAX: usize = 256;

/// What became of each of a client's consensus states.
#[derive(Clone, Debug, Default)]
pub(super) struct Outcomes {
    /// Heights that nobody has looked at, and the host's blocks that told of them.
    todo: BTreeMap<Height, Option<BlockHeight>>,
    looked: BTreeMap<Height, Looked>,
    /// Of those that are not kept any more.
    earlier: Vec<Span>,
}

/// A state that was looked at.
#[derive(Clone, Debug)]
struct Looked {
    outcome: Outcome,
    /// What it says, where it is true.
    state: Option<TrustedState>,
    /// The host's block that told of it.
    told_in: Option<BlockHeight>,
}

impl Outcomes {
    /// The client holds these heights; what is known of them stays known.
    pub(super) fn list(&mut self, heights: &[Height]) {
        let earlier_to = self.earlier.last().map(|last| last.to);
        for height in heights {
            let is_known = self.looked.contains_key(height) || self.todo.contains_key(height);
            if !is_known && earlier_to.is_none_or(|earlier_to| *height > earlier_to) {
                self.todo.insert(*height, None);
            }
        }
    }

    /// A block of the host told that the client was updated to this height: what was there before may be something else.
    pub(super) fn update(&mut self, height: Height, told_in: BlockHeight) {
        if self.looked.get(&height).is_none_or(|looked| looked.told_in != Some(told_in)) {
            self.looked.remove(&height);
            self.todo.insert(height, Some(told_in));
        }
    }

    /// The client holds it no more.
    pub(super) fn gone(&mut self, height: Height) {
        self.todo.remove(&height);
        self.looked.remove(&height);
    }

    /// What became of it; `state` is what it says, if it could be read.
    pub(super) fn settle(&mut self, height: Height, outcome: Outcome, state: Option<TrustedState>) {
        let told_in = self.told_in(height);
        self.todo.remove(&height);
        let state = state.filter(|_| matches!(outcome, Outcome::Checked { .. }));
        self.looked.insert(height, Looked { outcome, state, told_in });
        while self.looked.len() > STATES_KEPT_MAX {
            let Some((height, looked)) = self.looked.pop_first() else { break };
            push(&mut self.earlier, height, looked.outcome);
        }
    }

    /// The next height that nobody has looked at: one that a block told of, else the lowest.
    pub(super) fn next(&self) -> Option<(Height, Option<BlockHeight>)> {
        let told =
            self.todo.iter().find(|(height, told_in)| told_in.is_some() && self.below(**height).next().is_some());
        told.or_else(|| self.todo.first_key_value()).map(|(height, told_in)| (*height, *told_in))
    }

    /// Nobody needs to look at what is left.
    pub(super) fn close(&mut self, outcome: &Outcome) {
        while let Some((height, _)) = self.next() {
            self.settle(height, outcome.clone(), None);
        }
    }

    /// Looks again at what had one of these outcomes. Gives whether there is any.
    pub(super) fn reopen(&mut self, is_open: impl Fn(&Outcome) -> bool) -> bool {
        let open = self.looked.iter().filter(|(_, looked)| is_open(&looked.outcome));
        let open: Vec<_> = open.map(|(height, looked)| (*height, looked.told_in)).collect();
        let is_any = !open.is_empty();
        self.looked.retain(|height, _| open.binary_search_by_key(height, |(open, _)| *open).is_err());
        self.todo.extend(open);
        is_any
    }

    /// Has one of them such an outcome?
    pub(super) fn has(&self, is_wanted: impl Fn(&Outcome) -> bool) -> bool {
        self.looked.values().any(|looked| is_wanted(&looked.outcome))
    }

    fn told_in(&self, height: Height) -> Option<BlockHeight> {
        self.todo.get(&height).copied().flatten().or_else(|| self.looked.get(&height)?.told_in)
    }

    /// True states below a height, of its revision, highest first.
    pub(super) fn below(&self, height: Height) -> impl Iterator<Item = &TrustedState> {
        let states = self.looked.range(..height).rev().filter_map(|(_, looked)| looked.state.as_ref());
        states.filter(move |state| state.height.revision_number == height.revision_number)
    }

    /// Was everything looked at?
    pub(super) fn is_complete(&self) -> bool {
        self.todo.is_empty()
    }

    /// All of them, told shortly.
    pub(super) fn spans(&self) -> Vec<Span> {
        let mut spans = self.earlier.clone();
        let not_yet = self.todo.keys().map(|height| (height, Outcome::Unchecked(Unchecked::NotYet)));
        let mut all: Vec<_> =
            self.looked.iter().map(|(height, looked)| (height, looked.outcome.clone())).chain(not_yet).collect();
        all.sort_by_key(|(height, _)| **height);
        for (height, outcome) in all {
            push(&mut spans, *height, outcome);
        }
        spans.drain(..spans.len().saturating_sub(SPANS_MAX));
        spans
    }
}

fn push(spans: &mut Vec<Span>, height: Height, outcome: Outcome) {
    match spans.last_mut() {
        Some(last) if last.outcome == outcome => {
            last.to = height;
            last.states += 1;
        }
        Some(_) | None => spans.push(Span { from: height, to: height, states: 1, outcome }),
    }
    if spans.len() > 2 * SPANS_MAX {
        spans.drain(..SPANS_MAX);
    }
}

#[cfg(test)]
mod tests {
    use light_client::Root;
    use tendermint::Hash;
    use types::Timestamp;

    use super::*;

    fn at(height: u64) -> Height {
        Height { revision_number: 1, revision_height: height }
    }

    fn state(height: u64) -> TrustedState {
        TrustedState {
            chain_id: "chain-1".parse().unwrap(),
            height: at(height),
            time: Timestamp::from_seconds(height),
            root: Root(vec![1; 32]),
            next_validators_hash: Hash::Sha256([2; 32]),
            header_hash: None,
        }
    }

    const CHECKED: Outcome = Outcome::Checked { witnesses: 2 };

    #[test]
    fn only_what_is_true_is_a_base_for_what_stands_above() {
        let mut outcomes = Outcomes::default();
        outcomes.list(&[at(3), at(5), at(9)]);
        outcomes.settle(at(3), CHECKED, Some(state(3)));
        outcomes.settle(at(5), Outcome::Attack, Some(state(5)));
        let below: Vec<_> = outcomes.below(at(9)).map(|state| state.height).collect();
        assert_eq!(below, [at(3)]);
        assert_eq!(outcomes.below(at(3)).count(), 0);
        let other = Height { revision_number: 2, revision_height: 9 };
        assert_eq!(outcomes.below(other).count(), 0, "another revision is another chain");
    }

    #[test]
    fn a_height_that_is_updated_once_more_is_looked_at_once_more() {
        let mut outcomes = Outcomes::default();
        outcomes.list(&[at(3)]);
        outcomes.settle(at(3), CHECKED, Some(state(3)));
        outcomes.list(&[at(3)]);
        assert!(outcomes.is_complete(), "a list tells nothing new");
        outcomes.update(at(3), BlockHeight(70));
        assert_eq!(outcomes.next(), Some((at(3), Some(BlockHeight(70)))));
    }

    #[test]
    fn what_a_block_told_of_goes_before_the_backlog_once_there_is_a_base_for_it() {
        let mut outcomes = Outcomes::default();
        outcomes.list(&[at(3), at(5), at(7)]);
        outcomes.update(at(9), BlockHeight(70));
        assert_eq!(outcomes.next(), Some((at(3), None)), "nothing is below that it could be verified from");
        outcomes.settle(at(3), CHECKED, Some(state(3)));
        assert_eq!(outcomes.next(), Some((at(9), Some(BlockHeight(70)))));
        outcomes.settle(at(9), Outcome::Unchecked(Unchecked::Behind), Some(state(9)));
        assert_eq!(outcomes.next(), Some((at(5), None)));
        assert!(outcomes.reopen(|outcome| *outcome == Outcome::Unchecked(Unchecked::Behind)));
        assert_eq!(outcomes.next(), Some((at(9), Some(BlockHeight(70)))));
    }

    #[test]
    fn neighbours_of_one_outcome_are_told_together() {
        let mut outcomes = Outcomes::default();
        let heights: Vec<_> = (1..=3_000).map(at).collect();
        outcomes.list(&heights);
        while let Some((height, _)) = outcomes.next() {
            assert!(height == at(1) || outcomes.below(height).next().is_some(), "{height} has no base");
            let outcome = if height == at(2_990) { Outcome::Attack } else { CHECKED };
            outcomes.settle(height, outcome, Some(state(height.revision_height)));
        }
        let spans: Vec<_> = outcomes.spans().iter().map(|span| (span.from, span.to, span.states)).collect();
        assert_eq!(spans, [(at(1), at(2_989), 2_989), (at(2_990), at(2_990), 1), (at(2_991), at(3_000), 10)]);
        outcomes.list(&heights);
        assert!(outcomes.is_complete(), "what was told is not looked at again with every list");
    }
}
