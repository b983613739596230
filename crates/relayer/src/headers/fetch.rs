//! Light blocks for the one chain that is verified here, with its sets kept from block to block.

use chain::Endpoint;
use light_client::{LightBlock, ValidatorSet};
use tendermint::Hash;
use types::BlockHeight;

use super::{HeaderError, Headers, Verified};
use crate::light::BlockError;

impl Headers {
    /// A light block as a node tells it: its validators hash to what its header says, nothing else was checked.
    pub(super) async fn fetch(
        &self,
        verified: &mut Verified,
        endpoint: &Endpoint,
        height: BlockHeight,
    ) -> Result<LightBlock, HeaderError> {
        verified.sets.block(endpoint, height).await.map_err(|error| self.unread(error))
    }

    /// The same with the validators of the next height.
    pub(super) async fn fetch_whole(
        &self,
        verified: &mut Verified,
        endpoint: &Endpoint,
        height: BlockHeight,
    ) -> Result<LightBlock, HeaderError> {
        verified.sets.whole_block(endpoint, height).await.map_err(|error| self.unread(error))
    }

    pub(super) async fn validators(
        &self,
        verified: &mut Verified,
        endpoint: &Endpoint,
        height: BlockHeight,
        hash: Hash,
    ) -> Result<ValidatorSet, HeaderError> {
        verified.sets.at(endpoint, height, hash).await.map_err(|error| self.unread(error))
    }

    fn unread(&self, error: BlockError) -> HeaderError {
        match error {
            BlockError::Chain(error) => HeaderError::Chain(error),
            BlockError::Validators { height, .. } => HeaderError::Validators { chain: self.chain.clone(), height },
            BlockError::Slow { height, .. } => self.invalid(height, &error.to_string()),
        }
    }
}
