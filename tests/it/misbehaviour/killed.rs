//! SIGKILL at each step of a response. After the restart every client ends frozen, the evidence is there, and no client
//! was shown it twice.

use std::fs;
use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::{Result, bail, ensure};
use devnet::chain::Conspiracy;
use devnet::node::{Fault, Method};
use devnet::{Attack, Node};
use lightship_tests::chain_under_test::{ChainUnderTest, Role};
use lightship_tests::deadline::{Stopwatch, wait_for};
use lightship_tests::devnet_chain::DevnetChain;
use serde_json::Value;

use super::FROZEN_WITHIN;
use super::lie::{Lie, misbehaviours, updates};
use super::stage::{Stage, foreign_client, play};

const BLOCK_TIME: Duration = Duration::from_millis(500);
const BROADCASTS: [Method; 3] = [Method::BroadcastTxSync, Method::BroadcastTxAsync, Method::BroadcastTxCommit];
/// A change of validators told in block h is in force at h+2.
const BLOCKS_BETWEEN: u64 = 5;

/// No file can be written, so that nothing may be submitted either.
#[test]
fn killed_when_an_attack_was_seen() {
    play(BLOCK_TIME, |stage| {
        stage.start()?;
        let directory = stage.evidence_directory();
        let aside = stage.directory().join("aside");
        if directory.exists() {
            fs::rename(&directory, &aside)?;
        }
        fs::write(&directory, "in the way")?;
        lie(stage)?;
        let is_said = |log: &str| log.contains("AN ATTACK CAN'T BE ANSWERED");
        stage.relayer.wait_for_log("word of a file that can't be written", FROZEN_WITHIN, is_said)?;
        stage.relayer.kill()?;
        ensure!(stage.submissions() == 0, "something was submitted before there was evidence");
        fs::remove_file(&directory)?;
        goes_on(stage)
    });
}

/// No node takes a transaction before the kill.
#[test]
fn killed_when_the_evidence_was_written() {
    play(BLOCK_TIME, |stage| {
        stage.start()?;
        let lie = Lie::tell(stage, Attack::Lunatic, &stage.foreign, Conspiracy::default())?;
        lie.bring(stage, &stage.foreign)?;
        nodes(stage).for_each(|node| node.inject(Fault::Stall.only(BROADCASTS)));
        until("a file of evidence", || Ok(!stage.evidence()?.is_empty()))?;
        stage.relayer.kill()?;
        nodes(stage).for_each(Node::heal);
        goes_on(stage)
    });
}

/// The validators of A have all changed since C's client was updated, so that it must be led to the common block first.
#[test]
fn killed_when_a_supporting_update_was_sent() {
    play(BLOCK_TIME, |stage| {
        turn_over(stage)?;
        stage.start()?;
        let fresh = foreign_client(&stage.a, &stage.b)?;
        stage.of_a.push(fresh.clone());
        let relayer = stage.c.account(Role::Relayer).address.clone();
        Lie::tell(stage, Attack::Lunatic, &fresh, Conspiracy::default())?.bring(stage, &fresh)?;
        paused_with(&stage.c, |tx| updates(tx, &relayer) > 0)?;
        stage.relayer.kill()?;
        stage.c.running().resume();
        goes_on(stage)
    });
}

#[test]
fn killed_when_misbehaviour_was_broadcast() {
    play(BLOCK_TIME, |stage| {
        stage.start()?;
        let relayer = stage.c.account(Role::Relayer).address.clone();
        lie(stage)?;
        paused_with(&stage.c, |tx| misbehaviours(tx, &relayer) > 0)?;
        stage.relayer.kill()?;
        stage.c.running().resume();
        goes_on(stage)
    });
}

/// The chain commits it, but no node answers from then on.
#[test]
fn killed_when_misbehaviour_was_committed_and_not_read_back() {
    play(BLOCK_TIME, |stage| {
        stage.start()?;
        let relayer = stage.c.account(Role::Relayer).address.clone();
        lie(stage)?;
        paused_with(&stage.c, |tx| misbehaviours(tx, &relayer) > 0)?;
        stage.c.running().nodes().iter().for_each(|node| node.inject(Fault::Stall));
        stage.c.running().make_block();
        stage.relayer.kill()?;
        nodes(stage).for_each(Node::heal);
        stage.c.running().resume();
        goes_on(stage)
    });
}

/// The block that told the lie is read once more after a restart; nobody is told of the attack a second time.
#[test]
fn killed_when_all_was_settled() {
    play(BLOCK_TIME, |stage| {
        stage.start()?;
        lie(stage)?;
        wait_for("files that are settled", FROZEN_WITHIN, || {
            let files = stage.evidence()?;
            Ok((!files.is_empty() && files.iter().all(|file| is_settled(file))).then_some(files))
        })?;
        stage.relayer.kill()?;
        stage.start()?;
        let is_read_again = |log: &str| log.contains("the attack is answered");
        stage.relayer.wait_for_log("a second look at what is settled", FROZEN_WITHIN, is_read_again)?;
        let log = stage.relayer.log()?;
        ensure!(!log.contains("IS PROVEN") && !log.contains("as it shall be"), "it was told again");
        ends_well(stage)
    });
}

/// A lunatic header comes to the stranger's client.
fn lie(stage: &Stage) -> Result<()> {
    Lie::tell(stage, Attack::Lunatic, &stage.foreign, Conspiracy::default())?.bring(stage, &stage.foreign)?;
    Ok(())
}

fn goes_on(stage: &mut Stage) -> Result<()> {
    stage.start()?;
    ends_well(stage)
}

fn ends_well(stage: &mut Stage) -> Result<()> {
    let clients = stage.of_a.clone();
    stage.are_frozen(&clients)?;
    stage.evidence_is_proven()?;
    stage.others_are_active()?;
    let submitted = stage.submissions();
    ensure!(submitted == clients.len(), "{} clients, {submitted} submissions", clients.len());
    stage.relayer.stop()
}

/// Is there nothing left to do about this file's case?
fn is_settled(file: &Path) -> bool {
    let noted = fs::read(file.with_extension("progress")).unwrap_or_default();
    serde_json::from_slice::<Value>(&noted).is_ok_and(|progress| progress["is_settled"] == true)
}

fn nodes(stage: &Stage) -> impl Iterator<Item = &Node> {
    [&stage.b, &stage.c].into_iter().flat_map(|chain| chain.running().nodes())
}

/// Stops a chain from making blocks as soon as a transaction waits in its mempool.
fn paused_with(chain: &DevnetChain, is_wanted: impl Fn(&[u8]) -> bool) -> Result<()> {
    let running = chain.running();
    until("a transaction in the mempool", || {
        // Under the chain's lock: no block is made between the look and the pause.
        Ok(running.with(|chain| {
            let is_there = chain.mempool().any(|tx| is_wanted(tx));
            if is_there {
                running.pause();
            }
            is_there
        }))
    })
}

/// Looks so often that what comes next has not come yet.
fn until(what: &str, is_so: impl Fn() -> Result<bool>) -> Result<()> {
    let watch = Stopwatch::start();
    while watch.elapsed() < FROZEN_WITHIN {
        if is_so()? {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(1));
    }
    bail!("no {what} within {FROZEN_WITHIN:?}")
}

/// All of A's validators change, one after the other.
fn turn_over(stage: &Stage) -> Result<()> {
    for old in 0..4 {
        stage.a.running().with(|chain| chain.update_validators(&[(old, 0), (old + 4, 10)]))?;
        let end = (&*stage.a as &dyn ChainUnderTest).height()? + BLOCKS_BETWEEN;
        wait_for("blocks", FROZEN_WITHIN, || Ok(((&*stage.a as &dyn ChainUnderTest).height()? >= end).then_some(())))?;
    }
    Ok(())
}
