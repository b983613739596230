//! Clients (ICS-02) of kind 07-tendermint (ICS-07), by ibc-go's rules.
//!
//! Written after ibc-go v10.7.0, `modules/core/02-client` and `modules/light-clients/07-tendermint`: keys, values,
//! order of checks, codes, texts and events are its own. A client knows nothing of connections and channels.

pub mod error;
pub mod host;
mod lifecycle;
mod localhost;
mod messages;
mod plan;
mod queries;
mod route;
pub mod store;
mod tendermint;
#[cfg(test)]
pub(crate) mod test_chain;
#[cfg(test)]
mod tests;

use proto::ibc::core::client::v1::MsgUpdateClient;
use types::client::Status;
use types::{ClientId, Height, Timestamp};

use crate::app::context::Ctx;
use crate::app::error::Result;
use crate::app::kind::{MessageKind, QueryKind, read};

pub(crate) use messages::check_signer;
pub use plan::schedule_upgrade;
pub(crate) use route::status_text;

/// Messages: create, update, upgrade, misbehaviour (and recover, by authority).
pub const MESSAGES: &[MessageKind] =
    &[messages::CREATE, messages::UPDATE, messages::SUBMIT_MISBEHAVIOUR, messages::UPGRADE, messages::RECOVER];
/// Queries of `ibc.core.client.v1`.
pub const QUERIES: &[QueryKind] = queries::ALL;

/// Writes what the module's part of a genesis begins with. To be called once, before the first block.
///
/// # Errors
/// When the gas is used up.
pub fn init_genesis(ctx: &mut Ctx) -> Result<()> {
    store::init_genesis(ctx)
}

/// What a client may be used for at this block's time (`GetClientStatus`).
///
/// # Errors
/// When the gas is used up, or the state can't be read.
pub fn status(ctx: &mut Ctx, client: &ClientId) -> Result<Status> {
    status_of(ctx, client.as_str())
}

/// [`status`] of an id that may be malformed: such a client is not authorized.
pub(crate) fn status_of(ctx: &mut Ctx, client: &str) -> Result<Status> {
    match route::find_route(ctx, client)? {
        Some(module) => module.status(ctx, client),
        None => Ok(Status::Unauthorized),
    }
}

/// The newest height that a client knows (`GetClientLatestHeight`); zero for one that is not there.
///
/// # Errors
/// When the gas is used up, or the state can't be read.
pub fn latest_height(ctx: &mut Ctx, client: &ClientId) -> Result<Height> {
    latest_height_of(ctx, client.as_str())
}

fn latest_height_of(ctx: &mut Ctx, client: &str) -> Result<Height> {
    match route::find_route(ctx, client)? {
        Some(module) => module.latest_height(ctx, client),
        None => Ok(Height::ZERO),
    }
}

/// The time of a consensus state (`GetClientTimestampAtHeight`).
///
/// # Errors
/// Codes 4 and 7 of codespace `client`.
pub fn timestamp_at_height(ctx: &mut Ctx, client: &ClientId, height: Height) -> Result<Timestamp> {
    route::route(ctx, client.as_str())?.timestamp_at_height(ctx, client.as_str(), height)
}

/// `clientKeeper.VerifyMembership`: `path` is the store's name (the prefix of the connection) and the key in it;
/// `proof` is a protobuf `MerkleProof`. `delay` is of the connection: nanoseconds, and blocks that follow from them.
///
/// # Errors
/// Code 29 of codespace `client` for a client that is not active, and those of the light client.
pub fn verify_membership(
    ctx: &mut Ctx,
    client: &ClientId,
    height: Height,
    delay: Delay,
    proof: &[u8],
    path: [&[u8]; 2],
    value: &[u8],
) -> Result<()> {
    verify_membership_of(ctx, client.as_str(), height, delay, proof, path, value)
}

/// [`verify_membership`] by a client whose id may be malformed.
pub(crate) fn verify_membership_of(
    ctx: &mut Ctx,
    client: &str,
    height: Height,
    delay: Delay,
    proof: &[u8],
    path: [&[u8]; 2],
    value: &[u8],
) -> Result<()> {
    let module = route::route(ctx, client)?;
    module.check_active(ctx, client, "cannot call verify membership on client")?;
    module.verify_membership(ctx, client, (height, delay), proof, path, value)
}

/// `clientKeeper.VerifyNonMembership`.
///
/// # Errors
/// As [`verify_membership`].
pub fn verify_non_membership(
    ctx: &mut Ctx,
    client: &ClientId,
    height: Height,
    delay: Delay,
    proof: &[u8],
    path: [&[u8]; 2],
) -> Result<()> {
    let module = route::route(ctx, client.as_str())?;
    module.check_active(ctx, client.as_str(), "cannot call verify non membership on client")?;
    module.verify_non_membership(ctx, client.as_str(), (height, delay), proof, path)
}

/// What must pass between an update and a proof that uses it (ICS-03 `delay_period`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delay {
    /// Nanoseconds.
    pub time: u64,
    /// Blocks.
    pub blocks: u64,
}

/// Runs at the begin of every block (`02-client/abci.go`): before a planned upgrade it leaves the consensus state that
/// the next revision starts from in the store `upgrade`.
///
/// # Errors
/// When the state can't be read.
pub fn begin_block(ctx: &mut Ctx) -> Result<()> {
    plan::begin_block(ctx)
}

/// What ibc-go's ante handler does with a `MsgUpdateClient` (its bytes) in CheckTx and ReCheckTx
/// (`updateClientCheckTx` in `modules/core/ante/ante.go`).
///
/// # Errors
/// Those of an update, but for misbehaviour, which is not looked for.
pub fn update_in_check(ctx: &mut Ctx, message: &[u8]) -> Result<()> {
    let MsgUpdateClient { client_id, client_message, .. } = read(message)?;
    let message = tendermint::ClientMessage::unpack(client_message.as_ref())?;
    lifecycle::update_client_in_check(ctx, &client_id, &message)
}
