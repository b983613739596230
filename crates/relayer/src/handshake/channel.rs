//! ICS-04: the messages of a channel's four steps, and of the two that close it (ibc-go
//! `04-channel/keeper/handshake.go`).

use engine::Message;
use proto::ibc::core::channel::v1::Channel as RawChannel;
use types::channel::ChannelState;
use types::message::{
    MsgChannelCloseConfirm, MsgChannelCloseInit, MsgChannelOpenAck, MsgChannelOpenConfirm, MsgChannelOpenInit,
    MsgChannelOpenTry,
};
use types::{ChannelEnd, ChannelId, ConnectionId, Order, PortId, host};

use super::pair::ProvenEnd;
use super::{HandshakeError, Pair};
use crate::chain::Chain;
use crate::message;

/// A channel end by name.
pub(crate) type EndName = (PortId, ChannelId);

/// `ChanOpenInit`: begins a channel on the host.
pub(crate) fn init(
    host: &Chain,
    connection: &ConnectionId,
    port: &PortId,
    counterparty_port: &PortId,
    ordering: Order,
    version: &str,
) -> Vec<Message> {
    vec![message(MsgChannelOpenInit {
        port: port.clone(),
        ordering,
        connection: connection.clone(),
        counterparty_port: counterparty_port.clone(),
        version: version.to_owned(),
        signer: host.signer(),
    })]
}

/// `ChanOpenTry`: answers on the host's `connection` what the counterparty began, as its proven end says it.
pub(crate) async fn attempt(
    pair: Pair<'_>,
    connection: &ConnectionId,
    counterparty: &EndName,
) -> Result<Vec<Message>, HandshakeError> {
    let proven = prove(pair, counterparty, ChannelState::Init, "chan-open-try").await?;
    let mut messages = proven.updates;
    messages.push(message(MsgChannelOpenTry {
        port: proven.end.counterparty.port,
        ordering: proven.end.ordering,
        connection: connection.clone(),
        counterparty_port: counterparty.0.clone(),
        counterparty_channel: counterparty.1.clone(),
        counterparty_version: proven.end.version,
        proof: proven.proof,
        signer: pair.host.signer(),
    }));
    Ok(messages)
}

/// `ChanOpenAck`: opens the host's end, which began, since the counterparty's end answers it.
pub(crate) async fn ack(pair: Pair<'_>, end: &EndName, counterparty: &EndName) -> Result<Vec<Message>, HandshakeError> {
    let proven = prove(pair, counterparty, ChannelState::TryOpen, "chan-open-ack").await?;
    let mut messages = proven.updates;
    messages.push(message(MsgChannelOpenAck {
        port: end.0.clone(),
        channel: end.1.clone(),
        counterparty_channel: counterparty.1.clone(),
        counterparty_version: proven.end.version,
        proof: proven.proof,
        signer: pair.host.signer(),
    }));
    Ok(messages)
}

/// `ChanOpenConfirm`: opens the host's end, which answered, since the counterparty's end is open.
pub(crate) async fn confirm(
    pair: Pair<'_>,
    end: &EndName,
    counterparty: &EndName,
) -> Result<Vec<Message>, HandshakeError> {
    let proven = prove(pair, counterparty, ChannelState::Open, "chan-open-confirm").await?;
    let mut messages = proven.updates;
    messages.push(message(MsgChannelOpenConfirm {
        port: end.0.clone(),
        channel: end.1.clone(),
        proof: proven.proof,
        signer: pair.host.signer(),
    }));
    Ok(messages)
}

/// `ChanCloseInit`: closes the host's end, where its application allows it.
pub(crate) fn close_init(host: &Chain, end: &EndName) -> Vec<Message> {
    vec![message(MsgChannelCloseInit { port: end.0.clone(), channel: end.1.clone(), signer: host.signer() })]
}

/// `ChanCloseConfirm`: closes the host's end, since the counterparty's end is closed.
pub(crate) async fn close_confirm(
    pair: Pair<'_>,
    end: &EndName,
    counterparty: &EndName,
) -> Result<Vec<Message>, HandshakeError> {
    let proven = prove(pair, counterparty, ChannelState::Closed, "chan-close-confirm").await?;
    let mut messages = proven.updates;
    messages.push(message(MsgChannelCloseConfirm {
        port: end.0.clone(),
        channel: end.1.clone(),
        proof: proven.proof,
        counterparty_upgrade_sequence: proven.end.upgrade_sequence,
        signer: pair.host.signer(),
    }));
    Ok(messages)
}

async fn prove(
    pair: Pair<'_>,
    (port, channel): &EndName,
    needed: ChannelState,
    step: &'static str,
) -> Result<ProvenEnd<ChannelEnd>, HandshakeError> {
    let proven = pair.prove::<RawChannel, ChannelEnd>(host::channel_end_key(port, channel)).await?;
    if proven.end.state == needed {
        return Ok(proven);
    }
    Err(HandshakeError::State {
        chain: pair.proving.id.clone(),
        end: format!("channel {port}/{channel}"),
        found: proven.end.state.to_string(),
        needed: match needed {
            ChannelState::Init => "init",
            ChannelState::TryOpen => "try_open",
            ChannelState::Closed => "closed",
            ChannelState::Open | ChannelState::Flushing | ChannelState::FlushComplete => "open",
        },
        step,
    })
}
