//! A block as a light client sees it: the signed header and the validators around it. Nothing of it is believed yet.

mod signed_header;

use serde::{Deserialize, Serialize};
use tendermint::{Hash, block::signed_header::SignedHeader};
use types::BlockHeight;

pub use self::signed_header::signed_header_from_proto;

use crate::ValidatorSet;

/// A signed header with its validators and, where they are known, those of the next height.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LightBlock {
    /// The header and the commit that signs it.
    pub signed_header: SignedHeader,
    /// The validators of this height.
    pub validators: ValidatorSet,
    /// The validators of the next height; needed to go on from this block.
    pub next_validators: Option<ValidatorSet>,
}

/// Why a message is not a signed header.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LightBlockError {
    /// The commit has more signatures than a validator set can have members.
    #[error("commit has {0} signatures, more than {max}", max = ValidatorSet::LEN_MAX)]
    TooManySignatures(usize),
    /// A signature that is marked as absent holds something all the same (CometBFT `CommitSig.ValidateBasic`).
    #[error("signature {index} of the commit is absent, but not empty")]
    AbsentNotEmpty {
        /// The place of the signature in the commit.
        index: usize,
    },
    /// A field is missing or malformed.
    #[error("signed header is malformed: {0}")]
    Malformed(String),
}

impl LightBlock {
    /// The height of the header.
    pub fn height(&self) -> BlockHeight {
        BlockHeight(self.signed_header.header.height.value())
    }

    /// The hash of the header, computed from its fields.
    pub fn header_hash(&self) -> Hash {
        self.signed_header.header.hash()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_chain::TestChain;

    #[test]
    fn a_light_block_survives_its_json() {
        let block = TestChain::of(3).block(4);
        let json = serde_json::to_string(&block).unwrap();
        assert_eq!(serde_json::from_str::<LightBlock>(&json).unwrap(), block);
    }
}
