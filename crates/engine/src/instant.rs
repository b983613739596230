//! Our own clock's reading: for deadlines of ours, never for a packet's timeout.

use core::time::Duration;

use serde::{Deserialize, Serialize};

/// Unix milliseconds from a clamped clock, so that deadlines survive a restart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Instant(pub u64);

impl Instant {
    /// This instant and a duration.
    pub fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)))
    }
}
