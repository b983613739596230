//! Why a call to a node came to nothing: which node, which call, what happened, and what it means.

use std::time::Duration;

use types::{ChainId, Class, Refusal, Scope};

use crate::node_errors::NodeError;

/// A call to a node that came to nothing.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{method} at {endpoint}: {failure}")]
pub struct ChainError {
    /// The node's address without path, query and credentials.
    pub endpoint: String,
    /// The JSON-RPC method, the query's path, or the gRPC method.
    pub method: String,
    /// What happened.
    pub failure: Failure,
}

/// What happened to a call.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// No connection, or it broke.
    #[error("no answer: {0}")]
    Unreachable(String),
    /// The whole call took longer than it may.
    #[error("no answer within {0:?}")]
    Deadline(Duration),
    /// HTTP told of an error.
    #[error("HTTP status {0}")]
    Http(u16),
    /// HTTP pointed elsewhere; nobody goes there.
    #[error("redirected (HTTP status {0}), which is not followed: name the final address")]
    Redirected(u16),
    /// The answer is longer than we read.
    #[error("the answer has more than {0} bytes")]
    TooLarge(usize),
    /// The request is longer than a node reads.
    #[error("the request has {0} bytes, more than a node reads")]
    RequestTooLarge(usize),
    /// The answer is not what the call answers.
    #[error("unreadable answer: {0}")]
    Malformed(String),
    /// The node answered with a JSON-RPC error.
    #[error("{message}")]
    Node {
        /// The JSON-RPC code.
        code: i64,
        /// The node's text, cut and freed of control characters.
        message: String,
        /// What the text means, where [`crate::node_errors`] knows it.
        meaning: Option<NodeError>,
    },
    /// The application refused the query.
    #[error("refused with {} {}: {}", .0.codespace, .0.code, .0.log)]
    Refused(Box<Refusal>),
    /// A real gRPC server answered with a status.
    #[error("gRPC status {code:?}: {message}")]
    Grpc {
        /// The status' code.
        code: tonic::Code,
        /// Its text, cut and freed of control characters.
        message: String,
    },
    /// What was asked for is not there.
    #[error("{0} is not there")]
    Missing(String),
    /// A list is longer than we read.
    #[error("{what}: more than {max}")]
    CapReached {
        /// What was listed.
        what: &'static str,
        /// How many are read.
        max: usize,
    },
    /// The node is another chain's.
    #[error("the endpoint serves chain {actual}, not {expected}: mend the address or the chain id")]
    WrongChain {
        /// The configured chain.
        expected: ChainId,
        /// The node's.
        actual: ChainId,
    },
    /// The address can't be used.
    #[error("unusable address: {0}")]
    Address(String),
}

impl ChainError {
    pub(crate) fn new(endpoint: impl Into<String>, method: impl Into<String>, failure: Failure) -> Self {
        Self { endpoint: endpoint.into(), method: method.into(), failure }
    }

    /// How to react. What may be another node's better knowledge, or this one's tomorrow, is [`Class::Transient`]:
    /// no node can talk us out of trying again.
    pub fn class(&self) -> Class {
        if self.is_not_found() {
            return Class::Stale;
        }
        match &self.failure {
            Failure::Unreachable(_)
            | Failure::Deadline(_)
            | Failure::Http(_)
            | Failure::Redirected(_)
            | Failure::TooLarge(_)
            | Failure::Malformed(_)
            | Failure::Missing(_)
            | Failure::CapReached { .. } => Class::Transient,
            Failure::RequestTooLarge(_) => Class::Terminal(Scope::Packet),
            Failure::Node { meaning, .. } => meaning.map_or(Class::Transient, NodeError::class),
            Failure::Refused(refusal) => refusal.class,
            Failure::Grpc { code, .. } => match code {
                tonic::Code::Unimplemented => Class::Terminal(Scope::Chain),
                _ => Class::Transient,
            },
            Failure::WrongChain { .. } | Failure::Address(_) => Class::Terminal(Scope::Chain),
        }
    }

    /// What the node's text means, where it is known.
    pub fn node_error(&self) -> Option<NodeError> {
        match &self.failure {
            Failure::Node { meaning, .. } => *meaning,
            Failure::Refused(refusal) => NodeError::read(&refusal.log),
            Failure::Grpc { message, .. } => NodeError::read(message),
            _ => None,
        }
    }

    /// Does the chain say that what was asked for does not exist? (sdk 22 is what `abci_query` makes of gRPC's
    /// `NotFound`, cosmos-sdk `baseapp/abci.go`.)
    pub fn is_not_found(&self) -> bool {
        match &self.failure {
            Failure::Missing(_) | Failure::Grpc { code: tonic::Code::NotFound, .. } => true,
            Failure::Refused(refusal) => refusal.codespace == "sdk" && refusal.code == 22,
            _ => false,
        }
    }

    /// Does the chain not know the query at all? (sdk 6 is what an SDK node says of an unknown path.)
    pub fn is_unknown_query(&self) -> bool {
        match &self.failure {
            Failure::Grpc { code: tonic::Code::Unimplemented, .. } => true,
            Failure::Refused(refusal) => refusal.codespace == "sdk" && refusal.code == 6,
            _ => false,
        }
    }

    /// Might another node of the same chain do better?
    pub fn is_nodes_own(&self) -> bool {
        match &self.failure {
            Failure::Refused(_) | Failure::Missing(_) | Failure::RequestTooLarge(_) | Failure::Grpc { .. } => false,
            Failure::Node { meaning, .. } => !matches!(meaning, Some(NodeError::TxInCache | NodeError::TxTooLarge)),
            _ => true,
        }
    }
}
