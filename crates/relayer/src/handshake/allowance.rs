//! What others' handshakes may cost: anyone can begin one for the price of a transaction, and each has up to three steps
//! that we pay for.

use std::collections::VecDeque;
use std::time::Duration;

use engine::Instant;

/// Steps of others' handshakes that are submitted on a path within [`SPAN`], at most.
pub(super) const STEPS_MAX: usize = 300;
/// The time that an allowance counts for.
pub(super) const SPAN: Duration = Duration::from_secs(3_600);

/// So many within [`SPAN`], and when the last ones were.
#[derive(Debug)]
pub(super) struct Allowance {
    most: usize,
    taken: VecDeque<Instant>,
}

impl Allowance {
    pub(super) fn of(most: usize) -> Self {
        Self { most, taken: VecDeque::new() }
    }

    /// Takes one.
    ///
    /// # Errors
    /// When the next one may be taken, if not now.
    pub(super) fn take(&mut self, now: Instant) -> Result<(), Instant> {
        while self.taken.front().is_some_and(|at| at.after(SPAN) <= now) {
            self.taken.pop_front();
        }
        match self.taken.front() {
            Some(first) if self.taken.len() >= self.most => Err(first.after(SPAN)),
            Some(_) | None => {
                self.taken.push_back(now);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn strangers_cannot_make_us_pay_for_more_steps_than_are_allowed_an_hour() {
        let (mut allowance, minute) = (Allowance::of(STEPS_MAX), 60_000);
        let taken = (0..2 * STEPS_MAX).filter(|_| allowance.take(Instant(minute)).is_ok()).count();
        assert_eq!(taken, STEPS_MAX);
        assert_eq!(allowance.take(Instant(2 * minute)), Err(Instant(61 * minute)));
        assert_eq!(allowance.take(Instant(61 * minute)), Ok(()));
        assert!(allowance.taken.len() <= STEPS_MAX);
    }
}
