//! From a client's id to the light client that is asked (`02-client/keeper/keeper.go`, `Route`).

use types::client::Status;
use types::{Height, Timestamp};

use super::error::client;
use super::host::{self, LOCALHOST, TENDERMINT};
use super::{Delay, localhost, store, tendermint};
use crate::app::context::Ctx;
use crate::app::error::{AppError, Result};

/// A light client of this chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Module {
    Tendermint,
    Localhost,
}

/// `Route`: the light client of an id, if parameters and chain allow it.
pub(super) fn route(ctx: &mut Ctx, id: &str) -> Result<Module> {
    let unparsed = |error: AppError| error.wrap(format!("unable to parse client identifier {id}"));
    let kind = host::client_type(id).map_err(unparsed)?;
    let allowed = store::params(ctx)?.allowed_clients;
    if !(allowed == ["*"] || allowed.iter().any(|allowed| allowed == kind)) {
        let text = format!("client ({id}) type {kind} is not in the allowed client list");
        return Err(client::INVALID_CLIENT_TYPE.wrap(text));
    }
    match kind {
        TENDERMINT => Ok(Module::Tendermint),
        LOCALHOST => Ok(Module::Localhost),
        _ => Err(client::ROUTE_NOT_FOUND.wrap(id)),
    }
}

/// The light client of an id, where ibc-go does not tell why there is none.
pub(super) fn find_route(ctx: &mut Ctx, id: &str) -> Result<Option<Module>> {
    match route(ctx, id) {
        Ok(module) => Ok(Some(module)),
        // In Go this is a panic, and goes past whoever ignores errors.
        Err(error) if error.is_fatal() => Err(error),
        Err(_) => Ok(None),
    }
}

impl Module {
    pub(super) fn status(self, ctx: &mut Ctx, id: &str) -> Result<Status> {
        match self {
            Self::Tendermint => tendermint::status(ctx, id),
            Self::Localhost => Ok(Status::Active),
        }
    }

    /// Refuses a client that is not active; `doing` stands at the front of the text.
    pub(super) fn check_active(self, ctx: &mut Ctx, id: &str, doing: &str) -> Result<()> {
        match self.status(ctx, id)? {
            Status::Active => Ok(()),
            status => {
                Err(client::CLIENT_NOT_ACTIVE.wrap(format!("{doing} ({id}) with status {}", status_text(status))))
            }
        }
    }

    pub(super) fn latest_height(self, ctx: &mut Ctx, id: &str) -> Result<Height> {
        match self {
            Self::Tendermint => tendermint::latest_height(ctx, id),
            Self::Localhost => Ok(ctx.self_height()),
        }
    }

    pub(super) fn timestamp_at_height(self, ctx: &mut Ctx, id: &str, height: Height) -> Result<Timestamp> {
        match self {
            Self::Tendermint => tendermint::timestamp_at_height(ctx, id, height),
            Self::Localhost => Ok(ctx.block.time),
        }
    }

    pub(super) fn verify_membership(
        self,
        ctx: &mut Ctx,
        id: &str,
        (height, delay): (Height, Delay),
        proof: &[u8],
        path: [&[u8]; 2],
        value: &[u8],
    ) -> Result<()> {
        match self {
            Self::Tendermint => tendermint::verify_membership(ctx, id, (height, delay), proof, path, value),
            Self::Localhost => localhost::verify_membership(ctx, proof, path, value),
        }
    }

    pub(super) fn verify_non_membership(
        self,
        ctx: &mut Ctx,
        id: &str,
        (height, delay): (Height, Delay),
        proof: &[u8],
        path: [&[u8]; 2],
    ) -> Result<()> {
        match self {
            Self::Tendermint => tendermint::verify_non_membership(ctx, id, (height, delay), proof, path),
            Self::Localhost => localhost::verify_non_membership(ctx, proof, path),
        }
    }
}

/// A status as ibc-go writes it.
pub(crate) fn status_text(status: Status) -> &'static str {
    match status {
        Status::Active => "Active",
        Status::Frozen => "Frozen",
        Status::Expired => "Expired",
        Status::Unauthorized => "Unauthorized",
        Status::Unknown => "Unknown",
    }
}
