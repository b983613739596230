//! Light blocks as a node tells them: the validators hash to what the header says, nothing else was checked.

use std::collections::BTreeMap;
use std::time::Duration;

use chain::{ChainError, Endpoint, NodeError};
use light_client::{LightBlock, ValidatorSet};
use tendermint::Hash;
use types::BlockHeight;

/// Validator sets that are kept.
const SETS_KEPT_MAX: usize = 64;
/// A block is some calls, a large set many: so long for all of them.
const BLOCK_WITHIN: Duration = Duration::from_secs(60);

/// Why a node's light block can't be had.
#[derive(Clone, Debug, thiserror::Error)]
pub enum BlockError {
    /// The node did not answer, or has no such block.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// The node's validators hash to something else than its header says.
    #[error("{endpoint} tells validators of height {height} that do not hash to what its header says")]
    Validators {
        /// The node.
        endpoint: String,
        /// The height that the validators were asked for.
        height: BlockHeight,
    },
    /// The node answers each call in time, and all of them too late.
    #[error("{endpoint} takes longer than {within:?} for block {height}")]
    Slow {
        /// The node.
        endpoint: String,
        /// The block.
        height: BlockHeight,
        /// The time that it had.
        within: Duration,
    },
}

impl BlockError {
    /// Has the node no such block yet?
    pub(crate) fn is_too_high(&self) -> bool {
        match self {
            Self::Chain(error) => error.node_error() == Some(NodeError::HeightAhead),
            Self::Validators { .. } | Self::Slow { .. } => false,
        }
    }
}

/// The light block of a node at `height`, with its validators and those of the next height.
///
/// # Errors
/// See [`BlockError`].
pub async fn whole_block(endpoint: &Endpoint, height: BlockHeight) -> Result<LightBlock, BlockError> {
    ValidatorSets::default().whole_block(endpoint, height).await
}

/// Validator sets by their hash: one that is known is not asked for again, whoever told it.
#[derive(Clone, Debug, Default)]
pub struct ValidatorSets(BTreeMap<Vec<u8>, ValidatorSet>);

impl ValidatorSets {
    /// The same as [`whole_block`].
    ///
    /// # Errors
    /// See [`BlockError`].
    pub async fn whole_block(&mut self, endpoint: &Endpoint, height: BlockHeight) -> Result<LightBlock, BlockError> {
        let within = BLOCK_WITHIN;
        let slow = |_| BlockError::Slow { endpoint: endpoint.name().to_owned(), height, within };
        let whole = async {
            let mut block = self.block(endpoint, height).await?;
            let hash = block.signed_header.header.next_validators_hash;
            block.next_validators = Some(self.at(endpoint, height.next(), hash).await?);
            Ok(block)
        };
        tokio::time::timeout(within, whole).await.map_err(slow)?
    }

    /// A light block without the validators of the next height.
    pub(crate) async fn block(&mut self, endpoint: &Endpoint, height: BlockHeight) -> Result<LightBlock, BlockError> {
        let signed_header = endpoint.signed_header(height).await?;
        let validators = self.at(endpoint, height, signed_header.header.validators_hash).await?;
        Ok(LightBlock { signed_header, validators, next_validators: None })
    }

    /// The validators of `height`, which a header names by their hash.
    pub(crate) async fn at(
        &mut self,
        endpoint: &Endpoint,
        height: BlockHeight,
        hash: Hash,
    ) -> Result<ValidatorSet, BlockError> {
        if let Some(known) = self.0.get(hash.as_bytes()) {
            return Ok(known.clone());
        }
        let told = endpoint.validators(height).await?;
        let refuse = || BlockError::Validators { endpoint: endpoint.name().to_owned(), height };
        let set = ValidatorSet::new(told, None).map_err(|_| refuse())?;
        if set.hash() != hash {
            return Err(refuse());
        }
        if self.0.len() >= SETS_KEPT_MAX {
            self.0.clear();
        }
        self.0.insert(hash.as_bytes().to_vec(), set.clone());
        Ok(set)
    }
}
