//! Queries of `cosmos.auth.v1beta1` (cosmos-sdk `x/auth/keeper/grpc_query.go`).

use proto::Message;
use proto::cosmos::auth::v1beta1::{
    AddressBytesToStringRequest, AddressBytesToStringResponse, AddressStringToBytesRequest,
    AddressStringToBytesResponse, Bech32PrefixResponse, QueryAccountAddressByIdRequest,
    QueryAccountAddressByIdResponse, QueryAccountInfoRequest, QueryAccountInfoResponse, QueryAccountRequest,
    QueryAccountResponse, QueryAccountsRequest, QueryAccountsResponse, QueryModuleAccountByNameRequest,
    QueryModuleAccountByNameResponse, QueryModuleAccountsResponse, QueryParamsResponse,
};
use proto::google::protobuf::Any;

use super::{ADDRESSES, Account, MODULES, account, module_account, module_of, number_key, params};
use crate::app::address::Address;
use crate::app::context::{Ctx, store};
use crate::app::error::AppError;
use crate::app::kind::{Code, QueryKind, Status, read_request};
use crate::app::paging::paginate_collection;

/// Queries of `cosmos.auth.v1beta1`.
pub const QUERIES: &[QueryKind] = &[
    QueryKind { path: "/cosmos.auth.v1beta1.Query/Account", answer: one },
    QueryKind { path: "/cosmos.auth.v1beta1.Query/AccountInfo", answer: info },
    QueryKind { path: "/cosmos.auth.v1beta1.Query/Accounts", answer: all },
    QueryKind { path: "/cosmos.auth.v1beta1.Query/AccountAddressByID", answer: address_by_id },
    QueryKind { path: "/cosmos.auth.v1beta1.Query/Params", answer: parameters },
    QueryKind { path: "/cosmos.auth.v1beta1.Query/ModuleAccounts", answer: modules },
    QueryKind { path: "/cosmos.auth.v1beta1.Query/ModuleAccountByName", answer: module_by_name },
    QueryKind { path: "/cosmos.auth.v1beta1.Query/Bech32Prefix", answer: prefix },
    QueryKind { path: "/cosmos.auth.v1beta1.Query/AddressBytesToString", answer: to_text },
    QueryKind { path: "/cosmos.auth.v1beta1.Query/AddressStringToBytes", answer: to_bytes },
];

type Answer = Result<Vec<u8>, Status>;

fn one(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: QueryAccountRequest = read_request(request)?;
    if request.address.is_empty() {
        return Err(Status::new(Code::InvalidArgument, "Address cannot be empty"));
    }
    let account = existing(ctx, &request.address)?.to_any(&ctx.prefix);
    Ok(QueryAccountResponse { account: Some(account) }.encode_to_vec())
}

fn info(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: QueryAccountInfoRequest = read_request(request)?;
    if request.address.is_empty() {
        return Err(Status::new(Code::InvalidArgument, "address cannot be empty"));
    }
    let info = existing(ctx, &request.address)?.to_base(request.address);
    Ok(QueryAccountInfoResponse { info: Some(info) }.encode_to_vec())
}

fn all(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: QueryAccountsRequest = read_request(request)?;
    let entries = ctx.with_prefix(store::AUTH, &[ADDRESSES])?;
    let (found, page) = paginate_collection(entries, 1, request.pagination)?;
    let accounts = found.iter().map(|(_, value)| Any::decode(&**value)).collect::<Result<_, _>>();
    let accounts = accounts.map_err(|error| Status::new(Code::Internal, error))?;
    Ok(QueryAccountsResponse { accounts, pagination: Some(page) }.encode_to_vec())
}

fn address_by_id(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: QueryAccountAddressByIdRequest = read_request(request)?;
    #[expect(deprecated, reason = "the SDK asks whether the old field is used")]
    if request.id != 0 {
        let text = "requesting with id isn't supported, try to request using account-id";
        return Err(Status::new(Code::InvalidArgument, text));
    }
    let Some(address) = ctx.get(store::AUTH, &number_key(request.account_id))? else {
        let text = format!("account address not found with account number {}", request.account_id);
        return Err(Status::new(Code::NotFound, text));
    };
    let account_address = Address(address.to_vec()).to_text(&ctx.prefix);
    Ok(QueryAccountAddressByIdResponse { account_address }.encode_to_vec())
}

fn parameters(ctx: &mut Ctx, _request: &[u8]) -> Answer {
    Ok(QueryParamsResponse { params: Some(params(ctx)?) }.encode_to_vec())
}

fn modules(ctx: &mut Ctx, _request: &[u8]) -> Answer {
    let mut names = MODULES.map(|module| module.name);
    names.sort_unstable();
    let mut accounts = Vec::new();
    for name in names {
        accounts.push(module_account(ctx, name)?.to_any(&ctx.prefix));
    }
    Ok(QueryModuleAccountsResponse { accounts }.encode_to_vec())
}

fn module_by_name(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: QueryModuleAccountByNameRequest = read_request(request)?;
    if request.name.is_empty() {
        return Err(Status::new(Code::InvalidArgument, "module name is empty"));
    }
    if module_of(&request.name).is_none() {
        return Err(Status::new(Code::NotFound, format!("account {} not found", request.name)));
    }
    let account = module_account(ctx, &request.name)?.to_any(&ctx.prefix);
    Ok(QueryModuleAccountByNameResponse { account: Some(account) }.encode_to_vec())
}

fn prefix(ctx: &mut Ctx, _request: &[u8]) -> Answer {
    Ok(Bech32PrefixResponse { bech32_prefix: ctx.prefix.to_string() }.encode_to_vec())
}

fn to_text(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: AddressBytesToStringRequest = read_request(request)?;
    if request.address_bytes.is_empty() {
        return Err(AppError::unregistered("empty address bytes is not allowed").into());
    }
    let address_string = Address(request.address_bytes).to_text(&ctx.prefix);
    Ok(AddressBytesToStringResponse { address_string }.encode_to_vec())
}

fn to_bytes(ctx: &mut Ctx, request: &[u8]) -> Answer {
    let request: AddressStringToBytesRequest = read_request(request)?;
    let address = Address::read(&request.address_string, &ctx.prefix)?;
    Ok(AddressStringToBytesResponse { address_bytes: address.0 }.encode_to_vec())
}

fn existing(ctx: &mut Ctx, text: &str) -> Result<Account, Status> {
    let address = Address::read(text, &ctx.prefix)?;
    account(ctx, &address)?.ok_or_else(|| Status::new(Code::NotFound, format!("account {text} not found")))
}
