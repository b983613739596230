//! A header and its commit, field by field. A field that may be null must be there all the same, where it says
//! `Option::deserialize`.

use std::borrow::Cow;

use proto::tendermint_proto::{google::protobuf::Timestamp, types as raw, version::Consensus};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::fields::{Base64, Hex, Number, Rfc3339};

#[derive(Deserialize)]
pub(super) struct SignedHeaderFields<'a> {
    #[serde(borrow)]
    header: HeaderFields<'a>,
    commit: CommitFields,
}

#[derive(Deserialize)]
pub(super) struct HeaderFields<'a> {
    version: VersionFields,
    #[serde(borrow)]
    chain_id: Cow<'a, str>,
    height: Number<i64>,
    #[serde(deserialize_with = "time_of_header")]
    time: Rfc3339,
    #[serde(deserialize_with = "Option::deserialize")]
    last_block_id: Option<BlockIdFields>,
    last_commit_hash: Hex,
    data_hash: Hex,
    validators_hash: Hex,
    next_validators_hash: Hex,
    consensus_hash: Hex,
    app_hash: Hex,
    last_results_hash: Hex,
    evidence_hash: Hex,
    proposer_address: Hex,
}

/// An application's version of 0 may be left out.
#[derive(Deserialize)]
struct VersionFields {
    block: Number<u64>,
    #[serde(default)]
    app: Number<u64>,
}

#[derive(Deserialize)]
pub(super) struct BlockIdFields {
    hash: Hex,
    #[serde(alias = "part_set_header")]
    parts: PartsFields,
}

#[derive(Deserialize)]
struct PartsFields {
    total: Number<u32>,
    hash: Hex,
}

#[derive(Deserialize)]
struct CommitFields {
    height: Number<i64>,
    round: Number<i32>,
    block_id: BlockIdFields,
    #[serde(deserialize_with = "Option::deserialize")]
    signatures: Option<Vec<CommitSigFields>>,
}

#[derive(Deserialize)]
struct CommitSigFields {
    /// A byte, in Go as here.
    block_id_flag: Number<u8>,
    validator_address: Hex,
    timestamp: Rfc3339,
    signature: Base64,
}

/// Only an absent vote has no time.
fn time_of_header<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Rfc3339, D::Error> {
    let time = Rfc3339::deserialize(deserializer)?;
    if time.0.is_none() {
        return Err(D::Error::custom("the header has no time"));
    }
    Ok(time)
}

impl From<SignedHeaderFields<'_>> for raw::SignedHeader {
    fn from(fields: SignedHeaderFields<'_>) -> Self {
        Self { header: Some(fields.header.into()), commit: Some(fields.commit.into()) }
    }
}

impl From<HeaderFields<'_>> for raw::Header {
    fn from(fields: HeaderFields<'_>) -> Self {
        Self {
            version: Some(Consensus { block: fields.version.block.0, app: fields.version.app.0 }),
            chain_id: fields.chain_id.into_owned(),
            height: fields.height.0,
            time: fields.time.0,
            last_block_id: fields.last_block_id.map(Into::into),
            last_commit_hash: fields.last_commit_hash.0,
            data_hash: fields.data_hash.0,
            validators_hash: fields.validators_hash.0,
            next_validators_hash: fields.next_validators_hash.0,
            consensus_hash: fields.consensus_hash.0,
            app_hash: fields.app_hash.0,
            last_results_hash: fields.last_results_hash.0,
            evidence_hash: fields.evidence_hash.0,
            proposer_address: fields.proposer_address.0,
        }
    }
}

impl From<CommitFields> for raw::Commit {
    fn from(fields: CommitFields) -> Self {
        Self {
            height: fields.height.0,
            round: fields.round.0,
            block_id: Some(fields.block_id.into()),
            signatures: fields.signatures.into_iter().flatten().map(Into::into).collect(),
        }
    }
}

impl From<BlockIdFields> for raw::BlockId {
    fn from(fields: BlockIdFields) -> Self {
        let part_set_header = raw::PartSetHeader { total: fields.parts.total.0, hash: fields.parts.hash.0 };
        Self { hash: fields.hash.0, part_set_header: Some(part_set_header) }
    }
}

impl From<CommitSigFields> for raw::CommitSig {
    fn from(fields: CommitSigFields) -> Self {
        /// What protobuf makes of no time at all, and tendermint-rs writes for an absent vote.
        const EPOCH: Timestamp = Timestamp { seconds: 0, nanos: 0 };
        let block_id_flag = i32::from(fields.block_id_flag.0);
        let is_no_time = |time: &Timestamp| block_id_flag == raw::BlockIdFlag::Absent as i32 && *time == EPOCH;
        Self {
            block_id_flag,
            validator_address: fields.validator_address.0,
            timestamp: fields.timestamp.0.filter(|time| !is_no_time(time)),
            signature: fields.signature.0,
        }
    }
}
