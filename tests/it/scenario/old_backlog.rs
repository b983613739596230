//! What was sent before any relayer existed, brought by `clear packets` that is ended again and again.

use std::env;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lightship_tests::bed::{Bed, Channels};
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::{Stopwatch, wait_for};
use lightship_tests::proxy::CountingProxy;
use lightship_tests::relayer::{Relayer, Running};
use serde_json::Value;

use super::clear::answer;

/// Packets in all, half of them each way, unless `LIGHTSHIP_BACKLOG` names another number.
const PACKETS: usize = 500;
const MESSAGES: usize = 50;
const KILLS: usize = 2;
/// A backlog of fewer packets goes in small transactions, one after the other, so that there is time to interrupt them.
const LARGE: usize = 2_000;
const TXS_EACH_WAY: usize = 10;
/// What a kill may cost of a large one: the transactions that are in flight, by the configuration's defaults.
const IN_FLIGHT: usize = 8 * 100;

/// Hundreds of packets are sent while nothing runs, no node indexes transactions, and the store is empty. Clearing is
/// killed twice on the way and asked to end once; run again, it ends them all, none is lost, and a kill costs what was in
/// flight in redundant messages at most.
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
    let packets = 2 * each_way;
    let within = Duration::from_secs(60 + packets as u64 / 5);
    let channels = bed.create_path("old_backlog")?;
    let (limits, cost_max) = if packets < LARGE {
        let batch_msgs_max = each_way / TXS_EACH_WAY;
        (format!("batch_msgs_max = {batch_msgs_max}\nin_flight_max = 1"), batch_msgs_max)
    } else {
        (String::new(), IN_FLIGHT)
    };
    let proxies = [CountingProxy::to(bed.a.rpc())?, CountingProxy::to(bed.b.rpc())?];
    let mut relayer = bed.relayer("old_backlog", Role::Relayer, &channels.toml, |chain| {
        let proxy = &proxies[usize::from(chain.id == bed.b.id())];
        (chain.rpc, chain.more) = (proxy.address().to_owned(), limits.clone());
    })?;
    let before = bed.flows(&channels)?;
    bed.send_both_ways(&channels, txs, MESSAGES)?;
    let from = bed.heights()?;
    ensure!(bed.under_way(&channels)?.len() == packets, "somebody else relays");

    let watch = Stopwatch::start();
    // At even distances on the way: the kills, then the polite end.
    let left_after = |interruption: usize| packets * (KILLS + 2 - interruption) / (KILLS + 2);
    for kill in 1..=KILLS {
        clear_until(bed, &channels, &mut relayer, left_after(kill), within)?.kill()?;
    }
    end_politely(clear_until(bed, &channels, &mut relayer, left_after(KILLS + 1), within)?)?;
    let memory = clear_all(&mut relayer, within)?;
    let took = watch.elapsed();
    let calls = proxies.iter().map(CountingProxy::calls).sum();

    before.ensure_moved(each_way as u128, each_way as u128, &bed.flows(&channels)?)?;
    ensure!(bed.under_way(&channels)?.is_empty(), "packets are under way still");
    let [a, b] = bed.work_since(Role::Relayer, from)?;
    let redundant = a.redundant() + b.redundant();
    report(packets, took, redundant, calls, memory);
    ensure!(redundant <= KILLS * cost_max, "{redundant} redundant messages; failed: {:?} {:?}", a.failed, b.failed);
    ensure!(a.effective + b.effective == 2 * packets, "{} packet messages took effect", a.effective + b.effective);
    Ok(())
}

/// Clears until no more than so many packets are under way; the command runs still.
fn clear_until(
    bed: &Bed,
    channels: &Channels,
    relayer: &mut Relayer,
    left: usize,
    within: Duration,
) -> Result<Running> {
    let mut running = relayer.spawn(["clear", "packets"])?;
    let ended = wait_for("work to interrupt", within, || match running.ended()? {
        Some(ended) => Ok(Some(Some(ended))),
        // A line of its log shows that it heeds signals.
        None => Ok((bed.under_way(channels)?.len() <= left && !running.log()?.is_empty()).then_some(None)),
    })?;
    ensure!(ended.is_none(), "it ended before it was interrupted: {ended:?}");
    Ok(running)
}

/// SIGTERM: what is left is said, and how to go on.
fn end_politely(mut running: Running) -> Result<()> {
    running.terminate()?;
    let ended = wait_for("end after SIGTERM", Duration::from_secs(30), || running.ended())?;
    ensure!(ended.code == Some(1) && ended.stderr.contains("run the same again"), "{:?}: {}", ended.code, ended.stderr);
    Ok(())
}

/// To the end; the most memory that it held, in bytes, as far as was looked.
fn clear_all(relayer: &mut Relayer, within: Duration) -> Result<u64> {
    let mut running = relayer.spawn(["clear", "packets", "--json"])?;
    let mut memory = 0;
    let ended = wait_for("end of clearing", within, || {
        if let Some(ended) = running.ended()? {
            return Ok(Some(ended));
        }
        // What ends at this moment can't be looked at.
        memory = running.usage().map_or(memory, |usage| usage.resident_peak);
        Ok(None)
    })?;
    ensure!(ended.code == Some(0), "exit code {:?}: {}\n{}", ended.code, ended.stdout, ended.stderr);
    let answer = answer(&ended)?;
    ensure!(answer["left"] == Value::Array(Vec::new()) && answer["is_clear"] == true, "{answer}");
    Ok(memory)
}

#[expect(clippy::print_stdout, reason = "the figure is what the run is watched for")]
#[expect(clippy::cast_precision_loss, reason = "counts of a test are far below 2^52")]
fn report(packets: usize, took: Duration, redundant: usize, calls: u64, memory: u64) {
    let rate = packets as f64 / took.as_secs_f64();
    let (calls, memory) = (calls as f64 / packets as f64, memory as f64 / 1e6);
    println!("{packets} old packets in {took:.1?} with {KILLS} kills and one polite end: {rate:.1} a second");
    println!("{redundant} redundant messages, {calls:.2} JSON-RPC calls a packet, {memory:.1} MB in the last run");
}
