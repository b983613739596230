//! Channels that close, in both roles and both orders.

use types::event::IbcEvent;
use types::{Acknowledgement, Height, Order};

use crate::testing::*;
use crate::*;

fn source_closed() -> IbcEvent {
    let id = packet(1).id();
    IbcEvent::ChannelClosed { port: id.source_port, channel: id.source_channel }
}

fn destination_closed() -> IbcEvent {
    let id = packet(1).id();
    IbcEvent::ChannelClosed { port: id.destination_port, channel: id.destination_channel }
}

fn written(sequence: u64) -> IbcEvent {
    let acknowledgement = Acknowledgement(b"ok".as_slice().into());
    IbcEvent::WriteAcknowledgement { packet: packet(sequence), acknowledgement }
}

fn sweeps(step: &Step) -> usize {
    let sweep = Action::Sweep { channel: packet_record(1).key().source };
    step.actions.iter().filter(|action| **action == sweep).count()
}

/// Packets 1 to 3 of the channel from `a` were sent; `b` acknowledged 1 and 2. Nothing is under way.
fn two_of_three_acknowledged(order: Order) -> Shell {
    let mut shell = Shell::new(order);
    shell.quiet();
    let step = shell.send(3);
    let (batch, _) = prepared(&step).unwrap();
    shell.block("b", 10, vec![written(1), written(2)]).discard();
    shell.tell(Event::BatchFailed { batch, class: types::Class::Stale, reason: String::new() }).discard();
    shell.block("a", 11, vec![]).discard();
    shell
}

fn closed_sweep(shell: &Shell, at: u64) -> Event {
    let set = |sequences: &[u64]| sequences.iter().map(|sequence| types::Sequence(*sequence)).collect();
    let sweep = Sweep {
        commitments: set(&[1, 2, 3]),
        unreceived: set(&[3]),
        acknowledged: set(&[1, 2]),
        source_closed: true,
        ..shell.plain_sweep(at, at)
    };
    Event::Swept { sweep }
}

#[test]
fn a_claim_that_the_source_closed_pauses_and_asks_the_state_which_takes_it_back() {
    let mut shell = two_of_three_acknowledged(Order::Unordered);
    let step = shell.block("a", 12, vec![source_closed()]);
    assert_eq!((sweeps(&step), shell.stage(1)), (1, Some(PacketStage::Resting)));
    let step = shell.head("a", 12);
    assert_eq!(legs(&step), [], "neither a recv nor an acknowledgement");
    let step = shell.head("b", 11);
    assert_eq!((legs(&step), notices(&step).len()), (vec![], 0));
    let sweep = shell.sweep(12, 11, &[1, 2, 3], &[3], &[1, 2]);
    let step = shell.tell(sweep);
    let stages = [1, 2, 3].map(|sequence| shell.stage(sequence).unwrap());
    assert_eq!(stages.map(|stage| stage == PacketStage::Resting), [false; 3], "{step:?}");
}

#[test]
fn a_claim_that_is_newer_than_the_sweep_stands_until_the_next() {
    let mut shell = two_of_three_acknowledged(Order::Unordered);
    shell.block("a", 12, vec![source_closed()]).discard();
    let sweep = shell.sweep(11, 11, &[1, 2, 3], &[3], &[1, 2]);
    let step = shell.tell(sweep);
    assert_eq!((shell.stage(1), sweeps(&step)), (Some(PacketStage::Resting), 0), "not again at once");
    assert_eq!(sweeps(&shell.head("a", 13)), 1);
}

#[test]
fn an_invented_height_does_not_keep_a_claim_for_ever() {
    let mut shell = two_of_three_acknowledged(Order::Unordered);
    shell.block("a", u64::MAX, vec![source_closed()]).discard();
    let sweep = shell.sweep(14, 11, &[1, 2, 3], &[3], &[1, 2]);
    shell.tell(sweep).discard();
    assert_ne!(shell.stage(1), Some(PacketStage::Resting));
}

#[test]
fn on_a_closed_source_all_acknowledgements_are_hopeless_and_that_is_said_once() {
    for order in [Order::Unordered, Order::Ordered] {
        let mut shell = two_of_three_acknowledged(order);
        shell.block("a", 12, vec![source_closed()]).discard();
        let sweep = closed_sweep(&shell, 12);
        let step = shell.tell(sweep.clone());
        let channel = packet_record(1).key().source;
        let hopeless = |sequence| {
            let packet = packet_record(sequence).key();
            Notice::PacketHopeless { packet, hopeless: Hopeless::SourceClosed }
        };
        assert_eq!(notices(&step), [&Notice::SourceClosed { channel }, &hopeless(1), &hopeless(2)], "{order:?}");
        shell.settle(20).discard();
        let step = shell.tell(sweep);
        assert_eq!(notices(&step).len(), 0, "once");
        let view = shell.engine.packet(&packet_record(1).key()).unwrap();
        assert_eq!(view.hopeless, Some(Hopeless::SourceClosed));
        let step = shell.tell(Event::ClearRequested { channels: vec![packet_record(1).key().source] });
        assert_eq!((legs(&step), sweeps(&step)), (vec![], 1), "the state is asked, not the chain's patience");
    }
}

#[test]
fn what_is_received_on_a_closed_source_after_all_is_hopeless_too() {
    let mut shell = two_of_three_acknowledged(Order::Unordered);
    let sweep = closed_sweep(&shell, 12);
    shell.block("a", 12, vec![source_closed()]).discard();
    shell.tell(sweep).discard();
    let step = shell.block("b", 12, vec![IbcEvent::RecvPacket { packet: packet(3).id() }]);
    let notice = Notice::PacketHopeless { packet: packet_record(3).key(), hopeless: Hopeless::SourceClosed };
    assert_eq!(notices(&step), [&notice]);
    let step = shell.block("b", 13, vec![written(3)]);
    assert_eq!(notices(&step).len(), 0, "it was said");
    let step = shell.block("a", 13, vec![IbcEvent::AcknowledgePacket { packet: packet(3).id() }]);
    assert!(matches!(notices(&step)[..], [Notice::PacketEnded { .. }]), "an event may say otherwise all the same");
}

#[test]
fn a_closed_source_takes_timeouts_in_any_sequence_and_order() {
    for order in [Order::Unordered, Order::Ordered] {
        let mut shell = Shell::new(order);
        shell.quiet();
        let timeout = Height { revision_number: 0, revision_height: 20 };
        let late = types::Packet { timeout_height: timeout, ..packet(3) };
        let early = IbcEvent::SendPacket { packet: packet(2) };
        let sends = [written(1), early, IbcEvent::SendPacket { packet: late }];
        shell.head("a", 10).discard();
        shell.block("b", 10, vec![sends[0].clone()]).discard();
        shell.block("a", 10, vec![sends[1].clone(), sends[2].clone(), source_closed()]).discard();
        shell.head("a", 11).discard();
        let set = |sequences: &[u64]| sequences.iter().map(|sequence| types::Sequence(*sequence)).collect();
        let (commitments, unreceived, acknowledged) = (set(&[1, 2, 3]), set(&[2, 3]), set(&[1]));
        let plain = shell.plain_sweep(11, 11);
        let sweep = Sweep { commitments, unreceived, acknowledged, source_closed: true, ..plain };
        shell.tell(Event::Swept { sweep }).discard();
        shell.head("b", 20).discard();
        let step = shell.head("b", 21);
        assert_eq!(legs(&step), [(3, Leg::Timeout)], "{order:?}: below it are what can't be acknowledged or received");
        shell.block("b", 21, vec![destination_closed()]).discard();
        let step = shell.head("b", 22);
        assert_eq!(legs(&step), [(2, Leg::TimeoutOnClose)], "{order:?}");
    }
}

#[test]
fn an_acknowledgement_that_can_not_be_proven_yet_is_not_given_up_for_a_timeout_that_closes_the_channel() {
    let mut shell = Shell::new(Order::Ordered);
    shell.quiet();
    let timeout = Height { revision_number: 0, revision_height: 12 };
    let early = types::Packet { timeout_height: timeout, ..packet(2) };
    shell.head("a", 10).discard();
    shell.head("b", 10).discard();
    let sends = vec![IbcEvent::SendPacket { packet: packet(1) }, IbcEvent::SendPacket { packet: early }];
    shell.block("a", 10, sends).discard();
    shell.block("b", 10, vec![written(1)]).discard();
    let mut asked = 0;
    for height in 11..30 {
        let step = shell.head("b", height);
        if prepared(&step).is_some() {
            assert_eq!(legs(&step), [(1, Leg::Ack)], "at {height}");
            asked += 1;
            shell.drop_legs(&step, Dropped::NotYet).discard();
        }
    }
    assert!(asked > 2, "more often than leg_tries_max");
}

#[test]
fn an_ordered_channel_closed_over_an_undelivered_acknowledgement_leaves_nothing_to_do() {
    let mut shell = two_of_three_acknowledged(Order::Ordered);
    shell.block("a", 12, vec![source_closed()]).discard();
    shell.tell(closed_sweep(&shell, 12)).discard();
    let reverse = Sweep { channel: shell.reverse(), ..shell.plain_sweep(12, 12) };
    shell.tell(Event::Swept { sweep: reverse }).discard();
    assert!(shell.engine.is_idle(), "3 waits for the destination's end to close");
    shell.block("b", 11, vec![destination_closed()]).discard();
    assert!(!shell.engine.is_idle());
}

#[test]
fn a_swept_closed_destination_needs_no_event() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(1);
    shell.drop_legs(&step, Dropped::NotYet).discard();
    let open = [types::Sequence(1)];
    let (commitments, unreceived) = (open.into(), open.into());
    let sweep = Sweep { commitments, unreceived, destination_closed: true, ..shell.plain_sweep(11, 9) };
    shell.tell(Event::Swept { sweep }).discard();
    let step = shell.head("b", 10);
    assert_eq!(legs(&step), [(1, Leg::TimeoutOnClose)]);
}

#[test]
fn a_proof_that_the_source_is_closed_speaks_for_the_whole_channel() {
    let mut shell = two_of_three_acknowledged(Order::Unordered);
    let step = shell.head("b", 11);
    assert_eq!(legs(&step), [(1, Leg::Ack), (2, Leg::Ack)]);
    let step = shell.drop_legs(&step, Dropped::Hopeless(Hopeless::SourceClosed));
    assert_eq!((legs(&step), sweeps(&step)), (vec![], 1));
    let sweep = shell.sweep(12, 11, &[1, 2, 3], &[3], &[1, 2]);
    shell.tell(sweep).discard();
    let view = shell.engine.packet(&packet_record(1).key()).unwrap();
    assert_eq!((view.hopeless, view.stage == PacketStage::Resting), (None, false), "the state says otherwise");
}
