//! Blocks in memory: for tests, and for programs that begin anew each time.

use core::convert::Infallible;
use std::collections::BTreeMap;

use types::{BlockHeight, ChainId};

use super::TrustStore;
use crate::LightBlock;

/// Keeps blocks as long as it lives.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MemoryTrustStore {
    blocks: BTreeMap<ChainId, BTreeMap<BlockHeight, LightBlock>>,
}

impl TrustStore for MemoryTrustStore {
    type Error = Infallible;

    fn write(&mut self, chain: &ChainId, block: LightBlock) -> Result<(), Infallible> {
        self.blocks.entry(chain.clone()).or_default().insert(block.height(), block);
        Ok(())
    }

    fn get(&self, chain: &ChainId, height: BlockHeight) -> Result<Option<LightBlock>, Infallible> {
        Ok(self.blocks.get(chain).and_then(|blocks| blocks.get(&height)).cloned())
    }

    fn heights(&self, chain: &ChainId) -> Result<Vec<BlockHeight>, Infallible> {
        Ok(self.blocks.get(chain).into_iter().flat_map(BTreeMap::keys).copied().collect())
    }

    fn remove(&mut self, chain: &ChainId, height: BlockHeight) -> Result<(), Infallible> {
        if let Some(blocks) = self.blocks.get_mut(chain) {
            blocks.remove(&height);
        }
        Ok(())
    }
}
