//! What was sent before the relayer existed.

use std::env;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::{Stopwatch, wait_for};

/// Packets in all, half of them each way, unless `LIGHTSHIP_BACKLOG` names another number.
const PACKETS: usize = 500;
const MESSAGES: usize = 50;
const KILLS: usize = 2;
const BATCH_MSGS_MAX: usize = 50;

/// Hundreds of packets are sent while nothing runs, no node indexes transactions, and the store is empty: a relayer
/// that is killed twice on the way ends them all, and a kill costs one batch of redundant messages at most.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    for chain in bed.chains() {
        ensure!(!chain.is_tx_indexed()?, "{} indexes transactions: this would show nothing", chain.id());
    }
    let packets = match env::var("LIGHTSHIP_BACKLOG") {
        Ok(number) => number.parse().context("LIGHTSHIP_BACKLOG is no number")?,
        Err(_) => PACKETS,
    };
    let txs = packets / 2 / MESSAGES;
    let each_way = txs * MESSAGES;
    let channels = bed.create_path("old_backlog")?;
    let mut relayer = bed.relayer("old_backlog", Role::Relayer, &channels.toml, |chain| {
        chain.more = format!("batch_msgs_max = {BATCH_MSGS_MAX}");
    })?;
    let before = bed.flows(&channels)?;
    bed.send_both_ways(&channels, txs, MESSAGES)?;
    let from = bed.heights()?;
    ensure!(bed.under_way(&channels)?.len() == 2 * each_way, "somebody else relays");

    let watch = Stopwatch::start();
    for kill in 1..=KILLS {
        relayer.start()?;
        let enough = 2 * each_way * (KILLS + 1 - kill) / (KILLS + 1);
        wait_for("work to interrupt", Duration::from_secs(120), || {
            Ok((bed.under_way(&channels)?.len() <= enough).then_some(()))
        })?;
        ensure!(relayer.has_ended()?.is_none(), "the relayer ended by itself");
        relayer.kill()?;
    }
    relayer.start()?;
    bed.settle(&channels, &mut relayer, Duration::from_secs(60 + packets as u64 / 10))?;
    let took = watch.elapsed();
    relayer.stop()?;

    before.ensure_moved(each_way as u128, each_way as u128, &bed.flows(&channels)?)?;
    let [a, b] = bed.work_since(Role::Relayer, from)?;
    let redundant = a.redundant() + b.redundant();
    let packets = 2 * each_way;
    report(packets, took, redundant);
    ensure!(
        redundant <= KILLS * BATCH_MSGS_MAX,
        "{redundant} redundant messages; failed: {:?} {:?}",
        a.failed,
        b.failed
    );
    ensure!(a.effective + b.effective == 2 * packets, "{} packet messages took effect", a.effective + b.effective);
    Ok(())
}

#[expect(clippy::print_stdout, reason = "the figure is what the run is watched for")]
#[expect(clippy::cast_precision_loss, reason = "counts of a test are far below 2^52")]
fn report(packets: usize, took: Duration, redundant: usize) {
    let rate = packets as f64 / took.as_secs_f64();
    println!(
        "{packets} old packets in {took:.1?} with {KILLS} kills: {rate:.1} a second; {redundant} redundant messages"
    );
}
