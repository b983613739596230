//! Queries of `cosmos.bank.v1beta1` (cosmos-sdk `x/bank/keeper/grpc_query.go`).

use proto::Message;
use proto::cosmos::bank::v1beta1::{
    DenomOwner, Metadata, QueryAllBalancesRequest, QueryAllBalancesResponse, QueryBalanceRequest, QueryBalanceResponse,
    QueryDenomMetadataRequest, QueryDenomMetadataResponse, QueryDenomOwnersRequest, QueryDenomOwnersResponse,
    QueryDenomsMetadataRequest, QueryDenomsMetadataResponse, QueryParamsResponse, QuerySpendableBalanceByDenomRequest,
    QuerySpendableBalanceByDenomResponse, QuerySpendableBalancesRequest, QuerySpendableBalancesResponse,
    QuerySupplyOfRequest, QuerySupplyOfResponse, QueryTotalSupplyRequest, QueryTotalSupplyResponse,
};
use proto::cosmos::base::query::v1beta1::{PageRequest, PageResponse};
use proto::cosmos::base::v1beta1::Coin as RawCoin;

use super::{METADATA, SUPPLY, amount, balance, balances_key, coin, denom_key, owners_key, params, supply};
use crate::app::address::Address;
use crate::app::context::{Ctx, store};
use crate::app::kind::{Code, QueryKind, Status, read_request};
use crate::app::paging::{Entries, paginate, paginate_collection};

/// Queries of `cosmos.bank.v1beta1`.
pub const QUERIES: &[QueryKind] = &[
    QueryKind { path: "/cosmos.bank.v1beta1.Query/Balance", answer: one },
    QueryKind { path: "/cosmos.bank.v1beta1.Query/AllBalances", answer: all },
    QueryKind { path: "/cosmos.bank.v1beta1.Query/SpendableBalances", answer: spendable },
    QueryKind { path: "/cosmos.bank.v1beta1.Query/SpendableBalanceByDenom", answer: spendable_one },
    QueryKind { path: "/cosmos.bank.v1beta1.Query/TotalSupply", answer: total_supply },
    QueryKind { path: "/cosmos.bank.v1beta1.Query/SupplyOf", answer: supply_of },
    QueryKind { path: "/cosmos.bank.v1beta1.Query/Params", answer: parameters },
    QueryKind { path: "/cosmos.bank.v1beta1.Query/DenomMetadata", answer: metadata },
    QueryKind { path: "/cosmos.bank.v1beta1.Query/DenomsMetadata", answer: all_metadata },
    QueryKind { path: "/cosmos.bank.v1beta1.Query/DenomOwners", answer: owners },
];

type Answer = Result<Vec<u8>, Status>;

fn one(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: QueryBalanceRequest = read_request(request)?;
    check_denom(&request.denom)?;
    let owner = owner(ctx, &request.address)?;
    let balance = Some(held(ctx, &owner, &request.denom)?);
    Ok(QueryBalanceResponse { balance }.encode_to_vec())
}

fn all(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: QueryAllBalancesRequest = read_request(request)?;
    let (mut balances, page) = balances(ctx, &request.address, request.pagination)?;
    if request.resolve_denom {
        for balance in &mut balances {
            if let Some(known) = known_metadata(ctx, &balance.denom)? {
                balance.denom = known.display;
            }
        }
    }
    Ok(QueryAllBalancesResponse { balances, pagination: Some(page) }.encode_to_vec())
}

fn spendable(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: QuerySpendableBalancesRequest = read_request(request)?;
    let (balances, page) = balances(ctx, &request.address, request.pagination)?;
    Ok(QuerySpendableBalancesResponse { balances, pagination: Some(page) }.encode_to_vec())
}

fn spendable_one(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: QuerySpendableBalanceByDenomRequest = read_request(request)?;
    let owner = owner(ctx, &request.address)?;
    check_denom(&request.denom)?;
    let balance = Some(held(ctx, &owner, &request.denom)?);
    Ok(QuerySpendableBalanceByDenomResponse { balance }.encode_to_vec())
}

fn total_supply(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: QueryTotalSupplyRequest = read_request(request)?;
    let entries = ctx.with_prefix(store::BANK, &[SUPPLY])?;
    let (found, page) = paginate_collection(entries, 1, request.pagination)?;
    let supply = coins(&found, 1)?;
    Ok(QueryTotalSupplyResponse { supply, pagination: Some(page) }.encode_to_vec())
}

fn supply_of(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: QuerySupplyOfRequest = read_request(request)?;
    check_denom(&request.denom)?;
    let amount = supply(ctx, &request.denom)?.to_string();
    Ok(QuerySupplyOfResponse { amount: Some(RawCoin { denom: request.denom, amount }) }.encode_to_vec())
}

fn parameters(ctx: &mut Ctx, _request: &[u8]) -> Answer {
    Ok(QueryParamsResponse { params: Some(params(ctx)?) }.encode_to_vec())
}

fn metadata(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: QueryDenomMetadataRequest = read_request(request)?;
    check_denom(&request.denom)?;
    let Some(metadata) = known_metadata(ctx, &request.denom)? else {
        return Err(Status::new(Code::NotFound, format!("client metadata for denom {}", request.denom)));
    };
    Ok(QueryDenomMetadataResponse { metadata: Some(metadata) }.encode_to_vec())
}

fn all_metadata(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: QueryDenomsMetadataRequest = read_request(request)?;
    let entries = ctx.with_prefix(store::BANK, &[METADATA])?;
    let (found, page) = paginate(entries, 1, request.pagination)?;
    let metadatas = found.iter().map(|(_, value)| read_metadata(value)).collect::<Result<_, _>>()?;
    Ok(QueryDenomsMetadataResponse { metadatas, pagination: Some(page) }.encode_to_vec())
}

fn owners(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: QueryDenomOwnersRequest = read_request(request)?;
    check_denom(&request.denom)?;
    let prefix = owners_key(&request.denom);
    let entries = ctx.with_prefix(store::BANK, &prefix)?;
    let (found, page) = paginate_collection(entries, prefix.len(), request.pagination)?;
    let mut denom_owners = Vec::new();
    for (key, _) in found {
        let owner = Address(key[prefix.len() + 1..].to_vec());
        let balance = Some(held(ctx, &owner, &request.denom)?);
        denom_owners.push(DenomOwner { address: ctx.text_of(&owner), balance });
    }
    Ok(QueryDenomOwnersResponse { denom_owners, pagination: Some(page) }.encode_to_vec())
}

fn balances(
    ctx: &mut Ctx,
    address: &str,
    request: Option<PageRequest>,
) -> Result<(Vec<RawCoin>, PageResponse), Status> {
    let prefix = balances_key(&owner(ctx, address)?);
    let entries = ctx.with_prefix(store::BANK, &prefix)?;
    let (found, page) = paginate_collection(entries, prefix.len(), request)
        .map_err(|status| Status::new(Code::InvalidArgument, format!("paginate: {status}")))?;
    Ok((coins(&found, prefix.len())?, page))
}

fn held(ctx: &mut Ctx, owner: &Address, denom: &str) -> Result<RawCoin, Status> {
    let amount = balance(ctx, owner, denom)?.to_string();
    Ok(RawCoin { denom: denom.to_owned(), amount })
}

fn coins(found: &Entries, prefix_len: usize) -> Result<Vec<RawCoin>, Status> {
    let coins = found.iter().map(|(key, value)| {
        let denom = String::from_utf8_lossy(&key[prefix_len..]).into_owned();
        Ok(RawCoin { denom, amount: amount(value)?.to_string() })
    });
    coins.collect()
}

fn known_metadata(ctx: &mut Ctx, denom: &str) -> Result<Option<Metadata>, Status> {
    let stored = ctx.get(store::BANK, &denom_key(METADATA, denom))?;
    stored.map(|value| read_metadata(&value)).transpose()
}

fn read_metadata(value: &[u8]) -> Result<Metadata, Status> {
    Metadata::decode(value).map_err(|error| Status::new(Code::Internal, error))
}

fn owner(ctx: &Ctx, text: &str) -> Result<Address, Status> {
    Address::read(text, &ctx.prefix)
        .map_err(|error| Status::new(Code::InvalidArgument, format!("invalid address: {error}")))
}

fn check_denom(denom: &str) -> Result<(), Status> {
    if coin::is_denom(denom) {
        return Ok(());
    }
    Err(Status::new(Code::InvalidArgument, format!("invalid denom: {denom}")))
}
