//! `clear packets` on an ordered channel of which a packet has timed out.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::{ChainUnderTest, Role};
use lightship_tests::deadline::wait_for;
use lightship_tests::probe::{self, PORT, Timeout};

use super::clear::clear;

/// ibc-go `STATE_CLOSED`.
const CLOSED: i32 = 4;
const TIMEOUT_BLOCKS: u64 = 3;
const BEHIND: usize = 3;

/// By one command, the packet times out, which closes its end; the other end is closed by `MsgChannelCloseConfirm`; and
/// what was sent behind it times out on close.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let more = ["--a-port", PORT, "--b-port", PORT, "--version", "any", "--ordering", "ordered"];
    let channels = bed.create_path_with("clear_ordered", &more)?;
    let relayer = bed.relayer("clear_ordered", Role::Relayer, &channels.toml, |_| ())?;
    let from = bed.heights()?;
    probe::send(&*bed.a, &*bed.b, &channels.a, "text:late", 1, Timeout::Blocks(TIMEOUT_BLOCKS))?;
    probe::send(&*bed.a, &*bed.b, &channels.a, "text:behind", BEHIND, Timeout::Seconds(3_600))?;
    let passed = bed.b.height()? + TIMEOUT_BLOCKS;
    wait_for("block behind the timeout", Duration::from_secs(60), || Ok((bed.b.height()? > passed).then_some(())))?;

    let answer = clear(&relayer, &[])?;
    ensure!(answer["ended"] == 1 + BEHIND, "{answer}");
    ensure!(bed.a.pending(PORT, &channels.a)?.is_empty(), "packets are under way still");
    for (chain, channel) in [(&*bed.a, &channels.a), (&*bed.b, &channels.b)] {
        ensure!(state(chain, channel)? == CLOSED, "{channel} of {} is not closed", chain.id());
    }
    for work in bed.work_since(Role::Relayer, from)? {
        ensure!(work.failed.is_empty(), "transactions failed: {:?}", work.failed);
    }
    Ok(())
}

fn state(chain: &dyn ChainUnderTest, channel: &str) -> Result<i32> {
    let ends = chain.handshakes()?.channels;
    Ok(ends.iter().find(|end| end.channel_id == channel).context("no such channel")?.state)
}
