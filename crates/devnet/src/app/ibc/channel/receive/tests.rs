use proto::Message;
use proto::ibc::core::channel::v1::{MsgRecvPacket, MsgRecvPacketResponse, ResponseResultType};
use types::{ConnectionState, Timestamp};

use super::super::testing::{World, code};
use super::*;

fn deliver(world: &mut World, message: &MsgRecvPacket) -> Result<ResponseResultType> {
    let response = MsgRecvPacketResponse::decode(world.deliver(message)?.as_slice()).unwrap();
    Ok(response.result())
}

#[test]
fn a_packet_is_received_once_and_then_a_no_op_without_events() {
    let mut world = World::open(Order::Unordered);
    let message = world.recv_message(&world.incoming(1, b"x"));
    assert_eq!(deliver(&mut world, &message).unwrap(), ResponseResultType::Success);
    assert_eq!(world.kinds(), ["recv_packet", "write_acknowledgement"]);
    assert!(world.has("receipts/ports/probe/channels/channel-0/sequences/1"));
    assert!(world.has("acks/ports/probe/channels/channel-0/sequences/1"));
    assert_eq!(world.probe("recv/channel-0").as_deref(), Some("1"));

    world.ctx.events.clear();
    assert_eq!(deliver(&mut world, &message).unwrap(), ResponseResultType::Noop);
    assert!(world.ctx.events.is_empty());
    assert_eq!(world.probe("recv/channel-0").as_deref(), Some("1"));
}

#[test]
fn an_acknowledgement_is_announced_with_its_bytes() {
    let mut world = World::open(Order::Unordered);
    let message = world.recv_message(&world.incoming(1, b"x"));
    deliver(&mut world, &message).unwrap();
    let event = world.ctx.events.iter().find(|event| event.kind == "write_acknowledgement").unwrap();
    let keys: Vec<_> = event.attributes.iter().map(|attribute| attribute.key.as_str()).collect();
    assert_eq!(
        keys,
        [
            "packet_data_hex",
            "packet_timeout_height",
            "packet_timeout_timestamp",
            "packet_sequence",
            "packet_src_port",
            "packet_src_channel",
            "packet_dst_port",
            "packet_dst_channel",
            "packet_ack_hex",
            "packet_channel_ordering",
            "packet_connection",
            "connection_id",
        ]
    );
    assert_eq!(event.value("packet_ack_hex"), Some(hex::encode("{\"result\":\"AQ==\"}").as_str()));
}

#[test]
fn a_packet_without_a_proof_of_its_commitment_is_refused() {
    let mut world = World::open(Order::Unordered);
    let mut message = world.recv_message(&world.incoming(1, b"x"));
    message.proof_commitment = b"wrong".to_vec();
    let refused = deliver(&mut world, &message).unwrap_err();
    assert!(
        refused.log.starts_with("receive packet verification failed: couldn't verify counterparty packet commitment: ")
    );
    assert!(!world.has("receipts/ports/probe/channels/channel-0/sequences/1"));
}

#[test]
fn a_packet_that_timed_out_is_refused_by_this_chain_s_height_and_time() {
    let mut world = World::open(Order::Unordered);
    let packet = world.incoming(1, b"x");
    let message = world.recv_message(&packet);
    world.ctx.block.height = 100;
    let late = deliver(&mut world, &message).unwrap_err();
    assert_eq!(code(&late), ("channel", 40));
    assert_eq!(
        late.log,
        "receive packet verification failed: packet timeout elapsed: current height: 1-100, timeout height 1-100: timeout elapsed"
    );
    world.ctx.block.height = 99;
    let timed = Packet { timeout_timestamp: Timestamp(100_000), ..packet };
    let message = world.recv_message(&timed);
    assert_eq!(code(&deliver(&mut world, &message).unwrap_err()), ("channel", 40));
    let timed = Packet { timeout_timestamp: Timestamp(100_001), sequence: Sequence(2), ..timed };
    let message = world.recv_message(&timed);
    assert_eq!(deliver(&mut world, &message).unwrap(), ResponseResultType::Success);
}

#[test]
fn an_ordered_channel_receives_in_order_only() {
    let mut world = World::open(Order::Ordered);
    let second = world.recv_message(&world.incoming(2, b"x"));
    let early = deliver(&mut world, &second).unwrap_err();
    assert_eq!(code(&early), ("channel", 21));
    assert_eq!(
        early.log,
        "receive packet verification failed: packet sequence ≠ next receive sequence (2 ≠ 1): packet sequence is out of order"
    );
    let first = world.recv_message(&world.incoming(1, b"x"));
    assert_eq!(deliver(&mut world, &first).unwrap(), ResponseResultType::Success);
    assert_eq!(deliver(&mut world, &first).unwrap(), ResponseResultType::Noop);
    assert_eq!(deliver(&mut world, &second).unwrap(), ResponseResultType::Success);
    assert!(!world.has("receipts/ports/probe/channels/channel-0/sequences/1"));
}

#[test]
fn a_packet_of_another_channel_is_refused() {
    let mut world = World::open(Order::Unordered);
    let packet = Packet { source_channel: "channel-7".parse().unwrap(), ..world.incoming(1, b"x") };
    let message = world.recv_message(&packet);
    let refused = deliver(&mut world, &message).unwrap_err();
    assert_eq!(code(&refused), ("channel", 13));
    assert!(
        refused.log.contains("packet source channel doesn't match the counterparty's channel (channel-7 ≠ channel-1)")
    );
    let packet = Packet { source_port: "probe-2".parse().unwrap(), ..world.incoming(1, b"x") };
    let message = world.recv_message(&packet);
    assert!(deliver(&mut world, &message).unwrap_err().log.contains("port (probe-2 ≠ probe)"));
}

#[test]
fn a_packet_needs_an_open_channel_over_an_open_connection() {
    let mut world = World::open(Order::Unordered);
    let message = world.recv_message(&world.incoming(1, b"x"));
    world.set_connection(ConnectionState::TryOpen);
    let refused = deliver(&mut world, &message).unwrap_err();
    assert_eq!(code(&refused), ("connection", 6));
    assert!(refused.log.contains("connection state is not OPEN (got STATE_TRYOPEN)"));
    world.set_state(ChannelState::TryOpen);
    assert_eq!(code(&deliver(&mut world, &message).unwrap_err()), ("channel", 5));
}

#[test]
fn a_packet_to_a_port_without_an_application_is_refused() {
    let mut world = World::open(Order::Unordered);
    let packet = Packet { destination_port: "oracle".parse().unwrap(), ..world.incoming(1, b"x") };
    let message = world.recv_message(&packet);
    assert_eq!(code(&deliver(&mut world, &message).unwrap_err()), ("port", 5));
}

#[test]
fn of_a_failed_callback_only_marked_events_and_the_acknowledgement_stay() {
    let mut world = World::open(Order::Unordered);
    let message = world.recv_message(&world.incoming(1, br#"{"probe":"error","ack":"text:no"}"#));
    assert_eq!(deliver(&mut world, &message).unwrap(), ResponseResultType::Success);
    assert_eq!(world.probe("recv/channel-0"), None);
    assert!(world.has("receipts/ports/probe/channels/channel-0/sequences/1"));
    assert!(world.has("acks/ports/probe/channels/channel-0/sequences/1"));
    let marked = event::to_error_event(crate::app::event::Event::new("kind").with("key", "value"));
    assert_eq!(marked, crate::app::event::Event::new("ibccallbackerror-kind").with("ibccallbackerror-key", "value"));
}

#[test]
fn an_empty_acknowledgement_fails_the_message_and_leaves_the_packet_unreceived() {
    let mut world = World::open(Order::Unordered);
    let message = world.recv_message(&world.incoming(1, br#"{"probe":"refuse"}"#));
    let refused = deliver(&mut world, &message).unwrap_err();
    assert_eq!(refused.log, "acknowledgement cannot be empty: invalid acknowledgement");
    assert!(!world.has("receipts/ports/probe/channels/channel-0/sequences/1"));
}

#[test]
fn a_late_acknowledgement_is_written_once() {
    let mut world = World::open(Order::Unordered);
    let packet = world.incoming(1, br#"{"probe":"late"}"#);
    let message = world.recv_message(&packet);
    deliver(&mut world, &message).unwrap();
    assert_eq!(world.kinds(), ["recv_packet"]);
    write_acknowledgement(&mut world.ctx, &packet, b"done").unwrap();
    assert_eq!(code(&write_acknowledgement(&mut world.ctx, &packet, b"done").unwrap_err()), ("channel", 17));
}

#[test]
fn gas_that_runs_out_in_a_callback_is_no_error_acknowledgement() {
    let mut world = World::open(Order::Unordered);
    let message = world.recv_message(&world.incoming(1, br#"{"probe":"ack","gas":1000000}"#));
    world.ctx.gas = crate::app::gas::GasMeter::limited(500_000);
    let refused = deliver(&mut world, &message).unwrap_err();
    assert_eq!(code(&refused), ("sdk", 11));
    assert!(refused.log.starts_with("out of gas in location: probe; gasWanted: 500000"), "{}", refused.log);
}
