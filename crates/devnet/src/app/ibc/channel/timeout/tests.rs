use proto::Message;
use proto::ibc::core::channel::v1::{
    MsgTimeout, MsgTimeoutOnClose, MsgTimeoutOnCloseResponse, MsgTimeoutResponse, ResponseResultType,
};

use super::super::testing::{World, code};
use super::*;

fn deliver(world: &mut World, message: &MsgTimeout) -> Result<ResponseResultType> {
    Ok(MsgTimeoutResponse::decode(world.deliver(message)?.as_slice()).unwrap().result())
}

#[test]
fn a_timed_out_packet_is_forgotten_and_then_a_no_op_without_events() {
    let mut world = World::open(Order::Unordered);
    let packet = world.send(b"x");
    let message = world.timeout_message(&packet, None, 100);
    assert_eq!(deliver(&mut world, &message).unwrap(), ResponseResultType::Success);
    assert_eq!(world.kinds(), ["timeout_packet"]);
    let keys: Vec<_> = world.ctx.events[0].attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    assert_eq!(keys[keys.len() - 2..], ["connection_id", "packet_channel_ordering"]);
    assert_eq!(world.probe("timeout/channel-0").as_deref(), Some("1"));
    assert_eq!(world.end().state, ChannelState::Open);

    world.ctx.events.clear();
    assert_eq!(deliver(&mut world, &message).unwrap(), ResponseResultType::Noop);
    assert!(world.ctx.events.is_empty());
}

#[test]
fn a_timeout_is_judged_by_the_height_and_the_time_of_the_proof() {
    let mut world = World::open(Order::Unordered);
    let packet = world.send(b"x");
    let message = world.timeout_message(&packet, None, 99);
    let early = deliver(&mut world, &message).unwrap_err();
    assert_eq!(code(&early), ("channel", 39));
    assert_eq!(
        early.log,
        "timeout packet verification failed: packet timeout not reached: current height: 1-99, timeout height 1-100: timeout not reached"
    );
    let port = "probe";
    let time = Timestamp(12_000);
    let sequence =
        super::super::send_packet(&mut world.ctx, port, "channel-0", Height::ZERO, time, b"y".to_vec()).unwrap();
    let timed = Packet {
        sequence,
        data: b"y".as_slice().into(),
        timeout_height: Height::ZERO,
        timeout_timestamp: time,
        ..packet
    };
    let message = world.timeout_message(&timed, None, 119);
    assert!(
        deliver(&mut world, &message).unwrap_err().log.contains("current timestamp: 11900, timeout timestamp 12000")
    );
    let message = world.timeout_message(&timed, None, 130);
    assert_eq!(deliver(&mut world, &message).unwrap(), ResponseResultType::Success);
}

#[test]
fn a_timeout_closes_an_ordered_channel() {
    let mut world = World::open(Order::Ordered);
    let packet = world.send(b"x");
    let message = world.timeout_message(&packet, Some(1), 100);
    assert_eq!(deliver(&mut world, &message).unwrap(), ResponseResultType::Success);
    assert_eq!(world.kinds(), ["channel_close", "timeout_packet"]);
    assert_eq!(world.end().state, ChannelState::Closed);
    let keys: Vec<_> = world.ctx.events[0].attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "port_id",
            "channel_id",
            "counterparty_port_id",
            "counterparty_channel_id",
            "connection_id",
            "packet_channel_ordering"
        ]
    );
}

#[test]
fn packets_of_a_closed_channel_still_time_out() {
    let mut world = World::open(Order::Ordered);
    let (first, second) = (world.send(b"1"), world.send(b"2"));
    for packet in [first, second] {
        let message = world.timeout_message(&packet, Some(1), 100 + 50 * packet.sequence.0);
        assert_eq!(deliver(&mut world, &message).unwrap(), ResponseResultType::Success);
    }
}

#[test]
fn a_packet_that_was_received_in_order_does_not_time_out() {
    let mut world = World::open(Order::Ordered);
    let packet = world.send(b"x");
    let message = world.timeout_message(&packet, Some(2), 100);
    let refused = deliver(&mut world, &message).unwrap_err();
    assert_eq!(code(&refused), ("channel", 19));
    assert!(refused.log.contains("packet already received, next sequence receive > packet sequence (2 > 1)"));
}

#[test]
fn a_timeout_without_a_proof_of_absence_is_refused() {
    for (order, next) in [(Order::Unordered, None), (Order::Ordered, Some(1))] {
        let mut world = World::open(order);
        let packet = world.send(b"x");
        let message = MsgTimeout { proof_unreceived: b"wrong".to_vec(), ..world.timeout_message(&packet, next, 100) };
        assert!(deliver(&mut world, &message).is_err());
        assert!(world.has("commitments/ports/probe/channels/channel-0/sequences/1"));
    }
}

#[test]
fn a_timeout_of_another_packet_is_refused() {
    let mut world = World::open(Order::Unordered);
    let packet = Packet { data: b"y".as_slice().into(), ..world.send(b"x") };
    let message = world.timeout_message(&packet, None, 100);
    let refused = deliver(&mut world, &message).unwrap_err();
    assert_eq!(code(&refused), ("channel", 13));
    assert!(refused.log.contains("packet commitment bytes are not equal: got (["));
}

#[test]
fn a_refused_timeout_leaves_the_packet_in_flight() {
    let mut world = World::open(Order::Unordered);
    let packet = world.send(br#"{"probe":"ack","refuse_timeout":true}"#);
    let message = world.timeout_message(&packet, None, 100);
    assert_eq!(deliver(&mut world, &message).unwrap_err().log, "timeout packet callback failed: timeout: refused");
    assert!(world.has("commitments/ports/probe/channels/channel-0/sequences/1"));
}

fn on_close_message(
    world: &mut World,
    packet: &Packet,
    order: Order,
    next: Option<u64>,
    state: ChannelState,
) -> MsgTimeoutOnClose {
    world.remote_end(state, order, "probe-1", Some("channel-0"));
    let height = world.proof_height().revision_height;
    // The last height has both: the end and what was received.
    let unreceived = world.timeout_message(packet, next, height + 20);
    let proof_close = world.prove(&types::host::channel_end_key(&packet.destination_port, &packet.destination_channel));
    MsgTimeoutOnClose {
        packet: unreceived.packet,
        proof_unreceived: unreceived.proof_unreceived,
        proof_close,
        proof_height: unreceived.proof_height,
        next_sequence_recv: unreceived.next_sequence_recv,
        signer: unreceived.signer,
        counterparty_upgrade_sequence: 0,
    }
}

#[test]
fn a_packet_to_a_closed_end_times_out_before_its_time() {
    for (order, next) in [(Order::Unordered, None), (Order::Ordered, Some(1))] {
        let mut world = World::open(order);
        let packet = world.send(b"x");
        let message = on_close_message(&mut world, &packet, order, next, ChannelState::Closed);
        assert!(world.proof_height() < packet.timeout_height);
        let deliver = |world: &mut World| {
            MsgTimeoutOnCloseResponse::decode(world.deliver(&message).unwrap().as_slice()).unwrap().result()
        };
        assert_eq!(deliver(&mut world), ResponseResultType::Success);
        assert_eq!(world.probe("timeout/channel-0").as_deref(), Some("1"));
        assert_eq!(deliver(&mut world), ResponseResultType::Noop);
    }
}

#[test]
fn an_end_that_is_not_proven_closed_times_nothing_out() {
    let mut world = World::open(Order::Unordered);
    let packet = world.send(b"x");
    let mut message = on_close_message(&mut world, &packet, Order::Unordered, None, ChannelState::Closed);
    message.proof_close = b"wrong".to_vec();
    assert!(world.deliver(&message).unwrap_err().log.starts_with("timeout on close packet verification failed: "));
    assert!(world.has("commitments/ports/probe/channels/channel-0/sequences/1"));
}

#[test]
fn a_received_packet_does_not_time_out_on_close() {
    let mut world = World::open(Order::Ordered);
    let packet = world.send(b"x");
    let message = on_close_message(&mut world, &packet, Order::Ordered, Some(2), ChannelState::Closed);
    let refused = world.deliver(&message).unwrap_err();
    assert_eq!(code(&refused), ("channel", 13));
    assert!(refused.log.contains("next sequence receive > packet sequence (2 > 1: invalid packet"));
}
