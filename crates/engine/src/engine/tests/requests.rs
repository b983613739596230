//! Requests from outside the packet machine.
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one kind of action")]

use types::event::IbcEvent;
use types::{BlockHeight, Class, Order, Scope};

use crate::testing::*;
use crate::*;

fn request(name: &str, priority: Priority) -> Event {
    let lane = chain_options("b").lane;
    let messages = vec![message(&format!("/{name}"))];
    Event::RequestMade { request: Request { id: RequestId(name.to_owned()), lane, priority, messages } }
}

fn concluded(step: &Step) -> Option<(String, Outcome)> {
    step.actions.iter().find_map(|action| match action {
        Action::Conclude { request, outcome } => Some((request.0.clone(), outcome.clone())),
        _ => None,
    })
}

fn created_client() -> types::event::ObservedTx {
    let client = "07-tendermint-5".parse().unwrap();
    let created = IbcEvent::CreateClient { client, consensus_height: types::Height::ZERO };
    types::event::ObservedTx { events: vec![created], ..observed(5, 1, 0) }
}

#[test]
fn a_request_ends_with_what_its_events_created_and_its_outcome_is_written_before_the_outbox_is_cleared() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.tell(request("create", Priority::Handshake));
    let step = shell.read_account(step, 5);
    let step = shell.sign(&step);
    shell.check(&step, Checked::Accepted).discard();
    let step = shell.block_with_tx("b", 10, created_client());
    let created = vec![Created::Client("07-tendermint-5".parse().unwrap())];
    let outcome = Outcome::Committed { height: BlockHeight(10), created };
    assert_eq!(concluded(&step), Some(("create".to_owned(), outcome.clone())));
    let [Record::Concluded { .. }, Record::OutboxCleared { .. }, Record::Cursor { .. }] = step.writes.as_slice() else {
        panic!("{:?}", step.writes)
    };
    let step = shell.tell(request("create", Priority::Handshake));
    assert_eq!((concluded(&step).map(|(_, outcome)| outcome), signing(&step)), (Some(outcome), None));
    let step = shell.tell(Event::RequestForgotten { request: RequestId("create".to_owned()) });
    assert_eq!(step.writes, [Record::ConcludedForgotten { request: RequestId("create".to_owned()) }]);
}

#[test]
fn a_request_in_the_outbox_is_found_again_after_a_restart() {
    let mut first = Shell::new(Order::Unordered);
    let step = first.tell(request("create", Priority::Handshake));
    let step = first.read_account(step, 5);
    let signed = first.sign(&step);
    let (mut shell, _) = Shell::from(signed.writes, Order::Unordered);
    let step = shell.tell(request("create", Priority::Handshake));
    assert_eq!((concluded(&step), signing(&step)), (None, None));
    let step = shell.block_with_tx("b", 10, created_client());
    assert!(matches!(concluded(&step), Some((_, Outcome::Committed { .. }))));
}

#[test]
fn an_outcome_that_was_written_before_a_crash_outlives_its_outbox_record() {
    let mut first = Shell::new(Order::Unordered);
    let step = first.tell(request("create", Priority::Handshake));
    let step = first.read_account(step, 5);
    let signed = first.sign(&step);
    first.check(&signed, Checked::Accepted).discard();
    let ended = first.block_with_tx("b", 10, created_client());
    let records = vec![signed.writes[0].clone(), ended.writes[0].clone()];
    let (mut shell, step) = Shell::from(records, Order::Unordered);
    assert_eq!(broadcast(&step), None);
    assert!(step.writes.iter().any(|write| matches!(write, Record::OutboxCleared { .. })));
    let step = shell.tell(request("create", Priority::Handshake));
    assert!(matches!(concluded(&step), Some((_, Outcome::Committed { .. }))));
}

#[test]
fn evidence_goes_first() {
    let mut shell = Shell::new(Order::Unordered);
    let first = shell.tell(request("refresh", Priority::Refresh));
    shell.tell(request("step", Priority::Handshake)).discard();
    shell.tell(request("evidence", Priority::Misbehaviour)).discard();
    let step = shell.read_account(first, 5);
    assert_eq!(signing(&step).unwrap().2, ["/evidence"]);
}

#[test]
fn what_simulation_refuses_is_concluded_without_a_record() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.tell(request("step", Priority::Handshake));
    let step = shell.read_account(step, 5);
    let (tx, ..) = signing(&step).unwrap();
    let step = shell.tell(Event::TxRefused { tx, refusal: refusal(Class::Terminal(Scope::Packet), "connection", 4) });
    assert!(matches!(concluded(&step), Some((_, Outcome::Failed { .. }))));
    assert_eq!(step.writes, []);
}

#[test]
fn a_void_request_is_signed_anew_three_times_at_most() {
    let mut shell = Shell::new(Order::Unordered);
    let mut step = shell.tell(request("step", Priority::Handshake));
    for round in 0..4 {
        step = shell.read_account(step, 5 + round);
        let sequence = signing(&step).unwrap().1;
        step = shell.sign(&step);
        shell.check(&step, Checked::Accepted).discard();
        step = shell.block_with_tx("b", 10 + round, observed(sequence, 99, 0));
    }
    assert_eq!(concluded(&step), Some(("step".to_owned(), Outcome::Void)));
    assert_eq!(signing(&step), None);
}

#[test]
fn a_request_for_no_wallet_of_ours_fails_at_once() {
    let mut shell = Shell::new(Order::Unordered);
    let lane = LaneId { chain: chain("b"), address: "somebody".to_owned() };
    let request = Request { id: RequestId("x".to_owned()), lane, priority: Priority::Handshake, messages: vec![] };
    let step = shell.tell(Event::RequestMade { request });
    assert!(matches!(concluded(&step), Some((_, Outcome::Failed { .. }))));
}

#[test]
fn a_request_that_may_stand_in_a_lost_block_is_not_signed_anew_by_itself() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.tell(request("create", Priority::Handshake));
    let step = shell.read_account(step, 5);
    let step = shell.sign(&step);
    shell.check(&step, Checked::Accepted).discard();
    shell.block("b", 25, vec![]).discard();
    let (from, to) = (BlockHeight(10), BlockHeight(24));
    let step = shell.tell(Event::BlocksPruned { chain: chain("b"), from, to });
    assert_eq!(concluded(&step), Some(("create".to_owned(), Outcome::Void)));
    assert_eq!(shell.engine.lane(&chain_options("b").lane).unwrap().queued, 0);
}
