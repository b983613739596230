//! What it costs to verify one header, a proof, and a chain of ten thousand blocks, next to the same work by
//! `tendermint-light-client-verifier` and `ics23` alone. Both begin with what a node sends, decoded: validators are a
//! list, and their hash is not known yet.
//!
//! `cargo bench -p lightship-light-client`

mod chain;
mod proof;
mod reference;

use std::time::Duration;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use lightship_light_client::{
    Bisection, LightBlock, Options, Progress, TrustThreshold, TrustedState, ValidatorSet, Verdict, membership, verify,
    verify_membership,
};
use types::{BlockHeight, Timestamp};

use chain::{BLOCK_SECONDS, BenchChain};
use reference::Reference;

const OPTIONS: Options = Options {
    trust_threshold: TrustThreshold::ONE_THIRD,
    trusting_period: Duration::from_secs(14 * 24 * 3600),
    clock_drift: Duration::from_secs(10),
};

/// One header by another: the next one, which the trusted validators announced, and one far above, which a third of them
/// must have signed.
fn headers(c: &mut Criterion) {
    for (name, height) in [("adjacent", 2), ("skipping", 1000)] {
        let mut group = c.benchmark_group(name);
        for validators in [150, 1000] {
            let chain = BenchChain::of(validators);
            let (trusted, block, now) = (chain.trusted(1), chain.block(height), now(height));
            let id = |who| BenchmarkId::new(who, format!("{validators} validators"));
            group.bench_function(id("ours"), |b| {
                b.iter_batched(|| block.clone(), |block| ours(block, &trusted, now), BatchSize::SmallInput)
            });
            let reference = Reference::new(&OPTIONS);
            group.bench_function(id("verifier"), |b| {
                b.iter_batched(|| block.clone(), |block| reference.verify(block, &trusted, now), BatchSize::SmallInput)
            });
        }
        group.finish();
    }
}

/// From block 1 to block 10,001 with 150 validators, one of whom is replaced every twenty blocks.
fn bisection(c: &mut Criterion) {
    const TARGET: u64 = 10_001;
    let chain = BenchChain::rotating(150, 20);
    let (trusted, now) = (chain.trusted(1), now(TARGET));
    let mut group = c.benchmark_group("bisection");
    group.sample_size(20);
    let walk = |trusted: &(TrustedState, ValidatorSet)| {
        let mut bisection = Bisection::start(trusted.clone(), BlockHeight(TARGET), OPTIONS).expect("it is above");
        while let Some(height) = bisection.next_request() {
            match bisection.supply(received(chain.block(height.0)), now) {
                Progress::Progressed => {}
                Progress::Verified(trace) => return trace.len(),
                Progress::Rejected(invalid) => panic!("{invalid}"),
            }
        }
        panic!("nothing was verified")
    };
    let reference = Reference::new(&OPTIONS);
    let steps = walk(&trusted);
    assert!(steps > 4, "the validators' rotation makes it go step by step");
    assert_eq!(reference.bisect(&chain, &trusted, TARGET, now), steps, "both take the same way");
    group.bench_function("ours", |b| b.iter(|| walk(&trusted)));
    group.bench_function("verifier", |b| b.iter(|| reference.bisect(&chain, &trusted, TARGET, now)));
    group.finish();
}

/// A value in a store of a million keys, in an app of sixteen stores.
fn membership_proof(c: &mut Criterion) {
    let proven = proof::Proven::new(20, 4);
    let mut group = c.benchmark_group("membership");
    group.bench_function("ours", |b| {
        b.iter(|| verify_membership(&proven.root, &proven.proof, proven.path(), &proven.value).expect("it is proven"));
    });
    let specs = membership::known_proof_specs();
    group.bench_function("ics23", |b| b.iter(|| assert!(proven.verify_alone(&specs))));
    group.finish();
}

fn ours(block: LightBlock, (trusted, validators): &(TrustedState, ValidatorSet), now: Timestamp) {
    let verdict = verify(&received(block), trusted, validators, &OPTIONS, now);
    assert_eq!(verdict, Verdict::Success);
}

/// A block as it comes in: its sets are read and hashed anew.
fn received(block: LightBlock) -> LightBlock {
    let read = |set: &ValidatorSet| ValidatorSet::new(set.validators().to_vec(), None).expect("a valid set");
    let (validators, next_validators) = (read(&block.validators), block.next_validators.as_ref().map(read));
    LightBlock { validators, next_validators, ..block }
}

/// A minute after a block.
fn now(height: u64) -> Timestamp {
    Timestamp::from_seconds(height * BLOCK_SECONDS + 60)
}

criterion_group!(benches, headers, bisection, membership_proof);
criterion_main!(benches);
