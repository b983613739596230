//! What chains that forget nothing take: resident memory (`/proc/self/statm`, Linux alone) before and after many blocks,
//! payments and relayed packets, divided by their number. What was measured is never freed, so that what comes after it
//! finds no memory to take again.

#![expect(clippy::unwrap_used, reason = "a measurement that can't go on has failed")]

#[path = "../tests/chains"]
#[expect(dead_code, reason = "the tests use the rest")]
mod chains {
    pub(crate) mod world;
}

use std::io::Write;

use bytes::Bytes;
use chains::world;
use lightship_devnet::proto::cosmos::bank::v1beta1::MsgSend;
use lightship_devnet::proto::cosmos::base::v1beta1::Coin;
use lightship_devnet::types::event::IbcEvent;
use lightship_devnet::types::{Timestamp, wire};
use lightship_devnet::{Account, Chain, ChainSetup, Clock, TxOptions};
use world::{Side, World};

const GENESIS_SECONDS: u64 = 1_800_000_000;
/// Validators, and how many blocks of theirs fit into the memory of any machine.
const EMPTY_BLOCKS: [(usize, u64); 4] = [(1, 20_000), (4, 20_000), (20, 5_000), (100, 2_000)];
const PAYMENT_BLOCKS: u64 = 200;
const PAYMENTS: u64 = 50;
const PACKET_BATCHES: u64 = 100;
const PACKETS: u64 = 20;

fn main() {
    let mut out = std::io::stdout();
    for (validators, blocks) in EMPTY_BLOCKS {
        let mut chain = chain(validators, &[]);
        // Keys, stacks and pages that are taken but once.
        make_blocks(&mut chain, 100);
        let bytes = measured(|| make_blocks(&mut chain, blocks)) / blocks;
        std::mem::forget(chain);
        writeln!(out, "empty block, {validators} validators: {bytes} bytes").unwrap();
    }
    writeln!(out, "payment, {PAYMENTS} a block: {} bytes", payment()).unwrap();
    writeln!(out, "packet, sent, received and acknowledged, {PACKETS} a transaction: {} bytes", packet()).unwrap();
}

/// What a payment takes in a block of many.
fn payment() -> u64 {
    let [from, to] = ["alice", "bob"].map(|name| Account::from_seed(name, 1));
    let mut chain = chain(4, &[from.clone(), to.clone()]);
    pay(&mut chain, &from, &to);
    let bytes = measured(|| (0..PAYMENT_BLOCKS).for_each(|_| pay(&mut chain, &from, &to)));
    std::mem::forget(chain);
    bytes / (PAYMENT_BLOCKS * PAYMENTS)
}

/// What a packet takes on both chains, with its share of blocks, headers and transactions.
fn packet() -> u64 {
    let mut world = World::with_transfer();
    (0..5).for_each(|_| relay(&mut world));
    let bytes = measured(|| (0..PACKET_BATCHES).for_each(|_| relay(&mut world)));
    std::mem::forget(world);
    bytes / (PACKET_BATCHES * PACKETS)
}

fn chain(validators: usize, accounts: &[Account]) -> Chain {
    let clock = Clock::manual(Timestamp::from_seconds(GENESIS_SECONDS));
    let mut setup = ChainSetup::new("chain-1".parse().unwrap(), clock, accounts.to_vec());
    setup.options.powers = vec![10; validators];
    let mut chain = Chain::new(setup.genesis, setup.options);
    make_blocks(&mut chain, 1);
    chain
}

fn make_blocks(chain: &mut Chain, count: u64) {
    for _ in 0..count {
        chain.make_block(next_second(chain));
    }
}

fn next_second(chain: &Chain) -> Timestamp {
    Timestamp::from_seconds(GENESIS_SECONDS + 1 + chain.height())
}

/// A block of payments.
fn pay(chain: &mut Chain, from: &Account, to: &Account) {
    let mut options = TxOptions::next(chain, from).unwrap();
    let payment = wire::pack(&MsgSend {
        from_address: from.address().to_text("cosmos"),
        to_address: to.address().to_text("cosmos"),
        amount: vec![Coin { denom: ChainSetup::TOKEN.to_owned(), amount: "1".to_owned() }],
    });
    let mut txs: Vec<Bytes> = Vec::new();
    for _ in 0..PAYMENTS {
        txs.push(from.sign(vec![payment.clone()], &options).into());
        options.sequence += 1;
    }
    let height = chain.make_block_of(txs, next_second(chain)).unwrap();
    assert!(chain.block(height).unwrap().results.iter().all(|result| result.code == 0));
}

/// Transfers from A to B in one transaction, to their acknowledgements.
fn relay(world: &mut World) {
    let user = world.user.clone();
    let transfers = (0..PACKETS).map(|_| world.transfer(1, &world.user_text(), world.late())).collect();
    let sent = world.run(Side::A, &user, transfers);
    assert_eq!((sent.code, sent.log.as_str()), (0, ""));
    world.tick();

    let packets = world::ibc_events(&sent).into_iter().filter_map(|event| match event {
        IbcEvent::SendPacket { packet } => Some(packet),
        _ => None,
    });
    let mut messages = vec![world.update(Side::B)];
    messages.extend(packets.map(|packet| world.recv(&packet)));
    let received = world.relay(Side::B, messages);
    world.tick();

    let written = received.into_iter().filter_map(|event| match event {
        IbcEvent::WriteAcknowledgement { packet, acknowledgement } => Some((packet, acknowledgement)),
        _ => None,
    });
    let mut messages = vec![world.update(Side::A)];
    messages.extend(written.map(|(packet, acknowledgement)| world.acknowledgement(&packet, acknowledgement)));
    assert_eq!(messages.len() as u64, PACKETS + 1);
    world.relay(Side::A, messages);
}

/// By how much the work makes the process grow.
fn measured(work: impl FnOnce()) -> u64 {
    let before = resident_bytes();
    work();
    resident_bytes().saturating_sub(before)
}

fn resident_bytes() -> u64 {
    const PAGE: u64 = 4096;
    let statm = std::fs::read_to_string("/proc/self/statm").unwrap();
    statm.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * PAGE
}
