//! Legs that may be proven now: those of live packets, which go first, and those of the backlog.

use std::collections::{BTreeMap, BTreeSet};

use types::Sequence;

use crate::tracker::At;

/// After so many live ones in a row one of the backlog goes, so that it never starves.
const LIVE_TURNS: u32 = 7;

/// Was the packet sent lately?
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Age {
    /// At most [`crate::options::LIVE_BLOCKS`] ago, and known at once.
    Live,
    /// Before.
    Backlog,
}

/// By age and direction: what may be proven now.
#[derive(Debug, Default)]
pub(crate) struct Ready {
    live: BTreeMap<usize, BTreeSet<Sequence>>,
    backlog: BTreeMap<usize, BTreeSet<Sequence>>,
}

impl Ready {
    /// Those of one age.
    pub(crate) fn of(&self, age: Age) -> &BTreeMap<usize, BTreeSet<Sequence>> {
        match age {
            Age::Live => &self.live,
            Age::Backlog => &self.backlog,
        }
    }

    fn of_mut(&mut self, age: Age) -> &mut BTreeMap<usize, BTreeSet<Sequence>> {
        match age {
            Age::Live => &mut self.live,
            Age::Backlog => &mut self.backlog,
        }
    }

    /// Is there any of this age?
    pub(crate) fn has(&self, age: Age) -> bool {
        !self.of(age).is_empty()
    }

    pub(super) fn insert(&mut self, age: Age, at: At) {
        self.of_mut(age).entry(at.direction).or_default().insert(at.sequence);
    }

    pub(super) fn remove(&mut self, age: Age, at: At) {
        let by_direction = self.of_mut(age);
        if let Some(ready) = by_direction.get_mut(&at.direction) {
            ready.remove(&at.sequence);
            if ready.is_empty() {
                by_direction.remove(&at.direction);
            }
        }
    }
}

/// Whose turn it is, where both live packets and a backlog wait.
#[derive(Debug, Default)]
pub(crate) struct Turns {
    live: u32,
}

impl Turns {
    /// Is it the backlog's?
    pub(crate) fn is_backlogs(&self) -> bool {
        self.live >= LIVE_TURNS
    }

    /// One of this age went, while the backlog waited or not.
    pub(crate) fn took(&mut self, age: Age, backlog_waits: bool) {
        self.live = match age {
            Age::Live if backlog_waits => self.live.saturating_add(1),
            Age::Live | Age::Backlog => 0,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_backlog_has_one_turn_in_eight() {
        let mut turns = Turns::default();
        let went: Vec<_> = (0..24)
            .map(|_| {
                let age = if turns.is_backlogs() { Age::Backlog } else { Age::Live };
                turns.took(age, true);
                age
            })
            .collect();
        let of_backlog: Vec<_> = (0..24).filter(|turn| went[*turn] == Age::Backlog).collect();
        assert_eq!(of_backlog, [7, 15, 23]);
    }

    #[test]
    fn live_ones_that_kept_nobody_waiting_count_for_nothing() {
        let mut turns = Turns::default();
        (0..100).for_each(|_| turns.took(Age::Live, false));
        assert!(!turns.is_backlogs());
    }
}
