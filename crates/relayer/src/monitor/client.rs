//! One client's watch: every consensus state that it holds, and each that it is updated to, is compared with what the
//! endpoints of its chain have at that height.

mod accuse;
mod compare;
mod once;
mod read;
mod suspicion;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use engine::Instant;
use tracing::{debug, warn};
use types::client::{ClientState, Status};
use types::{BlockHeight, ClientId, Height};

use super::held;
use super::inbox::Inbox;
use super::outcomes::Outcomes;
use super::tracked::Tracked;
use super::{Coverage, Outcome, Unchecked};
use crate::chain::Chain;
use crate::driver::Shell;
use crate::proofs::ProofError;

/// Everything is listed again after so long: events are claims, and a node may leave some out.
const LIST_EVERY: Duration = Duration::from_secs(600);
/// How long a failed look is left alone, at first and at most.
const RETRY_MIN: Duration = Duration::from_millis(500);
const RETRY_MAX: Duration = Duration::from_secs(60);
/// The same for what could not be compared, though everybody answered.
const LEFT_MAX: Duration = Duration::from_secs(600);
/// States that can't be read, after which a look is broken off.
const FAILURES_MAX: usize = 3;
/// Between two times that what was checked is written down, while there is much to check.
const REPORT_EVERY: Duration = Duration::from_secs(5);

/// One client's watch.
pub(super) struct ClientWatch {
    shell: Arc<Shell>,
    host: Arc<Chain>,
    client: ClientId,
    tracked: Arc<Tracked>,
    inbox: Arc<Inbox>,
    state: Option<ClientState>,
    status: Option<Status>,
    outcomes: Outcomes,
    obstacle: Option<String>,
    /// Heights that are ahead of what endpoints show, and since when.
    ahead: BTreeMap<Height, Instant>,
    /// Those of them that are suspected.
    suspicions: BTreeSet<Height>,
    reported_at: Instant,
    listed_at: Instant,
    /// The host's other endpoints are left alone until then: one did not answer.
    others_left_until: Instant,
    /// Heights of states that were proven false, and told of.
    accused: BTreeSet<Height>,
    /// Heights whose false header was known to another part, and since when.
    leaned_on: BTreeMap<Height, Instant>,
    /// Was it said that nothing can be verified from what it holds?
    is_unverifiable_said: bool,
}

impl ClientWatch {
    pub(super) fn new(
        shell: Arc<Shell>,
        host: Arc<Chain>,
        client: ClientId,
        tracked: Arc<Tracked>,
        inbox: Arc<Inbox>,
    ) -> Self {
        Self {
            shell,
            host,
            client,
            tracked,
            inbox,
            state: None,
            status: None,
            outcomes: Outcomes::default(),
            obstacle: None,
            ahead: BTreeMap::new(),
            suspicions: BTreeSet::new(),
            reported_at: Instant(0),
            accused: BTreeSet::new(),
            leaned_on: BTreeMap::new(),
            listed_at: Instant(0),
            others_left_until: Instant(0),
            is_unverifiable_said: false,
        }
    }

    /// Watches for ever.
    pub(super) async fn run(mut self) {
        self.recall();
        let mut failures = 0_u32;
        loop {
            match self.look().await {
                Ok(()) => {
                    self.obstacle = None;
                    failures = if self.outcomes.has(is_left) { failures.saturating_add(1) } else { 0 };
                }
                Err(error) => {
                    let (chain, client) = (&self.host.id, &self.client);
                    if failures == 0 {
                        warn!(%chain, %client, %error, "a client can't be watched now; it is tried again");
                    } else {
                        debug!(%chain, %client, %error, failures, "a client still can't be watched");
                    }
                    self.obstacle = Some(error.to_string());
                    failures = failures.saturating_add(1);
                }
            }
            self.report().await;
            if self.wait(failures).await == Woken::Told {
                failures = 0;
            }
            self.outcomes.reopen(is_left);
        }
    }

    /// Looks until there is nothing to look at.
    pub(super) async fn look(&mut self) -> Result<(), ProofError> {
        self.take_told();
        let mut failed: Vec<ProofError> = Vec::new();
        loop {
            let is_old = self.shell.clock.until(self.listed_at.after(LIST_EVERY)).is_zero();
            if self.state.is_none() || is_old {
                self.list().await?;
                self.listed_at = self.shell.clock.now();
            }
            if self.is_frozen() {
                self.outcomes.close(&Outcome::Unchecked(Unchecked::NotActive));
                self.drop_suspicions().await;
                return Ok(());
            }
            let Some((height, told_in)) = self.outcomes.next() else {
                return failed.pop().map_or(Ok(()), Err);
            };
            let checked = match told_in {
                Some(_) => chain::urgently(self.check(height, told_in)).await,
                None => {
                    // Live updates go first; what was there before is read a little at a time.
                    let tracked = self.tracked.clone();
                    let permit = tokio::select! {
                        biased;
                        () = self.inbox.told() => None,
                        permit = tracked.backlog.acquire() => permit.ok(),
                    };
                    if permit.is_some() { self.check(height, None).await } else { Ok(()) }
                }
            };
            // One state that can't be read holds up no other; a host that answers nothing is left alone.
            if let Err(error) = checked {
                self.outcomes.settle(height, Outcome::Unchecked(Unchecked::Silent), None);
                failed.push(error);
                if failed.len() >= FAILURES_MAX {
                    return failed.pop().map_or(Ok(()), Err);
                }
            }
            self.take_told();
            if self.shell.clock.until(self.reported_at.after(REPORT_EVERY)).is_zero() {
                self.report().await;
            }
        }
    }

    /// What there is to watch, as the host tells it.
    async fn list(&mut self) -> Result<(), ProofError> {
        let query = self.host.query();
        let state = query.client_state(&self.client).await?;
        if state.chain_id != self.tracked.chain.id {
            return Err(ProofError::OtherChain {
                client: self.client.clone(),
                chain: self.host.id.clone(),
                tracked: state.chain_id,
                expected: self.tracked.chain.id.clone(),
            });
        }
        self.status = Some(query.client_status(&self.client).await?);
        // A node that says so alone would turn the watch off.
        if state.is_frozen() && !held::is_frozen(&self.host, &self.client).await? {
            warn!(chain = %self.host.id, client = %self.client, "a node calls a client frozen that is not");
            self.state = None;
            return Err(held::contradicted(&self.host, &self.client));
        }
        let heights = query.consensus_state_heights(&self.client).await?;
        self.outcomes.list(&heights);
        self.state = Some(state);
        Ok(())
    }

    fn is_frozen(&self) -> bool {
        self.state.as_ref().is_some_and(ClientState::is_frozen)
    }

    fn take_told(&mut self) {
        let told = self.inbox.take();
        if told.is_all {
            self.state = None;
        }
        for (height, block) in told.heights {
            self.outcomes.update(height, block);
        }
    }

    /// What was checked so far.
    pub(super) fn coverage(&self) -> Coverage {
        Coverage {
            host: self.host.id.clone(),
            client: self.client.clone(),
            tracked: self.tracked.chain.id.clone(),
            status: self.status,
            spans: self.outcomes.spans(),
            is_complete: self.state.is_some() && self.outcomes.is_complete(),
            obstacle: self.obstacle.clone(),
            at: self.shell.clock.timestamp(),
        }
    }

    async fn report(&mut self) {
        self.reported_at = self.shell.clock.now();
        let coverage = self.coverage();
        if let Err(error) = coverage.write(&self.shell.store).await {
            warn!(chain = %self.host.id, client = %self.client, %error, "what was checked can't be written down");
        }
        self.shell.watch.covered(coverage);
    }

    /// Until there is something to look at.
    async fn wait(&mut self, failures: u32) -> Woken {
        let pause = if failures == 0 {
            LIST_EVERY
        } else {
            let pause_max = if self.obstacle.is_some() { RETRY_MAX } else { LEFT_MAX };
            RETRY_MIN.saturating_mul(1 << failures.min(12).saturating_sub(1)).min(pause_max)
        };
        let head = self.tracked.chain.head().map_or(BlockHeight(0), |head| head.height);
        let next_head = async {
            if self.ahead.is_empty() {
                std::future::pending::<()>().await;
            }
            self.tracked.chain.head_at_least(head.next()).await;
        };
        let woken = tokio::select! {
            () = self.inbox.told() => Woken::Told,
            () = next_head => Woken::Head,
            () = tokio::time::sleep(pause) => Woken::Late,
        };
        match woken {
            Woken::Told | Woken::Late => {}
            Woken::Head => {
                self.outcomes.reopen(is_ahead);
            }
        }
        woken
    }
}

/// Why the wait has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Woken {
    Told,
    Head,
    Late,
}

fn is_ahead(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Suspected | Outcome::Unchecked(Unchecked::Behind))
}

/// May a later look show more, whatever the chain does?
fn is_left(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Unchecked(reason) => match reason {
            Unchecked::NotYet | Unchecked::Silent | Unchecked::NotVerifiable | Unchecked::HostContradicted => true,
            // The next head shows more of what is ahead; the rest stays as it is.
            Unchecked::Behind
            | Unchecked::Expired
            | Unchecked::Pruned
            | Unchecked::NotActive
            | Unchecked::OtherRevision
            | Unchecked::Malformed => false,
        },
        // Until the client is frozen: what responds may have been about other clients alone.
        Outcome::Attack => true,
        Outcome::Checked { .. } | Outcome::Suspected => false,
    }
}
