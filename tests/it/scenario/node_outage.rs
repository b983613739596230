//! A node that goes and comes back under load.

use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use lightship_tests::bed::{self, Bed};
use lightship_tests::chain_under_test::Role;

const MESSAGES: usize = 50;
/// Many times what a try or a block takes, so that the relayer has to come back to it by itself.
const OUTAGE: Duration = Duration::from_secs(8);

/// The node of chain B is stopped for some seconds while packets are under way and more are sent: the relayer neither exits
/// nor needs a restart, says which node it misses, and all end.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("node_outage")?;
    let mut relayer = bed.relayer("node_outage", Role::Relayer, &channels.toml, |_| ())?;
    let before = bed.flows(&channels)?;

    relayer.start()?;
    bed.send_both_ways(&channels, 1, MESSAGES)?;
    bed.b.stop()?;
    bed::send(&*bed.a, &*bed.b, &channels.a, 1, MESSAGES)?;
    // The length of the outage is the scenario's own.
    thread::sleep(OUTAGE);
    let has = |log: &str| log.lines().any(|line| line.contains("WARN") && line.contains(bed.b.rpc()));
    relayer.wait_for_log("warning about the node", Duration::from_secs(30), has)?;
    ensure!(relayer.has_ended()?.is_none(), "the relayer ended while a node was down");
    bed.b.start()?;
    bed::send(&*bed.b, &*bed.a, &channels.b, 1, MESSAGES)?;
    bed.settle(&channels, &mut relayer, Duration::from_secs(120))?;
    relayer.stop()?;

    let sent = 2 * MESSAGES as u128;
    before.ensure_moved(sent, sent, &bed.flows(&channels)?)
}
