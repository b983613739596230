//! A chain of as many validators as wanted, one of whom gives way to a new one every few blocks. Blocks are made when
//! they are asked for.

use std::cell::RefCell;
use std::collections::BTreeMap;

use ed25519_consensus::SigningKey;
use lightship_light_client::{LightBlock, TrustedState, ValidatorSet};
use proto::tendermint_proto::{Protobuf, types::CanonicalVote as RawCanonicalVote};
use tendermint::block::{self, Commit, CommitSig, Header, header::Version, parts, signed_header::SignedHeader};
use tendermint::validator::Info;
use tendermint::vote::{CanonicalVote, Type};
use tendermint::{Hash, PublicKey, Signature, Time};

const CHAIN_ID: &str = "chain-1";
/// Time between two blocks.
pub(crate) const BLOCK_SECONDS: u64 = 5;

/// Blocks by height, from 1 on.
pub(crate) struct BenchChain {
    validators: u64,
    /// Blocks after which the oldest validator is replaced; never, if there are none.
    tenure: Option<u64>,
    blocks: RefCell<BTreeMap<u64, LightBlock>>,
}

impl BenchChain {
    /// The same validators for ever.
    pub(crate) fn of(validators: u64) -> Self {
        Self { validators, tenure: None, blocks: RefCell::default() }
    }

    /// One validator is another every `tenure` blocks.
    pub(crate) fn rotating(validators: u64, tenure: u64) -> Self {
        Self { tenure: Some(tenure), ..Self::of(validators) }
    }

    /// The block of a height, with its next validators, signed by all.
    pub(crate) fn block(&self, height: u64) -> LightBlock {
        if let Some(known) = self.blocks.borrow().get(&height) {
            return known.clone();
        }
        let block = self.make(height);
        self.blocks.borrow_mut().insert(height, block.clone());
        block
    }

    /// What is trusted of a height.
    pub(crate) fn trusted(&self, height: u64) -> (TrustedState, ValidatorSet) {
        let block = self.block(height);
        let state = TrustedState::of_verified(&block).expect("a state that a client can hold");
        (state, block.next_validators.expect("blocks are made with their next validators"))
    }

    fn make(&self, height: u64) -> LightBlock {
        let (members, next) = (self.members(height), self.members(height + 1));
        let validators = set(&members);
        let next_validators = set(&next);
        let header = Header {
            version: Version { block: 11, app: 1 },
            chain_id: CHAIN_ID.parse().expect("a chain id"),
            height: height.try_into().expect("a height"),
            time: Time::from_unix_timestamp((height * BLOCK_SECONDS).cast_signed(), 0).expect("a time"),
            last_block_id: None,
            last_commit_hash: None,
            data_hash: None,
            validators_hash: validators.hash(),
            next_validators_hash: next_validators.hash(),
            consensus_hash: Hash::Sha256([1; 32]),
            app_hash: vec![2; 32].try_into().expect("an app hash"),
            last_results_hash: None,
            evidence_hash: None,
            proposer_address: validators.proposer().address,
        };
        let signed_header = sign(header, &members);
        LightBlock { signed_header, validators, next_validators: Some(next_validators) }
    }

    /// In the order of CometBFT: all have the same power, so that addresses decide.
    fn members(&self, height: u64) -> Vec<(SigningKey, Info)> {
        let first = self.tenure.map_or(0, |tenure| height / tenure);
        let mut members: Vec<_> = (first..first + self.validators).map(member).collect();
        members.sort_by_key(|(_, info)| info.address);
        members
    }
}

fn member(number: u64) -> (SigningKey, Info) {
    let mut seed = [7; 32];
    seed[..8].copy_from_slice(&number.to_be_bytes());
    let key = SigningKey::from(seed);
    let public = PublicKey::from_raw_ed25519(key.verification_key().as_bytes()).expect("an ed25519 key");
    (key, Info::new(public, 10_u32.into()))
}

fn set(members: &[(SigningKey, Info)]) -> ValidatorSet {
    let infos = members.iter().map(|(_, info)| info.clone()).collect();
    ValidatorSet::new(infos, None).expect("a valid set")
}

fn sign(header: Header, members: &[(SigningKey, Info)]) -> SignedHeader {
    let part_set_header = parts::Header::new(1, Hash::Sha256([3; 32])).expect("a part set");
    let block_id = block::Id { hash: header.hash(), part_set_header };
    let vote = CanonicalVote {
        vote_type: Type::Precommit,
        height: header.height,
        round: 0_u16.into(),
        block_id: Some(block_id),
        timestamp: Some(header.time),
        chain_id: header.chain_id.clone(),
    };
    let bytes = Protobuf::<RawCanonicalVote>::encode_length_delimited_vec(vote);
    let vote = |(key, info): &(SigningKey, Info)| CommitSig::BlockIdFlagCommit {
        validator_address: info.address,
        timestamp: header.time,
        signature: Signature::new(key.sign(&bytes).to_bytes()).expect("a signature"),
    };
    let signatures = members.iter().map(vote).collect();
    let commit = Commit { height: header.height, round: 0_u16.into(), block_id, signatures };
    SignedHeader::new(header, commit).expect("a signed header")
}
