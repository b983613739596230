//! The messages of `ibc.core.channel.v1`: from bytes to the rules, and the responses.

use proto::google::protobuf::Any;
use proto::ibc::core::channel::v1 as raw;
use proto::ibc::core::client::v1::Height as RawHeight;
use types::{ChannelEnd, Height, Packet, Sequence};

use super::close;
use super::errors::{INVALID_PACKET, wrap};
use super::handshake::{self, Proposal};
use super::timeout::Unreceived;
use super::{acknowledge, receive, timeout, validate};
use crate::app::context::Ctx;
use crate::app::error::{Result, sdk};
use crate::app::ibc::connection::ProofAt;
use crate::app::ibc::port;
use crate::app::kind::{MessageKind, read, respond};

/// `/ibc.core.channel.v1.MsgRecvPacket`
pub(super) const RECV_PACKET: &str = "/ibc.core.channel.v1.MsgRecvPacket";
/// `/ibc.core.channel.v1.MsgAcknowledgement`
pub(super) const ACKNOWLEDGEMENT: &str = "/ibc.core.channel.v1.MsgAcknowledgement";
/// `/ibc.core.channel.v1.MsgTimeout`
pub(super) const TIMEOUT: &str = "/ibc.core.channel.v1.MsgTimeout";
/// `/ibc.core.channel.v1.MsgTimeoutOnClose`
pub(super) const TIMEOUT_ON_CLOSE: &str = "/ibc.core.channel.v1.MsgTimeoutOnClose";

/// Messages: handshake, close, recv, acknowledgement, timeouts.
pub const MESSAGES: &[MessageKind] = &[
    MessageKind {
        url: "/ibc.core.channel.v1.MsgChannelOpenInit",
        signer: |bytes| read::<raw::MsgChannelOpenInit>(bytes).map(|message| message.signer),
        validate: validate::open_init,
        handle: open_init,
    },
    MessageKind {
        url: "/ibc.core.channel.v1.MsgChannelOpenTry",
        signer: |bytes| read::<raw::MsgChannelOpenTry>(bytes).map(|message| message.signer),
        validate: validate::open_try,
        handle: open_try,
    },
    MessageKind {
        url: "/ibc.core.channel.v1.MsgChannelOpenAck",
        signer: |bytes| read::<raw::MsgChannelOpenAck>(bytes).map(|message| message.signer),
        validate: validate::open_ack,
        handle: open_ack,
    },
    MessageKind {
        url: "/ibc.core.channel.v1.MsgChannelOpenConfirm",
        signer: |bytes| read::<raw::MsgChannelOpenConfirm>(bytes).map(|message| message.signer),
        validate: validate::open_confirm,
        handle: open_confirm,
    },
    MessageKind {
        url: "/ibc.core.channel.v1.MsgChannelCloseInit",
        signer: |bytes| read::<raw::MsgChannelCloseInit>(bytes).map(|message| message.signer),
        validate: validate::close_init,
        handle: close_init,
    },
    MessageKind {
        url: "/ibc.core.channel.v1.MsgChannelCloseConfirm",
        signer: |bytes| read::<raw::MsgChannelCloseConfirm>(bytes).map(|message| message.signer),
        validate: validate::close_confirm,
        handle: close_confirm,
    },
    MessageKind {
        url: RECV_PACKET,
        signer: |bytes| read::<raw::MsgRecvPacket>(bytes).map(|message| message.signer),
        validate: validate::recv_packet,
        handle: |ctx, bytes| {
            let result = recv_packet(ctx, bytes)?;
            Ok(respond(&raw::MsgRecvPacketResponse { result }))
        },
    },
    MessageKind {
        url: ACKNOWLEDGEMENT,
        signer: |bytes| read::<raw::MsgAcknowledgement>(bytes).map(|message| message.signer),
        validate: validate::acknowledgement,
        handle: |ctx, bytes| {
            let result = acknowledgement(ctx, bytes)?;
            Ok(respond(&raw::MsgAcknowledgementResponse { result }))
        },
    },
    MessageKind {
        url: TIMEOUT,
        signer: |bytes| read::<raw::MsgTimeout>(bytes).map(|message| message.signer),
        validate: validate::timeout,
        handle: |ctx, bytes| {
            let result = time_out(ctx, bytes)?;
            Ok(respond(&raw::MsgTimeoutResponse { result }))
        },
    },
    MessageKind {
        url: TIMEOUT_ON_CLOSE,
        signer: |bytes| read::<raw::MsgTimeoutOnClose>(bytes).map(|message| message.signer),
        validate: validate::timeout_on_close,
        handle: |ctx, bytes| {
            let result = time_out_on_close(ctx, bytes)?;
            Ok(respond(&raw::MsgTimeoutOnCloseResponse { result }))
        },
    },
];

fn open_init(ctx: &mut Ctx, bytes: &[u8]) -> Result<Any> {
    let message: raw::MsgChannelOpenInit = read(bytes)?;
    let made = handshake::open_init(ctx, &proposal(&message.port_id, message.channel, None)?)?;
    Ok(respond(&raw::MsgChannelOpenInitResponse { channel_id: made.channel.into(), version: made.version }))
}

fn open_try(ctx: &mut Ctx, bytes: &[u8]) -> Result<Any> {
    let message: raw::MsgChannelOpenTry = read(bytes)?;
    let proposal = proposal(&message.port_id, message.channel, Some(message.counterparty_version))?;
    let made = handshake::open_try(ctx, &proposal, proof_at(&message.proof_init, message.proof_height))?;
    Ok(respond(&raw::MsgChannelOpenTryResponse { version: made.version, channel_id: made.channel.into() }))
}

fn open_ack(ctx: &mut Ctx, bytes: &[u8]) -> Result<Any> {
    let message: raw::MsgChannelOpenAck = read(bytes)?;
    let (port, channel) = (parsed(&message.port_id)?, parsed(&message.channel_id)?);
    let counterparty_channel = parsed(&message.counterparty_channel_id)?;
    let proof = proof_at(&message.proof_try, message.proof_height);
    handshake::open_ack(ctx, &port, &channel, counterparty_channel, &message.counterparty_version, proof)?;
    Ok(respond(&raw::MsgChannelOpenAckResponse {}))
}

fn open_confirm(ctx: &mut Ctx, bytes: &[u8]) -> Result<Any> {
    let message: raw::MsgChannelOpenConfirm = read(bytes)?;
    let (port, channel) = (parsed(&message.port_id)?, parsed(&message.channel_id)?);
    handshake::open_confirm(ctx, &port, &channel, proof_at(&message.proof_ack, message.proof_height))?;
    Ok(respond(&raw::MsgChannelOpenConfirmResponse {}))
}

/// In closing, the application is asked first.
fn close_init(ctx: &mut Ctx, bytes: &[u8]) -> Result<Any> {
    let raw::MsgChannelCloseInit { port_id, channel_id, signer: _ } = read(bytes)?;
    let text = format!("channel close init callback failed for port ID: {port_id}, channel ID: {channel_id}");
    port::route(&port_id)?.on_chan_close_init(ctx).map_err(wrap(text))?;
    close::close_init(ctx, &port_id, &channel_id).map_err(wrap("channel handshake close init failed"))?;
    Ok(respond(&raw::MsgChannelCloseInitResponse {}))
}

fn close_confirm(ctx: &mut Ctx, bytes: &[u8]) -> Result<Any> {
    let message: raw::MsgChannelCloseConfirm = read(bytes)?;
    port::route(&message.port_id)?;
    let (port, channel) = (parsed(&message.port_id)?, parsed(&message.channel_id)?);
    close::close_confirm(ctx, &port, &channel, proof_at(&message.proof_init, message.proof_height))
        .map_err(wrap("channel handshake close confirm failed"))?;
    Ok(respond(&raw::MsgChannelCloseConfirmResponse {}))
}

fn recv_packet(ctx: &mut Ctx, bytes: &[u8]) -> Result<i32> {
    let (packet, message) = read_recv_packet(bytes)?;
    refuse_unreadable_signer(ctx, &message.signer)?;
    let proof = proof_at(&message.proof_commitment, message.proof_height);
    receive::handle(ctx, &packet, proof).map(response_result)
}

/// `MsgRecvPacket`, with its packet apart.
pub(super) fn read_recv_packet(bytes: &[u8]) -> Result<(Packet, raw::MsgRecvPacket)> {
    let mut message: raw::MsgRecvPacket = read(bytes)?;
    Ok((packet(message.packet.take())?, message))
}

/// `MsgAcknowledgement`; gives a `ResponseResultType`.
pub(super) fn acknowledgement(ctx: &mut Ctx, bytes: &[u8]) -> Result<i32> {
    let message: raw::MsgAcknowledgement = read(bytes)?;
    refuse_unreadable_signer(ctx, &message.signer)?;
    let proof = proof_at(&message.proof_acked, message.proof_height);
    acknowledge::handle(ctx, &packet(message.packet)?, &message.acknowledgement, proof).map(response_result)
}

/// `MsgTimeout`; gives a `ResponseResultType`.
pub(super) fn time_out(ctx: &mut Ctx, bytes: &[u8]) -> Result<i32> {
    let message: raw::MsgTimeout = read(bytes)?;
    refuse_unreadable_signer(ctx, &message.signer)?;
    let proof = proof_at(&message.proof_unreceived, message.proof_height);
    let unreceived = Unreceived { proof, next: Sequence(message.next_sequence_recv) };
    timeout::handle(ctx, &packet(message.packet)?, unreceived).map(response_result)
}

/// `MsgTimeoutOnClose`; gives a `ResponseResultType`.
pub(super) fn time_out_on_close(ctx: &mut Ctx, bytes: &[u8]) -> Result<i32> {
    let message: raw::MsgTimeoutOnClose = read(bytes)?;
    refuse_unreadable_signer(ctx, &message.signer)?;
    let proof = proof_at(&message.proof_unreceived, message.proof_height);
    let unreceived = Unreceived { proof, next: Sequence(message.next_sequence_recv) };
    let packet = packet(message.packet)?;
    timeout::handle_on_close(ctx, &packet, unreceived, &message.proof_close).map(response_result)
}

/// Success, or what relayers call a no-op.
fn response_result(is_new: bool) -> i32 {
    let result = if is_new { raw::ResponseResultType::Success } else { raw::ResponseResultType::Noop };
    result.into()
}

fn refuse_unreadable_signer(ctx: &Ctx, signer: &str) -> Result<()> {
    ctx.address(signer).map(drop).map_err(wrap("Invalid address for msg Signer"))
}

fn packet(packet: Option<raw::Packet>) -> Result<Packet> {
    let packet = packet.unwrap_or_default();
    validate::packet(&packet)?;
    Packet::try_from(packet).map_err(|error| INVALID_PACKET.wrap(error))
}

/// A height that is left out is zero.
pub(super) fn proof_at(proof: &[u8], height: Option<RawHeight>) -> ProofAt<'_> {
    ProofAt { proof, height: height.map(Height::from).unwrap_or_default() }
}

/// The counterparty's version stands beside the channel, where there is one.
fn proposal(port: &str, channel: Option<raw::Channel>, counterparty_version: Option<String>) -> Result<Proposal> {
    let end = ChannelEnd::try_from(channel.unwrap_or_default()).map_err(|error| sdk::INVALID_REQUEST.wrap(error))?;
    Ok(Proposal {
        port: parsed(port)?,
        order: end.ordering,
        connection_hops: end.connection_hops,
        counterparty: end.counterparty,
        version: counterparty_version.unwrap_or(end.version),
    })
}

/// Identifiers were looked at before a message is handled.
fn parsed<I: core::str::FromStr<Err = types::IdentifierError>>(text: &str) -> Result<I> {
    text.parse().map_err(|error| super::errors::INVALID_ID.wrap(error))
}
