//! Figures, printed and not judged: a machine under other load is slower.

use std::time::Duration;

use anyhow::{Context, Result};
use lightship_tests::bed::{self, Bed, Channels};
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::{Stopwatch, wait_for};
use lightship_tests::process::Usage;
use lightship_tests::proxy::CountingProxy;
use lightship_tests::relayer::Relayer;

const SINGLE_PACKETS: usize = 12;
const BURST_TXS: usize = 10;
const BURST_MESSAGES: usize = 100;

/// Blocks from send to acknowledgement of one packet at a time; then a burst of 1,000 in transactions of 100: packets a
/// second, calls a packet, memory and processor time.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("measured")?;
    let proxies = [CountingProxy::to(bed.a.rpc())?, CountingProxy::to(bed.b.rpc())?];
    let proxy = |rpc: &str| if rpc == bed.a.rpc() { proxies[0].address() } else { proxies[1].address() }.to_owned();
    let mut relayer = bed.relayer("measured", Role::Relayer, &channels.toml, |chain| chain.rpc = proxy(&chain.rpc))?;
    let calls = || proxies.iter().map(CountingProxy::calls).sum::<u64>();
    relayer.start()?;

    let single = single_packets(bed, &channels)?;
    let (before, calls_before) = (relayer.usage()?, calls());
    let burst = burst(bed, &channels, &mut relayer)?;
    let (after, calls_after) = (relayer.usage()?, calls());
    relayer.stop()?;

    report(&single, &burst, before, after, calls_after - calls_before);
    Ok(())
}

struct Burst {
    packets: usize,
    /// From the first send to the last acknowledgement, as the source's headers count time.
    seconds: f64,
    /// The same by our clock, from the first offer to a mempool on.
    seconds_outside: f64,
}

/// Blocks of the source from each send to its acknowledgement, sorted.
fn single_packets(bed: &Bed, channels: &Channels) -> Result<Vec<u64>> {
    let mut blocks = Vec::with_capacity(SINGLE_PACKETS);
    for _ in 0..SINGLE_PACKETS {
        let sent = bed::send(&*bed.a, &*bed.b, &channels.a, 1, 1)?;
        let from = *sent.start();
        wait_for("acknowledgement", Duration::from_secs(60), || {
            Ok(bed.a.packet_commitments(&channels.a)?.is_empty().then_some(()))
        })?;
        let sent_at = first_with(bed, from, "send_packet")?;
        blocks.push(first_with(bed, sent_at, "acknowledge_packet")? - sent_at);
    }
    blocks.sort_unstable();
    Ok(blocks)
}

fn first_with(bed: &Bed, from: u64, event: &str) -> Result<u64> {
    for height in from..=bed.a.height()? {
        if bed.a.block(height)?.txs.iter().any(|tx| tx.count(event) > 0) {
            return Ok(height);
        }
    }
    anyhow::bail!("no {event} from height {from} on")
}

fn burst(bed: &Bed, channels: &Channels, relayer: &mut Relayer) -> Result<Burst> {
    let watch = Stopwatch::start();
    let sent = bed::send(&*bed.a, &*bed.b, &channels.a, BURST_TXS, BURST_MESSAGES)?;
    bed.settle(channels, relayer, Duration::from_secs(180))?;
    let seconds_outside = watch.elapsed().as_secs_f64();

    let mut first_send = None;
    let mut last_acknowledgement = None;
    for height in *sent.start()..=bed.a.height()? {
        let block = bed.a.block(height)?;
        let has = |event: &str| block.txs.iter().any(|tx| tx.count(event) > 0);
        if has("send_packet") {
            first_send = first_send.or(Some(block.time));
        }
        if has("acknowledge_packet") {
            last_acknowledgement = Some(block.time);
        }
    }
    let took = last_acknowledgement.context("no acknowledgement")? - first_send.context("no send")?;
    Ok(Burst { packets: BURST_TXS * BURST_MESSAGES, seconds: took.as_seconds_f64(), seconds_outside })
}

#[expect(clippy::print_stdout, reason = "figures are what this scenario is for")]
#[expect(clippy::cast_precision_loss, reason = "counts of a test are far below 2^52")]
fn report(single: &[u64], burst: &Burst, before: Usage, after: Usage, calls: u64) {
    let quantile = |percent: usize| single[(single.len() * percent).div_ceil(100).max(1) - 1];
    let packets = burst.packets as f64;
    println!();
    println!(
        "one packet        {} to {} blocks from send to acknowledgement (p50, p95; {} packets)",
        quantile(50),
        quantile(95),
        single.len()
    );
    println!(
        "burst             {} packets in {:.1} s by the chain's headers ({:.1} s from signing on)",
        burst.packets, burst.seconds, burst.seconds_outside
    );
    println!("rate              {:.1} packets a second", packets / burst.seconds);
    println!("calls             {:.2} JSON-RPC calls a packet", calls as f64 / packets);
    println!("memory            {:.1} MB at its peak", after.resident_peak as f64 / 1e6);
    println!(
        "processor         {:.2} s for the burst, {:.2} s in all",
        after.cpu_seconds - before.cpu_seconds,
        after.cpu_seconds
    );
}
