//! The modules of the application: whose messages and queries it answers.

use super::context::Ctx;
use super::error::Result;
use super::kind::{MessageKind, QueryKind};
use super::{auth, bank, ibc, transfer, upgrade};

const MESSAGES: &[&[MessageKind]] =
    &[bank::MESSAGES, ibc::client::MESSAGES, ibc::connection::MESSAGES, ibc::channel::MESSAGES, transfer::MESSAGES];

const QUERIES: &[&[QueryKind]] = &[
    auth::QUERIES,
    bank::QUERIES,
    upgrade::QUERIES,
    ibc::client::QUERIES,
    ibc::connection::QUERIES,
    ibc::channel::QUERIES,
    transfer::QUERIES,
];

/// What the modules of IBC hold before the first block.
pub(super) fn init_genesis(ctx: &mut Ctx) -> Result<()> {
    ibc::client::init_genesis(ctx)?;
    ibc::connection::init_genesis(ctx)?;
    ibc::channel::init_genesis(ctx)?;
    transfer::init_genesis(ctx)
}

/// The kind of message of a type URL.
pub(super) fn message(url: &str) -> Option<&'static MessageKind> {
    MESSAGES.iter().copied().flatten().find(|kind| kind.url == url)
}

/// The query of a gRPC path.
pub(super) fn query(path: &str) -> Option<&'static QueryKind> {
    QUERIES.iter().copied().flatten().find(|kind| kind.path == path)
}

/// Is there a query of the service that `path` belongs to?
pub(super) fn has_service(path: &str) -> bool {
    let service = |path: &str| path.rsplit_once('/').map(|(service, _)| service.to_owned());
    QUERIES.iter().copied().flatten().any(|kind| service(kind.path) == service(path))
}
