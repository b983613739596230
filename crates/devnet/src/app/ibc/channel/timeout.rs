//! Timeouts of packets of this chain (`04-channel/keeper/timeout.go`, `04-channel/types/timeout.go`).

use types::channel::Counterparty;
use types::{ChannelEnd, ChannelState, ConnectionEnd, Height, Order, Packet, Sequence, Timestamp, commitment};

use super::acknowledge::{octets, refuse_other_destination, source_end};
use super::errors::{INVALID_PACKET, PACKET_RECEIVED, TIMEOUT_ELAPSED, TIMEOUT_NOT_REACHED, wrap};
use super::receive::Verdict;
use super::{event, state};
use crate::app::context::Ctx;
use crate::app::error::{AppError, Result};
use crate::app::ibc::connection::{self, ProofAt, RemoteEnd};
use crate::app::ibc::{client, port};

/// What shows that a packet was not received, by the counterparty's state at one height.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unreceived<'a> {
    /// Of the absence of a receipt, or of the next sequence on an ordered channel.
    pub(super) proof: ProofAt<'a>,
    /// The next sequence that the counterparty receives on an ordered channel.
    pub(super) next: Sequence,
}

/// `MsgTimeout`, its packet being well-formed; was it new?
pub(super) fn handle(ctx: &mut Ctx, packet: &Packet, unreceived: Unreceived<'_>) -> Result<bool> {
    let module = port::route(packet.source_port.as_str())?;
    let verdict = time_out(ctx, packet, unreceived).map_err(wrap("timeout packet verification failed"))?;
    let Verdict::New { version } = verdict else { return Ok(false) };
    module.on_timeout_packet(ctx, &version, packet).map_err(wrap("timeout packet callback failed"))?;
    Ok(true)
}

/// `MsgTimeoutOnClose`, its packet being well-formed; was it new?
pub(super) fn handle_on_close(
    ctx: &mut Ctx,
    packet: &Packet,
    unreceived: Unreceived<'_>,
    closed_proof: &[u8],
) -> Result<bool> {
    let module = port::route(packet.source_port.as_str())?;
    let verdict = time_out_on_close(ctx, packet, unreceived, closed_proof)
        .map_err(wrap("timeout on close packet verification failed"))?;
    let Verdict::New { version } = verdict else { return Ok(false) };
    module.on_timeout_packet(ctx, &version, packet).map_err(wrap("timeout on close callback failed"))?;
    Ok(true)
}

/// `TimeoutPacket`: the packet's timeout has passed at the height of the proof, and it was not received until then.
fn time_out(ctx: &mut Ctx, packet: &Packet, unreceived: Unreceived<'_>) -> Result<Verdict> {
    let end = source_end(ctx, packet)?;
    refuse_other_destination(packet, &end)?;
    let (_, connection) = state::connection_of(ctx, &end)?;

    let height = unreceived.proof.height;
    let time = client::timestamp_at_height(ctx, &connection.client, height)?;
    if !packet.is_timed_out_at(height, time) {
        return Err(not_reached(packet, height, time).wrap("packet timeout not reached"));
    }
    if !is_in_flight(ctx, packet)? {
        return Ok(Verdict::Redundant);
    }
    if end.ordering == Order::Ordered && unreceived.next > packet.sequence {
        return Err(PACKET_RECEIVED.wrap(format!(
            "packet already received, next sequence receive > packet sequence ({} > {})",
            unreceived.next, packet.sequence
        )));
    }
    verify_unreceived(ctx, packet, &end, &connection, unreceived)?;
    execute(ctx, packet, end)
}

/// `TimeoutOnClose`: the other end is closed, so that the packet will never be received.
fn time_out_on_close(
    ctx: &mut Ctx,
    packet: &Packet,
    unreceived: Unreceived<'_>,
    closed_proof: &[u8],
) -> Result<Verdict> {
    let end = source_end(ctx, packet)?;
    refuse_other_destination(packet, &end)?;
    let (_, connection) = state::connection_of(ctx, &end)?;
    if !is_in_flight(ctx, packet)? {
        return Ok(Verdict::Redundant);
    }
    let closed = ChannelEnd {
        state: ChannelState::Closed,
        ordering: end.ordering,
        counterparty: Counterparty { port: packet.source_port.clone(), channel: Some(packet.source_channel.clone()) },
        connection_hops: connection.counterparty.connection.clone().into_iter().collect(),
        version: end.version.clone(),
        upgrade_sequence: 0,
    };
    let proof = ProofAt { proof: closed_proof, height: unreceived.proof.height };
    connection::verify_channel_state(ctx, &connection, proof, destination(packet), &closed)?;
    if end.ordering == Order::Ordered && unreceived.next > packet.sequence {
        // ibc-go leaves the bracket open.
        return Err(INVALID_PACKET.wrap(format!(
            "packet already received, next sequence receive > packet sequence ({} > {}",
            unreceived.next, packet.sequence
        )));
    }
    verify_unreceived(ctx, packet, &end, &connection, unreceived)?;
    execute(ctx, packet, end)
}

/// Is there a commitment to this packet? One to another packet under its sequence is an error.
fn is_in_flight(ctx: &mut Ctx, packet: &Packet) -> Result<bool> {
    let committed = state::commitment(ctx, &packet.source_port, &packet.source_channel, packet.sequence)?;
    let Some(committed) = committed else { return Ok(false) };
    let expected = commitment::packet_commitment(packet);
    if *committed == expected {
        return Ok(true);
    }
    Err(INVALID_PACKET.wrap(format!(
        "packet commitment bytes are not equal: got ({}), expected ({})",
        octets(&committed),
        octets(&expected)
    )))
}

fn verify_unreceived(
    ctx: &mut Ctx,
    packet: &Packet,
    end: &ChannelEnd,
    connection: &ConnectionEnd,
    unreceived: Unreceived<'_>,
) -> Result<()> {
    let Unreceived { proof, next } = unreceived;
    let remote = destination(packet);
    match end.ordering {
        Order::Ordered => connection::verify_next_sequence_recv(ctx, connection, proof, remote, next),
        Order::Unordered => connection::verify_packet_receipt_absence(ctx, connection, proof, remote, packet.sequence),
    }
}

fn destination(packet: &Packet) -> RemoteEnd<'_> {
    RemoteEnd { port: &packet.destination_port, channel: &packet.destination_channel }
}

/// `timeoutExecuted`: forgets the packet; an ordered channel ends with it.
fn execute(ctx: &mut Ctx, packet: &Packet, mut end: ChannelEnd) -> Result<Verdict> {
    state::delete_commitment(ctx, packet)?;
    if end.ordering == Order::Ordered {
        end.state = ChannelState::Closed;
        state::set_channel_end(ctx, &packet.source_port, &packet.source_channel, &end)?;
        event::emit_channel_closed(ctx, packet, &end);
    }
    event::emit_timed_out(ctx, packet, &end);
    Ok(Verdict::New { version: end.version })
}

/// `ErrTimeoutElapsed`: by which of its timeouts the packet is late.
pub(super) fn elapsed(packet: &Packet, height: Height, time: Timestamp) -> AppError {
    let is_by_height = !packet.timeout_height.is_zero() && height >= packet.timeout_height;
    TIMEOUT_ELAPSED.wrap(compared(packet, is_by_height, height, time))
}

/// `ErrTimeoutNotReached`: which of its timeouts is still ahead.
fn not_reached(packet: &Packet, height: Height, time: Timestamp) -> AppError {
    let is_by_height = !packet.timeout_height.is_zero() && height < packet.timeout_height;
    TIMEOUT_NOT_REACHED.wrap(compared(packet, is_by_height, height, time))
}

fn compared(packet: &Packet, is_by_height: bool, height: Height, time: Timestamp) -> String {
    if is_by_height {
        format!("current height: {height}, timeout height {}", packet.timeout_height)
    } else {
        format!("current timestamp: {}, timeout timestamp {}", time.0, packet.timeout_timestamp.0)
    }
}

#[cfg(test)]
mod tests;
