//! CometBFT `LightClientAttackEvidence`: a block that a light client would have believed.

mod judge;

use proto::tendermint_proto::{google::protobuf::Timestamp, types as raw};
use serde::{Serialize, Serializer};
use tendermint::{
    Hash, Time,
    crypto::{Sha256 as _, default::Sha256},
    validator::Info,
};
use types::BlockHeight;

use crate::{
    Divergence, LightBlock, LightBlockError, ValidatorSet, ValidatorSetError, detection::made_up,
    light_block::signed_header_from_proto, validator_set::validator_from_proto,
};

pub use self::judge::AttackRefused;

/// Evidence of a light client attack, as a full node wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LightClientAttack {
    /// The block that no honest node has.
    pub conflicting: LightBlock,
    /// The height from which a node can tell: that of the common block for one that is made up, else the height of the
    /// block that stands there.
    pub common_height: BlockHeight,
    /// Who is to be punished: highest power first, then lowest address. A node refuses any other list.
    pub byzantine: Vec<Info>,
    /// The voting power of all validators at the common height.
    pub total_power: u64,
    /// The time of the block at the common height.
    pub time: Time,
}

impl LightClientAttack {
    /// CometBFT `newLightClientAttackEvidence`: the case against one side, for the nodes of the other.
    pub fn of(case: &Divergence) -> Self {
        let trusted = case.trusted();
        let is_made_up = !made_up(&case.conflicting.signed_header.header, &trusted.signed_header.header).is_empty();
        let common = if is_made_up { &case.common } else { trusted };
        Self {
            conflicting: case.conflicting.clone(),
            common_height: common.height(),
            byzantine: case.byzantine.clone(),
            total_power: common.validators.total_power(),
            time: common.signed_header.header.time,
        }
    }

    /// CometBFT `LightClientAttackEvidence.Hash`. One byte of the header's hash falls short there, and so here: 31
    /// bytes of it, a zero, the common height as a zigzag varint.
    pub fn hash(&self) -> Hash {
        let mut preimage = self.conflicting.header_hash().as_bytes().to_vec();
        preimage.resize(31, 0);
        preimage.push(0);
        proto::prost::encoding::encode_varint(self.common_height.0 << 1, &mut preimage);
        Hash::Sha256(Sha256::digest(preimage))
    }

    fn raw_block(&self) -> raw::LightBlock {
        raw::LightBlock {
            signed_header: Some(self.conflicting.signed_header.clone().into()),
            validator_set: Some(self.conflicting.validators.clone().into()),
        }
    }

    fn raw_byzantine(&self) -> Vec<raw::Validator> {
        self.byzantine.iter().cloned().map(Into::into).collect()
    }
}

/// Why a message is not the evidence of an attack.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AttackError {
    /// A part is missing, or a number out of range.
    #[error("evidence of an attack has no valid {0}")]
    Missing(&'static str),
    /// The signed header of the conflicting block is malformed.
    #[error("evidence of an attack: {0}")]
    SignedHeader(#[from] LightBlockError),
    /// A validator is malformed.
    #[error("evidence of an attack: {0}: {1}")]
    Validators(&'static str, #[source] ValidatorSetError),
}

impl TryFrom<raw::LightClientAttackEvidence> for LightClientAttack {
    type Error = AttackError;

    /// Reads evidence, as it stands in a block. What it claims is not checked here: see [`LightClientAttack::judge`].
    fn try_from(raw: raw::LightClientAttackEvidence) -> Result<Self, AttackError> {
        let missing = AttackError::Missing;
        let block = raw.conflicting_block.ok_or(missing("conflicting block"))?;
        let signed_header = signed_header_from_proto(block.signed_header.ok_or(missing("signed header"))?)?;
        let validators = ValidatorSet::try_from(block.validator_set.ok_or(missing("validator set"))?)
            .map_err(|error| AttackError::Validators("validator set", error))?;
        let byzantine = raw.byzantine_validators.into_iter().enumerate();
        let byzantine: Result<Vec<Info>, _> =
            byzantine.map(|(index, info)| validator_from_proto(index, info)).collect();
        Ok(Self {
            conflicting: LightBlock { signed_header, validators, next_validators: None },
            common_height: BlockHeight(raw.common_height.try_into().map_err(|_| missing("common height"))?),
            byzantine: byzantine.map_err(|error| AttackError::Validators("byzantine validators", error))?,
            total_power: raw.total_voting_power.try_into().map_err(|_| missing("total voting power"))?,
            time: raw.timestamp.and_then(|time| time.try_into().ok()).ok_or(missing("timestamp"))?,
        })
    }
}

impl From<LightClientAttack> for raw::LightClientAttackEvidence {
    fn from(attack: LightClientAttack) -> Self {
        Self {
            conflicting_block: Some(attack.raw_block()),
            common_height: attack.common_height.0.cast_signed(),
            byzantine_validators: attack.raw_byzantine(),
            total_voting_power: attack.total_power.cast_signed(),
            timestamp: Some(attack.time.into()),
        }
    }
}

impl Serialize for LightClientAttack {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// The names are Go's, which compares them letter by letter.
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Written {
            conflicting_block: raw::LightBlock,
            common_height: String,
            /// Null for nobody: an amnesia names none.
            byzantine_validators: Option<Vec<raw::Validator>>,
            total_voting_power: String,
            timestamp: Timestamp,
        }
        let written = Written {
            conflicting_block: self.raw_block(),
            common_height: self.common_height.to_string(),
            byzantine_validators: Some(self.raw_byzantine()).filter(|validators| !validators.is_empty()),
            total_voting_power: self.total_power.to_string(),
            timestamp: self.time.into(),
        };
        written.serialize(serializer)
    }
}
