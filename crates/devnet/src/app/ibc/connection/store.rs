//! Where connections stand (`03-connection/keeper/keeper.go`).

use proto::Message;
use proto::ibc::core::connection::v1::{ClientPaths, ConnectionEnd, Counterparty, Params, State};

use super::error::CONNECTION_NOT_FOUND;
use super::version;
use crate::app::context::{Ctx, store::IBC};
use crate::app::error::Result;
use crate::app::ibc::client::error::{client, panic};
use crate::app::ibc::client::host::LOCALHOST;
use crate::app::ibc::client::store as clients;

/// The connection that stands for the chain itself.
pub(super) const LOCALHOST_CONNECTION: &str = "connection-localhost";
const NEXT_CONNECTION_SEQUENCE: &[u8] = b"nextConnectionSequence";
const PARAMS: &[u8] = b"connectionParams";
/// `DefaultTimePerBlock`: 30 seconds.
const TIME_PER_BLOCK_DEFAULT: u64 = 30_000_000_000;
/// What provable keys of this chain stand under.
pub(super) const STORE_PREFIX: &[u8] = b"ibc";

/// What ibc-go's genesis begins with: no connection but that of the chain with itself.
pub(super) fn init_genesis(ctx: &mut Ctx) -> Result<()> {
    ctx.set(IBC, NEXT_CONNECTION_SEQUENCE, 0u64.to_be_bytes())?;
    let params = Params { max_expected_time_per_block: TIME_PER_BLOCK_DEFAULT };
    ctx.set(IBC, PARAMS, params.encode_to_vec())?;
    let end = ConnectionEnd {
        client_id: LOCALHOST.to_owned(),
        versions: version::compatible(),
        state: State::Open.into(),
        counterparty: Some(counterparty(LOCALHOST, LOCALHOST_CONNECTION)),
        delay_period: 0,
    };
    set(ctx, LOCALHOST_CONNECTION, &end)
}

/// This chain's end as the other one names it.
pub(super) fn counterparty(client: &str, connection: &str) -> Counterparty {
    Counterparty {
        client_id: client.to_owned(),
        connection_id: connection.to_owned(),
        prefix: Some(proto::ibc::core::commitment::v1::MerklePrefix { key_prefix: STORE_PREFIX.to_vec() }),
    }
}

/// `GetParams`.
pub(super) fn params(ctx: &mut Ctx) -> Result<Params> {
    let bytes = ctx.get(IBC, PARAMS)?.ok_or_else(|| panic("connection params are not set in store"))?;
    Params::decode(&*bytes).map_err(panic)
}

/// `GenerateConnectionIdentifier`.
pub(super) fn next_id(ctx: &mut Ctx) -> Result<String> {
    let sequence = clients::next_sequence(ctx, NEXT_CONNECTION_SEQUENCE)?;
    Ok(format!("connection-{sequence}"))
}

/// `GetConnection`.
pub(super) fn find(ctx: &mut Ctx, id: &str) -> Result<Option<ConnectionEnd>> {
    let bytes = ctx.get(IBC, &key(id))?;
    bytes.map(|bytes| ConnectionEnd::decode(&*bytes)).transpose().map_err(panic)
}

/// `GetConnection`, of one that must be there.
pub(super) fn get(ctx: &mut Ctx, id: &str) -> Result<ConnectionEnd> {
    find(ctx, id)?.ok_or_else(|| CONNECTION_NOT_FOUND.wrap(id))
}

/// `SetConnection`.
pub(super) fn set(ctx: &mut Ctx, id: &str, end: &ConnectionEnd) -> Result<()> {
    ctx.set(IBC, &key(id), end.encode_to_vec())
}

/// `GetClientConnectionPaths`.
pub(super) fn client_paths(ctx: &mut Ctx, client: &str) -> Result<Option<Vec<String>>> {
    let bytes = ctx.get(IBC, &clients::client_key(client, "connections"))?;
    let paths = bytes.map(|bytes| ClientPaths::decode(&*bytes)).transpose().map_err(panic)?;
    Ok(paths.map(|paths| paths.paths))
}

/// `addConnectionToClient`.
pub(super) fn add_to_client(ctx: &mut Ctx, client: &str, connection: &str) -> Result<()> {
    if clients::client_state(ctx, client)?.is_none() {
        return Err(client::CLIENT_NOT_FOUND.wrap(client));
    }
    let mut paths = client_paths(ctx, client)?.unwrap_or_default();
    paths.push(connection.to_owned());
    ctx.set(IBC, &clients::client_key(client, "connections"), ClientPaths { paths }.encode_to_vec())
}

fn key(id: &str) -> Vec<u8> {
    format!("connections/{id}").into_bytes()
}
