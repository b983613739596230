//! A connection's delay (ICS-03): the update that it counts from goes alone.
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one kind of action")]

use types::event::IbcEvent;
use types::{BlockHeight, Order, ProofHeight};

use crate::testing::*;
use crate::*;

/// All legs of a preparation are delayed, and the delay is begun by an update or has begun already.
fn delay(shell: &mut Shell, step: &Step, blocks: u64, begins: bool) -> Step {
    let (batch, legs) = prepared(step).expect("a batch is to be prepared");
    let dropped = legs.into_iter().map(|(packet, leg)| (packet, leg, Dropped::Delayed { blocks })).collect();
    let update = if begins { vec![message("/update")] } else { Vec::new() };
    let (proof_height, head) = (ProofHeight(BlockHeight(11)), Head::default());
    let prepared = Prepared { update, legs: Vec::new(), dropped, proof_height, head };
    shell.tell(Event::BatchPrepared { batch, prepared })
}

#[test]
fn the_update_that_begins_a_delay_is_submitted_alone_and_the_leg_waits() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(1);
    let step = delay(&mut shell, &step, 3, true);
    let step = shell.read_account(step, 5);
    assert_eq!(signing(&step).map(|(_, _, messages)| messages), Some(vec!["/update".to_owned()]));
    let step = shell.sign(&step);
    let is_update = |write: &Record| match write {
        Record::Outbox { tx } => tx.purpose == Purpose::Packets { updates: 1, legs: Vec::new() },
        _ => false,
    };
    assert!(step.writes.iter().any(is_update));
    shell.check(&step, Checked::Accepted).discard();
    shell.block_with_tx("b", 10, observed(5, 1, 0)).discard();
    assert_eq!(legs(&shell.head("b", 11)), []);
    assert_eq!(legs(&shell.head("b", 12)), [(1, Leg::Recv)], "three blocks after block 9");
}

#[test]
fn the_update_is_not_submitted_twice_while_it_is_under_way() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(1);
    let step = delay(&mut shell, &step, 30, true);
    let step = shell.read_account(step, 5);
    let step = shell.sign(&step);
    shell.check(&step, Checked::Accepted).discard();
    shell.block("a", 12, vec![IbcEvent::SendPacket { packet: packet(2) }]).discard();
    let step = shell.head("a", 13);
    assert_eq!(legs(&step), [(2, Leg::Recv)]);
    let step = delay(&mut shell, &step, 30, true);
    assert_eq!(signing(&step), None, "one is in flight");
    shell.block_with_tx("b", 10, observed(5, 1, 0)).discard();
    let step = shell.head("b", 10);
    assert_eq!(legs(&step), [(2, Leg::Recv)], "that one may be too low for it, so that it asks again at once");
    let step = delay(&mut shell, &step, 30, true);
    assert_eq!(signing(&step).map(|(_, _, messages)| messages), Some(vec!["/update".to_owned()]));
}

#[test]
fn a_delay_that_has_begun_needs_no_update() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(1);
    let step = delay(&mut shell, &step, 2, false);
    assert!(step.actions.is_empty());
    shell.head("b", 10).discard();
    assert_eq!(legs(&shell.head("b", 11)), [(1, Leg::Recv)]);
}

#[test]
fn what_the_chain_will_never_take_is_said_once_and_left() {
    let mut shell = Shell::new(Order::Unordered);
    let step = shell.send(1);
    let step = shell.drop_legs(&step, Dropped::Hopeless(Hopeless::AcknowledgementMalformed));
    assert!(matches!(notices(&step)[..], [Notice::PacketHopeless { .. }]));
    assert_eq!(shell.stage(1), Some(PacketStage::Resting));
}
