//! Acknowledgements of packets of this chain (`04-channel/keeper/packet.go`, `AcknowledgePacket`).

use types::{Acknowledgement, ChannelEnd, ChannelState, Order, Packet, Sequence, commitment};

use super::acknowledgement::Form;
use super::errors::{
    INVALID_ACKNOWLEDGEMENT, INVALID_PACKET, PACKET_SEQUENCE_OUT_OF_ORDER, SEQUENCE_ACK_NOT_FOUND, wrap,
};
use super::receive::{Verdict, refuse_unless_open};
use super::{event, send, state};
use crate::app::context::Ctx;
use crate::app::error::Result;
use crate::app::ibc::connection::{self, ProofAt, RemoteEnd};
use crate::app::ibc::port;

/// `MsgAcknowledgement`, its packet being well-formed; was it new?
pub(super) fn handle(ctx: &mut Ctx, packet: &Packet, acknowledgement: &[u8], proof: ProofAt<'_>) -> Result<bool> {
    let module = port::route(packet.source_port.as_str())?;
    let verdict =
        acknowledge(ctx, packet, acknowledgement, proof).map_err(wrap("acknowledge packet verification failed"))?;
    let Verdict::New { version } = verdict else { return Ok(false) };
    module
        .on_acknowledgement_packet(ctx, &version, packet, acknowledgement)
        .map_err(wrap("acknowledge packet callback failed"))?;
    Ok(true)
}

/// `AcknowledgePacket` of the keeper: all of it but the application.
fn acknowledge(ctx: &mut Ctx, packet: &Packet, acknowledgement: &[u8], proof: ProofAt<'_>) -> Result<Verdict> {
    let end = source_end(ctx, packet)?;
    if end.state != ChannelState::Open {
        return Err(send::not_open(end.state));
    }
    refuse_other_destination(packet, &end)?;
    let (_, connection) = state::connection_of(ctx, &end)?;
    refuse_unless_open(&connection)?;

    let (port, channel) = (&packet.source_port, &packet.source_channel);
    let Some(committed) = state::commitment(ctx, port, channel, packet.sequence)? else {
        return Ok(Verdict::Redundant);
    };
    refuse_unusual_form(acknowledgement)?;
    let expected = commitment::packet_commitment(packet);
    if *committed != expected {
        let text =
            format!("commitment bytes are not equal: got ({}), expected ({})", octets(&expected), octets(&committed));
        return Err(INVALID_PACKET.wrap(text));
    }
    let destination = RemoteEnd { port: &packet.destination_port, channel: &packet.destination_channel };
    let hash = commitment::acknowledgement_commitment(&Acknowledgement(acknowledgement.into()));
    connection::verify_packet_acknowledgement(ctx, &connection, proof, destination, packet.sequence, &hash)?;

    if end.ordering == Order::Ordered {
        count(ctx, packet)?;
    }
    state::delete_commitment(ctx, packet)?;
    event::emit_acknowledged(ctx, packet, &end);
    Ok(Verdict::New { version: end.version })
}

/// On an ordered channel acknowledgements come in the order of their packets.
fn count(ctx: &mut Ctx, packet: &Packet) -> Result<()> {
    let (port, channel) = (&packet.source_port, &packet.source_channel);
    let next = state::next_sequence_ack(ctx, port, channel)?
        .ok_or_else(|| SEQUENCE_ACK_NOT_FOUND.wrap(format!("source port: {port}, source channel: {channel}")))?;
    if packet.sequence != next {
        let text = format!("packet sequence ≠ next ack sequence ({} ≠ {next})", packet.sequence);
        return Err(PACKET_SEQUENCE_OUT_OF_ORDER.wrap(text));
    }
    state::set_next_sequence_ack(ctx, port, channel, Sequence(next.0.saturating_add(1)))
}

/// Bytes that read as an acknowledgement of the usual form must be written as ibc-go writes it.
fn refuse_unusual_form(acknowledgement: &[u8]) -> Result<()> {
    match Form::from_json(acknowledgement) {
        Ok(form) if form.to_json() != acknowledgement => {
            Err(INVALID_ACKNOWLEDGEMENT.wrap("acknowledgement marshalling error"))
        }
        // What is of no known form is the application's own.
        Ok(_) | Err(_) => Ok(()),
    }
}

/// The channel end that a packet of this chain was sent from.
pub(super) fn source_end(ctx: &mut Ctx, packet: &Packet) -> Result<ChannelEnd> {
    let (port, channel) = (packet.source_port.as_str(), packet.source_channel.as_str());
    state::known_channel_end(ctx, port, channel, &format!("port ID ({port}) channel ID ({channel})"))
}

/// A packet must have been sent to the channel's counterparty.
pub(super) fn refuse_other_destination(packet: &Packet, end: &ChannelEnd) -> Result<()> {
    let (port, channel) = (&end.counterparty.port, end.counterparty.channel.as_ref());
    if packet.destination_port != *port {
        return Err(INVALID_PACKET.wrap(format!(
            "packet destination port doesn't match the counterparty's port ({} ≠ {port})",
            packet.destination_port
        )));
    }
    if Some(&packet.destination_channel) != channel {
        let channel = channel.map_or("", |channel| channel.as_str());
        return Err(INVALID_PACKET.wrap(format!(
            "packet destination channel doesn't match the counterparty's channel ({} ≠ {channel})",
            packet.destination_channel
        )));
    }
    Ok(())
}

/// Bytes as Go's `%v` shows them.
pub(super) fn octets(bytes: &[u8]) -> String {
    let numbers: Vec<String> = bytes.iter().map(ToString::to_string).collect();
    format!("[{}]", numbers.join(" "))
}

#[cfg(test)]
mod tests;
