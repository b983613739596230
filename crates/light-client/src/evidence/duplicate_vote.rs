//! CometBFT `DuplicateVoteEvidence`: two votes of one validator in one round.

mod judge;
mod read;

use proto::{
    Message,
    tendermint_proto::{google::protobuf::Timestamp, types as raw},
};
use serde::{Serialize, Serializer};
use tendermint::{
    Hash, Time, account,
    block::{Commit, CommitSig},
    crypto::{Sha256 as _, default::Sha256},
};
use types::BlockHeight;

use crate::{AttackKind, Divergence};

pub use self::{judge::VotesRefused, read::VotesError};

/// Evidence that a validator voted twice, as a full node wants it.
#[derive(Clone, Debug, PartialEq)]
pub struct DuplicateVote {
    /// Who.
    pub address: account::Id,
    /// Its voting power at that height.
    pub power: u64,
    /// Where.
    pub height: BlockHeight,
    /// The voting power of all validators at that height.
    pub total_power: u64,
    /// The time of the block at that height that the chain to be told has.
    pub time: Time,
    vote_a: raw::Vote,
    vote_b: raw::Vote,
}

impl DuplicateVote {
    /// Each validator that signed both blocks of an equivocation, in the order of the set; nobody for other attacks.
    pub fn of(case: &Divergence) -> Vec<Self> {
        let trusted = case.trusted();
        match case.kind {
            AttackKind::Equivocation => {}
            AttackKind::Amnesia | AttackKind::Lunatic | AttackKind::ForwardLunatic | AttackKind::TimeViolation => {
                return Vec::new();
            }
        }
        let commits = (&trusted.signed_header.commit, &case.conflicting.signed_header.commit);
        let seats = trusted.validators.validators().iter().enumerate();
        let twice = seats.filter_map(|(seat, validator)| {
            let (vote_a, vote_b) = in_order(vote(commits.0, seat)?, vote(commits.1, seat)?);
            Some(Self {
                address: validator.address,
                power: validator.power(),
                height: trusted.height(),
                total_power: trusted.validators.total_power(),
                time: trusted.signed_header.header.time,
                vote_a,
                vote_b,
            })
        });
        twice.collect()
    }

    /// CometBFT `DuplicateVoteEvidence.Hash`: of its protobuf.
    pub fn hash(&self) -> Hash {
        Hash::Sha256(Sha256::digest(raw::DuplicateVoteEvidence::from(self.clone()).encode_to_vec()))
    }
}

/// CometBFT `Commit.GetVote`, of a vote for the block.
fn vote(commit: &Commit, seat: usize) -> Option<raw::Vote> {
    let CommitSig::BlockIdFlagCommit { validator_address, timestamp, signature } = commit.signatures.get(seat)? else {
        return None;
    };
    Some(raw::Vote {
        r#type: raw::SignedMsgType::Precommit.into(),
        height: commit.height.into(),
        round: commit.round.into(),
        block_id: Some(commit.block_id.into()),
        timestamp: Some((*timestamp).into()),
        validator_address: (*validator_address).into(),
        validator_index: i32::try_from(seat).ok()?,
        signature: signature.as_ref()?.as_bytes().to_vec(),
        extension: Vec::new(),
        extension_signature: Vec::new(),
    })
}

/// CometBFT `NewDuplicateVoteEvidence`: by `BlockID.Key`, the lower first.
fn in_order(one: raw::Vote, other: raw::Vote) -> (raw::Vote, raw::Vote) {
    if key(&one) < key(&other) { (one, other) } else { (other, one) }
}

/// CometBFT `BlockID.Key` of a vote's block.
fn key(vote: &raw::Vote) -> Vec<u8> {
    let id = vote.block_id.clone().unwrap_or_default();
    let parts = id.part_set_header.unwrap_or_default().encode_to_vec();
    [id.hash, parts].concat()
}

impl From<DuplicateVote> for raw::DuplicateVoteEvidence {
    fn from(votes: DuplicateVote) -> Self {
        Self {
            vote_a: Some(votes.vote_a),
            vote_b: Some(votes.vote_b),
            total_voting_power: votes.total_power.cast_signed(),
            validator_power: votes.power.cast_signed(),
            timestamp: Some(votes.time.into()),
        }
    }
}

impl Serialize for DuplicateVote {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        /// The names are Go's, which compares them letter by letter.
        #[derive(Serialize)]
        #[serde(rename_all = "PascalCase")]
        struct Written<'a> {
            #[serde(rename = "vote_a")]
            vote_a: &'a raw::Vote,
            #[serde(rename = "vote_b")]
            vote_b: &'a raw::Vote,
            total_voting_power: String,
            validator_power: String,
            timestamp: Timestamp,
        }
        let written = Written {
            vote_a: &self.vote_a,
            vote_b: &self.vote_b,
            total_voting_power: self.total_power.to_string(),
            validator_power: self.power.to_string(),
            timestamp: self.time.into(),
        };
        written.serialize(serializer)
    }
}
