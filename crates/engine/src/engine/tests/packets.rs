//! From a send to its end, by us or by others.
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one kind of action")]

use types::event::IbcEvent;
use types::{Acknowledgement, BlockHeight, Order, Sequence};

use crate::testing::*;
use crate::*;

fn acknowledgement() -> Acknowledgement {
    Acknowledgement(b"ok".as_slice().into())
}

fn received(sequence: u64) -> IbcEvent {
    IbcEvent::RecvPacket { packet: packet(sequence).id() }
}

fn written(sequence: u64) -> IbcEvent {
    IbcEvent::WriteAcknowledgement { packet: packet(sequence), acknowledgement: acknowledgement() }
}

fn acknowledged(sequence: u64) -> IbcEvent {
    IbcEvent::AcknowledgePacket { packet: packet(sequence).id() }
}

#[test]
fn a_packet_is_received_acknowledged_and_forgotten_when_the_state_agrees() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(1);
    assert_eq!(legs(&step), [(1, Leg::Recv)]);
    shell.submit(&step).discard();
    shell.head("b", 10).discard();
    shell.block("b", 10, vec![received(1), written(1)]).discard();
    assert_eq!(shell.progress(1), Some(Progress::AckWritten));
    let step = shell.head("b", 11);
    assert_eq!(legs(&step), [(1, Leg::Ack)]);
    shell.submit(&step).discard();
    let step = shell.block("a", 11, vec![acknowledged(1)]);
    assert_eq!(shell.progress(1), Some(Progress::Acknowledged), "an event is a claim: the record stays");
    assert!(!step.writes.iter().any(|write| matches!(write, Record::PacketForgotten { .. })));
    let sweep = shell.sweep(11, 11, &[], &[], &[]);
    let step = shell.tell(sweep);
    assert_eq!(shell.progress(1), None);
    assert!(step.writes.contains(&Record::PacketForgotten { key: packet_record(1).key() }));
}

#[test]
fn the_packets_of_a_block_and_its_cursor_are_one_step_with_the_cursor_last() {
    let mut shell = Shell::new(Order::Unordered);
    let sends = vec![IbcEvent::SendPacket { packet: packet(1) }, IbcEvent::SendPacket { packet: packet(2) }];
    let step = shell.block("a", 10, sends);
    let kinds: Vec<_> = step.writes.iter().map(|write| format!("{write:?}")[..8].to_owned()).collect();
    assert_eq!(kinds, ["Packet {", "Packet {", "PacketBy", "PacketBy", "Cursor {"]);
}

#[test]
fn rival_delivery_cancels_our_attempt() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(2);
    let step = shell.prepare(&step);
    shell.block("b", 10, vec![received(1)]).discard();
    let step = shell.read_account(step, 5);
    let (_, _, messages) = signing(&step).unwrap();
    assert_eq!(messages, ["/update", "/leg"], "only packet 2 is left");
}

#[test]
fn a_transaction_whose_legs_are_all_done_is_not_broadcast_and_leaves_its_sequence() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(1);
    let step = shell.prepare(&step);
    let step = shell.read_account(step, 5);
    shell.block("b", 10, vec![received(1), written(1)]).discard();
    let step = shell.sign(&step);
    assert_eq!((broadcast(&step), step.writes.len()), (None, 0));
    shell.head("a", 12).discard();
    let step = shell.block("a", 12, vec![IbcEvent::SendPacket { packet: packet(2) }]);
    assert_eq!(prepared(&step), None);
    let step = shell.head("a", 13);
    let step = shell.prepare(&step);
    assert_eq!(signing(&step).unwrap().1, 5);
}

#[test]
fn a_sent_packet_that_has_timed_out_is_timed_out_and_never_received_at_a_time() {
    let mut shell = Shell::new(Order::Unordered);
    let late = types::Packet { timeout_timestamp: types::Timestamp::from_seconds(20), ..packet(1) };
    shell.block("a", 10, vec![IbcEvent::SendPacket { packet: late }]).discard();
    let step = shell.head("a", 11);
    shell.submit(&step).discard();
    shell.head("b", 20).discard();
    let step = shell.head("b", 21);
    assert_eq!(prepared(&step), None, "the recv is in flight");
    let step = shell.block_with_tx("b", 21, observed(5, 1, 12));
    assert_eq!(legs(&step), []);
    let step = shell.head("b", 22);
    assert_eq!(legs(&step), [(1, Leg::Timeout)]);
}

#[test]
fn a_batch_holds_what_is_provable_across_both_kinds_and_no_more_than_two_are_prepared() {
    let mut shell = Shell::new(Order::Unordered);
    let first = shell.send(12);
    assert_eq!(legs(&first).len(), 10, "batch_legs_max");
    let batches = first.actions.iter().filter(|action| matches!(action, Action::PrepareBatch { .. })).count();
    assert_eq!(batches, 2);
    shell.block("a", 11, vec![IbcEvent::SendPacket { packet: packet(13) }]).discard();
    let step = shell.head("a", 12);
    assert_eq!(prepared(&step), None);
}

#[test]
fn an_ordered_channel_receives_in_sequence_only() {
    let mut shell = Shell::new(Order::Ordered);
    let step = shell.send(3);
    let (batch, wanted) = prepared(&step).unwrap();
    assert_eq!(wanted.len(), 3);
    let step = shell.tell(Event::BatchFailed { batch, class: types::Class::Stale, reason: "old".into() });
    assert_eq!(prepared(&step), None);
    let step = shell.head("a", 12);
    let (batch, wanted) = prepared(&step).unwrap();
    let first = wanted[0].0.clone();
    let later = wanted[1..].iter().map(|(packet, leg)| PreparedLeg {
        packet: packet.clone(),
        leg: *leg,
        message: message("/leg"),
    });
    let prepared = Prepared {
        update: vec![],
        legs: later.collect(),
        dropped: vec![(first, Leg::Recv, Dropped::NotYet)],
        proof_height: types::ProofHeight(BlockHeight(12)),
        head: Head::default(),
    };
    let step = shell.tell(Event::BatchPrepared { batch, prepared });
    let step = shell.read_account(step, 5);
    assert_eq!(signing(&step), None, "2 and 3 can't go before 1");
    assert_eq!(shell.stage(2), Some(PacketStage::Waiting(Leg::Recv)));
}

#[test]
fn a_thousand_heads_without_news_start_nothing() {
    let mut shell = Shell::new(Order::Unordered);
    let sweep = shell.sweep(9, 9, &[], &[], &[]);
    shell.tell(sweep).discard();
    let reverse = Sweep { channel: shell.reverse(), ..shell.plain_sweep(9, 9) };
    shell.tell(Event::Swept { sweep: reverse }).discard();
    assert!(shell.engine.is_idle());
    for height in 10..90 {
        for id in ["a", "b"] {
            let (head, block) = (shell.head(id, height), shell.block(id, height, vec![]));
            assert_eq!((head.actions.len(), block.actions.len()), (0, 0), "block {height} of {id}");
            assert_eq!(block.writes.len(), 1, "the cursor");
        }
    }
}

#[test]
fn a_missed_send_is_recovered_after_the_blocks_that_may_still_bring_it() {
    let mut shell = Shell::new(Order::Unordered);
    let sweep = shell.sweep(12, 9, &[4], &[4], &[]);
    let step = shell.tell(sweep);
    assert!(!step.actions.iter().any(|action| matches!(action, Action::Recover { .. })));
    shell.block("a", 10, vec![]).discard();
    shell.block("a", 11, vec![]).discard();
    let step = shell.block("a", 12, vec![]);
    let recover = step.actions.iter().any(|action| match action {
        Action::Recover { sends, .. } => *sends == [Sequence(4)],
        _ => false,
    });
    assert!(recover);
    shell.head("a", 12).discard();
    let step = shell.block("a", 3, vec![IbcEvent::SendPacket { packet: packet(4) }]);
    assert_eq!(legs(&step), [(4, Leg::Recv)], "an old block is provable at once");
}

#[test]
fn an_old_block_read_again_revives_no_packet_that_is_over() {
    let mut shell = Shell::new(Order::Unordered);
    let sweep = shell.sweep(12, 12, &[], &[], &[]);
    shell.tell(sweep).discard();
    let step = shell.block("a", 3, vec![IbcEvent::SendPacket { packet: packet(4) }]);
    assert_eq!((shell.progress(4), step.writes.len()), (None, 0));
}
