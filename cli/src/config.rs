//! The configuration: TOML in, a [`Config`] out that cannot be wrong.
//!
//! - A value is checked once, while it is read; nothing is checked again afterwards.
//! - A refusal names the file, the line, the column, the key, and the mend.
//! - Whatever can be learned from a chain is an `Option` here: `None` means that it is learned.
//! - Relative paths start at the directory of the file; `~/` is the user's home.

mod address;
mod coin;
mod defaults;
mod error;
mod paths;
mod policy;
mod raw;
mod resolve;
mod save;
#[cfg(test)]
mod tests;
mod trust;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use chain::{Coin, GasPrice};
use engine::PathId;
use light_client::TrustThreshold;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use types::{ChainId, ChannelId, PortId};

pub(crate) use address::{Address, Websocket};
pub(crate) use coin::parse_coin;
pub(crate) use defaults::{
    CONFIG as CONFIG_NAME, EVIDENCE as EVIDENCE_DIRECTORY, KEYS as KEYS_DIRECTORY, STORE as STORE_DIRECTORY,
};
pub(crate) use error::ConfigError;
pub(crate) use save::{path_block, save_path};
pub(crate) use trust::{BlockHash, TrustAnchor, parse_trust_threshold};

/// Everything that the file says, with its defaults filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Config {
    /// The file it was read from.
    pub(crate) file: PathBuf,
    /// Directory of the store.
    pub(crate) store: PathBuf,
    /// Directory of the keys.
    pub(crate) keys: PathBuf,
    /// File whose first line is the passphrase of the keys.
    pub(crate) passphrase_file: Option<PathBuf>,
    /// Where metrics and health are served.
    pub(crate) metrics: Option<SocketAddr>,
    /// Does the relayer watch the clients of all chains as well?
    pub(crate) monitor: bool,
    /// Directory of the evidence files.
    pub(crate) evidence: PathBuf,
    /// Who is told of attacks, and of what became of them.
    pub(crate) webhook: Option<Address>,
    /// What is logged, and how.
    pub(crate) log: LogConfig,
    /// Limits over all chains.
    pub(crate) relayer: RelayerConfig,
    /// The chains by id.
    pub(crate) chains: BTreeMap<ChainId, ChainConfig>,
    /// The paths, as the file orders them; each names chains that are configured, and at least one channel unless its
    /// channels are found while it runs.
    pub(crate) paths: Vec<engine::Path>,
    /// Paths whose handshakes are completed, whoever began them.
    pub(crate) handshakes: BTreeSet<PathId>,
    /// Paths all of whose open channels are relayed.
    pub(crate) discover: BTreeSet<PathId>,
}

/// `[log]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LogConfig {
    /// A level, or `tracing` filter directives.
    pub(crate) level: String,
    /// Lines for people or for programs.
    pub(crate) format: LogFormat,
}

impl Default for LogConfig {
    fn default() -> Self {
        Self { level: defaults::LOG_LEVEL.to_owned(), format: LogFormat::Human }
    }
}

/// The form of the logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum LogFormat {
    /// A line of text for each event.
    Human,
    /// A JSON object for each event.
    Json,
}

/// `[relayer]`: limits over all chains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RelayerConfig {
    /// First delay before a transient failure's retry.
    pub(crate) backoff_min: Duration,
    /// Largest delay before a transient failure's retry; not under `backoff_min`.
    pub(crate) backoff_max: Duration,
    /// How often a message that failed alone is tried before it is quarantined.
    pub(crate) leg_tries_max: u32,
    /// Most messages in preparation for one client at a time.
    pub(crate) batch_legs_max: usize,
}

/// One of `[[chains]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ChainConfig {
    /// The chain's id.
    pub(crate) id: ChainId,
    /// JSON-RPC addresses, at least one; the first is the primary, the others are fallbacks and witnesses.
    pub(crate) rpc: Vec<Address>,
    /// Name of the key that signs.
    pub(crate) key: String,
    /// Price of gas.
    pub(crate) gas_price: GasPrice,

    /// Address of gRPC; without one queries travel over JSON-RPC.
    pub(crate) grpc: Option<Address>,
    /// The WebSocket that new blocks wake us by; where nothing is said, derived from the primary.
    pub(crate) websocket: Option<Websocket>,
    /// Bech32 prefix of accounts.
    pub(crate) account_prefix: Option<String>,
    /// Name of the store that holds IBC's state.
    pub(crate) store_prefix: Option<String>,
    /// Usual time between two blocks.
    pub(crate) block_time: Option<Duration>,
    /// Longest time between two blocks that is still normal.
    pub(crate) block_time_max: Duration,
    /// How long a node may take for one answer.
    pub(crate) request_deadline: Duration,
    /// Most requests that a node is given at a time.
    pub(crate) requests_in_flight_max: usize,

    /// Unbonding period of the chain's staking.
    pub(crate) unbonding: Option<Duration>,
    /// How long a header of this chain is trusted; without one two thirds of the unbonding period.
    pub(crate) trusting_period: Option<Duration>,
    /// Share of a trusted validator set that must have signed.
    pub(crate) trust_threshold: TrustThreshold,
    /// How far a header may lie in the future.
    pub(crate) clock_drift: Duration,
    /// The block that everything else is verified from.
    pub(crate) trust: Option<TrustAnchor>,

    /// Most gas of a transaction.
    pub(crate) max_gas: u64,
    /// What simulated gas is multiplied by, in thousandths; at least 1000.
    pub(crate) gas_multiplier_permille: u64,
    /// Largest fee of a transaction, in the denomination of `gas_price`.
    pub(crate) max_fee: Option<Coin>,
    /// Memo of our transactions.
    pub(crate) memo: String,

    /// Most packet messages in a transaction.
    pub(crate) batch_msgs_max: usize,
    /// Most bytes of messages in a transaction.
    pub(crate) tx_bytes_max: usize,
    /// Most transactions that are signed and not yet seen in a block.
    pub(crate) in_flight_max: usize,
    /// How many blocks a transaction stays valid.
    pub(crate) tx_lifetime_blocks: u64,
    /// Blocks between two sweeps of a channel's commitments.
    pub(crate) sweep_interval_blocks: u64,
    /// Blocks before a packet's timeout height from which on it is not delivered any more.
    pub(crate) timeout_margin_blocks: u64,
}

/// A channel end as the file names it: `transfer/channel-0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ChannelName {
    /// Its port.
    pub(crate) port: PortId,
    /// Its channel.
    pub(crate) channel: ChannelId,
}

impl FromStr for ChannelName {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // ICS-24 allows no slash in a port or a channel.
        let (port, channel) = text.split_once('/').ok_or_else(|| {
            format!("{text:?} names no channel; write port and channel, such as \"transfer/channel-0\"")
        })?;
        Ok(Self {
            port: port.parse().map_err(|error: types::IdentifierError| error.to_string())?,
            channel: channel.parse().map_err(|error: types::IdentifierError| error.to_string())?,
        })
    }
}

impl fmt::Display for ChannelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.port, self.channel)
    }
}

impl<'de> Deserialize<'de> for ChannelName {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Config {
    /// Reads the file.
    ///
    /// # Errors
    /// [`ConfigError::Missing`] where there is no such file; otherwise the first thing in it that is wrong.
    pub(crate) fn load(file: &Path) -> Result<Self, ConfigError> {
        let text = std::fs::read_to_string(file).map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => ConfigError::Missing { file: file.to_owned() },
            _ => ConfigError::Unreadable { file: file.to_owned(), source: error },
        })?;
        Self::parse(file, &text)
    }

    /// Reads the text of a file; the file itself is not touched.
    ///
    /// # Errors
    /// The first thing in the text that is wrong.
    pub(crate) fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        resolve::resolve(error::Source { file, text })
    }

    /// The chain of this id.
    ///
    /// # Errors
    /// [`ConfigError::UnknownChain`] names the ids there are.
    pub(crate) fn chain(&self, id: &ChainId) -> Result<&ChainConfig, ConfigError> {
        self.chains.get(id).ok_or_else(|| ConfigError::UnknownChain {
            file: self.file.clone(),
            id: id.clone(),
            known: self.chains.keys().map(ChainId::as_str).collect::<Vec<_>>().join(", "),
        })
    }
}
