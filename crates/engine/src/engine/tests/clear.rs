//! What somebody asks for while the engine runs, and what a search brings.

use std::collections::BTreeSet;

use types::{Acknowledgement, BlockHeight, Class, Order, Scope, Sequence};

use crate::testing::*;
use crate::*;

fn key() -> ChannelKey {
    packet_record(1).key().source
}

fn set(sequences: &[u64]) -> BTreeSet<Sequence> {
    sequences.iter().map(|sequence| Sequence(*sequence)).collect()
}

fn clear() -> Event {
    Event::ClearRequested { channels: vec![key()] }
}

fn asked(step: &Step) -> Vec<(Vec<Sequence>, Vec<Sequence>)> {
    let mut asked = Vec::new();
    for action in &step.actions {
        if let Action::Recover { sends, acknowledgements, .. } = action {
            asked.push((sends.clone(), acknowledgements.clone()));
        }
    }
    asked
}

fn sweeps(step: &Step) -> bool {
    step.actions.contains(&Action::Sweep { channel: key() })
}

fn recovered(sends: &[u64], acknowledgements: &[u64]) -> Event {
    Event::Recovered { channel: key(), sends: set(sends), acknowledgements: set(acknowledgements) }
}

#[test]
fn a_wish_to_clear_sweeps_at_once_and_is_not_idle_before_that_sweep() {
    let mut shell = Shell::new(Order::Unordered);
    shell.quiet();
    let step = shell.tell(clear());
    assert!(sweeps(&step) && !shell.engine.is_idle());
    let step = shell.tell(clear());
    assert!(!sweeps(&step), "one is under way");
    let sweep = shell.sweep(10, 9, &[], &[], &[]);
    let step = shell.tell(sweep);
    assert!(sweeps(&step), "the second wish came after that sweep had begun");
    let sweep = shell.sweep(10, 9, &[], &[], &[]);
    shell.tell(sweep).discard();
    assert!(shell.engine.is_idle());
}

#[test]
fn what_was_searched_in_vain_is_told_and_waited_for_no_longer_until_somebody_asks() {
    let mut shell = Shell::new(Order::Unordered);
    shell.quiet();
    shell.tell(clear()).discard();
    let sweep = shell.sweep(9, 9, &[4], &[4], &[]);
    let step = shell.tell(sweep.clone());
    assert_eq!(asked(&step), [(vec![Sequence(4)], vec![])]);
    assert!(!shell.engine.is_idle());
    shell.tell(recovered(&[4], &[])).discard();
    assert!(shell.engine.is_idle());
    assert_eq!(shell.engine.channel(&key()).unwrap().unfound, set(&[4]));
    let step = shell.settle(10);
    assert!(asked(&step).is_empty());
    assert_eq!(asked(&shell.tell(sweep)), [], "a later sweep does not search again");
    let step = shell.tell(clear());
    assert_eq!(asked(&step), [(vec![Sequence(4)], vec![])]);
    assert_eq!(shell.engine.channel(&key()).unwrap().unfound, set(&[]));
}

#[test]
fn a_search_asks_for_the_acknowledgement_too_where_the_state_holds_one() {
    let mut shell = Shell::new(Order::Unordered);
    let sweep = shell.sweep(9, 9, &[4, 5], &[4], &[5]);
    let step = shell.tell(sweep);
    assert_eq!(asked(&step), [(vec![Sequence(4), Sequence(5)], vec![Sequence(5)])]);
    let sends = [4, 5].map(|sequence| types::event::IbcEvent::SendPacket { packet: packet(sequence) });
    let step = shell.block("a", 3, sends.into());
    assert_eq!(legs(&step), [(4, Leg::Recv)], "5 was received, as the sweep knows");
    assert_eq!(shell.progress(5), Some(Progress::Received));
}

#[test]
fn a_packet_whose_acknowledgement_is_searched_for_can_be_brought_further_until_that_was_in_vain() {
    let mut shell = Shell::new(Order::Ordered);
    let sweep = shell.sweep(9, 9, &[1], &[], &[1]);
    let step = shell.tell(sweep);
    assert_eq!(asked(&step), [(vec![Sequence(1)], vec![Sequence(1)])]);
    shell.block("a", 3, vec![types::event::IbcEvent::SendPacket { packet: packet(1) }]).discard();
    assert_eq!(shell.progress(1), Some(Progress::Received));
    assert!(shell.engine.can_advance(&packet_record(1).key()), "its acknowledgement is looked for still");
    shell.tell(recovered(&[], &[1])).discard();
    assert!(!shell.engine.can_advance(&packet_record(1).key()));
}

#[test]
fn an_acknowledgement_that_is_found_before_its_send_waits_for_it() {
    let mut shell = Shell::new(Order::Ordered);
    let sweep = shell.sweep(9, 9, &[1], &[], &[1]);
    shell.tell(sweep).discard();
    let acknowledgement = Acknowledgement(b"ok".as_slice().into());
    shell.tell(answer_found(1, &acknowledgement)).discard();
    shell.settle(20).discard();
    let sweep = shell.sweep(20, 9, &[1], &[], &[1]);
    let step = [shell.tell(sweep), shell.block("a", 20, Vec::new())];
    let asked: Vec<_> = step.iter().flat_map(asked).collect();
    assert_eq!(asked, [(vec![Sequence(1)], vec![])], "its acknowledgement is known");
    shell.block("a", 3, vec![types::event::IbcEvent::SendPacket { packet: packet(1) }]).discard();
    assert_eq!(shell.progress(1), Some(Progress::AckWritten));
}

#[test]
fn what_is_found_together_is_relayed_together() {
    let mut shell = Shell::new(Order::Unordered);
    let sweep = shell.sweep(9, 9, &[1, 2, 3], &[1, 2, 3], &[]);
    shell.tell(sweep).discard();
    let packets = [1, 2, 3].map(|sequence| FoundPacket { packet: packet(sequence), height: BlockHeight(3) });
    let step = shell.tell(Event::PacketsFound { chain: chain("a"), packets: packets.into() });
    assert_eq!(legs(&step), [(1, Leg::Recv), (2, Leg::Recv), (3, Leg::Recv)]);
}

fn answer_found(sequence: u64, acknowledgement: &Acknowledgement) -> Event {
    let (packet, acknowledgement) = (packet_record(sequence).key(), acknowledgement.clone());
    Event::AcknowledgementsFound {
        acknowledgements: vec![FoundAcknowledgement { packet, acknowledgement, height: BlockHeight(8) }],
    }
}

#[test]
fn a_found_acknowledgement_is_as_good_as_its_event() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(1);
    shell.drop_legs(&step, Dropped::AlreadyReceived).discard();
    let acknowledgement = Acknowledgement(b"ok".as_slice().into());
    let found = answer_found(1, &acknowledgement);
    let step = shell.tell(found.clone());
    assert_eq!(shell.progress(1), Some(Progress::AckWritten));
    assert_eq!(legs(&step), [(1, Leg::Ack)]);
    assert!(step.writes.contains(&Record::AcknowledgementBytes { key: packet_record(1).key(), acknowledgement }));
    let step = shell.tell(found);
    assert_eq!(legs(&step), [], "it is being proven");
}

#[test]
fn a_packet_whose_bytes_are_lost_rests_until_they_are_found() {
    let (mut shell, _) = Shell::from(vec![Record::Packet { packet: packet_record(1) }], Order::Unordered);
    let step = shell.head("a", 11);
    let step = shell.drop_legs(&step, Dropped::BytesUnknown);
    assert_eq!(asked(&step), [(vec![Sequence(1)], vec![])]);
    shell.tell(recovered(&[1], &[])).discard();
    assert_eq!(shell.stage(1), Some(PacketStage::Resting));
    let view = shell.engine.packet(&packet_record(1).key()).unwrap();
    assert_eq!(view.unfound, Some(Unfound::Send));
    assert_eq!(legs(&shell.head("a", 40)), []);
    let step = shell.block("a", 10, vec![types::event::IbcEvent::SendPacket { packet: packet(1) }]);
    assert_eq!(legs(&step), [(1, Leg::Recv)]);
}

#[test]
fn a_malformed_acknowledgement_is_given_up_until_somebody_asks() {
    let mut shell = Shell::new(Order::Unordered);
    shell.quiet();
    shell.send(1).discard();
    let acknowledgement = Acknowledgement(br#"{"result": "AQ=="}"#.as_slice().into());
    let written = types::event::IbcEvent::WriteAcknowledgement { packet: packet(1), acknowledgement };
    shell.block("b", 10, vec![written]).discard();
    let step = shell.head("b", 11);
    let step = shell.drop_legs(&step, Dropped::Hopeless(Hopeless::AcknowledgementMalformed));
    let (packet, hopeless) = (packet_record(1).key(), Hopeless::AcknowledgementMalformed);
    assert!(notices(&step).contains(&&Notice::PacketHopeless { packet, hopeless }));
    assert_eq!(legs(&shell.head("b", 50)), []);
    assert_eq!(shell.engine.channel(&key()).unwrap().hopeless, 1);
    let step = shell.tell(clear());
    assert_eq!(legs(&step), [(1, Leg::Ack)]);
}

/// Packet 1 has failed alone in two transactions, which is the limit.
fn quarantined() -> Shell {
    let mut shell = Shell::new(Order::Unordered);
    shell.quiet();
    let mut step = shell.send(1);
    for _ in 0..2 {
        while prepared(&step).is_none() {
            step = shell.wake(&step);
        }
        let signing_step = shell.prepare(&step);
        let signing_step = shell.read_account(signing_step, 5);
        let (tx, _, _) = signing(&signing_step).unwrap();
        let refusal = refusal(Class::Terminal(Scope::Packet), "app", 3);
        step = shell.tell(Event::TxRefused { tx, refusal });
    }
    shell
}

#[test]
fn a_quarantined_packet_keeps_nobody_waiting_and_tells_why() {
    let mut shell = quarantined();
    let view = shell.engine.packet(&packet_record(1).key()).unwrap();
    let failure = view.failure.unwrap();
    assert!(view.is_quarantined);
    assert_eq!((failure.leg, failure.codespace.as_str(), failure.code), (Leg::Recv, "app", 3));
    assert_eq!(shell.engine.channel(&key()).unwrap().quarantined, 1);
    assert!(shell.engine.is_idle());
    let step = shell.tell(clear());
    assert_eq!(legs(&step), [(1, Leg::Recv)], "somebody asks: it is tried now");
    assert!(!shell.engine.is_idle());
}

#[test]
fn a_channel_that_opens_is_relayed_from_its_first_sweep_on_and_once() {
    let mut shell = Shell::new(Order::Unordered);
    let end = |channel: &str| ("transfer".parse().unwrap(), channel.parse().unwrap());
    let channel = ChannelPath { a: end("channel-5"), b: end("channel-6"), order: Order::Unordered };
    let opened = |path: &str| Event::ChannelOpened { path: PathId(path.into()), channel: channel.clone() };
    let step = shell.tell(opened("a-b"));
    let swept = step.actions.iter().filter(|action| matches!(action, Action::Sweep { .. })).count();
    assert_eq!((swept, shell.engine.channels().count()), (2, 4));
    assert!(!shell.engine.is_idle());
    shell.tell(opened("a-b")).discard();
    shell.tell(opened("elsewhere")).discard();
    assert_eq!(shell.engine.channels().count(), 4);
    shell.head("a", 10).discard();
    let new = types::Packet {
        source_channel: "channel-5".parse().unwrap(),
        destination_channel: "channel-6".parse().unwrap(),
        ..packet(1)
    };
    shell.block("a", 10, vec![types::event::IbcEvent::SendPacket { packet: new }]).discard();
    assert_eq!(legs(&shell.head("a", 11)), [(1, Leg::Recv)]);
}
