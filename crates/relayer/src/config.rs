//! What the relayer is told of a chain. The command line reads it from a file; a library's user fills it in.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::time::Duration;

use chain::endpoint::redacted;
use chain::{GasPrice, Websocket};
use engine::PathId;
use keyring::Signer;
use types::{BlockHeight, ChainId, MerklePrefix};
use url::Url;

use crate::monitor::MonitorOptions;
use crate::respond::ResponseOptions;

/// A header that the operator vouches for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trust {
    /// Its height.
    pub height: BlockHeight,
    /// Its hash, as CometBFT's `/commit` shows it in `block_id`.
    pub hash: [u8; 32],
}

/// A chain, as configured. What is `None` is learned from the chain.
pub struct ChainConfig {
    /// Its id; an endpoint of another chain is refused.
    pub id: ChainId,
    /// JSON-RPC addresses, at least one; the first is the primary, the others are asked when it fails.
    pub rpc: Vec<Url>,
    /// The primary's WebSocket; switched off, the others' are too.
    pub websocket: Websocket,
    /// gRPC address; by default gRPC queries travel through the JSON-RPC address.
    pub grpc: Option<Url>,
    /// The key that signs; none for who only looks.
    pub signer: Option<Signer>,
    /// What a unit of gas costs.
    pub gas_price: GasPrice,
    /// The simulated gas is multiplied by this many thousandths.
    pub gas_multiplier_permille: u64,
    /// Most gas that a transaction may ask for.
    pub gas_max: u64,
    /// Most that a transaction may cost, in the gas price's denomination.
    pub fee_max: Option<u128>,
    /// Stands in every transaction.
    pub memo: String,
    /// Name of the IBC store; by default probed.
    pub store_prefix: Option<MerklePrefix>,
    /// How long its validators' stake stays bound; by default asked of the chain.
    pub unbonding_period: Option<Duration>,
    /// How long a header of this chain stays trusted; by default two thirds of the unbonding period.
    pub trusting_period: Option<Duration>,
    /// Which share of the trusted validators must have signed a skipped-to header.
    pub trust_threshold: light_client::TrustThreshold,
    /// How far a header's time may lie ahead of our clock.
    pub clock_drift: Duration,
    /// A header that the operator vouches for.
    pub trust: Option<Trust>,
    /// Usual time between two blocks; by default measured.
    pub block_time: Option<Duration>,
    /// Longest time between two blocks that is still normal; part of a new client's allowed clock drift.
    pub block_time_max: Duration,
    /// Requests that a node is asked at the same time.
    pub requests_in_flight_max: usize,
    /// How long a request may take.
    pub request_deadline: Duration,
    /// Limits of batches and transactions.
    pub limits: Limits,
}

impl fmt::Debug for ChainConfig {
    /// Addresses may carry credentials, so that they are named without them, and the rest is left out.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rpc: Vec<_> = self.rpc.iter().map(redacted).collect();
        f.debug_struct("ChainConfig").field("id", &self.id).field("rpc", &rpc).finish_non_exhaustive()
    }
}

/// Limits of a chain's batches and transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Most packet messages in a transaction.
    pub batch_msgs_max: usize,
    /// Most bytes of messages in a transaction.
    pub tx_bytes_max: usize,
    /// Most transactions that are signed and not yet seen in a block.
    pub in_flight_max: usize,
    /// How many blocks a transaction stays valid.
    pub tx_lifetime_blocks: u64,
    /// Blocks between two sweeps of a channel's commitments.
    pub sweep_interval_blocks: u64,
    /// A recv is not tried any more this close to the packet's timeout, in blocks.
    pub timeout_margin_blocks: u64,
}

/// How the engine behaves on all chains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelayOptions {
    /// First delay before a transient failure's retry.
    pub backoff_min: Duration,
    /// Largest delay before a transient failure's retry.
    pub backoff_max: Duration,
    /// How often a leg that failed alone is tried before it is quarantined.
    pub leg_tries_max: u32,
    /// Most legs in preparation for one (destination, client) at a time.
    pub batch_legs_max: usize,
    /// Paths whose handshakes are completed, whoever began them.
    pub handshakes: BTreeSet<PathId>,
    /// Paths all of whose open channels are relayed, those that open later too.
    pub discover: BTreeSet<PathId>,
    /// Blocks below this one are not searched for packets sent before, as long as the driver runs.
    pub search_from: BTreeMap<ChainId, BlockHeight>,
    /// Whether, and how, the clients of all chains are watched.
    pub monitor: Option<MonitorOptions>,
    /// Where evidence is kept, and who else is told.
    pub response: ResponseOptions,
}

impl Default for RelayOptions {
    fn default() -> Self {
        Self {
            backoff_min: Duration::from_millis(500),
            backoff_max: Duration::from_secs(30),
            leg_tries_max: 5,
            batch_legs_max: 1000,
            handshakes: BTreeSet::new(),
            discover: BTreeSet::new(),
            search_from: BTreeMap::new(),
            monitor: None,
            response: ResponseOptions::default(),
        }
    }
}
