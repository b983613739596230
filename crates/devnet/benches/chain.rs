//! Blocks on a clock that stands still between them, with the whole application: empty, and full of payments.

use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use lightship_devnet::proto::cosmos::bank::v1beta1::MsgSend;
use lightship_devnet::proto::cosmos::base::v1beta1::Coin;
use lightship_devnet::types::{Timestamp, wire};
use lightship_devnet::{Account, Attack, Chain, ChainSetup, Clock, TxOptions};

const GENESIS_SECONDS: u64 = 1_700_000_000;
const PAYMENTS: u64 = 100;

/// A chain that keeps the last hundred blocks and states.
fn chain(validators: usize, accounts: &[Account]) -> Chain {
    let clock = Clock::manual(Timestamp::from_seconds(GENESIS_SECONDS));
    let mut setup = ChainSetup::new("chain-1".parse().expect("a chain id"), clock, accounts.to_vec());
    setup.options.powers = vec![10; validators];
    setup.genesis.states_kept = Some(100);
    let mut chain = Chain::new(setup.genesis, setup.options);
    chain.retain_blocks(Some(100));
    chain
}

fn next_second(chain: &Chain) -> Timestamp {
    Timestamp::from_seconds(GENESIS_SECONDS + 1 + chain.height())
}

fn empty_blocks(c: &mut Criterion) {
    let mut group = c.benchmark_group("empty block");
    group.throughput(Throughput::Elements(1));
    for validators in [1, 4, 20, 100] {
        let mut chain = chain(validators, &[]);
        group.bench_function(format!("{validators} validators"), |b| b.iter(|| chain.make_block(next_second(&chain))));
    }
    group.finish();
}

/// Payments of one account to another, signed, for the next blocks.
fn payments(chain: &Chain, from: &Account, to: &Account) -> Vec<Bytes> {
    let mut options = TxOptions::next(chain, from).expect("it has an account");
    let payment = wire::pack(&MsgSend {
        from_address: from.address().to_text("cosmos"),
        to_address: to.address().to_text("cosmos"),
        amount: vec![Coin { denom: ChainSetup::TOKEN.to_owned(), amount: "1".to_owned() }],
    });
    let mut signed = Vec::new();
    for _ in 0..PAYMENTS {
        signed.push(from.sign(vec![payment.clone()], &options).into());
        options.sequence += 1;
    }
    signed
}

/// Execution alone, then by way of the mempool: CheckTx, execution, and nothing left to check again.
fn full_blocks(c: &mut Criterion) {
    let [from, to] = ["alice", "bob"].map(|name| Account::from_seed(name, 1));
    let mut group = c.benchmark_group(format!("block of {PAYMENTS} payments"));
    group.throughput(Throughput::Elements(PAYMENTS));
    for validators in [1, 4, 20, 100] {
        let mut chain = chain(validators, &[from.clone(), to.clone()]);
        chain.make_block(next_second(&chain));
        let txs = payments(&chain, &from, &to);
        // The same block on forks of the same chain.
        group.bench_function(format!("{validators} validators"), |b| {
            b.iter_batched_ref(
                || (chain.clone(), txs.clone()),
                |(chain, txs)| chain.make_block_of(std::mem::take(txs), next_second(chain)),
                BatchSize::SmallInput,
            );
        });
        if validators == 4 {
            group.bench_function("4 validators, checked before", |b| {
                b.iter_batched_ref(|| (chain.clone(), txs.clone()), offer_and_make, BatchSize::SmallInput);
            });
        }
    }
    group.finish();
}

fn offer_and_make((chain, txs): &mut (Chain, Vec<Bytes>)) -> u64 {
    for tx in txs.drain(..) {
        let checked = chain.offer(tx).expect("the mempool has room");
        assert_eq!(checked.code, 0, "{}", checked.log);
    }
    chain.make_block(next_second(chain))
}

fn forks(c: &mut Criterion) {
    let mut chain = chain(4, &[]);
    for _ in 0..100 {
        chain.make_block(next_second(&chain));
    }
    let head = chain.height();
    c.bench_function("fork of 100 blocks", |b| b.iter(|| chain.fork(head / 2)));
    c.bench_function("equivocation", |b| b.iter(|| chain.attack(Attack::Equivocation, head, Default::default())));
}

criterion_group!(benches, empty_blocks, full_blocks, forks);
criterion_main!(benches);
