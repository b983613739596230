//! Chains that run: block production on a clock, nodes on loopback ports.
//!
//! A [`ChainSetup`] says what a chain is, [`Network::start`] lets chains run, a [`RunningChain`] is the handle of one.
//! Blocks come by a timer, or on command; a chain that runs can be paused, asked, changed and forked all the same.

mod producer;
mod running;

use std::net::SocketAddr;
use std::time::Duration;

use sha2::{Digest, Sha256};
use tokio_util::sync::{CancellationToken, DropGuard};
use tokio_util::task::TaskTracker;
use types::ChainId;

use crate::account::Account;
use crate::app::bank::Coin;
use crate::app::genesis::Genesis;
use crate::chain::ChainOptions;
use crate::clock::Clock;

pub use self::running::RunningChain;
pub(crate) use self::running::{Shared, tx_hash};
pub use crate::node::Node;

/// What a chain of a network is.
#[derive(Clone, Debug)]
pub struct ChainSetup {
    /// Its application.
    pub genesis: Genesis,
    /// Its validators.
    pub options: ChainOptions,
    /// Accounts whose keys are known here; they must stand in `genesis` to have money.
    pub accounts: Vec<Account>,
    /// A block every so often; none for blocks on command alone ([`RunningChain::make_block`]).
    pub block_time: Option<Duration>,
    /// What validators take their time from.
    pub clock: Clock,
    /// Nodes, at most: one each of a pair of ports (JSON-RPC with WebSocket, gRPC); port 0 for a free one.
    pub nodes: Vec<NodePorts>,
}

impl ChainSetup {
    /// What each account has of either denomination.
    pub const FUNDS: u128 = 1_000_000_000_000;
    /// What accounts have beside the denomination that fees are paid in.
    pub const TOKEN: &str = "token";

    /// A chain of four validators with equal power and one node, which makes blocks on command and begins at the
    /// clock's time. Each account has [`ChainSetup::FUNDS`] of `stake`, which pays fees, and of [`ChainSetup::TOKEN`].
    ///
    /// The validators' keys follow from the chain's id, so that chains of other ids have other validators. All fields
    /// may be changed before the start.
    pub fn new(id: ChainId, clock: Clock, accounts: Vec<Account>) -> Self {
        let seed = id_seed(&id);
        let mut genesis = Genesis::new(id);
        let coins = [genesis.fee_denom.as_str(), Self::TOKEN].map(|denom| Coin::new(denom, Self::FUNDS));
        genesis.accounts = accounts.iter().map(|account| (account.address(), coins.to_vec())).collect();
        let options = ChainOptions { powers: vec![10; 4], seed, genesis_time: clock.now(), initial_height: 1 };
        Self { genesis, options, accounts, block_time: None, clock, nodes: vec![NodePorts::default()] }
    }
}

fn id_seed(id: &ChainId) -> u64 {
    let hash = Sha256::digest(id.as_str());
    hash.iter().take(8).fold(0, |seed, byte| seed << 8 | u64::from(*byte))
}

/// Where a node listens on 127.0.0.1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodePorts {
    /// JSON-RPC over HTTP, and WebSocket at `/websocket`.
    pub rpc: u16,
    /// gRPC.
    pub grpc: u16,
}

/// Why a network could not be started.
#[derive(Debug, thiserror::Error)]
#[error("{what} on {address}: {source}")]
pub struct NetworkError {
    /// Such as `JSON-RPC of chain-a`.
    pub what: String,
    /// The address.
    pub address: SocketAddr,
    /// What the system says.
    pub source: std::io::Error,
}

/// Chains that run in this process. All tasks end when it is stopped or dropped.
#[derive(Debug)]
pub struct Network {
    chains: Vec<RunningChain>,
    tasks: TaskTracker,
    /// Ends all tasks when the network is dropped.
    end: DropGuard,
}

impl Network {
    /// Starts chains, each with its first block made, inside a tokio runtime.
    ///
    /// # Errors
    /// When a port is taken.
    pub async fn start(chains: Vec<ChainSetup>) -> Result<Self, NetworkError> {
        let end = CancellationToken::new();
        let mut network = Self { chains: Vec::new(), tasks: TaskTracker::new(), end: end.clone().drop_guard() };
        for setup in chains {
            let block_time = setup.block_time;
            let chain = RunningChain::start(setup, &end, &network.tasks).await?;
            if let Some(period) = block_time {
                network.tasks.spawn(producer::make_blocks(chain.clone(), period, end.clone()));
            }
            network.chains.push(chain);
        }
        Ok(network)
    }

    /// The chains, in the order of their setups.
    pub fn chains(&self) -> &[RunningChain] {
        &self.chains
    }

    /// Ends all nodes and tasks; returns when they have ended.
    pub async fn stop(self) {
        self.end.disarm().cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}

#[cfg(test)]
mod tests;
