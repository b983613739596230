//! Queries of `ibc.core.connection.v1` (`03-connection/keeper/grpc_query.go`). Proofs are left empty, as ibc-go leaves
//! them.

use std::sync::Arc;

use proto::Message;
use proto::ibc::core::client::v1::IdentifiedClientState;
use proto::ibc::core::connection::v1 as raw;
use types::Height;

use super::error::{CLIENT_CONNECTION_PATHS_NOT_FOUND, CONNECTION_NOT_FOUND};
use super::store;
use crate::app::context::{Ctx, store::IBC};
use crate::app::error::{AppError, Result};
use crate::app::ibc::client::error::client;
use crate::app::ibc::client::host::{check_client_id, check_connection_id};
use crate::app::ibc::client::store as clients;
use crate::app::kind::{Code, QueryKind, Status, read_request};
use crate::app::paging::paginate;

pub(super) const ALL: &[QueryKind] = &[
    QueryKind { path: "/ibc.core.connection.v1.Query/Connection", answer: connection },
    QueryKind { path: "/ibc.core.connection.v1.Query/Connections", answer: connections },
    QueryKind { path: "/ibc.core.connection.v1.Query/ClientConnections", answer: client_connections },
    QueryKind { path: "/ibc.core.connection.v1.Query/ConnectionClientState", answer: connection_client_state },
    QueryKind { path: "/ibc.core.connection.v1.Query/ConnectionConsensusState", answer: connection_consensus_state },
    QueryKind { path: "/ibc.core.connection.v1.Query/ConnectionParams", answer: connection_params },
];

fn connection(ctx: &mut Ctx, request: &[u8]) -> Result<Vec<u8>, Status> {
    let raw::QueryConnectionRequest { connection_id } = read_request(request)?;
    check_connection_id(&connection_id).map_err(|error| invalid(&error))?;
    let end = store::find(ctx, &connection_id)?;
    let end = end.ok_or_else(|| not_found(&CONNECTION_NOT_FOUND.wrap(connection_id)))?;
    let proof_height = Some(ctx.self_height().into());
    Ok(raw::QueryConnectionResponse { connection: Some(end), proof: Vec::new(), proof_height }.encode_to_vec())
}

fn connections(ctx: &mut Ctx, request: &[u8]) -> Result<Vec<u8>, Status> {
    let raw::QueryConnectionsRequest { pagination } = read_request(request)?;
    let prefix = b"connections";
    let (page, pagination) = paginate(ctx.with_prefix(IBC, prefix)?, prefix.len(), pagination)?;
    let connections = page.into_iter().map(identified).collect::<Result<_, _>>()?;
    let height = Some(ctx.self_height().into());
    Ok(raw::QueryConnectionsResponse { connections, pagination: Some(pagination), height }.encode_to_vec())
}

/// `connections/{id}` and its value.
fn identified((key, value): (Vec<u8>, Arc<[u8]>)) -> Result<raw::IdentifiedConnection, Status> {
    let key = String::from_utf8_lossy(&key);
    let end = raw::ConnectionEnd::decode(&*value).map_err(|error| Status::new(Code::Unknown, error))?;
    Ok(raw::IdentifiedConnection {
        id: key.split('/').nth(1).unwrap_or_default().to_owned(),
        client_id: end.client_id,
        versions: end.versions,
        state: end.state,
        counterparty: end.counterparty,
        delay_period: end.delay_period,
    })
}

fn client_connections(ctx: &mut Ctx, request: &[u8]) -> Result<Vec<u8>, Status> {
    let raw::QueryClientConnectionsRequest { client_id } = read_request(request)?;
    check_client_id(&client_id).map_err(|error| invalid(&error))?;
    let paths = store::client_paths(ctx, &client_id)?;
    let connection_paths = paths.ok_or_else(|| not_found(&CLIENT_CONNECTION_PATHS_NOT_FOUND.wrap(client_id)))?;
    let proof_height = Some(ctx.self_height().into());
    let response = raw::QueryClientConnectionsResponse { connection_paths, proof: Vec::new(), proof_height };
    Ok(response.encode_to_vec())
}

fn connection_client_state(ctx: &mut Ctx, request: &[u8]) -> Result<Vec<u8>, Status> {
    let raw::QueryConnectionClientStateRequest { connection_id } = read_request(request)?;
    let client_id = client_of(ctx, &connection_id)?;
    let state = clients::client_state(ctx, &client_id)?.ok_or_else(|| client_missing(&client_id))?;
    let response = raw::QueryConnectionClientStateResponse {
        identified_client_state: Some(IdentifiedClientState { client_id, client_state: Some(state) }),
        proof: Vec::new(),
        proof_height: Some(ctx.self_height().into()),
    };
    Ok(response.encode_to_vec())
}

fn connection_consensus_state(ctx: &mut Ctx, request: &[u8]) -> Result<Vec<u8>, Status> {
    let request: raw::QueryConnectionConsensusStateRequest = read_request(request)?;
    let client_id = client_of(ctx, &request.connection_id)?;
    let height = Height { revision_number: request.revision_number, revision_height: request.revision_height };
    let state = clients::consensus_state(ctx, &client_id, height)?;
    let missing = || not_found(&client::CONSENSUS_STATE_NOT_FOUND.wrap(format!("client-id: {client_id}")));
    let response = raw::QueryConnectionConsensusStateResponse {
        consensus_state: Some(state.ok_or_else(missing)?),
        client_id,
        proof: Vec::new(),
        proof_height: Some(ctx.self_height().into()),
    };
    Ok(response.encode_to_vec())
}

/// The client that a connection rests on.
fn client_of(ctx: &mut Ctx, connection: &str) -> Result<String, Status> {
    check_connection_id(connection).map_err(|error| invalid(&error))?;
    let missing = || not_found(&CONNECTION_NOT_FOUND.wrap(format!("connection-id: {connection}")));
    Ok(store::find(ctx, connection)?.ok_or_else(missing)?.client_id)
}

fn client_missing(client: &str) -> Status {
    not_found(&client::CLIENT_NOT_FOUND.wrap(format!("client-id: {client}")))
}

fn connection_params(ctx: &mut Ctx, _request: &[u8]) -> Result<Vec<u8>, Status> {
    let params = Some(store::params(ctx)?);
    Ok(raw::QueryConnectionParamsResponse { params }.encode_to_vec())
}

fn invalid(error: &AppError) -> Status {
    Status::new(Code::InvalidArgument, error)
}

fn not_found(error: &AppError) -> Status {
    Status::new(Code::NotFound, error)
}
