//! What every client has, whatever its type: its place in the store, its number, who made it; and the module's
//! parameters (`02-client/keeper/keeper.go`).

use std::sync::Arc;

use proto::Message;
use proto::google::protobuf::Any;
use proto::ibc::core::client::v1::Params;
use types::Height;

use super::error::panic;
use crate::app::address::Address;
use crate::app::context::{Ctx, store::IBC};
use crate::app::error::Result;

const NEXT_CLIENT_SEQUENCE: &[u8] = b"nextClientSequence";
const PARAMS: &[u8] = b"clientParams";

/// A key in the store of one client (`ClientStore`).
pub(crate) fn client_key(client: &str, key: impl AsRef<[u8]>) -> Vec<u8> {
    [b"clients/", client.as_bytes(), b"/", key.as_ref()].concat()
}

pub(super) fn client_state_key(client: &str) -> Vec<u8> {
    client_key(client, "clientState")
}

pub(super) fn consensus_state_key(client: &str, height: Height) -> Vec<u8> {
    client_key(client, format!("consensusStates/{height}"))
}

/// Writes what ibc-go's genesis begins with: all types of clients are allowed, none was made.
pub(super) fn init_genesis(ctx: &mut Ctx) -> Result<()> {
    set_params(ctx, &Params { allowed_clients: vec!["*".to_owned()] })?;
    ctx.set(IBC, NEXT_CLIENT_SEQUENCE, 0u64.to_be_bytes())
}

/// `GetParams`.
pub(super) fn params(ctx: &mut Ctx) -> Result<Params> {
    let bytes = ctx.get(IBC, PARAMS)?.ok_or_else(|| panic("client params are not set in store"))?;
    Params::decode(&*bytes).map_err(panic)
}

/// `SetParams`.
pub(super) fn set_params(ctx: &mut Ctx, params: &Params) -> Result<()> {
    ctx.set(IBC, PARAMS, params.encode_to_vec())
}

/// `GenerateClientIdentifier`.
pub(super) fn next_client_id(ctx: &mut Ctx, kind: &str) -> Result<String> {
    let sequence = next_sequence(ctx, NEXT_CLIENT_SEQUENCE)?;
    Ok(format!("{kind}-{sequence}"))
}

/// Takes a number from a counter.
pub(crate) fn next_sequence(ctx: &mut Ctx, key: &[u8]) -> Result<u64> {
    let missing = || panic(format!("{} is not set in store", key.escape_ascii()));
    let bytes = ctx.get(IBC, key)?.ok_or_else(missing)?;
    let sequence = u64::from_be_bytes((&*bytes).try_into().map_err(panic)?);
    ctx.set(IBC, key, sequence.saturating_add(1).to_be_bytes())?;
    Ok(sequence)
}

/// Who made a client (`GetClientCreator`).
///
/// # Errors
/// When the gas is used up.
pub fn creator(ctx: &mut Ctx, client: &str) -> Result<Option<Address>> {
    let bytes = ctx.get(IBC, &client_key(client, "creator"))?;
    Ok(bytes.map(|bytes| Address(bytes.to_vec())))
}

/// `SetClientCreator`.
pub(super) fn set_creator(ctx: &mut Ctx, client: &str, creator: &Address) -> Result<()> {
    ctx.set(IBC, &client_key(client, "creator"), creator.0.as_slice())
}

/// The state of a client as it is stored, of whatever type (`GetClientState`).
pub(crate) fn client_state(ctx: &mut Ctx, client: &str) -> Result<Option<Any>> {
    read_any(ctx.get(IBC, &client_state_key(client))?)
}

/// A consensus state of a client as it is stored (`GetClientConsensusState`).
pub(crate) fn consensus_state(ctx: &mut Ctx, client: &str, height: Height) -> Result<Option<Any>> {
    read_any(ctx.get(IBC, &consensus_state_key(client, height))?)
}

fn read_any(bytes: Option<Arc<[u8]>>) -> Result<Option<Any>> {
    bytes.map(|bytes| Any::decode(&*bytes)).transpose().map_err(panic)
}
