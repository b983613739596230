//! Messages of `ibc.core.connection.v1` (`03-connection/types/msgs.go`, `core/keeper/msg_server.go`).

use proto::ibc::core::connection::v1 as raw;

use super::error::{INVALID_CONNECTION_IDENTIFIER, INVALID_COUNTERPARTY};
use super::{handshake, version};
use crate::app::context::Ctx;
use crate::app::error::Result;
use crate::app::ibc::client::check_signer;
use crate::app::ibc::client::error::{client, commitment, core_ibc};
use crate::app::ibc::client::host::{LOCALHOST, check_client_id, check_connection_id, is_connection_id};
use crate::app::kind::{MessageKind, read, respond};

/// `MaxCounterpartyVersionsLength`.
const COUNTERPARTY_VERSIONS_MAX: usize = 100;

pub(super) const OPEN_INIT: MessageKind = MessageKind {
    url: "/ibc.core.connection.v1.MsgConnectionOpenInit",
    signer: |bytes| Ok(read::<raw::MsgConnectionOpenInit>(bytes)?.signer),
    validate: |ctx, bytes| check_init(ctx, &read(bytes)?),
    handle: |ctx, bytes| {
        let failed = "connection handshake open init failed";
        handshake::open_init(ctx, &read(bytes)?).map_err(|error| error.wrap(failed))?;
        Ok(respond(&raw::MsgConnectionOpenInitResponse {}))
    },
};
pub(super) const OPEN_TRY: MessageKind = MessageKind {
    url: "/ibc.core.connection.v1.MsgConnectionOpenTry",
    signer: |bytes| Ok(read::<raw::MsgConnectionOpenTry>(bytes)?.signer),
    validate: |ctx, bytes| check_try(ctx, &read(bytes)?),
    handle: |ctx, bytes| {
        let failed = "connection handshake open try failed";
        handshake::open_try(ctx, &read(bytes)?).map_err(|error| error.wrap(failed))?;
        Ok(respond(&raw::MsgConnectionOpenTryResponse {}))
    },
};
pub(super) const OPEN_ACK: MessageKind = MessageKind {
    url: "/ibc.core.connection.v1.MsgConnectionOpenAck",
    signer: |bytes| Ok(read::<raw::MsgConnectionOpenAck>(bytes)?.signer),
    validate: |ctx, bytes| check_ack(ctx, &read(bytes)?),
    handle: |ctx, bytes| {
        let failed = "connection handshake open ack failed";
        handshake::open_ack(ctx, &read(bytes)?).map_err(|error| error.wrap(failed))?;
        Ok(respond(&raw::MsgConnectionOpenAckResponse {}))
    },
};
pub(super) const OPEN_CONFIRM: MessageKind = MessageKind {
    url: "/ibc.core.connection.v1.MsgConnectionOpenConfirm",
    signer: |bytes| Ok(read::<raw::MsgConnectionOpenConfirm>(bytes)?.signer),
    validate: |ctx, bytes| check_confirm(ctx, &read(bytes)?),
    handle: |ctx, bytes| {
        let failed = "connection handshake open confirm failed";
        handshake::open_confirm(ctx, &read(bytes)?).map_err(|error| error.wrap(failed))?;
        Ok(respond(&raw::MsgConnectionOpenConfirmResponse {}))
    },
};

fn check_init(ctx: &Ctx, msg: &raw::MsgConnectionOpenInit) -> Result<()> {
    check_client(&msg.client_id)?;
    if msg.counterparty.as_ref().is_some_and(|counterparty| !counterparty.connection_id.is_empty()) {
        return Err(INVALID_COUNTERPARTY.wrap("counterparty connection identifier must be empty"));
    }
    if msg.version.is_some() {
        version::check(msg.version.as_ref())
            .map_err(|error| error.wrap("basic validation of the provided version failed"))?;
    }
    check_signer(ctx, &msg.signer)?;
    check_counterparty(msg.counterparty.as_ref())
}

fn check_try(ctx: &Ctx, msg: &raw::MsgConnectionOpenTry) -> Result<()> {
    check_client(&msg.client_id)?;
    let connection = msg.counterparty.as_ref().map_or("", |counterparty| &counterparty.connection_id);
    check_connection_id(connection).map_err(|error| error.wrap("invalid counterparty connection ID"))?;
    if msg.counterparty_versions.is_empty() {
        return Err(core_ibc::INVALID_VERSION.wrap("empty counterparty versions"));
    }
    if msg.counterparty_versions.len() > COUNTERPARTY_VERSIONS_MAX {
        let text = format!("counterparty versions must not exceed {COUNTERPARTY_VERSIONS_MAX} items");
        return Err(core_ibc::INVALID_VERSION.wrap(text));
    }
    for (index, version) in msg.counterparty_versions.iter().enumerate() {
        version::check(Some(version))
            .map_err(|error| error.wrap(format!("basic validation failed on version with index {index}")))?;
    }
    check_proof(&msg.proof_init, "cannot submit an empty proof init")?;
    check_signer(ctx, &msg.signer)?;
    check_counterparty(msg.counterparty.as_ref())
}

fn check_ack(ctx: &Ctx, msg: &raw::MsgConnectionOpenAck) -> Result<()> {
    if !is_connection_id(&msg.connection_id) {
        return Err(INVALID_CONNECTION_IDENTIFIER.plain());
    }
    check_connection_id(&msg.counterparty_connection_id)
        .map_err(|error| error.wrap("invalid counterparty connection ID"))?;
    version::check(msg.version.as_ref())?;
    check_proof(&msg.proof_try, "cannot submit an empty proof try")?;
    check_signer(ctx, &msg.signer).map(drop)
}

fn check_confirm(ctx: &Ctx, msg: &raw::MsgConnectionOpenConfirm) -> Result<()> {
    if !is_connection_id(&msg.connection_id) {
        return Err(INVALID_CONNECTION_IDENTIFIER.plain());
    }
    check_proof(&msg.proof_ack, "cannot submit an empty proof ack")?;
    check_signer(ctx, &msg.signer).map(drop)
}

fn check_client(client: &str) -> Result<()> {
    if client == LOCALHOST {
        return Err(client::INVALID_CLIENT_TYPE.wrap("localhost connection handshakes are disallowed"));
    }
    check_client_id(client).map_err(|error| error.wrap("invalid client ID"))
}

fn check_proof(proof: &[u8], text: &str) -> Result<()> {
    if proof.is_empty() { Err(commitment::INVALID_PROOF.wrap(text)) } else { Ok(()) }
}

/// `Counterparty.ValidateBasic`.
fn check_counterparty(counterparty: Option<&raw::Counterparty>) -> Result<()> {
    let counterparty = counterparty.cloned().unwrap_or_default();
    if !counterparty.connection_id.is_empty() {
        check_connection_id(&counterparty.connection_id)
            .map_err(|error| error.wrap("invalid counterparty connection ID"))?;
    }
    check_client_id(&counterparty.client_id).map_err(|error| error.wrap("invalid counterparty client ID"))?;
    if counterparty.prefix.is_none_or(|prefix| prefix.key_prefix.is_empty()) {
        return Err(INVALID_COUNTERPARTY.wrap("counterparty prefix cannot be empty"));
    }
    Ok(())
}
