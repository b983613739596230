//! How often a head is asked for: seldom right after one was seen, often when the next is due.

use std::time::Duration;

use tokio::time::Instant;

use super::Head;
use crate::timer;

/// The distance of blocks that is assumed until two were seen.
const DISTANCE_DEFAULT: Duration = Duration::from_secs(1);
const DISTANCE_MIN: Duration = Duration::from_millis(200);
const DISTANCE_MAX: Duration = Duration::from_secs(60);
const POLL_MIN: Duration = Duration::from_millis(50);
const POLL_MAX: Duration = Duration::from_secs(1);
/// How long a node that failed is left alone.
const FAILED_WAIT: Duration = Duration::from_millis(500);

/// What the next wait depends on.
#[derive(Debug, Default)]
pub(super) struct Pace {
    last: Option<(Instant, Head)>,
    distance: Option<Duration>,
    has_failed: bool,
}

impl Pace {
    /// A head came, polled or told.
    pub(super) fn polled(&mut self, is_new: bool, head: Head) {
        self.has_failed = false;
        if !is_new {
            return;
        }
        if let Some((_, before)) = self.last {
            let blocks = head.height.0.saturating_sub(before.height.0).max(1);
            let between = Duration::from_nanos(head.time.0.saturating_sub(before.time.0) / blocks);
            let between = between.clamp(DISTANCE_MIN, DISTANCE_MAX);
            // A chain that stood still once is not slower for it: one head weighs twice the average at most.
            let average = self.distance.map_or(between, |distance| (distance * 3 + between.min(distance * 2)) / 4);
            self.distance = Some(average);
        }
        self.last = Some((timer::now(), head));
    }

    pub(super) fn failed(&mut self) {
        self.has_failed = true;
    }

    /// How long to wait before asking again.
    pub(super) fn next(&self) -> Duration {
        if self.has_failed {
            return FAILED_WAIT;
        }
        let Some((seen_at, _)) = self.last else { return Duration::ZERO };
        let distance = self.distance.unwrap_or(DISTANCE_DEFAULT);
        // From nine tenths of the distance on, a tenth of it apart, and slower again once it is overdue.
        let due = (distance * 9 / 10).saturating_sub(seen_at.elapsed());
        let is_overdue = seen_at.elapsed() > distance * 4;
        let step = if is_overdue { distance / 2 } else { distance / 10 };
        due.max(step.clamp(POLL_MIN, POLL_MAX))
    }
}

#[cfg(test)]
mod tests {
    use types::{BlockHeight, Timestamp};

    use super::*;

    fn head(height: u64, millis: u64) -> Head {
        Head { height: BlockHeight(height), time: Timestamp(millis * 1_000_000) }
    }

    #[tokio::test(start_paused = true)]
    async fn asked_seldom_after_a_head_and_often_when_the_next_is_due() {
        let mut pace = Pace::default();
        assert_eq!(pace.next(), Duration::ZERO, "at once, when nothing is known");
        pace.polled(true, head(1, 0));
        pace.polled(true, head(2, 1_000));
        assert_eq!(pace.next(), Duration::from_millis(900));
        tokio::time::advance(Duration::from_millis(900)).await;
        assert_eq!(pace.next(), Duration::from_millis(100));
        pace.polled(false, head(2, 1_000));
        assert_eq!(pace.next(), Duration::from_millis(100), "the same head again changes nothing");
        tokio::time::advance(Duration::from_secs(10)).await;
        assert_eq!(pace.next(), Duration::from_millis(500), "slower, when the chain stands still");
    }

    #[tokio::test(start_paused = true)]
    async fn a_chain_that_stood_still_once_is_asked_nearly_as_often_as_before() {
        let mut pace = Pace::default();
        for (height, millis) in [(1, 0), (2, 1_000), (3, 61_000)] {
            pace.polled(true, head(height, millis));
        }
        assert_eq!(pace.next(), Duration::from_millis(1_125));
    }

    #[tokio::test(start_paused = true)]
    async fn lying_times_can_not_make_it_spin_or_sleep() {
        let mut pace = Pace::default();
        for (height, millis) in [(1, 5), (2, 5), (3, 5)] {
            pace.polled(true, head(height, millis));
        }
        assert!(pace.next() >= POLL_MIN);
        pace.polled(true, head(4, u64::MAX / 1_000_000));
        assert!(pace.next() <= DISTANCE_MAX);
    }

    #[tokio::test(start_paused = true)]
    async fn a_node_that_failed_is_left_alone_shortly() {
        let mut pace = Pace::default();
        pace.failed();
        assert_eq!(pace.next(), FAILED_WAIT);
    }
}
