//! Memory does not grow with what waits: thousands of packets stand open while their destination is dead.

use std::fs;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::{ChainUnderTest, Role};
use lightship_tests::deadline::wait_for;
use lightship_tests::devnet_chain::{DevnetChain, PairOptions};
use lightship_tests::probe;
use lightship_tests::process::Usage;
use lightship_tests::relayer::Relayer;
use serde_json::json;

use crate::scenario::metrics::{get, served_at, sum, text};

const BLOCK_TIME: Duration = Duration::from_millis(300);
const TXS: usize = 40;
/// As many as the gas of one transaction pays for.
const MESSAGES: usize = 500;
/// About as long as a transfer's.
const DATA_BYTES: usize = 200;
const NO_TIMEOUT_SECONDS: u64 = 3_600;
/// Some 35 of them are the code of a binary that is not optimised.
const RESIDENT_MAX: u64 = 100_000_000;
/// Blocks in which nothing happens but that the packets wait, and how much more that may take, in percent.
const QUIET_BLOCKS: u64 = 40;
const GROWTH_MAX: u64 = 5;
/// Caches fill and the allocator keeps what it was given back: how many such spans may pass until memory stays as it is.
const SPANS_MAX: usize = 5;
const WITHIN: Duration = Duration::from_secs(120);

#[test]
fn twenty_thousand_open_packets_take_little_memory_and_no_more_as_they_wait() {
    let directory = tempfile::tempdir().unwrap();
    let [a, b] = DevnetChain::pair(&PairOptions::new(BLOCK_TIME)).unwrap();
    let bed = Bed::new(Box::new(a), Box::new(b), directory.path());
    if let Err(error) = play(&bed) {
        panic!("{error:#}\n{}", bed.logs("memory"));
    }
}

/// All packets are open at once, none can be brought, and every block of their source is read meanwhile.
fn play(bed: &Bed) -> Result<()> {
    let ends = ["--a-port", probe::PORT, "--b-port", probe::PORT, "--version", "any"];
    let channels = bed.create_path_with("memory", &ends)?;
    let mut relayer = bed.relayer("memory", Role::Relayer, &channels.toml, |_| ())?;
    let config = fs::read_to_string(relayer.config())?;
    fs::write(relayer.config(), format!("metrics = \"127.0.0.1:0\"\n{config}"))?;
    relayer.start()?;
    let address = served_at(&mut relayer)?;
    let timeout = probe::timeout_timestamp(&*bed.b, NO_TIMEOUT_SECONDS)?;
    let empty = relayer.usage()?;
    bed.b.stop()?;

    for _ in 0..TXS {
        let data = format!("text:{}", "x".repeat(DATA_BYTES));
        let send = json!({ "channel": channels.a, "data": data, "count": MESSAGES, "timeout_timestamp": timeout });
        probe::command(&*bed.a, Role::User, &json!({ "send": send }))?;
    }
    let of_channel = [format!("chain=\"{}\"", bed.a.id()), format!("channel=\"{}\"", channels.a)];
    wait_for("count of the open packets", WITHIN, || {
        let open = sum(&text(&get(&address, "/metrics")?), "lightship_packets", &of_channel, "stage=\"sent\"");
        ensure!(open == (TXS * MESSAGES) as f64, "{open} packets are counted");
        Ok(Some(()))
    })?;
    let open = relayer.usage()?;
    let later = settled(bed, &relayer, open.resident)?;
    report([empty.resident, open.resident, later.resident, later.resident_peak]);
    ensure!(later.resident_peak < RESIDENT_MAX, "{} bytes were resident at the peak", later.resident_peak);
    ensure!(relayer.has_ended()?.is_none(), "the relayer ended by itself");
    relayer.stop()
}

/// Waits for a span of blocks in which memory stays as it is; what leaks never comes to it.
fn settled(bed: &Bed, relayer: &Relayer, mut before: u64) -> Result<Usage> {
    for _ in 0..SPANS_MAX {
        pass(&*bed.a, QUIET_BLOCKS)?;
        let usage = relayer.usage()?;
        if usage.resident <= before + before * GROWTH_MAX / 100 {
            return Ok(usage);
        }
        before = usage.resident;
    }
    bail!("memory grows while nothing happens: {before} bytes by now")
}

fn pass(chain: &dyn ChainUnderTest, blocks: u64) -> Result<()> {
    let end = chain.height()? + blocks;
    wait_for("quiet blocks", WITHIN, || Ok((chain.height()? >= end).then_some(())))
}

#[expect(clippy::print_stdout, reason = "the figures are what the run is watched for")]
#[expect(clippy::cast_precision_loss, reason = "sizes of a test are far below 2^52")]
fn report(sizes: [u64; 4]) {
    let [empty, open, later, peak] = sizes.map(|bytes| bytes as f64 / 1e6);
    let packets = TXS * MESSAGES;
    println!("{empty:.1} MB, with {packets} open {open:.1} MB, later {later:.1} MB, {peak:.1} MB at the peak");
}
