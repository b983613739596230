//! One bad packet among many good ones, and one that is hungrier than it looks.

use std::time::Duration;

use anyhow::{Result, ensure};
use lightship_tests::bed::{Bed, Channels};
use lightship_tests::chain_under_test::Role;
use lightship_tests::deadline::wait_for;
use lightship_tests::life;
use lightship_tests::probe::{self, PORT, Timeout};
use lightship_tests::relayer::Relayer;
use serde_json::json;

const PACKETS: u64 = 500;
/// Where the bad one stands among them.
const BAD: u64 = 250;
/// More than the margin over simulated gas, less than what the second try asks for.
const HUNGER: u64 = 45_000;
const ENDED_WITHIN: Duration = Duration::from_secs(120);
const TIMEOUT_SECONDS: u64 = 3_600;

/// 500 packets, one of which its application refuses in delivery alone: 499 are acknowledged with at most one block more
/// than 500 good ones take; the bad one is quarantined, said, and delivered by itself once its cause is gone. One that
/// burns more gas than its simulation is delivered at the second try.
pub(crate) fn run(bed: &Bed) -> Result<()> {
    let channels = bed.create_path_with("poison", &["--a-port", PORT, "--b-port", PORT, "--version", "any version"])?;
    let mut relayer = bed.relayer("poison", Role::Relayer, &channels.toml, |_| ())?;
    // Another scenario may have turned refusals off.
    probe::command(&*bed.b, Role::User, &json!({ "refuse": true }))?;
    relayer.start()?;
    let clean = [blocks_of(bed, &channels, None)?, blocks_of(bed, &channels, None)?];
    let poisoned = blocks_of(bed, &channels, Some(BAD))?;
    let usual = clean[0].max(clean[1]);
    ensure!(poisoned <= usual + 1, "499 of 500 took {poisoned} blocks, 500 good ones {clean:?}");
    cured(bed, &channels, &mut relayer)?;
    hungry(bed, &channels)?;
    relayer.stop()
}

/// Sends 500 packets in one transaction, of which the one at `bad` is refused; the blocks of chain A from the send to
/// the last acknowledgement of the good ones.
fn blocks_of(bed: &Bed, channels: &Channels, bad: Option<u64>) -> Result<u64> {
    let timeout = probe::timeout_timestamp(&*bed.b, TIMEOUT_SECONDS)?;
    let send = |data: &str, count: u64| json!({ "send": { "channel": channels.a, "data": data, "count": count, "timeout_timestamp": timeout } });
    let actions = match bad {
        None => json!([send("text:good", PACKETS)]),
        Some(bad) => json!([
            send("text:good", bad - 1),
            send(r#"text:{"probe":"refuse","in_delivery":true}"#, 1),
            send("text:good", PACKETS - bad),
        ]),
    };
    let sent_at = probe::command(&*bed.a, Role::User, &actions)?;
    let left = usize::from(bad.is_some());
    wait_for("end of the good packets", ENDED_WITHIN, || {
        let pending = bed.a.pending(PORT, &channels.a)?.len();
        ensure!(pending == left, "{pending} packets are pending");
        Ok(Some(()))
    })?;
    let lives = life::read(&*bed.a, PORT, &channels.a, sent_at)?;
    let first = lives.values().filter_map(|life| life.sent).min();
    let last = lives.values().filter_map(|life| life.acknowledged).max();
    let (Some(first), Some(last)) = (first, last) else { anyhow::bail!("nothing was sent and acknowledged") };
    Ok(last - first)
}

/// The bad packet is said, and delivered without anybody's help once its application takes it.
fn cured(bed: &Bed, channels: &Channels, relayer: &mut Relayer) -> Result<()> {
    let said = |log: &str| log.lines().any(|line| line.contains("quarantined") && line.contains("WARN"));
    relayer.wait_for_log("quarantine", ENDED_WITHIN, said)?;
    probe::command(&*bed.b, Role::User, &json!({ "refuse": false }))?;
    wait_for("delivery of the packet that was refused", ENDED_WITHIN, || {
        Ok(bed.a.pending(PORT, &channels.a)?.is_empty().then_some(()))
    })?;
    probe::command(&*bed.b, Role::User, &json!({ "refuse": true }))?;
    Ok(())
}

fn hungry(bed: &Bed, channels: &Channels) -> Result<()> {
    let from = bed.heights()?;
    let data = format!(r#"text:{{"probe":"ack","gas":{HUNGER},"in_delivery":true}}"#);
    probe::send(&*bed.a, &*bed.b, &channels.a, &data, 1, Timeout::Seconds(TIMEOUT_SECONDS))?;
    wait_for("end of the hungry packet", ENDED_WITHIN, || {
        Ok(bed.a.pending(PORT, &channels.a)?.is_empty().then_some(()))
    })?;
    let [_, on_b] = bed.work_since(Role::Relayer, from)?;
    ensure!(on_b.failed.len() == 1 && on_b.effective == 1, "not delivered at the second try: {on_b:?}");
    ensure!(on_b.failed[0].contains("out of gas"), "{on_b:?}");
    Ok(())
}
