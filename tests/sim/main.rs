//! The engine against two model chains in virtual time: blocks, mempools, account sequences, proofs by height, ordered
//! and unordered channels, and everything that can go wrong, drawn from a seed.
//!
//! A failing seed says how to replay it; `LIGHTSHIP_SIM_TRACE=1` prints every event and step.
#![expect(clippy::expect_used, reason = "a model that can't go on is a broken model")]

mod actors;
mod caller;
mod chain;
mod driver;
mod durable;
mod end;
mod faults;
mod mempool;
mod message;
mod options;
mod process;
mod rules;
mod state;
mod world;

use std::panic::{AssertUnwindSafe, catch_unwind};

use process::Sabotage;
use world::World;

fn run(seed: u64) -> (World, u64) {
    let mut world = World::new(seed, None, None);
    let trace = world.run();
    world.judge_end();
    (world, trace)
}

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

/// The seeds: 200, or as `LIGHTSHIP_SIM_SEEDS` and `LIGHTSHIP_SIM_FIRST` say.
#[test]
fn every_packet_ends_in_every_seed() {
    let first = variable("LIGHTSHIP_SIM_FIRST").unwrap_or(0);
    let count = variable("LIGHTSHIP_SIM_SEEDS").unwrap_or(200);
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let next = std::sync::atomic::AtomicU64::new(first);
    let failures = std::sync::Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                    if seed >= first + count {
                        break;
                    }
                    if catch_unwind(AssertUnwindSafe(|| run(seed))).is_err() {
                        failures.lock().expect("no panic within").push(seed);
                    }
                }
            });
        }
    });
    let failures = failures.into_inner().expect("no panic within");
    assert!(failures.is_empty(), "failing seeds: {failures:?}");
}

#[test]
fn replay() {
    if let Some(seed) = variable("LIGHTSHIP_SIM_SEED") {
        run(seed);
    }
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    for seed in 1_000..1_010 {
        assert_eq!(run(seed).1, run(seed).1, "seed {seed}");
    }
    assert_ne!(run(1_000).1, run(1_001).1);
}

/// The rules notice a shell that breaks its promises, so that they can fail at all.
#[test]
fn a_broken_shell_is_noticed() {
    for sabotage in [
        Sabotage::LosesOutbox,
        Sabotage::LosesPackets,
        Sabotage::ActsBeforeWriting,
        Sabotage::LosesOutcomes,
        Sabotage::ForgetsThrownOut,
    ] {
        let is_noticed = |seed| {
            let judged = catch_unwind(|| {
                let mut world = World::new(seed, None, Some(sabotage));
                world.run();
                world.judge_end();
            });
            judged.is_err()
        };
        assert!((0..200).any(is_noticed), "{sabotage:?} was not noticed");
    }
}
