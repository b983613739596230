//! Requests beside transactions that nodes took and threw out again: what is done once is never done twice.
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one kind of action")]

use types::event::{IbcEvent, ObservedTx};
use types::{AccountSequence, BlockHeight, Class, Order, Refusal};

use crate::testing::*;
use crate::*;

fn once() -> Event {
    let (id, lane) = (RequestId("create".to_owned()), chain_options("b").lane);
    Event::RequestMade {
        request: Request { id, lane, priority: Priority::Handshake, messages: vec![message("/once")] },
    }
}

fn redundant() -> Checked {
    Checked::Refused(refusal(Class::Redundant, "channel", 22))
}

fn waits_for(expected: u64) -> Checked {
    let expected_sequence = Some(AccountSequence(expected));
    Checked::Refused(Refusal { expected_sequence, ..refusal(Class::Stale, "sdk", 32) })
}

fn concluded(step: &Step) -> Option<Outcome> {
    step.actions.iter().find_map(|action| match action {
        Action::Conclude { outcome, .. } => Some(outcome.clone()),
        _ => None,
    })
}

fn signed_messages(step: &Step) -> Option<(u64, Vec<String>)> {
    signing(step).map(|(_, sequence, messages)| (sequence, messages))
}

fn cleared(step: &Step) -> usize {
    step.writes.iter().filter(|write| matches!(write, Record::OutboxCleared { .. })).count()
}

/// Blocks of `b` that pass over what is in flight, until it is handed to the node again.
fn passed_over(shell: &mut Shell) -> Step {
    let mut step = shell.block("b", 10, vec![]);
    for height in 11..=14 {
        assert_eq!(broadcast(&step), None);
        step = shell.block("b", height, vec![]);
    }
    step
}

/// Packet `sequence` is sent on `a` in block `height`; gives the step that signs its recv.
fn sign_recv(shell: &mut Shell, sequence: u64, height: u64) -> Step {
    shell.block("a", height, vec![IbcEvent::SendPacket { packet: packet(sequence) }]).discard();
    let step = shell.head("a", height + 1);
    shell.prepare(&step)
}

/// A shell whose request, sequence 5, signature 1, was thrown out.
fn thrown_out() -> Shell {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.tell(once());
    let step = shell.read_account(step, 5);
    let step = shell.sign(&step);
    shell.check(&step, Checked::Accepted).discard();
    let step = passed_over(&mut shell);
    let step = shell.check(&step, redundant());
    assert_eq!((cleared(&step), signing(&step), concluded(&step)), (0, None, None), "its bytes may land");
    shell
}

/// The same, and packet 1's recv with signature 2 is in flight in its place.
fn replaced() -> Shell {
    let mut shell = thrown_out();
    let step = sign_recv(&mut shell, 1, 10);
    assert_eq!(signing(&step).map(|(_, sequence, _)| sequence), Some(5), "its sequence is given to others");
    let step = shell.sign(&step);
    shell.check(&step, Checked::Accepted).discard();
    shell
}

/// A packet's transaction and a request's above it, both in a mempool; with the step that broadcast the request.
fn request_above_a_packet() -> (Shell, Step) {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(1);
    shell.submit(&step).discard();
    let step = shell.tell(once());
    let once = shell.sign(&step);
    shell.check(&once, Checked::Accepted).discard();
    (shell, once)
}

#[test]
fn a_request_above_what_was_thrown_out_keeps_its_bytes_and_goes_once_the_sequence_below_is_taken() {
    let (mut shell, once) = request_above_a_packet();
    let step = passed_over(&mut shell);
    let step = shell.check(&step, redundant());
    assert_eq!((cleared(&step), broadcast(&step)), (1, None), "nowhere is the request valid now");
    let step = shell.prepare(&step);
    assert_eq!(signing(&step).map(|(_, sequence, _)| sequence), Some(5));
    let step = shell.sign(&step);
    let step = shell.check(&step, Checked::Accepted);
    assert_eq!((broadcast(&step), cleared(&step)), (broadcast(&once), 0));
    shell.check(&step, Checked::Accepted).discard();
    shell.block_with_tx("b", 15, observed(5, 3, 0)).discard();
    assert_eq!(signing(&sign_recv(&mut shell, 2, 12)).map(|(_, sequence, _)| sequence), Some(7));
    let step = shell.block_with_tx("b", 16, observed(6, 2, 0));
    assert!(matches!(concluded(&step), Some(Outcome::Committed { height: BlockHeight(16), .. })));
}

#[test]
fn old_bytes_that_land_below_a_request_let_it_go() {
    let (mut shell, once) = request_above_a_packet();
    let step = passed_over(&mut shell);
    shell.check(&step, redundant()).discard();
    let step = shell.block_with_tx("b", 15, observed(5, 1, 0));
    assert_eq!(broadcast(&step), broadcast(&once));
}

#[test]
fn a_thrown_out_request_is_signed_anew_only_once_another_stands_in_its_place() {
    let mut shell = replaced();
    let step = shell.block_with_tx("b", 15, observed(5, 2, 0));
    assert_eq!((cleared(&step), concluded(&step)), (2, None));
    assert_eq!(signed_messages(&step), Some((6, vec!["/once".to_owned()])));
}

#[test]
fn a_thrown_out_request_that_lands_all_the_same_is_done() {
    let mut shell = replaced();
    let step = shell.block_with_tx("b", 15, observed(5, 1, 0));
    assert!(matches!(concluded(&step), Some(Outcome::Committed { .. })));
    assert_eq!(cleared(&step), 2);
    assert_eq!(legs(&step), [(1, Leg::Recv)], "what took its sequence can't land any more");
    let step = shell.prepare(&step);
    assert_eq!(signing(&step).map(|(_, sequence, _)| sequence), Some(6));
}

#[test]
fn a_thrown_out_request_whose_place_nobody_takes_waits_for_its_timeout_height() {
    let mut shell = thrown_out();
    for height in 15..=18 {
        assert_eq!(shell.block("b", height, vec![]).actions, []);
    }
    let step = shell.block("b", 19, vec![]);
    assert_eq!((cleared(&step), signed_messages(&step)), (1, Some((5, vec!["/once".to_owned()]))));
}

#[test]
fn of_two_that_only_a_gas_limit_tells_a_request_is_not_said_to_be_done() {
    let mut shell = replaced();
    let step = shell.block_with_tx("b", 15, ObservedTx { signatures: vec![], ..observed(5, 0, 0) });
    assert_eq!((concluded(&step), signing(&step)), (Some(Outcome::Void), None), "the caller asks the chain");
}

#[test]
fn after_a_restart_both_of_one_sequence_are_told_apart() {
    let mut records = Vec::new();
    let mut first = Shell::new(Order::Unordered);
    let step = first.tell(once());
    let step = first.read_account(step, 5);
    let step = first.sign(&step);
    records.extend(step.writes.clone());
    first.check(&step, Checked::Accepted).discard();
    let step = passed_over(&mut first);
    first.check(&step, redundant()).discard();
    let step = sign_recv(&mut first, 1, 10);
    records.extend(first.sign(&step).writes);
    records.push(Record::Packet { packet: packet_record(1) });
    for (signature, is_done) in [(1, true), (2, false)] {
        let (mut shell, step) = Shell::from(records.clone(), Order::Unordered);
        shell.check(&step, waits_for(6)).discard();
        assert_eq!(signing(&shell.tell(once())), None);
        let step = shell.block_with_tx("b", 15, observed(5, signature, 0));
        assert_eq!(cleared(&step), 2);
        assert_eq!(matches!(concluded(&step), Some(Outcome::Committed { .. })), is_done);
        let step = shell.read_account(step, 6);
        assert_eq!(signed_messages(&step), (!is_done).then(|| (6, vec!["/once".to_owned()])));
    }
}

#[test]
fn after_a_restart_what_the_node_lacks_below_a_request_is_signed_before_it() {
    let mut first = Shell::new(Order::Unordered);
    let step = first.tell(once());
    let step = first.read_account(step, 6);
    let records = first.sign(&step).writes;
    let (mut shell, step) = Shell::from(records, Order::Unordered);
    let once = broadcast(&step);
    assert!(once.is_some());
    shell.check(&step, waits_for(5)).discard();
    let step = shell.send(1);
    let step = shell.prepare(&step);
    let step = shell.read_account(step, 5);
    assert_eq!(signing(&step).map(|(_, sequence, _)| sequence), Some(5));
    let step = shell.sign(&step);
    let step = shell.check(&step, Checked::Accepted);
    assert_eq!(broadcast(&step), once);
}
