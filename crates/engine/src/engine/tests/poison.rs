//! One bad packet among many good ones: how many blocks it costs them, and what becomes of it.

use types::Order;

use super::harness::Harness;
use crate::testing::packet;
use crate::*;

fn quarantined(harness: &Harness) -> usize {
    harness.notices.iter().filter(|notice| matches!(notice, Notice::Quarantined { .. })).count()
}

fn until_quarantined(harness: &mut Harness) {
    let most = harness.b + 100;
    while quarantined(harness) == 0 {
        assert!(harness.b < most, "not quarantined");
        harness.block_of_b();
    }
}

fn tx_failed(harness: &Harness) -> usize {
    harness.notices.iter().filter(|notice| matches!(notice, Notice::TxFailed { .. })).count()
}

fn good(poison: &[u64]) -> Vec<u64> {
    (1..=500).filter(|sequence| !poison.contains(sequence)).collect()
}

#[test]
fn one_that_fails_in_delivery_costs_the_other_499_one_block() {
    let mut harness = Harness::new(Order::Unordered);
    harness.poison = [250].into();
    harness.send(1..=500);
    assert_eq!(harness.blocks_until_received(good(&[250])), 2);
    assert_eq!(harness.engine.open_packets_total(), 500);
}

#[test]
fn one_that_simulation_refuses_costs_the_other_499_no_block_or_without_a_hint_one() {
    // Without hints its neighbours go in so many pieces that a window of eight does not hold them.
    for (hints, blocks) in [(true, 1), (false, 2)] {
        let mut harness = Harness::new(Order::Unordered);
        (harness.poison, harness.simulates, harness.hints) = ([250].into(), true, hints);
        harness.send(1..=500);
        assert_eq!(harness.blocks_until_received(good(&[250])), blocks, "hints: {hints}");
        assert_eq!(tx_failed(&harness), 0);
    }
}

#[test]
fn without_a_hint_it_is_found_by_halves() {
    let mut harness = Harness::new(Order::Unordered);
    (harness.poison, harness.hints) = ([250].into(), false);
    harness.send(1..=500);
    // A hundred messages are halved six times before each is alone.
    assert!(harness.blocks_until_received(good(&[250])) <= 8);
}

#[test]
fn several_in_one_transaction_are_told_apart_in_as_many_blocks_as_it_can_be_halved() {
    let poison: Vec<u64> = (201..=300).step_by(9).collect();
    let mut harness = Harness::new(Order::Unordered);
    harness.poison = poison.iter().copied().collect();
    harness.send(1..=500);
    let elsewhere: Vec<u64> = (1..=200).chain(301..=500).collect();
    assert_eq!(harness.blocks_until_received(elsewhere), 1, "the transactions beside it are not touched");
    assert!(harness.blocks_until_received(good(&poison)) <= 7, "{} bad ones", poison.len());
}

#[test]
fn it_is_quarantined_with_its_reason_and_delivered_by_itself_once_the_cause_is_gone() {
    let mut harness = Harness::new(Order::Unordered);
    harness.poison = [3].into();
    harness.send(1..=5);
    until_quarantined(&mut harness);
    let failure = harness.view(3).failure.cloned().expect("it failed alone");
    assert_eq!((failure.leg, failure.codespace.as_str(), failure.code), (Leg::Recv, "channel", 1));
    assert!(failure.reason.contains("refused"), "{}", failure.reason);
    let failed = tx_failed(&harness);
    for _ in 0..60 {
        harness.block_of_b();
    }
    let tried = tx_failed(&harness) - failed;
    assert!((4..=13).contains(&tried), "at growing distances up to 10 s: {tried} times in 60 s");
    assert_eq!(quarantined(&harness), 1, "said once");
    harness.poison.clear();
    assert!(harness.blocks_until_received([3]) <= 12);
    assert_eq!(harness.view(3).failure, None);
}

#[test]
fn a_batch_of_which_one_expires_still_delivers_the_rest() {
    let mut harness = Harness::new(Order::Unordered);
    harness.poison = [2].into();
    harness.send([1]);
    let late =
        types::Packet { timeout_height: types::Height { revision_number: 0, revision_height: 103 }, ..packet(2) };
    let sends = [late, packet(3), packet(4)];
    harness.block_of_a(sends.map(|packet| types::event::IbcEvent::SendPacket { packet }).into());
    harness.block_of_a(Vec::new());
    assert_eq!(harness.blocks_until_received([1, 3, 4]), 2);
    for _ in 0..5 {
        harness.block_of_b();
    }
    assert_eq!((tx_failed(&harness), quarantined(&harness)), (1, 0), "its recv is not tried again");
    harness.block_of_a(Vec::new());
    harness.block_of_a(Vec::new());
    assert_eq!(harness.view(2).stage, PacketStage::Submitted(Leg::Timeout));
    assert_eq!(harness.view(2).tries, 0, "what failed as a recv says nothing about the timeout");
}

#[test]
fn out_of_gas_in_delivery_asks_for_more_three_times_and_is_then_found_by_halves_without_asking_again() {
    let mut harness = Harness::new(Order::Unordered);
    harness.greedy = [3].into();
    harness.send(1..=8);
    for tries in 0..=3 {
        assert_eq!(harness.gas_tries(), [tries]);
        harness.block_of_b();
    }
    assert_eq!(harness.gas_tries(), [0, 3, 3], "the update, and each half with the most");
    assert!(harness.blocks_until_received([1, 2, 4, 5, 6, 7, 8]) <= 3);
    until_quarantined(&mut harness);
    let failure = harness.view(3).failure.cloned().expect("it failed alone");
    assert_eq!((failure.codespace.as_str(), failure.code), ("sdk", 11));
    harness.greedy.clear();
    harness.blocks_until_received([3]);
}

#[test]
fn one_that_burns_more_than_simulated_is_delivered_at_the_second_try() {
    let mut harness = Harness::new(Order::Unordered);
    harness.greedy = [3].into();
    harness.send(1..=8);
    harness.block_of_b();
    harness.greedy.clear();
    assert_eq!((harness.blocks_until_received(1..=8), tx_failed(&harness)), (1, 1));
}

#[test]
fn a_failure_in_delivery_leaves_later_sequences_alone_and_one_in_check_tx_does_not() {
    let mut harness = Harness::new(Order::Unordered);
    harness.poison = [50].into();
    harness.send(1..=300);
    assert_eq!(harness.mempool.len(), 4, "the update and three transactions");
    harness.block_of_b();
    assert_eq!(harness.received.len(), 200, "the two behind the failed one stand in the same block");
}
