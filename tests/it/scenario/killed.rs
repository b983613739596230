//! SIGKILL in the middle of the work.

use std::time::Duration;

use anyhow::{Result, ensure};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;

const KILLS: usize = 5;
/// A kill, and each way: 5 x 2 x 50 = 500 transfers.
const MESSAGES: usize = 50;
const BATCH_MSGS_MAX: usize = 20;

/// Killed five times during 500 transfers and started again each time: all end, none is lost, and each kill costs one
/// batch of redundant messages at most.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("killed")?;
    let mut relayer = bed.relayer("killed", Role::Relayer, &channels.toml, |chain| {
        chain.more = format!("batch_msgs_max = {BATCH_MSGS_MAX}");
    })?;
    let before = bed.flows(&channels)?;
    let from = bed.heights()?;

    for kill in 0..KILLS {
        relayer.start()?;
        bed.send_both_ways(&channels, 1, MESSAGES)?;
        let at = bed.flows(&channels)?;
        let left = bed.under_way(&channels)?.len();
        // In turn: while a transaction waits in a mempool, and when a part of the packets has moved on.
        wait_for("work to interrupt", Duration::from_secs(60), || {
            let left_now = bed.under_way(&channels)?.len();
            let is_waiting = kill % 2 == 0 && bed.a.unconfirmed()? + bed.b.unconfirmed()? > 0;
            let has_moved = bed.flows(&channels)? != at || left_now < left || left_now == 0;
            Ok((is_waiting || has_moved).then_some(()))
        })?;
        ensure!(relayer.has_ended()?.is_none(), "the relayer ended by itself");
        relayer.kill()?;
    }
    relayer.start()?;
    bed.settle(&channels, &mut relayer, Duration::from_secs(120))?;
    relayer.stop()?;

    let sent = (KILLS * MESSAGES) as u128;
    before.ensure_moved(sent, sent, &bed.flows(&channels)?)?;
    let [a, b] = bed.work_since(Role::Relayer, from)?;
    let redundant = a.redundant() + b.redundant();
    ensure!(
        redundant <= KILLS * BATCH_MSGS_MAX,
        "{redundant} redundant messages; failed: {:?} {:?}",
        a.failed,
        b.failed
    );
    ensure!(
        a.effective + b.effective == 4 * KILLS * MESSAGES,
        "{} packet messages took effect",
        a.effective + b.effective
    );
    Ok(())
}
