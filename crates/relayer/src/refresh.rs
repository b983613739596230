//! Clients kept alive: a client that was not updated for a third of its trusting period is updated, whether or not
//! there is traffic. One that is frozen, expired, or about to expire is said, once each time that it comes to that.

use std::sync::Arc;
use std::time::Duration;

use engine::{Message, Outcome, Priority, RequestId};
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, info, warn};
use types::client::Status;
use types::{BlockHeight, ClientId, Timestamp};

use crate::chain::Chain;
use crate::control::Handle;
use crate::driver::Shell;
use crate::proofs::{ProofBase, ProofError};

/// How long a failed look at a client is left alone.
const RETRY: Duration = Duration::from_secs(30);
/// The longest pause between two looks: another's updates move the deadline, and anyone may freeze a client.
const PAUSE_MAX: Duration = Duration::from_secs(600);
/// How long an update may take, with its header and its transaction.
const UPDATE_MAX: Duration = Duration::from_secs(300);

/// One client of a configured path.
#[derive(Clone)]
pub(crate) struct Kept {
    pub(crate) host: Arc<Chain>,
    pub(crate) client: ClientId,
    pub(crate) tracked: Arc<Chain>,
}

/// What a person should know of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Fine,
    /// Less than a quarter of its trusting period is left.
    Low,
    Expired,
    Frozen,
    /// Its chain does not let it be used, or does not know.
    Unusable,
}

/// How a client is.
struct Health {
    status: Status,
    trusting_period: Duration,
    /// Since its newest header.
    age: Duration,
}

/// Keeps one client alive until cancelled.
pub(crate) async fn keep(kept: Kept, shell: Arc<Shell>, handle: Handle, cancel: CancellationToken) {
    let keep = async {
        let mut told = Stage::Fine;
        kept.host.head_at_least(BlockHeight(1)).await;
        kept.tracked.head_at_least(BlockHeight(1)).await;
        loop {
            let look = tokio::time::timeout(UPDATE_MAX, look(&kept, &shell, &handle, &mut told));
            let pause = match look.await {
                Ok(Ok(pause)) => pause.min(PAUSE_MAX),
                Ok(Err(error)) => {
                    warn!(chain = %kept.host.id, client = %kept.client, %error, "client can't be looked after now");
                    RETRY
                }
                Err(_) => {
                    warn!(chain = %kept.host.id, client = %kept.client, "the client's update takes long; it is looked at again");
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
async fn look(kept: &Kept, shell: &Shell, handle: &Handle, told: &mut Stage) -> Result<Duration, ProofError> {
    let Kept { host, client, tracked } = kept;
    let health = health(kept, shell.clock.timestamp()).await?;
    shell.metrics.client(&host.id, client, health.left(), health.status);
    let stage = health.stage();
    if stage != *told {
        say(kept, stage, &health);
        *told = stage;
    }
    if health.status != Status::Active {
        // No update can help; what can (governance, an upgrade) is seen by a later look.
        return Ok(RETRY);
    }
    let due = health.trusting_period / 3;
    if health.age < due {
        return Ok(due - health.age);
    }
    info!(chain = %host.id, %client, age_s = health.age.as_secs(), "client is due to be updated");
    let fact_height = tracked.fresh_head().await?.height.back(1);
    let base = ProofBase::find(host, client, tracked, fact_height).await?;
    submit(kept, handle, base.updates, base.height.to_string()).await;
    // The next look sees what became of it: soon, since a short trusting period is soon over.
    Ok(RETRY.min(due))
}

async fn health(kept: &Kept, now: Timestamp) -> Result<Health, ProofError> {
    let query = kept.host.query();
    let status = query.client_status(&kept.client).await?;
    let state = query.client_state(&kept.client).await?;
    let held = query.consensus_state(&kept.client, state.latest_height).await?;
    Ok(Health { status, trusting_period: state.trusting_period, age: age(held.timestamp, now) })
}

impl Health {
    /// How long it stays trusted without an update; none if it can't be used.
    fn left(&self) -> Option<Duration> {
        match self.status {
            Status::Active => Some(self.trusting_period.saturating_sub(self.age)),
            Status::Expired => Some(Duration::ZERO),
            Status::Frozen | Status::Unauthorized | Status::Unknown => None,
        }
    }

    fn stage(&self) -> Stage {
        match self.status {
            Status::Active if self.age >= self.trusting_period => Stage::Expired,
            Status::Active if self.age > self.trusting_period * 3 / 4 => Stage::Low,
            Status::Active => Stage::Fine,
            Status::Expired => Stage::Expired,
            Status::Frozen => Stage::Frozen,
            Status::Unauthorized | Status::Unknown => Stage::Unusable,
        }
    }
}

fn say(kept: &Kept, stage: Stage, health: &Health) {
    let Kept { host, client, tracked } = kept;
    let (chain, tracks) = (&host.id, &tracked.id);
    match stage {
        Stage::Fine => info!(%chain, %client, %tracks, "client can be used again"),
        Stage::Low => {
            let left_s = health.trusting_period.saturating_sub(health.age).as_secs();
            warn!(%chain, %client, %tracks, left_s, "client is about to expire: less than a quarter of its trusting period is left");
        }
        Stage::Expired => {
            error!(%chain, %client, %tracks, "client is expired: nothing passes any more; governance of its chain can recover it");
        }
        Stage::Frozen => {
            error!(%chain, %client, %tracks, "client is frozen: nothing passes any more; governance of its chain can recover it");
        }
        Stage::Unusable => {
            error!(%chain, %client, %tracks, status = %health.status, "client can't be used: nothing passes any more");
        }
    }
}

async fn submit(kept: &Kept, handle: &Handle, updates: Vec<Message>, height: String) {
    let Kept { host, client, .. } = kept;
    if updates.is_empty() {
        return;
    }
    let id = request_id(kept);
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

/// One a client, whatever height: an update that can't be paid for now must not be followed by another one, and another.
fn request_id(kept: &Kept) -> RequestId {
    RequestId(format!("refresh/{}/{}", kept.host.id, kept.client))
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

    #[test]
    fn a_client_is_low_in_the_last_quarter_of_its_trusting_period() {
        let health = |status, age_s| Health {
            status,
            trusting_period: Duration::from_secs(100),
            age: Duration::from_secs(age_s),
        };
        let rows = [
            (Status::Active, 75, Stage::Fine, Some(25)),
            (Status::Active, 76, Stage::Low, Some(24)),
            // Its chain judges by its last block's time, and may not have noticed yet.
            (Status::Active, 100, Stage::Expired, Some(0)),
            (Status::Expired, 10, Stage::Expired, Some(0)),
            (Status::Frozen, 10, Stage::Frozen, None),
            (Status::Unauthorized, 10, Stage::Unusable, None),
        ];
        for (status, age_s, stage, left_s) in rows {
            let health = health(status, age_s);
            assert_eq!(health.stage(), stage, "{status} {age_s}");
            assert_eq!(health.left(), left_s.map(Duration::from_secs), "{status} {age_s}");
        }
    }
}
