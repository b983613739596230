//! Three chains and three paths in one process: what happens to one chain is nobody else's affair.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use devnet::node::{Fault, Rewrite};
use lightship_tests::bed::{self, Bed, Channels};
use lightship_tests::chain_under_test::{ChainUnderTest, Role};
use lightship_tests::deadline::{Stopwatch, wait_for};
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};
use lightship_tests::life;
use lightship_tests::relayer::{ChainEntry, Relayer};

const BLOCK_TIME: Duration = Duration::from_millis(300);
const PACKETS: usize = 12;
const OUTAGE: Duration = Duration::from_secs(60);
const SLOWNESS: Duration = Duration::from_secs(20);
const OCTETS_A_SECOND: u32 = 200;
const ENDED_WITHIN: Duration = Duration::from_secs(120);
/// From the start of the relayer to the end of the packets, where two chains are well.
const FOUND_WITHIN: Duration = Duration::from_secs(15);

#[test]
fn a_dead_chain_delays_nobody_else() {
    on_three_chains(OUTAGE, DevnetChain::stop, DevnetChain::start);
}

/// Its node answers a few octets at a time, hides every packet, and forges what it proves.
#[test]
fn a_slow_and_lying_chain_delays_nobody_else() {
    let node = |chain: &DevnetChain| chain.running().nodes()[0].clone();
    let harm = |chain: &DevnetChain| {
        for fault in [Fault::ForgedProof, Fault::Events(Rewrite::without_ibc()), Fault::Drip(OCTETS_A_SECOND)] {
            node(chain).inject(fault);
        }
        Ok(())
    };
    on_three_chains(SLOWNESS, harm, |chain| {
        node(chain).heal();
        Ok(())
    });
}

#[test]
fn a_chain_that_is_down_at_the_start_delays_nobody_elses_channels_and_is_joined_when_it_comes() {
    at_the_start(DevnetChain::stop, DevnetChain::start);
}

#[test]
fn a_chain_that_is_slow_at_the_start_delays_nobody_elses_channels_and_is_joined_when_it_is_well() {
    let node = |chain: &DevnetChain| chain.running().nodes()[0].clone();
    let harm = |chain: &DevnetChain| {
        node(chain).inject(Fault::Drip(1));
        Ok(())
    };
    at_the_start(harm, |chain| {
        node(chain).heal();
        Ok(())
    });
}

/// No path lists its channels, and one chain is harmed before the relayer begins: channels between the other two are
/// found and relayed at once, those of the third once it is well. After another start, nothing has to be found first.
fn at_the_start(harm: impl Fn(&DevnetChain) -> Result<()>, heal: impl Fn(&DevnetChain) -> Result<()>) {
    let directory = tempfile::tempdir().unwrap();
    let chains = DevnetChain::several(["chain-a", "chain-b", "chain-c"], &PairOptions::new(BLOCK_TIME)).unwrap();
    let chains = chains.map(Arc::new);
    let result = discover(&chains, directory.path(), || harm(&chains[2]), || heal(&chains[2]));
    if let Err(error) = result {
        let [a, b, _] = chains;
        panic!("{error:#}\n{}", Bed::new(Box::new(a), Box::new(b), directory.path()).logs(""));
    }
}

fn discover(
    chains: &[Arc<DevnetChain>; 3],
    directory: &Path,
    harm: impl Fn() -> Result<()>,
    heal: impl Fn() -> Result<()>,
) -> Result<()> {
    let bed = |one: usize, other: usize| {
        let chain = |index: usize| Box::new(Arc::clone(&chains[index]));
        Bed::new(chain(one), chain(other), directory)
    };
    let (ab, ac) = (bed(0, 1), bed(0, 2));
    let [to_b, to_c] = [ab.create_path("ab")?, ac.create_path("ac")?];
    let entries: Vec<_> = chains.iter().map(|chain| ChainEntry::of(chain, Role::Relayer)).collect();
    let paths = [&to_c, &to_b].map(|channels| unlisted(&channels.toml)).join("\n");
    let mut relayer = Relayer::new(&directory.join("relayer"), &entries, &paths)?;
    for chain in chains {
        relayer.add_key(chain, Role::Relayer)?;
    }
    bed::send(&*ac.a, &*ac.b, &to_c.a, 1, PACKETS)?;
    bed::send(&*ab.a, &*ab.b, &to_b.a, 1, PACKETS)?;
    harm()?;
    relayer.start()?;
    ab.settle(&to_b, &mut relayer, FOUND_WITHIN)?;
    ensure!(ac.a.packet_commitments(&to_c.a)?.len() == PACKETS, "the third chain was not harmed");
    heal()?;
    ac.settle(&to_c, &mut relayer, ENDED_WITHIN)?;
    relayer.stop()?;

    // The third chain is away again: the others' channels are known by now.
    harm()?;
    bed::send(&*ab.a, &*ab.b, &to_b.a, 1, PACKETS)?;
    relayer.start()?;
    ab.settle(&to_b, &mut relayer, FOUND_WITHIN)?;
    relayer.stop()
}

/// The `[[paths]]` block without its list of channels.
fn unlisted(toml: &str) -> String {
    let at = toml.find("channels = [").unwrap_or(toml.len());
    let end = toml[at..].find("\n]").map_or(toml.len(), |length| at + length + 2);
    format!("{}{}", &toml[..at], &toml[end..])
}

fn on_three_chains(
    lasting: Duration,
    harm: impl Fn(&DevnetChain) -> Result<()>,
    heal: impl Fn(&DevnetChain) -> Result<()>,
) {
    let directory = tempfile::tempdir().unwrap();
    let chains = DevnetChain::several(["chain-a", "chain-b", "chain-c"], &PairOptions::new(BLOCK_TIME)).unwrap();
    let chains = chains.map(Arc::new);
    let result = play(&chains, directory.path(), lasting, || harm(&chains[2]), || heal(&chains[2]));
    if let Err(error) = result {
        let [a, b, _] = chains;
        panic!("{error:#}\n{}", Bed::new(Box::new(a), Box::new(b), directory.path()).logs(""));
    }
}

/// One path between A and B, one from each of them to C; C is harmed for a while. The path between the other two loses
/// nothing, and its p95 does not move by more than one block; all of C's packets end once it is well again.
fn play(
    chains: &[Arc<DevnetChain>; 3],
    directory: &Path,
    lasting: Duration,
    harm: impl Fn() -> Result<()>,
    heal: impl Fn() -> Result<()>,
) -> Result<()> {
    let bed = |one: usize, other: usize| {
        let chain = |index: usize| Box::new(Arc::clone(&chains[index]));
        Bed::new(chain(one), chain(other), directory)
    };
    let (ab, ac, bc) = (bed(0, 1), bed(0, 2), bed(1, 2));
    let [to_b, to_c, b_to_c] = [ab.create_path("ab")?, ac.create_path("ac")?, bc.create_path("bc")?];
    let entries: Vec<_> = chains.iter().map(|chain| ChainEntry::of(chain, Role::Relayer)).collect();
    let paths = [&to_b, &to_c, &b_to_c].map(|channels| channels.toml.as_str()).join("\n");
    let mut relayer = Relayer::new(&directory.join("relayer"), &entries, &paths)?;
    for chain in chains {
        relayer.add_key(chain, Role::Relayer)?;
    }
    relayer.start()?;
    let usual = p95(&ab, &to_b)?;

    bed::send(&*ac.a, &*ac.b, &to_c.a, 1, PACKETS)?;
    bed::send(&*bc.a, &*bc.b, &b_to_c.a, 1, PACKETS)?;
    let harmed = Stopwatch::start();
    harm()?;
    let mut worst = 0;
    while harmed.elapsed() < lasting {
        worst = worst.max(p95(&ab, &to_b)?);
        // More for the harmed one comes in all the time.
        bed::send(&*ac.a, &*ac.b, &to_c.a, 1, 1)?;
    }
    heal()?;
    ensure!(worst <= usual + 1, "p95 between the others: {usual} blocks before, {worst} while one chain was harmed");
    for (bed, channels) in [(&ab, &to_b), (&ac, &to_c), (&bc, &b_to_c)] {
        bed.settle(channels, &mut relayer, ENDED_WITHIN)?;
    }
    relayer.stop()
}

/// Of packets that are sent one after the other and all end.
fn p95(bed: &Bed, channels: &Channels) -> Result<u64> {
    let mut first = None;
    for _ in 0..PACKETS {
        let sent = bed::send(&*bed.a, &*bed.b, &channels.a, 1, 1)?;
        first = first.or(Some(*sent.start()));
    }
    wait_for("end of the packets", ENDED_WITHIN, || {
        Ok(bed.a.packet_commitments(&channels.a)?.is_empty().then_some(()))
    })?;
    let lives = life::read(&*bed.a, "transfer", &channels.a, first.context("nothing was sent")?)?;
    let blocks: Vec<u64> = lives.values().filter_map(life::Life::blocks).collect();
    ensure!(blocks.len() >= PACKETS, "{} of {PACKETS} packets were acknowledged", blocks.len());
    Ok(life::quantile(blocks, 95))
}
