//! What the watcher has to look at, and when.

use std::collections::BTreeMap;
use std::time::Duration;

use engine::Instant;

/// Entries at most; what does not fit is found by the next look at everything.
const ENTRIES_MAX: usize = 4096;
const DELAY_MIN: Duration = Duration::from_secs(2);
const DELAY_MAX: Duration = Duration::from_secs(600);

/// What is to be looked at: each once, failures again at growing distances.
#[derive(Debug)]
pub(super) struct Todo<T> {
    entries: BTreeMap<T, Entry>,
}

#[derive(Clone, Copy, Debug)]
struct Entry {
    at: Instant,
    failures: u32,
}

impl<T: Ord + Clone> Todo<T> {
    pub(super) fn new() -> Self {
        Self { entries: BTreeMap::new() }
    }

    /// Something happened to it: it is looked at now. Says whether there was room.
    pub(super) fn add(&mut self, what: T, now: Instant) -> bool {
        if let Some(entry) = self.entries.get_mut(&what) {
            entry.at = now;
            return true;
        }
        let has_room = self.entries.len() < ENTRIES_MAX;
        if has_room {
            self.entries.insert(what, Entry { at: now, failures: 0 });
        }
        has_room
    }

    /// What is due, the longest due first.
    pub(super) fn due(&self, now: Instant) -> Option<T> {
        let due = self.entries.iter().filter(|(_, entry)| entry.at <= now);
        due.min_by_key(|(_, entry)| entry.at).map(|(what, _)| what.clone())
    }

    /// When something is due next.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        self.entries.values().map(|entry| entry.at).min()
    }

    /// It needs no further look.
    pub(super) fn done(&mut self, what: &T) {
        self.entries.remove(what);
    }

    /// It is not looked at before this instant.
    pub(super) fn postpone(&mut self, what: &T, until: Instant) {
        if let Some(entry) = self.entries.get_mut(what) {
            entry.at = until;
        }
    }

    /// It failed: again later. Says how often it failed in a row.
    pub(super) fn failed(&mut self, what: &T, now: Instant) -> u32 {
        let Some(entry) = self.entries.get_mut(what) else { return 0 };
        entry.at = now.after(delay(entry.failures));
        entry.failures = entry.failures.saturating_add(1);
        entry.failures
    }
}

/// Doubles with each failure.
pub(super) fn delay(failures: u32) -> Duration {
    DELAY_MIN.saturating_mul(1 << failures.min(16)).min(DELAY_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_is_tried_again_at_growing_distances() {
        let mut todo = Todo::new();
        assert!(todo.add("one", Instant(1_000)));
        assert_eq!(todo.due(Instant(1_000)), Some("one"));
        assert_eq!(todo.failed(&"one", Instant(1_000)), 1);
        assert_eq!((todo.due(Instant(2_999)), todo.wake_at()), (None, Some(Instant(3_000))));
        assert_eq!(todo.failed(&"one", Instant(3_000)), 2);
        assert_eq!(todo.wake_at(), Some(Instant(7_000)));
        assert_eq!(delay(40), DELAY_MAX);
        // Something happened to it.
        assert!(todo.add("one", Instant(4_000)));
        assert_eq!(todo.due(Instant(4_000)), Some("one"));
        todo.postpone(&"one", Instant(9_000));
        assert_eq!((todo.due(Instant(8_999)), todo.due(Instant(9_000))), (None, Some("one")));
        todo.done(&"one");
        assert_eq!(todo.wake_at(), None);
    }

    #[test]
    fn entries_are_bounded() {
        let mut todo = Todo::new();
        let refused = (0..=ENTRIES_MAX).filter(|entry| !todo.add(*entry, Instant(0))).count();
        assert_eq!(refused, 1);
        assert!(todo.add(0, Instant(1)), "what is there already has its room");
    }
}
