//! The messages that are sent.

use std::time::Duration;

use lightship_types::connection::{Counterparty, Version};
use lightship_types::message::{self, Proof, Signer};
use lightship_types::transfer::SUCCESS_ACKNOWLEDGEMENT;
use lightship_types::{Acknowledgement, Height, MerklePrefix, Order, Packet, Sequence, Timestamp, wire};
use proto::google::protobuf::Any;
use proto::ibc::core::channel::v2 as channel_v2;
use proto::ibc::core::client::v2 as client_v2;
use proto::ibc::lightclients::tendermint::v1::Header;
use proto::{Message, Name};

use crate::stored::{client_state, consensus_state};
use crate::{GOLDEN, bytes, entries, octets, text};

const SENDER: &str = "cosmos1s2rjnh9gff8cvfaalfyhsceskfgfxqyy8wke9m";
const RECEIVER: &str = "cosmos1h7xt7ehz7utfkvzvjcyerhzhahj8clrmhd733v";
const HEIGHT: Height = Height { revision_number: 4, revision_height: 1234 };
const TIME: Timestamp = Timestamp(1_700_000_000_000_000_000);

fn golden(type_url: &str) -> Vec<u8> {
    let mut named = entries(&GOLDEN["messages"]).iter();
    bytes(&named.find(|entry| entry["type_url"] == type_url).unwrap()["protobuf"]).to_vec()
}

#[track_caller]
fn assert_golden(message: impl Into<Any>) {
    let any = message.into();
    assert_eq!(hex::encode(&any.value), hex::encode(golden(&any.type_url)), "{}", any.type_url);
}

fn signer() -> Signer {
    SENDER.into()
}

fn proof() -> Proof {
    Proof { bytes: octets(20, 4), height: HEIGHT }
}

fn packet() -> Packet {
    let data = format!(r#"{{"denom":"stake","amount":"3","sender":"{SENDER}","receiver":"{RECEIVER}","memo":"memo"}}"#);
    Packet {
        sequence: Sequence(11),
        source_port: "transfer".parse().unwrap(),
        source_channel: "channel-0".parse().unwrap(),
        destination_port: "transfer".parse().unwrap(),
        destination_channel: "channel-7".parse().unwrap(),
        data: data.into_bytes().into(),
        timeout_height: Height { revision_number: 1, revision_height: 900 },
        timeout_timestamp: TIME,
    }
}

#[test]
fn packet_messages_are_those_of_ibc_go() {
    let next_sequence_recv = Sequence(12);
    assert_golden(message::MsgRecvPacket { packet: packet(), proof: proof(), signer: signer() });
    assert_golden(message::MsgAcknowledgement {
        packet: packet(),
        acknowledgement: Acknowledgement(SUCCESS_ACKNOWLEDGEMENT.into()),
        proof: proof(),
        signer: signer(),
    });
    assert_golden(message::MsgTimeout { packet: packet(), proof: proof(), next_sequence_recv, signer: signer() });
    assert_golden(message::MsgTimeoutOnClose {
        packet: packet(),
        proof: proof(),
        proof_close: octets(24, 5),
        next_sequence_recv,
        counterparty_upgrade_sequence: 0,
        signer: signer(),
    });
}

#[test]
fn client_messages_are_those_of_ibc_go() {
    assert_golden(message::MsgCreateClient {
        client_state: client_state(),
        consensus_state: consensus_state(),
        signer: signer(),
    });
    assert_golden(message::MsgUpdateClient {
        client: "07-tendermint-0".parse().unwrap(),
        client_message: wire::pack(&Header { trusted_height: Some(HEIGHT.into()), ..Header::default() }),
        signer: signer(),
    });
}

#[test]
fn connection_messages_are_those_of_ibc_go() {
    assert_golden(message::MsgConnectionOpenInit {
        client: "07-tendermint-0".parse().unwrap(),
        counterparty_client: "07-tendermint-3".parse().unwrap(),
        counterparty_prefix: MerklePrefix::default(),
        version: Some(Version::default()),
        delay_period: Duration::ZERO,
        signer: signer(),
    });
    assert_golden(message::MsgConnectionOpenTry {
        client: "07-tendermint-0".parse().unwrap(),
        counterparty: Counterparty {
            client: "07-tendermint-3".parse().unwrap(),
            connection: Some("connection-2".parse().unwrap()),
            prefix: MerklePrefix::default(),
        },
        counterparty_versions: vec![Version::default()],
        delay_period: Duration::ZERO,
        proof: proof(),
        self_client: None,
        signer: signer(),
    });
    assert_golden(message::MsgConnectionOpenAck {
        connection: "connection-1".parse().unwrap(),
        counterparty_connection: "connection-2".parse().unwrap(),
        version: Version::default(),
        proof: proof(),
        self_client: None,
        signer: signer(),
    });
    assert_golden(message::MsgConnectionOpenConfirm {
        connection: "connection-1".parse().unwrap(),
        proof: proof(),
        signer: signer(),
    });
}

#[test]
fn messages_that_open_a_channel_are_those_of_ibc_go() {
    assert_golden(message::MsgChannelOpenInit {
        port: "transfer".parse().unwrap(),
        ordering: Order::Unordered,
        connection: "connection-0".parse().unwrap(),
        counterparty_port: "transfer".parse().unwrap(),
        version: "ics20-1".to_owned(),
        signer: signer(),
    });
    assert_golden(message::MsgChannelOpenTry {
        port: "probe".parse().unwrap(),
        ordering: Order::Ordered,
        connection: "connection-0".parse().unwrap(),
        counterparty_port: "probe".parse().unwrap(),
        counterparty_channel: "channel-5".parse().unwrap(),
        counterparty_version: "probe-1".to_owned(),
        proof: proof(),
        signer: signer(),
    });
    assert_golden(message::MsgChannelOpenAck {
        port: "transfer".parse().unwrap(),
        channel: "channel-0".parse().unwrap(),
        counterparty_channel: "channel-7".parse().unwrap(),
        counterparty_version: "ics20-1".to_owned(),
        proof: proof(),
        signer: signer(),
    });
    assert_golden(message::MsgChannelOpenConfirm {
        port: "transfer".parse().unwrap(),
        channel: "channel-0".parse().unwrap(),
        proof: proof(),
        signer: signer(),
    });
}

#[test]
fn messages_that_close_a_channel_are_those_of_ibc_go() {
    assert_golden(message::MsgChannelCloseInit {
        port: "probe".parse().unwrap(),
        channel: "channel-0".parse().unwrap(),
        signer: signer(),
    });
    assert_golden(message::MsgChannelCloseConfirm {
        port: "probe".parse().unwrap(),
        channel: "channel-0".parse().unwrap(),
        proof: proof(),
        counterparty_upgrade_sequence: 0,
        signer: signer(),
    });
}

#[test]
fn a_transfer_is_that_of_ibc_go() {
    assert_golden(message::MsgTransfer {
        source_port: "transfer".parse().unwrap(),
        source_channel: "channel-0".parse().unwrap(),
        denom: "stake".to_owned(),
        amount: 3,
        sender: signer(),
        receiver: RECEIVER.to_owned(),
        timeout_height: HEIGHT,
        timeout_timestamp: TIME,
        memo: "memo".to_owned(),
    });
}

/// Unknown fields are dropped in decoding, so that equal bytes mean that our proto files know every field by its number.
#[test]
fn our_messages_of_v2_know_every_field_of_ibc_go() {
    fn again<M: Message + Name + Default>() -> String {
        let type_url = M::type_url();
        let bytes = golden(&type_url);
        assert!(!bytes.is_empty());
        assert_eq!(hex::encode(M::decode(&*bytes).unwrap().encode_to_vec()), hex::encode(&bytes), "{type_url}");
        type_url
    }
    let seen = [
        again::<client_v2::MsgRegisterCounterparty>(),
        again::<channel_v2::MsgSendPacket>(),
        again::<channel_v2::MsgRecvPacket>(),
        again::<channel_v2::MsgAcknowledgement>(),
        again::<channel_v2::MsgTimeout>(),
    ];
    let of_v2 =
        entries(&GOLDEN["messages"]).iter().map(|entry| text(&entry["type_url"])).filter(|url| url.contains(".v2."));
    assert_eq!(of_v2.collect::<Vec<_>>(), seen);
}
