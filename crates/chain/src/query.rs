//! Typed queries of an SDK chain's modules, over [`GrpcChannel`]: the newest state, or one that is named.
//!
//! None of the answers is proven; what is signed for is proven apart ([`crate::prove`]). Every list has a cap.

mod account;
mod bank;
mod channel;
mod client;
mod connection;
mod node;
mod packet;
mod paging;
mod transfer;

use prost::Message;
use types::QueryHeight;

use crate::error::{ChainError, Failure};
use crate::grpc::{GrpcAnswer, GrpcChannel};
use crate::node_errors::clean;

pub use account::Account;
pub use bank::Coin;
pub use channel::IdentifiedChannelEnd;
pub use client::IdentifiedClientState;
pub use packet::PacketEnd;
pub use paging::PagesMax;

/// Typed queries. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Queries {
    channel: GrpcChannel,
    at: Option<QueryHeight>,
    pages: PagesMax,
}

impl Queries {
    /// Queries of the newest state over `channel`.
    pub fn new(channel: GrpcChannel) -> Self {
        Self { channel, at: None, pages: PagesMax::default() }
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

    async fn ask<Request, Answer>(&self, path: &'static str, request: Request) -> Result<Answer, ChainError>
    where
        Request: Message + Send + Sync + 'static,
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
        Request: Message + Send + Sync + 'static,
        Answer: Message + Default + Send + Sync + 'static,
    {
        self.channel.unary(path, request, self.at).await
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
