//! Single legs by hand, without a daemon: `tx packet-recv`, `packet-ack`, `packet-timeout`.

use std::time::Duration;

use anyhow::{Result, ensure};
use lightship_tests::bed::{Bed, Channels};
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::probe::{self, PORT, Timeout};
use lightship_tests::relayer::{Ended, Relayer};

/// Packets that are sent to be delivered; a timeout in blocks for one that is not.
const SENT: usize = 4;
const TIMEOUT_BLOCKS: u64 = 4;

/// A packet is delivered, acknowledged and timed out by hand; what can't be done is said, with exit code 1.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let more = ["--a-port", PORT, "--b-port", PORT, "--version", "any"];
    let channels = bed.create_path_with("step", &more)?;
    let hand = Hand { bed, channels: &channels, relayer: bed.relayer("step", Role::Relayer, &channels.toml, |_| ())? };
    let at = probe::send(&*bed.a, &*bed.b, &channels.a, "text:hello", SENT, Timeout::Seconds(3_600))?;

    hand.step("packet-recv", &["--sequences", "1,3-4", "--packet-data-query-height", &at.to_string()])?.success()?;
    hand.left(&hand.step("packet-ack", &["--sequences", "2"])?, "written no acknowledgement")?;
    hand.nothing("packet-timeout")?;
    hand.left(&hand.step("packet-recv", &["--sequences", "1,2"])?, "received it already")?;
    hand.left(&hand.step("packet-timeout", &["--sequences", "2"])?, "has not timed out")?;
    hand.left(&hand.step("packet-ack", &["--sequences", "9"])?, "never sent")?;
    hand.left(&hand.step("packet-recv", &["--sequences", "9"])?, "never sent")?;
    hand.step("packet-ack", &["--sequences", "3"])?.success()?;
    ensure!(hand.pending()? == [1, 2, 4], "not one acknowledgement alone: {:?} are under way", hand.pending()?);
    hand.step("packet-ack", &[])?.success()?;
    ensure!(hand.pending()?.is_empty(), "{:?} are under way", hand.pending()?);

    probe::send(&*bed.a, &*bed.b, &channels.a, "text:hello", 1, Timeout::Blocks(TIMEOUT_BLOCKS))?;
    let late = bed.b.height()? + TIMEOUT_BLOCKS;
    wait_for("block of chain B behind the timeout", Duration::from_secs(60), || {
        Ok((bed.b.height()? > late).then_some(()))
    })?;
    hand.step("packet-timeout", &[])?.success()?;
    ensure!(hand.pending()?.is_empty(), "{:?} are under way", hand.pending()?);
    hand.nothing("packet-recv")
}

struct Hand<'a> {
    bed: &'a Bed,
    channels: &'a Channels,
    relayer: Relayer,
}

impl Hand<'_> {
    fn step(&self, step: &str, more: &[&str]) -> Result<Ended> {
        let end = ["tx", step, "--chain", self.bed.a.id(), "--port", PORT, "--channel", &self.channels.a];
        self.relayer.run(end.iter().chain(more))
    }

    fn pending(&self) -> Result<Vec<u64>> {
        self.bed.a.pending(PORT, &self.channels.a)
    }

    /// No packet needs this step.
    fn nothing(&self, step: &str) -> Result<()> {
        let ended = self.step(step, &[])?;
        ensure!(ended.code == Some(0) && ended.stdout.contains("no packet needs"), "not nothing to do: {ended:?}");
        Ok(())
    }

    /// Something was left, and said.
    fn left(&self, ended: &Ended, reason: &str) -> Result<()> {
        ensure!(ended.code == Some(1) && ended.stdout.contains(reason), "no {reason:?} with code 1 in {ended:?}");
        Ok(())
    }
}
