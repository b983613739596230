//! Evidence as a node shows it in a block (CometBFT `types/evidence.go`), field by field, proposers and priorities too:
//! the header's `evidence_hash` is over all of it.

use std::borrow::Cow;

use proto::tendermint_proto::types::{self as raw, evidence::Sum};
use serde::{Deserialize, Deserializer, de::Error as _};
use serde_json::value::RawValue;

use super::{
    BlockJsonError,
    fields::{Base64, Hex, Number, Rfc3339},
    parse,
    signed_header::{BlockIdFields, SignedHeaderFields},
    validators::ValidatorFields,
};
use crate::ValidatorSetError;

/// Reads evidence out of a block's JSON (`result.block.evidence.evidence` of CometBFT's `/block`), to the message whose
/// bytes the header's `evidence_hash` is over ([`crate::evidence_hash`]). [`crate::Evidence`] is made of it by
/// `TryFrom`.
///
/// # Errors
/// What of it is missing or malformed, or its kind, if it is not known.
pub fn evidence_from_rpc_json(json: &str) -> Result<raw::Evidence, BlockJsonError> {
    let fields: TaggedFields<'_> = parse(json)?;
    let sum = match fields.kind.as_ref() {
        "tendermint/DuplicateVoteEvidence" => {
            Sum::DuplicateVoteEvidence(parse::<DuplicateVoteFields>(fields.value.get())?.into())
        }
        "tendermint/LightClientAttackEvidence" => {
            Sum::LightClientAttackEvidence(parse::<AttackFields<'_>>(fields.value.get())?.into_raw()?)
        }
        other => return Err(BlockJsonError::Malformed(format!("{other:?} is no kind of evidence"))),
    };
    Ok(raw::Evidence { sum: Some(sum) })
}

#[derive(Deserialize)]
struct TaggedFields<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    value: &'a RawValue,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DuplicateVoteFields {
    #[serde(rename = "vote_a")]
    vote_a: VoteFields,
    #[serde(rename = "vote_b")]
    vote_b: VoteFields,
    total_voting_power: Number<i64>,
    validator_power: Number<i64>,
    #[serde(deserialize_with = "time")]
    timestamp: Rfc3339,
}

/// Votes have extensions since CometBFT 0.38, and proto3 leaves out what is 0.
#[derive(Deserialize)]
struct VoteFields {
    #[serde(rename = "type")]
    kind: Number<i32>,
    height: Number<i64>,
    round: Number<i32>,
    block_id: BlockIdFields,
    #[serde(deserialize_with = "time")]
    timestamp: Rfc3339,
    validator_address: Hex,
    validator_index: Number<i32>,
    signature: Base64,
    #[serde(default)]
    extension: Base64,
    #[serde(default)]
    extension_signature: Base64,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct AttackFields<'a> {
    #[serde(borrow)]
    conflicting_block: ConflictingFields<'a>,
    common_height: Number<i64>,
    #[serde(borrow, deserialize_with = "Option::deserialize")]
    byzantine_validators: Option<Vec<ValidatorFields<'a>>>,
    total_voting_power: Number<i64>,
    #[serde(deserialize_with = "time")]
    timestamp: Rfc3339,
}

#[derive(Deserialize)]
struct ConflictingFields<'a> {
    #[serde(borrow)]
    signed_header: SignedHeaderFields<'a>,
    #[serde(borrow)]
    validator_set: SetFields<'a>,
}

#[derive(Deserialize)]
struct SetFields<'a> {
    #[serde(borrow)]
    validators: Vec<ValidatorFields<'a>>,
    #[serde(borrow)]
    proposer: Option<ValidatorFields<'a>>,
}

fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Rfc3339, D::Error> {
    let time = Rfc3339::deserialize(deserializer)?;
    if time.0.is_none() {
        return Err(D::Error::custom("a time is missing"));
    }
    Ok(time)
}

impl From<DuplicateVoteFields> for raw::DuplicateVoteEvidence {
    fn from(fields: DuplicateVoteFields) -> Self {
        Self {
            vote_a: Some(fields.vote_a.into()),
            vote_b: Some(fields.vote_b.into()),
            total_voting_power: fields.total_voting_power.0,
            validator_power: fields.validator_power.0,
            timestamp: fields.timestamp.0,
        }
    }
}

impl From<VoteFields> for raw::Vote {
    fn from(fields: VoteFields) -> Self {
        Self {
            r#type: fields.kind.0,
            height: fields.height.0,
            round: fields.round.0,
            block_id: Some(fields.block_id.into()),
            timestamp: fields.timestamp.0,
            validator_address: fields.validator_address.0,
            validator_index: fields.validator_index.0,
            signature: fields.signature.0,
            extension: fields.extension.0,
            extension_signature: fields.extension_signature.0,
        }
    }
}

impl AttackFields<'_> {
    fn into_raw(self) -> Result<raw::LightClientAttackEvidence, BlockJsonError> {
        let byzantine_validators = validators("ByzantineValidators", self.byzantine_validators.unwrap_or_default())?;
        Ok(raw::LightClientAttackEvidence {
            conflicting_block: Some(self.conflicting_block.into_raw()?),
            common_height: self.common_height.0,
            byzantine_validators,
            total_voting_power: self.total_voting_power.0,
            timestamp: self.timestamp.0,
        })
    }
}

impl ConflictingFields<'_> {
    fn into_raw(self) -> Result<raw::LightBlock, BlockJsonError> {
        let proposer = validators("proposer", self.validator_set.proposer.into_iter().collect())?.pop();
        let validators = validators("validator_set", self.validator_set.validators)?;
        let validator_set = raw::ValidatorSet { validators, proposer, total_voting_power: 0 };
        Ok(raw::LightBlock { signed_header: Some(self.signed_header.into()), validator_set: Some(validator_set) })
    }
}

fn validators(part: &'static str, fields: Vec<ValidatorFields<'_>>) -> Result<Vec<raw::Validator>, BlockJsonError> {
    let read: Result<Vec<_>, ValidatorSetError> =
        fields.into_iter().enumerate().map(|(index, fields)| fields.into_validator(index)).collect();
    read.map_err(|error| BlockJsonError::Validators(part, error))
}
