//! An ordered channel with traffic both ways, one of whose packets times out: both ends close, and nothing is lost by it.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};
use lightship_tests::bed::{Bed, Channels};
use lightship_tests::chain_under_test::{ChainUnderTest, Role};
use lightship_tests::deadline::wait_for;
use lightship_tests::probe::{self, PORT, Timeout};
use lightship_tests::relayer::Relayer;
use serde_json::{Value, json};

use super::clear::{answer, clear};

const PROBE: [&str; 8] = ["--a-port", PORT, "--b-port", PORT, "--version", "any", "--ordering", "ordered"];
const WITHIN: Duration = Duration::from_secs(120);
/// ibc-go `STATE_CLOSED`.
const CLOSED: i32 = 4;
/// Packets in a transaction, and how often the other side sends them.
const PACKETS: usize = 4;
const ROUNDS: usize = 6;
/// So few that no relayer delivers it any more.
const TOO_FEW_BLOCKS: u64 = 1;
const TIMEOUT_BLOCKS: u64 = 3;

pub(crate) fn run(bed: &Bed) -> Result<()> {
    a_running_relayer_brings_both_ways_to_their_end(bed)?;
    what_was_received_is_acknowledged_before_its_channel_closes(bed)?;
    what_closed_over_an_acknowledgement_is_told(bed)
}

/// While packets go both ways, one of A's times out. What was received before is acknowledged, the rest of both
/// directions times out on close, no transaction fails but what crossed the closing, and there is nothing to clear.
fn a_running_relayer_brings_both_ways_to_their_end(bed: &Bed) -> Result<()> {
    let channels = bed.create_path_with("ordered_both_ways", &PROBE)?;
    let mut relayer = bed.relayer("ordered_both_ways", Role::Relayer, &channels.toml, |_| ())?;
    relayer.start()?;
    thread::scope(|scope| {
        let other = scope.spawn(|| keep_sending(&*bed.b, &*bed.a, &channels.b));
        probe::send(&*bed.a, &*bed.b, &channels.a, "text:before", PACKETS, Timeout::Seconds(3_600))?;
        probe::send(&*bed.a, &*bed.b, &channels.a, "text:late", 1, Timeout::Blocks(TOO_FEW_BLOCKS))?;
        keep_sending(&*bed.a, &*bed.b, &channels.a)?;
        other.join().map_err(|_| anyhow!("the sending thread panicked"))?
    })?;
    both_closed(bed, &channels)?;
    nothing_left(bed, &channels)?;
    relayer.stop()?;
    let answer = clear(&relayer, &[])?;
    ensure!(answer["ended"] == 0, "{answer}");
    Ok(())
}

/// Nothing ran while one packet of each way was received, and another of A's timed out. One command acknowledges the two
/// before either end closes; the rest ends by timeouts.
fn what_was_received_is_acknowledged_before_its_channel_closes(bed: &Bed) -> Result<()> {
    let (channels, relayer) = half_delivered(bed, "ordered_both_ways-clear")?;
    let from = bed.heights()?;
    let answer = clear(&relayer, &[])?;
    ensure!(answer["ended"] == 2 * (1 + PACKETS) + 1, "{answer}");
    both_closed(bed, &channels)?;
    nothing_left(bed, &channels)?;
    let acknowledged = [
        events(&*bed.a, "acknowledge_packet", from.a)?.contains(&1),
        events(&*bed.b, "acknowledge_packet", from.b)?.contains(&1),
    ];
    ensure!(acknowledged == [true, true], "what was received was not acknowledged: {acknowledged:?}");
    for work in bed.work_since(Role::Relayer, from)? {
        ensure!(work.failed.is_empty(), "transactions failed: {:?}", work.failed);
    }
    Ok(())
}

/// The same, but both applications close their ends before the acknowledgements come: those two are over for every
/// relayer, which is told; the rest times out on close.
fn what_closed_over_an_acknowledgement_is_told(bed: &Bed) -> Result<()> {
    let (channels, relayer) = half_delivered(bed, "ordered_both_ways-closed")?;
    for (chain, channel) in [(&*bed.a, &channels.a), (&*bed.b, &channels.b)] {
        probe::command(chain, Role::User, &json!({ "close": { "channel": channel } }))?;
    }
    let ended = relayer.run(["clear", "packets", "--json"])?;
    let told = answer(&ended)?;
    ensure!(ended.code == Some(0), "nothing relayable is left, and yet {:?}: {told}\n{}", ended.code, ended.stderr);
    let left: Vec<&Value> = told["left"].as_array().context("no rows")?.iter().map(|row| &row["reason"]).collect();
    ensure!(left == ["source_closed", "source_closed"], "{told}");
    ensure!(told["ended"] == 2 * PACKETS + 1, "{told}");
    ensure!(bed.a.pending(PORT, &channels.a)? == [1] && bed.b.pending(PORT, &channels.b)? == [1], "{told}");
    Ok(())
}

/// A channel that nobody relays yet: the first packet of each way was received, A's second has timed out, and more
/// stand behind.
fn half_delivered(bed: &Bed, home: &str) -> Result<(Channels, Relayer)> {
    let channels = bed.create_path_with(home, &PROBE)?;
    let relayer = bed.relayer(home, Role::Relayer, &channels.toml, |_| ())?;
    let hour = Timeout::Seconds(3_600);
    probe::send(&*bed.a, &*bed.b, &channels.a, "text:first", 1, hour)?;
    probe::send(&*bed.b, &*bed.a, &channels.b, "text:first", 1, hour)?;
    for (chain, channel) in [(&*bed.a, &channels.a), (&*bed.b, &channels.b)] {
        let end = ["tx", "packet-recv", "--chain", chain.id(), "--port", PORT, "--channel", channel.as_str()];
        relayer.run(end)?.success()?;
    }
    probe::send(&*bed.a, &*bed.b, &channels.a, "text:late", 1, Timeout::Blocks(TIMEOUT_BLOCKS))?;
    let passed = bed.b.height()? + TIMEOUT_BLOCKS;
    probe::send(&*bed.a, &*bed.b, &channels.a, "text:behind", PACKETS, hour)?;
    probe::send(&*bed.b, &*bed.a, &channels.b, "text:behind", PACKETS, hour)?;
    wait_for("block behind the timeout", WITHIN, || Ok((bed.b.height()? > passed).then_some(())))?;
    Ok((channels, relayer))
}

/// Sends again and again, until all is sent or the channel's end has closed.
fn keep_sending(source: &dyn ChainUnderTest, destination: &dyn ChainUnderTest, channel: &str) -> Result<()> {
    for _ in 0..ROUNDS {
        let sent = probe::send(source, destination, channel, "text:hello", PACKETS, Timeout::Seconds(3_600));
        if let Err(error) = sent {
            ensure!(state(source, channel)? == CLOSED, "{error:#}");
            break;
        }
    }
    Ok(())
}

fn both_closed(bed: &Bed, channels: &Channels) -> Result<()> {
    wait_for("closing of both ends", WITHIN, || {
        Ok((state(&*bed.a, &channels.a)? == CLOSED && state(&*bed.b, &channels.b)? == CLOSED).then_some(()))
    })
}

fn nothing_left(bed: &Bed, channels: &Channels) -> Result<()> {
    wait_for("end of all packets", WITHIN, || {
        let left = [bed.a.pending(PORT, &channels.a)?, bed.b.pending(PORT, &channels.b)?];
        ensure!(left.iter().all(Vec::is_empty), "under way still: {left:?}");
        Ok(Some(()))
    })
}

fn state(chain: &dyn ChainUnderTest, channel: &str) -> Result<i32> {
    let ends = chain.handshakes()?.channels;
    Ok(ends.iter().find(|end| end.channel_id == channel).context("no such channel")?.state)
}

/// Sequences of the packets that such an event told of after this height.
fn events(chain: &dyn ChainUnderTest, kind: &str, after: u64) -> Result<Vec<u64>> {
    let mut sequences = Vec::new();
    for height in after + 1..=chain.height()? {
        let block = chain.block(height)?;
        let events = block.txs.iter().flat_map(|tx| &tx.events).filter(|event| event.kind == kind);
        let found: Result<Vec<u64>, _> =
            events.filter_map(|event| event.value("packet_sequence")).map(str::parse).collect();
        sequences.extend(found?);
    }
    Ok(sequences)
}
