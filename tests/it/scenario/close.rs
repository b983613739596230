//! Channels that applications close, at either end.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lightship_tests::bed::{Bed, Channels};
use lightship_tests::chain_under_test::{ChainUnderTest, Role};
use lightship_tests::deadline::wait_for;
use lightship_tests::probe::{self, Timeout};
use serde_json::json;

const WITHIN: Duration = Duration::from_secs(120);
/// ibc-go `STATE_CLOSED`.
const CLOSED: i32 = 4;
const PROBE: [&str; 6] = ["--a-port", probe::PORT, "--b-port", probe::PORT, "--version", "any"];

/// The destination's application closes its end while nothing runs: the source's end is closed after the start, and
/// what was sent times out on close. The source's application closes its end while `start` runs: the other follows.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path_with("close", &PROBE)?;
    let mut relayer = bed.relayer("close", Role::Relayer, &channels.toml, |_| ())?;
    let from = bed.a.height()?;
    probe::send(&*bed.a, &*bed.b, &channels.a, "text:hello", 3, Timeout::Seconds(3_600))?;
    close(&*bed.b, &channels.b)?;
    relayer.start()?;
    closed(bed, &channels)?;
    wait_for("end of what was sent into a closed channel", WITHIN, || {
        let left = bed.a.pending(probe::PORT, &channels.a)?;
        ensure!(left.is_empty(), "under way still: {left:?}");
        Ok(Some(()))
    })?;
    let work = bed.a.work(Role::Relayer, from, bed.a.height()?)?;
    ensure!(work.failed.is_empty(), "transactions of the relayer failed: {:?}", work.failed);
    relayer.stop()?;

    let channels = bed.create_path_with("close-again", &PROBE)?;
    let mut relayer = bed.relayer("close-again", Role::Relayer, &channels.toml, |_| ())?;
    relayer.start()?;
    probe::send(&*bed.a, &*bed.b, &channels.a, "text:hello", 1, Timeout::Seconds(3_600))?;
    wait_for("end of a packet", WITHIN, || Ok(bed.a.pending(probe::PORT, &channels.a)?.is_empty().then_some(())))?;
    close(&*bed.a, &channels.a)?;
    closed(bed, &channels)?;
    relayer.stop()
}

fn close(chain: &dyn ChainUnderTest, channel: &str) -> Result<()> {
    probe::command(chain, Role::User, &json!({ "close": { "channel": channel } }))?;
    Ok(())
}

fn closed(bed: &Bed, channels: &Channels) -> Result<()> {
    wait_for("closing of both ends", WITHIN, || {
        Ok((state(&*bed.a, &channels.a)? == CLOSED && state(&*bed.b, &channels.b)? == CLOSED).then_some(()))
    })
}

fn state(chain: &dyn ChainUnderTest, channel: &str) -> Result<i32> {
    let ends = chain.handshakes()?.channels;
    Ok(ends.iter().find(|end| end.channel_id == channel).context("no such channel")?.state)
}
