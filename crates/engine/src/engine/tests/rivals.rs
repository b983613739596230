//! Another relayer on the same path.
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one kind of notice")]

use types::Order;

use super::harness::Harness;
use crate::*;

fn redundant(harness: &Harness, paid: bool) -> usize {
    let of = |notice: &Notice| match notice {
        Notice::Redundant { messages, is_paid, .. } if *is_paid == paid => *messages,
        _ => 0,
    };
    harness.notices.iter().map(of).sum()
}

fn committed(harness: &Harness) -> usize {
    harness.notices.iter().filter(|notice| matches!(notice, Notice::TxCommitted { .. })).count()
}

#[test]
fn what_simulation_finds_redundant_is_left_out_and_the_rest_goes_in_the_same_block() {
    let mut harness = Harness::new(Order::Unordered);
    harness.simulates = true;
    harness.rival([1, 2]);
    harness.send(1..=4);
    assert_eq!(harness.mempool.last().expect("ours").packets, [3, 4]);
    harness.block_of_b();
    assert_eq!((harness.received.len(), harness.paid_redundant), (4, 0));
    assert_eq!((redundant(&harness, false), redundant(&harness, true)), (2, 0));
}

#[test]
fn a_transaction_of_redundant_messages_only_is_not_signed_and_its_sequence_is_free() {
    let mut harness = Harness::new(Order::Unordered);
    harness.simulates = true;
    harness.rival([1, 2]);
    harness.send([1, 2]);
    assert_eq!(harness.mempool.len(), 1, "the rival's");
    harness.send([3]);
    harness.blocks_until_received([3]);
    assert_eq!(harness.paid_redundant, 0);
}

#[test]
fn a_redundant_leg_whose_event_never_comes_is_tried_again() {
    let mut harness = Harness::new(Order::Unordered);
    harness.simulates = true;
    harness.rival([1]);
    harness.send([1]);
    harness.mempool.clear();
    assert!(harness.blocks_until_received([1]) <= 6);
}

#[test]
fn a_redundant_message_that_was_paid_for_is_said() {
    let mut harness = Harness::new(Order::Unordered);
    harness.send(1..=4);
    harness.rival([1, 2]);
    harness.block_of_b();
    assert_eq!((harness.paid_redundant, redundant(&harness, true)), (2, 2));
}

#[test]
fn who_is_alone_loses_no_block() {
    let mut harness = Harness::new(Order::Unordered);
    for round in 0..40 {
        harness.send(round * 5 + 1..=round * 5 + 5);
        assert_eq!(harness.blocks_until_received(round * 5 + 1..=round * 5 + 5), 1);
    }
}

#[test]
fn a_relayer_that_lost_becomes_the_second_and_pays_for_next_to_nothing() {
    let mut harness = Harness::new(Order::Unordered);
    let rounds = 100;
    for round in 0..rounds {
        let packets = round * 10 + 1..=round * 10 + 10;
        // The rival is always first in the block, and no simulation sees it.
        harness.send(packets.clone());
        harness.rival(packets);
        harness.block_of_b();
        assert!(harness.received.len() as u64 >= round * 10, "what is left to the rival is delivered");
    }
    let sent = rounds as usize * 10;
    assert!(harness.paid_redundant * 20 < sent, "{} of {sent} were redundant", harness.paid_redundant);
    assert_eq!(redundant(&harness, true), harness.paid_redundant);
}

#[test]
fn the_second_takes_over_when_the_first_is_gone() {
    let mut harness = Harness::new(Order::Unordered);
    for round in 0..20 {
        harness.send([round + 1]);
        harness.rival([round + 1]);
        harness.block_of_b();
    }
    let mut waits = Vec::new();
    for round in 20..40 {
        harness.send([round + 1]);
        waits.push(harness.blocks_until_received([round + 1]));
    }
    assert!(waits.iter().all(|wait| *wait <= 5), "{waits:?}");
    assert!(waits[10..].iter().all(|wait| *wait == 1), "{waits:?}");
    assert!(committed(&harness) >= 20);
}

#[test]
fn two_that_clear_one_backlog_begin_at_its_two_ends() {
    let mut harness = Harness::new(Order::Unordered);
    harness.send([5_001]);
    harness.rival([5_001]);
    harness.block_of_b();
    harness.find_old(1..=1_000);
    let first = harness.mempool.iter().find(|tx| !tx.packets.is_empty()).expect("the backlog's first");
    assert_eq!((first.packets.first(), first.packets.last()), (Some(&1_000), Some(&901)));
}

#[test]
fn legs_in_preparation_that_a_rival_delivers_are_not_signed() {
    let mut harness = Harness::new(Order::Unordered);
    harness.holds_batches = true;
    harness.send([1, 2]);
    harness.rival([1, 2]);
    harness.block_of_b();
    harness.prepare_held();
    assert_eq!(harness.mempool.len(), 0);
    harness.send([3]);
    assert_eq!(harness.batches.len(), 0, "it steps back for a part of a block");
}
