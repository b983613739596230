//! What a chain's state costs: writing into a tree of a given size, saving it, proving from it.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{BatchSize, Criterion};
use lightship_devnet::state::MultiStore;

const STORE: &str = "ibc";
const SIZES: [u64; 2] = [1_000, 100_000];
const BLOCK_WRITES: u64 = 100;

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    for size in SIZES {
        let mut state = filled(size);
        state.save(1);
        one_write(&mut criterion, &state, size);
        block(&mut criterion, &state, size);
        prove(&mut criterion, &state, size);
    }
    criterion.final_summary();
}

/// Keys that lie all over the tree, as long as those of ICS-24.
fn key(number: u64) -> Vec<u8> {
    let scattered = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    format!("commitments/ports/transfer/channels/channel-0/sequences/{scattered:020}").into_bytes()
}

fn filled(size: u64) -> MultiStore {
    let mut state = MultiStore::new(&["acc", "bank", STORE, "transfer", "upgrade"]);
    for number in 0..size {
        state.set(STORE, &key(number), value(number));
    }
    state
}

fn value(number: u64) -> Arc<[u8]> {
    let mut value = [0; 32];
    value[..8].copy_from_slice(&number.to_be_bytes());
    value.into()
}

/// The state before stays, as the history of a chain does.
fn one_write(criterion: &mut Criterion, state: &MultiStore, size: u64) {
    let mut number = 0;
    criterion.bench_function(&format!("set and save, {size} keys"), |bencher| {
        bencher.iter_batched_ref(
            || state.clone(),
            |state| {
                number += 1;
                state.set(STORE, &key(number % size), value(number));
                state.save(2)
            },
            BatchSize::SmallInput,
        );
    });
}

fn block(criterion: &mut Criterion, state: &MultiStore, size: u64) {
    let mut number = 0;
    criterion.bench_function(&format!("set 100 and save, {size} keys"), |bencher| {
        bencher.iter_batched_ref(
            || state.clone(),
            |state| {
                for _ in 0..BLOCK_WRITES {
                    number += 1;
                    // Half of them are new.
                    state.set(STORE, &key(number % (2 * size)), value(number));
                }
                state.save(2)
            },
            BatchSize::SmallInput,
        );
    });
}

fn prove(criterion: &mut Criterion, state: &MultiStore, size: u64) {
    let mut number = 0;
    for (name, first) in [("prove existence", 0), ("prove absence", size)] {
        criterion.bench_function(&format!("{name}, {size} keys"), |bencher| {
            bencher.iter(|| {
                number += 1;
                black_box(state.prove(STORE, &key(first + number % size)))
            });
        });
    }
}
