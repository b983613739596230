//! Following a chain by one node, with witnesses that it is compared with, and a store that trust goes on from.
//!
//! The way is made in strides. What a stride has verified is compared with the witnesses and only then kept, so that the
//! store never holds what was not compared, and a process that is killed loses one stride at most.

use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use chain::Endpoint;
use light_client::{Bisection, Invalid, LightBlock, Options, Progress, Steps, TrustStore, TrustedState};
use store::{StoreError, TrustedBlocks};
use types::{BlockHeight, ChainId};

use super::witnesses::{Witnessed, Witnesses};
use super::{BlockError, Contradiction, SyncError, ValidatorSets};
use crate::clock::Clock;
use crate::config::Trust;

/// Heights that are gone over before the store is written, skipping.
const STRIDE_SKIPPING: u64 = 10_000;
/// The same, one height after the other.
const STRIDE_SEQUENTIAL: u64 = 50;
/// Blocks of a chain that are kept.
const BLOCKS_KEPT: NonZeroUsize = NonZeroUsize::new(256).expect("it is not zero");

/// By what rules a chain is followed.
#[derive(Clone, Copy, Debug)]
pub struct SyncOptions {
    /// The rules of verification.
    pub options: Options,
    /// How far a step may reach.
    pub steps: Steps,
    /// How long a witness may be behind an honest primary.
    pub lag: Duration,
}

/// What is told on the way.
#[derive(Clone, Debug)]
pub enum Reached {
    /// A block of the primary is verified, not yet compared or kept.
    Verified(BlockHeight),
    /// A witness was compared with it.
    Witnessed(Box<Witnessed>),
    /// It is kept, and trust goes on from there after a restart.
    Kept(BlockHeight),
}

/// How it ended.
#[derive(Clone, Debug)]
pub enum Synced {
    /// The target is verified and kept.
    Done(Box<LightBlock>),
    /// A witness contradicts what the primary has proven. Nothing of it is kept.
    Attack(Box<Contradiction>),
}

/// A light client of one chain.
#[derive(Debug)]
pub struct LightClient {
    chain: ChainId,
    primary: Endpoint,
    witnesses: Witnesses,
    rules: SyncOptions,
    blocks: TrustedBlocks,
    sets: ValidatorSets,
    clock: Arc<Clock>,
}

impl LightClient {
    /// A light client of the chain that the primary says it serves; that is believed when a block is verified.
    ///
    /// # Errors
    /// When the primary does not answer.
    pub async fn new(
        primary: Endpoint,
        witnesses: Vec<Endpoint>,
        rules: SyncOptions,
        blocks: TrustedBlocks,
        clock: Arc<Clock>,
    ) -> Result<Self, SyncError> {
        let chain = primary.status().await.map_err(BlockError::from)?.chain_id;
        let (witnesses, sets) = (Witnesses::new(witnesses), ValidatorSets::default());
        Ok(Self { chain, primary, witnesses, rules, blocks, sets, clock })
    }

    /// The chain.
    pub fn chain(&self) -> &ChainId {
        &self.chain
    }

    /// The block that trust goes on from: the newest in the store; with an anchor that the store does not have, that.
    ///
    /// # Errors
    /// Among others [`SyncError::NoTrust`], [`SyncError::Expired`], [`SyncError::Anchor`], [`SyncError::OtherTrust`].
    pub async fn trusted(&mut self, anchor: Option<Trust>) -> Result<LightBlock, SyncError> {
        let chain = self.chain.clone();
        if let Some(anchor) = anchor
            && !self.has(anchor).await?
        {
            return self.begin(anchor).await;
        }
        let newest = self.with_blocks(move |blocks| blocks.latest(&chain).map_err(Into::into)).await?;
        let newest = newest.ok_or_else(|| SyncError::NoTrust { chain: self.chain.clone() })?;
        self.refuse_expired(&newest)?;
        Ok(newest)
    }

    /// How far the primary says that the chain is.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn head(&self) -> Result<BlockHeight, SyncError> {
        Ok(self.primary.status().await.map_err(BlockError::from)?.height)
    }

    /// Follows the chain from a trusted block up to `target`; a target that is not above it is no work.
    ///
    /// # Errors
    /// See [`SyncError`].
    pub async fn sync(
        &mut self,
        mut trusted: LightBlock,
        target: BlockHeight,
        tell: &mut (dyn FnMut(Reached) + Send),
    ) -> Result<Synced, SyncError> {
        let stride = match self.rules.steps {
            Steps::Skipping => STRIDE_SKIPPING,
            Steps::Sequential => STRIDE_SEQUENTIAL,
        };
        while trusted.height() < target {
            let end = target.min(trusted.height().forward(stride));
            let trace = self.verify(trusted, end, tell).await?;
            if let Some(contradiction) = self.compare(&trace, end, tell).await? {
                return Ok(Synced::Attack(Box::new(contradiction)));
            }
            trusted = self.keep(trace).await?;
            tell(Reached::Kept(trusted.height()));
        }
        Ok(Synced::Done(Box::new(trusted)))
    }
}

/// Where trust begins.
impl LightClient {
    async fn has(&self, anchor: Trust) -> Result<bool, SyncError> {
        let (chain, height) = (self.chain.clone(), anchor.height);
        let kept = self.with_blocks(move |blocks| blocks.get(&chain, height).map_err(Into::into)).await?;
        match kept.map(|kept| kept.header_hash()) {
            None => Ok(false),
            Some(kept) if kept.as_bytes() == anchor.hash => Ok(true),
            Some(kept) => Err(SyncError::OtherTrust { height, kept }),
        }
    }

    async fn begin(&mut self, anchor: Trust) -> Result<LightBlock, SyncError> {
        let block = anchored(&mut self.sets, &self.primary, anchor).await?;
        let said = &block.signed_header.header.chain_id;
        if said.as_str() != self.chain.as_str() {
            let reason = Invalid::ChainId { expected: self.chain.to_string(), got: said.to_string() };
            return Err(self.invalid(anchor.height, reason));
        }
        self.refuse_expired(&block)?;
        self.keep(vec![block]).await
    }

    fn refuse_expired(&self, block: &LightBlock) -> Result<(), SyncError> {
        let (height, period) = (block.height(), self.rules.options.trusting_period);
        let state = TrustedState::of_verified(block).map_err(|reason| self.invalid(height, reason))?;
        let expires_ns = u128::from(state.time.0) + period.as_nanos();
        if expires_ns <= u128::from(self.clock.timestamp().0) {
            return Err(SyncError::Expired { chain: self.chain.clone(), height, period });
        }
        Ok(())
    }
}

/// A stride.
impl LightClient {
    /// The trusted block and those that lead from it to `end`, each verified by the one before it.
    async fn verify(
        &mut self,
        trusted: LightBlock,
        end: BlockHeight,
        tell: &mut (dyn FnMut(Reached) + Send),
    ) -> Result<Vec<LightBlock>, SyncError> {
        let mut trace = vec![trusted];
        while let Some(last) = trace.last().filter(|last| last.height() < end) {
            let goal = match self.rules.steps {
                Steps::Skipping => end,
                Steps::Sequential => last.height().next(),
            };
            let last = last.clone();
            let more = bisect(&mut self.sets, &self.primary, &last, goal, self.rules.options, &self.clock).await;
            let more = more.map_err(|error| self.or_expired(error, last.height()))?;
            more.iter().for_each(|block| tell(Reached::Verified(block.height())));
            trace.extend(more);
        }
        Ok(trace)
    }

    async fn compare(
        &mut self,
        trace: &[LightBlock],
        height: BlockHeight,
        tell: &mut (dyn FnMut(Reached) + Send),
    ) -> Result<Option<Contradiction>, SyncError> {
        if self.witnesses.is_empty() {
            return Ok(None);
        }
        let SyncOptions { options, lag, .. } = self.rules;
        let verdicts = self.witnesses.compare(&self.primary, trace, options, lag, &self.clock).await;
        let verdicts = verdicts.map_err(|reason| self.invalid(height, reason))?;
        let contradiction = verdicts.contradiction(&self.primary);
        let is_confirmed = verdicts.is_confirmed();
        verdicts.all.into_iter().for_each(|witnessed| tell(Reached::Witnessed(Box::new(witnessed))));
        if contradiction.is_none() && !is_confirmed {
            return Err(SyncError::Unconfirmed { endpoint: self.primary.name().to_owned(), height });
        }
        Ok(contradiction)
    }

    /// Keeps the blocks of a trace; gives the last of them.
    async fn keep(&self, trace: Vec<LightBlock>) -> Result<LightBlock, SyncError> {
        let (chain, options, now) = (self.chain.clone(), self.rules.options, self.clock.timestamp());
        let last = trace.last().cloned().ok_or_else(|| SyncError::NoTrust { chain: self.chain.clone() })?;
        self.with_blocks(move |blocks| {
            trace.into_iter().try_for_each(|block| blocks.put(block))?;
            blocks.prune(&chain, BLOCKS_KEPT, &options, now).map(|_| ())
        })
        .await?;
        Ok(last)
    }

    /// The store's calls block.
    async fn with_blocks<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut TrustedBlocks) -> Result<T, light_client::TrustStoreError<StoreError>> + Send + 'static,
    ) -> Result<T, SyncError> {
        let mut blocks = self.blocks.clone();
        Ok(tokio::task::spawn_blocking(move || work(&mut blocks)).await??)
    }

    fn or_expired(&self, error: SyncError, height: BlockHeight) -> SyncError {
        match error {
            SyncError::Invalid { reason: Invalid::TrustExpired { .. }, .. } => {
                let (chain, period) = (self.chain.clone(), self.rules.options.trusting_period);
                SyncError::Expired { chain, height, period }
            }
            other => other,
        }
    }

    fn invalid(&self, height: BlockHeight, reason: Invalid) -> SyncError {
        SyncError::Invalid { endpoint: self.primary.name().to_owned(), height, reason }
    }
}

/// The block that somebody vouches for, as a node has it, whole.
///
/// # Errors
/// [`SyncError::Anchor`] where it is another one there; [`SyncError::Invalid`] where it is not valid by itself.
pub async fn anchored(sets: &mut ValidatorSets, endpoint: &Endpoint, anchor: Trust) -> Result<LightBlock, SyncError> {
    let (height, name) = (anchor.height, || endpoint.name().to_owned());
    let block = sets.whole_block(endpoint, height).await?;
    match TrustedState::anchor(&block, tendermint::Hash::Sha256(anchor.hash)) {
        Ok(_) => Ok(block),
        Err(Invalid::AnchorHash { got, .. }) => Err(SyncError::Anchor { endpoint: name(), height, got }),
        Err(reason) => Err(SyncError::Invalid { endpoint: name(), height, reason }),
    }
}

/// The whole blocks of a node that lead from a trusted one to `target`, ascending, the target last, each verified by the
/// one before it.
///
/// # Errors
/// [`SyncError::Block`], [`SyncError::Invalid`].
pub async fn bisect(
    sets: &mut ValidatorSets,
    endpoint: &Endpoint,
    trusted: &LightBlock,
    target: BlockHeight,
    options: Options,
    clock: &Clock,
) -> Result<Vec<LightBlock>, SyncError> {
    let invalid = |height, reason| SyncError::Invalid { endpoint: endpoint.name().to_owned(), height, reason };
    let next_validators = trusted.next_validators.clone();
    let next_validators = next_validators.ok_or_else(|| invalid(trusted.height(), Invalid::NextValidatorsMissing))?;
    let state = TrustedState::of_verified(trusted).map_err(|reason| invalid(trusted.height(), reason))?;
    let bisection = Bisection::start((state, next_validators), target, options);
    let mut bisection = bisection.map_err(|reason| invalid(target, reason))?;
    loop {
        let wanted = bisection.next_request().unwrap_or(target);
        let block = sets.whole_block(endpoint, wanted).await?;
        match bisection.supply(block, clock.timestamp()) {
            Progress::Progressed => {}
            Progress::Verified(trace) => return Ok(trace),
            Progress::Rejected(reason) => return Err(invalid(wanted, reason)),
        }
    }
}
