//! Sending (`04-channel/keeper/packet.go`, `SendPacket`).

use proto::ibc::core::channel::v1::Packet as RawPacket;
use types::client::Status;
use types::{ChannelState, Height, Packet, Sequence, Timestamp, commitment};

use super::errors::{
    CLIENT_NOT_ACTIVE, INVALID_CHANNEL_STATE, INVALID_CLIENT_HEIGHT, INVALID_PACKET, SEQUENCE_SEND_NOT_FOUND, wrap,
};
use super::{event, state, timeout, validate};
use crate::app::context::Ctx;
use crate::app::error::Result;
use crate::app::ibc::client;

/// Sends a packet for an application; gives its sequence. A timeout of zero is none.
///
/// # Errors
/// When the channel is not open, its client is not active, or the timeout has passed by what the client knows.
pub fn send_packet(
    ctx: &mut Ctx,
    port: &str,
    channel: &str,
    timeout_height: Height,
    timeout_timestamp: Timestamp,
    data: Vec<u8>,
) -> Result<Sequence> {
    let end = state::known_channel_end(ctx, port, channel, channel)?;
    if end.state != ChannelState::Open {
        return Err(not_open(end.state));
    }
    let uncounted = || SEQUENCE_SEND_NOT_FOUND.wrap(format!("source port: {port}, source channel: {channel}"));
    let (source_port, source_channel) =
        (port.parse().map_err(|_| uncounted())?, channel.parse().map_err(|_| uncounted())?);
    let sequence = state::next_sequence_send(ctx, &source_port, &source_channel)?.ok_or_else(uncounted)?;

    let raw = RawPacket {
        sequence: sequence.0,
        source_port: port.to_owned(),
        source_channel: channel.to_owned(),
        destination_port: end.counterparty.port.to_string(),
        destination_channel: end.counterparty.channel.as_ref().map(ToString::to_string).unwrap_or_default(),
        data,
        timeout_height: Some(timeout_height.into()),
        timeout_timestamp: timeout_timestamp.0,
    };
    validate::packet(&raw).map_err(wrap("constructed packet failed basic validation"))?;
    let packet = Packet::try_from(raw).map_err(|error| INVALID_PACKET.wrap(error))?;

    refuse_if_late(ctx, &packet, &end)?;

    state::set_next_sequence_send(ctx, &source_port, &source_channel, Sequence(sequence.0.saturating_add(1)))?;
    state::set_commitment(ctx, &packet, commitment::packet_commitment(&packet))?;
    event::emit_sent(ctx, &packet, &end);
    Ok(sequence)
}

/// A packet is not sent over a client that can't be updated, nor when it has timed out by what that client knows.
fn refuse_if_late(ctx: &mut Ctx, packet: &Packet, end: &types::ChannelEnd) -> Result<()> {
    let (_, connection) = state::connection_of(ctx, end)?;
    let client = &connection.client;
    let status = client::status(ctx, client)?;
    if status != Status::Active {
        let text = format!("cannot send packet using client ({client}) with status {}", client::status_text(status));
        return Err(CLIENT_NOT_ACTIVE.wrap(text));
    }
    let latest = client::latest_height(ctx, client)?;
    if latest.is_zero() {
        return Err(INVALID_CLIENT_HEIGHT.wrap(format!("cannot send packet using client ({client}) with zero height")));
    }
    let time = client::timestamp_at_height(ctx, client, latest)?;
    if packet.is_timed_out_at(latest, time) {
        return Err(timeout::elapsed(packet, latest, time).wrap("invalid packet timeout"));
    }
    Ok(())
}

/// What every handler says of a channel end that takes no packets.
pub(super) fn not_open(state: ChannelState) -> crate::app::error::AppError {
    INVALID_CHANNEL_STATE.wrap(format!("channel is not OPEN (got {})", state_name(state)))
}

/// `State.String`
pub(super) fn state_name(state: ChannelState) -> &'static str {
    proto::ibc::core::channel::v1::State::from(state).as_str_name()
}

#[cfg(test)]
mod tests {
    use super::super::testing::{World, code};
    use super::*;

    const NO_TIME: Timestamp = Timestamp::ZERO;

    fn send(world: &mut World, height: u64, time: Timestamp) -> Result<Sequence> {
        let height = Height { revision_number: u64::from(height > 0), revision_height: height };
        send_packet(&mut world.ctx, "probe", "channel-0", height, time, b"x".to_vec())
    }

    #[test]
    fn a_sent_packet_is_counted_committed_to_and_announced() {
        let mut world = World::open(types::Order::Unordered);
        assert_eq!(send(&mut world, 1_000, NO_TIME).unwrap(), Sequence(1));
        assert_eq!(send(&mut world, 1_000, NO_TIME).unwrap(), Sequence(2));
        assert!(world.has("commitments/ports/probe/channels/channel-0/sequences/2"));
        let kinds: Vec<_> = world.ctx.events.iter().map(|event| event.kind.as_str()).collect();
        assert_eq!(kinds, ["send_packet", "message", "send_packet", "message"]);
        let keys: Vec<_> = world.ctx.events[0].attributes.iter().map(|attribute| attribute.key.as_str()).collect();
        assert_eq!(
            keys,
            [
                "packet_data_hex",
                "packet_timeout_height",
                "packet_timeout_timestamp",
                "packet_sequence",
                "packet_src_port",
                "packet_src_channel",
                "packet_dst_port",
                "packet_dst_channel",
                "packet_channel_ordering",
                "packet_connection",
                "connection_id",
            ]
        );
        assert_eq!(world.ctx.events[0].value("packet_timeout_height"), Some("1-1000"));
        assert_eq!(world.ctx.events[0].value("packet_channel_ordering"), Some("ORDER_UNORDERED"));
        assert_eq!(world.ctx.events[1].value("module"), Some("ibc_channel"));
    }

    #[test]
    fn a_packet_without_a_timeout_or_without_data_is_not_sent() {
        let mut world = World::open(types::Order::Unordered);
        let refused = send(&mut world, 0, NO_TIME).unwrap_err();
        assert_eq!(code(&refused), ("channel", 13));
        assert_eq!(
            refused.log,
            "constructed packet failed basic validation: packet timeout height and packet timeout timestamp cannot both be 0: invalid packet"
        );
        let height = Height { revision_number: 1, revision_height: 9 };
        let empty = send_packet(&mut world.ctx, "probe", "channel-0", height, NO_TIME, Vec::new()).unwrap_err();
        assert_eq!(code(&empty), ("channel", 13));
    }

    #[test]
    fn a_packet_that_has_timed_out_by_what_the_client_knows_is_not_sent() {
        let mut world = World::open(types::Order::Unordered);
        world.client_knows(50, 5_000);
        let late = send(&mut world, 50, NO_TIME).unwrap_err();
        assert_eq!(code(&late), ("channel", 40));
        assert_eq!(late.log, "invalid packet timeout: current height: 1-50, timeout height 1-50: timeout elapsed");
        let late = send(&mut world, 0, Timestamp(5_000)).unwrap_err();
        assert_eq!(
            late.log,
            "invalid packet timeout: current timestamp: 5000, timeout timestamp 5000: timeout elapsed"
        );
        assert!(send(&mut world, 51, Timestamp(5_001)).is_ok());
    }

    #[test]
    fn nothing_is_sent_over_a_client_that_is_not_active() {
        let mut world = World::open(types::Order::Unordered);
        world.client_is(Status::Expired);
        let refused = send(&mut world, 1_000, NO_TIME).unwrap_err();
        assert_eq!(code(&refused), ("client", 29));
        assert_eq!(
            refused.log,
            "cannot send packet using client (07-tendermint-0) with status Expired: client state is not active"
        );
    }

    #[test]
    fn nothing_is_sent_on_a_channel_that_is_not_there_or_not_open() {
        let mut world = World::open(types::Order::Unordered);
        let height = Height { revision_number: 1, revision_height: 9 };
        let unknown = send_packet(&mut world.ctx, "probe", "x", height, NO_TIME, vec![1]).unwrap_err();
        assert_eq!(unknown.log, "x: channel not found");
        world.set_state(ChannelState::Closed);
        let closed = send(&mut world, 9, NO_TIME).unwrap_err();
        assert_eq!(code(&closed), ("channel", 5));
        assert_eq!(closed.log, "channel is not OPEN (got STATE_CLOSED): invalid channel state");
    }
}
