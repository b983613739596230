//! What the engine is told once, at the start.

use core::time::Duration;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use types::{ChainId, ChannelId, ClientId, ConnectionId, Order, PortId};

/// A packet that was sent more source blocks ago than this is backlog, others are live and go first.
///
/// A packet that nothing holds up ends after about four blocks; where the destination's blocks are six times as long as
/// the source's, after about fourteen. Twice that is no ordinary delay any more.
pub(crate) const LIVE_BLOCKS: u64 = 30;

/// A packet that was this many source blocks old when it became known is backlog from the first: it has waited already,
/// and those like it are many where nobody relayed for a while. What is read as it is made is a block old or two.
pub(crate) const SEEN_BLOCKS: u64 = 5;

/// A configured path's name; unique in the configuration.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PathId(pub std::sync::Arc<str>);

impl core::fmt::Display for PathId {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(&self.0)
    }
}

/// One end of a path: the chain, its client of the other end's chain, and the connection.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PathEnd {
    /// The chain of this end: it hosts `client`.
    pub chain: ChainId,
    /// The client on `chain` that tracks the other end's chain.
    pub client: ClientId,
    /// The connection on `chain`.
    pub connection: ConnectionId,
}

/// One channel of a path.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChannelPath {
    /// Port and channel at end A.
    pub a: (PortId, ChannelId),
    /// Port and channel at end B.
    pub b: (PortId, ChannelId),
    /// How it delivers.
    pub order: Order,
}

/// A configured path: a pair of clients, and the channels on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path {
    /// Its name.
    pub id: PathId,
    /// One end.
    pub a: PathEnd,
    /// The other end.
    pub b: PathEnd,
    /// The channels to relay.
    pub channels: Vec<ChannelPath>,
    /// Which packets are relayed.
    pub policy: std::sync::Arc<crate::Policy>,
}

/// A wallet of a chain: the account whose transactions follow each other.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LaneId {
    /// The chain.
    pub chain: ChainId,
    /// The account's address, as `tx.acc_seq` writes it.
    pub address: String,
}

/// Limits and periods of one chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainOptions {
    /// The wallet.
    pub lane: LaneId,
    /// Most packet messages in a transaction.
    pub batch_msgs_max: usize,
    /// Most bytes of messages in a transaction.
    pub tx_bytes_max: usize,
    /// Most transactions of a lane that are signed and not yet seen in a block.
    pub in_flight_max: usize,
    /// How many blocks a transaction stays valid (`TxBody.timeout_height`).
    pub tx_lifetime_blocks: u64,
    /// Blocks between two sweeps of a channel's commitments.
    pub sweep_interval_blocks: u64,
    /// A recv is not tried any more when the destination is this many blocks or less before the packet's timeout height.
    pub timeout_margin_blocks: u64,
    /// The chain's usual block time, to judge a timestamp timeout's margin.
    pub block_time: Duration,
}

/// Everything that the engine is told at the start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The chains by id.
    pub chains: BTreeMap<ChainId, ChainOptions>,
    /// The paths.
    pub paths: Vec<Path>,
    /// First delay before a transient failure's retry.
    pub backoff_min: Duration,
    /// Largest delay before a transient failure's retry.
    pub backoff_max: Duration,
    /// How often a leg that failed alone is tried before it is quarantined.
    pub leg_tries_max: u32,
    /// Most legs in preparation for one (destination, client) at a time.
    pub batch_legs_max: usize,
}
