//! Live packets before the backlog, and the backlog never forgotten.

use types::Order;
use types::event::IbcEvent;

use super::harness::Harness;
use crate::testing::{Shell, chain, packet, packet_record};
use crate::*;

/// Packets of the backlog have sequences up to here.
const BACKLOG: u64 = 5_000;

/// Live packets' blocks until they were received, one packet sent before each block of `b`.
fn live_waits(harness: &mut Harness, count: u64) -> Vec<u64> {
    let mut sent = Vec::new();
    for sequence in BACKLOG + 1..=BACKLOG + count {
        harness.send([sequence]);
        sent.push((sequence, harness.b));
        harness.block_of_b();
    }
    for _ in 0..20 {
        harness.block_of_b();
    }
    sent.iter().map(|(sequence, at)| harness.received[sequence] - at).collect()
}

#[test]
fn a_live_packet_is_received_in_the_next_block_while_a_backlog_clears() {
    let mut harness = Harness::new(Order::Unordered);
    harness.find_old(1..=BACKLOG);
    let waits = live_waits(&mut harness, 20);
    assert!(waits.iter().all(|wait| *wait == 1), "{waits:?}");
    let last = harness.received.iter().filter(|(sequence, _)| **sequence <= BACKLOG).map(|(_, block)| *block).max();
    assert!(last.is_some_and(|last| last <= 112), "the backlog has nearly all of the blocks: {last:?}");
}

#[test]
fn a_live_packet_waits_for_one_transaction_more_where_blocks_are_small() {
    let mut harness = Harness::new(Order::Unordered);
    harness.capacity = 1;
    harness.find_old(1..=BACKLOG);
    for _ in 0..10 {
        harness.block_of_b();
    }
    assert!(harness.mempool.len() <= 2, "the backlog keeps to what a block takes: {}", harness.mempool.len());
    harness.send([BACKLOG + 1]);
    assert!(harness.blocks_until_received([BACKLOG + 1]) <= 3);
}

#[test]
fn a_backlog_alone_fills_the_window_but_for_one() {
    let mut harness = Harness::new(Order::Unordered);
    harness.find_old(1..=BACKLOG);
    assert_eq!(harness.mempool.len(), 7);
    let blocks = harness.blocks_until_received(1..=BACKLOG);
    assert!(blocks <= 9, "5,000 packets, up to 700 a block: {blocks} blocks");
}

#[test]
fn a_batch_is_all_live_or_all_backlog_and_a_slot_is_kept_for_live_ones() {
    let mut harness = Harness::new(Order::Unordered);
    harness.holds_batches = true;
    harness.find_old(1..=300);
    assert_eq!(harness.batches.len(), 1);
    assert_eq!(harness.batches[0].1.len(), 100, "what a live batch waits behind is small");
    harness.send([BACKLOG + 1]);
    assert_eq!(harness.batches.len(), 2);
    assert_eq!(harness.batches[1].1.len(), 1);
    harness.holds_batches = false;
    harness.prepare_held();
    harness.blocks_until_received((1..=300).chain([BACKLOG + 1]));
}

#[test]
fn nothing_of_the_backlog_is_begun_while_a_live_leg_is_proven() {
    let mut harness = Harness::new(Order::Unordered);
    harness.capacity = 1;
    harness.find_old(1..=BACKLOG);
    harness.holds_batches = true;
    (0..20).for_each(|_| harness.block_of_b());
    assert_eq!((harness.batches.len(), harness.mempool.len()), (1, 0), "the next batch of the backlog is being proven");
    harness.send([BACKLOG + 1]);
    let live = harness.batches.pop_back().expect("a live leg is being proven beside it");
    harness.prepare_oldest();
    harness.block_of_b();
    assert_eq!(
        (harness.batches.len(), harness.mempool.len()),
        (0, 0),
        "the backlog's batch is neither signed nor followed"
    );
    harness.batches.push_back(live);
    harness.prepare_oldest();
    assert_eq!(harness.mempool.first().map(|tx| tx.packets.clone()), Some(vec![BACKLOG + 1]));
    assert_eq!((harness.batches.len(), harness.mempool.len()), (1, 2), "now it goes on");
}

#[test]
fn a_long_backlog_is_swept_again_once_half_of_it_has_ended() {
    let mut shell = Shell::new(Order::Unordered);
    shell.quiet();
    shell.send(1_000).discard();
    let ended = |sequences: core::ops::RangeInclusive<u64>| {
        sequences.map(|sequence| IbcEvent::AcknowledgePacket { packet: packet(sequence).id() }).collect()
    };
    let is_swept = |step: Step| step.actions.contains(&Action::Sweep { channel: packet_record(1).key().source });
    shell.block("a", 11, ended(1..=500)).discard();
    assert!(!(12..=15).any(|height| is_swept(shell.head("a", height))), "it would ask for 500 that are open");
    shell.block("a", 12, ended(501..=501)).discard();
    assert!((16..=17).any(|height| is_swept(shell.head("a", height))));
}

#[test]
fn the_backlog_has_a_share_while_live_packets_fill_every_block() {
    let mut harness = Harness::new(Order::Unordered);
    harness.capacity = 1;
    harness.find_old(1..=3_000);
    let mut next = BACKLOG;
    for _ in 0..60 {
        harness.send(next + 1..=next + 150);
        next += 150;
        harness.block_of_b();
    }
    let of_backlog = harness.received.keys().filter(|sequence| **sequence <= BACKLOG).count();
    let live = harness.received.len() - of_backlog;
    // Seven transactions were in flight before anything was live.
    assert!((900..=1_700).contains(&of_backlog), "then about one in eight: {of_backlog} and {live} live ones");
    assert!(live >= 2 * of_backlog, "{of_backlog} and {live} live ones");
}

#[test]
fn an_ordered_channel_keeps_its_order_whatever_is_live() {
    let mut harness = Harness::new(Order::Ordered);
    harness.find_old(1..=250);
    harness.send(251..=260);
    harness.blocks_until_received(1..=260);
    let blocks: Vec<u64> = harness.received.values().copied().collect();
    assert!(blocks.is_sorted(), "received in sequence");
    assert_eq!(harness.notices.iter().filter(|notice| matches!(notice, Notice::TxFailed { .. })).count(), 0);
}

#[test]
fn a_chain_that_answers_again_lets_everybody_go_at_once() {
    let mut harness = Harness::new(Order::Unordered);
    harness.holds_batches = true;
    harness.send([1]);
    let (batch, _) = harness.batches.pop_front().expect("a batch is prepared");
    let reason = "connection refused".to_owned();
    harness.tell(Event::BatchFailed { batch, class: types::Class::Transient, reason });
    assert_eq!(harness.batches.len(), 0);
    harness.tell(Event::ChainAnswered { chain: chain("a") });
    assert_eq!(harness.batches.len(), 1);
}
