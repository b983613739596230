//! A chain with one channel to another, for the tests of this module and of its applications: real state under real
//! keys, and proofs by a store that stands for the counterparty.

use std::sync::Arc;
use std::time::Duration;

use proto::Message;
use proto::google::protobuf::Any;
use proto::ibc::core::channel::v1::{Channel as RawChannel, MsgAcknowledgement, MsgRecvPacket, MsgTimeout};
use proto::ibc::core::commitment::v1::MerkleProof;
use proto::ibc::core::connection::v1::ConnectionEnd as RawConnectionEnd;
use types::channel::Counterparty;
use types::client::{Status, TrustThreshold, sdk_proof_specs, sdk_upgrade_path};
use types::connection::{Counterparty as RemoteConnection, Version};
use types::{
    ChannelEnd, ChannelId, ChannelState, ClientState, CommitmentKey, ConnectionEnd, ConnectionState, ConsensusState,
    Height, MerklePrefix, Order, Packet, PortId, Sequence, Timestamp, commitment, host,
};

use super::MESSAGES;
use super::STORE;
use crate::app::address::Address;
use crate::app::bank::{self, Coin};
use crate::app::context::{BlockInfo, Ctx, Mode, store};
use crate::app::error::{AppError, Result};
use crate::app::gas::GasMeter;
use crate::app::ibc::{client, connection};
use crate::app::kind::MessageKind;
use crate::state::MultiStore;

const CLIENT: &str = "07-tendermint-0";
const DAY: Duration = Duration::from_secs(86_400);

/// A context without any channels, of chain `alpha-1` at height 20 and time 100,000.
pub(crate) fn bare_context() -> Ctx {
    let mut ctx = Ctx {
        state: MultiStore::new(&store::ALL),
        block: BlockInfo {
            chain_id: "alpha-1".parse().unwrap(),
            height: 20,
            time: Timestamp(100_000),
            proposer: [0; 20],
            next_validators_hash: [0; 32],
        },
        prefix: Arc::from("cosmos"),
        mode: Mode::Deliver,
        gas: GasMeter::unlimited(),
        events: Vec::new(),
    };
    client::init_genesis(&mut ctx).unwrap();
    connection::init_genesis(&mut ctx).unwrap();
    ctx
}

/// An account by a name.
pub(crate) fn account(name: &str) -> Address {
    Address::of_module(&format!("account {name}"))
}

/// Codespace and code.
pub(crate) fn code(error: &AppError) -> (&'static str, u32) {
    (error.codespace, error.code)
}

/// Two ends of a channel: this chain's `channel-0`, and `channel-1` on the counterparty.
pub(crate) struct World {
    pub(crate) ctx: Ctx,
    port: PortId,
    counterparty: MultiStore,
    client: ClientState,
}

impl World {
    /// An open channel of the test application.
    pub(crate) fn open(order: Order) -> Self {
        Self::open_on("probe", order, "probe-1")
    }

    /// An open channel.
    pub(crate) fn open_on(port: &str, order: Order, version: &str) -> Self {
        let mut world = Self::connected(port);
        let (port, channel) = (world.port.clone(), channel("channel-0"));
        let end = world.channel_end(ChannelState::Open, order, version, "channel-1");
        super::state::set_channel_end(&mut world.ctx, &port, &channel, &end).unwrap();
        super::state::set_next_channel_sequence(&mut world.ctx, 1).unwrap();
        for key in [
            host::next_sequence_send_key(&port, &channel),
            host::next_sequence_recv_key(&port, &channel),
            host::next_sequence_ack_key(&port, &channel),
        ] {
            world.ctx.set(STORE, key.as_bytes(), 1_u64.to_be_bytes()).unwrap();
        }
        world
    }

    /// An open connection, no channel.
    pub(crate) fn connected(port: &str) -> Self {
        let client = ClientState {
            chain_id: "beta-1".parse().unwrap(),
            trust_level: TrustThreshold::new(1, 3).unwrap(),
            trusting_period: 14 * DAY,
            unbonding_period: 21 * DAY,
            max_clock_drift: DAY,
            frozen_height: None,
            latest_height: Height::ZERO,
            proof_specs: sdk_proof_specs(),
            upgrade_path: sdk_upgrade_path(),
            allow_update_after_expiry: false,
            allow_update_after_misbehaviour: false,
        };
        let counterparty = MultiStore::new(&store::ALL);
        let mut world = Self { ctx: bare_context(), port: port.parse().unwrap(), counterparty, client };
        world.set_connection(ConnectionState::Open);
        world.client_knows(10, 1_000);
        world
    }

    pub(crate) fn set_connection(&mut self, state: ConnectionState) {
        let end = ConnectionEnd {
            client: CLIENT.parse().unwrap(),
            versions: vec![Version::default()],
            state,
            counterparty: RemoteConnection {
                client: "07-tendermint-9".parse().unwrap(),
                connection: Some("connection-9".parse().unwrap()),
                prefix: MerklePrefix::default(),
            },
            delay_period: Duration::ZERO,
        };
        let key = host::connection_key(&"connection-0".parse().unwrap());
        self.ctx.set(STORE, key.as_bytes(), RawConnectionEnd::from(end).encode_to_vec()).unwrap();
    }

    /// The client learns of a block of the counterparty, with what the counterparty has written by now.
    pub(crate) fn client_knows(&mut self, height: u64, time: u64) {
        assert!(height > self.client.latest_height.revision_height, "the counterparty goes on only");
        let root = self.counterparty.save(height - 1).to_vec();
        let consensus = ConsensusState { timestamp: Timestamp(time), root, next_validators_hash: vec![0; 32] };
        self.client.latest_height = Height { revision_number: 1, revision_height: height };
        let key = host::consensus_state_key(&CLIENT.parse().unwrap(), self.client.latest_height);
        self.ctx.set(STORE, key.as_bytes(), Any::from(consensus).encode_to_vec()).unwrap();
        self.write_client();
    }

    pub(crate) fn client_is(&mut self, status: Status) {
        match status {
            Status::Frozen => self.client.frozen_height = Some(Height { revision_number: 0, revision_height: 1 }),
            Status::Expired => self.ctx.block.time = Timestamp::from_seconds(15 * 86_400),
            Status::Active | Status::Unauthorized | Status::Unknown => panic!("not made here: {status}"),
        }
        self.write_client();
    }

    fn write_client(&mut self) {
        let key = host::client_state_key(&CLIENT.parse().unwrap());
        self.ctx.set(STORE, key.as_bytes(), Any::from(self.client.clone()).encode_to_vec()).unwrap();
    }

    /// The newest height that the client knows.
    pub(crate) fn proof_height(&self) -> Height {
        self.client.latest_height
    }

    /// Writes to the counterparty, and tells the client of it, 10 heights and 1,000 nanoseconds on.
    pub(crate) fn remote_writes(&mut self, key: &CommitmentKey, value: Option<&[u8]>) {
        match value {
            Some(value) => self.counterparty.set(STORE, key.as_bytes(), value.into()),
            None => assert!(self.counterparty.remove(STORE, key.as_bytes())),
        }
        let height = self.client.latest_height.revision_height + 10;
        self.client_knows(height, height * 100);
    }

    /// A proof of what the counterparty holds under a key, or that it holds nothing there.
    pub(crate) fn prove(&self, key: &CommitmentKey) -> Vec<u8> {
        let proofs = self.counterparty.prove(STORE, key.as_bytes()).unwrap();
        MerkleProof { proofs: proofs.to_vec() }.encode_to_vec()
    }

    /// The other end of the channel, as it is proven.
    pub(crate) fn remote_end(
        &mut self,
        state: ChannelState,
        order: Order,
        version: &str,
        known: Option<&str>,
    ) -> Vec<u8> {
        let end = ChannelEnd {
            state,
            ordering: order,
            counterparty: Counterparty { port: self.port.clone(), channel: known.map(channel) },
            connection_hops: vec!["connection-9".parse().unwrap()],
            version: version.to_owned(),
            upgrade_sequence: 0,
        };
        let key = host::channel_end_key(&self.port, &channel("channel-1"));
        self.remote_writes(&key, Some(&RawChannel::from(end).encode_to_vec()));
        self.prove(&key)
    }

    /// An end of this chain, over its connection.
    pub(crate) fn channel_end(&self, state: ChannelState, order: Order, version: &str, remote: &str) -> ChannelEnd {
        ChannelEnd {
            state,
            ordering: order,
            counterparty: Counterparty {
                port: self.port.clone(),
                channel: (!remote.is_empty()).then(|| channel(remote)),
            },
            connection_hops: vec!["connection-0".parse().unwrap()],
            version: version.to_owned(),
            upgrade_sequence: 0,
        }
    }

    /// This chain's end, as it is now.
    pub(crate) fn end(&mut self) -> ChannelEnd {
        super::channel_end(&mut self.ctx, self.port.as_str(), "channel-0").unwrap().unwrap()
    }

    pub(crate) fn set_state(&mut self, state: ChannelState) {
        let end = ChannelEnd { state, ..self.end() };
        super::state::set_channel_end(&mut self.ctx, &self.port.clone(), &channel("channel-0"), &end).unwrap();
    }

    /// Is there a value in the store of core IBC?
    pub(crate) fn has(&self, key: &str) -> bool {
        self.ctx.state.get(STORE, key.as_bytes()).is_some()
    }

    /// A text in the test application's store.
    pub(crate) fn probe(&self, key: &str) -> Option<String> {
        let value = self.ctx.state.get(store::PROBE, key.as_bytes())?;
        Some(String::from_utf8_lossy(&value).into_owned())
    }

    /// A packet from the counterparty, that times out here at height 1-100.
    pub(crate) fn incoming(&self, sequence: u64, data: &[u8]) -> Packet {
        Packet {
            sequence: Sequence(sequence),
            source_port: self.port.clone(),
            source_channel: channel("channel-1"),
            destination_port: self.port.clone(),
            destination_channel: channel("channel-0"),
            data: data.into(),
            timeout_height: Height { revision_number: 1, revision_height: 100 },
            timeout_timestamp: Timestamp::ZERO,
        }
    }

    /// Sends a packet that times out on the counterparty at height 1-100.
    pub(crate) fn send(&mut self, data: &[u8]) -> Packet {
        let height = Height { revision_number: 1, revision_height: 100 };
        let port = self.port.clone();
        let sequence =
            super::send_packet(&mut self.ctx, port.as_str(), "channel-0", height, Timestamp::ZERO, data.to_vec())
                .unwrap();
        self.ctx.events.clear();
        Packet {
            sequence,
            source_port: port.clone(),
            source_channel: channel("channel-0"),
            destination_port: port,
            destination_channel: channel("channel-1"),
            data: data.into(),
            timeout_height: height,
            timeout_timestamp: Timestamp::ZERO,
        }
    }

    /// The message that brings a packet which the counterparty has sent.
    pub(crate) fn recv_message(&mut self, packet: &Packet) -> MsgRecvPacket {
        let key = host::commitment_key(&packet.source_port, &packet.source_channel, packet.sequence);
        self.remote_writes(&key, Some(&commitment::packet_commitment(packet)));
        MsgRecvPacket {
            packet: Some(packet.clone().into()),
            proof_commitment: self.prove(&key),
            proof_height: Some(self.proof_height().into()),
            signer: self.relayer(),
        }
    }

    /// The message that brings what the counterparty has answered.
    pub(crate) fn ack_message(&mut self, packet: &Packet, acknowledgement: &[u8]) -> MsgAcknowledgement {
        let key = host::acknowledgement_key(&packet.destination_port, &packet.destination_channel, packet.sequence);
        let hash = commitment::acknowledgement_commitment(&types::Acknowledgement(acknowledgement.into()));
        self.remote_writes(&key, Some(&hash));
        MsgAcknowledgement {
            packet: Some(packet.clone().into()),
            acknowledgement: acknowledgement.to_vec(),
            proof_acked: self.prove(&key),
            proof_height: Some(self.proof_height().into()),
            signer: self.relayer(),
        }
    }

    /// The message that shows that a packet was not received at a height of the counterparty, by the absence of its
    /// receipt, or by the next sequence on an ordered channel.
    pub(crate) fn timeout_message(&mut self, packet: &Packet, next: Option<u64>, height: u64) -> MsgTimeout {
        let (port, channel) = (&packet.destination_port, &packet.destination_channel);
        let counted = host::next_sequence_recv_key(port, channel);
        self.remote_writes(&counted, Some(&next.unwrap_or(1).to_be_bytes()));
        self.client_knows(height, height * 100);
        let key = if next.is_some() { counted } else { host::receipt_key(port, channel, packet.sequence) };
        MsgTimeout {
            packet: Some(packet.clone().into()),
            proof_unreceived: self.prove(&key),
            proof_height: Some(self.proof_height().into()),
            next_sequence_recv: next.unwrap_or(1),
            signer: self.relayer(),
        }
    }

    /// The text of an address that signs.
    pub(crate) fn relayer(&self) -> String {
        self.ctx.text_of(&account("relayer"))
    }

    /// Runs a message as a block does, and gives its response; what fails leaves nothing.
    pub(crate) fn deliver<M: Message + proto::Name>(&mut self, message: &M) -> Result<Vec<u8>> {
        deliver(&mut self.ctx, MESSAGES, message)
    }

    /// Gives an account tokens.
    pub(crate) fn fund(&mut self, owner: &Address, denom: &str, amount: u128) {
        let coins = [Coin { denom: denom.to_owned(), amount }];
        bank::mint(&mut self.ctx, "transfer", &coins).unwrap();
        bank::send(&mut self.ctx, &Address::of_module("transfer"), owner, &coins).unwrap();
        self.ctx.events.clear();
    }

    /// The events but those of the bank, and but those that only name a module.
    pub(crate) fn kinds(&self) -> Vec<&str> {
        const OTHERS: [&str; 7] = ["message", "transfer", "coin_spent", "coin_received", "coinbase", "burn", "mint"];
        let kinds = self.ctx.events.iter().map(|event| event.kind.as_str());
        kinds.filter(|kind| !OTHERS.contains(&kind.trim_start_matches("ibccallbackerror-"))).collect()
    }
}

/// Runs a message of a module as a block does.
pub(crate) fn deliver<M: Message + proto::Name>(ctx: &mut Ctx, kinds: &[MessageKind], message: &M) -> Result<Vec<u8>> {
    let kind = kinds.iter().find(|kind| kind.url == M::type_url()).unwrap();
    let bytes = message.encode_to_vec();
    (kind.signer)(&bytes)?;
    (kind.validate)(ctx, &bytes)?;
    ctx.attempt(|ctx| (kind.handle)(ctx, &bytes)).map(|response| response.value)
}

pub(crate) fn channel(id: &str) -> ChannelId {
    id.parse().unwrap()
}
