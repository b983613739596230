//! Clients that have a chain's id and follow another: anyone may make them, and nothing true verifies from them.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use devnet::Clock;
use devnet::chain::Chain;
use lightship_tests::chain_under_test::{ChainUnderTest, Role};
use lightship_tests::deadline::wait_for;
use lightship_tests::user;
use types::message::MsgCreateClient;

use super::FROZEN_WITHIN;
use super::adversary::impostor;
use super::lie::Lie;
use super::stage::{Client, Stage, play, states};

const BLOCK_TIME: Duration = Duration::from_millis(500);
const UPDATES: u64 = 3;
/// Long enough for a watch that would cry again to do so.
const BLOCKS_AFTER: u64 = 12;

#[test]
fn a_client_of_another_chain_of_the_same_id_is_reported_once_and_nothing_is_submitted() {
    play(BLOCK_TIME, |stage| {
        stage.start()?;
        let mut impostor = impostor(stage);
        let client = client_of(&impostor, stage)?;
        is_reported(stage, &client)?;
        for _ in 0..UPDATES {
            let trusted = impostor.height();
            impostor.make_block(Clock::System.now());
            impostor.make_block(Clock::System.now());
            let lie = Lie::of(&impostor, impostor.height(), &impostor, trusted)?;
            lie.bring(stage, &client)?;
        }
        let end = stage.host_heights()[0] + BLOCKS_AFTER;
        wait_for("blocks", FROZEN_WITHIN, || Ok((stage.host_heights()[0] >= end).then_some(())))?;
        ensure!(reports(stage, &client)? == 1, "it was reported more than once: {}", stage.relayer.log()?);
        ensure!(stage.submissions() == 0 && stage.evidence()?.is_empty(), "a false claim was believed");
        client.is_active()?;
        stage.of_a.iter().chain(&stage.others).try_for_each(Client::is_active)?;
        stage.relayer.stop()
    });
}

fn client_of(chain: &Chain, stage: &Stage) -> Result<Client> {
    let host: &dyn ChainUnderTest = &*stage.b;
    let known: Vec<String> = host.clients()?.into_iter().map(|(id, _)| id).collect();
    let (client_state, consensus_state) = states(chain)?;
    let signer = host.account(Role::Rival).address.as_str().into();
    user::submit(host, Role::Rival, vec![MsgCreateClient { client_state, consensus_state, signer }.into()], "")?;
    let id = host.clients()?.into_iter().map(|(id, _)| id).find(|id| !known.contains(id)).context("no new client")?;
    Ok(Client { host: stage.b.clone(), id })
}

fn is_reported(stage: &mut Stage, client: &Client) -> Result<()> {
    wait_for(
        "word of a client that can't be checked",
        FROZEN_WITHIN,
        || Ok((reports(stage, client)? > 0).then_some(())),
    )
}

/// Warnings and errors about a client.
fn reports(stage: &Stage, client: &Client) -> Result<usize> {
    let log = stage.relayer.log()?;
    let is_report = |line: &&str| (line.contains("WARN") || line.contains("ERROR")) && line.contains(&*client.id);
    Ok(log.lines().filter(is_report).count())
}
