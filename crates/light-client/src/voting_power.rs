//! Counting the votes of a commit as CometBFT v0.38 does (`types/validation.go`, `verifyCommitBatch`).
//!
//! Votes are walked in the order of the commit, and the walk ends as soon as the power suffices: what stands behind
//! that is not looked at. Signatures are checked only once there are enough votes, so that a commit which can't
//! suffice costs no cryptography; but one by one on the way where CometBFT can't check them as a batch
//! (`shouldBatchVerify`), so that a wrong one is told there before too little power is.

use std::collections::BTreeMap;

use proto::tendermint_proto::{Protobuf, types::CanonicalVote as RawCanonicalVote};
use tendermint::{
    PublicKey, Signature, Time, account,
    block::{Commit, CommitSig},
    chain,
    crypto::default::signature::Verifier,
    validator::Info,
    vote::{CanonicalVote, Type},
};

use crate::{Invalid, Tally, TrustThreshold, ValidatorSet};

/// Whether the walk found enough votes.
pub(crate) enum Count {
    Enough,
    NotEnough(Tally),
}

/// How far the walk goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Votes {
    /// Until the power suffices, as a light client does.
    Enough,
    /// To the end, as a full node does with evidence (`..AllSignatures`): each vote must be right.
    All,
}

/// The votes of one commit that were checked already, with the keys that they were checked by: the two counts of a header
/// that is not adjacent look at most votes twice.
#[derive(Default)]
pub(crate) struct Checked<'a>(BTreeMap<usize, &'a PublicKey>);

/// A vote for the block, with the validator whose power it brings.
struct Vote<'a> {
    index: usize,
    validator: &'a Info,
    timestamp: Time,
    signature: &'a Signature,
}

/// CometBFT `VerifyCommitLightTrusting`: does more than `threshold` of a set that is trusted stand behind the commit?
/// Validators are found by their address, since the commit may be of another set.
pub(crate) fn count_trusted<'a>(
    chain_id: &'a chain::Id,
    commit: &'a Commit,
    trusted: &'a ValidatorSet,
    threshold: TrustThreshold,
    votes: Votes,
    checked: &mut Checked<'a>,
) -> Result<Count, Invalid> {
    let total = trusted.total_power();
    let overflow = || Invalid::PowerOverflow { threshold: threshold.to_string(), total };
    let needed = threshold.power_needed(total).ok_or_else(overflow)?;

    let mut walk = Walk::new(chain_id, commit, trusted, needed, checked);
    let mut seen = BTreeMap::new();
    for (index, (address, timestamp, signature)) in votes_for_block(commit) {
        let Some((place, validator)) = trusted.by_address(&address) else { continue };
        if let Some(first) = seen.insert(place, index) {
            return Err(Invalid::DoubleVote { address, first, second: index });
        }
        let signature = signature.ok_or(Invalid::SignatureMissing { index })?;
        if walk.take(Vote { index, validator, timestamp, signature })? && votes == Votes::Enough {
            break;
        }
    }
    walk.finish(total)
}

/// CometBFT `VerifyCommitLight`: do more than two thirds of a header's own validators stand behind its commit?
/// Each entry of the commit belongs to the validator at its index, and says so.
pub(crate) fn check_two_thirds<'a>(
    chain_id: &'a chain::Id,
    commit: &'a Commit,
    validators: &'a ValidatorSet,
    votes: Votes,
    checked: &mut Checked<'a>,
) -> Result<(), Invalid> {
    let (expected, got) = (validators.len(), commit.signatures.len());
    if expected != got {
        return Err(Invalid::SignatureCount { expected, got });
    }
    let total = validators.total_power();
    let threshold = TrustThreshold::TWO_THIRDS;
    let overflow = || Invalid::PowerOverflow { threshold: threshold.to_string(), total };
    let needed = threshold.power_needed(total).ok_or_else(overflow)?;

    let mut walk = Walk::new(chain_id, commit, validators, needed, checked);
    for (index, (address, timestamp, signature)) in votes_for_block(commit) {
        let validator = validators.validators().get(index).ok_or(Invalid::SignatureCount { expected, got })?;
        if validator.address != address {
            return Err(Invalid::AddressAtIndex { index, expected: validator.address, got: address });
        }
        let signature = signature.ok_or(Invalid::SignatureMissing { index })?;
        if walk.take(Vote { index, validator, timestamp, signature })? && votes == Votes::Enough {
            break;
        }
    }
    match walk.finish(total)? {
        Count::Enough => Ok(()),
        Count::NotEnough(tally) => Err(Invalid::NotEnoughPower(tally)),
    }
}

/// The commit without the votes for its block that are not those of the validators at their places. A commit is
/// verified up to where its votes suffice; behind that stands whatever a node has put there.
pub(crate) fn without_wrong_votes(chain_id: &chain::Id, commit: &Commit, validators: &ValidatorSet) -> Commit {
    let is_right = |index: usize, (address, timestamp, signature): (account::Id, Time, Option<&Signature>)| {
        let (Some(validator), Some(signature)) = (validators.validators().get(index), signature) else { return false };
        let sign_bytes = sign_bytes(chain_id, commit, timestamp);
        validator.address == address && validator.verify_signature::<Verifier>(&sign_bytes, signature).is_ok()
    };
    let mut clean = commit.clone();
    for (index, vote) in votes_for_block(commit) {
        if !is_right(index, vote)
            && let Some(entry) = clean.signatures.get_mut(index)
        {
            *entry = CommitSig::BlockIdFlagAbsent;
        }
    }
    clean
}

/// The entries that are votes for the block; absent ones and votes for nil count for nothing.
fn votes_for_block(commit: &Commit) -> impl Iterator<Item = (usize, (account::Id, Time, Option<&Signature>))> {
    commit.signatures.iter().enumerate().filter_map(|(index, entry)| match entry {
        CommitSig::BlockIdFlagCommit { validator_address, timestamp, signature } => {
            Some((index, (*validator_address, *timestamp, signature.as_ref())))
        }
        CommitSig::BlockIdFlagAbsent | CommitSig::BlockIdFlagNil { .. } => None,
    })
}

/// CometBFT `shouldBatchVerify`: at least two entries, and none of the keys but ed25519.
fn is_batch(commit: &Commit, validators: &ValidatorSet) -> bool {
    let is_ed25519 = |validator: &Info| validator.pub_key.ed25519().is_some();
    commit.signatures.len() >= 2 && validators.validators().iter().all(is_ed25519)
}

struct Walk<'a, 'c> {
    chain_id: &'a chain::Id,
    commit: &'a Commit,
    checked: &'c mut Checked<'a>,
    is_batch: bool,
    needed: u64,
    signed: u64,
    /// Those whose signatures are still to be checked.
    votes: Vec<Vote<'a>>,
}

impl<'a, 'c> Walk<'a, 'c> {
    fn new(
        chain_id: &'a chain::Id,
        commit: &'a Commit,
        validators: &ValidatorSet,
        needed: u64,
        checked: &'c mut Checked<'a>,
    ) -> Self {
        Self { chain_id, commit, checked, is_batch: is_batch(commit, validators), needed, signed: 0, votes: Vec::new() }
    }

    /// Takes a vote; true when the power suffices. The sum is of distinct members of one set, whose total is bounded.
    fn take(&mut self, vote: Vote<'a>) -> Result<bool, Invalid> {
        if !self.is_batch {
            self.check(&vote)?;
        }
        self.signed = self.signed.saturating_add(vote.validator.power());
        if self.is_batch {
            self.votes.push(vote);
        }
        Ok(self.signed > self.needed)
    }

    fn finish(mut self, total: u64) -> Result<Count, Invalid> {
        if self.signed <= self.needed {
            return Ok(Count::NotEnough(Tally { signed: self.signed, needed: self.needed, total }));
        }
        core::mem::take(&mut self.votes).iter().try_for_each(|vote| self.check(vote))?;
        Ok(Count::Enough)
    }

    fn check(&mut self, vote: &Vote<'a>) -> Result<(), Invalid> {
        let key = &vote.validator.pub_key;
        if self.checked.0.get(&vote.index) == Some(&key) {
            return Ok(());
        }
        let sign_bytes = sign_bytes(self.chain_id, self.commit, vote.timestamp);
        vote.validator
            .verify_signature::<Verifier>(&sign_bytes, vote.signature)
            .map_err(|_| Invalid::WrongSignature { index: vote.index, address: vote.validator.address })?;
        self.checked.0.insert(vote.index, key);
        Ok(())
    }
}

/// CometBFT `Commit.VoteSignBytes`: the canonical precommit for the block of the commit.
pub(crate) fn sign_bytes(chain_id: &chain::Id, commit: &Commit, timestamp: Time) -> Vec<u8> {
    let vote = CanonicalVote {
        vote_type: Type::Precommit,
        height: commit.height,
        round: commit.round,
        block_id: Some(commit.block_id),
        timestamp: Some(timestamp),
        chain_id: chain_id.clone(),
    };
    Protobuf::<RawCanonicalVote>::encode_length_delimited_vec(vote)
}
