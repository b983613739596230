//! A client is lied to by a message that stands in no transaction: what it holds gives the lie away.

use std::time::Duration;

use anyhow::ensure;
use devnet::Attack;
use devnet::chain::Conspiracy;

use super::lie::Lie;
use super::stage::{Client, play};

const BLOCK_TIME: Duration = Duration::from_millis(500);

/// Governance runs the update at the end of a block: its header is in nobody's reach, so that other clients can't be
/// shown it. The one that holds it is frozen by the true header.
#[test]
fn a_client_that_no_transaction_poisoned_is_frozen_by_the_true_header() {
    play(BLOCK_TIME, |stage| {
        stage.start()?;
        let lie = Lie::tell(stage, Attack::Lunatic, &stage.foreign, Conspiracy::default())?;
        let update = lie.update(&stage.foreign, "cosmos10d07y265gmmuvt4z0w9aw880jnsr700j6zn9kn")?;
        let host = stage.foreign.host.running().clone();
        host.with(|chain| chain.app_mut().execute(&update))?;
        let poisoned = stage.foreign.clone();
        stage.are_frozen([&poisoned])?;
        ensure!(stage.submissions() == 0, "there were no two headers to show");
        stage.evidence_is_proven()?;
        stage.others_are_active()?;
        let is_poisoned = |client: &&Client| client.to_string() == poisoned.to_string();
        stage.of_a.iter().filter(|client| !is_poisoned(client)).try_for_each(Client::is_active)?;
        stage.relayer.stop()
    });
}
