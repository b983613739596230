//! Points in time as IBC writes them: Unix nanoseconds in v1, Unix seconds in the timeouts of v2.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Unix time in nanoseconds; zero stands for "none", as in a packet without a timestamp timeout.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub u64);

impl Timestamp {
    /// The timestamp that stands for "none".
    pub const ZERO: Self = Self(0);

    /// Is this [`Timestamp::ZERO`]?
    pub fn is_zero(&self) -> bool {
        self.0 == 0
    }

    /// From whole Unix seconds; a time after the year 2554 becomes the last that can be written.
    pub fn from_seconds(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000))
    }

    /// Whole seconds since the Unix epoch.
    pub fn as_seconds(&self) -> u64 {
        self.0 / 1_000_000_000
    }

    /// Whole milliseconds since the Unix epoch.
    pub fn as_millis(&self) -> u64 {
        self.0 / 1_000_000
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:09}", self.0 / 1_000_000_000, self.0 % 1_000_000_000)
    }
}

/// Unix time in whole seconds, as a timeout of IBC v2: a type of its own, because a factor of 10^9 is easily lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixSeconds(pub u64);

impl From<UnixSeconds> for Timestamp {
    fn from(seconds: UnixSeconds) -> Self {
        Self::from_seconds(seconds.0)
    }
}

impl fmt::Display for UnixSeconds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
