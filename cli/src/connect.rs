//! From the configuration to chains that can be used: keys unlocked, addresses checked, a driver running.

mod keys;
mod parts;
mod settings;
mod stores;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use relayer::clear::ClearRequest;
use relayer::monitor::MonitorOptions;
use relayer::{Chain, Clock, DriverError, Handle, Purpose, RelayOptions};
use store::Store;
use tokio::task::{JoinError, JoinHandle};
use types::ChainId;

use crate::args::PassphraseArgs;
use crate::config::{ChainConfig, Config};
use crate::context::Context;
use crate::exit::Failure;
use parts::Parts;
use settings::relay_options;
pub(crate) use settings::response_options;
use stores::{clearing_store, monitor_store, procedures_store, relay_store};

pub(crate) use stores::{RELAY, control_directory, monitor_directory};

/// What relays begins without a chain that takes longer.
const ANSWERED_WITHIN: Duration = Duration::from_secs(3);

/// Does a command go on where an earlier run was cut off?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    /// Yes: what it did is kept in the store.
    Durable,
    /// No: each run stands for itself, and several may run at a time.
    Forgetful,
}

/// How long is watched?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Watching {
    /// As long as the driver runs.
    Always,
    /// Whoever runs the driver looks once.
    Once,
}

/// Clearing in a process of its own.
#[derive(Debug)]
pub(crate) struct OwnRun {
    /// What is relayed, and nothing else.
    pub(crate) paths: Vec<engine::Path>,
    /// What is waited for.
    pub(crate) request: ClearRequest,
    /// Shall it run even beside a relayer?
    pub(crate) standalone: bool,
}

/// A running driver and what it works with.
pub(crate) struct Running {
    pub(crate) chains: BTreeMap<ChainId, Arc<Chain>>,
    pub(crate) store: Store,
    pub(crate) clock: Arc<Clock>,
    pub(crate) handle: Handle,
    pub(crate) driver: JoinHandle<Result<(), DriverError>>,
}

impl Running {
    /// For one command: `wanted` chains, each with its configured key unless another is named.
    ///
    /// # Errors
    /// When a chain can't be reached, serves another id, or a key can't be used; a one-shot command doesn't wait.
    pub(crate) async fn procedure(
        context: &Context,
        args: &PassphraseArgs,
        wanted: &[(&ChainId, Option<&str>)],
        memory: Memory,
    ) -> Result<Self, Failure> {
        let config = context.config()?;
        let configs: Vec<_> = wanted
            .iter()
            .map(|(id, key)| config.chain(id).map(|chain| (chain, key.unwrap_or(&chain.key))))
            .collect::<Result<_, _>>()?;
        let store = match memory {
            Memory::Durable => procedures_store(config)?,
            Memory::Forgetful => Store::in_memory(),
        };
        let parts = Parts::new(context, args, &configs, store)?;
        for connected in parts.connect().await {
            connected.map_err(Failure::input)?;
        }
        for chain in parts.chains.values() {
            check_wallet(chain).await?;
        }
        parts.run(config, Vec::new(), Purpose::Procedure)
    }

    /// For the relayer: all chains that a path names. One that can't be reached yet is waited for later.
    ///
    /// # Errors
    /// When the store is in use, a key can't be used, or an endpoint serves another chain.
    pub(crate) async fn relay(context: &Context, args: &PassphraseArgs) -> Result<Self, Failure> {
        let config = context.config()?;
        // Whoever watches needs chains that no path names.
        let configs = if config.monitor { config.chains.values().collect() } else { configs(config, &config.paths) };
        let keyed: Vec<_> = configs.iter().map(|chain| (*chain, chain.key.as_str())).collect();
        let parts = Parts::new(context, args, &keyed, relay_store(config)?)?;
        parts.connect_within(ANSWERED_WITHIN).await?;
        relayer::check(&parts.chains, &config.paths).await.map_err(Failure::input)?;
        let monitor = config.monitor.then(MonitorOptions::default);
        parts.run_with(RelayOptions { monitor, ..relay_options(config) }, config.paths.clone(), Purpose::Relay)
    }

    /// For the monitor by itself: all chains. One that can't be reached yet is waited for later. No key is needed where
    /// nothing is submitted.
    ///
    /// # Errors
    /// When the store is in use, a key can't be used, or an endpoint serves another chain.
    pub(crate) async fn monitor(
        context: &Context,
        args: &PassphraseArgs,
        options: MonitorOptions,
        watching: Watching,
    ) -> Result<Self, Failure> {
        let config = context.config()?;
        let store = monitor_store(config)?;
        let parts = if options.submits {
            let keyed: Vec<_> = config.chains.values().map(|chain| (chain, chain.key.as_str())).collect();
            Parts::new(context, args, &keyed, store)?
        } else {
            Parts::keyless(&config.chains.values().collect::<Vec<_>>(), store)?
        };
        parts.connect_within(ANSWERED_WITHIN).await?;
        let monitor = match watching {
            Watching::Always => Some(options),
            Watching::Once => None,
        };
        parts.run_with(RelayOptions { monitor, ..relay_options(config) }, Vec::new(), Purpose::Watch)
    }

    /// For answering an attack: all chains, each with its key. What can't be reached is waited for, and holds up no other.
    ///
    /// # Errors
    /// When a key or the store can't be used, or an endpoint serves another chain.
    pub(crate) async fn responding(context: &Context, args: &PassphraseArgs) -> Result<Self, Failure> {
        let config = context.config()?;
        let keyed: Vec<_> = config.chains.values().map(|chain| (chain, chain.key.as_str())).collect();
        let parts = Parts::new(context, args, &keyed, procedures_store(config)?)?;
        parts.connect_within(ANSWERED_WITHIN).await?;
        parts.run(config, Vec::new(), Purpose::Procedure)
    }

    /// For clearing: the chains of the paths, each with its configured key. What can't be reached is waited for.
    ///
    /// # Errors
    /// When a key or the store can't be used, or an endpoint serves another chain.
    pub(crate) async fn clearing(context: &Context, args: &PassphraseArgs, own: &OwnRun) -> Result<Self, Failure> {
        let config = context.config()?;
        let configs = configs(config, &own.paths);
        let keyed: Vec<_> = configs.iter().map(|chain| (*chain, chain.key.as_str())).collect();
        let parts = Parts::new(context, args, &keyed, clearing_store(config, own.standalone)?)?;
        parts.clear(config, own, Purpose::Clear).await
    }

    /// For looking at what a clearing would do: no key, no store.
    ///
    /// # Errors
    /// When an endpoint serves another chain.
    pub(crate) async fn looking(context: &Context, own: &OwnRun) -> Result<Self, Failure> {
        let config = context.config()?;
        let parts = Parts::keyless(&configs(config, &own.paths), Store::in_memory())?;
        parts.clear(config, own, Purpose::Look).await
    }

    /// Stops the driver: what is in flight is recorded.
    ///
    /// # Errors
    /// When the driver failed.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        self.handle.stop().await;
        driver_ended(self.driver.await)
    }

    /// The same, but what takes longer than this is broken off. Nobody holds the store afterwards.
    ///
    /// # Errors
    /// When the driver failed.
    pub(crate) async fn close_within(mut self, deadline: Duration) -> Result<(), Failure> {
        self.handle.stop().await;
        let ended = match tokio::time::timeout(deadline, &mut self.driver).await {
            Ok(ended) => ended,
            Err(_) => {
                self.driver.abort();
                self.driver.await
            }
        };
        match ended {
            Err(error) if error.is_cancelled() => Ok(()),
            ended => driver_ended(ended),
        }
    }
}

/// What a driver's end means for a command.
///
/// # Errors
/// When it failed, or panicked.
pub(crate) fn driver_ended(ended: Result<Result<(), DriverError>, JoinError>) -> Result<(), Failure> {
    match ended {
        Ok(ended) => ended.map_err(Failure::internal),
        Err(error) => Err(Failure::internal(error)),
    }
}

/// A one-shot command does not wait for an empty wallet to be filled.
async fn check_wallet(chain: &Chain) -> Result<(), Failure> {
    let (gas_price, address) = (&chain.config().gas_price, chain.lane().address);
    if gas_price.is_zero() {
        return Ok(());
    }
    let balance = chain.query().balance(&address, gas_price.denom()).await?;
    if balance.amount > 0 {
        return Ok(());
    }
    let denom = gas_price.denom();
    Err(Failure::wrong(format!("the wallet {address} on {} holds no {denom} to pay fees with; fund it", chain.id)))
}

/// The chains that these paths join.
fn configs<'a>(config: &'a Config, paths: &[engine::Path]) -> Vec<&'a ChainConfig> {
    let is_joined = |id: &ChainId| paths.iter().any(|path| path.a.chain == *id || path.b.chain == *id);
    config.chains.values().filter(|chain| is_joined(&chain.id)).collect()
}
