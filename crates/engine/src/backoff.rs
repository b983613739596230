//! Delays before a retry: they double up to a cap, and jitter comes from the engine's own seed, so that a seed replays
//! exactly.

use core::time::Duration;

use rand::Rng;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::{Instant, Options};

/// The source of all delays.
#[derive(Debug)]
pub(crate) struct Backoff {
    min: Duration,
    max: Duration,
    chance: ChaCha8Rng,
}

impl Backoff {
    /// With the options' bounds.
    pub(crate) fn new(options: &Options, seed: u64) -> Self {
        let min = options.backoff_min.max(Duration::from_millis(1));
        Self { min, max: options.backoff_max.max(min), chance: ChaCha8Rng::seed_from_u64(seed) }
    }

    /// When to try again after `tries` failures in a row, counted from 0: between half of the delay and all of it.
    pub(crate) fn after(&mut self, now: Instant, tries: u32) -> Instant {
        let factor = 2u32.saturating_pow(tries.min(31));
        self.within(now, self.min.saturating_mul(factor).min(self.max))
    }

    /// Between half of this span and all of it from now.
    pub(crate) fn within(&mut self, now: Instant, span: Duration) -> Instant {
        let millis = u64::try_from(span.as_millis()).unwrap_or(u64::MAX).max(1);
        let jittered = self.chance.gen_range(millis.div_ceil(2)..=millis);
        now.after(Duration::from_millis(jittered))
    }

    /// The first delay, without jitter.
    pub(crate) fn shortest(&self, now: Instant) -> Instant {
        now.after(self.min)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn backoff(seed: u64) -> Backoff {
        let options = Options {
            chains: BTreeMap::new(),
            paths: Vec::new(),
            backoff_min: Duration::from_millis(100),
            backoff_max: Duration::from_secs(5),
            leg_tries_max: 3,
            batch_legs_max: 10,
        };
        Backoff::new(&options, seed)
    }

    #[test]
    fn delays_grow_to_the_cap_and_no_further() {
        let mut backoff = backoff(1);
        assert!((50..=100).contains(&backoff.after(Instant(0), 0).0));
        assert!((400..=800).contains(&backoff.after(Instant(0), 3).0));
        assert!((2500..=5000).contains(&backoff.after(Instant(0), 40).0));
        assert!((2500..=5000).contains(&backoff.after(Instant(0), u32::MAX).0));
    }

    #[test]
    fn a_seed_replays_exactly() {
        let draw = |seed| {
            let mut backoff = backoff(seed);
            (0..20).map(|tries| backoff.after(Instant(7), tries)).collect::<Vec<_>>()
        };
        assert_eq!(draw(3), draw(3));
        assert_ne!(draw(3), draw(4));
    }
}
