//! What the path's policy refuses is known, counted, and left alone.

use std::sync::Arc;

use types::event::IbcEvent;
use types::{Acknowledgement, Order};

use crate::testing::*;
use crate::*;

fn with(policy: Policy, order: Order) -> Shell {
    let mut options = options(order);
    options.paths[0].policy = Arc::new(policy);
    Shell::with(Vec::new(), options).0
}

fn excluding(sequences: &str) -> Policy {
    Policy { excluded: vec![("*/*".parse().unwrap(), sequences.parse().unwrap())], ..Policy::default() }
}

fn view(shell: &Shell) -> ChannelView {
    shell.engine.channel(&packet_record(1).key().source).unwrap()
}

#[test]
fn a_refused_packet_is_said_once_recorded_and_has_no_leg_at_any_stage() {
    let mut shell = with(excluding("1"), Order::Unordered);
    shell.quiet();
    shell.head("a", 10).discard();
    let late = types::Packet { timeout_timestamp: types::Timestamp::from_seconds(20), ..packet(1) };
    let step = shell.block("a", 10, vec![IbcEvent::SendPacket { packet: late.clone() }]);
    let (packet, refused) = (packet_record(1).key(), Refused::Sequence);
    assert_eq!(notices(&step), [&Notice::PacketRefused { packet: packet.clone(), refused: refused.clone() }]);
    let is_recorded =
        |write: &Record| matches!(write, Record::Packet { packet } if packet.refused == Some(Refused::Sequence));
    assert!(step.writes.iter().any(is_recorded));
    assert_eq!(legs(&shell.head("a", 11)), []);
    let step = shell.block("a", 3, vec![IbcEvent::SendPacket { packet: late }]);
    assert_eq!(notices(&step).len(), 0, "seen again, not said again");
    assert_eq!(legs(&shell.head("b", 30)), [], "it is not timed out either");
    assert!(shell.engine.is_idle());
    let acknowledgement = Acknowledgement(b"ok".as_slice().into());
    let written = IbcEvent::WriteAcknowledgement { packet: testing::packet(1), acknowledgement };
    shell.block("b", 10, vec![written]).discard();
    assert_eq!(legs(&shell.head("b", 31)), [], "nor acknowledged");
    assert_eq!((view(&shell).refused, view(&shell).acknowledgement_written), (1, 0));
    assert!(shell.engine.is_idle());
}

#[test]
fn the_packets_of_a_denied_channel_are_known_and_counted() {
    let deny = vec!["transfer/channel-1".parse().unwrap()];
    let mut shell = with(Policy { deny, ..Policy::default() }, Order::Unordered);
    shell.quiet();
    assert_eq!(legs(&shell.send(2)), []);
    assert_eq!((view(&shell).refused, view(&shell).sent), (2, 0));
    let record = shell.engine.packet(&packet_record(1).key()).unwrap().record;
    assert_eq!(record.refused, Some(Refused::Channel));
}

#[test]
fn nobody_searches_for_what_would_be_refused_anyway() {
    let only = Some([(packet_record(1).key().source, "2".parse().unwrap())].into());
    let mut shell = with(Policy { only, ..Policy::default() }, Order::Unordered);
    let sweep = shell.sweep(9, 9, &[1, 2, 3], &[1, 2, 3], &[]);
    let step = shell.tell(sweep);
    let asked: Vec<_> = step.actions.iter().filter(|action| matches!(action, Action::Recover { .. })).collect();
    let channel = packet_record(1).key().source;
    let (sends, acknowledgements) = (vec![types::Sequence(2)], vec![]);
    assert_eq!(asked, [&Action::Recover { channel, sends, acknowledgements }]);
    assert_eq!(view(&shell).refused, 2);
}

#[test]
fn on_an_ordered_channel_what_stands_behind_a_refused_packet_waits_without_hope_of_ours() {
    let mut shell = with(excluding("1"), Order::Ordered);
    shell.quiet();
    assert_eq!(legs(&shell.send(2)), [], "2 can't be received before 1");
    assert!(shell.engine.is_idle());
    let step = shell.block("b", 10, vec![IbcEvent::RecvPacket { packet: packet(1).id() }]);
    assert_eq!(legs(&step), [(2, Leg::Recv)], "a rival has taken 1");
}

#[test]
fn on_an_ordered_channel_a_timeout_does_not_wait_for_what_is_not_ours() {
    let mut shell = with(excluding("1"), Order::Ordered);
    shell.quiet();
    shell.head("a", 10).discard();
    let late = types::Packet { timeout_timestamp: types::Timestamp::from_seconds(20), ..packet(2) };
    let sends = vec![IbcEvent::SendPacket { packet: packet(1) }, IbcEvent::SendPacket { packet: late }];
    shell.block("a", 10, sends).discard();
    shell.head("b", 20).discard();
    assert_eq!(legs(&shell.head("b", 21)), [(2, Leg::Timeout)]);
}

#[test]
fn a_restored_verdict_holds_until_the_shell_judges_anew() {
    let refused = PacketRecord { refused: Some(Refused::Amount), ..packet_record(1) };
    let (mut shell, step) = Shell::with(vec![Record::Packet { packet: refused }], options(Order::Unordered));
    assert_eq!((legs(&step), legs(&shell.head("a", 12))), (vec![], vec![]));
    assert_eq!(view(&shell).refused, 1);
}

#[test]
fn nobody_searches_for_the_bytes_of_a_refused_packet_before_it_is_ours() {
    let is_search = |action: &Action| matches!(action, Action::Recover { .. });
    // A crash came between the record and its bytes.
    let refused = PacketRecord { refused: Some(Refused::Sequence), ..packet_record(1) };
    let mut options = options(Order::Unordered);
    options.paths[0].policy = Arc::new(excluding("1"));
    let (mut shell, step) = Shell::with(vec![Record::Packet { packet: refused }], options);
    let sweep = shell.sweep(9, 9, &[1], &[1], &[]);
    let clear = Event::ClearRequested { channels: vec![packet_record(1).key().source] };
    let steps = [step, shell.tell(sweep), shell.tell(clear), shell.head("a", 11)];
    assert!(steps.iter().all(|step| legs(step).is_empty() && !step.actions.iter().any(is_search)));
    assert_eq!(view(&shell).refused, 1);
    let (mut shell, _) = Shell::from(vec![Record::Packet { packet: packet_record(1) }], Order::Unordered);
    let step = shell.head("a", 11);
    assert_eq!(legs(&step), [(1, Leg::Recv)], "it is judged anew, and is ours");
    assert!(shell.drop_legs(&step, Dropped::BytesUnknown).actions.iter().any(is_search));
}

#[test]
fn an_invented_send_does_not_have_the_true_packet_refused() {
    let senders_denied = ["mallory".to_owned()].into();
    let of = |sender: &str| {
        let data = format!(r#"{{"denom":"uatom","amount":"1","sender":"{sender}","receiver":"r"}}"#).into_bytes();
        IbcEvent::SendPacket { packet: types::Packet { data: data.into(), ..packet(1) } }
    };
    for [first, second] in [["alice", "mallory"], ["mallory", "alice"]] {
        let policy = Policy { senders_denied: Clone::clone(&senders_denied), ..Policy::default() };
        let mut shell = with(policy, Order::Unordered);
        shell.head("a", 10).discard();
        shell.block("a", 10, vec![of(first), of(second)]).discard();
        let step = shell.head("a", 11);
        assert_eq!(legs(&step), [(1, Leg::Recv)], "{first}, then {second}");
        let step = shell.drop_legs(&step, Dropped::ClaimRefuted);
        assert!(notices(&step).contains(&&Notice::ClaimRefuted { packet: packet_record(1).key() }));
    }
}
