//! One node's address, and all that is asked there over JSON-RPC.
//!
//! True of every call: at most `in_flight_max` HTTP requests at once; from the moment of sending, a total deadline, not
//! an idle one; an answer's body is read as it comes and dropped at its limit; no redirect is followed, no proxy of the
//! environment used; the address appears in messages without path, query and credentials.

mod address;
mod batch;
mod calls;
mod evidence;
mod http;
mod json_rpc;
mod urgency;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tokio::sync::Semaphore;
use url::Url;

use crate::error::{ChainError, Failure};
use crate::grpc::GrpcChannel;
use crate::query::Queries;

pub use address::redacted;
pub use calls::{BroadcastAnswer, HEADERS_MAX};
pub use evidence::EvidenceAnswer;
pub(crate) use http::{client as webhook_client, reason as unnamed_reason};
use urgency::InFlight;
pub use urgency::urgently;

/// How many JSON-RPC requests CometBFT takes in a batch by default (`rpc.max_request_batch_size`).
const BATCH_DEFAULT: usize = 10;

/// Where a node tells of new blocks by itself.
#[derive(Clone, Default, PartialEq, Eq)]
pub enum Websocket {
    /// At the RPC's address with `/websocket` behind its path.
    #[default]
    Derived,
    /// There, `ws` or `wss`.
    At(Url),
    /// Nowhere: new blocks are polled.
    Off,
}

impl fmt::Debug for Websocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Derived => f.write_str("Derived"),
            Self::At(url) => f.debug_tuple("At").field(&redacted(url)).finish(),
            Self::Off => f.write_str("Off"),
        }
    }
}

/// Where a node is, and how much is asked of it.
#[derive(Clone)]
pub struct EndpointOptions {
    /// CometBFT's RPC, `http` or `https`; may carry credentials.
    pub rpc: Url,
    /// Its WebSocket.
    pub websocket: Websocket,
    /// A gRPC server; `None` to carry gRPC queries through `abci_query`.
    pub grpc: Option<Url>,
    /// HTTP requests at the same time, at most: an SDK node answers one ABCI call after the other anyway.
    pub in_flight_max: usize,
    /// An answer's size at most, in bytes; single calls have lower limits of their own.
    pub body_bytes_max: usize,
    /// The time for one HTTP request from sending to the answer's last byte.
    pub deadline: Duration,
}

impl EndpointOptions {
    /// The defaults for an address: 4 requests in flight, answers up to 64 MiB, 10 seconds.
    pub fn new(rpc: Url) -> Self {
        Self {
            rpc,
            websocket: Websocket::Derived,
            grpc: None,
            in_flight_max: 4,
            body_bytes_max: 64 << 20,
            deadline: Duration::from_secs(10),
        }
    }
}

impl fmt::Debug for EndpointOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EndpointOptions")
            .field("rpc", &redacted(&self.rpc))
            .field("websocket", &self.websocket)
            .field("grpc", &self.grpc.as_ref().map(redacted))
            .field("in_flight_max", &self.in_flight_max)
            .field("body_bytes_max", &self.body_bytes_max)
            .field("deadline", &self.deadline)
            .finish()
    }
}

/// What was asked of a node so far.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// JSON-RPC calls, those in batches counted one by one.
    pub calls: u64,
    /// HTTP requests.
    pub http: u64,
    /// HTTP requests without a usable answer: not connected, refused, too late or too large.
    pub failed: u64,
}

/// One node. Cheap to clone; clones share connections, limits and counters.
#[derive(Clone)]
pub struct Endpoint {
    inner: Arc<Inner>,
}

struct Inner {
    name: String,
    options: EndpointOptions,
    websocket: Option<Url>,
    http: reqwest::Client,
    grpc: Option<tonic::transport::Channel>,
    in_flight: InFlight,
    /// One fewer: what is asked in a single request does not wait behind a list of thousands.
    of_long_lists: Semaphore,
    batch_max: AtomicUsize,
    next_id: AtomicU64,
    calls: AtomicU64,
    posts: AtomicU64,
    posts_failed: AtomicU64,
    events_dropped: AtomicU64,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Endpoint").field(&self.inner.name).finish()
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.inner.name)
    }
}

impl Endpoint {
    /// A node at these addresses. Nothing is sent yet; to be called within a tokio runtime if `grpc` is set.
    ///
    /// # Errors
    /// When an address is none of the kind asked for, or the TLS roots of the system can't be read.
    pub fn new(options: EndpointOptions) -> Result<Self, ChainError> {
        crate::install_crypto_provider();
        let name = redacted(&options.rpc);
        let refuse = |reason: String| ChainError::new(name.clone(), "connect", Failure::Address(reason));
        if !matches!(options.rpc.scheme(), "http" | "https") || options.rpc.host_str().is_none() {
            return Err(refuse("rpc must be an http or https address".to_owned()));
        }
        let websocket = address::websocket(&options).map_err(refuse)?;
        let http = http::client().map_err(refuse)?;
        let grpc =
            options.grpc.as_ref().map(|url| crate::grpc::real_channel(url, &options)).transpose().map_err(refuse)?;
        let in_flight_max = options.in_flight_max.clamp(1, Semaphore::MAX_PERMITS);
        let inner = Inner {
            name,
            websocket,
            http,
            grpc,
            in_flight: InFlight::new(in_flight_max),
            of_long_lists: Semaphore::new((in_flight_max - 1).max(1)),
            batch_max: AtomicUsize::new(BATCH_DEFAULT),
            next_id: AtomicU64::new(1),
            calls: AtomicU64::new(0),
            posts: AtomicU64::new(0),
            posts_failed: AtomicU64::new(0),
            events_dropped: AtomicU64::new(0),
            options,
        };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The address without path, query and credentials: fit for a log.
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// What was asked here so far.
    pub fn requests(&self) -> Requests {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let inner = &self.inner;
        Requests { calls: count(&inner.calls), http: count(&inner.posts), failed: count(&inner.posts_failed) }
    }

    /// How many events named like IBC's were unreadable so far; each was logged and left out of its block.
    pub fn events_dropped(&self) -> u64 {
        self.inner.events_dropped.load(Ordering::Relaxed)
    }

    /// How many requests go in one batch at present; falls when the node refuses.
    pub fn batch_max(&self) -> usize {
        self.inner.batch_max.load(Ordering::Relaxed)
    }

    /// Where gRPC queries go: to the real server if one is named, else through `abci_query` here.
    pub fn grpc(&self) -> GrpcChannel {
        match &self.inner.grpc {
            Some(channel) => {
                let name = self.inner.options.grpc.as_ref().map_or_else(|| self.inner.name.clone(), redacted);
                GrpcChannel::real(channel.clone(), name)
            }
            None => GrpcChannel::abci_query(self.clone()),
        }
    }

    /// Typed queries over [`Endpoint::grpc`].
    pub fn queries(&self) -> Queries {
        Queries::new(self.grpc())
    }

    /// Are these clones of one endpoint?
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.inner, &other.inner)
    }

    /// Where new blocks are told of; none if they shall be polled.
    pub(crate) fn websocket(&self) -> Option<&Url> {
        self.inner.websocket.as_ref()
    }

    pub(crate) fn error(&self, method: impl Into<String>, failure: Failure) -> ChainError {
        ChainError::new(self.inner.name.clone(), method, failure)
    }
}
