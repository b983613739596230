//! SIGKILL and SIGTERM in the middle of `clear packets`.

use std::time::Duration;

use anyhow::{Result, ensure};
use lightship_tests::bed::Bed;
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;

use super::clear::clear;

const KILLS: usize = 2;
const MESSAGES: usize = 100;
const BATCH_MSGS_MAX: usize = 10;

/// Killed twice on the way, asked to end once, and run again: all end, none is lost, and a kill costs each chain one batch of redundant
/// messages at most.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("clear_killed")?;
    let mut relayer = bed.relayer("clear_killed", Role::Relayer, &channels.toml, |chain| {
        chain.more = format!("batch_msgs_max = {BATCH_MSGS_MAX}");
    })?;
    let before = bed.flows(&channels)?;
    bed.send_both_ways(&channels, 1, MESSAGES)?;
    let from = bed.heights()?;
    for _ in 0..KILLS {
        let (at, left) = (bed.flows(&channels)?, bed.under_way(&channels)?.len());
        let mut running = relayer.spawn(["clear", "packets"])?;
        wait_for("work to interrupt", Duration::from_secs(60), || {
            ensure!(running.ended()?.is_none(), "it ended before it was killed");
            let has_moved = bed.flows(&channels)? != at || bed.under_way(&channels)?.len() < left;
            Ok(has_moved.then_some(()))
        })?;
        running.kill()?;
    }
    let mut running = relayer.spawn(["clear", "packets"])?;
    wait_for("the first count", Duration::from_secs(60), || Ok(running.log()?.contains("ended").then_some(())))?;
    running.terminate()?;
    let ended = wait_for("end after SIGTERM", Duration::from_secs(30), || running.ended())?;
    ensure!(ended.code == Some(1) && ended.stderr.contains("run the same again"), "{:?}: {}", ended.code, ended.stderr);
    clear(&relayer, &[])?;
    let sent = MESSAGES as u128;
    before.ensure_moved(sent, sent, &bed.flows(&channels)?)?;
    let [a, b] = bed.work_since(Role::Relayer, from)?;
    let redundant = a.redundant() + b.redundant();
    ensure!(redundant <= KILLS * 2 * BATCH_MSGS_MAX, "{redundant} redundant messages: {:?} {:?}", a.failed, b.failed);
    ensure!(a.effective + b.effective == 4 * MESSAGES, "{} messages took effect", a.effective + b.effective);
    Ok(())
}
