//! A block as a light client sees it: the signed header and the validators around it. Nothing of it is believed yet.

use proto::tendermint_proto::types as raw;
use serde::{Deserialize, Serialize};
use tendermint::{Hash, block::signed_header::SignedHeader};
use types::BlockHeight;

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

/// Reads a signed header as CometBFT's `SignedHeaderFromProto` and `Commit.ValidateBasic` do.
///
/// # Errors
/// When a field is missing, malformed or too large, or when an absent signature is not empty.
pub fn signed_header_from_proto(raw: raw::SignedHeader) -> Result<SignedHeader, LightBlockError> {
    if let Some(commit) = &raw.commit {
        let count = commit.signatures.len();
        if count > ValidatorSet::LEN_MAX {
            return Err(LightBlockError::TooManySignatures(count));
        }
        // The domain type forgets what an absent signature held, so that it must be seen here.
        if let Some(index) = commit.signatures.iter().position(is_absent_but_not_empty) {
            return Err(LightBlockError::AbsentNotEmpty { index });
        }
    }
    SignedHeader::try_from(raw).map_err(|error| LightBlockError::Malformed(error.to_string()))
}

fn is_absent_but_not_empty(signature: &raw::CommitSig) -> bool {
    /// Go's zero time, 0001-01-01T00:00:00Z, in Unix seconds.
    const ZERO_TIME_SECONDS: i64 = -62_135_596_800;
    let has_time = signature.timestamp.as_ref().is_some_and(|t| t.seconds != ZERO_TIME_SECONDS || t.nanos != 0);
    signature.block_id_flag == raw::BlockIdFlag::Absent as i32
        && (!signature.validator_address.is_empty() || !signature.signature.is_empty() || has_time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_chain::TestChain;

    fn with_an_absent_signature() -> raw::SignedHeader {
        let mut block = TestChain::of(3).block(4);
        block.signed_header.commit.signatures[1] = tendermint::block::CommitSig::BlockIdFlagAbsent;
        block.signed_header.into()
    }

    #[test]
    fn a_signed_header_survives_its_protobuf() {
        let raw = with_an_absent_signature();
        let read = signed_header_from_proto(raw.clone()).unwrap();
        assert_eq!(raw::SignedHeader::from(read), raw);
    }

    #[test]
    fn an_absent_signature_must_be_empty() {
        type Fill = fn(&mut raw::CommitSig);
        let fills: [Fill; 3] = [
            |signature| signature.validator_address = vec![1; 20],
            |signature| signature.signature = vec![1; 64],
            |signature| {
                signature.timestamp =
                    Some(proto::tendermint_proto::google::protobuf::Timestamp { seconds: 1, nanos: 0 })
            },
        ];
        for fill in fills {
            let mut raw = with_an_absent_signature();
            fill(&mut raw.commit.as_mut().unwrap().signatures[1]);
            assert_eq!(signed_header_from_proto(raw).unwrap_err(), LightBlockError::AbsentNotEmpty { index: 1 });
        }
    }

    #[test]
    fn a_commit_of_endless_signatures_is_refused() {
        let mut raw = with_an_absent_signature();
        let commit = raw.commit.as_mut().unwrap();
        commit.signatures = vec![commit.signatures[0].clone(); ValidatorSet::LEN_MAX + 1];
        let error = signed_header_from_proto(raw).unwrap_err();
        assert_eq!(error, LightBlockError::TooManySignatures(ValidatorSet::LEN_MAX + 1));
    }

    #[test]
    fn a_header_or_commit_that_is_missing_is_refused() {
        for clear in [|raw: &mut raw::SignedHeader| raw.header = None, |raw: &mut raw::SignedHeader| raw.commit = None]
        {
            let mut raw = with_an_absent_signature();
            clear(&mut raw);
            assert!(matches!(signed_header_from_proto(raw), Err(LightBlockError::Malformed(_))));
        }
    }

    #[test]
    fn a_light_block_survives_its_json() {
        let block = TestChain::of(3).block(4);
        let json = serde_json::to_string(&block).unwrap();
        assert_eq!(serde_json::from_str::<LightBlock>(&json).unwrap(), block);
    }
}
