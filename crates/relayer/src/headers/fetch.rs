//! Light blocks as a node tells them: the validators hash to what the header says, nothing else was checked.

use chain::Endpoint;
use light_client::{LightBlock, ValidatorSet};
use tendermint::Hash;
use types::BlockHeight;

use super::{BLOCKS_KEPT_MAX, HeaderError, Headers, Verified};

impl Headers {
    /// A light block as a node tells it: its validators hash to what its header says, nothing else was checked.
    pub(super) async fn fetch(
        &self,
        verified: &mut Verified,
        endpoint: &Endpoint,
        height: BlockHeight,
    ) -> Result<LightBlock, HeaderError> {
        let signed_header = endpoint.signed_header(height).await?;
        let hash = signed_header.header.validators_hash;
        let validators = self.validators(verified, endpoint, height, hash).await?;
        Ok(LightBlock { signed_header, validators, next_validators: None })
    }

    /// The same with the validators of the next height.
    pub(super) async fn fetch_whole(
        &self,
        verified: &mut Verified,
        endpoint: &Endpoint,
        height: BlockHeight,
    ) -> Result<LightBlock, HeaderError> {
        let mut block = self.fetch(verified, endpoint, height).await?;
        let hash = block.signed_header.header.next_validators_hash;
        block.next_validators = Some(self.validators(verified, endpoint, height.next(), hash).await?);
        Ok(block)
    }

    pub(super) async fn validators(
        &self,
        verified: &mut Verified,
        endpoint: &Endpoint,
        height: BlockHeight,
        hash: Hash,
    ) -> Result<ValidatorSet, HeaderError> {
        if let Some(known) = verified.validators.get(hash.as_bytes()) {
            return Ok(known.clone());
        }
        let told = endpoint.validators(height).await?;
        let refuse = || HeaderError::Validators { chain: self.chain.clone(), height };
        let set = ValidatorSet::new(told, None).map_err(|_| refuse())?;
        if set.hash() != hash {
            return Err(refuse());
        }
        if verified.validators.len() >= BLOCKS_KEPT_MAX {
            verified.validators.clear();
        }
        verified.validators.insert(hash.as_bytes().to_vec(), set.clone());
        Ok(set)
    }
}
