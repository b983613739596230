//! Light blocks of a chain: opaque bytes by height, the newest few of them.

use types::{BlockHeight, ChainId};

use crate::envelope::{self, Payload};
use crate::key;
use crate::schema::{Change, Tree};
use crate::store::say_untrusted;
use crate::{Store, StoreError};

impl Store {
    /// Keeps a light block, and of all light blocks of the chain the newest `keep`. Below one counts as one.
    ///
    /// # Errors
    /// [`StoreError::Read`], [`StoreError::Write`].
    pub async fn put_light_block(
        &self,
        chain: &ChainId,
        height: BlockHeight,
        bytes: Vec<u8>,
        keep: usize,
    ) -> Result<(), StoreError> {
        let mut heights = self.light_blocks(chain)?;
        if let Err(position) = heights.binary_search(&height) {
            heights.insert(position, height);
        }
        let surplus = heights.len().saturating_sub(keep.max(1));
        let mut changes = vec![Change::put(
            Tree::LightBlock,
            key::light_block(chain, height),
            &Payload { head: Vec::new(), tail: bytes },
        )?];
        let old = heights.into_iter().take(surplus);
        changes.extend(old.map(|old| Change::delete(Tree::LightBlock, key::light_block(chain, old))));
        self.commit(changes).await
    }

    /// The highest light block of a chain that is as it was written.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn newest_light_block(&self, chain: &ChainId) -> Result<Option<(BlockHeight, Vec<u8>)>, StoreError> {
        for height in self.light_blocks(chain)?.into_iter().rev() {
            if let Some(bytes) = self.light_block(chain, height)? {
                return Ok(Some((height, bytes)));
            }
        }
        Ok(None)
    }

    /// The light block of this height, if it is here and as it was written.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn light_block(&self, chain: &ChainId, height: BlockHeight) -> Result<Option<Vec<u8>>, StoreError> {
        let key = key::light_block(chain, height);
        let Some(sealed) = self.backend().read(Tree::LightBlock, &key)? else { return Ok(None) };
        match envelope::open(Tree::LightBlock.name(), &key, &sealed) {
            Ok(payload) => Ok(Some(payload.tail)),
            Err(reason) => {
                say_untrusted(Tree::LightBlock, &key, &reason);
                Ok(None)
            }
        }
    }

    /// The heights of a chain's light blocks, ascending.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn light_blocks(&self, chain: &ChainId) -> Result<Vec<BlockHeight>, StoreError> {
        let mut heights = Vec::new();
        self.backend().scan(Tree::LightBlock, &key::light_block_prefix(chain), &mut |key, _| {
            heights.extend(key::parse_light_block(key));
        })?;
        Ok(heights)
    }
}
