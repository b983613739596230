//! Channels end: by a timeout on an ordered one, and on purpose; and what was under way times out on close.

use anyhow::Result;
use proto::ibc::core::channel::v1::{MsgTimeoutOnClose, Packet};
use serde_json::json;
use types::message::{MsgChannelCloseConfirm, MsgChannelCloseInit, Proof};
use types::wire::pack;

use super::handshakes::{CLOSING, Channel, ORDERED, TRANSFER, channel_key, forged};
use super::packets::{commitment_key, packet_of, recv, timeout};
use super::probe::{command, sending};
use super::script::{Script, Side};

pub(crate) fn play(script: &mut Script<'_>) -> Result<()> {
    script.transcript.begin("closing");
    ordered_timeout(script)?;
    let packet = close_init(script)?;
    let messages = on_close(script, &packet)?;
    script.must(Side::A, "time out on close", messages.clone())?;
    script.redundant(Side::A, "time out on close", messages[1].clone())?;
    closed(script)
}

fn next_recv_key(packet: &Packet) -> Vec<u8> {
    let Packet { destination_port: port, destination_channel: channel, .. } = packet;
    format!("nextSequenceRecv/ports/{port}/channels/{channel}").into_bytes()
}

fn ordered_timeout(script: &mut Script<'_>) -> Result<()> {
    let limit = script.b.head()? + 5;
    let action = json!({ "send": {
        "channel": ORDERED.a, "data": "text:too late", "timeout_height": script.b.height(limit).to_string(),
    } });
    let packet = packet_of(&command(script, Side::A, "ordered: one sent that times out", &action)?)?;
    script.b.reach(limit + 1)?;
    let (update, proven) = script.prove_one(Side::A, next_recv_key(&packet))?;
    script.must(Side::A, "ordered: an update", vec![update])?;
    let wrong = timeout(script, Side::A, &packet, packet.sequence + 1, &proven.proof);
    script.refused(Side::A, "ordered: time out with another sequence", vec![wrong])?;
    let message = timeout(script, Side::A, &packet, packet.sequence, &proven.proof);
    script.must(Side::A, "ordered: time out", vec![message.clone()])?;
    script.redundant(Side::A, "ordered: time out", message)?;
    close_confirm(script, &ORDERED)
}

fn close_confirm(script: &mut Script<'_>, channel: &Channel) -> Result<()> {
    let (update, proven) = script.prove_one(Side::B, channel_key(channel.port, channel.a))?;
    let confirm = |proof: &Proof, script: &Script<'_>| -> Result<_> {
        Ok(MsgChannelCloseConfirm {
            port: channel.port.parse()?,
            channel: channel.b.parse()?,
            proof: proof.clone(),
            counterparty_upgrade_sequence: 0,
            signer: script.signer(Side::B),
        })
    };
    let name = channel.a;
    script.must(Side::B, &format!("{name}: update to close"), vec![update])?;
    let message = confirm(&forged(&proven.proof), script)?;
    script.refused(Side::B, &format!("{name}: close confirm with a forged proof"), vec![message.into()])?;
    let message = confirm(&proven.proof, script)?;
    script.must(Side::B, &format!("{name}: close confirm"), vec![message.clone().into()])?;
    script.refused(Side::B, &format!("{name}: close confirm again"), vec![message.into()])
}

/// Gives the packet that was under way.
fn close_init(script: &mut Script<'_>) -> Result<Packet> {
    let close = |port: &str, channel: &str, script: &Script<'_>| -> Result<_> {
        Ok(MsgChannelCloseInit { port: port.parse()?, channel: channel.parse()?, signer: script.signer(Side::B) })
    };
    let message = close("transfer", TRANSFER.b, script)?;
    script.refused(Side::B, "close a transfer channel", vec![message.into()])?;
    let message = close("probe", "channel-99", script)?;
    script.refused(Side::B, "close a channel that is not there", vec![message.into()])?;

    // Under way when the other end is closed.
    let action = sending(script, &CLOSING, "text:under way")?;
    let sent = command(script, Side::A, "one is sent before the close", &action)?;
    let packet = packet_of(&sent)?;
    let early = on_close(script, &packet)?;
    script.refused(Side::A, "time out on close before the close", early)?;

    let message = close("probe", CLOSING.b, script)?;
    script.must(Side::B, "close init", vec![message.clone().into()])?;
    script.refused(Side::B, "close init again", vec![message.into()])?;
    let (update, proven) = script.prove_one(Side::B, commitment_key(&packet))?;
    let message = recv(script, Side::B, &packet, &proven.proof);
    script.refused(Side::B, "receive on a closed channel", vec![update, message])?;
    Ok(packet)
}

fn on_close(script: &Script<'_>, packet: &Packet) -> Result<Vec<proto::google::protobuf::Any>> {
    let keys = [next_recv_key(packet), channel_key("probe", CLOSING.b)];
    let (update, proven) = script.prove(Side::A, &keys)?;
    let message = MsgTimeoutOnClose {
        packet: Some(packet.clone()),
        proof_unreceived: proven[0].proof.bytes.clone(),
        proof_close: proven[1].proof.bytes.clone(),
        proof_height: Some(proven[0].proof.height.into()),
        next_sequence_recv: 1,
        signer: script.signer(Side::A).to_string(),
        counterparty_upgrade_sequence: 0,
    };
    Ok(vec![update, pack(&message)])
}

fn closed(script: &mut Script<'_>) -> Result<()> {
    let action = sending(script, &CLOSING, "text:closed")?;
    command(script, Side::A, "send over a closed channel", &action)?;
    let action = json!({ "close": { "channel": CLOSING.a } });
    command(script, Side::A, "the probe closes its closed channel", &action)?;
    Ok(())
}
