//! Does evidence prove anything? (CometBFT `evidence/verify.go`.)

mod basic;

use std::collections::BTreeSet;
use std::sync::Arc;

use light_client::{Tally, ValidatorSet};
use proto::tendermint_proto::google::protobuf as wkt;
use proto::tendermint_proto::types as raw;
use tendermint::block::{Commit, CommitSig, Header, signed_header::SignedHeader};
use tendermint::crypto::default::signature::Verifier;
use tendermint::validator::Info;
use tendermint::{Signature, Time, account};

pub(super) use self::basic::basic;
use super::EvidenceError;
use crate::chain::{Block, Chain, vote};

/// Evidence that is well-formed.
pub(super) enum Checked {
    Votes(Box<CheckedVotes>),
    Attack(Box<CheckedAttack>),
}

pub(super) struct CheckedVotes {
    a: CheckedVote,
    b: CheckedVote,
    told: raw::DuplicateVoteEvidence,
}

pub(super) struct CheckedAttack {
    conflicting: SignedHeader,
    validators: ValidatorSet,
    told: raw::LightClientAttackEvidence,
}

struct CheckedVote {
    raw: raw::Vote,
    address: account::Id,
    signature: Signature,
}

/// `Pool.verify`: against what the chain knows.
pub(super) fn against(chain: &Chain, evidence: Checked, height: i64) -> Result<(), EvidenceError> {
    let unknown = || EvidenceError::UnknownHeight(height);
    let common = u64::try_from(height).ok().and_then(|height| chain.block(height)).ok_or_else(unknown)?;
    let told_time = match &evidence {
        Checked::Votes(votes) => votes.told.timestamp,
        Checked::Attack(attack) => attack.told.timestamp,
    };
    time_is_that_of_the_block(told_time, common.header.time)?;
    is_not_too_old(chain, common, height)?;
    match &evidence {
        Checked::Votes(votes) => votes_conflict(votes, common),
        Checked::Attack(attack) => attack_happened(chain, attack, common),
    }
}

fn time_is_that_of_the_block(told: Option<wkt::Timestamp>, expected: Time) -> Result<(), EvidenceError> {
    let got = told.and_then(|told| Time::try_from(told).ok());
    if got == Some(expected) {
        return Ok(());
    }
    let got = got.map_or_else(|| "none".to_owned(), |got| got.to_string());
    Err(EvidenceError::Time { got, expected: expected.to_string() })
}

/// `IsEvidenceExpired`: too old are years and blocks alike.
fn is_not_too_old(chain: &Chain, common: &Block, height: i64) -> Result<(), EvidenceError> {
    let Some(head) = chain.block(chain.height()) else { return Err(EvidenceError::UnknownHeight(height)) };
    let blocks = chain.height().saturating_sub(common.header.height.value());
    let age = vote::timestamp(head.header.time).0.saturating_sub(vote::timestamp(common.header.time).0);
    let params = chain.params();
    if u128::from(age) > params.evidence_age_max.as_nanos() && blocks > params.evidence_blocks_max {
        return Err(EvidenceError::TooOld(height));
    }
    Ok(())
}

/// `VerifyDuplicateVote`.
fn votes_conflict(votes: &CheckedVotes, block: &Block) -> Result<(), EvidenceError> {
    let CheckedVotes { a, b, told } = votes;
    let height = block.header.height.value();
    let not_a_validator = || EvidenceError::NotAValidator { address: a.address, height };
    let (_, validator) = block.validators.by_address(&a.address).ok_or_else(not_a_validator)?;
    let place = |vote: &CheckedVote| (vote.raw.height, vote.raw.round, vote.raw.r#type);
    if place(a) != place(b) {
        return Err(EvidenceError::OtherVote);
    }
    if a.address != b.address {
        return Err(EvidenceError::OtherValidator(a.address, b.address));
    }
    if a.raw.block_id == b.raw.block_id {
        return Err(EvidenceError::SameBlock);
    }
    if u64::try_from(told.validator_power) != Ok(validator.power()) {
        return Err(EvidenceError::ValidatorPower { got: told.validator_power, expected: validator.power() });
    }
    total_power_is_right(told.total_voting_power, &block.validators)?;
    for (vote, name) in [(a, "VoteA"), (b, "VoteB")] {
        let bytes = vote::sign_bytes(block.header.chain_id.as_str(), vote.raw.clone());
        let verified = validator.verify_signature::<Verifier>(&bytes, &vote.signature);
        verified.map_err(|_| EvidenceError::VoteSignature(name))?;
    }
    Ok(())
}

fn total_power_is_right(got: i64, validators: &ValidatorSet) -> Result<(), EvidenceError> {
    let expected = validators.total_power();
    if u64::try_from(got) == Ok(expected) { Ok(()) } else { Err(EvidenceError::TotalPower { got, expected }) }
}

/// `VerifyLightClientAttack`, with the header that the conflicting one is compared with: the one of its height, else the
/// head.
fn attack_happened(chain: &Chain, attack: &CheckedAttack, common: &Block) -> Result<(), EvidenceError> {
    let CheckedAttack { conflicting, validators, told } = attack;
    let height = conflicting.header.height;
    let trusted = compared_with(chain, conflicting)?;
    if common.header.height != height {
        let needed = common.validators.total_power() / 3;
        let find = |_: usize, address: &account::Id| common.validators.by_address(address).map(|(_, info)| info);
        signed_by(trusted, &conflicting.commit, &common.validators, needed, find).map_err(EvidenceError::Untrusted)?;
    } else if is_invalid(&trusted.header, &conflicting.header) {
        return Err(EvidenceError::NotDerived);
    }
    check_own_validators(trusted, conflicting, validators)?;
    total_power_is_right(told.total_voting_power, &common.validators)?;
    if height > trusted.header.height && conflicting.header.time > trusted.header.time {
        let (conflicting, latest) = (conflicting.header.time.to_string(), trusted.header.time.to_string());
        return Err(EvidenceError::TimeIsMonotonic { conflicting, latest });
    }
    if conflicting.header.hash() == trusted.id.hash {
        return Err(EvidenceError::SameHeader(trusted.id.hash));
    }
    byzantine_are_named(conflicting, validators, told, common, trusted)
}

fn compared_with<'a>(chain: &'a Chain, conflicting: &SignedHeader) -> Result<&'a Arc<Block>, EvidenceError> {
    if let Some(block) = chain.block(conflicting.header.height.value()) {
        return Ok(block);
    }
    let unknown = || EvidenceError::UnknownHeight(conflicting.header.height.into());
    let head = chain.block(chain.height()).ok_or_else(unknown)?;
    if head.header.time < conflicting.header.time {
        let (latest, conflicting) = (head.header.time.to_string(), conflicting.header.time.to_string());
        return Err(EvidenceError::NotYet { latest, conflicting });
    }
    Ok(head)
}

/// `ConflictingHeaderIsInvalid`: the five hashes that a correct execution leaves no choice about.
pub(in crate::chain) fn is_invalid(trusted: &Header, conflicting: &Header) -> bool {
    trusted.validators_hash != conflicting.validators_hash
        || trusted.next_validators_hash != conflicting.next_validators_hash
        || trusted.consensus_hash != conflicting.consensus_hash
        || trusted.app_hash != conflicting.app_hash
        || trusted.last_results_hash != conflicting.last_results_hash
}

/// `VerifyCommitLightAllSignatures`: more than two thirds of the block's own validators, each at its place.
fn check_own_validators(
    trusted: &Block,
    conflicting: &SignedHeader,
    validators: &ValidatorSet,
) -> Result<(), EvidenceError> {
    let (expected, got) = (validators.len(), conflicting.commit.signatures.len());
    if expected != got {
        return Err(EvidenceError::Commit(format!("wrong number of signatures: {got} for {expected} validators")));
    }
    let needed = validators.total_power() * 2 / 3;
    let find = |index: usize, address: &account::Id| {
        validators.validators().get(index).filter(|validator| validator.address == *address)
    };
    signed_by(trusted, &conflicting.commit, validators, needed, find).map_err(EvidenceError::Commit)
}

/// Checks all signatures of validators that `find` knows; they must have more than the needed power.
fn signed_by<'a>(
    trusted: &Block,
    commit: &Commit,
    set: &ValidatorSet,
    needed: u64,
    find: impl Fn(usize, &account::Id) -> Option<&'a Info>,
) -> Result<(), String> {
    let (mut signed, mut seen) = (0, BTreeSet::new());
    for (index, entry) in commit.signatures.iter().enumerate() {
        let CommitSig::BlockIdFlagCommit { validator_address, timestamp, signature } = entry else { continue };
        let Some(validator) = find(index, validator_address) else { continue };
        if !seen.insert(*validator_address) {
            return Err(format!("double vote from {validator_address}"));
        }
        let vote = raw::Vote {
            r#type: raw::SignedMsgType::Precommit.into(),
            height: commit.height.into(),
            round: commit.round.into(),
            block_id: Some(commit.block_id.into()),
            timestamp: Some((*timestamp).into()),
            ..Default::default()
        };
        let bytes = vote::sign_bytes(trusted.header.chain_id.as_str(), vote);
        let signature = signature.as_ref().ok_or_else(|| format!("signature #{index} is missing"))?;
        let verified = validator.verify_signature::<Verifier>(&bytes, signature);
        verified.map_err(|_| format!("wrong signature (#{index})"))?;
        signed += validator.power();
    }
    if signed > needed {
        return Ok(());
    }
    Err(format!("invalid commit -- insufficient voting power: {}", Tally { signed, needed, total: set.total_power() }))
}

/// `validateABCIEvidence`: the evidence names those who lied, no more and no fewer, by power.
fn byzantine_are_named(
    conflicting: &SignedHeader,
    validators: &ValidatorSet,
    told: &raw::LightClientAttackEvidence,
    common: &Block,
    trusted: &Block,
) -> Result<(), EvidenceError> {
    let byzantine = byzantine(conflicting, validators, common, trusted);
    let (expected, got) = (byzantine.len(), told.byzantine_validators.len());
    if expected != got {
        return Err(EvidenceError::ByzantineCount { expected, got });
    }
    for (index, (expected, got)) in byzantine.iter().zip(&told.byzantine_validators).enumerate() {
        let key = got.pub_key.clone().and_then(|key| tendermint::PublicKey::try_from(key).ok());
        let is_expected = got.address == expected.address.as_bytes()
            && u64::try_from(got.voting_power) == Ok(expected.power())
            && key == Some(expected.pub_key);
        if !is_expected {
            return Err(EvidenceError::Byzantine(index));
        }
    }
    Ok(())
}

/// `GetByzantineValidators`: of a lunatic block those whom the common set knows; of two blocks in one round those who
/// signed both; of two rounds nobody.
pub(in crate::chain) fn byzantine(
    conflicting: &SignedHeader,
    validators: &ValidatorSet,
    common: &Block,
    trusted: &Block,
) -> Vec<Info> {
    let signers = |commit: &Commit| -> BTreeSet<account::Id> {
        let signed = commit.signatures.iter().filter(|entry| entry.is_commit());
        signed.filter_map(CommitSig::validator_address).collect()
    };
    let liars = signers(&conflicting.commit);
    let of = |set: &ValidatorSet, who: &dyn Fn(&account::Id) -> bool| -> Vec<Info> {
        set.validators().iter().filter(|info| who(&info.address)).cloned().collect()
    };
    if is_invalid(&trusted.header, &conflicting.header) {
        of(&common.validators, &|address| liars.contains(address))
    } else if trusted.commit.round == conflicting.commit.round {
        let honest = signers(&trusted.commit);
        of(validators, &|address| liars.contains(address) && honest.contains(address))
    } else {
        Vec::new()
    }
}
