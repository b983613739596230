//! Transfers that do not arrive: the sender has the money back.

use std::time::Duration;

use anyhow::{Result, ensure};
use lightship_tests::bed::{Bed, Channels};
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::ledger::SENT_DENOM;
use lightship_tests::relayer::Relayer;
use time::OffsetDateTime;

const TIMEOUT_SECONDS: u64 = 6;

/// To an invalid receiver: the error acknowledgement is relayed. With a timeout of a few seconds while the relayer is
/// down: it is timed out after the start. Both senders are refunded.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("refund")?;
    let user = bed.relayer("refund-user", Role::User, "", |_| ())?;
    let mut relayer = bed.relayer("refund", Role::Relayer, &channels.toml, |_| ())?;
    let before = bed.flows(&channels)?;
    let from = bed.heights()?;

    relayer.start()?;
    transfer(bed, &user, &channels, "nobody", 3_600)?;
    bed.settle(&channels, &mut relayer, Duration::from_secs(60))?;
    relayer.stop()?;
    before.ensure_moved(0, 0, &bed.flows(&channels)?)?;
    let [on_a, on_b] = bed.work_since(Role::Relayer, from)?;
    ensure!((on_a.effective, on_b.effective) == (1, 1), "not one recv and one acknowledgement: {on_a:?} {on_b:?}");

    let from = bed.heights()?;
    let receiver = bed.b.account(Role::User).address.clone();
    transfer(bed, &user, &channels, &receiver, TIMEOUT_SECONDS)?;
    ensure!(bed.under_way(&channels)?.len() == 1, "the packet is not under way");
    let sent_at = latest_time(bed)?;
    wait_for("block of chain B behind the timeout", Duration::from_secs(60), || {
        Ok((latest_time(bed)? > sent_at + Duration::from_secs(TIMEOUT_SECONDS)).then_some(()))
    })?;
    relayer.start()?;
    bed.settle(&channels, &mut relayer, Duration::from_secs(60))?;
    relayer.stop()?;
    before.ensure_moved(0, 0, &bed.flows(&channels)?)?;
    let [on_a, on_b] = bed.work_since(Role::Relayer, from)?;
    ensure!((on_a.effective, on_b.packet_messages) == (1, 0), "not one timeout alone: {on_a:?} {on_b:?}");
    Ok(())
}

fn transfer(bed: &Bed, user: &Relayer, channels: &Channels, receiver: &str, timeout_seconds: u64) -> Result<()> {
    let amount = format!("7{SENT_DENOM}");
    let timeout = timeout_seconds.to_string();
    let arguments = [
        "tx",
        "transfer",
        "--chain",
        bed.a.id(),
        "--channel",
        &channels.a,
        "--amount",
        &amount,
        "--receiver",
        receiver,
        "--timeout-seconds",
        &timeout,
    ];
    user.run(arguments)?.success()?;
    Ok(())
}

/// The time that judges a packet to chain B.
fn latest_time(bed: &Bed) -> Result<OffsetDateTime> {
    Ok(bed.b.block(bed.b.height()?)?.time)
}
