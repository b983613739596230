//! The file as it is written: every key that may stand in it, and no other.
//!
//! A value that is wrong by itself is refused while it is read, with its place. What is wrong only next to another
//! value keeps its place in a `Spanned` and is refused in [`super::resolve`].

use std::path::PathBuf;

use chain::GasPrice;
use serde::Deserialize;
use toml::Spanned;
use types::{ChainId, ClientId, ConnectionId, Order};

use super::address::{Address, Addresses, ServedAddress, WrittenWebsocket};
use super::coin::WrittenCoin;
use super::policy::RawPolicy;
use super::trust::{BlockHash, Period, WrittenThreshold};
use super::{ChannelName, LogFormat};

/// The whole file.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawConfig {
    pub(super) store: Option<PathBuf>,
    pub(super) keys: Option<PathBuf>,
    pub(super) passphrase_file: Option<PathBuf>,
    pub(super) metrics: Option<Spanned<ServedAddress>>,
    #[serde(default)]
    pub(super) metrics_public: bool,
    #[serde(default)]
    pub(super) monitor: bool,
    pub(super) evidence: Option<PathBuf>,
    pub(super) webhook: Option<Address>,
    #[serde(default)]
    pub(super) log: RawLog,
    #[serde(default)]
    pub(super) relayer: RawRelayer,
    #[serde(default)]
    pub(super) chains: Vec<RawChain>,
    #[serde(default)]
    pub(super) paths: Vec<Spanned<RawPath>>,
}

/// `[log]`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawLog {
    pub(super) level: Option<Spanned<String>>,
    pub(super) format: Option<LogFormat>,
}

/// `[relayer]`: limits over all chains.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawRelayer {
    pub(super) backoff_min: Option<Period>,
    pub(super) backoff_max: Option<Spanned<Period>>,
    pub(super) leg_tries_max: Option<Spanned<u64>>,
    pub(super) batch_legs_max: Option<Spanned<u64>>,
}

/// One of `[[chains]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawChain {
    pub(super) id: Spanned<ChainId>,
    pub(super) rpc: Addresses,
    pub(super) key: Spanned<String>,
    pub(super) gas_price: GasPrice,

    pub(super) grpc: Option<Address>,
    pub(super) websocket: Option<WrittenWebsocket>,
    pub(super) account_prefix: Option<Spanned<String>>,
    pub(super) store_prefix: Option<Spanned<String>>,
    pub(super) block_time: Option<Period>,
    pub(super) block_time_max: Option<Period>,
    pub(super) request_deadline: Option<Period>,
    pub(super) requests_in_flight_max: Option<Spanned<u64>>,

    pub(super) unbonding: Option<Period>,
    pub(super) trusting_period: Option<Spanned<Period>>,
    pub(super) trust_threshold: Option<WrittenThreshold>,
    pub(super) clock_drift: Option<Period>,
    pub(super) trust: Option<RawTrust>,

    pub(super) max_gas: Option<Spanned<u64>>,
    pub(super) gas_multiplier: Option<Spanned<f64>>,
    pub(super) max_fee: Option<Spanned<WrittenCoin>>,
    pub(super) memo: Option<Spanned<String>>,

    pub(super) batch_msgs_max: Option<Spanned<u64>>,
    pub(super) tx_bytes_max: Option<Spanned<u64>>,
    pub(super) in_flight_max: Option<Spanned<u64>>,
    pub(super) tx_lifetime_blocks: Option<Spanned<u64>>,
    pub(super) sweep_interval_blocks: Option<Spanned<u64>>,
    pub(super) timeout_margin_blocks: Option<Spanned<u64>>,
}

/// `trust` of a chain.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawTrust {
    pub(super) height: Spanned<u64>,
    pub(super) hash: BlockHash,
}

/// One of `[[paths]]`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPath {
    pub(super) name: Option<Spanned<String>>,
    pub(super) a: RawPathEnd,
    pub(super) b: RawPathEnd,
    pub(super) channels: Option<Spanned<Vec<Spanned<RawChannel>>>>,
    #[serde(default)]
    pub(super) handshakes: bool,
    pub(super) policy: Option<RawPolicy>,
}

/// `a` or `b` of a path.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPathEnd {
    pub(super) chain: Spanned<ChainId>,
    pub(super) client: ClientId,
    pub(super) connection: ConnectionId,
}

/// One of a path's `channels`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawChannel {
    pub(super) a: ChannelName,
    pub(super) b: ChannelName,
    pub(super) order: Option<Order>,
}
