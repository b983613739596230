use proto::Message;
use proto::ibc::core::channel::v1::{MsgAcknowledgement, MsgAcknowledgementResponse, ResponseResultType};

use super::super::testing::{World, code};
use super::*;

const RESULT: &[u8] = b"{\"result\":\"AQ==\"}";

fn deliver(world: &mut World, message: &MsgAcknowledgement) -> Result<ResponseResultType> {
    let response = MsgAcknowledgementResponse::decode(world.deliver(message)?.as_slice()).unwrap();
    Ok(response.result())
}

#[test]
fn an_acknowledged_packet_is_forgotten_and_then_a_no_op_without_events() {
    let mut world = World::open(Order::Unordered);
    let packet = world.send(b"x");
    let message = world.ack_message(&packet, RESULT);
    assert_eq!(deliver(&mut world, &message).unwrap(), ResponseResultType::Success);
    assert_eq!(world.kinds(), ["acknowledge_packet"]);
    assert!(!world.has("commitments/ports/probe/channels/channel-0/sequences/1"));
    assert_eq!(world.probe("lastack/channel-0").as_deref(), Some("{\"result\":\"AQ==\"}"));

    world.ctx.events.clear();
    assert_eq!(deliver(&mut world, &message).unwrap(), ResponseResultType::Noop);
    assert!(world.ctx.events.is_empty());
    assert_eq!(world.probe("acked/channel-0").as_deref(), Some("1"));
}

#[test]
fn acknowledgements_on_an_ordered_channel_come_in_sequence() {
    let mut world = World::open(Order::Ordered);
    let (first, second) = (world.send(b"1"), world.send(b"2"));
    let message = world.ack_message(&second, RESULT);
    let early = deliver(&mut world, &message).unwrap_err();
    assert_eq!(code(&early), ("channel", 21));
    assert_eq!(
        early.log,
        "acknowledge packet verification failed: packet sequence ≠ next ack sequence (2 ≠ 1): packet sequence is out of order"
    );
    for packet in [first, second] {
        let message = world.ack_message(&packet, RESULT);
        assert_eq!(deliver(&mut world, &message).unwrap(), ResponseResultType::Success);
    }
}

#[test]
fn an_acknowledgement_of_the_usual_form_must_be_written_as_ibc_go_writes_it() {
    let mut world = World::open(Order::Unordered);
    let packet = world.send(b"x");
    for unusual in ["{\"result\":\"AQ==\"} ", "{ \"result\":\"AQ==\"}", "{\"error\":\"<\"}"] {
        let message = world.ack_message(&packet, unusual.as_bytes());
        let refused = deliver(&mut world, &message).unwrap_err();
        assert_eq!(code(&refused), ("channel", 16), "{unusual}");
        assert!(refused.log.ends_with("acknowledgement marshalling error: invalid acknowledgement"));
    }
    let message = world.ack_message(&packet, b"\x01anything");
    assert_eq!(deliver(&mut world, &message).unwrap(), ResponseResultType::Success);
}

#[test]
fn an_acknowledgement_of_another_packet_is_refused() {
    let mut world = World::open(Order::Unordered);
    let packet = Packet { data: b"y".as_slice().into(), ..world.send(b"x") };
    let message = world.ack_message(&packet, RESULT);
    let refused = deliver(&mut world, &message).unwrap_err();
    assert_eq!(code(&refused), ("channel", 13));
    assert!(refused.log.contains("commitment bytes are not equal: got (["), "{}", refused.log);
    let elsewhere = Packet { destination_channel: "channel-2".parse().unwrap(), ..packet };
    let message = world.ack_message(&elsewhere, RESULT);
    let refused = deliver(&mut world, &message).unwrap_err();
    assert!(
        refused
            .log
            .contains("packet destination channel doesn't match the counterparty's channel (channel-2 ≠ channel-1)")
    );
}

#[test]
fn an_acknowledgement_without_a_proof_is_refused() {
    let mut world = World::open(Order::Unordered);
    let packet = world.send(b"x");
    let message = MsgAcknowledgement { proof_acked: b"wrong".to_vec(), ..world.ack_message(&packet, RESULT) };
    assert!(deliver(&mut world, &message).is_err());
    assert!(world.has("commitments/ports/probe/channels/channel-0/sequences/1"));
}

#[test]
fn a_refused_acknowledgement_leaves_the_packet_in_flight() {
    let mut world = World::open(Order::Unordered);
    let packet = world.send(br#"{"probe":"ack","refuse_ack":true}"#);
    let message = world.ack_message(&packet, RESULT);
    let refused = deliver(&mut world, &message).unwrap_err();
    assert_eq!(code(&refused), ("probe", 4));
    assert_eq!(refused.log, "acknowledge packet callback failed: acknowledgement: refused");
    assert!(world.has("commitments/ports/probe/channels/channel-0/sequences/1"));
}

#[test]
fn nothing_is_acknowledged_on_a_closed_channel() {
    let mut world = World::open(Order::Ordered);
    let packet = world.send(b"x");
    let message = world.ack_message(&packet, RESULT);
    world.set_state(ChannelState::Closed);
    assert_eq!(code(&deliver(&mut world, &message).unwrap_err()), ("channel", 5));
}
