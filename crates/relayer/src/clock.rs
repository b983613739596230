//! The one place that reads a clock.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use engine::Instant;
use types::Timestamp;

/// The system's clock, clamped so that it never runs backwards within a process.
#[derive(Debug, Default)]
pub struct Clock {
    latest_ms: AtomicU64,
}

impl Clock {
    /// Our own time, for our own deadlines.
    pub fn now(&self) -> Instant {
        let now_ms = u64::try_from(since_epoch().as_millis()).unwrap_or(u64::MAX);
        let earlier = self.latest_ms.fetch_max(now_ms, Ordering::Relaxed);
        Instant(earlier.max(now_ms))
    }

    /// The same as a timestamp of IBC, for a light client's rules about expiry and drift.
    pub fn timestamp(&self) -> Timestamp {
        Timestamp(self.now().0.saturating_mul(1_000_000))
    }

    /// How long it is until `deadline`; zero if it has passed.
    pub fn until(&self, deadline: Instant) -> Duration {
        Duration::from_millis(deadline.0.saturating_sub(self.now().0))
    }
}

#[expect(clippy::disallowed_methods, reason = "the clock is read here and nowhere else")]
fn since_epoch() -> Duration {
    // A clock before 1970 counts as 1970: deadlines are then late, and nothing else depends on it.
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_never_runs_backwards() {
        let clock = Clock::default();
        let ahead = clock.now().0 + 60_000;
        clock.latest_ms.store(ahead, Ordering::Relaxed);
        assert_eq!(clock.now(), Instant(ahead));
    }
}
