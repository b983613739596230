//! Blocks that were verified, whole, by chain and height: trust goes on from them, and evidence is made of them.

use light_client::{LightBlock, TrustStore};
use types::{BlockHeight, ChainId};

use crate::envelope::{self, Untrusted};
use crate::schema::{self, Change, Tree};
use crate::store::say_untrusted;
use crate::{Store, StoreError, key};

/// The store as a light client sees it. Cheap to clone; clones see the same blocks.
///
/// A block is durable when its writing has answered. One that is not as it was written is said and left out, as if it
/// had never been here; its height is still listed, and writing or pruning it mends that.
///
/// Its methods block the thread that calls them, for as long as the disk takes.
#[derive(Clone, Debug)]
pub struct TrustedBlocks(Store);

impl Store {
    /// The blocks of this store that were verified whole.
    pub fn trusted_blocks(&self) -> TrustedBlocks {
        TrustedBlocks(self.clone())
    }
}

impl TrustStore for TrustedBlocks {
    type Error = StoreError;

    fn write(&mut self, chain: &ChainId, block: LightBlock) -> Result<(), StoreError> {
        let payload = schema::json("a light block", &block)?;
        let change = Change::put(Tree::TrustedBlock, key::light_block(chain, block.height()), &payload)?;
        self.0.commit_blocking(vec![change])
    }

    fn get(&self, chain: &ChainId, height: BlockHeight) -> Result<Option<LightBlock>, StoreError> {
        let key = key::light_block(chain, height);
        let Some(sealed) = self.0.backend().read(Tree::TrustedBlock, &key)? else { return Ok(None) };
        match envelope::open(Tree::TrustedBlock.name(), &key, &sealed).and_then(|payload| read(&key, &payload)) {
            Ok(block) => Ok(Some(block)),
            Err(reason) => {
                say_untrusted(Tree::TrustedBlock, &key, &reason);
                Ok(None)
            }
        }
    }

    fn heights(&self, chain: &ChainId) -> Result<Vec<BlockHeight>, StoreError> {
        let mut heights = Vec::new();
        self.0.backend().scan(Tree::TrustedBlock, &key::light_block_prefix(chain), &mut |key, _| {
            heights.extend(key::parse_light_block(key));
        })?;
        Ok(heights)
    }

    fn remove(&mut self, chain: &ChainId, height: BlockHeight) -> Result<(), StoreError> {
        self.0.commit_blocking(vec![Change::delete(Tree::TrustedBlock, key::light_block(chain, height))])
    }
}

/// The block of a value, if it stands under its own chain and height: an imported one may not.
pub(crate) fn read(key: &[u8], payload: &envelope::Payload) -> Result<LightBlock, Untrusted> {
    let block: LightBlock = schema::parse(payload)?;
    let chain = block.signed_header.header.chain_id.as_str().parse();
    let is_at_home = chain.is_ok_and(|chain| key::light_block(&chain, block.height()) == key);
    if is_at_home { Ok(block) } else { Err(Untrusted::Content("it stands under another block's key".into())) }
}
