//! What was sent while nobody relayed.

use std::time::Duration;

use anyhow::{Result, ensure};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::Role;

const TXS: usize = 3;
const MESSAGES: usize = 50;

/// The relayer is stopped, 300 packets are sent, it is started again, and no node indexes transactions: all end.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    for chain in bed.chains() {
        ensure!(!chain.is_tx_indexed()?, "{} indexes transactions: this would show nothing", chain.id());
    }
    let channels = bed.create_path("backlog")?;
    let mut relayer = bed.relayer("backlog", Role::Relayer, &channels.toml, |_| ())?;
    let before = bed.flows(&channels)?;
    let from = bed.heights()?;

    // It has once been there, so that it knows a height to go on from.
    relayer.start()?;
    bed.send_both_ways(&channels, 1, 1)?;
    bed.settle(&channels, &mut relayer, Duration::from_secs(60))?;
    relayer.stop()?;
    bed.send_both_ways(&channels, TXS, MESSAGES)?;
    ensure!(bed.under_way(&channels)?.len() == 2 * TXS * MESSAGES, "somebody else relays");
    relayer.start()?;
    bed.settle(&channels, &mut relayer, Duration::from_secs(120))?;
    relayer.stop()?;

    let sent = (1 + TXS * MESSAGES) as u128;
    before.ensure_moved(sent, sent, &bed.flows(&channels)?)?;
    for (chain, work) in bed.chains().iter().zip(bed.work_since(Role::Relayer, from)?) {
        ensure!(work.failed.is_empty(), "transactions of the relayer failed on {}: {:?}", chain.id(), work.failed);
    }
    Ok(())
}
