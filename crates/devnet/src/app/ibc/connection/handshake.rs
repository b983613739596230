//! The four steps of the opening handshake, and what they emit (`03-connection/keeper/handshake.go`, `events.go`).

use proto::Message;
use proto::ibc::core::connection::v1::{self as raw, ConnectionEnd, Counterparty, State, Version};
use types::Height;
use types::client::Status;

use super::error::{INVALID_CONNECTION_STATE, INVALID_VERSION};
use super::{ProofAt, store, version};
use crate::app::context::Ctx;
use crate::app::error::Result;
use crate::app::event::Event;
use crate::app::ibc::client::error::{client as code, commitment};
use crate::app::ibc::client::{self, Delay};

/// `ConnOpenInit`.
pub(super) fn open_init(ctx: &mut Ctx, msg: &raw::MsgConnectionOpenInit) -> Result<()> {
    let versions = match &msg.version {
        None => version::compatible(),
        Some(version) if version::is_supported(&version::compatible(), version) => vec![version.clone()],
        Some(_) => return Err(INVALID_VERSION.wrap("version is not supported")),
    };
    let status = client::status_of(ctx, &msg.client_id)?;
    if status != Status::Active {
        let text = format!("client ({}) status is {}", msg.client_id, client::status_text(status));
        return Err(code::CLIENT_NOT_ACTIVE.wrap(text));
    }
    let id = store::next_id(ctx)?;
    store::add_to_client(ctx, &msg.client_id, &id)?;
    let end = ConnectionEnd {
        client_id: msg.client_id.clone(),
        versions,
        state: State::Init.into(),
        counterparty: Some(explicit(msg.counterparty.as_ref())),
        delay_period: msg.delay_period,
    };
    store::set(ctx, &id, &end)?;
    emit(ctx, "connection_open_init", &id, &end);
    Ok(())
}

/// `ConnOpenTry`.
pub(super) fn open_try(ctx: &mut Ctx, msg: &raw::MsgConnectionOpenTry) -> Result<()> {
    let id = store::next_id(ctx)?;
    let counterparty = explicit(msg.counterparty.as_ref());
    let expected = ConnectionEnd {
        client_id: counterparty.client_id.clone(),
        versions: msg.counterparty_versions.clone(),
        state: State::Init.into(),
        counterparty: Some(store::counterparty(&msg.client_id, "")),
        delay_period: msg.delay_period,
    };
    let picked = version::pick(&version::compatible(), &msg.counterparty_versions)?;
    let end = ConnectionEnd {
        client_id: msg.client_id.clone(),
        versions: vec![picked],
        state: State::Tryopen.into(),
        counterparty: Some(counterparty),
        delay_period: msg.delay_period,
    };
    let proof = ProofAt { proof: &msg.proof_init, height: height(msg.proof_height) };
    verify_connection_state(ctx, &end, proof, &expected)?;
    store::add_to_client(ctx, &msg.client_id, &id).map_err(|error| {
        error.wrap(format!("failed to add connection with ID {id} to client with ID {}", msg.client_id))
    })?;
    store::set(ctx, &id, &end)?;
    emit(ctx, "connection_open_try", &id, &end);
    Ok(())
}

/// `ConnOpenAck`.
pub(super) fn open_ack(ctx: &mut Ctx, msg: &raw::MsgConnectionOpenAck) -> Result<()> {
    let id = &msg.connection_id;
    let mut end = store::get(ctx, id)?;
    if end.state() != State::Init {
        let text = format!("connection state is not INIT (got {})", end.state().as_str_name());
        return Err(INVALID_CONNECTION_STATE.wrap(text));
    }
    let chosen = msg.version.clone().unwrap_or_default();
    if !version::is_supported(&end.versions, &chosen) {
        let chosen = version::text(&chosen);
        let text = format!("the counterparty selected version {chosen} is not supported by versions selected on INIT");
        return Err(INVALID_CONNECTION_STATE.wrap(text));
    }
    let expected = expected_of(&end, id, State::Tryopen, vec![chosen.clone()]);
    // The end does not know the other's connection yet: the message tells it, and the proof proves it.
    let mut counterparty = explicit(end.counterparty.as_ref());
    counterparty.connection_id.clone_from(&msg.counterparty_connection_id);
    end.counterparty = Some(counterparty);
    let proof = ProofAt { proof: &msg.proof_try, height: height(msg.proof_height) };
    verify_connection_state(ctx, &end, proof, &expected)?;
    end.state = State::Open.into();
    end.versions = vec![chosen];
    store::set(ctx, id, &end)?;
    emit(ctx, "connection_open_ack", id, &end);
    Ok(())
}

/// `ConnOpenConfirm`.
pub(super) fn open_confirm(ctx: &mut Ctx, msg: &raw::MsgConnectionOpenConfirm) -> Result<()> {
    let id = &msg.connection_id;
    let mut end = store::get(ctx, id)?;
    if end.state() != State::Tryopen {
        let text = format!("connection state is not TRYOPEN (got {})", end.state().as_str_name());
        return Err(INVALID_CONNECTION_STATE.wrap(text));
    }
    let expected = expected_of(&end, id, State::Open, end.versions.clone());
    let proof = ProofAt { proof: &msg.proof_ack, height: height(msg.proof_height) };
    verify_connection_state(ctx, &end, proof, &expected)?;
    end.state = State::Open.into();
    store::set(ctx, id, &end)?;
    emit(ctx, "connection_open_confirm", id, &end);
    Ok(())
}

/// The other end, as it must look when it knows of ours.
fn expected_of(end: &ConnectionEnd, id: &str, state: State, versions: Vec<Version>) -> ConnectionEnd {
    ConnectionEnd {
        client_id: explicit(end.counterparty.as_ref()).client_id,
        versions,
        state: state.into(),
        counterparty: Some(store::counterparty(&end.client_id, id)),
        delay_period: end.delay_period,
    }
}

/// `VerifyConnectionState`: no delay holds for a handshake.
fn verify_connection_state(
    ctx: &mut Ctx,
    end: &ConnectionEnd,
    proof: ProofAt<'_>,
    expected: &ConnectionEnd,
) -> Result<()> {
    let counterparty = explicit(end.counterparty.as_ref());
    let prefix = counterparty.prefix.unwrap_or_default().key_prefix;
    if prefix.is_empty() {
        return Err(commitment::INVALID_PREFIX.wrap("prefix can't be empty"));
    }
    let client = &end.client_id;
    let failed = format!("failed connection state verification for client ({client})");
    let key = format!("connections/{}", counterparty.connection_id);
    let path = [prefix.as_slice(), key.as_bytes()];
    let value = expected.encode_to_vec();
    client::verify_membership_of(ctx, client, proof.height, Delay::default(), proof.proof, path, &value)
        .map_err(|error| error.wrap(failed))
}

/// A counterparty with all fields that Go writes always.
fn explicit(counterparty: Option<&Counterparty>) -> Counterparty {
    let counterparty = counterparty.cloned().unwrap_or_default();
    Counterparty { prefix: Some(counterparty.prefix.unwrap_or_default()), ..counterparty }
}

fn height(raw: Option<proto::ibc::core::client::v1::Height>) -> Height {
    raw.map_or(Height::ZERO, Height::from)
}

fn emit(ctx: &mut Ctx, kind: &str, id: &str, end: &ConnectionEnd) {
    let counterparty = explicit(end.counterparty.as_ref());
    let event = Event::new(kind)
        .with("connection_id", id)
        .with("client_id", &end.client_id)
        .with("counterparty_client_id", &counterparty.client_id);
    // The first step knows no other connection, and emits no attribute for it.
    let event = match end.state() {
        State::Init => event,
        State::Tryopen | State::Open | State::UninitializedUnspecified => {
            event.with("counterparty_connection_id", &counterparty.connection_id)
        }
    };
    ctx.emit(event);
    ctx.emit(Event::new("message").with("module", "ibc_connection"));
}
