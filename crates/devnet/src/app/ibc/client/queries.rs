//! Queries of `ibc.core.client.v1` (`02-client/keeper/grpc_query.go`). Proofs are left empty, as ibc-go leaves them.

use std::sync::Arc;

use proto::Message;
use proto::cosmos::base::query::v1beta1::{PageRequest, PageResponse};
use proto::google::protobuf::Any;
use proto::ibc::core::client::v1 as raw;
use types::Height;

use super::error::client;
use super::host::check_client_id;
use super::route::status_text;
use super::store::{self, client_key};
use super::{latest_height_of, plan, status_of};
use crate::app::context::{Ctx, store::IBC};
use crate::app::error::{AppError, Result};
use crate::app::kind::{Code, QueryKind, Status, read_request};
use crate::app::paging::paginate;

type Entries = Vec<(Vec<u8>, Arc<[u8]>)>;

pub(super) const ALL: &[QueryKind] = &[
    QueryKind { path: "/ibc.core.client.v1.Query/ClientState", answer: client_state },
    QueryKind { path: "/ibc.core.client.v1.Query/ClientStates", answer: client_states },
    QueryKind { path: "/ibc.core.client.v1.Query/ConsensusState", answer: consensus_state },
    QueryKind { path: "/ibc.core.client.v1.Query/ConsensusStates", answer: consensus_states },
    QueryKind { path: "/ibc.core.client.v1.Query/ConsensusStateHeights", answer: consensus_state_heights },
    QueryKind { path: "/ibc.core.client.v1.Query/ClientStatus", answer: client_status },
    QueryKind { path: "/ibc.core.client.v1.Query/ClientParams", answer: client_params },
    QueryKind { path: "/ibc.core.client.v1.Query/ClientCreator", answer: client_creator },
    QueryKind { path: "/ibc.core.client.v1.Query/UpgradedClientState", answer: upgraded_client_state },
    QueryKind { path: "/ibc.core.client.v1.Query/UpgradedConsensusState", answer: upgraded_consensus_state },
];

fn client_state(ctx: &mut Ctx, request: &[u8]) -> Result<Vec<u8>, Status> {
    let raw::QueryClientStateRequest { client_id } = read_request(request)?;
    check_id(&client_id)?;
    let state = store::client_state(ctx, &client_id)?;
    let state = state.ok_or_else(|| not_found(&client::CLIENT_NOT_FOUND.wrap(client_id)))?;
    let proof_height = Some(ctx.self_height().into());
    let response = raw::QueryClientStateResponse { client_state: Some(state), proof: Vec::new(), proof_height };
    Ok(response.encode_to_vec())
}

fn client_states(ctx: &mut Ctx, request: &[u8]) -> Result<Vec<u8>, Status> {
    let raw::QueryClientStatesRequest { pagination } = read_request(request)?;
    let prefix = b"clients";
    let mut entries = ctx.with_prefix(IBC, prefix)?;
    entries.retain(|(key, _)| key.ends_with(b"/clientState"));
    let (page, pagination) = paginate_all(entries, prefix.len(), pagination)?;
    let mut client_states = page.into_iter().map(identified).collect::<Result<Vec<_>, _>>()?;
    client_states.sort_by(|a, b| a.client_id.cmp(&b.client_id));
    Ok(raw::QueryClientStatesResponse { client_states, pagination: Some(pagination) }.encode_to_vec())
}

/// `clients/{id}/clientState` and its value.
fn identified((key, value): (Vec<u8>, Arc<[u8]>)) -> Result<raw::IdentifiedClientState, Status> {
    let key = String::from_utf8_lossy(&key);
    let client_id = key.split('/').nth(1).unwrap_or_default().to_owned();
    Ok(raw::IdentifiedClientState { client_id, client_state: Some(any(&value)?) })
}

fn consensus_state(ctx: &mut Ctx, request: &[u8]) -> Result<Vec<u8>, Status> {
    let request: raw::QueryConsensusStateRequest = read_request(request)?;
    let client_id = request.client_id;
    check_id(&client_id)?;
    let height = Height { revision_number: request.revision_number, revision_height: request.revision_height };
    let asked = if request.latest_height {
        latest_height_of(ctx, &client_id)?
    } else if height.revision_height == 0 {
        return Err(Status::new(Code::InvalidArgument, "consensus state height cannot be 0"));
    } else {
        height
    };
    let state = store::consensus_state(ctx, &client_id, asked)?.ok_or_else(|| {
        let text = format!("client-id: {client_id}, height: {height}");
        not_found(&client::CONSENSUS_STATE_NOT_FOUND.wrap(text))
    })?;
    let proof_height = Some(ctx.self_height().into());
    let response = raw::QueryConsensusStateResponse { consensus_state: Some(state), proof: Vec::new(), proof_height };
    Ok(response.encode_to_vec())
}

fn consensus_states(ctx: &mut Ctx, request: &[u8]) -> Result<Vec<u8>, Status> {
    let raw::QueryConsensusStatesRequest { client_id, pagination } = read_request(request)?;
    let (page, pagination) = consensus_page(ctx, &client_id, pagination)?;
    let with_height = |(height, value): (Height, Arc<[u8]>)| -> Result<_, Status> {
        Ok(raw::ConsensusStateWithHeight { height: Some(height.into()), consensus_state: Some(any(&value)?) })
    };
    let consensus_states = page.into_iter().map(with_height).collect::<Result<_, _>>()?;
    Ok(raw::QueryConsensusStatesResponse { consensus_states, pagination: Some(pagination) }.encode_to_vec())
}

fn consensus_state_heights(ctx: &mut Ctx, request: &[u8]) -> Result<Vec<u8>, Status> {
    let raw::QueryConsensusStateHeightsRequest { client_id, pagination } = read_request(request)?;
    let (page, pagination) = consensus_page(ctx, &client_id, pagination)?;
    let consensus_state_heights = page.into_iter().map(|(height, _)| height.into()).collect();
    let response = raw::QueryConsensusStateHeightsResponse { consensus_state_heights, pagination: Some(pagination) };
    Ok(response.encode_to_vec())
}

type ConsensusPage = (Vec<(Height, Arc<[u8]>)>, PageResponse);

/// A page of a client's consensus states, in the order of their keys' text.
fn consensus_page(ctx: &mut Ctx, client: &str, request: Option<PageRequest>) -> Result<ConsensusPage, Status> {
    check_id(client)?;
    let prefix = client_key(client, "consensusStates/");
    let mut entries = ctx.with_prefix(IBC, &prefix)?;
    // Under longer keys stands when a state came.
    entries.retain(|(key, _)| !key[prefix.len()..].contains(&b'/'));
    let (page, response) = paginate_all(entries, prefix.len(), request)?;
    let with_height = |(key, value): (Vec<u8>, Arc<[u8]>)| -> Result<_, Status> {
        let height = String::from_utf8_lossy(&key[prefix.len()..]);
        Ok((height.parse().map_err(|error| Status::new(Code::Unknown, error))?, value))
    };
    Ok((page.into_iter().map(with_height).collect::<Result<_, _>>()?, response))
}

/// The SDK's `FilteredPaginate` as ibc-go uses it: without a key to start from, everything that was looked at is
/// given, not only the page. That is all there is where the total is asked for, and one entry too many otherwise.
fn paginate_all(
    entries: Entries,
    prefix_len: usize,
    request: Option<PageRequest>,
) -> Result<(Entries, PageResponse), Status> {
    let asked = request.clone().unwrap_or_default();
    let (page, response) = paginate(entries.clone(), prefix_len, request)?;
    if !asked.key.is_empty() {
        return Ok((page, response));
    }
    let mut looked_at = entries;
    if asked.reverse {
        looked_at.reverse();
    }
    if asked.limit != 0 && !asked.count_total {
        let end = asked.offset.saturating_add(asked.limit).saturating_add(1);
        looked_at.truncate(usize::try_from(end).unwrap_or(usize::MAX));
    }
    Ok((looked_at, response))
}

fn client_status(ctx: &mut Ctx, request: &[u8]) -> Result<Vec<u8>, Status> {
    let raw::QueryClientStatusRequest { client_id } = read_request(request)?;
    check_id(&client_id)?;
    let status = status_text(status_of(ctx, &client_id)?).to_owned();
    Ok(raw::QueryClientStatusResponse { status }.encode_to_vec())
}

fn client_params(ctx: &mut Ctx, _request: &[u8]) -> Result<Vec<u8>, Status> {
    let params = Some(store::params(ctx)?);
    Ok(raw::QueryClientParamsResponse { params }.encode_to_vec())
}

/// Of ibc-go v10; request and response have the one field of those of `ClientStatus`.
fn client_creator(ctx: &mut Ctx, request: &[u8]) -> Result<Vec<u8>, Status> {
    let raw::QueryClientStatusRequest { client_id } = read_request(request)?;
    check_id(&client_id)?;
    let creator = store::creator(ctx, &client_id)?.map(|creator| ctx.text_of(&creator));
    let mut response = Vec::new();
    if let Some(creator) = creator {
        prost::encoding::string::encode(1, &creator, &mut response);
    }
    Ok(response)
}

fn upgraded_client_state(ctx: &mut Ctx, _request: &[u8]) -> Result<Vec<u8>, Status> {
    let state = plan::upgraded_client(ctx).map_err(|error| not_found(&error))?;
    Ok(raw::QueryUpgradedClientStateResponse { upgraded_client_state: Some(state) }.encode_to_vec())
}

fn upgraded_consensus_state(ctx: &mut Ctx, _request: &[u8]) -> Result<Vec<u8>, Status> {
    let height = ctx.block.height;
    let state = plan::upgraded_consensus_state(ctx, height)
        .map_err(|error| Status::new(Code::NotFound, format!("{error}, height {height}")))?;
    Ok(raw::QueryUpgradedConsensusStateResponse { upgraded_consensus_state: Some(state) }.encode_to_vec())
}

fn check_id(client: &str) -> Result<(), Status> {
    check_client_id(client).map_err(|error| Status::new(Code::InvalidArgument, error))
}

fn not_found(error: &AppError) -> Status {
    Status::new(Code::NotFound, error)
}

fn any(bytes: &[u8]) -> Result<Any, Status> {
    Any::decode(bytes).map_err(|error| Status::new(Code::Unknown, error))
}
