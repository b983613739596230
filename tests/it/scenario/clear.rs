//! `clear packets` where no relayer runs: everything that is pending ends, by a fresh home with an empty store.

use std::fs;
use std::time::Duration;

use anyhow::{Result, ensure};
use lightship_tests::bed::{Bed, Channels};
use lightship_tests::chain_under_test::{Role, UserMessage};
use lightship_tests::deadline::wait_for;
use lightship_tests::ledger::SENT_DENOM;
use lightship_tests::proxy::CountingProxy;
use lightship_tests::relayer::{Ended, Relayer};
use serde_json::Value;

const MESSAGES: usize = 20;
const FEW: usize = 5;
const TIMEOUT_SECONDS: u64 = 6;

/// Packets, acknowledgements and timeouts are flushed; a dry run changes nothing; what was not selected stays; a wallet
/// that can't pay is told as the reason; a channel of no configured path is cleared from what the chains say of it.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("clear")?;
    let relayer = bed.relayer("clear", Role::Relayer, &channels.toml, |_| ())?;
    nothing_is_clear(&relayer)?;
    a_dry_run_changes_nothing(bed, &channels)?;
    packets_of_both_ways_end(bed, &channels, &relayer)?;
    nothing_but_the_selection_is_relayed(bed, &channels, &relayer)?;
    acknowledgements_end(bed, &channels, &relayer)?;
    timeouts_end(bed, &channels)
}

/// The answer of a command with `--json`.
pub(super) fn answer(ended: &Ended) -> Result<Value> {
    Ok(serde_json::from_str(&ended.stdout)?)
}

/// Clears, with further arguments: nothing may be left.
pub(super) fn clear(relayer: &Relayer, more: &[&str]) -> Result<Value> {
    let ended = relayer.run(["clear", "packets", "--json"].iter().chain(more))?;
    ensure!(ended.code == Some(0), "exit code {:?}: {}\n{}", ended.code, ended.stdout, ended.stderr);
    let answer = answer(&ended)?;
    ensure!(answer["left"] == Value::Array(Vec::new()) && answer["is_clear"] == true, "{answer}");
    Ok(answer)
}

fn nothing_is_clear(relayer: &Relayer) -> Result<()> {
    let answer = clear(relayer, &[])?;
    ensure!(answer["ended"] == 0, "{answer}");
    ensure!(answer["is_confirmed"] == false && !answer["word_of"][0].is_null(), "one node confirms nothing: {answer}");
    Ok(())
}

fn a_dry_run_changes_nothing(bed: &Bed, channels: &Channels) -> Result<()> {
    let looker = bed.relayer("clear-dry", Role::Relayer, &channels.toml, |_| ())?;
    fs::remove_dir_all(looker.keys())?;
    bed.send_both_ways(channels, 1, MESSAGES)?;
    let before = (bed.under_way(channels)?, bed.a.account_state(Role::Relayer)?, bed.b.account_state(Role::Relayer)?);
    let planned = answer(&looker.run(["clear", "packets", "--dry-run", "--json"])?)?;
    let rows = planned["planned"].as_array().cloned().unwrap_or_default();
    ensure!(rows.len() == 2 * MESSAGES && rows.iter().all(|row| row["next"] == "recv"), "{planned}");
    let after = (bed.under_way(channels)?, bed.a.account_state(Role::Relayer)?, bed.b.account_state(Role::Relayer)?);
    ensure!(before == after && !looker.store().exists(), "a dry run left something behind");
    Ok(())
}

fn packets_of_both_ways_end(bed: &Bed, channels: &Channels, relayer: &Relayer) -> Result<()> {
    let before = bed.flows(channels)?;
    let answer = clear(relayer, &[])?;
    ensure!(answer["ended"] == 2 * MESSAGES, "{answer}");
    ensure!(bed.under_way(channels)?.is_empty(), "packets are under way still");
    // They were sent before `before` was read: what the senders lost stays lost to them.
    let received = bed.flows(channels)?;
    ensure!(received.a_to_b.receiver == before.a_to_b.receiver + MESSAGES as u128, "{received:?}");
    ensure!(received.b_to_a.receiver == before.b_to_a.receiver + MESSAGES as u128, "{received:?}");
    Ok(())
}

fn nothing_but_the_selection_is_relayed(bed: &Bed, channels: &Channels, relayer: &Relayer) -> Result<()> {
    bed.send_both_ways(channels, 1, FEW)?;
    let on_a = bed.a.packet_commitments(&channels.a)?;
    let on_b = bed.b.packet_commitments(&channels.b)?;
    let sequences = format!("{},{}-{}", on_a[0], on_a[2], on_a[3]);
    let named = ["--chain", bed.a.id(), "--channel", &channels.a];
    let some = [&named[..], &["--sequences", &sequences, "--direction", "forward"]].concat();
    let answer = clear(relayer, &some)?;
    ensure!(answer["ended"] == 3, "{answer}");
    ensure!(bed.a.packet_commitments(&channels.a)? == [on_a[1], on_a[4]], "others than {sequences} were relayed");
    ensure!(bed.b.packet_commitments(&channels.b)? == on_b, "the other direction was relayed");
    let answer = clear(relayer, &[&named[..], &["--limit", "2", "--direction", "backward"]].concat())?;
    ensure!(answer["ended"] == 2, "{answer}");
    ensure!(bed.b.packet_commitments(&channels.b)? == on_b[2..], "not the lowest two were relayed");
    // The rest, from what the chains say of the channel, and what two nodes of each say of the end.
    let stranger = bed.relayer("clear-derived", Role::Relayer, "", |_| ())?;
    for chain in bed.chains() {
        let config = fs::read_to_string(stranger.config())?;
        let (first, second) = (chain.rpc(), CountingProxy::to(chain.rpc())?);
        let two = format!("[\"http://{first}\", \"http://{}\"]", second.address());
        fs::write(stranger.config(), config.replace(&format!("\"http://{first}\""), &two))?;
    }
    let answer = clear(&stranger, &named)?;
    ensure!(answer["ended"] == 2 * FEW - 5, "{answer}");
    ensure!(answer["is_confirmed"] == true && answer["word_of"].as_array().map(Vec::len) == Some(4), "{answer}");
    ensure!(bed.under_way(channels)?.is_empty(), "packets are under way still");
    Ok(())
}

/// A relayer that can't pay on chain A brings packets to B, and says why their acknowledgements stay.
fn acknowledgements_end(bed: &Bed, channels: &Channels, relayer: &Relayer) -> Result<()> {
    let poor = bed.relayer("clear-poor", Role::Relayer, &channels.toml, |chain| {
        if chain.id == bed.a.id() {
            chain.key = Role::Pauper.name().to_owned();
        }
    })?;
    poor.add_key(&*bed.a, Role::Pauper)?;
    send(bed, channels, FEW, 3_600)?;
    let ended = poor.run(["clear", "packets", "--json"])?;
    let told = answer(&ended)?;
    let left = told["left"].as_array().cloned().unwrap_or_default();
    ensure!(ended.code == Some(1) && left.len() == FEW, "{:?}: {told}\n{}", ended.code, ended.stderr);
    ensure!(left.iter().all(|left| left["reason"] == "wallet_empty"), "{told}");
    let from = bed.heights()?;
    let answer = clear(relayer, &[])?;
    ensure!(answer["ended"] == FEW, "{answer}");
    let [on_a, on_b] = bed.work_since(Role::Relayer, from)?;
    ensure!((on_a.effective, on_b.packet_messages) == (FEW, 0), "not acknowledgements alone: {on_a:?} {on_b:?}");
    Ok(())
}

fn timeouts_end(bed: &Bed, channels: &Channels) -> Result<()> {
    let before = bed.flows(channels)?;
    send(bed, channels, FEW, TIMEOUT_SECONDS)?;
    // The timeout counts from a block of A that is this one at the latest.
    let sent_at = bed.a.block(bed.a.height()?)?.time;
    wait_for("block of chain B behind the timeout", Duration::from_secs(60), || {
        let now = bed.b.block(bed.b.height()?)?.time;
        Ok((now > sent_at + Duration::from_secs(TIMEOUT_SECONDS)).then_some(()))
    })?;
    let fresh = bed.relayer("clear-timeouts", Role::Relayer, &channels.toml, |_| ())?;
    let answer = clear(&fresh, &[])?;
    ensure!(answer["ended"] == FEW, "{answer}");
    before.ensure_moved(0, 0, &bed.flows(channels)?)
}

fn send(bed: &Bed, channels: &Channels, count: usize, timeout_seconds: u64) -> Result<()> {
    let message = UserMessage::Transfer {
        channel: channels.a.clone(),
        amount: 1,
        denom: SENT_DENOM.to_owned(),
        receiver: bed.b.account(Role::User).address.clone(),
        timeout_seconds,
    };
    bed.a.send(Role::User, &[vec![message; count]])?;
    Ok(())
}
