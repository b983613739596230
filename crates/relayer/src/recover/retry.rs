//! What was searched for in vain is tried again, at growing distances: a node that left it out may tell it later. So is
//! what blocks hold up that could not be read.

use std::sync::Arc;
use std::time::Duration;

use futures::future;
use tokio_util::sync::CancellationToken;

use super::search_and_tell;
use crate::driver::Shell;

/// How often it is looked for what has rested long enough.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Tries again until cancelled.
pub(crate) async fn keep_trying(shell: Arc<Shell>, cancel: CancellationToken) {
    let trying = async {
        loop {
            tokio::time::sleep(LOOK_EVERY).await;
            let rested = shell.searches.take_rested(shell.clock.now());
            future::join_all(rested.into_iter().map(|search| search_and_tell(&shell, search))).await;
        }
    };
    tokio::select! {
        () = cancel.cancelled() => {}
        () = trying => {}
    }
}
