//! What core IBC keeps of channels, under the keys of ICS-24 (`04-channel/keeper/keeper.go`).

use std::sync::Arc;

use proto::Message;
use proto::ibc::core::channel::v1::Channel as RawChannel;
use types::{ChannelEnd, ChannelId, CommitmentKey, ConnectionEnd, ConnectionId, Packet, PortId, Sequence, host};

use super::errors::{CHANNEL_NOT_FOUND, CONNECTION_NOT_FOUND, panicked};
use super::{STORE, big_endian};
use crate::app::context::Ctx;
use crate::app::error::Result;
use crate::app::ibc::connection;

const NEXT_CHANNEL_SEQUENCE: &[u8] = b"nextChannelSequence";

/// A channel end (`GetChannel`); none too for texts that are no identifiers, under which nothing is ever kept.
///
/// # Errors
/// When the gas is used up.
pub fn channel_end(ctx: &mut Ctx, port: &str, channel: &str) -> Result<Option<ChannelEnd>> {
    let (Ok(port), Ok(channel)) = (port.parse(), channel.parse()) else { return Ok(None) };
    let Some(bytes) = ctx.get(STORE, host::channel_end_key(&port, &channel).as_bytes())? else { return Ok(None) };
    let end = RawChannel::decode(&*bytes).map_err(panicked)?;
    ChannelEnd::try_from(end).map(Some).map_err(panicked)
}

/// A channel end of whose existence the handler makes sure; `text` is what it says of one that is not there.
pub(super) fn known_channel_end(ctx: &mut Ctx, port: &str, channel: &str, text: &str) -> Result<ChannelEnd> {
    channel_end(ctx, port, channel)?.ok_or_else(|| CHANNEL_NOT_FOUND.wrap(text))
}

/// `SetChannel`
pub(super) fn set_channel_end(ctx: &mut Ctx, port: &PortId, channel: &ChannelId, end: &ChannelEnd) -> Result<()> {
    let bytes = RawChannel::from(end.clone()).encode_to_vec();
    ctx.set(STORE, host::channel_end_key(port, channel).as_bytes(), bytes)
}

/// The connection of a channel end (`GetConnection` of its first hop), with its id.
pub(super) fn connection_of(ctx: &mut Ctx, end: &ChannelEnd) -> Result<(ConnectionId, ConnectionEnd)> {
    let hop = end.connection_hops.first().ok_or_else(|| panicked("index out of range [0] with length 0"))?;
    Ok((hop.clone(), known_connection(ctx, hop)?))
}

/// A connection, or what handlers of channels say of one that is not there.
pub(super) fn known_connection(ctx: &mut Ctx, id: &ConnectionId) -> Result<ConnectionEnd> {
    connection::connection(ctx, id)
        .map_err(|error| if error.is(CONNECTION_NOT_FOUND) { CONNECTION_NOT_FOUND.wrap(id) } else { error })
}

/// `GetNextChannelSequence`: how many channels this chain has made.
pub(super) fn next_channel_sequence(ctx: &mut Ctx) -> Result<u64> {
    Ok(sequence(ctx, NEXT_CHANNEL_SEQUENCE)?.unwrap_or_default().0)
}

/// `SetNextChannelSequence`
pub(super) fn set_next_channel_sequence(ctx: &mut Ctx, next: u64) -> Result<()> {
    ctx.set(STORE, NEXT_CHANNEL_SEQUENCE, big_endian(Sequence(next)))
}

/// The sequence of the next packet that a channel end sends (`GetNextSequenceSend`); none where there is no such end.
///
/// # Errors
/// When the gas is used up.
pub fn next_sequence_send(ctx: &mut Ctx, port: &PortId, channel: &ChannelId) -> Result<Option<Sequence>> {
    sequence(ctx, host::next_sequence_send_key(port, channel).as_bytes())
}

/// `SetNextSequenceSend`
pub(super) fn set_next_sequence_send(ctx: &mut Ctx, port: &PortId, channel: &ChannelId, next: Sequence) -> Result<()> {
    ctx.set(STORE, host::next_sequence_send_key(port, channel).as_bytes(), big_endian(next))
}

/// `GetNextSequenceRecv`
pub(super) fn next_sequence_recv(ctx: &mut Ctx, port: &PortId, channel: &ChannelId) -> Result<Option<Sequence>> {
    sequence(ctx, host::next_sequence_recv_key(port, channel).as_bytes())
}

/// `SetNextSequenceRecv`
pub(super) fn set_next_sequence_recv(ctx: &mut Ctx, port: &PortId, channel: &ChannelId, next: Sequence) -> Result<()> {
    ctx.set(STORE, host::next_sequence_recv_key(port, channel).as_bytes(), big_endian(next))
}

/// `GetNextSequenceAck`
pub(super) fn next_sequence_ack(ctx: &mut Ctx, port: &PortId, channel: &ChannelId) -> Result<Option<Sequence>> {
    sequence(ctx, host::next_sequence_ack_key(port, channel).as_bytes())
}

/// `SetNextSequenceAck`
pub(super) fn set_next_sequence_ack(ctx: &mut Ctx, port: &PortId, channel: &ChannelId, next: Sequence) -> Result<()> {
    ctx.set(STORE, host::next_sequence_ack_key(port, channel).as_bytes(), big_endian(next))
}

/// `GetRecvStartSequence`: where a channel goes on that was upgraded under ibc-go v8 or v9. Nothing writes it any more,
/// but it is read, and paid for, with every packet.
pub(super) fn recv_start_sequence(ctx: &mut Ctx, port: &PortId, channel: &ChannelId) -> Result<Sequence> {
    let key = format!("recvStartSequence/ports/{port}/channels/{channel}");
    Ok(sequence(ctx, key.as_bytes())?.unwrap_or_default())
}

/// The commitment of a packet that is in flight from here (`GetPacketCommitment`).
pub(super) fn commitment(
    ctx: &mut Ctx,
    port: &PortId,
    channel: &ChannelId,
    sequence: Sequence,
) -> Result<Option<Arc<[u8]>>> {
    read(ctx, &host::commitment_key(port, channel, sequence))
}

/// `SetPacketCommitment`
pub(super) fn set_commitment(ctx: &mut Ctx, packet: &Packet, commitment: [u8; 32]) -> Result<()> {
    ctx.set(STORE, commitment_key(packet).as_bytes(), commitment)
}

/// `deletePacketCommitment`
pub(super) fn delete_commitment(ctx: &mut Ctx, packet: &Packet) -> Result<()> {
    ctx.delete(STORE, commitment_key(packet).as_bytes())
}

fn commitment_key(packet: &Packet) -> CommitmentKey {
    host::commitment_key(&packet.source_port, &packet.source_channel, packet.sequence)
}

/// Was a packet received on this unordered channel end (`GetPacketReceipt`)?
pub(super) fn has_receipt(ctx: &mut Ctx, port: &PortId, channel: &ChannelId, sequence: Sequence) -> Result<bool> {
    Ok(read(ctx, &host::receipt_key(port, channel, sequence))?.is_some())
}

/// `SetPacketReceipt`
pub(super) fn set_receipt(ctx: &mut Ctx, port: &PortId, channel: &ChannelId, sequence: Sequence) -> Result<()> {
    ctx.set(STORE, host::receipt_key(port, channel, sequence).as_bytes(), types::commitment::RECEIPT)
}

/// The hash of the acknowledgement that was written (`GetPacketAcknowledgement`).
pub(super) fn acknowledgement(
    ctx: &mut Ctx,
    port: &PortId,
    channel: &ChannelId,
    sequence: Sequence,
) -> Result<Option<Arc<[u8]>>> {
    read(ctx, &host::acknowledgement_key(port, channel, sequence))
}

/// `HasPacketAcknowledgement`
pub(super) fn has_acknowledgement(ctx: &mut Ctx, packet: &Packet) -> Result<bool> {
    ctx.has(STORE, acknowledgement_key(packet).as_bytes())
}

/// `SetPacketAcknowledgement`
pub(super) fn set_acknowledgement(ctx: &mut Ctx, packet: &Packet, hash: [u8; 32]) -> Result<()> {
    ctx.set(STORE, acknowledgement_key(packet).as_bytes(), hash)
}

fn acknowledgement_key(packet: &Packet) -> CommitmentKey {
    host::acknowledgement_key(&packet.destination_port, &packet.destination_channel, packet.sequence)
}

fn read(ctx: &mut Ctx, key: &CommitmentKey) -> Result<Option<Arc<[u8]>>> {
    Ok(ctx.get(STORE, key.as_bytes())?.filter(|value| !value.is_empty()))
}

fn sequence(ctx: &mut Ctx, key: &[u8]) -> Result<Option<Sequence>> {
    let Some(bytes) = ctx.get(STORE, key)? else { return Ok(None) };
    let bytes: [u8; 8] = (*bytes).try_into().map_err(panicked)?;
    Ok(Some(Sequence(u64::from_be_bytes(bytes))))
}
