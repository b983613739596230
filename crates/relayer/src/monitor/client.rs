//! One client's watch: every consensus state that it holds, and each that it is updated to, is compared with what the
//! endpoints of its chain have at that height.

mod accuse;
mod suspicion;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chain::{ChainError, Failure};
use engine::Instant;
use futures::StreamExt;
use futures::stream::FuturesUnordered;
use light_client::{LightBlock, Options, TrustedState};
use tracing::{debug, info, warn};
use types::client::{ClientState, Status};
use types::{BlockHeight, ClientId, Height};

use super::held;
use super::inbox::Inbox;
use super::outcomes::Outcomes;
use super::tracked::Tracked;
use super::verdict;
use super::witness::{Witness, Word};
use super::{Coverage, Outcome, Unchecked};
use crate::chain::Chain;
use crate::driver::Shell;
use crate::headers;
use crate::proofs::ProofError;

/// Everything is listed again after so long: events are claims, and a node may leave some out.
const LIST_EVERY: Duration = Duration::from_secs(600);
/// How long a failed look is left alone, at first and at most.
const RETRY_MIN: Duration = Duration::from_millis(500);
const RETRY_MAX: Duration = Duration::from_secs(60);
/// The same for what could not be compared, though everybody answered.
const LEFT_MAX: Duration = Duration::from_secs(600);
/// How long the other endpoints have, once one has confirmed a state, or contradicted it.
const GRACE: Duration = Duration::from_secs(2);
const GRACE_OF_ATTACK: Duration = Duration::from_millis(250);
/// True states that a header is tried to be verified from.
const BASES_MAX: usize = 3;
/// How often a single look is made again, a block's time apart, where something can't be compared.
const ROUNDS_MAX: u32 = 6;
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
            leaned_on: BTreeMap::new(),
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
                    let is_left = self.outcomes.reopen(is_left);
                    failures = if is_left { failures.saturating_add(1) } else { 0 };
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
        }
    }

    /// Looks at everything that is there now, a few times where something can't be compared at once.
    pub(super) async fn once(mut self) -> Coverage {
        self.recall();
        for round in 1..=ROUNDS_MAX {
            let is_over = match self.look().await {
                Ok(()) => {
                    self.obstacle = None;
                    !self.outcomes.has(|outcome| match outcome {
                        Outcome::Unchecked(Unchecked::Behind) => true,
                        Outcome::Attack => false,
                        Outcome::Checked { .. } | Outcome::Suspected | Outcome::Unchecked(_) => is_left(outcome),
                    })
                }
                Err(error) => {
                    self.obstacle = Some(error.to_string());
                    false
                }
            };
            if is_over || round == ROUNDS_MAX {
                break;
            }
            tokio::time::sleep(self.tracked.chain.block_time().max(RETRY_MIN)).await;
            self.outcomes.reopen(|outcome| is_left(outcome) || is_ahead(outcome));
        }
        self.report().await;
        self.coverage()
    }

    /// Looks until there is nothing to look at.
    pub(super) async fn look(&mut self) -> Result<(), ProofError> {
        self.take_told();
        loop {
            if self.state.is_none() {
                self.list().await?;
            }
            if self.is_frozen() {
                self.outcomes.close(&Outcome::Unchecked(Unchecked::NotActive));
                return Ok(());
            }
            let Some((height, told_in)) = self.outcomes.next() else { return Ok(()) };
            match told_in {
                Some(_) => self.check(height, told_in).await?,
                None => {
                    // Live updates go first; what was there before is read a little at a time.
                    let tracked = self.tracked.clone();
                    let permit = tokio::select! {
                        biased;
                        () = self.inbox.told() => None,
                        permit = tracked.backlog.acquire() => permit.ok(),
                    };
                    if permit.is_some() {
                        self.check(height, None).await?;
                    }
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

    /// Compares one consensus state.
    async fn check(&mut self, height: Height, told_in: Option<BlockHeight>) -> Result<(), ProofError> {
        let Some(client) = self.state.clone() else { return Ok(()) };
        let held = match self.host.query().consensus_state(&self.client, height).await {
            Ok(held) => held,
            Err(error) if error.is_not_found() && told_in.is_none() => {
                self.outcomes.gone(height);
                return Ok(());
            }
            Err(error) => return self.unread(height, error),
        };
        let Ok(held) = held::facts(&client, height, held) else {
            self.outcomes.settle(height, Outcome::Unchecked(Unchecked::Malformed), None);
            return Ok(());
        };
        let outcome = if height.revision_number != self.tracked.chain.id.revision_number() {
            Outcome::Unchecked(Unchecked::OtherRevision)
        } else if self.is_expired(&held, &client) {
            self.compare_expired(&held, held::options(&client)).await
        } else {
            self.compare(&client, &held, told_in).await?
        };
        debug!(chain = %self.host.id, client = %self.client, %height, ?outcome, "consensus state compared");
        self.outcomes.settle(height, outcome, Some(held));
        Ok(())
    }

    /// What can't be read holds up nothing else, unless the node does not answer at all.
    fn unread(&mut self, height: Height, error: ChainError) -> Result<(), ProofError> {
        let reason = match &error.failure {
            Failure::Malformed(_) => Unchecked::Malformed,
            // An event told of it.
            _ if error.is_not_found() => Unchecked::HostContradicted,
            _ => return Err(error.into()),
        };
        self.outcomes.settle(height, Outcome::Unchecked(reason), None);
        Ok(())
    }

    async fn compare(
        &mut self,
        client: &ClientState,
        held: &TrustedState,
        told_in: Option<BlockHeight>,
    ) -> Result<Outcome, ProofError> {
        let options = held::options(client);
        let base = self.base(client, held).await;
        let words = self.words(held, base.as_ref(), options).await;
        let outcome = verdict::outcome(&words);
        self.say(held.height, &outcome, &words);
        let outcome = match outcome {
            Outcome::Attack => self.accuse(client, held, told_in, &words).await?,
            Outcome::Unchecked(Unchecked::Behind) => self.suspect(held, &words).await,
            Outcome::Checked { .. } if base.is_none() && !self.is_anchored(held).await => {
                Outcome::Unchecked(Unchecked::NotVerifiable)
            }
            Outcome::Checked { .. } | Outcome::Unchecked(_) | Outcome::Suspected => outcome,
        };
        self.clear_suspicion(held, &outcome).await;
        Ok(outcome)
    }

    /// Does our own trust agree with the lowest state, where it reaches? Nothing of the client's own is below that.
    async fn is_anchored(&self, held: &TrustedState) -> bool {
        let (chain, height) = (&self.tracked.chain, BlockHeight(held.height.revision_height));
        let Ok(headers) = chain.headers().await else { return true };
        if !headers.reaches(height).await {
            return true;
        }
        match headers.verified(chain.endpoint(), height, None).await {
            Ok(block) => {
                let is_same = headers::state(&block).is_ok_and(|state| headers::is_same(&state, held));
                if !is_same {
                    warn!(chain = %self.host.id, client = %self.client, tracked = %chain.id, %height, "an endpoint confirms what a client holds, but our own trust leads to another header");
                }
                is_same
            }
            Err(error) => {
                debug!(tracked = %chain.id, %height, %error, "our own trust does not lead to what a client holds");
                true
            }
        }
    }

    /// Nothing can be proven to the client by what it trusts no more; it is compared all the same.
    async fn compare_expired(&self, held: &TrustedState, options: Options) -> Outcome {
        match verdict::outcome(&self.words(held, None, options).await) {
            checked @ Outcome::Checked { .. } => checked,
            Outcome::Unchecked(_) | Outcome::Suspected | Outcome::Attack => Outcome::Unchecked(Unchecked::Expired),
        }
    }

    /// The highest true state below that the client still trusts, with its block.
    async fn base(&self, client: &ClientState, held: &TrustedState) -> Option<(TrustedState, LightBlock)> {
        let trusted = self.outcomes.below(held.height).filter(|state| !self.is_expired(state, client));
        for state in trusted.take(BASES_MAX) {
            let mut found: FuturesUnordered<_> =
                self.tracked.witnesses.iter().map(|witness| witness.block_of(state)).collect();
            while let Some(block) = found.next().await {
                if let Some(block) = block {
                    return Some((state.clone(), block));
                }
            }
        }
        None
    }

    /// What each endpoint says. Whoever is slow is waited for no longer than a moment once another has decided.
    async fn words(
        &self,
        held: &TrustedState,
        base: Option<&(TrustedState, LightBlock)>,
        options: Options,
    ) -> Vec<Word> {
        let base = base.map(|(state, block)| (state, block));
        let witnesses = self.tracked.witnesses.iter();
        let mut asked: FuturesUnordered<_> = witnesses.map(|witness| asked(witness, held, base, options)).collect();
        let mut words = Vec::new();
        let mut grace = None;
        loop {
            let left = grace.map(|until| self.shell.clock.until(until));
            let next = async {
                match left {
                    Some(left) => tokio::time::timeout(left, asked.next()).await.ok().flatten(),
                    None => asked.next().await,
                }
            };
            let Some((name, word)) = next.await else { return words };
            debug!(endpoint = name, height = %held.height, ?word, "an endpoint's word of a consensus state");
            let until = |pause| Some(self.shell.clock.now().after(pause));
            match &word {
                Word::Contradicts(_) => grace = until(GRACE_OF_ATTACK).min(grace.or(until(GRACE_OF_ATTACK))),
                Word::Agrees(..) => grace = grace.or(until(GRACE)),
                Word::Unproven(_) | Word::Behind(_) | Word::Pruned | Word::Silent(_) => {}
            }
            words.push(word);
        }
    }

    fn is_expired(&self, state: &TrustedState, client: &ClientState) -> bool {
        let expires_ns = u128::from(state.time.0) + client.trusting_period.as_nanos();
        expires_ns <= u128::from(self.shell.clock.timestamp().0)
    }

    /// What a person should know, once.
    fn say(&mut self, height: Height, outcome: &Outcome, words: &[Word]) {
        let (chain, client, tracked) = (&self.host.id, &self.client, &self.tracked.chain.id);
        let reasons = || {
            words.iter().filter_map(|word| match word {
                Word::Unproven(reason) => Some(reason.as_str()),
                Word::Agrees(..) | Word::Contradicts(_) | Word::Behind(_) | Word::Pruned | Word::Silent(_) => None,
            })
        };
        match outcome {
            Outcome::Unchecked(Unchecked::NotVerifiable) if !self.is_unverifiable_said => {
                self.is_unverifiable_said = true;
                let reason = reasons().next().unwrap_or_default();
                warn!(%chain, %client, %tracked, %height, reason, "what a client holds is not what its chain's endpoints tell, and neither can be verified from what the client holds: a chain of the same name, or endpoints that lie; nothing is submitted");
            }
            Outcome::Checked { .. } if self.is_unverifiable_said => {
                self.is_unverifiable_said = false;
                info!(%chain, %client, %tracked, %height, "a client can be checked again");
            }
            Outcome::Checked { .. } | Outcome::Unchecked(_) | Outcome::Suspected | Outcome::Attack => {}
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
            Woken::Told => {}
            Woken::Head => {
                self.outcomes.reopen(is_ahead);
            }
            Woken::Late if failures == 0 => self.state = None,
            Woken::Late => {}
        }
        woken
    }
}

/// An endpoint's word, and who it is.
async fn asked<'a>(
    witness: &'a Witness,
    held: &TrustedState,
    base: Option<(&TrustedState, &LightBlock)>,
    options: Options,
) -> (&'a str, Word) {
    (witness.name(), witness.word(held, base, options).await)
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
