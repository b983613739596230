//! An ordered channel: strictly in sequence, and closed by the first timeout.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lightship_tests::bed::{Bed, Channels};
use lightship_tests::chain_under_test::{ChainUnderTest, Role};
use lightship_tests::deadline::wait_for;
use lightship_tests::probe::{self, Timeout};

const WITHIN: Duration = Duration::from_secs(120);
/// ibc-go `STATE_CLOSED`.
const CLOSED: i32 = 4;
const PACKETS: usize = 20;

/// Packets through an ordered channel arrive in order. One times out: that closes its end, the other end is closed by
/// its proof, and what was sent after it times out on close.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let more = ["--a-port", probe::PORT, "--b-port", probe::PORT, "--version", "any", "--ordering", "ordered"];
    let channels = bed.create_path_with("ordered", &more)?;
    let mut relayer = bed.relayer("ordered", Role::Relayer, &channels.toml, |_| ())?;

    relayer.start()?;
    let from = bed.b.height()?;
    probe::send(&*bed.a, &*bed.b, &channels.a, "text:hello", PACKETS, Timeout::Seconds(3_600))?;
    ended(bed, &channels)?;
    let received = received(&*bed.b, from)?;
    ensure!(received.windows(2).all(|pair| pair[0] < pair[1]), "out of order: {received:?}");
    ensure!(received.len() == PACKETS, "{} packets were received: {received:?}", received.len());
    relayer.stop()?;

    probe::send(&*bed.a, &*bed.b, &channels.a, "text:late", 1, Timeout::Blocks(3))?;
    probe::send(&*bed.a, &*bed.b, &channels.a, "text:after", 3, Timeout::Seconds(3_600))?;
    let passed = bed.b.height()? + 4;
    wait_for("block behind the timeout", WITHIN, || Ok((bed.b.height()? >= passed).then_some(())))?;
    relayer.start()?;
    ended(bed, &channels)?;
    wait_for("closing of both ends", WITHIN, || {
        Ok((state(&*bed.a, &channels.a)? == CLOSED && state(&*bed.b, &channels.b)? == CLOSED).then_some(()))
    })?;
    let events = events(&*bed.a, "timeout_packet", from)?;
    ensure!(events.len() == 4, "not one timeout and three on close: {events:?}");
    relayer.stop()
}

fn ended(bed: &Bed, channels: &Channels) -> Result<()> {
    wait_for("end of all packets", WITHIN, || {
        let left = bed.a.pending(probe::PORT, &channels.a)?;
        ensure!(left.is_empty(), "under way still: {left:?}");
        Ok(Some(()))
    })
}

fn state(chain: &dyn ChainUnderTest, channel: &str) -> Result<i32> {
    let ends = chain.handshakes()?.channels;
    Ok(ends.iter().find(|end| end.channel_id == channel).context("no such channel")?.state)
}

/// Sequences of the packets received since, in the chain's order.
fn received(chain: &dyn ChainUnderTest, from: u64) -> Result<Vec<u64>> {
    events(chain, "recv_packet", from)?.into_iter().map(|sequence| Ok(sequence.parse()?)).collect()
}

fn events(chain: &dyn ChainUnderTest, kind: &str, from: u64) -> Result<Vec<String>> {
    let mut sequences = Vec::new();
    for height in from..=chain.height()? {
        let block = chain.block(height)?;
        let events = block.txs.iter().flat_map(|tx| &tx.events).filter(|event| event.kind == kind);
        sequences.extend(events.filter_map(|event| event.value("packet_sequence").map(ToOwned::to_owned)));
    }
    Ok(sequences)
}
