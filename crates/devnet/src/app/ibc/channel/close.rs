//! Closing (`04-channel/keeper/handshake.go`, `ChanCloseInit`, `ChanCloseConfirm`).

use types::channel::Counterparty;
use types::client::Status;
use types::{ChannelEnd, ChannelId, ChannelState, PortId};

use super::errors::{CLIENT_NOT_ACTIVE, INVALID_CHANNEL_STATE, panicked};
use super::event::{self, Step};
use super::receive::refuse_unless_open;
use super::state;
use crate::app::context::Ctx;
use crate::app::error::Result;
use crate::app::ibc::client;
use crate::app::ibc::connection::{self, ProofAt, RemoteEnd};

/// Closes a channel end, for an application (`ChanCloseInit`).
///
/// # Errors
/// When there is no such end, it is closed already, or its client is not active.
pub fn close_init(ctx: &mut Ctx, port: &str, channel: &str) -> Result<()> {
    let end = end_to_close(ctx, port, channel)?;
    let (_, connection) = state::connection_of(ctx, &end)?;
    let status = client::status(ctx, &connection.client)?;
    if status != Status::Active {
        let text = format!("client ({}) status is {}", connection.client, client::status_text(status));
        return Err(CLIENT_NOT_ACTIVE.wrap(text));
    }
    refuse_unless_open(&connection)?;
    close(ctx, port, channel, end, Step::CloseInit)
}

/// Closes a channel end whose other end is closed (`ChanCloseConfirm`).
pub(super) fn close_confirm(ctx: &mut Ctx, port: &PortId, channel: &ChannelId, proof: ProofAt<'_>) -> Result<()> {
    let end = end_to_close(ctx, port.as_str(), channel.as_str())?;
    let (_, connection) = state::connection_of(ctx, &end)?;
    refuse_unless_open(&connection)?;
    let closed = ChannelEnd {
        state: ChannelState::Closed,
        ordering: end.ordering,
        counterparty: Counterparty { port: port.clone(), channel: Some(channel.clone()) },
        connection_hops: connection.counterparty.connection.clone().into_iter().collect(),
        version: end.version.clone(),
        upgrade_sequence: 0,
    };
    let remote = remote_end(&end)?;
    connection::verify_channel_state(ctx, &connection, proof, remote, &closed)?;
    close(ctx, port.as_str(), channel.as_str(), end.clone(), Step::CloseConfirm)
}

/// The other end of a channel of whose handshake that end has its share.
pub(super) fn remote_end(end: &ChannelEnd) -> Result<RemoteEnd<'_>> {
    let channel = end.counterparty.channel.as_ref();
    // In state INIT none is known: ibc-go then asks for the proof of a key that can't exist.
    let channel = channel.ok_or_else(|| INVALID_CHANNEL_STATE.wrap("the counterparty's channel is not known"))?;
    Ok(RemoteEnd { port: &end.counterparty.port, channel })
}

fn end_to_close(ctx: &mut Ctx, port: &str, channel: &str) -> Result<ChannelEnd> {
    let end = state::known_channel_end(ctx, port, channel, &format!("port ID ({port}) channel ID ({channel})"))?;
    if end.state == ChannelState::Closed {
        return Err(INVALID_CHANNEL_STATE.wrap("channel is already CLOSED"));
    }
    Ok(end)
}

fn close(ctx: &mut Ctx, port: &str, channel: &str, mut end: ChannelEnd, step: Step) -> Result<()> {
    let (port, channel) = (port.parse().map_err(panicked)?, channel.parse().map_err(panicked)?);
    end.state = ChannelState::Closed;
    state::set_channel_end(ctx, &port, &channel, &end)?;
    event::emit_channel(ctx, step, &port, &channel, &end);
    Ok(())
}

#[cfg(test)]
mod tests {
    use types::Order;

    use super::super::testing::{World, code};
    use super::*;

    #[test]
    fn a_closed_channel_is_not_closed_again() {
        let mut world = World::open(Order::Unordered);
        close_init(&mut world.ctx, "probe", "channel-0").unwrap();
        assert_eq!(world.end().state, ChannelState::Closed);
        let keys: Vec<_> = world.ctx.events[0].attributes.iter().map(|attribute| attribute.key.as_str()).collect();
        assert_eq!(world.ctx.events[0].kind, "channel_close_init");
        assert_eq!(keys, ["port_id", "channel_id", "counterparty_port_id", "counterparty_channel_id", "connection_id"]);
        let again = close_init(&mut world.ctx, "probe", "channel-0").unwrap_err();
        assert_eq!(again.log, "channel is already CLOSED: invalid channel state");
    }

    #[test]
    fn a_channel_over_a_client_that_is_not_active_is_not_closed_from_here() {
        let mut world = World::open(Order::Unordered);
        world.client_is(Status::Frozen);
        let refused = close_init(&mut world.ctx, "probe", "channel-0").unwrap_err();
        assert_eq!(code(&refused), ("client", 29));
        assert_eq!(refused.log, "client (07-tendermint-0) status is Frozen: client state is not active");
    }

    #[test]
    fn a_channel_that_is_not_there_is_not_closed() {
        let mut world = World::open(Order::Unordered);
        let refused = close_init(&mut world.ctx, "probe", "nothing").unwrap_err();
        assert_eq!(refused.log, "port ID (probe) channel ID (nothing): channel not found");
    }

    #[test]
    fn a_closed_counterparty_closes_this_end() {
        let mut world = World::open(Order::Ordered);
        let closed = world.remote_end(ChannelState::Closed, Order::Ordered, "probe-1", Some("channel-0"));
        let (port, channel) = ("probe".parse().unwrap(), "channel-0".parse().unwrap());
        let wrong = ProofAt { proof: b"wrong", height: world.proof_height() };
        assert!(close_confirm(&mut world.ctx, &port, &channel, wrong).is_err());
        let proof = ProofAt { proof: &closed, height: world.proof_height() };
        close_confirm(&mut world.ctx, &port, &channel, proof).unwrap();
        assert_eq!(world.end().state, ChannelState::Closed);
        assert_eq!(world.ctx.events[0].kind, "channel_close_confirm");
    }
}
