//! Opening a path: a client, a connection and a channel on each side, in one go and resumable.
//!
//! Each step goes through the submitter under a durable name, so that a step whose answer was lost is found again
//! instead of done twice; the draft in the store holds what was made so far. Steps that give out no identifier ask
//! the chain first how far it is.

mod channel;
mod client;
mod connection;
mod draft;

use std::collections::BTreeMap;
use std::sync::Arc;

use chain::ChainError;
use engine::Message;
use store::{Store, StoreError};
use types::{ChainId, ChannelId, ClientId, ConnectionId, Order, PortId};

use crate::chain::Chain;
use crate::control::{Committed, Handle, SubmitError};
use crate::handshake::HandshakeError;
use crate::headers::HeaderError;
use crate::proofs::ProofError;
use draft::Draft;

pub use client::ClientOptions;

/// What is to be opened.
#[derive(Clone, Debug)]
pub struct PathRequest {
    /// One end.
    pub a: EndRequest,
    /// The other end.
    pub b: EndRequest,
    /// How the channel delivers.
    pub order: Order,
    /// The application's version.
    pub version: String,
    /// How long a packet waits between the client's update and its delivery.
    pub delay_period: std::time::Duration,
    /// How far to go.
    pub goal: Goal,
    /// Begin another path, even if an equal one was opened before.
    pub is_fresh: bool,
}

/// One end of what is to be opened; what is there already is taken as it is.
#[derive(Clone, Debug)]
pub struct EndRequest {
    /// The chain.
    pub chain: ChainId,
    /// Its port.
    pub port: PortId,
    /// A client to use instead of a new one.
    pub client: Option<ClientId>,
    /// A connection to use instead of a new one.
    pub connection: Option<ConnectionId>,
}

/// How far to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Goal {
    /// A client on end A only.
    Client,
    /// Clients and a connection.
    Connection,
    /// Clients, a connection and a channel.
    Channel,
}

/// What stands at the end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedEnd {
    /// The chain.
    pub chain: ChainId,
    /// The client on it.
    pub client: Option<ClientId>,
    /// The connection on it.
    pub connection: Option<ConnectionId>,
    /// The port.
    pub port: PortId,
    /// The channel on it.
    pub channel: Option<ChannelId>,
}

/// What stands at the end, on both sides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// One end.
    pub a: OpenedEnd,
    /// The other end.
    pub b: OpenedEnd,
}

/// Why a path could not be opened. What was made so far is remembered: a second run goes on from there.
#[derive(Debug, thiserror::Error)]
pub enum PathError {
    /// A chain that is not configured.
    #[error("chain {0} is not configured; add it to `[[chains]]`")]
    UnknownChain(ChainId),
    /// The chain refused a step, or the process is stopping.
    #[error(transparent)]
    Submit(#[from] SubmitError),
    /// The step's transaction did not do what it should.
    #[error("{step} on {chain} succeeded, but its events name no {what}")]
    NothingCreated {
        /// The chain.
        chain: ChainId,
        /// The step.
        step: &'static str,
        /// What is missing.
        what: &'static str,
    },
    /// An end is in a state that no step leads on from.
    #[error("{what} on {chain} is {state}; begin another one with --new")]
    WrongState {
        /// The chain.
        chain: ChainId,
        /// The end.
        what: String,
        /// Its state.
        state: String,
    },
    /// A node did not answer.
    #[error(transparent)]
    Chain(#[from] ChainError),
    /// There is no proof.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// A step can't be made.
    #[error(transparent)]
    Handshake(#[from] HandshakeError),
    /// There is no verified header.
    #[error(transparent)]
    Header(#[from] HeaderError),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Told of each step that is done, in one line: `client 07-tendermint-0 on chain-a`.
pub type Report<'a> = &'a (dyn Fn(&str) + Send + Sync);

/// What a procedure works with.
pub struct Procedure<'a> {
    /// The configured chains.
    pub chains: &'a BTreeMap<ChainId, Arc<Chain>>,
    /// The running driver.
    pub handle: &'a Handle,
    /// Where the draft is kept.
    pub store: &'a Store,
    /// Told of each step.
    pub report: Report<'a>,
}

/// Opens what `request` asks for, or goes on where an earlier run was cut off.
///
/// # Errors
/// See [`PathError`].
pub async fn open(
    procedure: &Procedure<'_>,
    request: &PathRequest,
    options: &ClientOptions,
) -> Result<Opened, PathError> {
    let a = procedure.chain(&request.a.chain)?;
    let b = procedure.chain(&request.b.chain)?;
    let mut draft = Draft::resume(procedure.store, request).await?;
    connection::adopt(&mut draft, a, b).await?;
    client::ensure(procedure, &mut draft, draft::Side::A, a, b, options).await?;
    if request.goal >= Goal::Connection {
        client::ensure(procedure, &mut draft, draft::Side::B, b, a, options).await?;
        connection::ensure(procedure, &mut draft, a, b, request.delay_period).await?;
    }
    if request.goal >= Goal::Channel {
        channel::ensure(procedure, &mut draft, a, b, request).await?;
    }
    Ok(draft.opened(request))
}

impl Procedure<'_> {
    fn chain(&self, id: &ChainId) -> Result<&Chain, PathError> {
        self.chains.get(id).map(|chain| &**chain).ok_or_else(|| PathError::UnknownChain(id.clone()))
    }

    /// Runs one step's transaction under its durable name. The name is forgotten by [`Procedure::done`], after the
    /// draft holds what the step gave.
    async fn step(
        &self,
        draft: &Draft,
        chain: &Chain,
        step: &'static str,
        messages: Vec<Message>,
    ) -> Result<Committed, PathError> {
        let id = draft.request(step);
        let outcome = self.handle.submit(id.clone(), chain.lane(), messages).await.map_err(SubmitError::from)?;
        let committed = Committed::from_outcome(&chain.id, step, outcome);
        if committed.is_err() {
            // The next run shall try the step anew, not hear of this failure again.
            self.handle.forget(id).await.map_err(SubmitError::from)?;
        }
        Ok(committed?)
    }

    /// The step's result is in the draft: saves it, and forgets the step's transaction.
    async fn done(&self, draft: &Draft, step: &'static str, line: &str) -> Result<(), PathError> {
        draft.save(self.store).await?;
        self.handle.forget(draft.request(step)).await.map_err(SubmitError::from)?;
        (self.report)(line);
        Ok(())
    }
}
