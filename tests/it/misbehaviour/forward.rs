//! A header above the head, of a time that is still to come: nothing true contradicts it yet.

use std::time::Duration;

use anyhow::{Context, Result};
use devnet::Attack;
use devnet::chain::{Chain, Conspiracy};
use lightship_tests::deadline::wait_for;
use types::Timestamp;

use super::attacks::frozen_in_time;
use super::lie::{Appeared, Lie};
use super::stage::{Stage, flowed, play};
use super::{BLOCK_TIME, FROZEN_WITHIN};

/// How far the lie lies in the future: long enough for the relayer to be killed and started again before.
const AHEAD: Duration = Duration::from_secs(20);
const SAID_WITHIN: Duration = Duration::from_secs(30);

/// The suspicion is alerted at once, a relayer that was killed and started again still has it, and once the chain comes
/// to that time the clients freeze.
#[test]
fn a_header_from_the_future_is_suspected_at_once_and_freezes_clients_when_its_time_comes() {
    play(BLOCK_TIME, |stage| {
        stage.start()?;
        let [from_a, from_b] = stage.traffic()?;
        let dated = stage.a.running().with(|chain| head_time(chain))?;
        let dated = Timestamp(dated.0 + u64::try_from(AHEAD.as_nanos())?);
        let lie = Lie::tell(stage, Attack::ForwardLunatic, &stage.foreign, Conspiracy::default().dated(dated))?;
        lie.bring(stage, &stage.foreign)?;
        is_suspected(stage)?;
        stage.foreign.is_active()?;

        stage.relayer.kill()?;
        stage.start()?;
        is_suspected(stage)?;

        let since = reached(stage, dated)?;
        frozen_in_time(stage, "ForwardLunatic", since)?;
        stage.evidence_is_proven()?;
        stage.others_are_active()?;
        from_a.stop()?;
        flowed(from_b.stop()?)?;
        stage.relayer.stop()
    });
}

/// The same at the head's own time: the head contradicts it already.
#[test]
fn clients_freeze_within_two_blocks_of_a_forward_lunatic_header_that_is_not_later_than_the_head() {
    play(BLOCK_TIME, |stage| {
        stage.start()?;
        let lie = Lie::tell(stage, Attack::ForwardLunatic, &stage.foreign, Conspiracy::default())?;
        let appeared = lie.bring(stage, &stage.foreign)?;
        frozen_in_time(stage, "ForwardLunatic at the head's time", appeared)?;
        stage.evidence_is_proven()?;
        stage.others_are_active()?;
        stage.relayer.stop()
    });
}

fn is_suspected(stage: &mut Stage) -> Result<()> {
    let client = stage.foreign.id.clone();
    stage.relayer.wait_for_log("word of a suspicion", SAID_WITHIN, |log| {
        log.lines().any(|line| line.contains("suspected") && line.contains(&client))
    })
}

/// Waits for an honest header of A that is not earlier: heights of B and C when it was made.
fn reached(stage: &Stage, time: Timestamp) -> Result<Appeared> {
    let hosts = wait_for("honest header of that time", FROZEN_WITHIN, || {
        let head = stage.a.running().with(|chain| head_time(chain))?;
        Ok((head >= time).then(|| stage.host_heights()))
    })?;
    Ok(Appeared { hosts })
}

fn head_time(chain: &Chain) -> Result<Timestamp> {
    let time = chain.block(chain.height()).context("no block")?.header.time;
    Ok(Timestamp(u64::try_from(time.unix_timestamp_nanos())?))
}
