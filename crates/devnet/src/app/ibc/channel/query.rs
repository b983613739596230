//! The queries of `ibc.core.channel.v1` (`04-channel/keeper/grpc_query.go`): here those of channel ends, in
//! [`packets`] those of packets.

use std::sync::Arc;

use proto::Message;
use proto::google::protobuf::Any;
use proto::ibc::core::channel::v1 as raw;
use proto::ibc::core::client::v1::{Height as RawHeight, IdentifiedClientState};
use types::{ChannelEnd, ConnectionEnd, Height, host};

use super::errors::{
    CHANNEL_NOT_FOUND, CLIENT_NOT_FOUND, CONNECTION_NOT_FOUND, CONSENSUS_STATE_NOT_FOUND, SEQUENCE_RECEIVE_NOT_FOUND,
    SEQUENCE_SEND_NOT_FOUND,
};
use super::identifier::{parse_channel_path, validate_channel, validate_connection, validate_port};
use super::{STORE, state};
use crate::app::context::Ctx;
use crate::app::error::AppError;
use crate::app::kind::{Code, QueryKind, Status, read_request};
use crate::app::paging::paginate;

mod packets;

type Answer = Result<Vec<u8>, Status>;
type Entry = (Vec<u8>, Arc<[u8]>);

const CHANNEL_ENDS: &[u8] = b"channelEnds";

/// Queries of `ibc.core.channel.v1`.
pub const QUERIES: &[QueryKind] = &[
    QueryKind { path: "/ibc.core.channel.v1.Query/Channel", answer: channel },
    QueryKind { path: "/ibc.core.channel.v1.Query/Channels", answer: channels },
    QueryKind { path: "/ibc.core.channel.v1.Query/ConnectionChannels", answer: connection_channels },
    QueryKind { path: "/ibc.core.channel.v1.Query/ChannelClientState", answer: channel_client_state },
    QueryKind { path: "/ibc.core.channel.v1.Query/ChannelConsensusState", answer: channel_consensus_state },
    QueryKind { path: "/ibc.core.channel.v1.Query/PacketCommitment", answer: packets::commitment },
    QueryKind { path: "/ibc.core.channel.v1.Query/PacketCommitments", answer: packets::commitments },
    QueryKind { path: "/ibc.core.channel.v1.Query/PacketReceipt", answer: packets::receipt },
    QueryKind { path: "/ibc.core.channel.v1.Query/PacketAcknowledgement", answer: packets::acknowledgement },
    QueryKind { path: "/ibc.core.channel.v1.Query/PacketAcknowledgements", answer: packets::acknowledgements },
    QueryKind { path: "/ibc.core.channel.v1.Query/UnreceivedPackets", answer: packets::unreceived_packets },
    QueryKind { path: "/ibc.core.channel.v1.Query/UnreceivedAcks", answer: packets::unreceived_acks },
    QueryKind { path: "/ibc.core.channel.v1.Query/NextSequenceReceive", answer: next_sequence_receive },
    QueryKind { path: "/ibc.core.channel.v1.Query/NextSequenceSend", answer: next_sequence_send },
];

fn channel(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let raw::QueryChannelRequest { port_id, channel_id } = read_request(request)?;
    let end = channel_end(ctx, &port_id, &channel_id)?;
    let response =
        raw::QueryChannelResponse { channel: Some(end.into()), proof: Vec::new(), proof_height: self_height(ctx) };
    Ok(response.encode_to_vec())
}

fn channels(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: raw::QueryChannelsRequest = read_request(request)?;
    let kept = ctx.with_prefix(STORE, CHANNEL_ENDS)?;
    let (page, pagination) = paginate(kept, CHANNEL_ENDS.len(), request.pagination)?;
    let channels = page.iter().map(identified).collect::<Result<_, _>>()?;
    let response = raw::QueryChannelsResponse { channels, pagination: Some(pagination), height: self_height(ctx) };
    Ok(response.encode_to_vec())
}

fn connection_channels(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: raw::QueryConnectionChannelsRequest = read_request(request)?;
    validate_connection(&request.connection).map_err(invalid)?;
    let mut kept = Vec::new();
    for entry in ctx.with_prefix(STORE, CHANNEL_ENDS)? {
        if identified(&entry)?.connection_hops.first() == Some(&request.connection) {
            kept.push(entry);
        }
    }
    let (page, pagination) = paginate(kept, CHANNEL_ENDS.len(), request.pagination)?;
    let channels = page.iter().map(identified).collect::<Result<_, _>>()?;
    let response =
        raw::QueryConnectionChannelsResponse { channels, pagination: Some(pagination), height: self_height(ctx) };
    Ok(response.encode_to_vec())
}

fn identified((key, value): &Entry) -> Result<raw::IdentifiedChannel, Status> {
    let unreadable = |error: &dyn ToString| Status::new(Code::Unknown, error.to_string());
    let end = raw::Channel::decode(&**value).map_err(|error| unreadable(&error))?;
    let path = String::from_utf8_lossy(key);
    let (port, channel) = parse_channel_path(&path).map_err(|error| unreadable(&error))?;
    Ok(raw::IdentifiedChannel {
        state: end.state,
        ordering: end.ordering,
        counterparty: end.counterparty,
        connection_hops: end.connection_hops,
        version: end.version,
        port_id: port.to_owned(),
        channel_id: channel.to_owned(),
        upgrade_sequence: 0,
    })
}

fn channel_client_state(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let raw::QueryChannelClientStateRequest { port_id, channel_id } = read_request(request)?;
    validate(&port_id, &channel_id)?;
    let text = format!("port-id: {port_id}, channel-id: {channel_id}");
    let end = state::channel_end(ctx, &port_id, &channel_id)?;
    let end = end.ok_or_else(|| not_found(CHANNEL_NOT_FOUND.wrap(text)))?;
    let connection = connection(ctx, &end)?;
    let client_state = stored_any(ctx, host::client_state_key(&connection.client).as_bytes())?
        .ok_or_else(|| not_found(CLIENT_NOT_FOUND.wrap(format!("client-id: {}", connection.client))))?;
    let identified = IdentifiedClientState { client_id: connection.client.into(), client_state: Some(client_state) };
    let response = raw::QueryChannelClientStateResponse {
        identified_client_state: Some(identified),
        proof: Vec::new(),
        proof_height: self_height(ctx),
    };
    Ok(response.encode_to_vec())
}

fn channel_consensus_state(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: raw::QueryChannelConsensusStateRequest = read_request(request)?;
    let end = channel_end(ctx, &request.port_id, &request.channel_id)?;
    let connection = connection(ctx, &end)?;
    let height = Height { revision_number: request.revision_number, revision_height: request.revision_height };
    let consensus_state = stored_any(ctx, host::consensus_state_key(&connection.client, height).as_bytes())?
        .ok_or_else(|| not_found(CONSENSUS_STATE_NOT_FOUND.wrap(format!("client-id: {}", connection.client))))?;
    let response = raw::QueryChannelConsensusStateResponse {
        consensus_state: Some(consensus_state),
        client_id: connection.client.into(),
        proof: Vec::new(),
        proof_height: self_height(ctx),
    };
    Ok(response.encode_to_vec())
}

fn connection(ctx: &mut Ctx, end: &ChannelEnd) -> Result<ConnectionEnd, Status> {
    state::connection_of(ctx, end).map(|(_, connection)| connection).map_err(|error| {
        if error.is(CONNECTION_NOT_FOUND) { not_found(error.wrap("connection-id")) } else { error.into() }
    })
}

fn stored_any(ctx: &mut Ctx, key: &[u8]) -> Result<Option<Any>, Status> {
    let Some(bytes) = ctx.get(STORE, key)? else { return Ok(None) };
    Any::decode(&*bytes).map(Some).map_err(|error| Status::new(Code::Internal, error))
}

/// Ordered channels only count what they receive.
fn next_sequence_receive(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let raw::QueryNextSequenceReceiveRequest { port_id, channel_id } = read_request(request)?;
    let end = channel_end(ctx, &port_id, &channel_id)?;
    let next = match end.ordering {
        types::Order::Unordered => 0,
        types::Order::Ordered => {
            let (port, channel) = parsed(&port_id, &channel_id)?;
            let unknown = || SEQUENCE_RECEIVE_NOT_FOUND.wrap(format!("port-id: {port_id}, channel-id {channel_id}"));
            state::next_sequence_recv(ctx, &port, &channel)?.ok_or_else(|| not_found(unknown()))?.0
        }
    };
    let response = raw::QueryNextSequenceReceiveResponse {
        next_sequence_receive: next,
        proof: Vec::new(),
        proof_height: self_height(ctx),
    };
    Ok(response.encode_to_vec())
}

fn next_sequence_send(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let raw::QueryNextSequenceSendRequest { port_id, channel_id } = read_request(request)?;
    validate(&port_id, &channel_id)?;
    let (port, channel) = parsed(&port_id, &channel_id)?;
    let unknown = || SEQUENCE_SEND_NOT_FOUND.wrap(format!("port-id: {port_id}, channel-id {channel_id}"));
    let next = state::next_sequence_send(ctx, &port, &channel)?.ok_or_else(|| not_found(unknown()))?;
    let response = raw::QueryNextSequenceSendResponse {
        next_sequence_send: next.0,
        proof: Vec::new(),
        proof_height: self_height(ctx),
    };
    Ok(response.encode_to_vec())
}

/// The end that a request names.
fn channel_end(ctx: &mut Ctx, port: &str, channel: &str) -> Result<ChannelEnd, Status> {
    validate(port, channel)?;
    state::channel_end(ctx, port, channel)?
        .ok_or_else(|| not_found(CHANNEL_NOT_FOUND.wrap(format!("port-id: {port}, channel-id {channel}"))))
}

/// ibc-go `internal/validate`, `GRPCRequest`
fn validate(port: &str, channel: &str) -> Result<(), Status> {
    validate_port(port).map_err(invalid)?;
    validate_channel(channel).map_err(invalid)
}

fn parsed(port: &str, channel: &str) -> Result<(types::PortId, types::ChannelId), Status> {
    Ok((port.parse().map_err(invalid)?, channel.parse().map_err(invalid)?))
}

fn invalid(error: impl ToString) -> Status {
    Status::new(Code::InvalidArgument, error)
}

fn not_found(error: AppError) -> Status {
    Status::new(Code::NotFound, error)
}

fn self_height(ctx: &Ctx) -> Option<RawHeight> {
    Some(ctx.self_height().into())
}

#[cfg(test)]
mod tests;
