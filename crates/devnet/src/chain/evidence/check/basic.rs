//! Is evidence well-formed? (CometBFT `types/evidence.go`, `types/vote.go`, `ValidateBasic`.)

use light_client::{ValidatorSet, signed_header_from_proto};
use proto::Message as _;
use proto::tendermint_proto::types::{self as raw, evidence::Sum};
use tendermint::{Signature, account};

use super::{Checked, CheckedAttack, CheckedVote, CheckedVotes};
use crate::chain::evidence::EvidenceError;

/// `ValidateBasic`.
pub(in crate::chain::evidence) fn basic(evidence: &raw::Evidence) -> Result<Checked, EvidenceError> {
    match &evidence.sum {
        Some(Sum::DuplicateVoteEvidence(told)) => duplicate_vote(told),
        Some(Sum::LightClientAttackEvidence(told)) => attack(told),
        None => Err(EvidenceError::Missing),
    }
}

fn duplicate_vote(told: &raw::DuplicateVoteEvidence) -> Result<Checked, EvidenceError> {
    let (Some(a), Some(b)) = (&told.vote_a, &told.vote_b) else {
        return Err(malformed("one or both of the votes are empty"));
    };
    if block_key(a) >= block_key(b) {
        return Err(malformed("duplicate votes in invalid order"));
    }
    let votes = CheckedVotes { a: basic_vote(a)?, b: basic_vote(b)?, told: told.clone() };
    Ok(Checked::Votes(Box::new(votes)))
}

fn basic_vote(vote: &raw::Vote) -> Result<CheckedVote, EvidenceError> {
    let known = [raw::SignedMsgType::Prevote, raw::SignedMsgType::Precommit];
    if !known.into_iter().any(|kind| vote.r#type == i32::from(kind)) {
        return Err(malformed("invalid Type"));
    }
    if vote.height <= 0 || vote.round < 0 || vote.validator_index < 0 {
        return Err(malformed("negative or zero Height, negative Round or negative ValidatorIndex"));
    }
    let hash_len = |id: &raw::BlockId| (id.hash.len(), id.part_set_header.as_ref().map_or(0, |parts| parts.hash.len()));
    if !matches!(vote.block_id.as_ref().map_or((0, 0), hash_len), (0, 0) | (32, 32)) {
        return Err(malformed("blockID must be either empty or complete"));
    }
    let address = account::Id::try_from(vote.validator_address.clone()).map_err(malformed)?;
    let signature = Signature::new(vote.signature.clone()).map_err(malformed)?;
    let signature = signature.ok_or_else(|| malformed("signature is missing"))?;
    Ok(CheckedVote { raw: vote.clone(), address, signature })
}

/// What votes are ordered by (`BlockID.Key`).
fn block_key(vote: &raw::Vote) -> Vec<u8> {
    let Some(id) = &vote.block_id else { return Vec::new() };
    let parts = id.part_set_header.as_ref().map(|parts| parts.encode_to_vec()).unwrap_or_default();
    [id.hash.clone(), parts].concat()
}

fn attack(told: &raw::LightClientAttackEvidence) -> Result<Checked, EvidenceError> {
    let block = told.conflicting_block.as_ref().ok_or_else(|| malformed("conflicting block is nil"))?;
    let signed = block.signed_header.clone().ok_or_else(|| malformed("conflicting block missing signed header"))?;
    let signed = signed_header_from_proto(signed).map_err(malformed)?;
    let validators = block.validator_set.clone().ok_or_else(|| malformed("missing validator set"))?;
    if validators.proposer.is_none() {
        return Err(malformed("proposer failed validate basic, error: nil validator"));
    }
    let validators = ValidatorSet::try_from(validators).map_err(malformed)?;
    if told.total_voting_power <= 0 || told.common_height <= 0 {
        return Err(malformed("negative or zero total voting power or common height"));
    }
    if told.common_height > i64::from(signed.header.height) {
        return Err(malformed("common height is ahead of the conflicting block height"));
    }
    if signed.header.height != signed.commit.height || signed.header.hash() != signed.commit.block_id.hash {
        return Err(malformed("invalid conflicting light block: commit signs another block than the header's"));
    }
    if signed.header.validators_hash != validators.hash() {
        return Err(malformed("invalid conflicting light block: expected validators hash of header to match"));
    }
    Ok(Checked::Attack(Box::new(CheckedAttack { conflicting: signed, validators, told: told.clone() })))
}

fn malformed(reason: impl ToString) -> EvidenceError {
    EvidenceError::Malformed(reason.to_string())
}
