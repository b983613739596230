//! Clients kept alive: a client that was not updated for a third of its trusting period is updated, whether or not
//! there is traffic. One whose trusting period is over can't be saved by an update, and is said.

use std::sync::Arc;
use std::time::Duration;

use engine::{Message, Outcome, Priority, RequestId};
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};
use types::{BlockHeight, ClientId, Timestamp};

use crate::chain::Chain;
use crate::clock::Clock;
use crate::control::Handle;
use crate::metrics::Metrics;
use crate::proofs::{ProofBase, ProofError};

/// How long a failed look at a client is left alone.
const RETRY: Duration = Duration::from_secs(30);
/// The longest pause between two looks: another's updates move the deadline.
const PAUSE_MAX: Duration = Duration::from_secs(3600);

/// One client of a configured path.
pub(crate) struct Kept {
    pub(crate) host: Arc<Chain>,
    pub(crate) client: ClientId,
    pub(crate) tracked: Arc<Chain>,
    /// Where its health is told.
    pub(crate) metrics: Arc<Metrics>,
}

/// Keeps one client alive until cancelled.
pub(crate) async fn keep(kept: Kept, handle: Handle, clock: Arc<Clock>, cancel: CancellationToken) {
    let keep = async {
        kept.host.head_at_least(BlockHeight(1)).await;
        kept.tracked.head_at_least(BlockHeight(1)).await;
        loop {
            let pause = match look(&kept, &handle, &clock).await {
                Ok(pause) => pause.min(PAUSE_MAX),
                Err(error) => {
                    warn!(chain = %kept.host.id, client = %kept.client, %error, "client can't be looked after now");
                    RETRY
                }
            };
            tokio::time::sleep(pause).await;
        }
    };
    tokio::select! {
        () = cancel.cancelled() => {}
        () = keep => {}
    }
}

/// Updates the client if that is due, and says how long the next look can wait.
async fn look(kept: &Kept, handle: &Handle, clock: &Clock) -> Result<Duration, ProofError> {
    let Kept { host, client, tracked, metrics } = kept;
    let state = host.query().client_state(client).await?;
    let held = host.query().consensus_state(client, state.latest_height).await?;
    let age = age(held.timestamp, clock.timestamp());
    let status = host.query().client_status(client).await?;
    metrics.client(&host.id, client, Some(state.trusting_period.saturating_sub(age)), status);
    let due = state.trusting_period / 3;
    if age < due {
        return Ok(due - age);
    }
    info!(chain = %host.id, %client, age_s = age.as_secs(), "client is due to be updated");
    let fact_height = tracked.fresh_head().await?.height.back(1);
    let base = ProofBase::find(host, client, tracked, fact_height).await?;
    submit(kept, handle, base.updates, base.height.to_string()).await;
    // The next look sees what became of it.
    Ok(RETRY)
}

async fn submit(kept: &Kept, handle: &Handle, updates: Vec<Message>, height: String) {
    let Kept { host, client, .. } = kept;
    if updates.is_empty() {
        return;
    }
    let id = RequestId(format!("refresh/{}/{client}/{height}", host.id));
    match handle.submit_with(id.clone(), host.lane(), Priority::Refresh, updates).await {
        Ok(Outcome::Committed { .. }) => info!(chain = %host.id, %client, height, "client updated"),
        Ok(Outcome::Failed { refusal }) => {
            warn!(chain = %host.id, %client, codespace = refusal.codespace, code = refusal.code, log = refusal.log, "client update failed");
        }
        Ok(Outcome::Void) => warn!(chain = %host.id, %client, "client update never made it into a block"),
        Err(stopping) => return debug!(chain = %host.id, %client, %stopping, "client is not updated any more"),
    }
    if let Err(stopping) = handle.forget(id).await {
        debug!(chain = %host.id, %client, %stopping, "client is not looked after any more");
    }
}

/// How long ago a header was made; zero if it lies ahead.
fn age(header: Timestamp, now: Timestamp) -> Duration {
    Duration::from_nanos(now.0.saturating_sub(header.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_ahead_of_our_clock_has_no_age() {
        assert_eq!(age(Timestamp(2_000), Timestamp(1_000)), Duration::ZERO);
        assert_eq!(age(Timestamp(1_000), Timestamp(3_000)), Duration::from_nanos(2_000));
    }
}
