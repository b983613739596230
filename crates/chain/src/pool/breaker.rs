//! Whether an endpoint is in use: out of it after failures in a row, for a while that doubles each time.

use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::timer;

/// Failures in a row that put an endpoint out of use.
const FAILURES_MAX: u32 = 3;
const BACKOFF_MIN: Duration = Duration::from_secs(1);
const BACKOFF_MAX: Duration = Duration::from_secs(60);
/// How long an endpoint that said what is not so is left alone.
const DISTRUST: Duration = Duration::from_secs(60);

#[derive(Debug)]
pub(super) struct Breaker {
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    is_checked: bool,
    failures: u32,
    open_until: Option<Instant>,
    /// Answers end an outage, but no distrust.
    distrusted_until: Option<Instant>,
}

impl Breaker {
    pub(super) fn checked() -> Self {
        Self::new(true)
    }

    pub(super) fn unchecked() -> Self {
        Self::new(false)
    }

    fn new(is_checked: bool) -> Self {
        Self { state: Mutex::new(State { is_checked, failures: 0, open_until: None, distrusted_until: None }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing here can panic halfway through a change.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Is the endpoint to be left alone now?
    pub(super) fn is_open(&self) -> bool {
        let (now, state) = (timer::now(), self.state());
        [state.open_until, state.distrusted_until].into_iter().flatten().any(|until| now < until)
    }

    pub(super) fn is_checked(&self) -> bool {
        self.state().is_checked
    }

    pub(super) fn check_passed(&self) {
        self.state().is_checked = true;
    }

    /// Tells whether failures had put the endpoint out of use before.
    pub(super) fn succeeded(&self) -> bool {
        let mut state = self.state();
        state.failures = 0;
        state.open_until.take().is_some()
    }

    /// Puts an endpoint that answers, but falsely, out of use; true if it was not distrusted before.
    pub(super) fn distrusted(&self) -> bool {
        let now = timer::now();
        let mut state = self.state();
        let is_news = state.distrusted_until.is_none_or(|until| until <= now);
        if is_news {
            state.distrusted_until = Some(now + jittered(DISTRUST));
        }
        is_news
    }

    /// Counts a failure; true if it put an endpoint that was in use out of it. What comes back may be another chain's.
    pub(super) fn failed(&self) -> bool {
        let mut state = self.state();
        state.failures = state.failures.saturating_add(1);
        if state.failures < FAILURES_MAX {
            return false;
        }
        let doublings = (state.failures - FAILURES_MAX).min(6);
        let wait = (BACKOFF_MIN * 2u32.pow(doublings)).min(BACKOFF_MAX);
        let now = timer::now();
        let was_open = state.open_until.replace(now + jittered(wait)).is_some_and(|until| now < until);
        state.is_checked = false;
        !was_open
    }
}

/// Between three quarters and five quarters of `wait`, so that many who wait for the same node don't come together.
pub(crate) fn jittered(wait: Duration) -> Duration {
    // Every `RandomState` has keys of its own.
    let per_mille = RandomState::new().hash_one(0u8) % 501;
    wait * 3 / 4 + wait.mul_f64(per_mille as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn three_failures_in_a_row_open_it_for_a_while_that_grows() {
        let breaker = Breaker::checked();
        assert!(!breaker.failed() && !breaker.failed() && !breaker.is_open());
        assert!(!breaker.succeeded(), "it was in use all the time");
        assert!(!breaker.failed() && !breaker.failed() && breaker.failed());
        assert!(breaker.is_open() && !breaker.is_checked());
        tokio::time::advance(Duration::from_millis(1_300)).await;
        assert!(!breaker.is_open());
        assert!(breaker.failed(), "half open: the next failure opens it again at once");
        tokio::time::advance(Duration::from_millis(1_300)).await;
        assert!(breaker.is_open(), "for longer");
        assert!(!breaker.failed(), "it is out of use already");
        assert!(breaker.succeeded() && !breaker.is_open());
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_distrusted_comes_back_after_a_while() {
        let breaker = Breaker::checked();
        assert!(breaker.distrusted() && !breaker.distrusted(), "once until it is in use again");
        assert!(!breaker.succeeded() && breaker.is_open(), "it did answer, and does");
        tokio::time::advance(DISTRUST * 2).await;
        assert!(!breaker.is_open() && breaker.distrusted());
    }

    #[test]
    fn jitter_stays_within_a_quarter() {
        for _ in 0..100 {
            let wait = jittered(Duration::from_secs(4));
            assert!((Duration::from_secs(3)..=Duration::from_secs(5)).contains(&wait), "{wait:?}");
        }
    }
}
