//! For tests: a chain that holds a client, and signed headers of a chain that is tracked.

pub(crate) mod trees;

use std::time::Duration;

use ::tendermint::block::{self, Commit, CommitSig, Header, header::Version, parts, signed_header::SignedHeader};
use ::tendermint::vote::{CanonicalVote, Type};
use ::tendermint::{Hash, PublicKey, Signature, Time, validator::Info};
use ed25519_consensus::SigningKey;
use light_client::ValidatorSet;
use proto::google::protobuf::{Any, Timestamp as RawTimestamp};
use proto::ibc::core::client::v1::{MsgCreateClient, MsgUpdateClient};
use proto::ibc::core::commitment::v1::MerkleRoot;
use proto::ibc::lightclients::tendermint::v1 as raw;
use proto::tendermint_proto::{Protobuf, types::CanonicalVote as RawCanonicalVote};
use proto::{Message, Name};
use types::client::{TrustThreshold, sdk_proof_specs, sdk_upgrade_path};
use types::wire::pack;
use types::{ClientState, Height, Timestamp};

use crate::app::address::Address;
use crate::app::context::{BlockInfo, Ctx, Mode, store};
use crate::app::error::Result;
use crate::app::gas::GasMeter;
use crate::app::kind::MessageKind;
use crate::state::MultiStore;

/// The chain that is tracked.
pub(crate) const CHAIN_ID: &str = "chain-1";
/// Its first header that the client knows.
pub(crate) const FIRST: u64 = 10;
/// The time of that header, in seconds.
pub(crate) const FIRST_TIME: u64 = 1_000;
/// How long the client trusts, in seconds.
pub(crate) const TRUSTING_PERIOD: u64 = 10_000;
/// Seeds and powers of its validators.
pub(crate) const FOUR: &[(u8, u64)] = &[(1, 10), (2, 10), (3, 10), (4, 10)];
/// Another validator, of more power than all of them.
pub(crate) const ALT: (u8, u64) = (9, 100);

/// A chain that holds a client.
pub(crate) struct World {
    pub(crate) ctx: Ctx,
    pub(crate) id: String,
}

impl World {
    /// With a client of [`CHAIN_ID`] that knows header [`FIRST`]; it is a hundred seconds later.
    pub(crate) fn new() -> Self {
        Self::tracking(CHAIN_ID)
    }

    pub(crate) fn tracking(chain_id: &str) -> Self {
        let mut world = Self { ctx: genesis_ctx(), id: String::new() };
        world.id = world.create(client_state(chain_id), &Draft::first(chain_id)).unwrap();
        world
    }

    /// Creates a client, by its message.
    pub(crate) fn create(&mut self, state: raw::ClientState, first: &Draft) -> Result<String> {
        let header = first.sign();
        let msg = MsgCreateClient {
            client_state: Some(pack(&state)),
            consensus_state: Some(pack(&consensus_state(&header))),
            signer: signer(),
        };
        self.run("MsgCreateClient", &msg)?;
        let created = self.ctx.events.iter().rfind(|event| event.kind == "create_client").unwrap();
        Ok(created.value("client_id").unwrap().to_owned())
    }

    /// Updates the client, by its message.
    pub(crate) fn update(&mut self, header: &raw::Header) -> Result<Any> {
        let (client_id, client_message) = (self.id.clone(), Some(pack(header)));
        self.run("MsgUpdateClient", &MsgUpdateClient { client_id, client_message, signer: signer() })
    }

    /// Runs a message as a transaction would: a message that fails leaves nothing.
    pub(crate) fn run<M: Message + Name>(&mut self, name: &str, msg: &M) -> Result<Any> {
        let kind = kind_of(name);
        let bytes = msg.encode_to_vec();
        (kind.validate)(&self.ctx, &bytes)?;
        self.ctx.attempt(|ctx| (kind.handle)(ctx, &bytes))
    }

    /// Sets the time of the block, in seconds.
    pub(crate) fn at_time(&mut self, seconds: u64) {
        self.ctx.block.time = Timestamp::from_seconds(seconds);
    }
}

fn kind_of(name: &str) -> MessageKind {
    let all = super::MESSAGES.iter().chain(crate::app::ibc::connection::MESSAGES);
    *all.clone().find(|kind| kind.url.ends_with(name)).unwrap()
}

/// A chain at its first block, some time after the first header that clients know.
pub(crate) fn genesis_ctx() -> Ctx {
    let block = BlockInfo {
        chain_id: "host-1".parse().unwrap(),
        height: 50,
        time: Timestamp::from_seconds(FIRST_TIME + 100),
        proposer: [0; 20],
        next_validators_hash: [8; 32],
    };
    let mut ctx = Ctx {
        state: MultiStore::new(&store::ALL),
        block,
        prefix: "cosmos".into(),
        mode: Mode::Deliver,
        gas: GasMeter::unlimited(),
        events: Vec::new(),
    };
    super::init_genesis(&mut ctx).unwrap();
    crate::app::ibc::connection::init_genesis(&mut ctx).unwrap();
    ctx
}

pub(crate) fn signer() -> String {
    Address(vec![7; 20]).to_text("cosmos")
}

/// A height of revision 1.
pub(crate) fn height(revision_height: u64) -> Height {
    Height { revision_number: 1, revision_height }
}

/// What a client of a chain begins with.
pub(crate) fn client_state(chain_id: &str) -> raw::ClientState {
    let chain_id: types::ChainId = chain_id.parse().unwrap();
    let revision_number = chain_id.revision_number();
    let state = ClientState {
        chain_id,
        trust_level: TrustThreshold::ONE_THIRD,
        trusting_period: Duration::from_secs(TRUSTING_PERIOD),
        unbonding_period: Duration::from_secs(2 * TRUSTING_PERIOD),
        max_clock_drift: Duration::from_secs(10),
        frozen_height: None,
        latest_height: Height { revision_number, revision_height: FIRST },
        proof_specs: sdk_proof_specs(),
        upgrade_path: sdk_upgrade_path(),
        allow_update_after_expiry: false,
        allow_update_after_misbehaviour: false,
    };
    state.into()
}

pub(crate) fn consensus_state(header: &raw::Header) -> raw::ConsensusState {
    let header = header.signed_header.as_ref().unwrap().header.as_ref().unwrap();
    let time = header.time.unwrap();
    raw::ConsensusState {
        timestamp: Some(RawTimestamp { seconds: time.seconds, nanos: time.nanos }),
        root: Some(MerkleRoot { hash: header.app_hash.clone() }),
        next_validators_hash: header.next_validators_hash.clone(),
    }
}

/// A header that is to be signed.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) chain_id: String,
    pub(crate) height: u64,
    /// In seconds.
    pub(crate) time: u64,
    pub(crate) members: Vec<(u8, u64)>,
    pub(crate) next_members: Vec<(u8, u64)>,
    pub(crate) trusted: (Height, Vec<(u8, u64)>),
    pub(crate) app_hash: Vec<u8>,
    /// Members that don't sign, by their place.
    pub(crate) absent: Vec<usize>,
}

impl Draft {
    /// By the validators that the client knows from its first header.
    pub(crate) fn at(height: u64, time: u64) -> Self {
        Self {
            chain_id: CHAIN_ID.to_owned(),
            height,
            time,
            members: FOUR.to_vec(),
            next_members: FOUR.to_vec(),
            trusted: (self::height(FIRST), FOUR.to_vec()),
            app_hash: vec![2; 32],
            absent: Vec::new(),
        }
    }

    pub(crate) fn first(chain_id: &str) -> Self {
        Self { chain_id: chain_id.to_owned(), ..Self::at(FIRST, FIRST_TIME) }
    }

    /// Signed by all members but those who are absent.
    pub(crate) fn sign(&self) -> raw::Header {
        let (validators, trusted) = (set(&self.members), set(&self.trusted.1));
        let header = self.header(&validators);
        let block_id =
            block::Id { hash: header.hash(), part_set_header: parts::Header::new(1, Hash::Sha256([3; 32])).unwrap() };
        let mut commit = Commit { height: header.height, round: 0u16.into(), block_id, signatures: vec![] };
        let vote = |(place, info)| match self.absent.contains(&place) {
            true => CommitSig::BlockIdFlagAbsent,
            false => vote(&header, &commit, info),
        };
        commit.signatures = validators.validators().iter().enumerate().map(vote).collect();
        raw::Header {
            signed_header: Some(SignedHeader::new(header, commit).unwrap().into()),
            validator_set: Some(validators.into()),
            trusted_height: Some(self.trusted.0.into()),
            trusted_validators: Some(trusted.into()),
        }
    }

    fn header(&self, validators: &ValidatorSet) -> Header {
        Header {
            version: Version { block: 11, app: 1 },
            chain_id: self.chain_id.parse().unwrap(),
            height: self.height.try_into().unwrap(),
            time: Time::from_unix_timestamp(self.time.cast_signed(), 0).unwrap(),
            last_block_id: None,
            last_commit_hash: None,
            data_hash: None,
            validators_hash: validators.hash(),
            next_validators_hash: set(&self.next_members).hash(),
            consensus_hash: Hash::Sha256([1; 32]),
            app_hash: self.app_hash.clone().try_into().unwrap(),
            last_results_hash: None,
            evidence_hash: None,
            proposer_address: validators.proposer().address,
        }
    }
}

/// Validators of seeds and powers, in CometBFT's order.
pub(crate) fn set(members: &[(u8, u64)]) -> ValidatorSet {
    let key = |seed| PublicKey::from_raw_ed25519(signing_key(seed).verification_key().as_bytes()).unwrap();
    let info = |(seed, power): &(u8, u64)| Info::new(key(*seed), (*power).try_into().unwrap());
    let mut infos: Vec<Info> = members.iter().map(info).collect();
    infos.sort_by_key(|info| (core::cmp::Reverse(info.power), info.address));
    ValidatorSet::new(infos, None).unwrap()
}

fn vote(header: &Header, commit: &Commit, validator: &Info) -> CommitSig {
    let is_key =
        |key: &SigningKey| PublicKey::from_raw_ed25519(key.verification_key().as_bytes()) == Some(validator.pub_key);
    let key = (0..=u8::MAX).map(signing_key).find(is_key).unwrap();
    let vote = CanonicalVote {
        vote_type: Type::Precommit,
        height: commit.height,
        round: commit.round,
        block_id: Some(commit.block_id),
        timestamp: Some(header.time),
        chain_id: header.chain_id.clone(),
    };
    let signature = key.sign(&Protobuf::<RawCanonicalVote>::encode_length_delimited_vec(vote));
    CommitSig::BlockIdFlagCommit {
        validator_address: validator.address,
        timestamp: header.time,
        signature: Signature::new(signature.to_bytes()).unwrap(),
    }
}

fn signing_key(seed: u8) -> SigningKey {
    SigningKey::from([seed; 32])
}
