//! From ABCI events to [`IbcEvent`]: the attribute names of ibc-go v7 to v11 (`events.go` of 02-client, 03-connection
//! and 04-channel).
//!
//! IBC v2 emits its packet events under the names of v1 with attributes of its own (`04-channel/v2/keeper/events.go`):
//! these are not events of v1, and are left out.

use crate::event::attributes::Attributes;
use crate::event::{EventError, IbcEvent, OpenStep, PacketId};
use crate::{Acknowledgement, Height, Packet, Sequence, Timestamp};

/// Decodes one event of a block: its type and its attributes, in plain text. None, if a relayer need not know of it.
///
/// # Errors
/// When the event has the type of an IBC event but not its attributes. The rest of the block is not affected: say it,
/// count it, go on.
pub fn decode<'a>(
    kind: &str,
    attributes: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> Result<Option<IbcEvent>, EventError> {
    let Some((event, read)) = reader(kind) else { return Ok(None) };
    read(&Attributes::new(event, attributes))
}

/// May [`decode`] give something for an event of this type? To skip the attributes of those that it ignores.
pub fn is_ibc_event(kind: &str) -> bool {
    reader(kind).is_some()
}

type Reader = fn(&Attributes<'_>) -> Result<Option<IbcEvent>, EventError>;

fn reader(kind: &str) -> Option<(&'static str, Reader)> {
    let known: (&'static str, Reader) = match kind {
        "send_packet" => ("send_packet", send_packet),
        "recv_packet" => ("recv_packet", recv_packet),
        "write_acknowledgement" => ("write_acknowledgement", write_acknowledgement),
        "acknowledge_packet" => ("acknowledge_packet", acknowledge_packet),
        "timeout_packet" => ("timeout_packet", timeout_packet),
        "create_client" => ("create_client", create_client),
        "update_client" => ("update_client", update_client),
        "client_misbehaviour" => ("client_misbehaviour", client_misbehaviour),
        "connection_open_init" => ("connection_open_init", |found| connection_open(OpenStep::Init, found)),
        "connection_open_try" => ("connection_open_try", |found| connection_open(OpenStep::Try, found)),
        "connection_open_ack" => ("connection_open_ack", |found| connection_open(OpenStep::Ack, found)),
        "connection_open_confirm" => ("connection_open_confirm", |found| connection_open(OpenStep::Confirm, found)),
        "channel_open_init" => ("channel_open_init", |found| channel_open(OpenStep::Init, found)),
        "channel_open_try" => ("channel_open_try", |found| channel_open(OpenStep::Try, found)),
        "channel_open_ack" => ("channel_open_ack", |found| channel_open(OpenStep::Ack, found)),
        "channel_open_confirm" => ("channel_open_confirm", |found| channel_open(OpenStep::Confirm, found)),
        "channel_close_init" => ("channel_close_init", channel_closed),
        "channel_close_confirm" => ("channel_close_confirm", channel_closed),
        "channel_close" => ("channel_close", channel_closed),
        _ => return None,
    };
    Some(known)
}

fn send_packet(found: &Attributes<'_>) -> Result<Option<IbcEvent>, EventError> {
    if is_v2(found) {
        return Ok(None);
    }
    Ok(Some(IbcEvent::SendPacket { packet: packet(found)? }))
}

fn recv_packet(found: &Attributes<'_>) -> Result<Option<IbcEvent>, EventError> {
    if is_v2(found) {
        return Ok(None);
    }
    Ok(Some(IbcEvent::RecvPacket { packet: packet_id(found)? }))
}

fn write_acknowledgement(found: &Attributes<'_>) -> Result<Option<IbcEvent>, EventError> {
    if is_v2(found) {
        return Ok(None);
    }
    let bytes = found.hex_or_text("packet_ack_hex", "packet_ack")?;
    if bytes.is_empty() {
        return Err(found.malformed("packet_ack_hex", "is empty"));
    }
    let acknowledgement = Acknowledgement(bytes.into());
    Ok(Some(IbcEvent::WriteAcknowledgement { packet: packet(found)?, acknowledgement }))
}

fn acknowledge_packet(found: &Attributes<'_>) -> Result<Option<IbcEvent>, EventError> {
    if is_v2(found) {
        return Ok(None);
    }
    Ok(Some(IbcEvent::AcknowledgePacket { packet: packet_id(found)? }))
}

fn timeout_packet(found: &Attributes<'_>) -> Result<Option<IbcEvent>, EventError> {
    if is_v2(found) {
        return Ok(None);
    }
    Ok(Some(IbcEvent::TimeoutPacket { packet: packet_id(found)? }))
}

fn is_v2(found: &Attributes<'_>) -> bool {
    found.has("packet_source_client") || found.has("encoded_packet_hex")
}

fn packet_id(found: &Attributes<'_>) -> Result<PacketId, EventError> {
    let sequence = found.parse("packet_sequence")?;
    if sequence == 0 {
        return Err(found.malformed("packet_sequence", "is 0"));
    }
    Ok(PacketId {
        source_port: found.parse("packet_src_port")?,
        source_channel: found.parse("packet_src_channel")?,
        destination_port: found.parse("packet_dst_port")?,
        destination_channel: found.parse("packet_dst_channel")?,
        sequence: Sequence(sequence),
    })
}

/// The packet, held to what [`Packet`]'s conversion from protobuf holds it to.
fn packet(found: &Attributes<'_>) -> Result<Packet, EventError> {
    let id = packet_id(found)?;
    let data = found.hex_or_text("packet_data_hex", "packet_data")?;
    if data.is_empty() {
        return Err(found.malformed("packet_data_hex", "is empty"));
    }
    let timeout_height: Height = found.parse("packet_timeout_height")?;
    let timeout_timestamp = Timestamp(found.parse("packet_timeout_timestamp")?);
    if timeout_height.is_zero() && timeout_timestamp.is_zero() {
        return Err(found.malformed("packet_timeout_timestamp", "is 0, and so is packet_timeout_height"));
    }
    Ok(Packet {
        sequence: id.sequence,
        source_port: id.source_port,
        source_channel: id.source_channel,
        destination_port: id.destination_port,
        destination_channel: id.destination_channel,
        data: data.into(),
        timeout_height,
        timeout_timestamp,
    })
}

fn create_client(found: &Attributes<'_>) -> Result<Option<IbcEvent>, EventError> {
    let consensus_height = found.parse("consensus_height")?;
    Ok(Some(IbcEvent::CreateClient { client: found.parse("client_id")?, consensus_height }))
}

/// Every height of `consensus_heights`, or the single `consensus_height` where a chain has no list. A client that wrote
/// no consensus state says so by an empty text.
fn update_client(found: &Attributes<'_>) -> Result<Option<IbcEvent>, EventError> {
    let (key, heights) = match found.find("consensus_heights") {
        Some(heights) => ("consensus_heights", heights),
        None => ("consensus_height", found.text("consensus_height")?),
    };
    let written = heights.split(',').filter(|height| !height.is_empty());
    let consensus_heights = written.map(|height| found.parse_text(key, height)).collect::<Result<_, _>>()?;
    Ok(Some(IbcEvent::UpdateClient { client: found.parse("client_id")?, consensus_heights }))
}

fn client_misbehaviour(found: &Attributes<'_>) -> Result<Option<IbcEvent>, EventError> {
    Ok(Some(IbcEvent::ClientMisbehaviour { client: found.parse("client_id")? }))
}

fn connection_open(step: OpenStep, found: &Attributes<'_>) -> Result<Option<IbcEvent>, EventError> {
    Ok(Some(IbcEvent::ConnectionOpen {
        step,
        connection: found.parse("connection_id")?,
        client: found.parse("client_id")?,
        counterparty_connection: found.parse_unless_empty("counterparty_connection_id")?,
    }))
}

fn channel_open(step: OpenStep, found: &Attributes<'_>) -> Result<Option<IbcEvent>, EventError> {
    Ok(Some(IbcEvent::ChannelOpen {
        step,
        port: found.parse("port_id")?,
        channel: found.parse("channel_id")?,
        counterparty_port: found.parse("counterparty_port_id")?,
        counterparty_channel: found.parse_unless_empty("counterparty_channel_id")?,
        connection: found.parse("connection_id")?,
    }))
}

fn channel_closed(found: &Attributes<'_>) -> Result<Option<IbcEvent>, EventError> {
    Ok(Some(IbcEvent::ChannelClosed { port: found.parse("port_id")?, channel: found.parse("channel_id")? }))
}

#[cfg(test)]
mod tests;
