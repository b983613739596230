//! What one endpoint of a tracked chain says of a state that a client holds. Each endpoint's blocks are kept apart: no
//! block of one stands for another's word.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chain::{ChainError, Endpoint, NodeError};
use engine::{Head, Instant};
use light_client::{Bisection, Invalid, LightBlock, Options, Progress, TrustedState};
use types::{BlockHeight, ChainId, Timestamp};

use crate::clock::Clock;
use crate::headers;
use crate::light::{BlockError, ValidatorSets};

/// Blocks of an endpoint that are kept.
const BLOCKS_KEPT_MAX: usize = 64;
/// Blocks that one verification asks for, at most; who leads on and on proves nothing.
const BLOCKS_ASKED_MAX: usize = 200;
/// How long an endpoint may take for all of a word.
const WORD_WITHIN: Duration = Duration::from_secs(60);
/// How long an endpoint that did not answer is left alone, at first and at most.
const SILENCE_MIN: Duration = Duration::from_millis(500);
const SILENCE_MAX: Duration = Duration::from_secs(15);

/// One endpoint of a tracked chain.
#[derive(Debug)]
pub(super) struct Witness {
    chain: ChainId,
    endpoint: Endpoint,
    clock: Arc<Clock>,
    sets: tokio::sync::Mutex<ValidatorSets>,
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    blocks: BTreeMap<BlockHeight, Arc<LightBlock>>,
    /// How often in a row it did not answer, and until when it is left alone.
    silence: Option<(u32, Instant)>,
}

/// Blocks of one endpoint, each verified by the one before it, the first by a state that the client holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Branch {
    /// The block of that state, with its next validators.
    pub(super) common: LightBlock,
    /// What leads on from there, the block in question last.
    pub(super) blocks: Vec<LightBlock>,
}

/// What an endpoint says of a state that a client holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Word {
    /// It has the header; the block, and its branch where the client holds a lower state.
    Agrees(Box<LightBlock>, Option<Box<Branch>>),
    /// It has another one that the client would believe as well: of the same height, or of a lower one that is not
    /// earlier.
    Contradicts(Box<Branch>),
    /// It has something else that can't be verified from what the client holds.
    Unproven(String),
    /// It has not come so far; its head, where that was verified from what the client holds.
    Behind(Option<Head>),
    /// It keeps that block no more.
    Pruned,
    /// It did not answer.
    Silent(String),
}

/// Why there is no verified branch.
enum Unverified {
    Node(BlockError),
    Invalid(String),
}

impl From<BlockError> for Unverified {
    fn from(error: BlockError) -> Self {
        Self::Node(error)
    }
}

impl Witness {
    pub(super) fn new(chain: ChainId, endpoint: Endpoint, clock: Arc<Clock>) -> Self {
        Self { chain, endpoint, clock, sets: tokio::sync::Mutex::default(), kept: Mutex::default() }
    }

    /// Its address, without credentials.
    pub(super) fn name(&self) -> &str {
        self.endpoint.name()
    }

    /// What it says of `held`, by the rules of the client that holds it. `base` is the highest state below it that the
    /// client holds and that is true, with its block; none if there is none.
    pub(super) async fn word(
        &self,
        held: &TrustedState,
        base: Option<(&TrustedState, &LightBlock)>,
        options: Options,
    ) -> Word {
        if let Some(left) = self.left_alone() {
            return Word::Silent(format!("it did not answer; it is asked again in {} ms", left.as_millis()));
        }
        let word = match tokio::time::timeout(WORD_WITHIN, self.say(held, base, options)).await {
            Ok(word) => word,
            Err(_) => Word::Silent(format!("it takes longer than {WORD_WITHIN:?}")),
        };
        self.note(&word);
        word
    }

    async fn say(&self, held: &TrustedState, base: Option<(&TrustedState, &LightBlock)>, options: Options) -> Word {
        let height = BlockHeight(held.height.revision_height);
        let block = match self.block(height).await {
            Ok(block) => block,
            Err(error) if node_error(&error) == Some(NodeError::HeightAhead) => {
                return self.say_of_its_head(held, base, options).await;
            }
            Err(error) => return silent(error),
        };
        let state = match self.state(&block) {
            Ok(state) => state,
            Err(reason) => return Word::Unproven(reason),
        };
        let is_same = headers::is_same(&state, held);
        let Some(base) = base else {
            return match TrustedState::anchor(&block, block.header_hash()) {
                Ok(_) if is_same => Word::Agrees(Box::new((*block).clone()), None),
                Ok(_) => {
                    Word::Unproven("it has another header there, and the client holds nothing below it".to_owned())
                }
                Err(reason) => Word::Unproven(reason.to_string()),
            };
        };
        match self.branch(base, height, options).await {
            Ok(branch) if is_same => Word::Agrees(Box::new((*block).clone()), Some(Box::new(branch))),
            Ok(branch) => Word::Contradicts(Box::new(branch)),
            Err(Unverified::Node(error)) => silent(error),
            Err(Unverified::Invalid(reason)) => Word::Unproven(reason),
        }
    }

    /// The chain has not come so far. A lower block that is not earlier shows that it never will, with this time.
    async fn say_of_its_head(
        &self,
        held: &TrustedState,
        base: Option<(&TrustedState, &LightBlock)>,
        options: Options,
    ) -> Word {
        let head = match self.head().await {
            Ok(head) => head,
            Err(error) => return silent(error),
        };
        // What the client can't be shown tells nothing of the chain's head either.
        let Some(base) = base.filter(|(base, _)| base.height.revision_height < head.height.0) else {
            return Word::Behind(None);
        };
        match self.branch(base, head.height, options).await {
            Ok(branch) if head.time >= held.time && head.height.0 < held.height.revision_height => {
                Word::Contradicts(Box::new(branch))
            }
            Ok(_) => Word::Behind(Some(head)),
            Err(Unverified::Node(error)) => silent(error),
            Err(Unverified::Invalid(reason)) => Word::Unproven(reason),
        }
    }

    async fn head(&self) -> Result<Head, BlockError> {
        let height = self.endpoint.status().await?.height;
        let block = self.block(height).await?;
        let time = self.state(&block).map_or(Timestamp(0), |state| state.time);
        Ok(Head { height, time })
    }

    /// Its blocks from a state that the client holds to `target`, by the client's own rules.
    async fn branch(
        &self,
        (base, common): (&TrustedState, &LightBlock),
        target: BlockHeight,
        options: Options,
    ) -> Result<Branch, Unverified> {
        let invalid = |reason: Invalid| Unverified::Invalid(reason.to_string());
        let next = common.next_validators.clone().ok_or_else(|| invalid(Invalid::NextValidatorsMissing))?;
        let mut bisection = Bisection::start((base.clone(), next), target, options).map_err(invalid)?;
        for _ in 0..BLOCKS_ASKED_MAX {
            let Some(height) = bisection.next_request() else { break };
            let block = (*self.block(height).await?).clone();
            match bisection.supply(block, self.clock.timestamp()) {
                Progress::Progressed => {}
                Progress::Verified(blocks) => return Ok(Branch { common: common.clone(), blocks }),
                Progress::Rejected(reason) => return Err(invalid(reason)),
            }
        }
        Err(Unverified::Invalid(format!("its headers lead nowhere within {BLOCKS_ASKED_MAX} blocks")))
    }

    /// The block of a state that the client holds, if it has it.
    pub(super) async fn block_of(&self, state: &TrustedState) -> Option<LightBlock> {
        let block = self.block(BlockHeight(state.height.revision_height)).await.ok()?;
        let is_it = self.state(&block).is_ok_and(|of_block| headers::is_same(&of_block, state));
        is_it.then(|| (*block).clone())
    }

    /// Its whole block at a height, as it tells it.
    pub(super) async fn block(&self, height: BlockHeight) -> Result<Arc<LightBlock>, BlockError> {
        if let Some(block) = self.kept().blocks.get(&height) {
            return Ok(block.clone());
        }
        let signed_header = self.endpoint.signed_header(height).await?;
        let (hash, next_hash) = (signed_header.header.validators_hash, signed_header.header.next_validators_hash);
        let mut sets = self.sets.lock().await;
        let validators = sets.at(&self.endpoint, height, hash).await?;
        let next_validators = Some(sets.at(&self.endpoint, height.next(), next_hash).await?);
        drop(sets);
        let block = Arc::new(LightBlock { signed_header, validators, next_validators });
        let mut kept = self.kept();
        while kept.blocks.len() >= BLOCKS_KEPT_MAX {
            kept.blocks.pop_first();
        }
        kept.blocks.insert(height, block.clone());
        Ok(block)
    }

    fn state(&self, block: &LightBlock) -> Result<TrustedState, String> {
        let state = headers::state(block).map_err(|error| error.to_string())?;
        if state.chain_id == self.chain {
            return Ok(state);
        }
        Err(format!("its header is of {}, not of {}", state.chain_id, self.chain))
    }

    /// How long it is still left alone, if it is.
    fn left_alone(&self) -> Option<Duration> {
        let (_, until) = self.kept().silence?;
        Some(self.clock.until(until)).filter(|left| !left.is_zero())
    }

    fn note(&self, word: &Word) {
        let mut kept = self.kept();
        kept.silence = match word {
            Word::Silent(_) => {
                let times = kept.silence.map_or(0, |(times, _)| times);
                let pause = SILENCE_MIN.saturating_mul(1 << times.min(8)).min(SILENCE_MAX);
                Some((times.saturating_add(1), self.clock.now().after(pause)))
            }
            Word::Agrees(..) | Word::Contradicts(_) | Word::Unproven(_) | Word::Behind(_) | Word::Pruned => None,
        };
    }

    fn kept(&self) -> std::sync::MutexGuard<'_, Kept> {
        // Nothing here can panic halfway through a change.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn node_error(error: &BlockError) -> Option<NodeError> {
    match error {
        BlockError::Chain(error) => ChainError::node_error(error),
        BlockError::Validators { .. } | BlockError::Slow { .. } => None,
    }
}

fn silent(error: BlockError) -> Word {
    match node_error(&error) {
        Some(NodeError::HeightPruned) => Word::Pruned,
        // What it has told of a moment ago it has not any more: another node behind the same address.
        Some(NodeError::HeightAhead) => Word::Behind(None),
        Some(_) | None => match error {
            BlockError::Validators { .. } => Word::Unproven(error.to_string()),
            BlockError::Chain(_) | BlockError::Slow { .. } => Word::Silent(error.to_string()),
        },
    }
}
