use proto::Message;
use proto::ibc::core::channel::v1::Counterparty;

use super::super::testing::{account, bare_context, code};
use super::*;
use crate::app::error::AppError;

fn signed() -> String {
    account("relayer").to_text("cosmos")
}

fn open_packet() -> Packet {
    Packet {
        sequence: 1,
        source_port: "probe".to_owned(),
        source_channel: "channel-0".to_owned(),
        destination_port: "probe".to_owned(),
        destination_channel: "channel-1".to_owned(),
        data: vec![1],
        timeout_height: None,
        timeout_timestamp: 1,
    }
}

fn proposed(state: State) -> Channel {
    Channel {
        state: state.into(),
        ordering: Order::Ordered.into(),
        counterparty: Some(Counterparty { port_id: "probe".to_owned(), channel_id: String::new() }),
        connection_hops: vec!["connection-0".to_owned()],
        version: String::new(),
        upgrade_sequence: 0,
    }
}

fn refused(malformed: Packet) -> AppError {
    packet(&malformed).unwrap_err()
}

#[test]
fn a_packet_is_looked_at_field_by_field() {
    assert!(packet(&open_packet()).is_ok());
    let log = |packet: Packet| refused(packet).log;
    assert_eq!(
        log(Packet { source_port: "a".to_owned(), ..open_packet() }),
        "invalid source port ID: identifier a has invalid length: 1, must be between 2-128 characters: invalid identifier"
    );
    assert!(
        log(Packet { destination_port: String::new(), ..open_packet() }).starts_with("invalid destination port ID")
    );
    assert!(log(Packet { source_channel: "x".to_owned(), ..open_packet() }).starts_with("invalid source channel ID"));
    assert!(
        log(Packet { destination_channel: "a/b".to_owned(), ..open_packet() })
            .starts_with("invalid destination channel")
    );
    assert_eq!(log(Packet { sequence: 0, ..open_packet() }), "packet sequence cannot be 0: invalid packet");
    assert_eq!(log(Packet { data: Vec::new(), ..open_packet() }), "packet data bytes cannot be empty: invalid packet");
    let large = Packet { data: vec![0; DATA_MAX + 1], ..open_packet() };
    assert_eq!(log(large), "packet data bytes cannot exceed 262144 bytes: invalid packet");
    assert!(packet(&Packet { data: vec![0; DATA_MAX], ..open_packet() }).is_ok());
    assert_eq!(code(&refused(Packet { timeout_timestamp: 0, ..open_packet() })), ("channel", 13));
}

#[test]
fn a_message_without_its_proof_is_refused() {
    let ctx = bare_context();
    let message = MsgRecvPacket { packet: Some(open_packet()), signer: signed(), ..MsgRecvPacket::default() };
    let error = recv_packet(&ctx, &message.encode_to_vec()).unwrap_err();
    assert_eq!(code(&error), ("commitment", 2));
    assert_eq!(error.log, "cannot submit an empty commitment proof: invalid proof");
    let proven = MsgRecvPacket { proof_commitment: vec![1], ..message };
    assert!(recv_packet(&ctx, &proven.encode_to_vec()).is_ok());
}

#[test]
fn an_acknowledgement_holds_bytes() {
    let message = MsgAcknowledgement { proof_acked: vec![1], signer: signed(), ..MsgAcknowledgement::default() };
    let error = acknowledgement(&bare_context(), &message.encode_to_vec()).unwrap_err();
    assert_eq!(error.log, "ack bytes cannot be empty: invalid acknowledgement");
}

#[test]
fn the_next_sequence_of_a_timeout_is_never_zero() {
    let ctx = bare_context();
    let message = MsgTimeout { proof_unreceived: vec![1], signer: signed(), ..MsgTimeout::default() };
    let error = timeout(&ctx, &message.encode_to_vec()).unwrap_err();
    assert_eq!(code(&error), ("ibc", 1));
    let message = MsgTimeoutOnClose { signer: signed(), ..MsgTimeoutOnClose::default() };
    assert_eq!(code(&timeout_on_close(&ctx, &message.encode_to_vec()).unwrap_err()), ("ibc", 1));
}

#[test]
fn a_timeout_on_close_needs_both_proofs() {
    let message = MsgTimeoutOnClose {
        packet: Some(open_packet()),
        proof_unreceived: vec![1],
        next_sequence_recv: 1,
        signer: signed(),
        ..MsgTimeoutOnClose::default()
    };
    let error = timeout_on_close(&bare_context(), &message.encode_to_vec()).unwrap_err();
    assert_eq!(error.log, "cannot submit an empty proof of closed counterparty channel end: invalid proof");
}

#[test]
fn a_signer_that_is_no_address_is_refused() {
    let message =
        MsgChannelCloseInit { port_id: "probe".to_owned(), channel_id: "channel-0".to_owned(), signer: String::new() };
    let error = close_init(&bare_context(), &message.encode_to_vec()).unwrap_err();
    assert_eq!(code(&error), ("ibc", 5));
    assert_eq!(
        error.log,
        "string could not be parsed as address: empty address string is not allowed: invalid address"
    );
}

#[test]
fn a_channel_that_is_opened_is_looked_at_field_by_field() {
    let ctx = bare_context();
    let log = |channel: Channel| {
        let message = MsgChannelOpenInit { port_id: "probe".to_owned(), channel: Some(channel), signer: signed() };
        open_init(&ctx, &message.encode_to_vec()).map_err(|error| error.log)
    };
    assert_eq!(log(proposed(State::Init)), Ok(()));
    assert_eq!(
        log(proposed(State::Open)).unwrap_err(),
        "channel state must be INIT in MsgChannelOpenInit. expected: STATE_INIT, got: STATE_OPEN: invalid channel state"
    );
    let known = Some(Counterparty { port_id: "probe".to_owned(), channel_id: "channel-0".to_owned() });
    assert_eq!(
        log(Channel { counterparty: known, ..proposed(State::Init) }).unwrap_err(),
        "counterparty channel identifier must be empty: invalid counterparty channel"
    );
    assert_eq!(
        log(Channel { ordering: 0, ..proposed(State::Init) }).unwrap_err(),
        "ORDER_NONE_UNSPECIFIED: invalid channel ordering"
    );
    assert_eq!(
        log(Channel { connection_hops: Vec::new(), ..proposed(State::Init) }).unwrap_err(),
        "current IBC version only supports one connection hop: too many connection hops"
    );
    assert!(
        log(Channel { connection_hops: vec!["c".to_owned()], ..proposed(State::Init) })
            .unwrap_err()
            .starts_with("invalid connection hop ID: ")
    );
    assert!(
        log(Channel { counterparty: None, ..proposed(State::Init) })
            .unwrap_err()
            .starts_with("invalid counterparty port ID: ")
    );
}

#[test]
fn crossing_hellos_are_refused() {
    let ctx = bare_context();
    let mut message = MsgChannelOpenTry {
        port_id: "probe".to_owned(),
        channel: Some(proposed(State::Tryopen)),
        proof_init: vec![1],
        signer: signed(),
        ..MsgChannelOpenTry::default()
    };
    let error = open_try(&ctx, &message.encode_to_vec()).unwrap_err();
    assert_eq!(error.log, "invalid counterparty channel ID: identifier cannot be blank: invalid identifier");
    #[expect(deprecated, reason = "it is only written to be refused")]
    {
        message.previous_channel_id = "channel-0".to_owned();
    }
    assert_eq!(code(&open_try(&ctx, &message.encode_to_vec()).unwrap_err()), ("channel", 18));
}

#[test]
fn channels_of_this_chain_are_named_by_numbers() {
    let ctx = bare_context();
    let message =
        MsgChannelOpenAck { port_id: "probe".to_owned(), channel_id: "thechannel".to_owned(), ..Default::default() };
    let error = open_ack(&ctx, &message.encode_to_vec()).unwrap_err();
    assert_eq!(error.log, "invalid channel identifier");
    let message =
        MsgChannelOpenConfirm { port_id: "probe".to_owned(), channel_id: "channel-0".to_owned(), ..Default::default() };
    let error = open_confirm(&ctx, &message.encode_to_vec()).unwrap_err();
    assert_eq!(error.log, "cannot submit an empty acknowledgement proof: invalid proof");
    let message = MsgChannelCloseConfirm {
        port_id: "probe".to_owned(),
        channel_id: "channel-0".to_owned(),
        ..Default::default()
    };
    let error = close_confirm(&ctx, &message.encode_to_vec()).unwrap_err();
    assert_eq!(error.log, "cannot submit an empty init proof: invalid proof");
}
