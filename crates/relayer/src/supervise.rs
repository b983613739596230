//! What follows a chain, keeps a client alive or watches handshakes runs as long as the driver does: a panic within is an
//! error of ours that must not end it in silence.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;
use tracing::error;

/// Before what panicked is begun anew.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs what `make` makes until it ends by itself; made anew each time that it panics.
pub(crate) async fn supervised<F: Future<Output = ()>>(what: &'static str, mut make: impl FnMut() -> F) {
    // The parts that it shares with others hold no lock over an await, and take poisoned ones.
    while AssertUnwindSafe(async { make().await }).catch_unwind().await.is_err() {
        error!(what, "a part of the relayer panicked; it is begun anew");
        tokio::time::sleep(PAUSE).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_panics_is_begun_anew_until_it_ends_by_itself() {
        let mut begun = 0;
        supervised("a test", || {
            begun += 1;
            let is_first = begun == 1;
            async move { assert!(!is_first, "a panic of the first run") }
        })
        .await;
        assert_eq!(begun, 2);
    }
}
