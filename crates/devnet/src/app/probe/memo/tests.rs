use types::Order;

use super::*;
use crate::app::ibc::channel::testing::{World, code};

fn act(world: &mut World, memo: &str) -> Result<()> {
    world.ctx.attempt(|ctx| act_on_memo(ctx, memo))
}

#[test]
fn a_memo_that_is_not_ours_means_nothing() {
    let mut world = World::open(Order::Unordered);
    for memo in ["", "hello", "{}", "[]", "null", r#"{"Probe":1}"#, r#"{"probe":1} trailing"#] {
        act(&mut world, memo).unwrap();
    }
    assert!(world.ctx.events.is_empty());
}

#[test]
fn packets_are_sent_in_numbers_and_counted() {
    let mut world = World::open(Order::Unordered);
    let send = r#"{"probe":{"send":{"channel":"channel-0","data":"hex:00ff","timeout_height":"1-500","count":"3"}}}"#;
    act(&mut world, send).unwrap();
    assert_eq!(world.kinds(), ["send_packet"; 3]);
    assert_eq!(world.ctx.events[0].value("packet_data_hex"), Some("00ff"));
    assert_eq!(world.probe("sent/channel-0").as_deref(), Some("3"));
    let by_time = r#"{"probe":[{"send":{"channel":"channel-0","data":"x","timeout_timestamp":99999,"port":"probe"}}]}"#;
    act(&mut world, by_time).unwrap();
    assert_eq!(world.probe("sent/channel-0").as_deref(), Some("4"));
}

#[test]
fn actions_are_done_in_order_and_all_or_none() {
    let mut world = World::open(Order::Unordered);
    let memo = r#"{"probe":[{"send":{"channel":"channel-0","data":"x","timeout_height":"1-500"}},{"close":{"channel":"channel-0"}},{"send":{"channel":"channel-0","data":"x","timeout_height":"1-500"}}]}"#;
    let refused = act(&mut world, memo).unwrap_err();
    assert_eq!(code(&refused), ("channel", 5));
    assert_eq!(world.probe("sent/channel-0"), None);
    assert_eq!(world.end().state, types::ChannelState::Open);
}

#[test]
fn a_late_acknowledgement_is_written_by_a_memo_once() {
    let mut world = World::open(Order::Unordered);
    let message = world.recv_message(&world.incoming(1, br#"{"probe":"late"}"#));
    world.deliver(&message).unwrap();
    world.ctx.events.clear();
    let memo = r#"{"probe":{"ack":{"channel":"channel-0","sequence":"1","ack":"text:done"}}}"#;
    act(&mut world, memo).unwrap();
    assert_eq!(world.kinds(), ["write_acknowledgement"]);
    assert_eq!(world.ctx.events[0].value("packet_ack_hex"), Some(hex::encode("done").as_str()));
    let again = act(&mut world, memo).unwrap_err();
    assert_eq!(code(&again), ("probe", 3));
    assert_eq!(again.log, "channel-0, sequence 1: no packet waits for this acknowledgement");
}

#[test]
fn a_channel_is_closed_by_a_memo() {
    let mut world = World::open(Order::Ordered);
    act(&mut world, r#"{"probe":{"close":{"channel":"channel-0"}}}"#).unwrap();
    assert_eq!(world.end().state, types::ChannelState::Closed);
}

#[test]
fn a_malformed_memo_is_refused_in_every_mode() {
    let mut world = World::open(Order::Unordered);
    let malformed = [
        r#"{"probe":1}"#,
        r#"{"probe":{"sned":{}}}"#,
        r#"{"probe":{"send":{"chanel":"channel-0"}}}"#,
        r#"{"probe":{"send":{"count":-1}}}"#,
        r#"{"probe":{"ack":{"sequence":null}}}"#,
        r#"{"probe":{"refuse":"no"}}"#,
    ];
    for memo in malformed {
        for mode in [Mode::Check, Mode::Recheck, Mode::Deliver, Mode::Simulate] {
            world.ctx.mode = mode;
            assert_eq!(code(&act(&mut world, memo).unwrap_err()), ("probe", 2), "{memo}");
        }
    }
    world.ctx.mode = Mode::Deliver;
    for memo in [r#"{"probe":{}}"#, r#"{"probe":null}"#, r#"{"probe":[null]}"#] {
        let refused = act(&mut world, memo).unwrap_err();
        assert_eq!(refused.log, "an action is one of send, ack, close, refuse: malformed memo");
    }
    let many = r#"{"probe":{"send":{"channel":"channel-0","count":1001}}}"#;
    assert_eq!(act(&mut world, many).unwrap_err().log, "count is over 1000: malformed memo");
    let height = r#"{"probe":{"send":{"channel":"channel-0","timeout_height":"500"}}}"#;
    assert_eq!(code(&act(&mut world, height).unwrap_err()), ("probe", 2));
}

#[test]
fn check_reads_a_memo_but_does_not_act_on_it() {
    let mut world = World::open(Order::Unordered);
    world.ctx.mode = Mode::Check;
    act(&mut world, r#"{"probe":{"refuse":false}}"#).unwrap();
    assert_eq!(world.probe("refusal"), None);
    world.ctx.mode = Mode::Simulate;
    act(&mut world, r#"{"probe":{"refuse":false}}"#).unwrap();
    assert_eq!(world.probe("refusal").as_deref(), Some("off"));
}
