//! The queries of `ibc.applications.transfer.v1` (`keeper/grpc_query.go`). ibc-go v10 asks for denominations where
//! versions before it asked for traces.

use prost::Message;
use proto::cosmos::base::query::v1beta1::{PageRequest, PageResponse};
use proto::cosmos::base::v1beta1::Coin as RawCoin;
use proto::ibc::applications::transfer::v1::{
    QueryDenomHashRequest, QueryDenomHashResponse, QueryEscrowAddressRequest, QueryEscrowAddressResponse,
    QueryParamsResponse, QueryTotalEscrowForDenomRequest, QueryTotalEscrowForDenomResponse,
};

use super::denom::{Denom, parse_hash};
use super::errors::DENOM_NOT_FOUND;
use super::state;
use crate::app::bank::coin::is_denom;
use crate::app::context::{Ctx, store};
use crate::app::error::AppError;
use crate::app::ibc::channel;
use crate::app::ibc::channel::errors::CHANNEL_NOT_FOUND;
use crate::app::ibc::channel::identifier::{validate_channel, validate_port};
use crate::app::kind::{Code, QueryKind, Status, read_request};
use crate::app::paging::paginate;

/// Queries of `ibc.applications.transfer.v1`.
pub const QUERIES: &[QueryKind] = &[
    QueryKind { path: "/ibc.applications.transfer.v1.Query/Params", answer: params },
    QueryKind { path: "/ibc.applications.transfer.v1.Query/Denoms", answer: denoms },
    QueryKind { path: "/ibc.applications.transfer.v1.Query/Denom", answer: denom },
    QueryKind { path: "/ibc.applications.transfer.v1.Query/DenomHash", answer: denom_hash },
    QueryKind { path: "/ibc.applications.transfer.v1.Query/EscrowAddress", answer: escrow_address },
    QueryKind { path: "/ibc.applications.transfer.v1.Query/TotalEscrowForDenom", answer: total_escrow },
];

/// ibc-go v10 `QueryDenomRequest`
#[derive(Clone, PartialEq, Message)]
struct DenomRequest {
    #[prost(string, tag = "1")]
    hash: String,
}

/// ibc-go v10 `QueryDenomResponse`
#[derive(Clone, PartialEq, Message)]
struct DenomResponse {
    #[prost(message, optional, tag = "1")]
    denom: Option<Denom>,
}

/// ibc-go v10 `QueryDenomsRequest`
#[derive(Clone, PartialEq, Message)]
struct DenomsRequest {
    #[prost(message, optional, tag = "1")]
    pagination: Option<PageRequest>,
}

/// ibc-go v10 `QueryDenomsResponse`
#[derive(Clone, PartialEq, Message)]
struct DenomsResponse {
    #[prost(message, repeated, tag = "1")]
    denoms: Vec<Denom>,
    #[prost(message, optional, tag = "2")]
    pagination: Option<PageResponse>,
}

fn params(ctx: &mut Ctx, _request: &[u8]) -> Result<Vec<u8>, Status> {
    Ok(QueryParamsResponse { params: Some(state::params(ctx)?) }.encode_to_vec())
}

fn denoms(ctx: &mut Ctx, request: &[u8]) -> Result<Vec<u8>, Status> {
    let request: DenomsRequest = read_request(request)?;
    let kept = ctx.with_prefix(store::TRANSFER, state::DENOM_PREFIX)?;
    let (page, pagination) = paginate(kept, state::DENOM_PREFIX.len(), request.pagination)?;
    let read = |(_, value): (Vec<u8>, std::sync::Arc<[u8]>)| Denom::decode(&*value);
    let mut denoms: Vec<Denom> =
        page.into_iter().map(read).collect::<Result<_, _>>().map_err(|error| Status::new(Code::Unknown, error))?;
    denoms.sort_by_cached_key(|denom| (denom.base.clone(), denom.trace.len(), denom.path()));
    Ok(DenomsResponse { denoms, pagination: Some(pagination) }.encode_to_vec())
}

fn denom(ctx: &mut Ctx, request: &[u8]) -> Result<Vec<u8>, Status> {
    let request: DenomRequest = read_request(request)?;
    let hash = parse_hash(request.hash.strip_prefix("ibc/").unwrap_or(&request.hash))
        .map_err(|error| invalid(format!("invalid denom trace hash: , error: {error}")))?;
    let denom = state::denom_by_hash(ctx, &hash)?.ok_or_else(|| not_found(DENOM_NOT_FOUND.wrap(&request.hash)))?;
    Ok(DenomResponse { denom: Some(denom) }.encode_to_vec())
}

fn denom_hash(ctx: &mut Ctx, request: &[u8]) -> Result<Vec<u8>, Status> {
    let request: QueryDenomHashRequest = read_request(request)?;
    let denom = Denom::from_path(&request.trace);
    denom.validate().map_err(invalid)?;
    if !state::has_denom(ctx, &denom)? {
        return Err(not_found(DENOM_NOT_FOUND.wrap(&request.trace)));
    }
    Ok(QueryDenomHashResponse { hash: hex::encode_upper(denom.hash()) }.encode_to_vec())
}

fn escrow_address(ctx: &mut Ctx, request: &[u8]) -> Result<Vec<u8>, Status> {
    let QueryEscrowAddressRequest { port_id, channel_id } = read_request(request)?;
    validate_port(&port_id).map_err(invalid)?;
    validate_channel(&channel_id).map_err(invalid)?;
    if channel::channel_end(ctx, &port_id, &channel_id)?.is_none() {
        return Err(not_found(CHANNEL_NOT_FOUND.wrap(format!("port ID ({port_id}) channel ID ({channel_id})"))));
    }
    let escrow_address = ctx.text_of(&state::escrow_address(&port_id, &channel_id));
    Ok(QueryEscrowAddressResponse { escrow_address }.encode_to_vec())
}

fn total_escrow(ctx: &mut Ctx, request: &[u8]) -> Result<Vec<u8>, Status> {
    let QueryTotalEscrowForDenomRequest { denom } = read_request(request)?;
    if !is_denom(&denom) {
        return Err(invalid(format!("invalid denom: {denom}")));
    }
    let amount = state::total_escrow(ctx, &denom)?.to_string();
    Ok(QueryTotalEscrowForDenomResponse { amount: Some(RawCoin { denom, amount }) }.encode_to_vec())
}

fn invalid(error: impl ToString) -> Status {
    Status::new(Code::InvalidArgument, error)
}

fn not_found(error: AppError) -> Status {
    Status::new(Code::NotFound, error)
}

#[cfg(test)]
mod tests;
