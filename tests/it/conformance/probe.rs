//! The probe's packets: any bytes, errors, late and refused acknowledgements, ordered delivery.

use anyhow::{Result, ensure};
use lightship_tests::chain_under_test::Role;
use lightship_tests::signer::TxOptions;
use proto::ibc::core::channel::v1::Packet;
use serde_json::{Value, json};

use super::driver::{Driver, Sent, wrapped};
use super::handshakes::{Channel, ORDERED, UNORDERED};
use super::packets::{ack, acknowledgement_key, ballast, commitment_key, packet_of, packets_of, recv, written};
use super::script::{Script, Side};

/// Nanoseconds from a block to a timeout that is not to be reached.
const HOUR: u64 = 3_600_000_000_000;

pub(crate) fn play(script: &mut Script<'_>) -> Result<()> {
    script.transcript.begin("probe");
    any_bytes(script)?;
    late(script)?;
    refused(script)?;
    hungry(script)?;
    ordered(script)
}

/// A transaction whose memo tells the probe what to do.
pub(crate) fn command(script: &mut Script<'_>, side: Side, step: &str, action: &Value) -> Result<Sent> {
    let driver: &Driver<'_> = script.on(side);
    let options = TxOptions { memo: json!({ "probe": action }).to_string(), ..wrapped() };
    let sent = driver.offer(&driver.sign(Role::Relayer, vec![ballast(driver)], &options)?)?;
    script.transcript.record(step, sent.answer())?;
    Ok(sent)
}

/// The action that sends a packet from A.
pub(crate) fn sending(script: &Script<'_>, channel: &Channel, data: &str) -> Result<Value> {
    let timeout = script.b.time(script.b.head()?)?.0 + HOUR;
    Ok(json!({ "send": { "channel": channel.a, "data": data, "timeout_timestamp": timeout.to_string() } }))
}

fn send(script: &mut Script<'_>, step: &str, channel: &Channel, data: &str) -> Result<Packet> {
    let action = sending(script, channel, data)?;
    packet_of(&command(script, Side::A, step, &action)?)
}

fn any_bytes(script: &mut Script<'_>) -> Result<()> {
    let packets = [
        ("bytes that are no text", "hex:00ff80"),
        ("an acknowledgement that is no JSON", r#"text:{"probe":"ack","ack":"hex:00ff"}"#),
        ("an error", r#"text:{"probe":"error"}"#),
        ("an error of any bytes", r#"text:{"probe":"error","ack":"text:no, thanks"}"#),
        ("an order that can't be read", r#"text:{"probe":"nope"}"#),
    ];
    for (what, data) in packets {
        let packet = send(script, &format!("{what}: sent"), &UNORDERED, data)?;
        let received = script.receive(Side::B, &format!("{what}: received"), &packet)?;
        script.acknowledge(Side::A, &format!("{what}: acknowledged"), &packet, &written(&received)?)?;
    }
    Ok(())
}

fn late(script: &mut Script<'_>) -> Result<()> {
    let packet = send(script, "late: sent", &UNORDERED, r#"text:{"probe":"late"}"#)?;
    let received = script.receive(Side::B, "late: received", &packet)?;
    ensure!(written(&received).is_err(), "it was acknowledged at once");
    let action =
        json!({ "ack": { "channel": UNORDERED.b, "sequence": packet.sequence.to_string(), "ack": "text:late" } });
    let wrote = command(script, Side::B, "late: acknowledgement written", &action)?;
    command(script, Side::B, "late: acknowledgement written again", &action)?;
    script.acknowledge(Side::A, "late: acknowledged", &packet, &written(&wrote)?)?;
    Ok(())
}

fn refused(script: &mut Script<'_>) -> Result<()> {
    let packet = send(script, "refused: sent", &UNORDERED, r#"text:{"probe":"refuse"}"#)?;
    let (update, proven) = script.prove_one(Side::B, commitment_key(&packet))?;
    let message = recv(script, Side::B, &packet, &proven.proof);
    script.refused(Side::B, "refused: receive", vec![update, message])?;
    command(script, Side::B, "refused: no more", &json!({ "refuse": false }))?;
    let received = script.receive(Side::B, "refused no more: received", &packet)?;
    script.acknowledge(Side::A, "refused no more: acknowledged", &packet, &written(&received)?)?;
    command(script, Side::B, "refused: again", &json!({ "refuse": true }))?;

    let data = r#"text:{"probe":"ack","refuse_ack":true}"#;
    let packet = send(script, "acknowledgement refused: sent", &UNORDERED, data)?;
    let received = script.receive(Side::B, "acknowledgement refused: received", &packet)?;
    let (update, proven) = script.prove_one(Side::A, acknowledgement_key(&packet))?;
    let message = ack(script, Side::A, &packet, &written(&received)?, &proven.proof);
    script.refused(Side::A, "acknowledgement refused", vec![update, message])
}

fn hungry(script: &mut Script<'_>) -> Result<()> {
    let packet = send(script, "hungry: sent", &UNORDERED, r#"text:{"probe":"ack","gas":5000000}"#)?;
    let (update, proven) = script.prove_one(Side::B, commitment_key(&packet))?;
    let message = recv(script, Side::B, &packet, &proven.proof);
    script.refused(Side::B, "hungry: out of gas", vec![update, message])
}

fn ordered(script: &mut Script<'_>) -> Result<()> {
    let mut action = sending(script, &ORDERED, "text:in order")?;
    action["send"]["count"] = json!(2);
    let sent = command(script, Side::A, "ordered: two sent", &action)?;
    let [first, second] = packets_of(&sent)?.try_into().map_err(|_| anyhow::anyhow!("not two packets"))?;
    let (update, proven) = script.prove_one(Side::B, commitment_key(&second))?;
    let message = recv(script, Side::B, &second, &proven.proof);
    script.refused(Side::B, "ordered: the second before the first", vec![update, message])?;
    let received = [
        script.receive(Side::B, "ordered: the first received", &first)?,
        script.receive(Side::B, "ordered: the second received", &second)?,
    ];
    let (update, proven) = script.prove_one(Side::B, commitment_key(&first))?;
    let message = recv(script, Side::B, &first, &proven.proof);
    script.must(Side::B, "ordered: an update", vec![update])?;
    script.redundant(Side::B, "ordered: receive the first", message)?;

    let (update, proven) = script.prove_one(Side::A, acknowledgement_key(&second))?;
    let message = ack(script, Side::A, &second, &written(&received[1])?, &proven.proof);
    script.refused(Side::A, "ordered: the second acknowledged before the first", vec![update, message])?;
    script.acknowledge(Side::A, "ordered: the first acknowledged", &first, &written(&received[0])?)?;
    script.acknowledge(Side::A, "ordered: the second acknowledged", &second, &written(&received[1])?)?;
    Ok(())
}
