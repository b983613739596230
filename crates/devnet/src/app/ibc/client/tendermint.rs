//! The light client of CometBFT chains (ICS-07, ibc-go `07-tendermint/light_client_module.go`).

mod client_state;
mod consensus_states;
mod delay;
mod header;
mod membership;
mod misbehaviour;
mod recover;
mod text;
mod update;
mod upgrade;

#[cfg(test)]
mod tests;

use proto::ibc::lightclients::tendermint::v1 as raw;
use types::client::Status;
use types::{ClientState, ConsensusState, Height, Timestamp};

use super::error::{client, panic};
use super::store as clients;
use crate::app::context::{Ctx, store::IBC};
use crate::app::error::Result;

pub(super) use client_state::{check_client_state, check_consensus_state};
pub(super) use header::ClientMessage;
pub(super) use membership::{verify_membership, verify_non_membership};
pub(super) use recover::recover_client;
pub(super) use update::{check_for_misbehaviour, update_state, update_state_on_misbehaviour};
pub(super) use upgrade::{Upgrade, verify_upgrade_and_update_state, zero_custom_fields};

/// `Initialize`: the first state of a client.
pub(super) fn initialize(
    ctx: &mut Ctx,
    id: &str,
    state: &raw::ClientState,
    consensus_state: raw::ConsensusState,
) -> Result<()> {
    let state = check_client_state(state)?;
    let consensus_state = check_consensus_state(consensus_state)?;
    let height = state.latest_height;
    set_client_state(ctx, id, state)?;
    consensus_states::set(ctx, id, height, consensus_state)?;
    consensus_states::set_metadata(ctx, id, height)
}

/// `VerifyClientMessage`.
pub(super) fn verify_client_message(ctx: &mut Ctx, id: &str, message: &ClientMessage) -> Result<()> {
    let state = client_state(ctx, id)?;
    match message {
        ClientMessage::Header(header) => update::verify_header(ctx, id, &state, header),
        ClientMessage::Misbehaviour(misbehaviour) => misbehaviour::verify(ctx, id, &state, misbehaviour),
    }
}

/// `Status`: frozen comes before expired, and a client without its newest consensus state is expired.
pub(super) fn status(ctx: &mut Ctx, id: &str) -> Result<Status> {
    let Some(state) = find_client_state(ctx, id)? else { return Ok(Status::Unknown) };
    if state.is_frozen() {
        return Ok(Status::Frozen);
    }
    let Some(latest) = consensus_states::get(ctx, id, state.latest_height)? else { return Ok(Status::Expired) };
    Ok(if is_expired(&state, latest.timestamp, ctx.block.time) { Status::Expired } else { Status::Active })
}

/// `IsExpired`: at the very moment that the trusting period ends, it has ended.
fn is_expired(state: &ClientState, timestamp: Timestamp, now: Timestamp) -> bool {
    u128::from(timestamp.0) + state.trusting_period.as_nanos() <= u128::from(now.0)
}

/// `LatestHeight`: zero for a client that is not there.
pub(super) fn latest_height(ctx: &mut Ctx, id: &str) -> Result<Height> {
    Ok(find_client_state(ctx, id)?.map_or(Height::ZERO, |state| state.latest_height))
}

/// `TimestampAtHeight`.
pub(super) fn timestamp_at_height(ctx: &mut Ctx, id: &str, height: Height) -> Result<Timestamp> {
    client_state(ctx, id)?;
    match consensus_states::get(ctx, id, height)? {
        Some(state) => Ok(state.timestamp),
        None => Err(client::CONSENSUS_STATE_NOT_FOUND.wrap(format!("height ({height})"))),
    }
}

fn find_client_state(ctx: &mut Ctx, id: &str) -> Result<Option<ClientState>> {
    clients::client_state(ctx, id)?.map(ClientState::try_from).transpose().map_err(panic)
}

fn client_state(ctx: &mut Ctx, id: &str) -> Result<ClientState> {
    find_client_state(ctx, id)?.ok_or_else(|| client::CLIENT_NOT_FOUND.wrap(id))
}

fn set_client_state(ctx: &mut Ctx, id: &str, state: ClientState) -> Result<()> {
    use proto::Message;
    let any = proto::google::protobuf::Any::from(state);
    ctx.set(IBC, &clients::client_state_key(id), any.encode_to_vec())
}

/// A consensus state of this type, or none.
fn read_consensus_state(any: Option<proto::google::protobuf::Any>) -> Result<Option<ConsensusState>> {
    any.map(ConsensusState::try_from).transpose().map_err(panic)
}
