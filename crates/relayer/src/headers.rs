//! Verified headers of one chain: nothing is proven by a header that did not come from here.
//!
//! The anchor is, in this order: the header that the configuration vouches for; the newest light block in our store;
//! the consensus state that a client of ours holds on the counterparty; the first header seen, said in the log.
//! From there every header is verified by `light-client`, skipping where it can, bisecting where it must.

mod anchor;
mod error;
mod fetch;

use std::collections::BTreeMap;
use std::sync::Arc;

use chain::Endpoint;
use light_client::{Bisection, Invalid, LightBlock, Progress, TrustedState, ValidatorSet};
use store::Store;
use tendermint::Hash;
use tokio::sync::Mutex;
use tracing::{debug, warn};
use types::{BlockHeight, ChainId};

pub use error::HeaderError;

use crate::clock::Clock;
use crate::config::Trust;
use crate::light::ValidatorSets;

/// Verified blocks that are kept in memory.
const BLOCKS_KEPT_MAX: usize = 64;
/// Light blocks of a chain that are kept in the store.
const BLOCKS_STORED_MAX: usize = 8;

/// Verified headers of one chain.
#[derive(Debug)]
pub struct Headers {
    chain: ChainId,
    options: light_client::Options,
    trust: Option<Trust>,
    store: Store,
    clock: Arc<Clock>,
    verified: Mutex<Verified>,
}

/// What was verified so far.
#[derive(Debug, Default)]
struct Verified {
    /// The anchor from which the first header was verified; `blocks` go on from there.
    anchor: Option<TrustedState>,
    blocks: BTreeMap<BlockHeight, Arc<LightBlock>>,
    sets: ValidatorSets,
}

impl Headers {
    pub(crate) fn new(
        chain: ChainId,
        options: light_client::Options,
        trust: Option<Trust>,
        store: Store,
        clock: Arc<Clock>,
    ) -> Self {
        Self { chain, options, trust, store, clock, verified: Mutex::default() }
    }

    /// The rules that headers are verified by.
    pub fn options(&self) -> &light_client::Options {
        &self.options
    }

    /// The verified header of `height`. `fallback` is the anchor of last but one resort: what a client of ours holds.
    ///
    /// # Errors
    /// See [`HeaderError`]; a header that fails a rule is an error, never a guess.
    pub async fn verified(
        &self,
        endpoint: &Endpoint,
        height: BlockHeight,
        fallback: Option<&TrustedState>,
    ) -> Result<Arc<LightBlock>, HeaderError> {
        // One verification a chain at a time: the second asker finds the first one's work.
        let mut verified = self.verified.lock().await;
        if let Some(block) = verified.blocks.get(&height) {
            return Ok(block.clone());
        }
        let trusted = match verified.newest_below(height)? {
            Some(trusted) => trusted,
            None => self.anchor(&mut verified, endpoint, height, fallback).await?,
        };
        if trusted.height.revision_height == height.0 {
            return self.anchored_block(&mut verified, endpoint, &trusted, height).await;
        }
        for block in self.bisect(&mut verified, endpoint, trusted, height, self.options).await? {
            verified.keep(block);
        }
        let Some(block) = verified.blocks.get(&height).cloned() else {
            return Err(self.invalid(height, "the trace does not end at the target"));
        };
        self.remember(&block).await?;
        Ok(block)
    }

    /// Could [`Headers::verified`] reach `height` from what is trusted already, without another anchor?
    pub async fn reaches(&self, height: BlockHeight) -> bool {
        let verified = self.verified.lock().await;
        let lowest = verified.blocks.keys().next().copied();
        let anchor = verified.anchor.as_ref().map(|anchor| BlockHeight(anchor.height.revision_height));
        lowest.into_iter().chain(anchor).any(|trusted| trusted <= height)
    }

    /// Could [`Headers::verified`] confirm the header that a client of ours holds at `height`? From what is trusted
    /// already; where nothing is yet, that header is the anchor, unless the configuration or the store vouches for a
    /// higher one.
    pub async fn reaches_held(&self, height: BlockHeight) -> bool {
        if self.reaches(BlockHeight(u64::MAX)).await {
            return self.reaches(height).await;
        }
        let stored = self.store.newest_light_block(&self.chain).map(|stored| stored.map(|(at, _)| at));
        let is_below = |at: BlockHeight| at <= height;
        self.trust.is_none_or(|trust| is_below(trust.height)) && stored.is_ok_and(|at| at.is_none_or(is_below))
    }

    /// Verifies from `trusted` to `height` by `options`; the blocks on the way, ascending, the target last.
    ///
    /// # Errors
    /// See [`HeaderError`].
    pub async fn trace(
        &self,
        endpoint: &Endpoint,
        trusted: TrustedState,
        height: BlockHeight,
        options: light_client::Options,
    ) -> Result<Vec<LightBlock>, HeaderError> {
        let mut verified = self.verified.lock().await;
        self.bisect(&mut verified, endpoint, trusted, height, options).await
    }

    /// The validators that `height + 1` is signed by, as the header of `trusted` names them by their hash.
    ///
    /// # Errors
    /// See [`HeaderError`].
    pub async fn next_validators(
        &self,
        endpoint: &Endpoint,
        trusted: &TrustedState,
    ) -> Result<ValidatorSet, HeaderError> {
        let next = BlockHeight(trusted.height.revision_height).next();
        self.validators_of(endpoint, next, trusted.next_validators_hash).await
    }

    /// The validators of a height, if they have this hash.
    ///
    /// # Errors
    /// See [`HeaderError`]; [`HeaderError::Validators`] for others.
    pub async fn validators_of(
        &self,
        endpoint: &Endpoint,
        height: BlockHeight,
        hash: Hash,
    ) -> Result<ValidatorSet, HeaderError> {
        let mut verified = self.verified.lock().await;
        self.validators(&mut verified, endpoint, height, hash).await
    }
}

/// The parts that hold the lock.
impl Headers {
    async fn bisect(
        &self,
        verified: &mut Verified,
        endpoint: &Endpoint,
        trusted: TrustedState,
        target: BlockHeight,
        options: light_client::Options,
    ) -> Result<Vec<LightBlock>, HeaderError> {
        let first = BlockHeight(trusted.height.revision_height);
        let hash = trusted.next_validators_hash;
        let next = self.validators(verified, endpoint, first.next(), hash).await?;
        let mut bisection = Bisection::start((trusted, next), target, options)
            .map_err(|reason| self.invalid(target, &reason.to_string()))?;
        while let Some(height) = bisection.next_request() {
            let mut block = self.fetch(verified, endpoint, height).await?;
            let hash = block.signed_header.header.next_validators_hash;
            // Only a block that is trusted from later on needs the set that signs after it.
            if height != target {
                block.next_validators = Some(self.validators(verified, endpoint, height.next(), hash).await?);
            }
            match bisection.supply(block, self.clock.timestamp()) {
                Progress::Progressed => debug!(chain = %self.chain, %height, %target, "header on the way"),
                Progress::Verified(trace) => return Ok(trace),
                Progress::Rejected(Invalid::TrustExpired { .. }) => {
                    return Err(HeaderError::Expired { chain: self.chain.clone(), height: first });
                }
                Progress::Rejected(reason) => return Err(self.invalid(height, &reason.to_string())),
            }
        }
        Err(self.invalid(target, "no header was left to verify"))
    }

    async fn remember(&self, block: &LightBlock) -> Result<(), HeaderError> {
        let height = block.height();
        match serde_json::to_vec(&state(block)?) {
            Ok(bytes) => Ok(self.store.put_light_block(&self.chain, height, bytes, BLOCKS_STORED_MAX).await?),
            Err(error) => {
                warn!(chain = %self.chain, %height, %error, "light block can't be encoded; it is not stored");
                Ok(())
            }
        }
    }

    fn invalid(&self, height: BlockHeight, reason: &str) -> HeaderError {
        HeaderError::Invalid { chain: self.chain.clone(), height, reason: reason.to_owned() }
    }
}

/// The facts of a block that was verified.
pub(crate) fn state(block: &LightBlock) -> Result<TrustedState, HeaderError> {
    TrustedState::of_verified(block).map_err(HeaderError::Unusable)
}

/// Do two states say the same of a header? A consensus state does not know the header's hash.
pub(crate) fn is_same(one: &TrustedState, other: &TrustedState) -> bool {
    let hash_differs = match (one.header_hash, other.header_hash) {
        (Some(one), Some(other)) => one != other,
        (None, _) | (_, None) => false,
    };
    let facts = |state: &TrustedState| (state.height, state.time, state.root.clone(), state.next_validators_hash);
    !hash_differs && facts(one) == facts(other)
}

impl Verified {
    fn newest_below(&self, height: BlockHeight) -> Result<Option<TrustedState>, HeaderError> {
        self.blocks.range(..height).next_back().map(|(_, block)| state(block)).transpose()
    }

    fn keep(&mut self, block: LightBlock) -> Arc<LightBlock> {
        while self.blocks.len() >= BLOCKS_KEPT_MAX {
            self.blocks.pop_first();
        }
        let block = Arc::new(block);
        self.blocks.insert(block.height(), block.clone());
        block
    }
}
