//! The runtime's monotonic timer, for how long we wait and for nothing else: it tells no time of day, stops with the
//! runtime's in tests, and no decision about a block, a packet or a fee depends on it.

use tokio::time::Instant;

/// This moment.
#[expect(clippy::disallowed_methods, reason = "waits on nodes are measured here and nowhere else in this crate")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
