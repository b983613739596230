//! Trying again, at growing distances, for ever.

use std::time::Duration;

/// How far apart two tries are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Retry {
    pub(super) min: Duration,
    pub(super) max: Duration,
}

/// The pauses of one thing that is tried.
#[derive(Debug)]
pub(super) struct Pauses {
    retry: Retry,
    next: Duration,
}

impl Retry {
    pub(super) fn pauses(self) -> Pauses {
        Pauses { retry: self, next: self.min }
    }
}

impl Pauses {
    /// Waits, twice as long as the last time.
    pub(super) async fn pause(&mut self) {
        let pause = self.next;
        self.next = (pause * 2).min(self.retry.max);
        tokio::time::sleep(pause).await;
    }

    /// Something went well.
    pub(super) fn reset(&mut self) {
        self.next = self.retry.min;
    }
}
