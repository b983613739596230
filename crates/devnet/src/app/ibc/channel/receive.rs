//! Receiving, and the acknowledgements that follow (`04-channel/keeper/packet.go`, `RecvPacket`,
//! `WriteAcknowledgement`; `core/keeper/msg_server.go`, `RecvPacket`).

use types::{ChannelEnd, ChannelState, Order, Packet, Sequence, commitment};

use super::errors::{
    ACKNOWLEDGEMENT_EXISTS, INVALID_ACKNOWLEDGEMENT, INVALID_CONNECTION_STATE, INVALID_PACKET, PACKET_RECEIVED,
    PACKET_SEQUENCE_OUT_OF_ORDER, SEQUENCE_RECEIVE_NOT_FOUND, wrap,
};
use super::{event, send, state, timeout};
use crate::app::context::Ctx;
use crate::app::error::Result;
use crate::app::ibc::connection::{self, ProofAt, RemoteEnd};
use crate::app::ibc::port;

/// What core IBC makes of a packet message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is new: the application, which speaks this version on the channel, is next.
    New { version: String },
    /// It was relayed before: success, and nothing happens (`ErrNoOpMsg`).
    Redundant,
}

/// `MsgRecvPacket`, its packet being well-formed; was it new?
pub(super) fn handle(ctx: &mut Ctx, packet: &Packet, proof: ProofAt<'_>) -> Result<bool> {
    let module = port::route(packet.destination_port.as_str())?;
    let verdict = receive(ctx, packet, proof).map_err(wrap("receive packet verification failed"))?;
    let Verdict::New { version } = verdict else { return Ok(false) };

    let before = ctx.checkpoint();
    let answer = match module.on_recv_packet(ctx, &version, packet) {
        Ok(answer) => answer,
        Err(fatal) => {
            ctx.revert(before);
            return Err(fatal);
        }
    };
    if answer.as_ref().is_none_or(|answer| answer.success) {
        ctx.keep(before);
    } else {
        let emitted = ctx.revert(before);
        emitted.into_iter().for_each(|emitted| ctx.emit(event::to_error_event(emitted)));
    }
    if let Some(answer) = answer {
        write_acknowledgement(ctx, packet, &answer.bytes)?;
    }
    Ok(true)
}

/// `RecvPacket` of the keeper: all of it but the application. ibc-go throws away what a redundant packet emits; here it
/// emits nothing.
pub(super) fn receive(ctx: &mut Ctx, packet: &Packet, proof: ProofAt<'_>) -> Result<Verdict> {
    let end = destination_end(ctx, packet)?;
    if end.state != ChannelState::Open {
        return Err(send::not_open(end.state));
    }
    refuse_other_source(packet, &end)?;
    let (_, connection) = state::connection_of(ctx, &end)?;
    refuse_unless_open(&connection)?;

    let (height, time) = (ctx.self_height(), ctx.block.time);
    if packet.is_timed_out_at(height, time) {
        return Err(timeout::elapsed(packet, height, time).wrap("packet timeout elapsed"));
    }
    let source = RemoteEnd { port: &packet.source_port, channel: &packet.source_channel };
    let committed = commitment::packet_commitment(packet);
    connection::verify_packet_commitment(ctx, &connection, proof, source, packet.sequence, &committed)
        .map_err(wrap("couldn't verify counterparty packet commitment"))?;

    if !protect_from_replay(ctx, packet, &end)? {
        return Ok(Verdict::Redundant);
    }
    event::emit_received(ctx, packet, &end);
    Ok(Verdict::New { version: end.version })
}

/// `RecvPacketReCheckTx`: what is seen again of a transaction that waits in the mempool.
pub(super) fn receive_again(ctx: &mut Ctx, packet: &Packet) -> Result<bool> {
    let end = destination_end(ctx, packet)?;
    protect_from_replay(ctx, packet, &end)
}

fn destination_end(ctx: &mut Ctx, packet: &Packet) -> Result<ChannelEnd> {
    let (port, channel) = (packet.destination_port.as_str(), packet.destination_channel.as_str());
    state::known_channel_end(ctx, port, channel, channel)
}

/// A packet must come from the channel's counterparty.
fn refuse_other_source(packet: &Packet, end: &ChannelEnd) -> Result<()> {
    let (port, channel) = (&end.counterparty.port, end.counterparty.channel.as_ref());
    if packet.source_port != *port {
        let text =
            format!("packet source port doesn't match the counterparty's port ({} ≠ {port})", packet.source_port);
        return Err(INVALID_PACKET.wrap(text));
    }
    if Some(&packet.source_channel) != channel {
        let channel = channel.map_or("", |channel| channel.as_str());
        return Err(INVALID_PACKET.wrap(format!(
            "packet source channel doesn't match the counterparty's channel ({} ≠ {channel})",
            packet.source_channel
        )));
    }
    Ok(())
}

/// Packets, and all but the first step of handshakes, need an open connection.
pub(super) fn refuse_unless_open(connection: &types::ConnectionEnd) -> Result<()> {
    if connection.state == types::ConnectionState::Open {
        return Ok(());
    }
    let name = proto::ibc::core::connection::v1::State::from(connection.state).as_str_name();
    Err(INVALID_CONNECTION_STATE.wrap(format!("connection state is not OPEN (got {name})")))
}

/// `applyReplayProtection`: is the packet new? If so, it is marked as received.
fn protect_from_replay(ctx: &mut Ctx, packet: &Packet, end: &ChannelEnd) -> Result<bool> {
    let (port, channel) = (&packet.destination_port, &packet.destination_channel);
    if packet.sequence < state::recv_start_sequence(ctx, port, channel)? {
        return Err(PACKET_RECEIVED.wrap("packet already processed in previous channel upgrade"));
    }
    match end.ordering {
        Order::Unordered => {
            if state::has_receipt(ctx, port, channel, packet.sequence)? {
                return Ok(false);
            }
            state::set_receipt(ctx, port, channel, packet.sequence)?;
        }
        Order::Ordered => {
            let next = state::next_sequence_recv(ctx, port, channel)?.ok_or_else(|| {
                SEQUENCE_RECEIVE_NOT_FOUND.wrap(format!("destination port: {port}, destination channel: {channel}"))
            })?;
            if packet.sequence < next {
                return Ok(false);
            }
            if packet.sequence != next {
                let text = format!("packet sequence ≠ next receive sequence ({} ≠ {next})", packet.sequence);
                return Err(PACKET_SEQUENCE_OUT_OF_ORDER.wrap(text));
            }
            state::set_next_sequence_recv(ctx, port, channel, Sequence(next.0.saturating_add(1)))?;
        }
    }
    Ok(true)
}

/// Writes the acknowledgement of a packet that was received, at once or later (`WriteAcknowledgement`).
///
/// # Errors
/// When the channel is not open, there is one already, or it is empty.
pub fn write_acknowledgement(ctx: &mut Ctx, packet: &Packet, acknowledgement: &[u8]) -> Result<()> {
    let end = destination_end(ctx, packet)?;
    if end.state != ChannelState::Open {
        return Err(send::not_open(end.state));
    }
    if packet.sequence < state::recv_start_sequence(ctx, &packet.destination_port, &packet.destination_channel)? {
        return Err(PACKET_RECEIVED.wrap("packet already processed in previous channel upgrade"));
    }
    if state::has_acknowledgement(ctx, packet)? {
        return Err(ACKNOWLEDGEMENT_EXISTS.plain());
    }
    if acknowledgement.is_empty() {
        return Err(INVALID_ACKNOWLEDGEMENT.wrap("acknowledgement cannot be empty"));
    }
    let hash = commitment::acknowledgement_commitment(&types::Acknowledgement(acknowledgement.into()));
    state::set_acknowledgement(ctx, packet, hash)?;
    event::emit_acknowledgement_written(ctx, packet, &end, acknowledgement);
    Ok(())
}

#[cfg(test)]
mod tests;
