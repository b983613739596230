//! Good updates, or misbehaviours that are true: a chain with its validators, and a client that follows it.

use std::collections::BTreeMap;

use proto::google::protobuf::{Duration, Timestamp as RawTimestamp};
use proto::ibc::core::commitment::v1::MerkleRoot;
use proto::ibc::lightclients::tendermint::v1 as raw;
use proto::tendermint_proto::{google::protobuf::Timestamp as Time, types as cometbft, version::Consensus};
use rand::Rng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use types::{ChainId, Height, Timestamp};

use crate::attempt::{Attempt, Message};
use crate::{seal, validators};

pub(crate) const NANOS: u64 = 1_000_000_000;
/// When the chains began, in Unix seconds.
const GENESIS: u64 = 1_700_000_000;
const TRUSTING_SECONDS: i64 = 14 * 24 * 3600;
const DRIFT_SECONDS: i64 = 10;

/// What the headers of one attempt share.
struct Story {
    chain_id: String,
    revision: u64,
    trusted: u64,
    trusted_set: cometbft::ValidatorSet,
    set: cometbft::ValidatorSet,
    all_sign: bool,
}

/// Any attempt.
pub(crate) fn any(random: &mut ChaCha8Rng) -> Attempt {
    let story = Story::any(random);
    let height = story.trusted + if random.gen_bool(0.3) { 1 } else { random.gen_range(2..50) };
    let first = story.header(height, time_of(height), random);
    let message = if random.gen_bool(0.6) {
        Message::Header(Box::new(first.clone()))
    } else {
        Message::Misbehaviour(Box::new(story.misbehaviour(height, first.clone(), random)))
    };
    let states = story.states(height, &first, random);
    let (latest, _) = states.last_key_value().expect("the trusted state is one");
    let newest = latest.revision_height.max(height);
    let now = Timestamp(time_of(newest).0 + random.gen_range(3 * NANOS..20 * NANOS));
    Attempt { client: story.client(*latest, random), states, now, message }
}

impl Story {
    fn any(random: &mut ChaCha8Rng) -> Self {
        let ids = ["chain-1", "chain-1", "chain-1", "chain-7", "chain", "a-b-3", "chain-0", "x-18446744073709551615"];
        let chain_id = (*ids.choose(random).expect("there are some")).to_owned();
        let id: ChainId = chain_id.parse().expect("a chain id");
        let trusted_set = any_set(random);
        let trusted = random.gen_range(1..500);
        let set = match random.gen_range(0..10) {
            0..6 => trusted_set.clone(),
            6..9 => rotated(&trusted_set, random),
            _ => any_set(random),
        };
        Self { revision: id.revision_number(), chain_id, trusted, trusted_set, set, all_sign: random.gen_bool(0.6) }
    }

    fn height(&self, height: u64) -> Height {
        Height { revision_number: self.revision, revision_height: height }
    }

    /// A sealed header whose validators were announced, if it is adjacent.
    fn header(&self, height: u64, time: Timestamp, random: &mut ChaCha8Rng) -> raw::Header {
        let set = if height == self.trusted + 1 { &self.trusted_set } else { &self.set };
        let proposer = set.proposer.clone().expect("there is one");
        let header = cometbft::Header {
            version: Some(Consensus { block: 11, app: random.gen_range(0..3) }),
            chain_id: self.chain_id.clone(),
            height: height.cast_signed(),
            time: Some(proto_time(time)),
            last_block_id: (height > 1).then(|| block_id(random)),
            last_commit_hash: octets(random),
            data_hash: octets(random),
            validators_hash: vec![],
            next_validators_hash: validators::hash(&self.trusted_set),
            consensus_hash: octets(random),
            app_hash: octets(random),
            last_results_hash: octets(random),
            evidence_hash: octets(random),
            proposer_address: proposer.address,
        };
        let vote = |validator: &cometbft::Validator| self.vote(validator, time, random);
        let signatures = set.validators.iter().map(vote).collect();
        let round = random.gen_range(0..3);
        let commit = cometbft::Commit { height: header.height, round, block_id: Some(block_id(random)), signatures };
        let mut message = raw::Header {
            signed_header: Some(cometbft::SignedHeader { header: Some(header), commit: Some(commit) }),
            validator_set: Some(set.clone()),
            trusted_height: Some(self.height(self.trusted).into()),
            trusted_validators: Some(self.trusted_set.clone()),
        };
        seal::seal(&mut message);
        message
    }

    fn vote(&self, validator: &cometbft::Validator, time: Timestamp, random: &mut ChaCha8Rng) -> cometbft::CommitSig {
        let flag = match random.gen_range(0..20) {
            0 if !self.all_sign => cometbft::BlockIdFlag::Absent,
            1 if !self.all_sign => cometbft::BlockIdFlag::Nil,
            _ => cometbft::BlockIdFlag::Commit,
        };
        if flag == cometbft::BlockIdFlag::Absent {
            return absent();
        }
        let timestamp = Some(proto_time(Timestamp(time.0 + random.gen_range(0..2 * NANOS))));
        let validator_address = validator.address.clone();
        // Signed once the header has its hash.
        cometbft::CommitSig { block_id_flag: flag as i32, validator_address, timestamp, signature: vec![] }
    }

    /// A second header beside the first: of the same height, or of another.
    fn misbehaviour(&self, height: u64, first: raw::Header, random: &mut ChaCha8Rng) -> raw::Misbehaviour {
        let second = match random.gen_range(0..10) {
            // The same once more.
            0 => first.clone(),
            1..6 => self.header(height, Timestamp(time_of(height).0 + random.gen_range(0..3)), random),
            // Not later than the first, or later by little.
            6..9 => {
                let time = time_of(height).0 + random.gen_range(0..4);
                self.header(height + random.gen_range(1..20), Timestamp(time - 2), random)
            }
            // One that follows.
            _ => self.header(height + 2, time_of(height + 2), random),
        };
        #[expect(deprecated, reason = "ibc-go still checks the field")]
        raw::Misbehaviour { client_id: "07-tendermint-0".to_owned(), header_1: Some(second), header_2: Some(first) }
    }

    /// The trusted state, and perhaps some more; among them that of the header itself, or another one at its height.
    fn states(
        &self,
        height: u64,
        header: &raw::Header,
        random: &mut ChaCha8Rng,
    ) -> BTreeMap<Height, raw::ConsensusState> {
        let mut states = BTreeMap::new();
        for _ in 0..random.gen_range(0..3) {
            let other = random.gen_range(self.trusted.saturating_sub(5).max(1)..height + 20);
            states.insert(self.height(other), self.state(other, random));
        }
        states.remove(&self.height(height));
        match random.gen_range(0..10) {
            0 => drop(states.insert(self.height(height), state_of(header))),
            1 => drop(states.insert(self.height(height), self.state(height, random))),
            _ => {}
        }
        states.insert(self.height(self.trusted), self.state(self.trusted, random));
        states
    }

    fn state(&self, height: u64, random: &mut ChaCha8Rng) -> raw::ConsensusState {
        consensus_state(time_of(height), octets(random), validators::hash(&self.trusted_set))
    }

    fn client(&self, latest: Height, random: &mut ChaCha8Rng) -> raw::ClientState {
        let levels = [(1, 3), (1, 3), (1, 3), (2, 3), (1, 2), (1, 1), (5, 12)];
        let (numerator, denominator) = *levels.choose(random).expect("there are some");
        let seconds = |seconds| Some(Duration { seconds, nanos: 0 });
        #[expect(deprecated, reason = "the fields are part of the message")]
        raw::ClientState {
            chain_id: self.chain_id.clone(),
            trust_level: Some(raw::Fraction { numerator, denominator }),
            trusting_period: seconds(TRUSTING_SECONDS),
            unbonding_period: seconds(TRUSTING_SECONDS * 3 / 2),
            max_clock_drift: seconds(DRIFT_SECONDS),
            frozen_height: Some(Height::ZERO.into()),
            latest_height: Some(latest.into()),
            proof_specs: types::client::sdk_proof_specs(),
            upgrade_path: types::client::sdk_upgrade_path(),
            allow_update_after_expiry: false,
            allow_update_after_misbehaviour: false,
        }
    }
}

/// The state that a header leaves.
fn state_of(header: &raw::Header) -> raw::ConsensusState {
    let header = header.signed_header.as_ref().and_then(|signed| signed.header.as_ref()).expect("it is whole");
    let time = header.time.expect("it is whole");
    let time = time.seconds.cast_unsigned() * NANOS + u64::from(time.nanos.cast_unsigned());
    consensus_state(Timestamp(time), header.app_hash.clone(), header.next_validators_hash.clone())
}

fn consensus_state(time: Timestamp, hash: Vec<u8>, next_validators_hash: Vec<u8>) -> raw::ConsensusState {
    let Time { seconds, nanos } = proto_time(time);
    let timestamp = Some(RawTimestamp { seconds, nanos });
    raw::ConsensusState { timestamp, root: Some(MerkleRoot { hash }), next_validators_hash }
}

/// Blocks come each five seconds, more or less.
fn time_of(height: u64) -> Timestamp {
    Timestamp((GENESIS + height * 5) * NANOS + height * 123_456_789 % NANOS)
}

pub(crate) fn proto_time(time: Timestamp) -> Time {
    Time { seconds: (time.0 / NANOS).cast_signed(), nanos: i32::try_from(time.0 % NANOS).expect("below 10^9") }
}

/// From one to twenty validators, mostly few.
fn any_set(random: &mut ChaCha8Rng) -> cometbft::ValidatorSet {
    let count = if random.gen_bool(0.8) { random.gen_range(1..8) } else { random.gen_range(8..=20) };
    let mut numbers: Vec<u8> = match random.gen_range(0..20) {
        // Keys of both kinds are never checked in a batch.
        0 => (0..validators::KEYS).collect(),
        1 => (validators::ED25519_KEYS..validators::KEYS).collect(),
        _ => (0..validators::ED25519_KEYS).collect(),
    };
    numbers.shuffle(random);
    let most: i64 = [1, 3, 100, i64::MAX / 8 / 20][random.gen_range(0..4)];
    let members = numbers.iter().take(count).map(|number| validators::validator(*number, random.gen_range(1..=most)));
    validators::set(members.collect())
}

/// Some are replaced.
fn rotated(set: &cometbft::ValidatorSet, random: &mut ChaCha8Rng) -> cometbft::ValidatorSet {
    let mut members = set.validators.clone();
    for place in 0..members.len() {
        let new = validators::validator(random.gen_range(0..validators::KEYS), members[place].voting_power);
        if random.gen_bool(0.3) && members.iter().all(|member| member.address != new.address) {
            members[place] = new;
        }
    }
    validators::set(members)
}

pub(crate) fn absent() -> cometbft::CommitSig {
    let (validator_address, signature) = (vec![], vec![]);
    let block_id_flag = cometbft::BlockIdFlag::Absent as i32;
    cometbft::CommitSig { block_id_flag, validator_address, timestamp: Some(seal::ZERO_TIME), signature }
}

fn block_id(random: &mut ChaCha8Rng) -> cometbft::BlockId {
    let parts = cometbft::PartSetHeader { total: random.gen_range(1..4), hash: octets(random) };
    cometbft::BlockId { hash: octets(random), part_set_header: Some(parts) }
}

pub(crate) fn octets(random: &mut ChaCha8Rng) -> Vec<u8> {
    random.r#gen::<[u8; 32]>().to_vec()
}
