//! One of a chain's nodes is hostile: it is named, and that is all that comes of it. Tests begin in the order of their
//! names: this is the longest, and should not be what the others are done before.

use std::env;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use devnet::chain::{Chain, ChainOptions, Voting};
use devnet::node::{Fault, Rewrite};
use devnet::{Clock, Genesis, Node};
use lightship_tests::deadline::Stopwatch;

use super::BLOCK_TIME;
use super::stage::{Client, Stage, flowed, play};

/// How long the witness is hostile, in seconds; an hour is for `scripts/e2e.sh --all`.
const SETTING: &str = "LIGHTSHIP_SOAK_SECONDS";
const SOAK: Duration = Duration::from_secs(360);
/// How long it does one thing wrong, before it does another.
const EACH: Duration = Duration::from_secs(15);
const RESIDENT_MAX: u64 = 200_000_000;

/// What the hostile witness does.
#[derive(Clone, Copy, Debug)]
enum Trick {
    /// Tells blocks that nobody signed.
    Unsigned,
    /// Tells blocks that half of the validators signed, and somebody in the name of the others.
    HalfSigned,
    /// Tells the blocks of another chain of the same id.
    OtherChain,
    /// Knows nothing of the last blocks.
    Lagging,
    /// Says that it is far ahead.
    Ahead,
    /// Takes calls and answers none.
    Silent,
    /// Answers with what is no JSON.
    Garbage,
    /// Answers a few octets a second.
    Dripping,
    /// Breaks off in the middle of each answer.
    BreakingOff,
    /// Hides what IBC emits, and forges what it proves.
    Lying,
    /// Does nothing wrong for once.
    Honest,
}

const TRICKS: [Trick; 11] = [
    Trick::Unsigned,
    Trick::Silent,
    Trick::HalfSigned,
    Trick::Lagging,
    Trick::OtherChain,
    Trick::Garbage,
    Trick::Ahead,
    Trick::Dripping,
    Trick::Lying,
    Trick::BreakingOff,
    Trick::Honest,
];

/// Six minutes in CI: no client freezes, nothing is written as evidence or submitted, no packet waits for long, memory
/// stays bounded, and the log names the node.
#[test]
fn a_hostile_witness_freezes_nothing_stops_nothing_and_is_named() {
    play(BLOCK_TIME, |stage| {
        stage.start()?;
        let [from_a, from_b] = stage.traffic()?;
        let warm = stage.relayer.usage()?;
        let tricks = soak(stage)?;
        let passed = [from_a.stop()?, from_b.stop()?];
        let usage = stage.relayer.usage()?;
        report(tricks, &passed, [warm.resident, usage.resident, usage.resident_peak]);
        passed.into_iter().try_for_each(flowed)?;
        no_alarm(stage)?;
        let address = witness(stage)?.rpc().to_string();
        let named =
            stage.relayer.log()?.lines().filter(|line| line.contains("WARN") && line.contains(&address)).count();
        ensure!(named > 0, "the log does not name {address}");
        ensure!(usage.resident_peak < RESIDENT_MAX, "{} bytes were resident at the peak", usage.resident_peak);
        stage.relayer.stop()
    });
}

/// One trick after the other; each time nothing has come of it.
fn soak(stage: &mut Stage) -> Result<usize> {
    let length = match env::var(SETTING) {
        Ok(seconds) => Duration::from_secs(seconds.parse().with_context(|| format!("{SETTING}={seconds}"))?),
        Err(_) => SOAK,
    };
    let (watch, mut count) = (Stopwatch::start(), 0);
    for trick in TRICKS.into_iter().cycle() {
        if watch.elapsed() >= length {
            break;
        }
        perform(stage, trick)?;
        no_alarm(stage).with_context(|| format!("while the witness was {trick:?}"))?;
        count += 1;
    }
    Ok(count)
}

/// Keeps a trick up for a while.
fn perform(stage: &Stage, trick: Trick) -> Result<()> {
    let node = witness(stage)?;
    node.heal();
    node.follow(None);
    let mut forger = match trick {
        Trick::Unsigned => Some(forger(stage, &[0, 1, 2, 3])?),
        Trick::HalfSigned => Some(forger(stage, &[2, 3])?),
        _ => None,
    };
    match trick {
        Trick::Unsigned | Trick::HalfSigned | Trick::Honest => {}
        Trick::OtherChain => node.inject(Fault::OtherChain(Arc::new(impostor(stage)))),
        Trick::Lagging => node.inject(Fault::StaleBy(30)),
        Trick::Ahead => node.inject(Fault::AheadBy(1_000)),
        Trick::Silent => node.inject(Fault::Stall),
        Trick::Garbage => node.inject(Fault::Http(200, "<html>it works</html>".to_owned())),
        Trick::Dripping => node.inject(Fault::Drip(50)),
        Trick::BreakingOff => node.inject(Fault::DroppedMidway),
        Trick::Lying => {
            node.inject(Fault::Events(Rewrite::without_ibc()));
            node.inject(Fault::ForgedProof);
            node.inject(Fault::ForgedValue);
        }
    }
    let watch = Stopwatch::start();
    while watch.elapsed() < EACH {
        if let Some(forger) = &mut forger {
            forger.make_block(Clock::System.now());
            node.follow(Some(forger.clone()));
        }
        // The beat of the forger's chain.
        thread::sleep(BLOCK_TIME);
    }
    Ok(())
}

/// A fork of A from its head on, whose blocks these validators did not sign.
fn forger(stage: &Stage, forged: &[usize]) -> Result<Chain> {
    let fork = stage.a.running().with(|chain| chain.fork(chain.height().saturating_sub(1)));
    let mut fork = fork.context("no state to fork from")?;
    forged.iter().for_each(|validator| fork.set_voting(*validator, Voting::Forged));
    Ok(fork)
}

/// A chain of A's id and about its age, with validators of its own.
pub(super) fn impostor(stage: &Stage) -> Chain {
    let (id, height) = stage.a.running().with(|chain| (chain.id().clone(), chain.height()));
    let initial_height = height.saturating_sub(5).max(1);
    let options = ChainOptions { powers: vec![10; 4], seed: 1, genesis_time: Clock::System.now(), initial_height };
    let mut chain = Chain::new(Genesis::new(id), options);
    for _ in 0..10 {
        chain.make_block(Clock::System.now());
    }
    chain
}

/// The second of A's nodes.
fn witness(stage: &Stage) -> Result<Node> {
    stage.a.running().nodes().get(1).cloned().context("A has one node")
}

fn no_alarm(stage: &mut Stage) -> Result<()> {
    ensure!(stage.relayer.has_ended()?.is_none(), "the relayer ended by itself");
    stage.of_a.iter().chain(&stage.others).try_for_each(Client::is_active)?;
    ensure!(stage.evidence()?.is_empty(), "evidence of nothing: {:?}", stage.evidence()?);
    ensure!(stage.submissions() == 0, "something was submitted");
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the figures are what the run is watched for")]
#[expect(clippy::cast_precision_loss, reason = "sizes of a test are far below 2^52")]
fn report(tricks: usize, passed: &[lightship_tests::traffic::Passed; 2], sizes: [u64; 3]) {
    let [warm, now, peak] = sizes.map(|bytes| bytes as f64 / 1e6);
    println!("{tricks} tricks of a hostile witness; {warm:.1} MB before, {now:.1} MB after, {peak:.1} MB at the peak");
    for passed in passed {
        println!("{passed:?}");
    }
}
