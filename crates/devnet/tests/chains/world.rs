//! Two chains, their clock, and a hand that signs.

mod handshake;
pub(crate) mod packet;

use std::time::Duration;

use bytes::Bytes;
use light_client::Header;
use lightship_devnet::account::{Account, TxOptions};
use lightship_devnet::app::bank::Coin;
use lightship_devnet::app::{AbciQuery, TxResult};
use lightship_devnet::chain::Chain;
use lightship_devnet::clock::Clock;
use lightship_devnet::network::ChainSetup;
use proto::Message;
use proto::google::protobuf::Any;
use proto::ibc::core::commitment::v1::MerkleProof;
use proto::ibc::lightclients::tendermint::v1::{ClientState as RawClientState, Header as RawHeader};
use types::client::TrustThreshold;
use types::event::{IbcEvent, decode};
use types::message::{MsgCreateClient, MsgUpdateClient, Proof, Signer};
use types::{ChannelId, ClientId, ClientState, CommitmentKey, ConnectionId, ConsensusState, Height, Timestamp, host};

pub(crate) const START: Timestamp = Timestamp(1_800_000_000_000_000_000);
pub(crate) const BLOCK_TIME: Duration = Duration::from_secs(1);
pub(crate) const TRUSTING_PERIOD: Duration = Duration::from_secs(24 * 60 * 60);
pub(crate) const CLOCK_DRIFT: Duration = Duration::from_secs(10);
pub(crate) const FUNDS: u128 = ChainSetup::FUNDS;
const GAS_LIMIT: u64 = 20_000_000;
const GAS_PER_FEE_UNIT: u64 = 1_000;

/// Which of the two chains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    A,
    B,
}

impl Side {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// One of the chains, and what was made on it.
pub(crate) struct End {
    pub(crate) chain: Chain,
    client: Option<ClientId>,
    created: Option<Height>,
    connection: Option<ConnectionId>,
    channel: Option<ChannelId>,
}

pub(crate) struct World {
    ends: [End; 2],
    pub(crate) now: Timestamp,
    pub(crate) relayer: Account,
    pub(crate) user: Account,
}

impl World {
    /// Two chains of four validators, three blocks old.
    pub(crate) fn new() -> Self {
        Self::with_powers(vec![10; 4])
    }

    pub(crate) fn with_powers(powers: Vec<u64>) -> Self {
        let [relayer, user] = ["relayer", "user"].map(|name| Account::from_seed(name, 7));
        let ends = ["chain-a", "chain-b"].map(|id| {
            let accounts = vec![relayer.clone(), user.clone()];
            let mut setup = ChainSetup::new(id.parse().unwrap(), Clock::manual(START), accounts);
            setup.options.powers.clone_from(&powers);
            let chain = Chain::new(setup.genesis, setup.options);
            End { chain, client: None, created: None, connection: None, channel: None }
        });
        let mut world = Self { ends, now: START, relayer, user };
        for _ in 0..3 {
            world.tick();
        }
        world
    }

    /// With a client on each chain.
    pub(crate) fn with_clients() -> Self {
        let mut world = Self::new();
        world.create_clients();
        world
    }

    pub(crate) fn end(&self, side: Side) -> &End {
        &self.ends[side as usize]
    }

    pub(crate) fn end_mut(&mut self, side: Side) -> &mut End {
        &mut self.ends[side as usize]
    }

    pub(crate) fn chain(&self, side: Side) -> &Chain {
        &self.end(side).chain
    }

    pub(crate) fn chain_mut(&mut self, side: Side) -> &mut Chain {
        &mut self.end_mut(side).chain
    }

    pub(crate) fn client(&self, side: Side) -> ClientId {
        self.end(side).client.clone().unwrap()
    }

    /// The height that the client on `side` began with.
    pub(crate) fn created(&self, side: Side) -> Height {
        self.end(side).created.unwrap()
    }

    pub(crate) fn connection(&self, side: Side) -> ConnectionId {
        self.end(side).connection.clone().unwrap()
    }

    pub(crate) fn channel(&self, side: Side) -> ChannelId {
        self.end(side).channel.clone().unwrap()
    }

    pub(crate) fn signer(&self) -> Signer {
        Signer::from(self.relayer.address().to_text("cosmos"))
    }

    /// One block on each chain.
    pub(crate) fn tick(&mut self) {
        self.wait(BLOCK_TIME);
    }

    /// Time passes, then there is one block on each chain.
    pub(crate) fn wait(&mut self, time: Duration) {
        self.now = Timestamp(self.now.0 + u64::try_from(time.as_nanos()).unwrap());
        for end in &mut self.ends {
            end.chain.make_block(self.now);
        }
    }

    /// Signs, offers and includes a transaction: what CheckTx says if it refuses, else what delivery says.
    pub(crate) fn run(&mut self, side: Side, account: &Account, messages: Vec<Any>) -> TxResult {
        self.run_with(side, account, messages, |_| ())
    }

    pub(crate) fn run_with(
        &mut self,
        side: Side,
        account: &Account,
        messages: Vec<Any>,
        adjust: impl FnOnce(&mut TxOptions),
    ) -> TxResult {
        let mut options = self.options(side, account);
        adjust(&mut options);
        let tx = account.sign(messages, &options);
        self.include(side, tx)
    }

    /// What an account signs its next transaction with.
    pub(crate) fn options(&self, side: Side, account: &Account) -> TxOptions {
        let fee = vec![Coin::new("stake", u128::from(GAS_LIMIT / GAS_PER_FEE_UNIT))];
        TxOptions { gas_limit: GAS_LIMIT, fee, ..TxOptions::next(self.chain(side), account).unwrap() }
    }

    pub(crate) fn include(&mut self, side: Side, tx: Vec<u8>) -> TxResult {
        let checked = self.chain_mut(side).offer(Bytes::from(tx)).unwrap();
        if checked.code != 0 {
            return checked;
        }
        self.tick();
        let chain = self.chain(side);
        chain.block(chain.height()).unwrap().results.last().unwrap().clone()
    }

    /// As [`World::run`] by the relayer, which must succeed; gives the IBC events.
    pub(crate) fn relay(&mut self, side: Side, messages: Vec<Any>) -> Vec<IbcEvent> {
        let relayer = self.relayer.clone();
        let result = self.run(side, &relayer, messages);
        assert_eq!((result.code, result.log.as_str()), (0, ""), "{}", result.codespace);
        ibc_events(&result)
    }

    pub(crate) fn balance(&self, side: Side, account: &Account, denom: &str) -> u128 {
        use proto::cosmos::bank::v1beta1::{QueryBalanceRequest, QueryBalanceResponse};
        let request = QueryBalanceRequest { address: account.address().to_text("cosmos"), denom: denom.to_owned() };
        let answer: QueryBalanceResponse = self.ask(side, "/cosmos.bank.v1beta1.Query/Balance", &request);
        answer.balance.map_or(0, |coin| coin.amount.parse().unwrap())
    }

    pub(crate) fn client_status(&self, side: Side) -> String {
        use proto::ibc::core::client::v1::{QueryClientStatusRequest, QueryClientStatusResponse};
        let request = QueryClientStatusRequest { client_id: self.client(side).to_string() };
        let answer: QueryClientStatusResponse = self.ask(side, "/ibc.core.client.v1.Query/ClientStatus", &request);
        answer.status
    }

    pub(crate) fn ask<R: Message + Default>(&self, side: Side, path: &str, request: &impl Message) -> R {
        let query = AbciQuery { path: path.to_owned(), data: request.encode_to_vec(), height: 0, prove: false };
        let answer = self.chain(side).query(&query);
        assert_eq!((answer.code, answer.log.as_str()), (0, ""), "{path}");
        R::decode(answer.value.unwrap_or_default().as_slice()).unwrap()
    }

    fn create_clients(&mut self) {
        for side in [Side::A, Side::B] {
            let message = self.create_client(side);
            let events = self.relay(side, vec![message]);
            let created = events.into_iter().find_map(|event| match event {
                IbcEvent::CreateClient { client, consensus_height } => Some((client, consensus_height)),
                _ => None,
            });
            let (client, height) = created.unwrap();
            self.end_mut(side).client = Some(client);
            self.end_mut(side).created = Some(height);
        }
    }

    fn create_client(&self, side: Side) -> Any {
        let tracked = self.chain(side.other());
        let block = tracked.block(tracked.height()).unwrap();
        let revision_number = tracked.id().revision_number();
        MsgCreateClient {
            client_state: ClientState {
                chain_id: tracked.id().clone(),
                trust_level: TrustThreshold::ONE_THIRD,
                trusting_period: TRUSTING_PERIOD,
                unbonding_period: TRUSTING_PERIOD * 2,
                max_clock_drift: CLOCK_DRIFT,
                frozen_height: None,
                latest_height: Height { revision_number, revision_height: tracked.height() },
                proof_specs: types::client::sdk_proof_specs(),
                upgrade_path: types::client::sdk_upgrade_path(),
                allow_update_after_expiry: false,
                allow_update_after_misbehaviour: false,
            },
            consensus_state: ConsensusState {
                timestamp: Timestamp(u64::try_from(block.header.time.unix_timestamp_nanos()).unwrap()),
                root: block.header.app_hash.as_bytes().to_vec(),
                next_validators_hash: block.header.next_validators_hash.as_bytes().to_vec(),
            },
            signer: self.signer(),
        }
        .into()
    }

    /// The newest height that the client on `side` knows.
    pub(crate) fn client_height(&self, side: Side) -> Height {
        let key = host::client_state_key(&self.client(side));
        let query = AbciQuery { path: "/store/ibc/key".to_owned(), data: key.into_bytes(), height: 0, prove: false };
        let answer = self.chain(side).query(&query);
        let any = Any::decode(answer.value.unwrap_or_default().as_slice()).unwrap();
        let raw = RawClientState::decode(any.value.as_slice()).unwrap();
        ClientState::try_from(raw).unwrap().latest_height
    }

    /// The header that brings the client on `side` to a block of `chain`, from the newest that it knows.
    pub(crate) fn header_of(&self, side: Side, chain: &Chain, height: u64) -> Header {
        let trusted = self.client_height(side);
        self.header_from(chain, height, trusted)
    }

    pub(crate) fn header_from(&self, chain: &Chain, height: u64, trusted: Height) -> Header {
        let validators = chain.light_block(trusted.revision_height).unwrap().next_validators.unwrap();
        Header::new(chain.light_block(height).unwrap(), trusted, validators)
    }

    /// The header that brings the client on `side` to the head of the other chain.
    pub(crate) fn header(&self, side: Side) -> Header {
        let tracked = self.chain(side.other());
        self.header_of(side, tracked, tracked.height())
    }

    pub(crate) fn update_with(&self, side: Side, header: Header) -> Any {
        self.update_by(side, packed(Header::TYPE_URL, &RawHeader::from(header)))
    }

    pub(crate) fn update_by(&self, side: Side, client_message: Any) -> Any {
        MsgUpdateClient { client: self.client(side), client_message, signer: self.signer() }.into()
    }

    pub(crate) fn update(&self, side: Side) -> Any {
        self.update_with(side, self.header(side))
    }

    /// A proof of a key of the state before the head of `side`, by the head's header.
    pub(crate) fn proof(&self, side: Side, key: &CommitmentKey) -> Proof {
        let chain = self.chain(side);
        let height = chain.height() - 1;
        let query = AbciQuery { path: "/store/ibc/key".to_owned(), data: key.as_bytes().to_vec(), height, prove: true };
        let answer = chain.query(&query);
        assert_eq!((answer.code, answer.log.as_str(), answer.height), (0, "", height));
        let proofs = answer.proof.unwrap().to_vec();
        let revision_number = chain.id().revision_number();
        Proof {
            bytes: MerkleProof { proofs }.encode_to_vec(),
            height: Height { revision_number, revision_height: height + 1 },
        }
    }
}

/// The IBC events of a transaction.
pub(crate) fn ibc_events(result: &TxResult) -> Vec<IbcEvent> {
    let read = |event: &lightship_devnet::app::event::Event| {
        let attributes = event.attributes.iter().map(|attribute| (attribute.key.as_str(), attribute.value.as_str()));
        decode(&event.kind, attributes).unwrap()
    };
    result.events.iter().filter_map(read).collect()
}

pub(crate) fn packed(type_url: &str, message: &impl Message) -> Any {
    Any { type_url: type_url.to_owned(), value: message.encode_to_vec() }
}
