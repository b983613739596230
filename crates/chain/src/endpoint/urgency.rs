//! What can't wait behind other questions to a node: the few that a transaction or an attack hangs on.

use tokio::sync::{AcquireError, Semaphore, SemaphorePermit};

tokio::task_local! {
    static IS_URGENT: ();
}

/// Runs what asks nodes urgently: its calls wait for each other alone, not for whatever else is asked of the same node.
/// Not for what asks much. What it spawns is not urgent by that.
pub async fn urgently<F: Future>(work: F) -> F::Output {
    IS_URGENT.scope((), work).await
}

/// How many requests a node is asked at the same time.
#[derive(Debug)]
pub(super) struct InFlight {
    usual: Semaphore,
    urgent: Semaphore,
}

impl InFlight {
    /// So many, and half as many that are urgent.
    pub(super) fn new(max: usize) -> Self {
        Self { usual: Semaphore::new(max), urgent: Semaphore::new(max.div_ceil(2)) }
    }

    /// Waits for its turn.
    pub(super) async fn acquire(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        match is_urgent() {
            true => self.urgent.acquire().await,
            false => self.usual.acquire().await,
        }
    }
}

/// Is this asked urgently?
pub(super) fn is_urgent() -> bool {
    IS_URGENT.try_with(|()| ()).is_ok()
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    #[tokio::test]
    async fn what_is_urgent_waits_for_its_own_kind_alone() {
        let in_flight = InFlight::new(2);
        let _usual = [in_flight.acquire().await.unwrap(), in_flight.acquire().await.unwrap()];
        assert!(in_flight.acquire().now_or_never().is_none(), "the usual ones are all taken");
        urgently(async {
            let urgent = in_flight.acquire().now_or_never();
            assert!(urgent.is_some(), "an urgent one waited");
            assert!(in_flight.acquire().now_or_never().is_none(), "and is counted too");
        })
        .await;
        assert!(!is_urgent());
    }
}
