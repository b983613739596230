//! Where verified blocks are kept, so that trust goes on from them.
//!
//! [`TrustStore`] asks four things of whoever keeps blocks; the rules stand in its other methods, so that they are the
//! same for each. [`MemoryTrustStore`] is the simplest of them.

mod memory;

#[cfg(test)]
mod tests;

use core::{error::Error, num::NonZeroUsize};

use tendermint::Hash;
use types::{BlockHeight, ChainId, Timestamp};

use crate::{Invalid, LightBlock, Options, rules};

pub use self::memory::MemoryTrustStore;

/// Blocks that were verified, or vouched for, by chain and height.
///
/// Its methods may block: one that writes to a disk returns when the block is there. A block is kept whole, with its
/// signatures and validators, because it may become the common block of evidence.
///
/// ```
/// use core::convert::Infallible;
/// use lightship_light_client::{LightBlock, MemoryTrustStore, TrustStore, TrustStoreError, ValidatorSet};
/// use tendermint_testgen::{Generator, LightBlock as Fixture};
/// use types::BlockHeight;
///
/// // Blocks that were verified.
/// let block = |height: u64| -> LightBlock {
///     let fixture = Fixture::new_default(height).generate().expect("a block");
///     let validators = ValidatorSet::new(fixture.validators.validators, None).expect("a valid set");
///     LightBlock { signed_header: fixture.signed_header, validators, next_validators: None }
/// };
/// let mut store = MemoryTrustStore::default();
/// store.put(block(7))?;
/// store.put(block(9))?;
///
/// let chain = "test-chain".parse().expect("a chain id");
/// let below = store.at_or_below(&chain, BlockHeight(8))?.expect("height 7 is kept");
/// assert_eq!(below.height(), BlockHeight(7));
/// assert_eq!(store.latest(&chain)?.expect("two are kept").height(), BlockHeight(9));
/// # Ok::<(), TrustStoreError<Infallible>>(())
/// ```
pub trait TrustStore {
    /// Why reading or writing fails.
    type Error: Error;

    /// Writes a block under its chain and height, over whatever is there. Callers want [`TrustStore::put`].
    ///
    /// # Errors
    /// When it can't be written.
    fn write(&mut self, chain: &ChainId, block: LightBlock) -> Result<(), Self::Error>;

    /// The block of this height, if it is here.
    ///
    /// # Errors
    /// When it can't be read.
    fn get(&self, chain: &ChainId, height: BlockHeight) -> Result<Option<LightBlock>, Self::Error>;

    /// The heights of a chain's blocks, ascending.
    ///
    /// # Errors
    /// When they can't be read.
    fn heights(&self, chain: &ChainId) -> Result<Vec<BlockHeight>, Self::Error>;

    /// Forgets a block, whether or not it is here.
    ///
    /// # Errors
    /// When it can't be written.
    fn remove(&mut self, chain: &ChainId, height: BlockHeight) -> Result<(), Self::Error>;

    /// Keeps a block that was verified. No other block ever takes its place: two verified blocks of one height are an
    /// attack.
    ///
    /// # Errors
    /// [`TrustStoreError::Conflict`] when another block of that height is kept, which then stays.
    fn put(&mut self, block: LightBlock) -> Result<(), TrustStoreError<Self::Error>> {
        let chain = rules::chain_id(&block.signed_header.header).map_err(TrustStoreError::Malformed)?;
        let (height, got) = (block.height(), block.header_hash());
        match self.get(&chain, height)?.map(|kept| kept.header_hash()) {
            Some(kept) if kept != got => Err(TrustStoreError::Conflict { chain, height, kept, got }),
            Some(_) | None => Ok(self.write(&chain, block)?),
        }
    }

    /// The highest block of a chain, expired or not.
    ///
    /// # Errors
    /// When it can't be read.
    fn latest(&self, chain: &ChainId) -> Result<Option<LightBlock>, Self::Error> {
        self.at_or_below(chain, BlockHeight(u64::MAX))
    }

    /// The highest block of a chain that is not above this height, and can be read.
    ///
    /// # Errors
    /// When it can't be read.
    fn at_or_below(&self, chain: &ChainId, height: BlockHeight) -> Result<Option<LightBlock>, Self::Error> {
        for kept in self.heights(chain)?.into_iter().rev().filter(|kept| *kept <= height) {
            if let Some(block) = self.get(chain, kept)? {
                return Ok(Some(block));
            }
        }
        Ok(None)
    }

    /// The highest block that is not above this height and may still be verified from: a trusting period after its
    /// time, trust has ended.
    ///
    /// # Errors
    /// When it can't be read, or when a time is out of range.
    fn trusted_at_or_below(
        &self,
        chain: &ChainId,
        height: BlockHeight,
        options: &Options,
        now: Timestamp,
    ) -> Result<Option<LightBlock>, TrustStoreError<Self::Error>> {
        // Times increase with heights: what is below an expired block has expired.
        let Some(block) = self.at_or_below(chain, height)? else { return Ok(None) };
        Ok(is_trusted(&block, options, now)?.then_some(block))
    }

    /// Forgets what has expired and, lowest first, what is more than `keep`; gives how many blocks that were. The
    /// highest one stays in any case, so that it can be told what has expired.
    ///
    /// # Errors
    /// When it can't be read or written, or when a time is out of range.
    fn prune(
        &mut self,
        chain: &ChainId,
        keep: NonZeroUsize,
        options: &Options,
        now: Timestamp,
    ) -> Result<usize, TrustStoreError<Self::Error>> {
        let mut heights = self.heights(chain)?;
        let surplus = heights.len().saturating_sub(keep.get());
        heights.pop();
        let mut removed = 0;
        for height in heights {
            let is_surplus = removed < surplus;
            if !is_surplus
                && let Some(block) = self.get(chain, height)?
                && is_trusted(&block, options, now)?
            {
                // All above is later, and so is trusted as well.
                break;
            }
            self.remove(chain, height)?;
            removed += 1;
        }
        Ok(removed)
    }
}

/// Why a block is not kept, or can't be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustStoreError<E: Error> {
    /// The store can't read or write.
    #[error(transparent)]
    Store(#[from] E),
    /// A chain id or a time that no trusted block has.
    #[error("{0}")]
    Malformed(Invalid),
    /// Another block of that height is trusted already.
    #[error("block {height} of {chain} has the hash {got}, but {kept} is trusted: one of them is a lie")]
    Conflict {
        /// Its chain.
        chain: ChainId,
        /// Its height.
        height: BlockHeight,
        /// The hash of the block that is kept.
        kept: Hash,
        /// The hash of the block that is refused.
        got: Hash,
    },
}

fn is_trusted<E: Error>(block: &LightBlock, options: &Options, now: Timestamp) -> Result<bool, TrustStoreError<E>> {
    let time = block.signed_header.header.time;
    let now = rules::time(now).map_err(TrustStoreError::Malformed)?;
    match rules::is_within_trusting_period(time, options, now) {
        Ok(()) => Ok(true),
        Err(Invalid::TrustExpired { .. }) => Ok(false),
        Err(other) => Err(TrustStoreError::Malformed(other)),
    }
}
