//! Blocks on a clock that stands still between them: what the consensus costs by itself.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use lightship_devnet::app::genesis::Genesis;
use lightship_devnet::chain::{Chain, ChainOptions};
use types::Timestamp;

const GENESIS_SECONDS: u64 = 1_700_000_000;

fn chain(validators: usize) -> Chain {
    let options = ChainOptions {
        powers: vec![10; validators],
        seed: 1,
        genesis_time: Timestamp::from_seconds(GENESIS_SECONDS),
        initial_height: 1,
    };
    let mut chain = Chain::new(Genesis::new("chain-1".parse().expect("a chain id")), options);
    chain.retain_blocks(Some(100));
    chain
}

fn blocks(c: &mut Criterion) {
    let mut group = c.benchmark_group("make_block");
    group.throughput(Throughput::Elements(1));
    for validators in [1, 4, 20, 100] {
        let mut chain = chain(validators);
        let mut seconds = GENESIS_SECONDS;
        group.bench_function(format!("{validators} validators"), |b| {
            b.iter(|| {
                seconds += 1;
                chain.make_block(Timestamp::from_seconds(seconds))
            });
        });
    }
    group.finish();
}

fn forks(c: &mut Criterion) {
    let mut chain = chain(4);
    for second in 1..=100 {
        chain.make_block(Timestamp::from_seconds(GENESIS_SECONDS + second));
    }
    c.bench_function("fork of 100 blocks", |b| b.iter(|| chain.fork(50)));
}

criterion_group!(benches, blocks, forks);
criterion_main!(benches);
