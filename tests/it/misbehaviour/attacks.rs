//! Each kind of attack that leaves two blocks of one height, told by a transaction of a stranger to a client that
//! nobody updates: every client of the chain freezes, on every chain, while packets go on between the others.

use anyhow::{Result, ensure};
use devnet::Attack;
use devnet::chain::Conspiracy;

use super::lie::{Appeared, Lie};
use super::stage::{Stage, flowed, play};
use super::{BLOCK_TIME, FROZEN_WITHIN_BLOCKS};

#[test]
fn clients_freeze_within_two_blocks_of_an_equivocation() {
    play(BLOCK_TIME, |stage| freeze_all(stage, Attack::Equivocation));
}

#[test]
fn clients_freeze_within_two_blocks_of_an_amnesia() {
    play(BLOCK_TIME, |stage| freeze_all(stage, Attack::Amnesia));
}

#[test]
fn clients_freeze_within_two_blocks_of_a_lunatic_header() {
    play(BLOCK_TIME, |stage| freeze_all(stage, Attack::Lunatic));
}

#[test]
fn clients_freeze_within_two_blocks_of_a_violation_of_bft_time() {
    play(BLOCK_TIME, |stage| freeze_all(stage, Attack::BftTime));
}

fn freeze_all(stage: &mut Stage, attack: Attack) -> Result<()> {
    stage.start()?;
    let [from_a, from_b] = stage.traffic()?;
    let lie = Lie::tell(stage, attack, &stage.foreign, Conspiracy::default())?;
    let appeared = lie.bring(stage, &stage.foreign)?;
    frozen_in_time(stage, &format!("{attack:?}"), appeared)?;
    stage.evidence_is_proven()?;
    stage.others_are_active()?;
    // Packets of the attacked chain stop with its clients, those of the others don't.
    let (stopped, passed) = (from_a.stop()?, from_b.stop()?);
    ensure!(stopped.acknowledged > 0, "nothing passed before the attack: {stopped:?}");
    flowed(passed)?;
    stage.relayer.stop()
}

/// All clients of A freeze within two blocks of their host's after a moment.
#[expect(clippy::print_stdout, reason = "the figure is what the run is watched for")]
pub(super) fn frozen_in_time(stage: &mut Stage, what: &str, since: Appeared) -> Result<()> {
    let clients = stage.of_a.clone();
    stage.are_frozen(&clients)?;
    for client in &clients {
        let blocks = client.frozen_at()? - stage.of_host(since.hosts, client);
        println!("{what}: {client} is frozen after {blocks} blocks");
        ensure!(blocks <= FROZEN_WITHIN_BLOCKS, "{client} took {blocks} blocks");
    }
    Ok(())
}
