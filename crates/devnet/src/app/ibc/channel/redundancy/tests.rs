use proto::Message;
use proto::ibc::core::channel::v1::MsgRecvPacket;
use types::Order;
use types::wire::pack;

use super::super::testing::{World, code};
use super::*;

const RESULT: &[u8] = b"{\"result\":\"AQ==\"}";

fn received(world: &mut World, sequence: u64) -> MsgRecvPacket {
    let message = world.recv_message(&world.incoming(sequence, b"x"));
    world.ctx.mode = Mode::Deliver;
    world.deliver(&message).unwrap();
    world.ctx.mode = Mode::Check;
    message
}

#[test]
fn a_transaction_of_redundant_packets_only_is_refused() {
    let mut world = World::open(Order::Unordered);
    let first = received(&mut world, 1);
    let second = received(&mut world, 2);
    let refused = redundant_relay(&mut world.ctx, &[pack(&first), pack(&second)]).unwrap_err();
    assert_eq!(code(&refused), ("channel", 22));
    assert_eq!(refused.log, "packet messages are redundant");
}

#[test]
fn one_new_packet_saves_the_transaction() {
    let mut world = World::open(Order::Unordered);
    let first = received(&mut world, 1);
    let second = world.recv_message(&world.incoming(2, b"x"));
    redundant_relay(&mut world.ctx, &[pack(&first), pack(&second)]).unwrap();
    // What the check state has received is redundant to the next transaction.
    assert_eq!(code(&redundant_relay(&mut world.ctx, &[pack(&second)]).unwrap_err()), ("channel", 22));
    // The application was not asked.
    assert_eq!(world.probe("recv/channel-0").as_deref(), Some("1"));
}

#[test]
fn any_other_message_saves_the_transaction() {
    let mut world = World::open(Order::Unordered);
    let first = received(&mut world, 1);
    let other = Any { type_url: "/cosmos.bank.v1beta1.MsgSend".to_owned(), value: Vec::new() };
    redundant_relay(&mut world.ctx, &[pack(&first), other]).unwrap();
}

#[test]
fn a_transaction_without_packets_passes() {
    let mut world = World::open(Order::Unordered);
    world.ctx.mode = Mode::Check;
    redundant_relay(&mut world.ctx, &[]).unwrap();
}

#[test]
fn acknowledgements_and_timeouts_run_whole_in_check() {
    let mut world = World::open(Order::Unordered);
    let (acked, late) = (world.send(b"1"), world.send(b"2"));
    let ack = world.ack_message(&acked, RESULT);
    let timeout = world.timeout_message(&late, None, 100);
    world.ctx.mode = Mode::Check;
    let messages = [pack(&ack), pack(&timeout)];
    redundant_relay(&mut world.ctx, &messages).unwrap();
    assert_eq!(world.probe("acked/channel-0").as_deref(), Some("1"));
    assert_eq!(world.probe("timeout/channel-0").as_deref(), Some("1"));
    assert_eq!(code(&redundant_relay(&mut world.ctx, &messages).unwrap_err()), ("channel", 22));
}

#[test]
fn a_packet_that_can_t_be_proven_is_refused_when_it_comes_but_not_when_it_waits() {
    let mut world = World::open(Order::Unordered);
    let mut message = world.recv_message(&world.incoming(1, b"x"));
    message.proof_commitment = b"wrong".to_vec();
    let messages = [pack(&message)];
    world.ctx.mode = Mode::Check;
    let refused = redundant_relay(&mut world.ctx, &messages).unwrap_err();
    assert!(refused.log.starts_with("receive packet verification failed: "));
    world.ctx.mode = Mode::Recheck;
    redundant_relay(&mut world.ctx, &messages).unwrap();
    assert_eq!(code(&redundant_relay(&mut world.ctx, &messages).unwrap_err()), ("channel", 22));
}

#[test]
fn blocks_and_simulation_are_not_looked_at() {
    let mut world = World::open(Order::Unordered);
    let first = received(&mut world, 1);
    for mode in [Mode::Deliver, Mode::Simulate] {
        world.ctx.mode = mode;
        redundant_relay(&mut world.ctx, &[pack(&first)]).unwrap();
    }
}

#[test]
fn a_message_that_is_none_is_refused() {
    let mut world = World::open(Order::Unordered);
    world.ctx.mode = Mode::Check;
    for value in [vec![0xff], MsgRecvPacket::default().encode_to_vec()] {
        let message = Any { type_url: RECV_PACKET.to_owned(), value };
        assert!(redundant_relay(&mut world.ctx, &[message]).is_err());
    }
}
