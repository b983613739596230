//! Live packets while a backlog is cleared.

use std::env;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lightship_tests::bed::{self, Bed, Channels};
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::life;

/// Unless `LIGHTSHIP_BACKLOG` says otherwise.
const BACKLOG: usize = 500;
const MESSAGES: usize = 100;
const LIVE_PACKETS: usize = 10;
/// What becomes known later than five blocks after it was sent is backlog to the relayer.
const OLD_BLOCKS: u64 = 6;
const OLD_WITHIN: Duration = Duration::from_secs(120);

/// A backlog that was sent while nothing ran is cleared by a daemon with an empty store; meanwhile live packets' p95
/// from send to acknowledgement, in blocks, at most doubles.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("live_beside_backlog")?;
    let backlog = match env::var("LIGHTSHIP_BACKLOG") {
        Ok(count) => count.parse().context("LIGHTSHIP_BACKLOG is no number")?,
        Err(_) => BACKLOG,
    };
    let mut relayer = bed.relayer("live_beside_backlog-quiet", Role::Relayer, &channels.toml, |_| ())?;
    relayer.start()?;
    let quiet = live_packets(bed, &channels)?;
    bed.settle(&channels, &mut relayer, Duration::from_secs(60))?;
    let quiet = p95(bed, &channels, &quiet)?;
    relayer.stop()?;

    bed::send(&*bed.a, &*bed.b, &channels.a, backlog.div_ceil(MESSAGES), MESSAGES)?;
    let old_at = bed.a.height()? + OLD_BLOCKS;
    wait_for("blocks that make a backlog of it", OLD_WITHIN, || Ok((bed.a.height()? >= old_at).then_some(())))?;
    let mut relayer = bed.relayer("live_beside_backlog", Role::Relayer, &channels.toml, |_| ())?;
    relayer.start()?;
    let busy = live_packets(bed, &channels)?;
    bed.settle(&channels, &mut relayer, Duration::from_secs(600))?;
    let busy = p95(bed, &channels, &busy)?;
    relayer.stop()?;
    report(backlog, quiet, busy);
    ensure!(busy <= 2 * quiet, "p95 of live packets: {busy} blocks beside a backlog, {quiet} without");
    Ok(())
}

/// Sends live packets from A, one transaction after the other; the heights that they were sent in.
fn live_packets(bed: &Bed, channels: &Channels) -> Result<Vec<u64>> {
    (0..LIVE_PACKETS).map(|_| Ok(*bed::send(&*bed.a, &*bed.b, &channels.a, 1, 1)?.end())).collect()
}

/// Of the packets that were sent between the first of these heights (less the block that the first was offered in) and
/// the last.
fn p95(bed: &Bed, channels: &Channels, sent: &[u64]) -> Result<u64> {
    let (first, last) = (sent.first().context("nothing sent")?, sent.last().context("nothing sent")?);
    let lives = life::read(&*bed.a, "transfer", &channels.a, first.saturating_sub(1))?;
    let is_live = |life: &&life::Life| life.sent.is_some_and(|at| at <= *last);
    let blocks: Vec<u64> = lives.values().filter(is_live).filter_map(life::Life::blocks).collect();
    ensure!(blocks.len() >= LIVE_PACKETS, "{} of {LIVE_PACKETS} live packets were acknowledged", blocks.len());
    Ok(life::quantile(blocks, 95))
}

#[expect(clippy::print_stdout, reason = "the figures are what the run is watched for")]
fn report(backlog: usize, quiet: u64, busy: u64) {
    println!("p95 of live packets: {busy} blocks beside a backlog of {backlog}, {quiet} without");
}
