//! A path that is interrupted after each of its steps.

use std::fs;
use std::time::Duration;

use anyhow::{Result, ensure};
use lightship_tests::bed::{Bed, Channels};
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::query::Handshakes;
use lightship_tests::relayer::{CONFIG_COMMENT, Ended};
use serde_json::Value;

/// Two clients, four steps of a connection, four of a channel.
const STEPS: usize = 10;
/// A step takes a few blocks: the last step's header, the update, the transaction.
const STEP_WITHIN: Duration = Duration::from_secs(60);
/// ibc-go `STATE_OPEN`, of connections and of channels.
const OPEN: i32 = 3;

/// `create path` is killed after each step, every other time while the step's transaction waits in a mempool; each
/// time it is run again. In the end there are one client, one connection and one channel more on each chain.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let mut relayer = bed.relayer("create_path", Role::Relayer, "", |_| ())?;
    let before = handshakes(bed)?;
    let arguments = ["create", "path", bed.a.id(), bed.b.id()];

    let mut kills = 0;
    let ended: Ended = loop {
        let at = progress(bed)?;
        let mut running = relayer.spawn(arguments)?;
        let is_mempool_enough = kills % 2 == 1;
        let ended = wait_for("next step of create path", STEP_WITHIN, || {
            if let Some(ended) = running.ended()? {
                return Ok(Some(Some(ended)));
            }
            let is_done = progress(bed)? > at || (is_mempool_enough && is_anything_unconfirmed(bed)?);
            Ok(is_done.then_some(None))
        })?;
        match ended {
            Some(ended) => break ended,
            None => running.kill()?,
        }
        kills += 1;
        ensure!(kills < 4 * STEPS, "killed {kills} times, and still no path");
    };
    ended.success()?;
    ensure!(kills >= STEPS, "killed only {kills} times: not every step was interrupted");

    let after = handshakes(bed)?;
    for (before, after) in before.iter().zip(&after) {
        ensure_one_more(before, after)?;
    }

    // A path that stands is not made again, and its answer is what the chains have.
    let answer = relayer.run(["--json"].iter().chain(&arguments))?.success()?;
    ensure!(handshakes(bed)? == after, "create path on a finished path changed a chain");
    let known: Vec<String> = before[0].channels.iter().map(|end| end.channel_id.clone()).collect();
    let channels = bed.new_channel(&known, &relayer)?;
    ensure_answered(&answer, &channels, &after)?;

    ensure!(channels.toml.matches("[[paths]]").count() == 1, "not one path in:\n{}", channels.toml);
    for id in [&channels.a, &channels.b] {
        ensure!(channels.toml.contains(&format!("\"transfer/{id}\"")), "no channel {id} in:\n{}", channels.toml);
    }
    ensure!(fs::read_to_string(relayer.config())?.contains(CONFIG_COMMENT), "the configuration lost its comment");
    Ok(())
}

/// One line of JSON with the identifiers of both ends.
fn ensure_answered(answer: &str, channels: &Channels, after: &[Handshakes; 2]) -> Result<()> {
    ensure!(answer.lines().count() == 1, "not one line: {answer}");
    let answer: Value = serde_json::from_str(answer)?;
    for ((end, channel), on_chain) in [("a", &channels.a), ("b", &channels.b)].into_iter().zip(after) {
        let has = |ids: &[String], key: &str| ids.iter().any(|id| answer[end][key] == id.as_str());
        let connections: Vec<String> = on_chain.connections.iter().map(|connection| connection.id.clone()).collect();
        ensure!(answer[end]["channel"] == channel.as_str(), "channel of {end}: {answer}");
        ensure!(has(&on_chain.clients, "client") && has(&connections, "connection"), "ids of {end}: {answer}");
    }
    Ok(())
}

fn handshakes(bed: &Bed) -> Result<[Handshakes; 2]> {
    Ok([bed.a.handshakes()?, bed.b.handshakes()?])
}

fn progress(bed: &Bed) -> Result<u64> {
    Ok(handshakes(bed)?.iter().map(Handshakes::progress).sum())
}

fn is_anything_unconfirmed(bed: &Bed) -> Result<bool> {
    Ok(bed.a.unconfirmed()? + bed.b.unconfirmed()? > 0)
}

fn ensure_one_more(before: &Handshakes, after: &Handshakes) -> Result<()> {
    let more = |before: usize, after: usize| after.checked_sub(before);
    let clients = more(before.clients.len(), after.clients.len());
    let connections = more(before.connections.len(), after.connections.len());
    let channels = more(before.channels.len(), after.channels.len());
    ensure!(
        (clients, connections, channels) == (Some(1), Some(1), Some(1)),
        "more clients, connections, channels: {clients:?}, {connections:?}, {channels:?}"
    );
    ensure!(after.connections.iter().all(|connection| connection.state == OPEN), "{:?}", after.connections);
    // Others may have closed theirs.
    let mut fresh = after.channels.iter().filter(|channel| !before.channels.contains(channel));
    ensure!(fresh.all(|channel| channel.state == OPEN), "{:?}", after.channels);
    Ok(())
}
