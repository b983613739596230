//! What can be seen from a message alone: `ValidateBasic` (`04-channel/types/msgs.go`, `channel.go`, `packet.go`).

use proto::ibc::core::channel::v1::{
    Channel, MsgAcknowledgement, MsgChannelCloseConfirm, MsgChannelCloseInit, MsgChannelOpenAck, MsgChannelOpenConfirm,
    MsgChannelOpenInit, MsgChannelOpenTry, MsgRecvPacket, MsgTimeout, MsgTimeoutOnClose, Order, Packet, State,
};

use super::errors::{
    INVALID_ACKNOWLEDGEMENT, INVALID_CHANNEL_IDENTIFIER, INVALID_CHANNEL_ORDERING, INVALID_CHANNEL_STATE,
    INVALID_COUNTERPARTY, INVALID_PACKET, INVALID_PROOF, TOO_MANY_CONNECTION_HOPS, ibc, wrap,
};
use super::identifier::{is_channel_id, validate_channel, validate_connection, validate_port};
use crate::app::context::Ctx;
use crate::app::error::{Result, sdk};
use crate::app::kind::read;

/// ibc-go `MaximumPayloadsSize`.
const DATA_MAX: usize = 262_144;

pub(super) fn open_init(ctx: &Ctx, bytes: &[u8]) -> Result<()> {
    let message: MsgChannelOpenInit = read(bytes)?;
    let channel = message.channel.unwrap_or_default();
    port(&message.port_id)?;
    state(&channel, State::Init, "INIT in MsgChannelOpenInit")?;
    if !counterparty_channel(&channel).is_empty() {
        return Err(INVALID_COUNTERPARTY.wrap("counterparty channel identifier must be empty"));
    }
    signer(ctx, &message.signer)?;
    end(&channel)
}

pub(super) fn open_try(ctx: &Ctx, bytes: &[u8]) -> Result<()> {
    let message: MsgChannelOpenTry = read(bytes)?;
    let channel = message.channel.unwrap_or_default();
    port(&message.port_id)?;
    // The field is deprecated, and must be empty since ibc-go refuses crossing hellos.
    #[expect(deprecated, reason = "it is only looked at to be refused")]
    if !message.previous_channel_id.is_empty() {
        return Err(INVALID_CHANNEL_IDENTIFIER.wrap(
            "previous channel identifier must be empty, this field has been deprecated as crossing hellos are no longer supported",
        ));
    }
    proof(&message.proof_init, "init proof")?;
    state(&channel, State::Tryopen, "TRYOPEN in MsgChannelOpenTry")?;
    validate_channel(counterparty_channel(&channel)).map_err(wrap("invalid counterparty channel ID"))?;
    signer(ctx, &message.signer)?;
    end(&channel)
}

pub(super) fn open_ack(ctx: &Ctx, bytes: &[u8]) -> Result<()> {
    let message: MsgChannelOpenAck = read(bytes)?;
    port(&message.port_id)?;
    channel(&message.channel_id)?;
    validate_channel(&message.counterparty_channel_id).map_err(wrap("invalid counterparty channel ID"))?;
    proof(&message.proof_try, "try proof")?;
    signer(ctx, &message.signer)
}

pub(super) fn open_confirm(ctx: &Ctx, bytes: &[u8]) -> Result<()> {
    let message: MsgChannelOpenConfirm = read(bytes)?;
    port(&message.port_id)?;
    channel(&message.channel_id)?;
    proof(&message.proof_ack, "acknowledgement proof")?;
    signer(ctx, &message.signer)
}

pub(super) fn close_init(ctx: &Ctx, bytes: &[u8]) -> Result<()> {
    let message: MsgChannelCloseInit = read(bytes)?;
    port(&message.port_id)?;
    channel(&message.channel_id)?;
    signer(ctx, &message.signer)
}

pub(super) fn close_confirm(ctx: &Ctx, bytes: &[u8]) -> Result<()> {
    let message: MsgChannelCloseConfirm = read(bytes)?;
    port(&message.port_id)?;
    channel(&message.channel_id)?;
    proof(&message.proof_init, "init proof")?;
    signer(ctx, &message.signer)
}

pub(super) fn recv_packet(ctx: &Ctx, bytes: &[u8]) -> Result<()> {
    let message: MsgRecvPacket = read(bytes)?;
    proof(&message.proof_commitment, "commitment proof")?;
    signer(ctx, &message.signer)?;
    packet(&message.packet.unwrap_or_default())
}

pub(super) fn acknowledgement(ctx: &Ctx, bytes: &[u8]) -> Result<()> {
    let message: MsgAcknowledgement = read(bytes)?;
    proof(&message.proof_acked, "acknowledgement proof")?;
    if message.acknowledgement.is_empty() {
        return Err(INVALID_ACKNOWLEDGEMENT.wrap("ack bytes cannot be empty"));
    }
    signer(ctx, &message.signer)?;
    packet(&message.packet.unwrap_or_default())
}

pub(super) fn timeout(ctx: &Ctx, bytes: &[u8]) -> Result<()> {
    let message: MsgTimeout = read(bytes)?;
    proof(&message.proof_unreceived, "unreceived proof")?;
    next_sequence(message.next_sequence_recv)?;
    signer(ctx, &message.signer)?;
    packet(&message.packet.unwrap_or_default())
}

pub(super) fn timeout_on_close(ctx: &Ctx, bytes: &[u8]) -> Result<()> {
    let message: MsgTimeoutOnClose = read(bytes)?;
    next_sequence(message.next_sequence_recv)?;
    proof(&message.proof_unreceived, "unreceived proof")?;
    proof(&message.proof_close, "proof of closed counterparty channel end")?;
    signer(ctx, &message.signer)?;
    packet(&message.packet.unwrap_or_default())
}

/// `Packet.ValidateBasic`
pub(super) fn packet(packet: &Packet) -> Result<()> {
    validate_port(&packet.source_port).map_err(wrap("invalid source port ID"))?;
    validate_port(&packet.destination_port).map_err(wrap("invalid destination port ID"))?;
    validate_channel(&packet.source_channel).map_err(wrap("invalid source channel ID"))?;
    validate_channel(&packet.destination_channel).map_err(wrap("invalid destination channel ID"))?;
    if packet.sequence == 0 {
        return Err(INVALID_PACKET.wrap("packet sequence cannot be 0"));
    }
    let height = packet.timeout_height.unwrap_or_default();
    if height.revision_number == 0 && height.revision_height == 0 && packet.timeout_timestamp == 0 {
        return Err(INVALID_PACKET.wrap("packet timeout height and packet timeout timestamp cannot both be 0"));
    }
    if packet.data.is_empty() {
        return Err(INVALID_PACKET.wrap("packet data bytes cannot be empty"));
    }
    if packet.data.len() > DATA_MAX {
        return Err(INVALID_PACKET.wrap(format!("packet data bytes cannot exceed {DATA_MAX} bytes")));
    }
    Ok(())
}

/// `Channel.ValidateBasic`; that the state is the right one was seen before.
fn end(channel: &Channel) -> Result<()> {
    if !matches!(Order::try_from(channel.ordering), Ok(Order::Ordered | Order::Unordered)) {
        let name = Order::try_from(channel.ordering)
            .map_or_else(|_| channel.ordering.to_string(), |order| order.as_str_name().to_owned());
        return Err(INVALID_CHANNEL_ORDERING.wrap(name));
    }
    let [hop] = channel.connection_hops.as_slice() else {
        return Err(TOO_MANY_CONNECTION_HOPS.wrap("current IBC version only supports one connection hop"));
    };
    validate_connection(hop).map_err(wrap("invalid connection hop ID"))?;
    let counterparty = channel.counterparty.clone().unwrap_or_default();
    validate_port(&counterparty.port_id).map_err(wrap("invalid counterparty port ID"))?;
    if counterparty.channel_id.is_empty() {
        return Ok(());
    }
    validate_channel(&counterparty.channel_id).map_err(wrap("invalid counterparty channel ID"))
}

fn state(channel: &Channel, expected: State, place: &str) -> Result<()> {
    if channel.state == i32::from(expected) {
        return Ok(());
    }
    let found = State::try_from(channel.state)
        .map_or_else(|_| channel.state.to_string(), |state| state.as_str_name().to_owned());
    let text = format!("channel state must be {place}. expected: {}, got: {found}", expected.as_str_name());
    Err(INVALID_CHANNEL_STATE.wrap(text))
}

fn counterparty_channel(channel: &Channel) -> &str {
    channel.counterparty.as_ref().map_or("", |counterparty| counterparty.channel_id.as_str())
}

fn port(id: &str) -> Result<()> {
    validate_port(id).map_err(wrap("invalid port ID"))
}

fn channel(id: &str) -> Result<()> {
    if is_channel_id(id) { Ok(()) } else { Err(INVALID_CHANNEL_IDENTIFIER.plain()) }
}

fn proof(bytes: &[u8], what: &str) -> Result<()> {
    if !bytes.is_empty() {
        return Ok(());
    }
    Err(INVALID_PROOF.wrap(format!("cannot submit an empty {what}")))
}

fn next_sequence(next: u64) -> Result<()> {
    if next == 0 { Err(ibc::INVALID_SEQUENCE.wrap("next sequence receive cannot be 0")) } else { Ok(()) }
}

fn signer(ctx: &Ctx, text: &str) -> Result<()> {
    ctx.address(text).map(drop).map_err(|error| {
        // Go's own error, without a code, stands inside the text.
        let description = format!(": {}", sdk::INVALID_ADDRESS.description);
        let cause = error.log.strip_suffix(&description).unwrap_or(&error.log);
        ibc::INVALID_ADDRESS.wrap(format!("string could not be parsed as address: {cause}"))
    })
}

#[cfg(test)]
mod tests;
