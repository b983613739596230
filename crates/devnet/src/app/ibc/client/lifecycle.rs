//! What can be done with a client, and what is emitted then (`02-client/keeper/client.go`, `events.go`).

use proto::ibc::lightclients::tendermint::v1 as raw;
use types::Height;
use types::client::Status;

use super::error::client;
use super::host;
use super::route::{Module, find_route, route, status_text};
use super::tendermint::{self, ClientMessage};
use super::{host::TENDERMINT, store};
use crate::app::context::{Ctx, Mode};
use crate::app::error::Result;
use crate::app::event::Event;

/// `CreateClient`: gives the new client's id.
pub(super) fn create_client(
    ctx: &mut Ctx,
    state: &raw::ClientState,
    consensus_state: raw::ConsensusState,
) -> Result<String> {
    let id = store::next_client_id(ctx, TENDERMINT)?;
    let module = route(ctx, &id)?;
    tendermint::initialize(ctx, &id, state, consensus_state)?;
    module.check_active(ctx, &id, "cannot create client")?;
    let height = module.latest_height(ctx, &id)?;
    emit(ctx, client_event("create_client", &id)?.with("consensus_height", height));
    Ok(id)
}

/// `UpdateClient`: a header brings the client forward, misbehaviour freezes it, and so does a header that conflicts
/// with what the client knows.
pub(super) fn update_client(ctx: &mut Ctx, id: &str, message: &ClientMessage) -> Result<()> {
    let module = route(ctx, id)?;
    module.check_active(ctx, id, "cannot update client")?;
    verify_client_message(ctx, module, id, message)?;
    let heights = match module {
        Module::Tendermint if tendermint::check_for_misbehaviour(ctx, id, message)? => {
            tendermint::update_state_on_misbehaviour(ctx, id)?;
            emit(ctx, client_event("client_misbehaviour", id)?);
            return Ok(());
        }
        Module::Tendermint => tendermint::update_state(ctx, id, message)?,
        Module::Localhost => vec![ctx.self_height()],
    };
    let heights: Vec<String> = heights.iter().map(Height::to_string).collect();
    let event = client_event("update_client", id)?
        .with("consensus_height", heights.first().map_or("", String::as_str))
        .with("consensus_heights", heights.join(","));
    emit(ctx, event);
    Ok(())
}

/// `updateClientCheckTx` of ibc-go's ante handler: no misbehaviour is looked for, and a transaction that waits is not
/// verified again.
pub(super) fn update_client_in_check(ctx: &mut Ctx, id: &str, message: &ClientMessage) -> Result<()> {
    let status = super::status_of(ctx, id)?;
    if status != Status::Active {
        let text = format!("cannot update client ({id}) with status {}", status_text(status));
        return Err(client::CLIENT_NOT_ACTIVE.wrap(text));
    }
    let module = route(ctx, id)?;
    if ctx.mode != Mode::Recheck {
        verify_client_message(ctx, module, id, message)?;
    }
    match module {
        Module::Tendermint => tendermint::update_state(ctx, id, message).map(drop),
        Module::Localhost => Ok(()),
    }
}

fn verify_client_message(ctx: &mut Ctx, module: Module, id: &str, message: &ClientMessage) -> Result<()> {
    match module {
        Module::Tendermint => tendermint::verify_client_message(ctx, id, message),
        Module::Localhost => {
            let text = "client message verification is unsupported by the localhost client";
            Err(client::UPDATE_CLIENT_FAILED.wrap(text))
        }
    }
}

/// `UpgradeClient`: follows a chain into its next revision, as the chain itself said it would be.
pub(super) fn upgrade_client(ctx: &mut Ctx, id: &str, upgrade: &tendermint::Upgrade<'_>) -> Result<()> {
    let module = route(ctx, id)?;
    module.check_active(ctx, id, "cannot upgrade client")?;
    let done = match module {
        Module::Tendermint => tendermint::verify_upgrade_and_update_state(ctx, id, upgrade),
        Module::Localhost => Err(client::INVALID_UPGRADE_CLIENT.wrap("cannot upgrade localhost client")),
    };
    done.map_err(|error| error.wrap(format!("cannot upgrade client with ID {id}")))?;
    let height = module.latest_height(ctx, id)?;
    emit(ctx, client_event("upgrade_client", id)?.with("consensus_height", height));
    Ok(())
}

/// `RecoverClient`: a client that is frozen or expired takes over from one that is active.
pub(super) fn recover_client(ctx: &mut Ctx, subject: &str, substitute: &str) -> Result<()> {
    let module = find_route(ctx, subject)?.ok_or_else(|| client::ROUTE_NOT_FOUND.wrap(subject))?;
    let status = module.status(ctx, subject)?;
    if status == Status::Active {
        let text = format!("cannot recover subject client ({subject}) with status {}", status_text(status));
        return Err(client::INVALID_RECOVERY_CLIENT.wrap(text));
    }
    module.check_active(ctx, substitute, "cannot recover client using substitute client")?;
    let heights = (module.latest_height(ctx, subject)?, module.latest_height(ctx, substitute)?);
    if heights.0 >= heights.1 {
        return Err(client::INVALID_HEIGHT.wrap(format!(
            "subject client state latest height is greater or equal to substitute client state latest height ({} >= {})",
            heights.0, heights.1
        )));
    }
    // The localhost client is always active, so that none but 07-tendermint comes here.
    tendermint::recover_client(ctx, subject, substitute)?;
    let event = Event::new("recover_client")
        .with("subject_client_id", subject)
        .with("client_type", host::client_type(subject)?);
    emit(ctx, event);
    Ok(())
}

fn client_event(kind: &str, id: &str) -> Result<Event> {
    Ok(Event::new(kind).with("client_id", id).with("client_type", host::client_type(id)?))
}

/// Emits an event, and that it is of this module.
pub(super) fn emit(ctx: &mut Ctx, event: Event) {
    ctx.emit(event);
    ctx.emit(Event::new("message").with("module", "ibc_client"));
}
