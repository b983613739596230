//! A chain for tests: ed25519 validators that sign what a test wants, with a set that may change at each height.

use std::collections::BTreeMap;

use ed25519_consensus::SigningKey;
use tendermint::{
    Hash, PublicKey, Signature, Time,
    block::{self, Commit, CommitSig, Header, header::Version, parts, signed_header::SignedHeader},
    validator::Info,
};
use types::{ClientState, ConsensusState, Height, Timestamp};

use crate::{
    ConsensusStates, LightBlock, Options, TrustThreshold, TrustedState, ValidatorSet, voting_power::sign_bytes,
};

pub(crate) const CHAIN_ID: &str = "chain-1";
/// Time between two blocks, in seconds.
pub(crate) const BLOCK_SECONDS: u64 = 5;

/// Blocks are made from height 1 on and kept, so that each holds the hash of the one before.
pub(crate) struct TestChain {
    /// Seed and power of each validator, by height.
    members: Box<dyn Fn(u64) -> Vec<(u8, u64)>>,
    blocks: BTreeMap<u64, LightBlock>,
    lie: Option<Lie>,
}

/// What a chain says otherwise, from a height on.
struct Lie {
    from: u64,
    round: u16,
    change: Box<dyn Fn(&mut Header)>,
}

impl TestChain {
    /// A chain with the same validators always, each with power 10.
    pub(crate) fn of(count: u8) -> Self {
        Self::with(move |_| (1..=count).map(|seed| (seed, 10)).collect())
    }

    /// A chain with these validators at each height.
    pub(crate) fn with(members: impl Fn(u64) -> Vec<(u8, u64)> + 'static) -> Self {
        Self { members: Box::new(members), blocks: BTreeMap::new(), lie: None }
    }

    /// The chain that has other headers from a height on, committed in this round. Below it has the same blocks.
    pub(crate) fn lying(self, from: u64, round: u16, change: impl Fn(&mut Header) + 'static) -> Self {
        Self { lie: Some(Lie { from, round, change: Box::new(change) }), ..self }
    }

    /// The validators of height 1.
    pub(crate) fn validators(&self) -> ValidatorSet {
        self.validators_at(1)
    }

    /// The validators of a height in CometBFT's order.
    pub(crate) fn validators_at(&self, height: u64) -> ValidatorSet {
        let mut infos: Vec<Info> = (self.members)(height).iter().map(|(seed, power)| info(*seed, *power)).collect();
        infos.sort_by_key(|info| (core::cmp::Reverse(info.power), info.address));
        ValidatorSet::new(infos, None).unwrap()
    }

    /// The block at a height, signed by all.
    pub(crate) fn block(&mut self, height: u64) -> LightBlock {
        let first = self.blocks.keys().last().map_or(1, |last| last + 1);
        for height in first..=height {
            let block = self.make(height);
            self.blocks.insert(height, block);
        }
        self.blocks[&height].clone()
    }

    /// State and next validators of a height.
    pub(crate) fn trusted(&mut self, height: u64) -> (TrustedState, ValidatorSet) {
        let block = self.block(height);
        (TrustedState::of_verified(&block).unwrap(), block.next_validators.unwrap())
    }

    fn make(&self, height: u64) -> LightBlock {
        let (validators, next_validators) = (self.validators_at(height), self.validators_at(height + 1));
        let mut header = Header {
            version: Version { block: 11, app: 1 },
            chain_id: CHAIN_ID.parse().unwrap(),
            height: height.try_into().unwrap(),
            time: Time::from_unix_timestamp(i64::try_from(height * BLOCK_SECONDS).unwrap(), 0).unwrap(),
            last_block_id: height.checked_sub(1).and_then(|last| self.blocks.get(&last)).map(block_id),
            last_commit_hash: None,
            data_hash: None,
            validators_hash: validators.hash(),
            next_validators_hash: next_validators.hash(),
            consensus_hash: Hash::Sha256([1; 32]),
            app_hash: vec![2; 32].try_into().unwrap(),
            last_results_hash: None,
            evidence_hash: None,
            proposer_address: validators.proposer().address,
        };
        let lie = self.lie.as_ref().filter(|lie| lie.from <= height);
        if let Some(lie) = lie {
            (lie.change)(&mut header);
        }
        sign_in_round(header, validators, Some(next_validators), lie.map_or(0, |lie| lie.round))
    }
}

/// The time of a height.
pub(crate) fn time_of(height: u64) -> Timestamp {
    Timestamp::from_seconds(height * BLOCK_SECONDS)
}

/// One third, an hour, no drift.
pub(crate) fn options() -> Options {
    Options {
        trust_threshold: TrustThreshold::ONE_THIRD,
        trusting_period: std::time::Duration::from_secs(3600),
        clock_drift: std::time::Duration::ZERO,
    }
}

/// A validator made of a seed.
pub(crate) fn info(seed: u8, power: u64) -> Info {
    let key = PublicKey::from_raw_ed25519(signing_key(seed).verification_key().as_bytes()).unwrap();
    Info::new(key, power.try_into().unwrap())
}

/// The header, signed by all of its validators.
pub(crate) fn sign(header: Header, validators: ValidatorSet, next_validators: Option<ValidatorSet>) -> LightBlock {
    sign_in_round(header, validators, next_validators, 0)
}

fn sign_in_round(
    header: Header,
    validators: ValidatorSet,
    next_validators: Option<ValidatorSet>,
    round: u16,
) -> LightBlock {
    let hash = header.hash();
    let part_set_header = parts::Header::new(1, Hash::Sha256([3; 32])).unwrap();
    let mut commit = Commit {
        height: header.height,
        round: round.into(),
        block_id: block::Id { hash, part_set_header },
        signatures: vec![],
    };
    commit.signatures = validators.validators().iter().map(|info| vote(&header, &commit, info)).collect();
    LightBlock { signed_header: SignedHeader::new(header, commit).unwrap(), validators, next_validators }
}

/// The vote of one validator for the block of the commit.
pub(crate) fn vote(header: &Header, commit: &Commit, validator: &Info) -> CommitSig {
    let key = (0..=u8::MAX).map(signing_key).find(|key| is_key_of(key, validator)).unwrap();
    let signature = key.sign(&sign_bytes(&header.chain_id, commit, header.time));
    CommitSig::BlockIdFlagCommit {
        validator_address: validator.address,
        timestamp: header.time,
        signature: Signature::new(signature.to_bytes()).unwrap(),
    }
}

fn is_key_of(key: &SigningKey, validator: &Info) -> bool {
    PublicKey::from_raw_ed25519(key.verification_key().as_bytes()) == Some(validator.pub_key)
}

fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from([seed; 32])
}

fn block_id(block: &LightBlock) -> block::Id {
    block.signed_header.commit.block_id
}

/// A client of the chain that was updated with these heights, a third and an hour, no drift.
pub(crate) fn held(chain: &mut TestChain, heights: &[u64]) -> (ClientState, ConsensusStates) {
    let states: ConsensusStates = heights.iter().map(|height| consensus_state(&chain.block(*height))).collect();
    let options = options();
    let client = ClientState {
        chain_id: CHAIN_ID.parse().unwrap(),
        trust_level: options.trust_threshold,
        trusting_period: options.trusting_period,
        unbonding_period: options.trusting_period * 2,
        max_clock_drift: options.clock_drift,
        frozen_height: None,
        latest_height: *states.last_key_value().unwrap().0,
        proof_specs: types::client::sdk_proof_specs(),
        upgrade_path: types::client::sdk_upgrade_path(),
        allow_update_after_expiry: false,
        allow_update_after_misbehaviour: false,
    };
    (client, states)
}

/// What a client holds of a block.
pub(crate) fn consensus_state(block: &LightBlock) -> (Height, ConsensusState) {
    let TrustedState { height, time, root, next_validators_hash, .. } = TrustedState::of_verified(block).unwrap();
    let next_validators_hash = next_validators_hash.as_bytes().to_vec();
    (height, ConsensusState { timestamp: time, root: root.0, next_validators_hash })
}
