//! Account sequences, the window, and what nodes and blocks say of our transactions.
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one kind of action")]

use types::event::IbcEvent;
use types::{AccountSequence, BlockHeight, Class, Order, Refusal, Scope};

use crate::testing::*;
use crate::*;

fn sends(from: u64, to: u64) -> Vec<IbcEvent> {
    (from..=to).map(|sequence| IbcEvent::SendPacket { packet: packet(sequence) }).collect()
}

/// A shell with packet 1's recv in flight, sequence 5, signature 1.
fn in_flight() -> Shell {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(1);
    shell.submit(&step).discard();
    shell
}

/// Says the step that our transaction succeeded, and nothing else?
fn is_committed(step: &Step) -> bool {
    matches!(notices(step)[..], [Notice::TxCommitted { .. }])
}

#[test]
fn a_signed_transaction_is_written_in_the_step_that_broadcasts_it() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(1);
    let step = shell.prepare(&step);
    let step = shell.read_account(step, 5);
    let step = shell.sign(&step);
    let tx = broadcast(&step).unwrap();
    let [Record::Outbox { tx: record }] = step.writes.as_slice() else { panic!("{:?}", step.writes) };
    assert_eq!((record.tx, record.account_sequence), (tx, AccountSequence(5)));
    assert_eq!((record.signed_at, record.timeout_height), (BlockHeight(9), BlockHeight(19)));
}

#[test]
fn tx_committed_is_not_packet_done() {
    let mut shell = in_flight();
    let step = shell.block_with_tx("b", 10, observed(5, 1, 0));
    assert!(step.writes.iter().any(|write| matches!(write, Record::OutboxCleared { .. })));
    assert_eq!(shell.progress(1), Some(Progress::Sent));
    assert_eq!(legs(&shell.head("b", 11)), [], "its event may still come");
    assert_eq!(legs(&shell.head("b", 12)), [(1, Leg::Recv)]);
}

#[test]
fn another_signers_transaction_voids_ours() {
    let mut shell = in_flight();
    let step = shell.block_with_tx("b", 10, observed(5, 99, 0));
    assert!(notices(&step).iter().any(|notice| matches!(notice, Notice::TxVoid { .. })));
    assert_eq!(legs(&step), [(1, Leg::Recv)]);
    let step = shell.prepare(&step);
    assert_eq!(signing(&step).unwrap().1, 6);
}

#[test]
fn a_transaction_without_signatures_is_told_by_its_gas_limit() {
    for (gas_wanted, is_ours) in [(100, true), (101, false)] {
        let mut shell = in_flight();
        let tx = types::event::ObservedTx { signatures: vec![], gas_wanted, ..observed(5, 1, 0) };
        let step = shell.block_with_tx("b", 10, tx);
        assert_eq!(is_committed(&step), is_ours);
    }
}

#[test]
fn a_transaction_is_void_only_when_every_block_up_to_its_timeout_height_was_read() {
    let mut shell = in_flight();
    for height in (10..=18).filter(|height| *height != 14) {
        assert!(notices(&shell.block("b", height, vec![])).is_empty());
    }
    assert!(notices(&shell.block("b", 19, vec![])).is_empty(), "block 14 may hold it");
    let step = shell.block("b", 14, vec![]);
    assert!(matches!(notices(&step).as_slice(), [Notice::TxVoid { .. }]));
    let step = shell.prepare(&step);
    assert!(step.actions.iter().any(|action| matches!(action, Action::ReadAccount { .. })), "the account is read anew");
}

#[test]
fn the_next_is_signed_when_the_node_took_the_last_and_the_window_is_bounded() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(9);
    let step = shell.prepare(&step);
    let step = shell.read_account(step, 5);
    assert_eq!(signing(&step).unwrap().2, ["/update"], "of several, the update goes first and alone");
    let step = shell.sign(&step);
    assert_eq!(signing(&step), None);
    let step = shell.check(&step, Checked::Accepted);
    assert_eq!((signing(&step).unwrap().1, signing(&step).unwrap().2.len()), (6, 4));
    let step = shell.sign(&step);
    let step = shell.check(&step, Checked::Accepted);
    assert_eq!(signing(&step), None, "in_flight_max is 2");
    let step = shell.block_with_tx("b", 10, observed(5, 1, 0));
    assert_eq!(signing(&step).unwrap().1, 7);
}

#[test]
fn legs_wait_anew_when_the_update_that_they_build_upon_is_refused() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(9);
    let step = shell.prepare(&step);
    let step = shell.read_account(step, 5);
    let (tx, ..) = signing(&step).unwrap();
    let refusal = refusal(Class::Terminal(Scope::Client), "client", 29);
    let step = shell.tell(Event::TxRefused { tx, refusal });
    assert_eq!((signing(&step), prepared(&step)), (None, None), "not before a block more and a pause");
    assert_eq!(shell.stage(9), Some(PacketStage::Waiting(Leg::Recv)));
}

#[test]
fn a_lost_answer_is_the_same_bytes_again() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(1);
    let step = shell.prepare(&step);
    let step = shell.read_account(step, 5);
    let signed = shell.sign(&step);
    let step = shell.check(&signed, Checked::Unknown);
    assert_eq!((broadcast(&step), signing(&step)), (None, None));
    let step = shell.wake(&step);
    assert_eq!(broadcast(&step), broadcast(&signed));
    let wrong = Refusal { expected_sequence: Some(AccountSequence(6)), ..refusal(Class::Stale, "sdk", 32) };
    let step = shell.check(&step, Checked::Refused(wrong));
    assert_eq!(step.writes, [], "it is probably in a block: the blocks will tell");
    let step = shell.block_with_tx("b", 10, observed(5, 1, 0));
    assert!(step.writes.iter().any(|write| matches!(write, Record::OutboxCleared { .. })));
    assert!(is_committed(&step));
}

#[test]
fn a_wrong_sequence_is_signed_again_with_the_one_that_the_node_names() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(1);
    let step = shell.prepare(&step);
    let step = shell.read_account(step, 5);
    let step = shell.sign(&step);
    let wrong = Refusal { expected_sequence: Some(AccountSequence(8)), ..refusal(Class::Stale, "sdk", 32) };
    let step = shell.check(&step, Checked::Refused(wrong));
    assert!(step.writes.iter().any(|write| matches!(write, Record::OutboxCleared { .. })));
    assert_eq!(signing(&step).unwrap().1, 8);
}

#[test]
fn a_wrong_sequence_without_a_name_is_read_when_nothing_is_in_flight() {
    let mut shell = in_flight();
    shell.block("a", 11, sends(2, 2)).discard();
    let step = shell.head("a", 12);
    let step = shell.prepare(&step);
    let (tx, sequence, _) = signing(&step).unwrap();
    assert_eq!(sequence, 6);
    let step = shell.tell(Event::TxRefused { tx, refusal: refusal(Class::Stale, "sdk", 32) });
    let reads = |step: &Step| step.actions.iter().any(|action| matches!(action, Action::ReadAccount { .. }));
    assert!(!reads(&step), "sequence 5 is in flight");
    let step = shell.block_with_tx("b", 10, observed(5, 1, 0));
    assert!(reads(&step));
}

#[test]
fn an_empty_wallet_pauses_its_lane_alone_and_says_so_once() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(1);
    let step = shell.prepare(&step);
    let mut step = shell.read_account(step, 5);
    let mut said = 0;
    for _ in 0..4 {
        let (tx, ..) = signing(&step).unwrap();
        let broke = refusal(Class::Terminal(Scope::Chain), "sdk", 5);
        step = shell.tell(Event::TxRefused { tx, refusal: broke });
        said += notices(&step).len();
        step = shell.wake(&step);
    }
    assert_eq!(said, 1);
    let step = shell.sign(&step);
    let step = shell.check(&step, Checked::Accepted);
    assert!(matches!(notices(&step).as_slice(), [Notice::LaneUnblocked { .. }]));
}

#[test]
fn more_gas_is_asked_for_three_times_and_then_the_messages_are_suspected() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(1);
    let step = shell.prepare(&step);
    let mut step = shell.read_account(step, 5);
    for tries in 0..=3 {
        let asked = step.actions.iter().find_map(|action| match action {
            Action::SignTx { out_of_gas_tries, .. } => Some(*out_of_gas_tries),
            _ => None,
        });
        assert_eq!(asked, Some(tries));
        let (tx, ..) = signing(&step).unwrap();
        step = shell.tell(Event::TxRefused { tx, refusal: refusal(Class::Stale, "sdk", 11) });
    }
    assert_eq!(signing(&step), None);
    assert_eq!(shell.stage(1), Some(PacketStage::Waiting(Leg::Recv)));
}

#[test]
fn a_bad_message_without_a_name_is_found_by_halves_and_the_good_ones_go() {
    let mut shell = Shell::new(Order::Unordered);
    let mut step = shell.send(4);
    let mut good = 0;
    let mut rounds = 0;
    while good < 3 && rounds < 40 {
        rounds += 1;
        if prepared(&step).is_some() {
            step = shell.prepare(&step);
        }
        step = shell.read_account(step, 5);
        let Some((tx, _, messages)) = signing(&step) else {
            step = shell.head("a", 12 + rounds);
            continue;
        };
        let legs = messages.iter().filter(|message| *message == "/leg").count();
        let is_bad = legs > 0 && shell.carries(tx, 3);
        if is_bad {
            step = shell.tell(Event::TxRefused { tx, refusal: refusal(Class::Terminal(Scope::Packet), "app", 1) });
            continue;
        }
        let sequence = signing(&step).unwrap().1;
        let signed = shell.sign(&step);
        let signature = shell.signature_count();
        let mut checked = shell.check(&signed, Checked::Accepted);
        good += legs;
        let mut tx = observed(sequence, signature, 0);
        tx.events = shell.received_by(&signed);
        step = shell.block_with_tx("b", 9 + rounds, tx);
        step.actions.append(&mut checked.actions);
    }
    assert_eq!(good, 3, "after {rounds} rounds");
    assert_eq!(shell.progress(3), Some(Progress::Sent));
}

#[test]
fn a_leg_that_fails_alone_is_quarantined_and_said_once() {
    let mut shell = Shell::new(Order::Unordered);
    let mut step = shell.send(1);
    let mut said = 0;
    for _ in 0..5 {
        step = shell.prepare(&step);
        step = shell.read_account(step, 5);
        let (tx, ..) = signing(&step).unwrap();
        step = shell.tell(Event::TxRefused { tx, refusal: refusal(Class::Terminal(Scope::Packet), "app", 1) });
        let is_said = |notice: &&&Notice| matches!(notice, Notice::Quarantined { .. });
        said += notices(&step).iter().filter(is_said).count();
        assert_eq!(prepared(&step), None, "at growing distances");
        step = shell.wake(&step);
    }
    assert_eq!(said, 1);
}

#[test]
fn what_could_not_be_proven_for_a_while_is_quarantined_for_its_failures_alone_and_said() {
    let mut shell = Shell::new(Order::Unordered);
    let mut step = shell.send(1);
    for height in [12, 14, 18] {
        shell.drop_legs(&step, Dropped::NotYet).discard();
        step = shell.head("a", height);
    }
    let mut seen = Vec::new();
    for _ in 0..3 {
        step = shell.prepare(&step);
        step = shell.read_account(step, 5);
        let (tx, ..) = signing(&step).unwrap();
        step = shell.tell(Event::TxRefused { tx, refusal: refusal(Class::Terminal(Scope::Packet), "app", 1) });
        let said = notices(&step).iter().any(|notice| matches!(notice, Notice::Quarantined { .. }));
        seen.push((shell.engine.packet(&packet_record(1).key()).unwrap().is_quarantined, said));
        step = shell.wake(&step);
    }
    assert_eq!(seen, [(false, false), (true, true), (true, false)], "leg_tries_max is 2");
}

#[test]
fn after_a_restart_the_same_bytes_are_broadcast_and_nothing_is_prepared_twice() {
    let mut first = Shell::new(Order::Unordered);
    let step = first.send(2);
    let step = first.prepare(&step);
    let step = first.read_account(step, 5);
    let mut signed = first.sign(&step);
    let cursor =
        |id| Record::Cursor { chain: chain(id), cursor: CursorRecord { cursor: BlockHeight(9), gaps: vec![] } };
    let mut records = vec![cursor("a"), cursor("b")];
    records.extend([1, 2].map(|sequence| Record::Packet { packet: packet_record(sequence) }));
    records.append(&mut signed.writes);
    let (mut shell, step) = Shell::from(records, Order::Unordered);
    assert_eq!((broadcast(&step), prepared(&step)), (broadcast(&signed), None));
    assert_eq!(shell.stage(1), Some(PacketStage::Submitted(Leg::Recv)));
    let step = shell.block_with_tx("b", 10, observed(5, 1, 0));
    assert!(step.writes.iter().any(|write| matches!(write, Record::OutboxCleared { .. })));
}

#[test]
fn a_full_mempool_gets_the_same_bytes_later() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(1);
    let step = shell.prepare(&step);
    let step = shell.read_account(step, 5);
    let signed = shell.sign(&step);
    let step = shell.check(&signed, Checked::Refused(refusal(Class::Transient, "sdk", 20)));
    assert_eq!(step.writes, []);
    let step = shell.wake(&step);
    assert_eq!(broadcast(&step), broadcast(&signed));
}

#[test]
fn after_a_stop_nothing_is_begun() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(9);
    let step = shell.prepare(&step);
    let step = shell.read_account(step, 5);
    shell.tell(Event::StopRequested).discard();
    assert!(!shell.engine.is_stopped(), "a signature is under way");
    let step = shell.sign(&step);
    assert!(!shell.engine.is_stopped(), "a broadcast is under way");
    let step = shell.check(&step, Checked::Accepted);
    assert_eq!((signing(&step), prepared(&shell.head("a", 12))), (None, None));
    assert!(shell.engine.is_stopped());
}
