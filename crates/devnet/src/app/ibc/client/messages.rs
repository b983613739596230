//! Messages of `ibc.core.client.v1` (`02-client/types/msgs.go`, `core/keeper/msg_server.go`).

use proto::google::protobuf::Any;
use proto::ibc::core::client::v1 as raw;
use proto::ibc::lightclients::tendermint::v1 as tm;
use proto::{Message, Name};

use super::error::{client, core_ibc};
use super::host::check_client_id;
use super::tendermint::{ClientMessage, Upgrade, check_client_state, check_consensus_state};
use super::{lifecycle, store};
use crate::app::address::Address;
use crate::app::context::Ctx;
use crate::app::error::{Result, sdk};
use crate::app::kind::{MessageKind, read, respond};

pub(super) const CREATE: MessageKind = MessageKind {
    url: "/ibc.core.client.v1.MsgCreateClient",
    signer: |bytes| Ok(read::<raw::MsgCreateClient>(bytes)?.signer),
    validate: |ctx, bytes| check_create(ctx, &read(bytes)?),
    handle: |ctx, bytes| create(ctx, &read(bytes)?),
};
pub(super) const UPDATE: MessageKind = MessageKind {
    url: "/ibc.core.client.v1.MsgUpdateClient",
    signer: |bytes| Ok(read::<raw::MsgUpdateClient>(bytes)?.signer),
    validate: |ctx, bytes| {
        let raw::MsgUpdateClient { client_id, client_message, signer } = read(bytes)?;
        check_update(ctx, &client_id, client_message.as_ref(), &signer)
    },
    handle: |ctx, bytes| {
        let raw::MsgUpdateClient { client_id, client_message, .. } = read(bytes)?;
        lifecycle::update_client(ctx, &client_id, &ClientMessage::unpack(client_message.as_ref())?)?;
        Ok(respond(&raw::MsgUpdateClientResponse {}))
    },
};
pub(super) const SUBMIT_MISBEHAVIOUR: MessageKind = MessageKind {
    url: "/ibc.core.client.v1.MsgSubmitMisbehaviour",
    signer: |bytes| Ok(read::<raw::MsgSubmitMisbehaviour>(bytes)?.signer),
    validate: |ctx, bytes| {
        let raw::MsgSubmitMisbehaviour { client_id, misbehaviour, signer } = read(bytes)?;
        check_update(ctx, &client_id, misbehaviour.as_ref(), &signer)
    },
    handle: |ctx, bytes| {
        let raw::MsgSubmitMisbehaviour { client_id, misbehaviour, .. } = read(bytes)?;
        lifecycle::update_client(ctx, &client_id, &ClientMessage::unpack(misbehaviour.as_ref())?)?;
        Ok(respond(&raw::MsgSubmitMisbehaviourResponse {}))
    },
};
pub(super) const UPGRADE: MessageKind = MessageKind {
    url: "/ibc.core.client.v1.MsgUpgradeClient",
    signer: |bytes| Ok(read::<raw::MsgUpgradeClient>(bytes)?.signer),
    validate: |ctx, bytes| check_upgrade(ctx, &read(bytes)?),
    handle: |ctx, bytes| upgrade(ctx, &read(bytes)?),
};
pub(super) const RECOVER: MessageKind = MessageKind {
    url: "/ibc.core.client.v1.MsgRecoverClient",
    signer: |bytes| Ok(read::<raw::MsgRecoverClient>(bytes)?.signer),
    validate: |ctx, bytes| check_recover(ctx, &read(bytes)?),
    handle: |ctx, bytes| recover(ctx, &read(bytes)?),
};

/// Reads the signer's address as `ValidateBasic` of all messages of ibc-go does.
pub(crate) fn check_signer(ctx: &Ctx, signer: &str) -> Result<Address> {
    ctx.address(signer).map_err(|error| {
        let reason = error.log.strip_suffix(&format!(": {}", sdk::INVALID_ADDRESS.description)).unwrap_or(&error.log);
        core_ibc::INVALID_ADDRESS.wrap(format!("string could not be parsed as address: {reason}"))
    })
}

fn check_create(ctx: &Ctx, msg: &raw::MsgCreateClient) -> Result<()> {
    check_signer(ctx, &msg.signer)?;
    check_client_state(&unpack(msg.client_state.as_ref())?)?;
    check_consensus_state(unpack(msg.consensus_state.as_ref())?).map(drop)
}

fn create(ctx: &mut Ctx, msg: &raw::MsgCreateClient) -> Result<Any> {
    let state = unpack(msg.client_state.as_ref())?;
    let consensus_state = unpack(msg.consensus_state.as_ref())?;
    let client = lifecycle::create_client(ctx, &state, consensus_state)?;
    let creator = check_signer(ctx, &msg.signer)?;
    store::set_creator(ctx, &client, &creator)?;
    // ibc-go v10 names the client in field 1, which the message of an earlier version does not know.
    let mut value = Vec::new();
    prost::encoding::string::encode(1, &client, &mut value);
    Ok(Any { type_url: raw::MsgCreateClientResponse::type_url(), value })
}

fn check_update(ctx: &Ctx, client: &str, message: Option<&Any>, signer: &str) -> Result<()> {
    check_signer(ctx, signer)?;
    ClientMessage::unpack(message)?.check()?;
    check_client_id(client)
}

fn check_upgrade(ctx: &Ctx, msg: &raw::MsgUpgradeClient) -> Result<()> {
    unpack::<tm::ClientState>(msg.client_state.as_ref())?;
    unpack::<tm::ConsensusState>(msg.consensus_state.as_ref())?;
    if msg.proof_upgrade_client.is_empty() {
        return Err(client::INVALID_UPGRADE_CLIENT.wrap("proof of upgrade client cannot be empty"));
    }
    if msg.proof_upgrade_consensus_state.is_empty() {
        return Err(client::INVALID_UPGRADE_CLIENT.wrap("proof of upgrade consensus state cannot be empty"));
    }
    check_signer(ctx, &msg.signer)?;
    check_client_id(&msg.client_id)
}

fn upgrade(ctx: &mut Ctx, msg: &raw::MsgUpgradeClient) -> Result<Any> {
    let upgrade = Upgrade {
        client_state: &unpack(msg.client_state.as_ref())?,
        consensus_state: &unpack(msg.consensus_state.as_ref())?,
        client_proof: &msg.proof_upgrade_client,
        consensus_proof: &msg.proof_upgrade_consensus_state,
    };
    lifecycle::upgrade_client(ctx, &msg.client_id, &upgrade)?;
    Ok(respond(&raw::MsgUpgradeClientResponse {}))
}

fn check_recover(ctx: &Ctx, msg: &raw::MsgRecoverClient) -> Result<()> {
    check_signer(ctx, &msg.signer)?;
    check_client_id(&msg.subject_client_id)?;
    check_client_id(&msg.substitute_client_id)?;
    if msg.subject_client_id == msg.substitute_client_id {
        return Err(client::INVALID_SUBSTITUTE.wrap("subject and substitute clients must be different"));
    }
    Ok(())
}

/// Governance alone may do this: its module's account is the authority of ibc-go.
fn recover(ctx: &mut Ctx, msg: &raw::MsgRecoverClient) -> Result<Any> {
    let authority = ctx.text_of(&Address::of_module("gov"));
    if authority != msg.signer {
        return Err(core_ibc::UNAUTHORIZED.wrap(format!("expected {authority}, got {}", msg.signer)));
    }
    lifecycle::recover_client(ctx, &msg.subject_client_id, &msg.substitute_client_id)
        .map_err(|error| error.wrap("client recovery failed"))?;
    Ok(respond(&raw::MsgRecoverClientResponse {}))
}

/// A state of the type 07-tendermint; any other is none that a transaction can be read with here.
fn unpack<M: Message + Name + Default>(any: Option<&Any>) -> Result<M> {
    let any = any.ok_or_else(|| core_ibc::UNPACK_ANY.wrap("protobuf Any message cannot be nil"))?;
    types::wire::unpack(any).map_err(|error| match error {
        types::WireError::TypeUrl { found, .. } => sdk::TX_DECODE.wrap(format!("unable to resolve type URL {found}")),
        other => sdk::TX_DECODE.wrap(other),
    })
}
