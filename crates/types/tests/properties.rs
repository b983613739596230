//! Whatever comes in: decoders never panic, and what was encoded decodes to the same.
#![expect(clippy::unwrap_used, reason = "a test reports by panicking")]

use std::time::Duration;

use lightship_types::channel::{self, ChannelEnd, ChannelState};
use lightship_types::client::TrustThreshold;
use lightship_types::connection::{self, ConnectionEnd, ConnectionState, Version};
use lightship_types::event::{IbcEvent, SignerFact, decode, decode_signers};
use lightship_types::message::MsgUpdateClient;
use lightship_types::packet_v2::{self, Payload};
use lightship_types::transaction::client_updates;
use lightship_types::transfer::FungibleTokenPacketData;
use lightship_types::{
    AccountSequence, Acknowledgement, ChainId, ChannelId, ClientId, ClientState, ConnectionId, ConsensusState, Height,
    MerklePrefix, Order, Packet, PortId, Sequence, Timestamp, UnixSeconds, wire,
};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proto::cosmos::authz::v1beta1::MsgExec;
use proto::cosmos::tx::v1beta1::{TxBody, TxRaw};
use proto::google::protobuf::Any;
use proto::ibc::core::channel::{v1 as channel_v1, v2 as channel_v2};
use proto::ibc::core::connection::v1 as connection_v1;
use proto::ibc::lightclients::tendermint::v1 as tendermint_v1;
use proto::{Message, Name};

fn client_id() -> impl Strategy<Value = ClientId> {
    "[a-zA-Z0-9._+#<>-]{9,64}".prop_map(|text| text.parse().unwrap())
}

fn connection_id() -> impl Strategy<Value = ConnectionId> {
    "[a-zA-Z0-9._+#<>-]{10,64}".prop_map(|text| text.parse().unwrap())
}

fn channel_id() -> impl Strategy<Value = ChannelId> {
    "[a-zA-Z0-9._+#<>-]{8,64}".prop_map(|text| text.parse().unwrap())
}

fn port_id() -> impl Strategy<Value = PortId> {
    "[a-zA-Z0-9._+#<>-]{2,128}".prop_map(|text| text.parse().unwrap())
}

fn height() -> impl Strategy<Value = Height> {
    (any::<u64>(), any::<u64>())
        .prop_map(|(revision_number, revision_height)| Height { revision_number, revision_height })
}

prop_compose! {
    fn packet()(
        sequence in 1..=u64::MAX,
        source_port in port_id(),
        source_channel in channel_id(),
        destination_port in port_id(),
        destination_channel in channel_id(),
        data in vec(any::<u8>(), 1..100),
        timeout_height in height(),
        timeout_timestamp in 1..=u64::MAX,
    ) -> Packet {
        Packet {
            sequence: Sequence(sequence),
            source_port,
            source_channel,
            destination_port,
            destination_channel,
            data: data.into(),
            timeout_height,
            timeout_timestamp: Timestamp(timeout_timestamp),
        }
    }
}

prop_compose! {
    fn payload()(
        source_port in port_id(),
        destination_port in port_id(),
        version in "[a-z0-9]{1,10}",
        encoding in "[a-z/]{1,10}",
        value in vec(any::<u8>(), 1..100),
    ) -> Payload {
        Payload { source_port, destination_port, version, encoding, value: value.into() }
    }
}

prop_compose! {
    fn packet_of_v2()(
        sequence in 1..=u64::MAX,
        source_client in client_id(),
        destination_client in client_id(),
        timeout_timestamp in 1..=u64::MAX,
        payloads in vec(payload(), 1..4),
    ) -> packet_v2::Packet {
        let (sequence, timeout_timestamp) = (Sequence(sequence), UnixSeconds(timeout_timestamp));
        packet_v2::Packet { sequence, source_client, destination_client, timeout_timestamp, payloads }
    }
}

prop_compose! {
    fn channel_end()(
        state in prop::sample::select(vec![
            ChannelState::Init,
            ChannelState::TryOpen,
            ChannelState::Open,
            ChannelState::Closed,
            ChannelState::Flushing,
            ChannelState::FlushComplete,
        ]),
        ordering in prop::sample::select(vec![Order::Unordered, Order::Ordered]),
        port in port_id(),
        channel in option::of(channel_id()),
        connection_hops in vec(connection_id(), 0..3),
        version in any::<String>(),
        upgrade_sequence in any::<u64>(),
    ) -> ChannelEnd {
        let counterparty = channel::Counterparty { port, channel };
        ChannelEnd { state, ordering, counterparty, connection_hops, version, upgrade_sequence }
    }
}

prop_compose! {
    fn connection_end()(
        state in prop::sample::select(vec![ConnectionState::Init, ConnectionState::TryOpen, ConnectionState::Open]),
        client in client_id(),
        versions in vec((any::<String>(), vec(any::<String>(), 0..3)), 0..3),
        counterparty_client in client_id(),
        connection in option::of(connection_id()),
        prefix in vec(any::<u8>(), 0..10),
        delay in any::<u64>(),
    ) -> ConnectionEnd {
        let version = |(identifier, features)| Version { identifier, features };
        let prefix = MerklePrefix(prefix);
        ConnectionEnd {
            client,
            versions: versions.into_iter().map(version).collect(),
            state,
            counterparty: connection::Counterparty { client: counterparty_client, connection, prefix },
            delay_period: Duration::from_nanos(delay),
        }
    }
}

fn duration() -> impl Strategy<Value = Duration> {
    (0..=i64::MAX.cast_unsigned(), 0..1_000_000_000_u32).prop_map(|(seconds, nanos)| Duration::new(seconds, nanos))
}

prop_compose! {
    fn client_state()(
        chain_id in "[a-z]{1,20}(-[1-9][0-9]{0,5})?",
        (trusting_period, unbonding_period, max_clock_drift) in (duration(), duration(), duration()),
        frozen_height in option::of(height().prop_filter("zero means none", |height| !height.is_zero())),
        latest_height in height(),
        upgrade_path in vec(any::<String>(), 0..3),
        allow_update_after_expiry in any::<bool>(),
        allow_update_after_misbehaviour in any::<bool>(),
    ) -> ClientState {
        ClientState {
            chain_id: chain_id.parse().unwrap(),
            trust_level: TrustThreshold::new(2, 3).unwrap(),
            trusting_period,
            unbonding_period,
            max_clock_drift,
            frozen_height,
            latest_height,
            proof_specs: lightship_types::client::sdk_proof_specs(),
            upgrade_path,
            allow_update_after_expiry,
            allow_update_after_misbehaviour,
        }
    }
}

/// Through bytes and back.
fn through_wire<T, M>(value: T) -> T
where
    M: Message + Name + Default + From<T>,
    T: TryFrom<M, Error = wire::WireError>,
{
    wire::decode::<M>(&M::from(value).encode_to_vec()).unwrap().try_into().unwrap()
}

/// Decodes bytes as a message and the message as a value: both may fail, neither may panic. A message that comes
/// through keeps coming through.
fn survives<M, T>(bytes: &[u8])
where
    M: Message + Name + Default + From<T>,
    T: TryFrom<M, Error = wire::WireError> + Clone + PartialEq + std::fmt::Debug,
{
    if let Ok(value) = wire::decode::<M>(bytes).and_then(T::try_from) {
        assert_eq!(through_wire::<T, M>(value.clone()), value);
    }
}

const KINDS: [&str; 21] = [
    "send_packet",
    "recv_packet",
    "write_acknowledgement",
    "acknowledge_packet",
    "timeout_packet",
    "create_client",
    "update_client",
    "client_misbehaviour",
    "connection_open_init",
    "connection_open_try",
    "connection_open_ack",
    "connection_open_confirm",
    "channel_open_init",
    "channel_open_try",
    "channel_open_ack",
    "channel_open_confirm",
    "channel_close_init",
    "channel_close_confirm",
    "channel_close",
    "tx",
    "message",
];

const KEYS: [&str; 24] = [
    "packet_data",
    "packet_data_hex",
    "packet_ack",
    "packet_ack_hex",
    "packet_timeout_height",
    "packet_timeout_timestamp",
    "packet_sequence",
    "packet_src_port",
    "packet_src_channel",
    "packet_dst_port",
    "packet_dst_channel",
    "packet_source_client",
    "client_id",
    "consensus_height",
    "consensus_heights",
    "connection_id",
    "counterparty_connection_id",
    "port_id",
    "channel_id",
    "counterparty_port_id",
    "counterparty_channel_id",
    "acc_seq",
    "signature",
    "msg_index",
];

/// Any text, and often something that looks right.
fn attribute_value() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[0-9]{1,21}",
        "[0-9]{1,21}-[0-9]{1,21}(,[0-9]{1,3}-[0-9]{1,3}){0,3}",
        "[0-9a-fA-F]{0,20}",
        "[a-z]{2,10}-[0-9]{1,3}",
        "[a-z0-9]{1,10}/[0-9]{1,21}",
    ]
}

proptest! {
    #[test]
    fn packets_come_through_the_wire(packet in packet()) {
        prop_assert_eq!(through_wire::<_, channel_v1::Packet>(packet.clone()), packet);
    }

    #[test]
    fn packets_come_through_json(packet in packet()) {
        let text = serde_json::to_string(&packet).unwrap();
        prop_assert_eq!(serde_json::from_str::<Packet>(&text).unwrap(), packet);
    }

    #[test]
    fn packets_of_v2_come_through_the_wire(packet in packet_of_v2()) {
        prop_assert_eq!(through_wire::<_, channel_v2::Packet>(packet.clone()), packet);
    }

    #[test]
    fn channel_ends_come_through_the_wire(end in channel_end()) {
        prop_assert_eq!(through_wire::<_, channel_v1::Channel>(end.clone()), end);
    }

    #[test]
    fn connection_ends_come_through_the_wire(end in connection_end()) {
        prop_assert_eq!(through_wire::<_, connection_v1::ConnectionEnd>(end.clone()), end);
    }

    #[test]
    fn client_states_come_through_an_any(state in client_state()) {
        prop_assert_eq!(ClientState::try_from(Any::from(state.clone())), Ok(state));
    }

    #[test]
    fn consensus_states_come_through_an_any(time: u64, root: Vec<u8>, next_validators_hash: Vec<u8>) {
        let state = ConsensusState { timestamp: Timestamp(time), root, next_validators_hash };
        prop_assert_eq!(ConsensusState::try_from(Any::from(state.clone())), Ok(state));
    }

    #[test]
    fn heights_come_through_text(height in height()) {
        prop_assert_eq!(height.to_string().parse(), Ok(height));
    }

    #[test]
    fn packets_come_through_events(packet in packet(), acknowledgement in vec(any::<u8>(), 1..50)) {
        let pairs = [
            ("packet_data_hex", hex::encode(&packet.data)),
            ("packet_timeout_height", packet.timeout_height.to_string()),
            ("packet_timeout_timestamp", packet.timeout_timestamp.0.to_string()),
            ("packet_sequence", packet.sequence.to_string()),
            ("packet_src_port", packet.source_port.to_string()),
            ("packet_src_channel", packet.source_channel.to_string()),
            ("packet_dst_port", packet.destination_port.to_string()),
            ("packet_dst_channel", packet.destination_channel.to_string()),
            ("packet_ack_hex", hex::encode(&acknowledgement)),
        ];
        let pairs = || pairs.iter().map(|(key, value)| (*key, value.as_str()));
        let received = IbcEvent::RecvPacket { packet: packet.id() };
        prop_assert_eq!(decode("recv_packet", pairs()), Ok(Some(received)));
        let acknowledgement = Acknowledgement(acknowledgement.into());
        let expected = IbcEvent::WriteAcknowledgement { packet, acknowledgement };
        prop_assert_eq!(decode("write_acknowledgement", pairs()), Ok(Some(expected)));
    }

    #[test]
    fn account_sequences_come_through_events(address in "[a-z0-9]{1,60}", sequence: u64) {
        let value = format!("{address}/{sequence}");
        let expected = SignerFact::Sequence { address, sequence: AccountSequence(sequence) };
        prop_assert_eq!(decode_signers("tx", [("acc_seq", value.as_str())]), Ok(vec![expected]));
    }

    #[test]
    fn no_event_makes_the_decoders_panic(
        kind in prop::sample::select(KINDS.as_slice()),
        pairs in vec((prop::sample::select(KEYS.as_slice()), attribute_value()), 0..20),
    ) {
        let pairs = || pairs.iter().map(|(key, value)| (*key, value.as_str()));
        if let Err(error) = decode(kind, pairs()) {
            prop_assert!(error.to_string().len() < 1_200, "what is repeated of an event is bounded");
        }
        if kind != "tx" {
            prop_assert_eq!(decode_signers(kind, pairs()), Ok(Vec::new()));
        } else if let Err(error) = decode_signers(kind, pairs()) {
            prop_assert!(error.to_string().len() < 1_200, "what is repeated of an event is bounded");
        }
    }

    #[test]
    fn no_bytes_make_the_decoders_panic(bytes in vec(any::<u8>(), 0..200)) {
        survives::<channel_v1::Packet, Packet>(&bytes);
        survives::<channel_v2::Packet, packet_v2::Packet>(&bytes);
        survives::<channel_v2::Acknowledgement, packet_v2::Acknowledgement>(&bytes);
        survives::<channel_v1::Channel, ChannelEnd>(&bytes);
        survives::<connection_v1::ConnectionEnd, ConnectionEnd>(&bytes);
        survives::<tendermint_v1::ClientState, ClientState>(&bytes);
        survives::<tendermint_v1::ConsensusState, ConsensusState>(&bytes);
        if let Ok(data) = FungibleTokenPacketData::parse(&bytes) {
            prop_assert!(data.denom.len() <= bytes.len());
        }
        prop_assert!(client_updates(&bytes).len() <= bytes.len());
    }

    /// Updates within updates, cut off and changed anywhere: what is found is what stands there.
    #[test]
    fn no_changed_transaction_makes_its_reader_panic(
        depth in 0..12usize,
        signer in "[a-z0-9]{1,40}",
        place: prop::sample::Index,
        byte: u8,
        length: prop::sample::Index,
    ) {
        let client_message = Any { type_url: "/ibc.lightclients.tendermint.v1.Header".to_owned(), value: vec![7; 30] };
        let client = "07-tendermint-1".parse().unwrap();
        let update: Any = MsgUpdateClient { client, client_message, signer: signer.as_str().into() }.into();
        let exec = |inner: Any| wire::pack(&MsgExec { grantee: "grantee".to_owned(), msgs: vec![inner] });
        let messages = vec![(0..depth).fold(update, |inner, _| exec(inner))];
        let body_bytes = TxBody { messages, ..TxBody::default() }.encode_to_vec();
        let bytes = TxRaw { body_bytes, ..TxRaw::default() }.encode_to_vec();
        let found = client_updates(&bytes);
        prop_assert_eq!(found.len(), usize::from(depth < 10));
        prop_assert!(found.iter().all(|update| update.signer == signer));
        let mut changed = bytes.clone();
        changed[place.index(bytes.len())] = byte;
        prop_assert!(client_updates(&changed).len() <= 1);
        prop_assert!(client_updates(&bytes[..length.index(bytes.len())]).len() <= 1);
    }

    /// Random bytes seldom get past the first field: here one byte of a good message is another.
    #[test]
    fn no_changed_message_makes_the_decoders_panic(
        packet in packet_of_v2(),
        end in connection_end(),
        state in client_state(),
        place: prop::sample::Index,
        byte: u8,
    ) {
        let changed = |mut bytes: Vec<u8>| {
            let place = place.index(bytes.len());
            bytes[place] = byte;
            bytes
        };
        survives::<channel_v2::Packet, packet_v2::Packet>(&changed(channel_v2::Packet::from(packet).encode_to_vec()));
        survives::<connection_v1::ConnectionEnd, ConnectionEnd>(
            &changed(connection_v1::ConnectionEnd::from(end).encode_to_vec()),
        );
        survives::<tendermint_v1::ClientState, ClientState>(
            &changed(tendermint_v1::ClientState::from(state).encode_to_vec()),
        );
    }

    #[test]
    fn no_text_makes_a_chain_id_panic(text: String) {
        if let Ok(chain) = text.parse::<ChainId>() {
            prop_assert!(chain.revision_number() == 0 || text.ends_with(&chain.revision_number().to_string()));
        }
    }
}
