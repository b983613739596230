//! How long is waited while nothing moves.

use std::time::Duration;

use engine::Instant;

use super::look::Seen;
use super::obstacles::Obstacles;

/// Nothing has moved for so long: the chains are asked why.
const CALM: Duration = Duration::from_secs(4);
/// A chain that does not answer for so long is not waited for.
const SILENCE_MAX: Duration = Duration::from_secs(30);
/// Nothing has moved for so long, and nothing is known to stand in the way: it is not waited for.
const STANDSTILL_MAX: Duration = Duration::from_secs(90);

/// The same while events are searched for, which reads up to 200,000 blocks and ends by itself.
const SEARCH_MAX: Duration = Duration::from_secs(3 * 3_600);

/// How long is waited while nothing moves.
#[derive(Debug)]
pub(super) struct Patience {
    fingerprint: Option<u64>,
    moved_at: Instant,
    probed_at: Option<Instant>,
}

impl Patience {
    pub(super) fn new(now: Instant) -> Self {
        Self { fingerprint: None, moved_at: now, probed_at: None }
    }

    /// Is it over? What was seen moving begins it anew.
    pub(super) fn is_over(&mut self, seen: &Seen, obstacles: &Obstacles, now: Instant) -> bool {
        if self.fingerprint != Some(seen.fingerprint) {
            self.fingerprint = Some(seen.fingerprint);
            self.moved_at = now;
        }
        let still = since(self.moved_at, now);
        // A wallet may be blocked for a moment only, by a node that lags behind.
        let is_hindered = obstacles.has_lasting() || seen.is_unpaid;
        if obstacles.is_silent_for(SILENCE_MAX, now) || (is_hindered && still >= 2 * CALM) {
            return true;
        }
        let most = if seen.is_searching { SEARCH_MAX } else { STANDSTILL_MAX };
        still >= most.saturating_add(obstacles.delay)
    }

    /// Is it time to ask the chains why nothing moves?
    pub(super) fn wants_probe(&mut self, now: Instant) -> bool {
        let is_calm = since(self.moved_at, now) >= CALM;
        let is_due = self.probed_at.is_none_or(|at| since(at, now) >= CALM);
        if is_calm && is_due {
            self.probed_at = Some(now);
        }
        is_calm && is_due
    }
}

fn since(earlier: Instant, now: Instant) -> Duration {
    Duration::from_millis(now.0.saturating_sub(earlier.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Instant {
        Instant(seconds * 1000)
    }

    fn moving(fingerprint: u64) -> Seen {
        Seen { fingerprint, ..Seen::default() }
    }

    #[test]
    fn what_moves_is_waited_for_without_end() {
        let mut patience = Patience::new(seconds(0));
        for minute in 0..100 {
            assert!(!patience.is_over(&moving(minute), &Obstacles::default(), seconds(60 * minute)));
        }
    }

    #[test]
    fn a_standstill_ends_it_and_a_search_does_not() {
        let mut patience = Patience::new(seconds(0));
        let searching = Seen { is_searching: true, ..moving(1) };
        assert!(!patience.is_over(&searching, &Obstacles::default(), seconds(0)));
        assert!(!patience.is_over(&searching, &Obstacles::default(), seconds(1_000)));
        assert!(patience.is_over(&moving(1), &Obstacles::default(), seconds(1_000)));
    }

    #[test]
    fn a_search_that_never_ends_is_not_waited_for_without_end() {
        let mut patience = Patience::new(seconds(0));
        let searching = Seen { is_searching: true, ..moving(1) };
        assert!(!patience.is_over(&searching, &Obstacles::default(), seconds(0)));
        assert!(!patience.is_over(&searching, &Obstacles::default(), seconds(10_799)));
        assert!(patience.is_over(&searching, &Obstacles::default(), seconds(10_800)));
    }

    #[test]
    fn a_connections_delay_is_waited_for() {
        let mut patience = Patience::new(seconds(0));
        let delayed = Obstacles::delayed(Duration::from_secs(3_600));
        assert!(!patience.is_over(&moving(1), &delayed, seconds(0)));
        assert!(!patience.is_over(&moving(1), &delayed, seconds(3_600)));
        assert!(patience.is_over(&moving(1), &delayed, seconds(3_700)));
    }

    #[test]
    fn a_wallet_that_cannot_pay_is_not_waited_for() {
        let mut patience = Patience::new(seconds(0));
        let unpaid = Seen { is_unpaid: true, ..moving(1) };
        assert!(!patience.is_over(&unpaid, &Obstacles::default(), seconds(1)));
        assert!(patience.is_over(&unpaid, &Obstacles::default(), seconds(10)));
    }

    #[test]
    fn the_chains_are_asked_only_when_nothing_moves_and_not_all_the_time() {
        let mut patience = Patience::new(seconds(0));
        assert!(!patience.wants_probe(seconds(1)));
        assert!(patience.wants_probe(seconds(5)));
        assert!(!patience.wants_probe(seconds(6)));
        assert!(patience.wants_probe(seconds(10)));
    }
}
