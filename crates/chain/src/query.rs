//! Typed queries of an SDK chain's modules, over [`GrpcChannel`]: the newest state, or one that is named.
//!
//! None of the answers is proven; what is signed for is proven apart ([`crate::prove`]). Every list has a cap. A proof
//! and a simulation need no patience: the header that proves a state is made after the state was committed, and a
//! simulation runs on whatever state is the newest.

mod account;
mod bank;
mod channel;
mod client;
mod connection;
mod node;
mod packet;
mod paging;
mod transfer;

use std::time::Duration;

use prost::Message;
use types::QueryHeight;

use crate::error::{ChainError, Failure};
use crate::grpc::{GrpcAnswer, GrpcChannel};
use crate::node_errors::{NodeError, clean};
use crate::timer;

pub use account::Account;
pub use bank::Coin;
pub use channel::IdentifiedChannelEnd;
pub use client::IdentifiedClientState;
pub use packet::PacketEnd;
pub use paging::PagesMax;

/// Parts of its patience after each of which a state that is not there yet is asked for again.
const PATIENCE_PARTS: u32 = 10;

/// Typed queries. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Queries {
    channel: GrpcChannel,
    at: Option<QueryHeight>,
    pages: PagesMax,
    patience: Duration,
}

impl Queries {
    /// Queries of the newest state over `channel`.
    pub fn new(channel: GrpcChannel) -> Self {
        Self { channel, at: None, pages: PagesMax::default(), patience: Duration::ZERO }
    }

    /// The same queries of the state `at`.
    #[must_use]
    pub fn at(&self, at: QueryHeight) -> Self {
        Self { at: Some(at), ..self.clone() }
    }

    /// The same queries with another limit for lists.
    #[must_use]
    pub fn with_pages_max(&self, pages: PagesMax) -> Self {
        Self { pages, ..self.clone() }
    }

    /// The same queries; a named state that is not there yet is asked for again for so long. A node tells of a block
    /// before its application has committed it, so that the chain's block time is enough.
    #[must_use]
    pub fn with_patience(&self, patience: Duration) -> Self {
        Self { patience, ..self.clone() }
    }

    async fn ask<Request, Answer>(&self, path: &'static str, request: Request) -> Result<Answer, ChainError>
    where
        Request: Message + Clone + Send + Sync + 'static,
        Answer: Message + Default + Send + Sync + 'static,
    {
        self.ask_with_height(path, request).await.map(|answer| answer.message)
    }

    async fn ask_with_height<Request, Answer>(
        &self,
        path: &'static str,
        request: Request,
    ) -> Result<GrpcAnswer<Answer>, ChainError>
    where
        Request: Message + Clone + Send + Sync + 'static,
        Answer: Message + Default + Send + Sync + 'static,
    {
        let deadline = timer::now() + self.patience;
        loop {
            let asked = self.channel.unary(path, request.clone(), self.at).await;
            let is_ahead = |error: &ChainError| error.node_error() == Some(NodeError::HeightAhead);
            if self.at.is_none() || !asked.as_ref().is_err_and(is_ahead) || timer::now() >= deadline {
                return asked;
            }
            tokio::time::sleep(self.patience / PATIENCE_PARTS).await;
        }
    }

    fn error(&self, path: &str, failure: Failure) -> ChainError {
        ChainError::new(self.channel.name(), path, failure)
    }

    fn missing(&self, path: &str, what: impl Into<String>) -> ChainError {
        self.error(path, Failure::Missing(what.into()))
    }

    fn malformed(&self, path: &str, reason: impl std::fmt::Display) -> ChainError {
        self.error(path, Failure::Malformed(clean(&reason.to_string())))
    }
}
