//! Events of channels and packets (`04-channel/keeper/events.go`): the order of the attributes is ibc-go's.

use proto::ibc::core::channel::v1 as raw;
use types::{ChannelEnd, ChannelId, Order, Packet, PortId};

use crate::app::context::Ctx;
use crate::app::event::Event;

/// A step of a handshake or of closing, by the kind of its event.
pub(super) fn emit_channel(ctx: &mut Ctx, kind: Step, port: &PortId, channel: &ChannelId, end: &ChannelEnd) {
    let mut event = Event::new(kind.event())
        .with("port_id", port)
        .with("channel_id", channel)
        .with("counterparty_port_id", &end.counterparty.port);
    if kind != Step::OpenInit {
        event = event.with("counterparty_channel_id", counterparty_channel(end));
    }
    event = event.with("connection_id", connection(end));
    if matches!(kind, Step::OpenInit | Step::OpenTry) {
        event = event.with("version", &end.version);
    }
    emit(ctx, event);
}

/// What happened to a channel end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    OpenInit,
    OpenTry,
    OpenAck,
    OpenConfirm,
    CloseInit,
    CloseConfirm,
}

impl Step {
    fn event(self) -> &'static str {
        match self {
            Self::OpenInit => "channel_open_init",
            Self::OpenTry => "channel_open_try",
            Self::OpenAck => "channel_open_ack",
            Self::OpenConfirm => "channel_open_confirm",
            Self::CloseInit => "channel_close_init",
            Self::CloseConfirm => "channel_close_confirm",
        }
    }
}

/// A timeout closed an ordered channel.
pub(super) fn emit_channel_closed(ctx: &mut Ctx, packet: &Packet, end: &ChannelEnd) {
    let event = Event::new("channel_close")
        .with("port_id", &packet.source_port)
        .with("channel_id", &packet.source_channel)
        .with("counterparty_port_id", &end.counterparty.port)
        .with("counterparty_channel_id", counterparty_channel(end))
        .with("connection_id", connection(end))
        .with("packet_channel_ordering", order_name(end.ordering));
    emit(ctx, event);
}

/// `send_packet`
pub(super) fn emit_sent(ctx: &mut Ctx, packet: &Packet, end: &ChannelEnd) {
    let event = ways(with_packet(with_data(Event::new("send_packet"), packet), packet), end);
    emit(ctx, event);
}

/// `recv_packet`
pub(super) fn emit_received(ctx: &mut Ctx, packet: &Packet, end: &ChannelEnd) {
    let event = ways(with_packet(with_data(Event::new("recv_packet"), packet), packet), end);
    emit(ctx, event);
}

/// `write_acknowledgement`
pub(super) fn emit_acknowledgement_written(ctx: &mut Ctx, packet: &Packet, end: &ChannelEnd, acknowledgement: &[u8]) {
    let event = with_packet(with_data(Event::new("write_acknowledgement"), packet), packet)
        .with("packet_ack_hex", hex::encode(acknowledgement));
    emit(ctx, ways(event, end));
}

/// `acknowledge_packet`
pub(super) fn emit_acknowledged(ctx: &mut Ctx, packet: &Packet, end: &ChannelEnd) {
    emit(ctx, ways(with_packet(Event::new("acknowledge_packet"), packet), end));
}

/// `timeout_packet`
pub(super) fn emit_timed_out(ctx: &mut Ctx, packet: &Packet, end: &ChannelEnd) {
    let event = with_packet(Event::new("timeout_packet"), packet)
        .with("connection_id", connection(end))
        .with("packet_channel_ordering", order_name(end.ordering));
    emit(ctx, event);
}

fn with_data(event: Event, packet: &Packet) -> Event {
    event.with("packet_data_hex", hex::encode(&packet.data))
}

fn with_packet(event: Event, packet: &Packet) -> Event {
    event
        .with("packet_timeout_height", packet.timeout_height)
        .with("packet_timeout_timestamp", packet.timeout_timestamp.0)
        .with("packet_sequence", packet.sequence)
        .with("packet_src_port", &packet.source_port)
        .with("packet_src_channel", &packet.source_channel)
        .with("packet_dst_port", &packet.destination_port)
        .with("packet_dst_channel", &packet.destination_channel)
}

/// `packet_connection` is deprecated and still there.
fn ways(event: Event, end: &ChannelEnd) -> Event {
    event
        .with("packet_channel_ordering", order_name(end.ordering))
        .with("packet_connection", connection(end))
        .with("connection_id", connection(end))
}

fn emit(ctx: &mut Ctx, event: Event) {
    ctx.emit(event);
    ctx.emit(Event::new("message").with("module", "ibc_channel"));
}

/// An error acknowledgement undoes what the application wrote; what it emitted stays, marked
/// (`modules/core/internal/errors`, `ConvertToErrorEvents`).
pub(super) fn to_error_event(event: Event) -> Event {
    let marked = |text: &str| format!("ibccallbackerror-{text}");
    let unmarked = Event::new(marked(&event.kind));
    event.attributes.into_iter().fold(unmarked, |event, attribute| event.with(marked(&attribute.key), attribute.value))
}

fn connection(end: &ChannelEnd) -> &str {
    end.connection_hops.first().map_or("", |hop| hop.as_str())
}

fn counterparty_channel(end: &ChannelEnd) -> &str {
    end.counterparty.channel.as_ref().map_or("", |channel| channel.as_str())
}

/// `Order.String`
pub(crate) fn order_name(order: Order) -> &'static str {
    raw::Order::from(order).as_str_name()
}
