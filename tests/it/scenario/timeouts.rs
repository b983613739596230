//! Transfers with and without timeouts, to good and bad denominations: the cases that relayers are known by
//! (interchaintest's `relayer` suite), each by commands that a user types.

use std::time::Duration;

use anyhow::{Result, ensure};
use lightship_tests::bed::{Bed, Channels};
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::ledger::SENT_DENOM;
use lightship_tests::life;
use lightship_tests::probe::{self, PORT, Timeout};
use lightship_tests::relayer::Relayer;

const BLOCKS: u64 = 5;
const SECONDS: u64 = 5;
const ENDED_WITHIN: Duration = Duration::from_secs(90);

/// A timeout by height and one by timestamp that come while nobody relays end as timeouts, with the money back; what has
/// a late timeout, or is sent while the relayer runs with a near one, arrives or times out, never both; a misspelt
/// denomination is refused by the source by name.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("timeouts")?;
    let user = bed.relayer("timeouts-user", Role::User, "", |_| ())?;
    let mut relayer = bed.relayer("timeouts", Role::Relayer, &channels.toml, |_| ())?;
    misspelt(bed, &user, &channels)?;
    both_kinds_time_out(bed, &user, &mut relayer, &channels)?;
    near_ones_end_once(bed)
}

fn misspelt(bed: &Bed, user: &Relayer, channels: &Channels) -> Result<()> {
    let ended = user.run(transfer(bed, channels, "1tokken", &["--timeout-seconds", "60"]))?;
    ensure!(ended.code == Some(1), "{ended:?}");
    ensure!(ended.stderr.contains("tokken"), "the denomination is not named: {}", ended.stderr);
    ensure!(bed.under_way(channels)?.is_empty(), "something was sent");
    Ok(())
}

fn both_kinds_time_out(bed: &Bed, user: &Relayer, relayer: &mut Relayer, channels: &Channels) -> Result<()> {
    let before = bed.flows(channels)?;
    let from = bed.heights()?;
    let amount = format!("3{SENT_DENOM}");
    let (blocks, seconds) = (BLOCKS.to_string(), SECONDS.to_string());
    user.run(transfer(bed, channels, &amount, &["--timeout-height-offset", &blocks]))?.success()?;
    user.run(transfer(bed, channels, &amount, &["--timeout-seconds", &seconds]))?.success()?;
    user.run(transfer(bed, channels, &amount, &["--timeout-seconds", "3600"]))?.success()?;
    let sent = bed.heights()?;
    let sent_at = bed.b.block(sent.b)?.time;
    wait_for("both timeouts", ENDED_WITHIN, || {
        let height = bed.b.height()?;
        let is_over = bed.b.block(height)?.time > sent_at + Duration::from_secs(SECONDS) && height > sent.b + BLOCKS;
        Ok(is_over.then_some(()))
    })?;
    relayer.start()?;
    bed.settle(channels, relayer, ENDED_WITHIN)?;
    relayer.stop()?;
    before.ensure_moved(3, 0, &bed.flows(channels)?)?;
    let lives = life::read(&*bed.a, "transfer", &channels.a, from.a)?;
    let timed_out = lives.values().filter(|life| life.timed_out.is_some()).count();
    let acknowledged = lives.values().filter(|life| life.acknowledged.is_some()).count();
    ensure!((timed_out, acknowledged) == (2, 1), "two of three packets were to time out: {lives:?}");
    let [_, on_b] = bed.work_since(Role::Relayer, from)?;
    ensure!(on_b.packet_messages == 1, "a packet was delivered that had timed out: {on_b:?}");
    Ok(())
}

/// Packets whose timeout comes within a few blocks, sent while the relayer runs: each ends, as one or the other.
fn near_ones_end_once(bed: &Bed) -> Result<()> {
    let channels =
        bed.create_path_with("timeouts-near", &["--a-port", PORT, "--b-port", PORT, "--version", "any version"])?;
    let mut near = bed.relayer("timeouts-near", Role::Relayer, &channels.toml, |_| ())?;
    near.start()?;
    let from = bed.heights()?;
    for blocks in 1..=8 {
        probe::send(&*bed.a, &*bed.b, &channels.a, "text:near", 5, Timeout::Blocks(blocks))?;
    }
    wait_for("end of all packets", ENDED_WITHIN, || Ok(bed.a.pending(PORT, &channels.a)?.is_empty().then_some(())))?;
    near.stop()?;
    let lives = life::read(&*bed.a, PORT, &channels.a, from.a)?;
    ensure!(lives.len() == 40, "{} packets were sent", lives.len());
    let both = lives.values().find(|life| life.acknowledged.is_some() == life.timed_out.is_some());
    ensure!(both.is_none(), "a packet ended twice or not at all: {both:?}");
    Ok(())
}

fn transfer<'a>(bed: &'a Bed, channels: &'a Channels, amount: &'a str, timeout: &[&'a str]) -> Vec<&'a str> {
    let receiver = bed.b.account(Role::User).address.as_str();
    let mut arguments = vec!["tx", "transfer", "--chain", bed.a.id(), "--channel", &channels.a];
    arguments.extend(["--amount", amount, "--receiver", receiver]);
    arguments.extend(timeout);
    arguments
}
