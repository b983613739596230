//! One event of each kind as ibc-go v10 writes it, what v7 and v8 write otherwise, and what is wrong.

use super::*;
use crate::ChannelId;

type Pairs = Vec<(&'static str, &'static str)>;

/// The attributes that all packet events of v1 share, in ibc-go v10.
fn packet_attributes() -> Pairs {
    vec![
        ("packet_timeout_height", "1-900"),
        ("packet_timeout_timestamp", "1700000000000000000"),
        ("packet_sequence", "11"),
        ("packet_src_port", "transfer"),
        ("packet_src_channel", "channel-0"),
        ("packet_dst_port", "transfer"),
        ("packet_dst_channel", "channel-7"),
        ("packet_channel_ordering", "ORDER_UNORDERED"),
        ("packet_connection", "connection-0"),
        ("connection_id", "connection-0"),
        ("msg_index", "0"),
    ]
}

fn with(mut pairs: Pairs, more: &[(&'static str, &'static str)]) -> Pairs {
    pairs.extend(more);
    pairs
}

fn without(mut pairs: Pairs, key: &str) -> Pairs {
    pairs.retain(|(found, _)| *found != key);
    pairs
}

fn expected_packet(data: &[u8]) -> Packet {
    Packet {
        sequence: Sequence(11),
        source_port: "transfer".parse().unwrap(),
        source_channel: "channel-0".parse().unwrap(),
        destination_port: "transfer".parse().unwrap(),
        destination_channel: "channel-7".parse().unwrap(),
        data: data.into(),
        timeout_height: Height { revision_number: 1, revision_height: 900 },
        timeout_timestamp: Timestamp(1_700_000_000_000_000_000),
    }
}

fn channel(text: &str) -> ChannelId {
    text.parse().unwrap()
}

#[test]
fn a_packet_is_read_whole_where_it_is_sent_and_where_it_is_acknowledged() {
    let sent = decode("send_packet", with(packet_attributes(), &[("packet_data_hex", "00ff")]));
    assert_eq!(sent, Ok(Some(IbcEvent::SendPacket { packet: expected_packet(&[0, 0xff]) })));

    let pairs = with(packet_attributes(), &[("packet_data_hex", "00ff"), ("packet_ack_hex", "feed")]);
    let acknowledgement = Acknowledgement([0xfe, 0xed].into());
    let expected = IbcEvent::WriteAcknowledgement { packet: expected_packet(&[0, 0xff]), acknowledgement };
    assert_eq!(decode("write_acknowledgement", pairs), Ok(Some(expected)));
}

#[test]
fn the_other_packet_events_need_no_data() {
    let packet = || expected_packet(&[1]).id();
    assert_eq!(decode("recv_packet", packet_attributes()), Ok(Some(IbcEvent::RecvPacket { packet: packet() })));
    let acknowledged = decode("acknowledge_packet", packet_attributes());
    assert_eq!(acknowledged, Ok(Some(IbcEvent::AcknowledgePacket { packet: packet() })));
    let timed_out = decode("timeout_packet", without(packet_attributes(), "packet_connection"));
    assert_eq!(timed_out, Ok(Some(IbcEvent::TimeoutPacket { packet: packet() })));
}

#[test]
fn hex_is_preferred_to_text_and_text_is_taken_where_there_is_no_hex() {
    let both = with(packet_attributes(), &[("packet_data", "\u{fffd}"), ("packet_data_hex", "ff")]);
    assert_eq!(decode("send_packet", both), Ok(Some(IbcEvent::SendPacket { packet: expected_packet(&[0xff]) })));

    let pairs = with(packet_attributes(), &[("packet_data", "{}"), ("packet_ack", "ok")]);
    let acknowledgement = Acknowledgement((*b"ok").into());
    let expected = IbcEvent::WriteAcknowledgement { packet: expected_packet(b"{}"), acknowledgement };
    assert_eq!(decode("write_acknowledgement", pairs), Ok(Some(expected)));
}

#[test]
fn packet_events_of_v2_are_left_out() {
    let pairs = vec![
        ("packet_source_client", "07-tendermint-0"),
        ("packet_dest_client", "07-tendermint-7"),
        ("packet_sequence", "1"),
        ("packet_timeout_timestamp", "1700000000"),
        ("encoded_packet_hex", "0801"),
        ("encoded_acknowledgement_hex", "0a00"),
    ];
    let kinds = ["send_packet", "recv_packet", "write_acknowledgement", "acknowledge_packet", "timeout_packet"];
    for kind in kinds {
        assert_eq!(decode(kind, pairs.clone()), Ok(None), "{kind}");
    }
}

#[test]
fn client_events_are_read() {
    let pairs = vec![("client_id", "07-tendermint-0"), ("client_type", "07-tendermint"), ("consensus_height", "1-5")];
    let client = || "07-tendermint-0".parse().unwrap();
    let height = |revision_height| Height { revision_number: 1, revision_height };

    let created = IbcEvent::CreateClient { client: client(), consensus_height: height(5) };
    assert_eq!(decode("create_client", pairs.clone()), Ok(Some(created)));
    let single = IbcEvent::UpdateClient { client: client(), consensus_heights: vec![height(5)] };
    assert_eq!(decode("update_client", pairs.clone()), Ok(Some(single)));
    let several = IbcEvent::UpdateClient { client: client(), consensus_heights: vec![height(5), height(9)] };
    let listed = with(pairs.clone(), &[("consensus_heights", "1-5,1-9"), ("header", "0a")]);
    assert_eq!(decode("update_client", listed), Ok(Some(several)));
    let frozen = decode("client_misbehaviour", pairs);
    assert_eq!(frozen, Ok(Some(IbcEvent::ClientMisbehaviour { client: client() })));
}

#[test]
fn an_update_that_wrote_no_consensus_state_has_no_heights() {
    let pairs = vec![("client_id", "08-wasm-0"), ("consensus_height", ""), ("consensus_heights", "")];
    let expected = IbcEvent::UpdateClient { client: "08-wasm-0".parse().unwrap(), consensus_heights: Vec::new() };
    assert_eq!(decode("update_client", pairs), Ok(Some(expected)));
}

#[test]
fn a_connection_has_no_counterparty_in_its_first_step_only() {
    let init = vec![
        ("connection_id", "connection-1"),
        ("client_id", "07-tendermint-0"),
        ("counterparty_client_id", "07-tendermint-3"),
    ];
    let event = |step, counterparty_connection| IbcEvent::ConnectionOpen {
        step,
        connection: "connection-1".parse().unwrap(),
        client: "07-tendermint-0".parse().unwrap(),
        counterparty_connection,
    };
    assert_eq!(decode("connection_open_init", init.clone()), Ok(Some(event(OpenStep::Init, None))));
    let empty = with(init.clone(), &[("counterparty_connection_id", "")]);
    assert_eq!(decode("connection_open_init", empty), Ok(Some(event(OpenStep::Init, None))));

    let later = with(init, &[("counterparty_connection_id", "connection-2")]);
    let steps = [("try", OpenStep::Try), ("ack", OpenStep::Ack), ("confirm", OpenStep::Confirm)];
    for (name, step) in steps {
        let expected = event(step, Some("connection-2".parse().unwrap()));
        assert_eq!(decode(&format!("connection_open_{name}"), later.clone()), Ok(Some(expected)));
    }
}

#[test]
fn a_channel_has_no_counterparty_in_its_first_step_only() {
    let init = vec![
        ("port_id", "transfer"),
        ("channel_id", "channel-0"),
        ("counterparty_port_id", "other"),
        ("connection_id", "connection-0"),
        ("version", "ics20-1"),
    ];
    let event = |step, counterparty_channel| IbcEvent::ChannelOpen {
        step,
        port: "transfer".parse().unwrap(),
        channel: channel("channel-0"),
        counterparty_port: "other".parse().unwrap(),
        counterparty_channel,
        connection: "connection-0".parse().unwrap(),
    };
    assert_eq!(decode("channel_open_init", init.clone()), Ok(Some(event(OpenStep::Init, None))));

    let later = with(init, &[("counterparty_channel_id", "channel-7")]);
    for (name, step) in [("try", OpenStep::Try), ("ack", OpenStep::Ack), ("confirm", OpenStep::Confirm)] {
        let expected = event(step, Some(channel("channel-7")));
        assert_eq!(decode(&format!("channel_open_{name}"), later.clone()), Ok(Some(expected)));
    }
    for kind in ["channel_close_init", "channel_close_confirm", "channel_close"] {
        let closed = IbcEvent::ChannelClosed { port: "transfer".parse().unwrap(), channel: channel("channel-0") };
        assert_eq!(decode(kind, later.clone()), Ok(Some(closed)));
    }
}

#[test]
fn events_of_others_are_no_errors() {
    for kind in ["", "transfer", "message", "tx", "fungible_token_packet", "wasm-send_packet", "Send_packet"] {
        assert_eq!(decode(kind, [("packet_sequence", "x")]), Ok(None), "{kind}");
        assert!(!is_ibc_event(kind));
    }
    assert!(is_ibc_event("send_packet"));
}

#[test]
fn a_packet_event_without_one_of_its_attributes_is_an_error_that_names_it() {
    let whole = with(packet_attributes(), &[("packet_data_hex", "00"), ("packet_ack_hex", "00")]);
    let needed = [
        "packet_timeout_height",
        "packet_timeout_timestamp",
        "packet_sequence",
        "packet_src_port",
        "packet_src_channel",
        "packet_dst_port",
        "packet_dst_channel",
        "packet_data_hex",
        "packet_ack_hex",
    ];
    for attribute in needed {
        let refused = decode("write_acknowledgement", without(whole.clone(), attribute));
        assert_eq!(refused, Err(EventError::Missing { event: "write_acknowledgement", attribute }));
    }
}

#[test]
fn a_packet_that_no_chain_would_take_is_an_error() {
    let whole = with(packet_attributes(), &[("packet_data_hex", "00")]);
    assert!(decode("send_packet", whole.clone()).is_ok());
    let wrong = [
        ("packet_sequence", "0"),
        ("packet_sequence", "-1"),
        ("packet_sequence", "18446744073709551616"),
        ("packet_timeout_height", "900"),
        ("packet_timeout_height", "1-+900"),
        ("packet_timeout_timestamp", "soon"),
        ("packet_src_port", "a/b"),
        ("packet_dst_channel", ""),
        ("packet_data_hex", "0"),
        ("packet_data_hex", "zz"),
        ("packet_data_hex", ""),
    ];
    for (key, value) in wrong {
        let refused = decode("send_packet", with(without(whole.clone(), key), &[(key, value)]));
        assert!(matches!(&refused, Err(EventError::Malformed { attribute, .. }) if *attribute == key), "{refused:?}");
    }
    let eternal = without(without(whole, "packet_timeout_height"), "packet_timeout_timestamp");
    let eternal = with(eternal, &[("packet_timeout_height", "0-0"), ("packet_timeout_timestamp", "0")]);
    assert!(decode("send_packet", eternal).is_err());
}

#[test]
fn what_an_error_repeats_of_an_event_is_bounded() {
    let long = "x".repeat(1_000_000);
    let Err(refused) = decode("update_client", [("client_id", long.as_str()), ("consensus_heights", long.as_str())])
    else {
        panic!("the client's identifier is too long");
    };
    assert!(refused.to_string().len() < 300, "{refused}");
}
