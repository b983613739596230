//! Reasons that the chains, the configuration and the wallets are to blame for.

use std::time::Duration;

use anyhow::{Result, ensure};
use lightship_tests::bed::{self, Bed, Channels};
use lightship_tests::chain_under_test::Role;

use super::Packet;

/// The first packet from chain A.
fn first<'a>(bed: &'a Bed, channels: &'a Channels) -> Packet<'a> {
    Packet { chain: bed.a.id(), port: "transfer", channel: &channels.a, sequence: 1 }
}

fn send_one(bed: &Bed, channels: &Channels) -> Result<()> {
    bed::send(&*bed.a, &*bed.b, &channels.a, 1, 1)?;
    Ok(())
}

pub(super) fn never_sent(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("explain_never_sent")?;
    let relayer = bed.relayer("explain_never_sent", Role::Relayer, &channels.toml, |_| ())?;
    let packet = first(bed, &channels);
    let answer = packet.is_told(&relayer, "never_sent", &["packet 1", &channels.a])?;
    ensure!(answer["facts"]["sent"]["known"] == false, "{answer}");
    let said = packet.said(&relayer, &[])?;
    ensure!(said.contains("Reason code: never_sent") && said.contains(bed.a.rpc()), "{said}");
    ensure!(!relayer.store().exists(), "a question made a store");

    let nowhere = Packet { channel: "channel-999", ..packet };
    nowhere.is_told(&relayer, "channel_unknown", &["channel-999"])?;
    Ok(())
}

pub(super) fn over(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("explain_over")?;
    let mut relayer = bed.relayer("explain_over", Role::Relayer, &channels.toml, |_| ())?;
    relayer.start()?;
    send_one(bed, &channels)?;
    bed.settle(&channels, &mut relayer, Duration::from_secs(60))?;
    relayer.stop()?;
    let answer = first(bed, &channels).is_told(&relayer, "over", &["acknowledged (success)"])?;
    let facts = &answer["facts"];
    let signer = &facts["received_at"]["known"]["signer"];
    ensure!(*signer == bed.b.account(Role::Relayer).address, "received by {signer}: {facts}");
    let sent = &facts["sent_at"]["known"];
    ensure!(sent["signer"] == bed.a.account(Role::User).address && sent["time"]["known"].is_number(), "{sent}");
    ensure!(facts["committed"]["known"] == false, "{facts}");
    Ok(())
}

pub(super) fn not_running(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("explain_not_running")?;
    let relayer = bed.relayer("explain_not_running", Role::Relayer, &channels.toml, |_| ())?;
    send_one(bed, &channels)?;
    let answer = first(bed, &channels).is_told(&relayer, "not_running", &["its delivery", "lightship start"])?;
    let facts = &answer["facts"];
    ensure!(facts["data_size"]["known"].as_u64().is_some_and(|size| size > 0), "{facts}");
    ensure!(facts["timeout"]["known"]["is_past"]["known"] == false, "{facts}");
    for end in [&facts["source"], &facts["destination"]["known"]] {
        ensure!(end["client"]["known"]["status"] == "active", "{end}");
        ensure!(end["endpoints"][0]["height"]["known"].is_number(), "{end}");
        let amount = end["wallet"]["known"]["amount"].as_str().unwrap_or_default();
        ensure!(!amount.is_empty() && amount != "0", "{end}");
    }
    Ok(())
}

pub(super) fn not_configured(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("explain_not_configured")?;
    let relayer = bed.relayer("explain_not_configured", Role::Relayer, "", |_| ())?;
    send_one(bed, &channels)?;
    first(bed, &channels).is_told(&relayer, "not_configured", &[&channels.a, bed.a.id()])?;
    Ok(())
}

/// The policy is judged by the configuration, whether a relayer runs or not.
pub(super) fn refused(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("explain_refused")?;
    let toml = format!("{}\npolicy = {{ memo_bytes_max = 0, receiver_bytes_max = 3 }}\n", channels.toml.trim_end());
    let relayer = bed.relayer("explain_refused", Role::Relayer, &toml, |_| ())?;
    send_one(bed, &channels)?;
    first(bed, &channels).is_told(&relayer, "policy_refused", &["receiver"])?;
    Ok(())
}

pub(super) fn chain_down(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("explain_chain_down")?;
    let relayer = bed.relayer("explain_chain_down", Role::Relayer, &channels.toml, |_| ())?;
    send_one(bed, &channels)?;
    bed.b.stop()?;
    let told = first(bed, &channels).is_told(&relayer, "chain_unreachable", &[bed.b.id()]);
    bed.b.start()?;
    let facts = &told?["facts"];
    let node = &facts["destination"]["known"]["endpoints"][0];
    ensure!(node["endpoint"].as_str().is_some_and(|name| name.contains(bed.b.rpc())), "{node}");
    ensure!(node["height"]["unknown"].is_string() && facts["sent"]["known"] == true, "{facts}");
    Ok(())
}

/// A margin of more blocks than the packet has left.
pub(super) fn timeout_near(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("explain_timeout_near")?;
    let mut relayer = bed.relayer("explain_timeout_near", Role::Relayer, &channels.toml, |entry| {
        entry.more = "timeout_margin_blocks = 1000\nblock_time = \"10s\"\n".to_owned();
    })?;
    relayer.start()?;
    send_one(bed, &channels)?;
    first(bed, &channels).is_told(&relayer, "timeout_awaited", &[bed.b.id()])?;
    relayer.stop()
}

pub(super) fn wallet_empty(bed: &Bed) -> Result<()> {
    let channels = bed.create_path("explain_wallet_empty")?;
    let mut relayer = bed.relayer("explain_wallet_empty", Role::Pauper, &channels.toml, |_| ())?;
    relayer.start()?;
    send_one(bed, &channels)?;
    let address = &bed.b.account(Role::Pauper).address;
    first(bed, &channels).is_told(&relayer, "wallet_empty", &[address, "fund"])?;
    relayer.stop()
}
