//! Events that are not true, and what settles them.

use types::event::IbcEvent;
use types::{Acknowledgement, Order};

use crate::testing::*;
use crate::*;

#[test]
fn an_invented_acknowledgement_never_makes_us_forget() {
    let mut shell = Shell::new(Order::Unordered);
    shell.send(1).discard();
    shell.block("a", 11, vec![IbcEvent::AcknowledgePacket { packet: packet(1).id() }]).discard();
    assert_eq!(shell.progress(1), Some(Progress::Acknowledged));
    let sweep = shell.sweep(10, 10, &[1], &[1], &[]);
    shell.tell(sweep).discard();
    assert_eq!(shell.progress(1), Some(Progress::Acknowledged), "that sweep is older than the claim");
    let step = shell.settle(12);
    let sweep = shell.sweep(12, 10, &[1], &[1], &[]);
    let swept = shell.tell(sweep);
    assert_eq!(shell.progress(1), Some(Progress::Sent));
    assert_eq!(legs(&swept), [(1, Leg::Recv)]);
    assert!(notices(&step).is_empty());
}

#[test]
fn what_a_sweep_has_taken_back_no_event_pauses_again() {
    let id = packet(1).id();
    let claims = [
        ("a", IbcEvent::AcknowledgePacket { packet: id.clone() }),
        ("a", IbcEvent::TimeoutPacket { packet: id.clone() }),
        ("b", IbcEvent::RecvPacket { packet: id }),
    ];
    for (on, claim) in claims {
        let mut shell = Shell::new(Order::Unordered);
        shell.send(1).discard();
        let claimed = |shell: &mut Shell, height: u64| shell.block(on, height, vec![claim.clone()]).discard();
        claimed(&mut shell, 12);
        assert_ne!(shell.progress(1), Some(Progress::Sent), "{claim:?}");
        let sweep = shell.sweep(12, 12, &[1], &[1], &[]);
        shell.tell(sweep).discard();
        for height in 13..20 {
            claimed(&mut shell, height);
            assert_eq!(shell.progress(1), Some(Progress::Sent), "{claim:?}");
        }
        shell.settle(20).discard();
        let sweep = shell.sweep(20, 20, &[], &[], &[]);
        shell.tell(sweep).discard();
        assert_eq!(shell.progress(1), None, "a sweep ends it");
    }
}

#[test]
fn a_claim_that_a_sweep_takes_back_is_said() {
    let id = packet(1).id();
    let claims = [
        ("a", IbcEvent::AcknowledgePacket { packet: id.clone() }, true),
        ("a", IbcEvent::TimeoutPacket { packet: id.clone() }, true),
        ("b", IbcEvent::RecvPacket { packet: id }, true),
        ("b", IbcEvent::SendPacket { packet: packet(2) }, false),
    ];
    for (on, claim, is_false) in claims {
        let mut shell = Shell::new(Order::Unordered);
        shell.send(1).discard();
        shell.block(on, 12, vec![claim.clone()]).discard();
        let sweep = shell.sweep(12, 12, &[1], &[1], &[]);
        let swept = shell.tell(sweep);
        let refuted = Notice::ClaimRefuted { packet: packet_record(1).key() };
        assert_eq!(notices(&swept).contains(&&refuted), is_false, "{claim:?}");
    }
}

#[test]
fn a_doubted_packet_is_acknowledged_all_the_same() {
    let mut shell = Shell::new(Order::Unordered);
    shell.send(1).discard();
    shell.block("a", 12, vec![IbcEvent::TimeoutPacket { packet: packet(1).id() }]).discard();
    let sweep = shell.sweep(12, 12, &[1], &[1], &[]);
    shell.tell(sweep).discard();
    let acknowledgement = Acknowledgement(b"true".as_slice().into());
    shell.block("b", 13, vec![IbcEvent::WriteAcknowledgement { packet: packet(1), acknowledgement }]).discard();
    assert_eq!(shell.progress(1), Some(Progress::AckWritten));
}

#[test]
fn a_refuted_send_is_forgotten_and_the_true_one_looked_for() {
    let mut shell = Shell::new(Order::Unordered);
    let sweep = shell.sweep(9, 9, &[], &[], &[]);
    shell.tell(sweep).discard();
    let step = shell.send(1);
    let step = shell.drop_legs(&step, Dropped::ClaimRefuted);
    assert_eq!(shell.progress(1), None);
    assert!(step.writes.contains(&Record::PacketForgotten { key: packet_record(1).key() }));
    assert!(step.actions.contains(&Action::Sweep { channel: packet_record(1).key().source }));
    let notice = Notice::ClaimRefuted { packet: packet_record(1).key() };
    assert!(notices(&step).contains(&&notice));
}

#[test]
fn a_refuted_acknowledgement_is_recovered() {
    let mut shell = Shell::new(Order::Unordered);
    shell.send(1).discard();
    let acknowledgement = Acknowledgement(b"false".as_slice().into());
    shell.head("b", 10).discard();
    shell.block("b", 10, vec![IbcEvent::WriteAcknowledgement { packet: packet(1), acknowledgement }]).discard();
    let step = shell.head("b", 11);
    assert_eq!(legs(&step), [(1, Leg::Ack)]);
    let step = shell.drop_legs(&step, Dropped::AcknowledgementRefuted);
    assert_eq!(shell.progress(1), Some(Progress::Received));
    let asks =
        |action: &Action| matches!(action, Action::Recover { acknowledgements, .. } if acknowledgements.len() == 1);
    assert!(step.actions.iter().any(asks));
}

#[test]
fn a_proof_that_the_commitment_is_gone_ends_the_packet() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(1);
    let step = shell.drop_legs(&step, Dropped::CommitmentGone);
    assert_eq!(shell.progress(1), None);
    assert!(step.writes.contains(&Record::PacketForgotten { key: packet_record(1).key() }));
}

#[test]
fn what_was_received_already_waits_a_few_blocks_for_its_acknowledgement_and_then_it_is_looked_for() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(1);
    let step = shell.drop_legs(&step, Dropped::AlreadyReceived);
    assert_eq!(shell.progress(1), Some(Progress::Received));
    let asks = |step: &Step| step.actions.iter().any(|action| matches!(action, Action::Recover { .. }));
    assert!(!asks(&step));
    assert!(!asks(&shell.head("b", 11)));
    assert!(asks(&shell.head("b", 12)));
    assert!(!asks(&shell.head("b", 13)), "once");
}

#[test]
fn a_claimed_close_is_taken_back_when_it_can_not_be_proven() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(1);
    let id = packet(1).id();
    let closed = IbcEvent::ChannelClosed { port: id.destination_port, channel: id.destination_channel };
    shell.drop_legs(&step, Dropped::NotYet).discard();
    shell.head("b", 10).discard();
    shell.block("b", 10, vec![closed]).discard();
    let step = shell.head("b", 11);
    assert_eq!(legs(&step), [(1, Leg::TimeoutOnClose)]);
    shell.drop_legs(&step, Dropped::TimeoutMisjudged).discard();
    let step = shell.head("a", 15);
    assert_eq!(legs(&step), [(1, Leg::Recv)]);
}

#[test]
fn a_packet_that_is_not_provable_yet_is_asked_for_at_growing_distances() {
    let mut shell = Shell::new(Order::Unordered);
    let mut step = shell.send(1);
    let mut asked = Vec::new();
    for height in 12..40 {
        if prepared(&step).is_some() {
            asked.push(height - 1);
            shell.drop_legs(&step, Dropped::NotYet).discard();
        }
        step = shell.head("a", height);
    }
    assert_eq!(asked, [11, 12, 14, 18, 26]);
}

#[test]
fn pruned_blocks_close_the_gap_and_call_for_a_sweep() {
    let cursor = CursorRecord { cursor: types::BlockHeight(3), gaps: vec![] };
    let records = vec![Record::Cursor { chain: chain("a"), cursor }];
    let (mut shell, _) = Shell::from(records, Order::Unordered);
    let sweep = shell.sweep(9, 9, &[], &[], &[]);
    shell.tell(sweep).discard();
    assert_eq!(shell.engine.cursor(&chain("a")).unwrap().gaps.len(), 1);
    let (from, to) = (types::BlockHeight(4), types::BlockHeight(8));
    let step = shell.tell(Event::BlocksPruned { chain: chain("a"), from, to });
    assert_eq!(shell.engine.cursor(&chain("a")).unwrap().gaps, []);
    assert!(notices(&step).contains(&&Notice::BlocksPruned { chain: chain("a"), from, to }));
    assert!(step.actions.contains(&Action::Sweep { channel: packet_record(1).key().source }));
}

#[test]
fn a_gap_is_read_again_until_it_is_closed() {
    let cursor = CursorRecord { cursor: types::BlockHeight(7), gaps: vec![] };
    let (mut shell, step) = Shell::from(vec![Record::Cursor { chain: chain("a"), cursor }], Order::Unordered);
    let (from, to) = (types::BlockHeight(8), types::BlockHeight(8));
    let rescan = Action::Rescan { chain: chain("a"), from, to };
    assert!(!step.actions.contains(&rescan), "the block is most often on its way");
    let step = shell.head("b", 9);
    let step = shell.wake(&step);
    assert!(step.actions.contains(&rescan));
    let step = shell.tell(Event::RescanFailed { chain: chain("a"), from, to });
    assert!(!step.actions.contains(&rescan));
    let step = shell.wake(&step);
    assert!(step.actions.contains(&rescan));
    let step = shell.block("a", 8, vec![]);
    assert_eq!(step.writes.len(), 1);
    assert_eq!(shell.engine.cursor(&chain("a")).unwrap().gaps, []);
}

/// Heads only rise here: whoever tells of them sees to it that none is more than a few blocks above the chain. Its time
/// may be false all the same.
#[test]
fn heads_of_a_false_time_make_no_timeout_of_a_packet_that_can_be_received() {
    let mut shell = Shell::new(Order::Unordered);
    let timeout_timestamp = types::Timestamp::from_seconds(1_000);
    let sent = types::Packet { timeout_timestamp, ..packet(1) };
    shell.block("a", 10, vec![IbcEvent::SendPacket { packet: sent }]).discard();
    let lie = |height| {
        let head = Head { height: types::BlockHeight(height), time: types::Timestamp::from_seconds(2_000) };
        Event::HeadObserved { chain: chain("b"), head }
    };
    shell.tell(lie(12)).discard();
    shell.head("a", 11).discard();
    let asked = shell.tell(lie(13));
    assert_eq!(legs(&asked), [(1, Leg::Timeout)]);
    let mut step = shell.drop_legs(&asked, Dropped::TimeoutMisjudged);
    assert_eq!(shell.progress(1), Some(Progress::Sent));
    for height in 14..24 {
        assert!(!legs(&step).contains(&(1, Leg::Timeout)), "by the true heads it has not timed out");
        if legs(&step) == [(1, Leg::Recv)] {
            return;
        }
        step = shell.head("b", height);
    }
    panic!("it is never tried to be received");
}
