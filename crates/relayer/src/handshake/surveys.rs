//! When everything between a path's clients is looked at anew. Anyone can give cause for that, and it costs a list of all
//! channels: it is done once for whatever has called for it, and only so often.

use std::time::Duration;

use engine::Instant;

use super::allowance::Allowance;
use super::todo::delay;

/// Looks at everything on a path within an hour, at most.
const SURVEYS_MAX: usize = 60;
/// The distance between two tries that fail grows so many times.
const FAILURES_MAX: u32 = 4;

/// A path that has more under way than is kept in mind is looked at again this much later.
pub(super) const OVERFLOW_PAUSE: Duration = Duration::from_secs(60);

/// The next look at everything.
#[derive(Debug)]
pub(super) struct Surveys {
    /// When it is due; one at a time.
    due: Option<Instant>,
    failures: u32,
    allowance: Allowance,
}

impl Surveys {
    /// The first is due at this instant.
    pub(super) fn from(first: Instant) -> Self {
        Self { due: Some(first), failures: 0, allowance: Allowance::of(SURVEYS_MAX) }
    }

    /// Something was missed: there is to be one at this instant, if none comes before.
    pub(super) fn want(&mut self, at: Instant) {
        self.due = Some(self.due.map_or(at, |due| due.min(at)));
    }

    /// Takes the one that is due. What calls for another from now on was not seen by it.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        if self.due.is_none_or(|due| due > now) {
            return false;
        }
        match self.allowance.take(now) {
            Ok(()) => {
                self.due = None;
                true
            }
            Err(until) => {
                self.due = Some(until);
                false
            }
        }
    }

    /// It has failed: again later. Says whether it is the first failure in a row.
    pub(super) fn failed(&mut self, now: Instant) -> bool {
        self.want(now.after(delay(self.failures.min(FAILURES_MAX))));
        self.failures = self.failures.saturating_add(1);
        self.failures == 1
    }

    pub(super) fn succeeded(&mut self) {
        self.failures = 0;
    }

    /// When one is due next.
    pub(super) fn wake_at(&self) -> Option<Instant> {
        self.due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: u64 = 3_600_000;

    #[test]
    fn whatever_calls_for_a_look_at_everything_gets_one_at_a_time() {
        let mut surveys = Surveys::from(Instant(0));
        assert!(surveys.take(Instant(0)));
        for at in 1..10_000 {
            surveys.want(Instant(at));
        }
        assert_eq!(surveys.wake_at(), Some(Instant(1)), "the first who asks is served");
        assert!(surveys.take(Instant(10_000)) && !surveys.take(Instant(10_000)));
        assert_eq!(surveys.wake_at(), None);
    }

    #[test]
    fn openings_without_end_do_not_make_us_look_at_everything_without_end() {
        let mut surveys = Surveys::from(Instant(0));
        let looks = |surveys: &mut Surveys, from: u64| {
            let mut looked = 0;
            for now in (from..from + HOUR).step_by(100).map(Instant) {
                surveys.want(now);
                looked += usize::from(surveys.take(now));
            }
            looked
        };
        assert_eq!(looks(&mut surveys, 0), SURVEYS_MAX);
        assert_eq!(looks(&mut surveys, HOUR), SURVEYS_MAX, "and nothing that was missed stays missed");
    }

    #[test]
    fn a_look_that_fails_is_tried_again_at_growing_distances() {
        let mut surveys = Surveys::from(Instant(0));
        let mut distances = Vec::new();
        let mut now = Instant(0);
        for _ in 0..6 {
            assert!(surveys.take(now));
            surveys.failed(now);
            let next = surveys.wake_at().unwrap();
            distances.push((next.0 - now.0) / 1_000);
            now = next;
        }
        assert_eq!(distances, [2, 4, 8, 16, 32, 32]);
        assert!(surveys.take(now));
        surveys.succeeded();
        assert!(surveys.failed(now), "the first in a row again");
    }
}
