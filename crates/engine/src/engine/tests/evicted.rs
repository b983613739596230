//! Transactions that nodes took and threw out again, because a rival was faster or a channel has closed.

use types::event::IbcEvent;
use types::{AccountSequence, Class, Order, Refusal, Scope};

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

/// Blocks of `b`, in the first of which a rival's packet 1 is, until what is in flight is handed to the node again.
fn passed_over(shell: &mut Shell) -> Step {
    let mut step = shell.block("b", 10, vec![IbcEvent::RecvPacket { packet: packet(1).id() }]);
    for height in 11..=14 {
        assert_eq!(broadcast(&step), None);
        step = shell.block("b", height, vec![]);
    }
    step
}

fn redundant() -> Checked {
    Checked::Refused(refusal(Class::Redundant, "channel", 22))
}

fn cleared(step: &Step) -> usize {
    step.writes.iter().filter(|write| matches!(write, Record::OutboxCleared { .. })).count()
}

#[test]
fn what_nodes_threw_out_gives_its_sequence_back() {
    let closed = refusal(Class::Terminal(Scope::Packet), "channel", 5);
    for checked in [redundant(), Checked::Refused(closed)] {
        let mut shell = in_flight();
        let step = passed_over(&mut shell);
        let step = shell.check(&step, checked);
        assert_eq!(cleared(&step), 1);
        assert!(notices(&step).iter().any(|notice| matches!(notice, Notice::TxVoid { .. })));
        shell.block("a", 12, sends(2, 2)).discard();
        let step = shell.head("a", 13);
        let step = shell.prepare(&step);
        assert_eq!(signing(&step).unwrap().1, 5);
        let step = shell.sign(&step);
        shell.check(&step, Checked::Accepted).discard();
        let step = shell.block_with_tx("b", 15, observed(5, 1, 0));
        assert!(notices(&step).iter().any(|notice| matches!(notice, Notice::TxVoid { .. })), "the old bytes landed");
        let step = shell.prepare(&step);
        assert_eq!(signing(&step).unwrap().1, 6);
    }
}

#[test]
fn a_refusal_that_says_nothing_of_the_sequence_keeps_it() {
    for (class, codespace, code) in [(Class::Terminal(Scope::Chain), "sdk", 5), (Class::Stale, "sdk", 32)] {
        let mut shell = in_flight();
        let step = passed_over(&mut shell);
        let step = shell.check(&step, Checked::Refused(refusal(class, codespace, code)));
        assert_eq!(cleared(&step), 0, "{codespace} {code}: a mempool or a block may hold it");
    }
}

#[test]
fn what_was_signed_upon_a_thrown_out_transaction_is_signed_anew_from_its_sequence_on() {
    let mut shell = in_flight();
    shell.block("a", 12, sends(2, 2)).discard();
    let step = shell.head("a", 13);
    let step = shell.prepare(&step);
    assert_eq!(signing(&step).unwrap().1, 6);
    let step = shell.sign(&step);
    shell.check(&step, Checked::Accepted).discard();
    let step = passed_over(&mut shell);
    let step = shell.check(&step, redundant());
    assert_eq!(cleared(&step), 2);
    assert_eq!(legs(&step), [(2, Leg::Recv)]);
    let step = shell.prepare(&step);
    assert_eq!(signing(&step).unwrap().1, 5);
}

#[test]
fn a_node_that_names_a_thrown_out_sequence_gets_it_again_at_once() {
    let mut shell = in_flight();
    shell.block("b", 10, vec![IbcEvent::RecvPacket { packet: packet(1).id() }]).discard();
    shell.block("a", 12, sends(2, 2)).discard();
    let step = shell.head("a", 13);
    let step = shell.prepare(&step);
    let (tx, sequence, _) = signing(&step).unwrap();
    assert_eq!(sequence, 6);
    let wrong = Refusal { expected_sequence: Some(AccountSequence(5)), ..refusal(Class::Stale, "sdk", 32) };
    let step = shell.tell(Event::TxRefused { tx, refusal: wrong });
    let step = shell.check(&step, redundant());
    assert_eq!((cleared(&step), signing(&step).map(|(_, sequence, _)| sequence)), (1, Some(5)));
}
