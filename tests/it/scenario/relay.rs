//! The main job: transfers both ways while the relayer runs.

use std::time::Duration;

use anyhow::{Result, ensure};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::Role;

const TXS: usize = 4;
const MESSAGES: usize = 50;

/// 200 transfers each way while `start` runs: all acknowledged, every unit where it belongs, no commitment left, no
/// transaction of the relayer failed, none of its packet messages wasted.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("relay")?;
    let mut relayer = bed.relayer("relay", Role::Relayer, &channels.toml, |_| ())?;
    let before = bed.flows(&channels)?;
    let from = bed.heights()?;

    relayer.start()?;
    bed.send_both_ways(&channels, TXS, MESSAGES)?;
    bed.settle(&channels, &mut relayer, Duration::from_secs(120))?;
    relayer.stop()?;

    let sent = (TXS * MESSAGES) as u128;
    before.ensure_moved(sent, sent, &bed.flows(&channels)?)?;
    for (chain, work) in bed.chains().iter().zip(bed.work_since(Role::Relayer, from)?) {
        ensure!(work.failed.is_empty(), "transactions of the relayer failed on {}: {:?}", chain.id(), work.failed);
        ensure!(work.effective == 2 * TXS * MESSAGES, "{} took {} packet messages", chain.id(), work.effective);
        ensure!(work.redundant() == 0, "{} packet messages on {} were redundant", work.redundant(), chain.id());
    }
    Ok(())
}
