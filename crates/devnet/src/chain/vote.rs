//! Votes: what validators sign, when, and what the times of their votes come to (CometBFT `consensus/state.go`
//! `voteTime`, `types/vote.go`, `state/state.go` `MedianTime`).

use std::collections::BTreeMap;
use std::time::Duration;

use light_client::{Tally, ValidatorSet};
use proto::Message;
use proto::tendermint_proto::{google::protobuf as wkt, types as raw};
use tendermint::block::{self, Commit, CommitSig, Header};
use tendermint::{Hash, Time};
use types::Timestamp;

use crate::chain::keys::Keys;

/// Votes are later than their block by this, at least (`timeIota`).
const TIME_IOTA: Duration = Duration::from_millis(1);

/// How a validator votes from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Voting {
    /// For each block, with the right time.
    #[default]
    Block,
    /// For each block, by a clock that is so much ahead.
    ClockAhead(Duration),
    /// For each block, by a clock that is so much behind.
    ClockBehind(Duration),
    /// For no block: its vote says that it saw none.
    Nil,
    /// Not at all.
    Absent,
    /// Not at all, but somebody without its key votes in its name: what stands for its signature signs something else.
    /// What such votes commit verifies for nobody.
    Forged,
}

/// Too few validators vote for a block: none is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no block at height {height}: {tally}")]
pub struct Stalled {
    /// The height that is not reached.
    pub height: u64,
    /// The power that voted for the block, and the power that must be exceeded.
    pub tally: Tally,
}

/// Those who vote.
pub(super) struct Voters<'a> {
    pub(super) keys: &'a Keys,
    pub(super) voting: &'a BTreeMap<usize, Voting>,
    pub(super) validators: &'a ValidatorSet,
}

impl Voters<'_> {
    /// The precommits for a block.
    ///
    /// # Errors
    /// When not more than two thirds vote for it.
    pub(super) fn commit(
        &self,
        header: &Header,
        block_id: block::Id,
        round: u16,
        now: Timestamp,
    ) -> Result<Commit, Stalled> {
        let mut ballot = Ballot::new(header, block_id, round);
        let mut signatures = Vec::with_capacity(self.validators.len());
        let mut signed = 0;
        for validator in self.validators.validators() {
            let entry = self.vote(&mut ballot, &validator.address, now);
            if entry.is_commit() {
                signed += validator.power();
            }
            signatures.push(entry);
        }
        let total = self.validators.total_power();
        let tally = Tally { signed, needed: total * 2 / 3, total };
        if tally.signed <= tally.needed {
            return Err(Stalled { height: header.height.value(), tally });
        }
        Ok(Commit { height: header.height, round: round.into(), block_id, signatures })
    }

    /// Does this validator take part at all?
    pub(super) fn is_absent(&self, address: &tendermint::account::Id) -> bool {
        self.voting_of(address) == Voting::Absent
    }

    fn voting_of(&self, address: &tendermint::account::Id) -> Voting {
        let Some(key) = self.keys.by_address(address) else { return Voting::Absent };
        self.voting.get(&key.validator).copied().unwrap_or_default()
    }

    fn vote(&self, ballot: &mut Ballot<'_>, address: &tendermint::account::Id, now: Timestamp) -> CommitSig {
        let Some(key) = self.keys.by_address(address) else { return CommitSig::BlockIdFlagAbsent };
        let voting = self.voting_of(address);
        let clock = match voting {
            Voting::Absent => return CommitSig::BlockIdFlagAbsent,
            Voting::Block | Voting::Nil | Voting::Forged => now,
            Voting::ClockAhead(by) => Timestamp(now.0.saturating_add(nanoseconds(by))),
            Voting::ClockBehind(by) => Timestamp(now.0.saturating_sub(nanoseconds(by))),
        };
        let clock = clock.max(ballot.earliest);
        let (validator_address, timestamp) = (*address, time(clock));
        let signature = match voting {
            // A signature in form, of something else.
            Voting::Forged => key.sign(b"forged"),
            Voting::Block | Voting::ClockAhead(_) | Voting::ClockBehind(_) | Voting::Nil | Voting::Absent => {
                key.sign(ballot.sign_bytes(clock, voting == Voting::Nil))
            }
        };
        match voting {
            Voting::Nil => CommitSig::BlockIdFlagNil { validator_address, timestamp, signature },
            _ => CommitSig::BlockIdFlagCommit { validator_address, timestamp, signature },
        }
    }
}

/// What is voted on. Votes of the same time have the same bytes, which are encoded once.
struct Ballot<'a> {
    header: &'a Header,
    block_id: block::Id,
    round: u16,
    earliest: Timestamp,
    last: Option<(Timestamp, bool, Vec<u8>)>,
}

impl<'a> Ballot<'a> {
    fn new(header: &'a Header, block_id: block::Id, round: u16) -> Self {
        let earliest = Timestamp(timestamp(header.time).0.saturating_add(nanoseconds(TIME_IOTA)));
        Self { header, block_id, round, earliest, last: None }
    }

    fn sign_bytes(&mut self, at: Timestamp, is_nil: bool) -> &[u8] {
        let fresh = |last: &(Timestamp, bool, Vec<u8>)| (last.0, last.1) == (at, is_nil);
        let last = self.last.take().filter(fresh);
        let encode = || {
            let vote = raw::Vote {
                r#type: raw::SignedMsgType::Precommit.into(),
                height: self.header.height.into(),
                round: i32::from(self.round),
                block_id: (!is_nil).then(|| self.block_id.into()),
                timestamp: Some(wire_time(at)),
                ..Default::default()
            };
            (at, is_nil, sign_bytes(self.header.chain_id.as_str(), vote))
        };
        let (_, _, bytes) = self.last.insert(last.unwrap_or_else(encode));
        bytes
    }
}

/// The bytes that are signed for a vote (`VoteSignBytes`). A vote for nil names no block.
pub(super) fn sign_bytes(chain_id: &str, vote: raw::Vote) -> Vec<u8> {
    let block_id = vote.block_id.filter(|id| !id.hash.is_empty()).map(|id| raw::CanonicalBlockId {
        hash: id.hash,
        part_set_header: id
            .part_set_header
            .map(|parts| raw::CanonicalPartSetHeader { total: parts.total, hash: parts.hash }),
    });
    let vote = raw::CanonicalVote {
        r#type: vote.r#type,
        height: vote.height,
        round: i64::from(vote.round),
        block_id,
        timestamp: vote.timestamp,
        chain_id: chain_id.to_owned(),
    };
    vote.encode_length_delimited_to_vec()
}

/// The time of the next block: the median of the times of the votes, weighted by power. Votes for nil count too.
pub(super) fn median_time(commit: &Commit, validators: &ValidatorSet) -> Option<Timestamp> {
    let mut times: Vec<(Timestamp, u64)> =
        commit.signatures.iter().filter_map(|vote| time_of(vote, validators)).collect();
    times.sort_by_key(|(at, _)| *at);
    let mut median = times.iter().map(|(_, power)| power).sum::<u64>() / 2;
    for (at, power) in times {
        if median <= power {
            return Some(at);
        }
        median -= power;
    }
    None
}

fn time_of(vote: &CommitSig, validators: &ValidatorSet) -> Option<(Timestamp, u64)> {
    match vote {
        CommitSig::BlockIdFlagAbsent => None,
        CommitSig::BlockIdFlagCommit { validator_address, timestamp: at, .. }
        | CommitSig::BlockIdFlagNil { validator_address, timestamp: at, .. } => {
            let (_, validator) = validators.by_address(validator_address)?;
            Some((timestamp(*at), validator.power()))
        }
    }
}

/// A time of ours as CometBFT's. Those of 64 bits of nanoseconds end in the year 2554.
pub(super) fn time(at: Timestamp) -> Time {
    let wire = wire_time(at);
    let nanos = u32::try_from(wire.nanos).unwrap_or_default();
    Time::from_unix_timestamp(wire.seconds, nanos).expect("64 bits of nanoseconds are a time before the year 9999")
}

/// A time of CometBFT's as ours; what lies before 1970 becomes that moment.
pub(super) fn timestamp(at: Time) -> Timestamp {
    Timestamp(u64::try_from(at.unix_timestamp_nanos()).unwrap_or_default())
}

pub(super) fn wire_time(at: Timestamp) -> wkt::Timestamp {
    const NANOS: u64 = 1_000_000_000;
    let seconds = i64::try_from(at.0 / NANOS).unwrap_or(i64::MAX);
    wkt::Timestamp { seconds, nanos: i32::try_from(at.0 % NANOS).unwrap_or_default() }
}

fn nanoseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

/// A hash as the application is told it.
pub(super) fn hash_bytes(hash: Hash) -> [u8; 32] {
    match hash {
        Hash::Sha256(bytes) => bytes,
        Hash::None => [0; 32],
    }
}
