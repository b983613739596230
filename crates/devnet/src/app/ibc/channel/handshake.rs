//! Opening (`04-channel/keeper/handshake.go`, and the `ChannelOpen*` of `core/keeper/msg_server.go`).

use types::channel::Counterparty;
use types::client::Status;
use types::connection::Version;
use types::{ChannelEnd, ChannelId, ChannelState, ConnectionEnd, ConnectionId, Order, PortId, Sequence};

use super::errors::{
    CLIENT_NOT_ACTIVE, INVALID_CHANNEL_STATE, INVALID_CONNECTION_VERSION, TOO_MANY_CONNECTION_HOPS, panicked, wrap,
};
use super::event::{self, Step, order_name};
use super::identifier::format_channel;
use super::receive::refuse_unless_open;
use super::{close, send, state};
use crate::app::context::Ctx;
use crate::app::error::Result;
use crate::app::ibc::client;
use crate::app::ibc::connection::{self, ProofAt, RemoteEnd};
use crate::app::ibc::port::{self, NewChannel};

/// A channel end that somebody wants to be made here.
#[derive(Clone, Debug)]
pub(super) struct Proposal {
    pub(super) port: PortId,
    pub(super) order: Order,
    pub(super) connection_hops: Vec<ConnectionId>,
    pub(super) counterparty: Counterparty,
    /// Of this end in the first step, of the counterparty's in the second.
    pub(super) version: String,
}

/// A channel end that has been made, and the version that the application chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Made {
    pub(super) channel: ChannelId,
    pub(super) version: String,
}

/// `ChannelOpenInit`
pub(super) fn open_init(ctx: &mut Ctx, proposal: &Proposal) -> Result<Made> {
    let module = port::route(proposal.port.as_str())?;
    let channel = check_init(ctx, proposal).map_err(wrap("channel handshake open init failed"))?;
    let version = module
        .on_chan_open_init(ctx, proposal.as_new(&channel), &proposal.version)
        .map_err(wrap(callback("init", &proposal.port, &channel)))?;
    let end = proposal.to_end(ChannelState::Init, &version);
    state::set_channel_end(ctx, &proposal.port, &channel, &end)?;
    count_from_one(ctx, &proposal.port, &channel)?;
    event::emit_channel(ctx, Step::OpenInit, &proposal.port, &channel, &end);
    Ok(Made { channel, version })
}

fn check_init(ctx: &mut Ctx, proposal: &Proposal) -> Result<ChannelId> {
    let connection = proposal.connection(ctx)?;
    refuse_order_of_other_versions(&connection, proposal.order)?;
    let status = client::status(ctx, &connection.client)?;
    if status != Status::Active {
        let text = format!("client ({}) status is {}", connection.client, client::status_text(status));
        return Err(CLIENT_NOT_ACTIVE.wrap(text));
    }
    make_channel_id(ctx)
}

/// `ChannelOpenTry`
pub(super) fn open_try(ctx: &mut Ctx, proposal: &Proposal, proof: ProofAt<'_>) -> Result<Made> {
    let module = port::route(proposal.port.as_str())?;
    let channel = check_try(ctx, proposal, proof).map_err(wrap("channel handshake open try failed"))?;
    let version = module
        .on_chan_open_try(ctx, proposal.as_new(&channel), &proposal.version)
        .map_err(wrap(callback("try", &proposal.port, &channel)))?;
    count_from_one(ctx, &proposal.port, &channel)?;
    let end = proposal.to_end(ChannelState::TryOpen, &version);
    state::set_channel_end(ctx, &proposal.port, &channel, &end)?;
    event::emit_channel(ctx, Step::OpenTry, &proposal.port, &channel, &end);
    Ok(Made { channel, version })
}

fn check_try(ctx: &mut Ctx, proposal: &Proposal, proof: ProofAt<'_>) -> Result<ChannelId> {
    if proposal.connection_hops.len() != 1 {
        return Err(TOO_MANY_CONNECTION_HOPS.wrap(format!("expected 1, got {}", proposal.connection_hops.len())));
    }
    let made = make_channel_id(ctx)?;
    let connection = proposal.connection(ctx)?;
    refuse_unless_open(&connection)?;
    refuse_order_of_other_versions(&connection, proposal.order)?;
    let proposed = ChannelEnd {
        state: ChannelState::Init,
        ordering: proposal.order,
        counterparty: Counterparty { port: proposal.port.clone(), channel: None },
        connection_hops: connection.counterparty.connection.clone().into_iter().collect(),
        version: proposal.version.clone(),
        upgrade_sequence: 0,
    };
    let channel = proposal.counterparty.channel.as_ref();
    let channel = channel.ok_or_else(|| INVALID_CHANNEL_STATE.wrap("the counterparty's channel is not known"))?;
    let remote = RemoteEnd { port: &proposal.counterparty.port, channel };
    connection::verify_channel_state(ctx, &connection, proof, remote, &proposed)?;
    Ok(made)
}

/// `ChannelOpenAck`
pub(super) fn open_ack(
    ctx: &mut Ctx,
    port: &PortId,
    channel: &ChannelId,
    counterparty_channel: ChannelId,
    counterparty_version: &str,
    proof: ProofAt<'_>,
) -> Result<()> {
    let module = port::route(port.as_str())?;
    let mut end = check_ack(ctx, port, channel, &counterparty_channel, counterparty_version, proof)
        .map_err(wrap("channel handshake open ack failed"))?;
    end.state = ChannelState::Open;
    counterparty_version.clone_into(&mut end.version);
    end.counterparty.channel = Some(counterparty_channel);
    state::set_channel_end(ctx, port, channel, &end)?;
    event::emit_channel(ctx, Step::OpenAck, port, channel, &end);
    module.on_chan_open_ack(ctx, counterparty_version).map_err(wrap(callback("ack", port, channel)))
}

fn check_ack(
    ctx: &mut Ctx,
    port: &PortId,
    channel: &ChannelId,
    counterparty_channel: &ChannelId,
    counterparty_version: &str,
    proof: ProofAt<'_>,
) -> Result<ChannelEnd> {
    let end = end_in(ctx, port, channel, ChannelState::Init, "channel state should be INIT")?;
    let (_, connection) = state::connection_of(ctx, &end)?;
    refuse_unless_open(&connection)?;
    let tried = mirrored(port, channel, &end, &connection, ChannelState::TryOpen, counterparty_version);
    let remote = RemoteEnd { port: &end.counterparty.port, channel: counterparty_channel };
    connection::verify_channel_state(ctx, &connection, proof, remote, &tried)?;
    Ok(end)
}

/// `ChannelOpenConfirm`
pub(super) fn open_confirm(ctx: &mut Ctx, port: &PortId, channel: &ChannelId, proof: ProofAt<'_>) -> Result<()> {
    // Applications have no say in the last step; the port must have one all the same.
    port::route(port.as_str())?;
    let mut end = check_confirm(ctx, port, channel, proof).map_err(wrap("channel handshake open confirm failed"))?;
    end.state = ChannelState::Open;
    state::set_channel_end(ctx, port, channel, &end)?;
    event::emit_channel(ctx, Step::OpenConfirm, port, channel, &end);
    Ok(())
}

fn check_confirm(ctx: &mut Ctx, port: &PortId, channel: &ChannelId, proof: ProofAt<'_>) -> Result<ChannelEnd> {
    let end = end_in(ctx, port, channel, ChannelState::TryOpen, "channel state is not TRYOPEN")?;
    let (_, connection) = state::connection_of(ctx, &end)?;
    refuse_unless_open(&connection)?;
    let open = mirrored(port, channel, &end, &connection, ChannelState::Open, &end.version);
    connection::verify_channel_state(ctx, &connection, proof, close::remote_end(&end)?, &open)?;
    Ok(end)
}

/// The other end of a channel, as it must be on the counterparty.
fn mirrored(
    port: &PortId,
    channel: &ChannelId,
    end: &ChannelEnd,
    connection: &ConnectionEnd,
    state: ChannelState,
    version: &str,
) -> ChannelEnd {
    ChannelEnd {
        state,
        ordering: end.ordering,
        counterparty: Counterparty { port: port.clone(), channel: Some(channel.clone()) },
        connection_hops: connection.counterparty.connection.clone().into_iter().collect(),
        version: version.to_owned(),
        upgrade_sequence: 0,
    }
}

fn end_in(ctx: &mut Ctx, port: &PortId, channel: &ChannelId, state: ChannelState, text: &str) -> Result<ChannelEnd> {
    let unknown = format!("port ID ({port}) channel ID ({channel})");
    let end = state::known_channel_end(ctx, port.as_str(), channel.as_str(), &unknown)?;
    if end.state != state {
        return Err(INVALID_CHANNEL_STATE.wrap(format!("{text} (got {})", send::state_name(end.state))));
    }
    Ok(end)
}

fn callback(step: &str, port: &PortId, channel: &ChannelId) -> String {
    format!("channel open {step} callback failed for port ID: {port}, channel ID: {channel}")
}

/// `GenerateChannelIdentifier`
fn make_channel_id(ctx: &mut Ctx) -> Result<ChannelId> {
    let next = state::next_channel_sequence(ctx)?;
    let id = format_channel(next).parse().map_err(panicked)?;
    state::set_next_channel_sequence(ctx, next.saturating_add(1))?;
    Ok(id)
}

fn count_from_one(ctx: &mut Ctx, port: &PortId, channel: &ChannelId) -> Result<()> {
    state::set_next_sequence_send(ctx, port, channel, Sequence(1))?;
    state::set_next_sequence_recv(ctx, port, channel, Sequence(1))?;
    state::set_next_sequence_ack(ctx, port, channel, Sequence(1))
}

/// A connection carries the orders that its one version names.
fn refuse_order_of_other_versions(connection: &ConnectionEnd, order: Order) -> Result<()> {
    let [version] = connection.versions.as_slice() else {
        let versions: Vec<String> = connection.versions.iter().map(version_text).collect();
        return Err(INVALID_CONNECTION_VERSION.wrap(format!(
            "single version must be negotiated on connection before opening channel, got: [{}]",
            versions.join(" ")
        )));
    };
    let order = order_name(order);
    if version.features.iter().any(|feature| feature == order) {
        return Ok(());
    }
    let text = format!("connection version {} does not support channel ordering: {order}", version_text(version));
    Err(INVALID_CONNECTION_VERSION.wrap(text))
}

/// `Version.String`
fn version_text(version: &Version) -> String {
    let features = version.features.iter().map(|feature| format!("features:\"{feature}\" "));
    [format!("identifier:\"{}\" ", version.identifier)].into_iter().chain(features).collect()
}

impl Proposal {
    fn as_new<'a>(&'a self, channel: &'a ChannelId) -> NewChannel<'a> {
        NewChannel { order: self.order, port: &self.port, channel, counterparty: &self.counterparty }
    }

    fn to_end(&self, state: ChannelState, version: &str) -> ChannelEnd {
        ChannelEnd {
            state,
            ordering: self.order,
            counterparty: self.counterparty.clone(),
            connection_hops: self.connection_hops.clone(),
            version: version.to_owned(),
            upgrade_sequence: 0,
        }
    }

    fn connection(&self, ctx: &mut Ctx) -> Result<ConnectionEnd> {
        let hop = self.connection_hops.first();
        let hop = hop.ok_or_else(|| TOO_MANY_CONNECTION_HOPS.wrap("expected 1, got 0"))?;
        state::known_connection(ctx, hop)
    }
}

#[cfg(test)]
mod tests;
