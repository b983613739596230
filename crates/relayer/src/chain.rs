//! One configured chain, as the shell sees it: its endpoint, its wallet, its verified headers, and what was learned.

mod error;
mod head;
mod learned;
mod nodes;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chain::{ChainError, Endpoint, Failure, Pool, Queries};
use engine::{Head, LaneId};
use store::Store;
use tokio::sync::{OnceCell, watch};
use tracing::{error, info, warn};
use types::message::Signer;
use types::{BlockHeight, ChainId, ChannelId, ConnectionId, Height, MerklePrefix, PortId};

use crate::clock::Clock;
use crate::config::ChainConfig;
use crate::headers::Headers;
use crate::proofs::Delay;

use head::KnownHead;

pub use error::ConnectError;
pub use nodes::Nodes;

/// How long a chain that does not answer is left alone at first, and at most.
const CONNECT_BACKOFF_MIN: Duration = Duration::from_millis(500);
const CONNECT_BACKOFF_MAX: Duration = Duration::from_secs(15);
/// More blocks than these are not read one by one by who wants to be done soon.
const BLOCKS_READ_MAX: u64 = 1_000;

/// One configured chain.
#[derive(Debug)]
pub struct Chain {
    /// Its id.
    pub id: ChainId,
    config: ChainConfig,
    endpoints: Vec<Endpoint>,
    pool: OnceCell<Pool>,
    store: Store,
    clock: Arc<Clock>,
    headers: OnceCell<Headers>,
    unbonding_period: OnceCell<Duration>,
    block_time: OnceCell<Duration>,
    store_prefix: OnceCell<MerklePrefix>,
    delays: Mutex<BTreeMap<ConnectionId, Delay>>,
    connections: Mutex<BTreeMap<(PortId, ChannelId), ConnectionId>>,
    head: watch::Sender<KnownHead>,
}

impl Chain {
    /// A chain as configured. Nothing is sent yet.
    ///
    /// # Errors
    /// When the address is not usable.
    pub fn new(config: ChainConfig, store: Store, clock: Arc<Clock>) -> Result<Self, ConnectError> {
        let nodes = Nodes {
            rpc: config.rpc.clone(),
            websocket: config.websocket.clone(),
            grpc: config.grpc.clone(),
            in_flight_max: config.requests_in_flight_max,
            deadline: config.request_deadline,
        };
        let endpoints = nodes.endpoints().map_err(ConnectError::Address)?;
        if endpoints.is_empty() {
            return Err(ConnectError::NoAddress(config.id));
        }
        Ok(Self {
            id: config.id.clone(),
            endpoints,
            pool: OnceCell::new(),
            headers: OnceCell::new(),
            unbonding_period: OnceCell::new(),
            block_time: OnceCell::new(),
            store_prefix: OnceCell::new(),
            delays: Mutex::default(),
            connections: Mutex::default(),
            head: watch::Sender::new(KnownHead::default()),
            store,
            clock,
            config,
        })
    }

    /// Asks the endpoints whether they serve this chain, and for its head; one that answers, and has the block that it
    /// tells of, is enough.
    ///
    /// # Errors
    /// When there is none, or one serves another chain.
    pub async fn connect(&self) -> Result<Head, ConnectError> {
        let refused = |error: ChainError| match error.failure {
            Failure::WrongChain { expected, actual } => {
                ConnectError::OtherChain { endpoint: error.endpoint, found: actual, expected }
            }
            _ => ConnectError::Unreachable { chain: self.id.clone(), error },
        };
        let connect = || Pool::connect(&self.id, self.endpoints.clone());
        let pool = self.pool.get_or_try_init(connect).await.map_err(refused)?;
        let head = pool.run(|endpoint| async move { self.head_of(&endpoint).await }).await.map_err(refused)?;
        self.measure_block_time(head).await;
        Ok(head)
    }

    /// Waits until the endpoint serves this chain, however long that takes.
    pub async fn connected(&self) {
        let mut backoff = CONNECT_BACKOFF_MIN;
        loop {
            match self.connect().await {
                Ok(head) => {
                    info!(chain = %self.id, endpoint = %self.endpoint(), height = %head.height, "connected");
                    return;
                }
                Err(error @ ConnectError::Unreachable { .. }) => {
                    warn!(chain = %self.id, %error, retry_after_ms = backoff.as_millis(), "chain can't be reached; it is tried again");
                }
                Err(
                    error @ (ConnectError::OtherChain { .. } | ConnectError::NoAddress(_) | ConnectError::Address(_)),
                ) => {
                    error!(chain = %self.id, %error, retry_after_ms = backoff.as_millis(), "chain can't be used; it is tried again");
                }
            }
            tokio::time::sleep(backoff).await;
            backoff = (backoff * 2).min(CONNECT_BACKOFF_MAX);
        }
    }

    /// Did an endpoint prove to serve this chain since the start?
    pub(crate) fn is_connected(&self) -> bool {
        self.pool.initialized()
    }

    /// Every endpoint that is configured, in use or not.
    pub(crate) fn all_endpoints(&self) -> &[Endpoint] {
        &self.endpoints
    }

    /// What was configured.
    pub fn config(&self) -> &ChainConfig {
        &self.config
    }

    /// The endpoint in use: the primary as long as it answers.
    ///
    /// # Panics
    /// Never: a chain has at least one endpoint.
    pub fn endpoint(&self) -> &Endpoint {
        self.pool.get().map_or(&self.endpoints[0], Pool::current)
    }

    /// All endpoints in use, for what follows the chain's head from one to the next.
    pub(crate) fn endpoints(&self) -> Pool {
        self.pool.get().cloned().unwrap_or_else(|| self.endpoints[0].clone().into())
    }

    /// JSON-RPC calls that were made so far, to all endpoints.
    pub fn calls(&self) -> u64 {
        self.endpoints.iter().map(|endpoint| endpoint.requests().calls).sum()
    }

    /// Typed queries at the endpoint in use.
    pub fn query(&self) -> Queries {
        self.query_at(self.endpoint())
    }

    /// Typed queries at one of its endpoints. A state of a block that was told of a moment ago is waited for.
    pub(crate) fn query_at(&self, endpoint: &Endpoint) -> Queries {
        endpoint.queries().with_patience(self.block_time())
    }

    /// Where what is known of it is kept.
    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// Its wallet's lane.
    pub fn lane(&self) -> LaneId {
        LaneId { chain: self.id.clone(), address: self.address().to_owned() }
    }

    /// Who signs its messages.
    pub fn signer(&self) -> Signer {
        Signer::from(self.address())
    }

    /// Its wallet's address; nothing where no key was given.
    pub(crate) fn address(&self) -> &str {
        self.config.signer.as_ref().map_or("", |signer| signer.address())
    }

    /// The first endpoint that is another than the one in use.
    pub(crate) fn witness(&self) -> Option<Endpoint> {
        let current = self.endpoint().name();
        self.endpoints.iter().find(|endpoint| endpoint.name() != current).cloned()
    }

    /// Would it take long to read every block from `cursor` up to the head?
    pub(crate) fn is_far_behind(&self, cursor: BlockHeight) -> bool {
        self.head().is_some_and(|head| head.height > cursor.forward(BLOCKS_READ_MAX))
    }

    /// A block height of this chain with its revision.
    pub fn height(&self, height: BlockHeight) -> Height {
        Height { revision_number: self.id.revision_number(), revision_height: height.0 }
    }
}
