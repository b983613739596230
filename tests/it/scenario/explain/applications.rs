//! Reasons that the packet's application is to blame for.

use anyhow::{Result, ensure};
use lightship_tests::bed::{Bed, Channels};
use lightship_tests::chain_under_test::Role;
use lightship_tests::probe::{self, Timeout};

use super::Packet;

/// Refusals are final at once, so that nobody waits for the fifth.
const IMPATIENT: &str = "\n[relayer]\nleg_tries_max = 1\n";

fn channel(bed: &Bed, name: &str) -> Result<Channels> {
    bed.create_path_with(name, &["--a-port", probe::PORT, "--b-port", probe::PORT, "--version", "any"])
}

fn first<'a>(bed: &'a Bed, channels: &'a Channels) -> Packet<'a> {
    Packet { chain: bed.a.id(), port: probe::PORT, channel: &channels.a, sequence: 1 }
}

/// Relays a packet with this data until its reason is told.
fn told(bed: &Bed, name: &str, data: &str, reason: &str, words: &[&str]) -> Result<serde_json::Value> {
    let channels = channel(bed, name)?;
    let toml = format!("{}{IMPATIENT}", channels.toml);
    let mut relayer = bed.relayer(name, Role::Relayer, &toml, |_| ())?;
    relayer.start()?;
    probe::send(&*bed.a, &*bed.b, &channels.a, data, 1, Timeout::Seconds(3_600))?;
    let answer = first(bed, &channels).is_told(&relayer, reason, words)?;
    relayer.stop()?;
    Ok(answer)
}

pub(super) fn awaited(bed: &Bed) -> Result<()> {
    let data = r#"text:{"probe":"late"}"#;
    let answer = told(bed, "explain_awaited", data, "acknowledgement_awaited", &[probe::PORT, bed.b.id()])?;
    let facts = &answer["facts"];
    ensure!(facts["received_at"]["known"]["signer"] == bed.b.account(Role::Relayer).address, "{facts}");
    ensure!(facts["acknowledgement"]["known"].is_null(), "{facts}");
    Ok(())
}

pub(super) fn quarantined(bed: &Bed) -> Result<()> {
    let data = r#"text:{"probe":"refuse"}"#;
    told(bed, "explain_quarantined", data, "quarantined", &["its delivery", "acknowledgement cannot be empty"])?;
    Ok(())
}

/// ibc-go `04-channel/keeper/packet.go`, `AcknowledgePacket`: ICS-20's JSON with a blank is written otherwise again.
pub(super) fn malformed(bed: &Bed) -> Result<()> {
    let data = r#"text:{"probe":"ack","ack":"text:{\"result\": \"AQ==\"}"}"#;
    told(bed, "explain_malformed", data, "acknowledgement_malformed", &["for ever"])?;
    Ok(())
}
