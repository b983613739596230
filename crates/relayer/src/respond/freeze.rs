//! One client, step by step, until it is frozen or can't be.

use std::time::Duration;

use engine::{Message, Outcome, Priority, RequestId};
use light_client::{ConsensusStates, Effect, Header, LightBlock, Root, TrustedState, judge_header};
use proto::ibc::lightclients::tendermint::v1 as raw;
use tendermint::Hash;
use tracing::{info, warn};
use types::message::{Any, MsgUpdateClient};
use types::{BlockHeight, ClientId, ConsensusState, Height};

use super::Inner;
use super::held::{self, Held};
use super::next::{self, Freezing, Known, Next, next};
use super::obstacle::Obstacle;
use crate::chain::Chain;
use crate::evidence::{Case, End};
use crate::headers::HeaderError;
use crate::message;
use crate::proofs::ProofError;

/// How long a transaction is waited for before its client is looked at again: somebody else may have frozen it.
const TX_WAIT: Duration = Duration::from_secs(60);
/// How long one step may take with all that it fetches.
const STEP_WAIT: Duration = Duration::from_secs(180);
/// Supporting steps in a row before a pause: far more than a plan needs.
const STEPS_MAX: u32 = 64;

/// A client that shall be frozen.
pub(super) struct Target<'a> {
    pub(super) inner: &'a Inner,
    pub(super) host: &'a Chain,
    pub(super) case: &'a Case,
    pub(super) name: &'a str,
    pub(super) client: ClientId,
}

/// What a step came to.
enum Step {
    Ended(End),
    /// The client was brought nearer, or more is known.
    Nearer,
}

impl Target<'_> {
    /// Freezes the client, however long that takes.
    pub(super) async fn freeze(&self) -> End {
        let mut pauses = self.inner.retry.pauses();
        let (mut known, mut steps) = (Known::default(), 0);
        loop {
            let step = tokio::time::timeout(STEP_WAIT, self.step(&mut known)).await;
            let obstacle = match step.unwrap_or(Err(Obstacle::Slow(STEP_WAIT))) {
                Ok(Step::Ended(end)) => return end,
                Ok(Step::Nearer) if steps < STEPS_MAX => {
                    steps += 1;
                    pauses.reset();
                    continue;
                }
                Ok(Step::Nearer) => Obstacle::NoEnd,
                Err(obstacle) => obstacle,
            };
            warn!(chain = %self.host.id, client = %self.client, evidence = self.name, %obstacle, "client is not frozen yet; it is tried again");
            steps = 0;
            // What no endpoint had may be there next time.
            known.left_out.clear();
            pauses.pause().await;
        }
    }

    async fn step(&self, known: &mut Known) -> Result<Step, Obstacle> {
        let heights = next::heights(&self.case.proof);
        match Held::told(self.host, &self.client, &heights).await {
            Ok(held) => match next(&self.case.proof, &held, known) {
                Next::Frozen | Next::Cant(_) => {}
                next @ (Next::Freeze(_) | Next::Update(_) | Next::Validators { .. } | Next::Steps { .. }) => {
                    return self.carry_out(next, &held, known).await;
                }
            },
            // A client that a node does not show may be there all the same.
            Err(ProofError::Chain(error)) if error.is_not_found() => {}
            Err(error) => return Err(error.into()),
        }
        // An end rests on what is proven, whatever a node tells.
        let Some(held) = Held::proven(self.host, &self.client, &heights).await? else {
            return Ok(Step::Ended(End::CantBeFrozen { reason: "it is not there".to_owned() }));
        };
        let next = next(&self.case.proof, &held, known);
        self.carry_out(next, &held, known).await
    }

    async fn carry_out(&self, next: Next, held: &Held, known: &mut Known) -> Result<Step, Obstacle> {
        match next {
            Next::Freeze(freezing) => self.submit_freezing(*freezing).await,
            Next::Update(header) => self.support(vec![*header]).await,
            Next::Validators { at, hash } => self.fetch_validators(held, at, hash, known).await,
            Next::Steps { from, to } => self.support(self.steps(held, from, &to).await?).await,
            Next::Frozen => {
                self.inner.handle.forget(self.request("freeze")).await?;
                Ok(Step::Ended(End::Frozen { here: false }))
            }
            Next::Cant(_) if !known.left_out.is_empty() => {
                let left_out = known.left_out.iter().copied().collect();
                Err(Obstacle::NoValidators(self.case.chain.clone(), left_out))
            }
            Next::Cant(reason) => Ok(Step::Ended(End::CantBeFrozen { reason })),
        }
    }

    /// Submits what freezes the client, and reads back that it did.
    async fn submit_freezing(&self, freezing: Freezing) -> Result<Step, Obstacle> {
        let by = match &freezing {
            Freezing::Misbehaviour(_) => "misbehaviour",
            Freezing::Header(_) => "true header",
        };
        info!(chain = %self.host.id, client = %self.client, evidence = self.name, by, "freezing a client");
        let client_message = match freezing {
            Freezing::Misbehaviour(misbehaviour) => Any {
                type_url: light_client::Misbehaviour::TYPE_URL.to_owned(),
                value: prost::Message::encode_to_vec(&raw::Misbehaviour::from(*misbehaviour)),
            },
            Freezing::Header(header) => header_message(*header),
        };
        let height = self.submit("freeze", vec![self.message(client_message)]).await?;
        // A code 0 proves nothing.
        let is_frozen = held::is_frozen(self.host, &self.client, height).await?;
        self.inner.handle.forget(self.request("freeze")).await?;
        if is_frozen { Ok(Step::Ended(End::Frozen { here: true })) } else { Err(Obstacle::NotFrozen(height)) }
    }

    /// Updates the client to where the case can be verified.
    async fn support(&self, headers: Vec<Header>) -> Result<Step, Obstacle> {
        let Some(last) = headers.last() else { return Ok(Step::Nearer) };
        let height = last.signed_header.header.height;
        info!(chain = %self.host.id, client = %self.client, evidence = self.name, %height, headers = headers.len(), "bringing a client to where the case can be verified");
        let step = format!("update-{height}");
        let messages = headers.into_iter().map(|header| self.message(header_message(header))).collect();
        let block = self.submit(&step, messages).await?;
        self.inner.handle.forget(self.request(&step)).await?;
        self.host.head_at_least(block).await;
        Ok(Step::Nearer)
    }

    /// Has messages signed before all else, in a transaction of their own, and waits until they stand in a block.
    async fn submit(&self, step: &str, messages: Vec<Message>) -> Result<BlockHeight, Obstacle> {
        if self.host.config().signer.is_none() {
            return Err(Obstacle::NoKey(self.host.id.clone()));
        }
        let (id, handle) = (self.request(step), &self.inner.handle);
        let submitted = handle.submit_with(id.clone(), self.host.lane(), Priority::Misbehaviour, messages);
        match tokio::time::timeout(TX_WAIT, submitted).await {
            // What is in flight stays so: the same request finds it again.
            Err(_) => Err(Obstacle::Slow(TX_WAIT)),
            Ok(outcome) => match outcome? {
                Outcome::Committed { height, .. } => Ok(height),
                Outcome::Failed { refusal } => {
                    handle.forget(id).await?;
                    Err(Obstacle::Refused(Box::new(refusal)))
                }
                Outcome::Void => Err(Obstacle::Void),
            },
        }
    }

    /// Of the attacked chain, from whichever endpoint has validators of that hash.
    async fn fetch_validators(
        &self,
        held: &Held,
        at: BlockHeight,
        hash: Hash,
        known: &mut Known,
    ) -> Result<Step, Obstacle> {
        let not_configured = || Obstacle::NotConfigured(self.case.chain.clone(), at);
        let chain = self.inner.chains.get(&self.case.chain).ok_or_else(not_configured)?;
        let headers = chain.headers().await?;
        let mut unanswered = None;
        for endpoint in chain.all_endpoints() {
            match headers.validators_of(endpoint, at, hash).await {
                Ok(set) => {
                    known.sets.push(set);
                    return Ok(Step::Nearer);
                }
                // It has others, or none any more.
                Err(HeaderError::Validators { .. }) => {}
                Err(HeaderError::Chain(error)) if !error.is_nodes_own() || error.node_error().is_some() => {}
                Err(error) => unanswered = Some(error),
            }
        }
        if let Some(error) = unanswered {
            return Err(error.into());
        }
        let below = held.states.keys().filter(|height| height.revision_height.saturating_add(1) == at.0);
        known.left_out.extend(below.copied());
        Ok(Step::Nearer)
    }

    /// Headers from a state that the client holds to a block, as an endpoint of the attacked chain has them. Each is
    /// judged as the client will judge it.
    async fn steps(&self, held: &Held, from: Height, to: &LightBlock) -> Result<Vec<Header>, Obstacle> {
        let no_steps = || Obstacle::NoSteps(self.case.chain.clone(), from, to.height());
        let chain = self.inner.chains.get(&self.case.chain).ok_or_else(no_steps)?;
        let state = held.states.get(&from).ok_or_else(no_steps)?;
        let root = Root(state.root.clone());
        let hash = &state.next_validators_hash;
        let trusted =
            TrustedState::from_consensus_state(held.state.chain_id.clone(), from, state.timestamp, root, hash)
                .map_err(|_| no_steps())?;
        let options = light_client::Options {
            trust_threshold: held.state.trust_level,
            trusting_period: held.state.trusting_period,
            clock_drift: held.state.max_clock_drift,
        };
        let headers = chain.headers().await?;
        let mut failed = None;
        for endpoint in chain.all_endpoints() {
            let mut steps = Vec::new();
            let traced = async {
                let (mut states, mut trusted) = (held.states.clone(), trusted.clone());
                for block in headers.trace(endpoint, trusted.clone(), to.height(), options).await? {
                    let validators = headers.next_validators(endpoint, &trusted).await?;
                    let state = crate::headers::state(&block)?;
                    let header = Header::new(block, trusted.height, validators);
                    match judge_header(&held.state, &states, &header, held.now) {
                        Ok(Effect::Updates(_)) => add(&mut states, &state),
                        Ok(Effect::Nothing) => {}
                        Ok(Effect::Freezes(_)) | Err(_) => return Err(no_steps()),
                    }
                    steps.push(header);
                    trusted = state;
                }
                Ok(trusted.header_hash == Some(to.header_hash()))
            };
            match traced.await {
                Ok(true) => return Ok(steps),
                // It is on the other side.
                Ok(false) => {}
                Err(error) => failed = Some(error),
            }
        }
        Err(failed.unwrap_or_else(no_steps))
    }

    fn message(&self, client_message: Any) -> Message {
        message(MsgUpdateClient { client: self.client.clone(), client_message, signer: self.host.signer() })
    }

    /// The same after a restart, so that what is in flight is found again.
    fn request(&self, step: &str) -> RequestId {
        RequestId(format!("evidence/{}/{}/{}/{step}", self.name, self.host.id, self.client))
    }
}

fn header_message(header: Header) -> Any {
    Any { type_url: Header::TYPE_URL.to_owned(), value: prost::Message::encode_to_vec(&raw::Header::from(header)) }
}

/// What the client will hold once the header was taken.
fn add(states: &mut ConsensusStates, state: &TrustedState) {
    let held = ConsensusState {
        timestamp: state.time,
        root: state.root.0.clone(),
        next_validators_hash: state.next_validators_hash.as_bytes().to_vec(),
    };
    states.insert(state.height, held);
}
