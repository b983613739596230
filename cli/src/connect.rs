//! From the configuration to chains that can be used: keys unlocked, addresses checked, a driver running.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chain::Websocket;
use keyring::{Backend, Keyring, Signer};
use relayer::clear::ClearRequest;
use relayer::{Chain, Clock, ConnectError, Driver, DriverError, Handle, Limits, Purpose, RelayOptions, Trust};
use secrecy::SecretString;
use store::{Opened, Store, StoreError};
use tokio::task::JoinHandle;
use types::ChainId;

use crate::args::PassphraseArgs;
use crate::config::{self, ChainConfig, Config};
use crate::context::Context;
use crate::exit::Failure;
use crate::passphrase::{Passphrase, passphrase};

/// Directory within the store's that the relayer keeps its records in.
pub(crate) const RELAY: &str = "relay";
/// Directory within the store's for clearing beside a relayer that owns its own.
const CLEAR: &str = "clear";
/// Directory within the store's that one-shot commands keep theirs in, so that they can run beside the relayer.
const PROCEDURES: &str = "procedures";
/// What relays begins without a chain that takes longer.
const ANSWERED_WITHIN: Duration = Duration::from_secs(3);

/// Keys of several chains; the passphrase is asked for once.
pub(crate) struct Keys<'a> {
    context: &'a Context,
    args: &'a PassphraseArgs,
    keyring: Keyring,
    passphrase: Option<SecretString>,
}

impl<'a> Keys<'a> {
    pub(crate) fn new(context: &'a Context, args: &'a PassphraseArgs) -> Self {
        Self { context, args, keyring: Keyring::open(context.keys_directory()), passphrase: None }
    }

    fn unlock(&mut self, chain: &ChainId, name: &str) -> Result<Signer, Failure> {
        let backend = self.keyring.backend(chain, name).map_err(Failure::input)?;
        if backend == Backend::Encrypted && self.passphrase.is_none() {
            self.passphrase = Some(passphrase(self.context, self.args, Passphrase::Known)?);
        }
        self.keyring.unlock(chain, name, self.passphrase.as_ref()).map_err(Failure::input)
    }

    /// The chain of this configuration, signing with `key`. Nothing is sent yet.
    pub(crate) fn chain(
        &mut self,
        config: &ChainConfig,
        key: &str,
        store: &Store,
        clock: &Arc<Clock>,
    ) -> Result<Arc<Chain>, Failure> {
        let signer = self.unlock(&config.id, key)?;
        let chain = Chain::new(relayer_config(config, Some(signer))?, store.clone(), clock.clone());
        Ok(Arc::new(chain.map_err(Failure::input)?))
    }
}

/// What the relayer is told of a chain.
fn relayer_config(config: &ChainConfig, signer: Option<Signer>) -> Result<relayer::ChainConfig, Failure> {
    Ok(relayer::ChainConfig {
        id: config.id.clone(),
        rpc: config.rpc.iter().map(|address| address.url().clone()).collect(),
        websocket: match &config.websocket {
            None => Websocket::Derived,
            Some(config::Websocket::At(address)) => Websocket::At(address.url().clone()),
            Some(config::Websocket::Off) => Websocket::Off,
        },
        grpc: config.grpc.as_ref().map(|address| address.url().clone()),
        signer,
        gas_price: config.gas_price.clone(),
        gas_multiplier_permille: config.gas_multiplier_permille,
        gas_max: config.max_gas,
        fee_max: config.max_fee.as_ref().map(|coin| coin.amount),
        memo: config.memo.clone(),
        store_prefix: config.store_prefix.as_ref().map(|name| types::MerklePrefix(name.clone().into_bytes())),
        unbonding_period: config.unbonding,
        trusting_period: config.trusting_period,
        trust_threshold: config.trust_threshold,
        clock_drift: config.clock_drift,
        trust: config.trust.map(|trust| Trust { height: trust.height, hash: trust.hash.0 }),
        block_time: config.block_time,
        block_time_max: config.block_time_max,
        requests_in_flight_max: config.requests_in_flight_max,
        request_deadline: config.request_deadline,
        limits: Limits {
            batch_msgs_max: config.batch_msgs_max,
            tx_bytes_max: config.tx_bytes_max,
            in_flight_max: config.in_flight_max,
            tx_lifetime_blocks: config.tx_lifetime_blocks,
            sweep_interval_blocks: config.sweep_interval_blocks,
            timeout_margin_blocks: config.timeout_margin_blocks,
        },
    })
}

/// The engine's limits over all chains.
fn relay_options(config: &Config) -> RelayOptions {
    RelayOptions {
        backoff_min: config.relayer.backoff_min,
        backoff_max: config.relayer.backoff_max,
        leg_tries_max: config.relayer.leg_tries_max,
        batch_legs_max: config.relayer.batch_legs_max,
        handshakes: config.handshakes.clone(),
        discover: config.discover.clone(),
        ..RelayOptions::default()
    }
}

/// Does a command go on where an earlier run was cut off?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Memory {
    /// Yes: what it did is kept in the store.
    Durable,
    /// No: each run stands for itself, and several may run at a time.
    Forgetful,
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

/// Where the running relayer is asked: beside the records that it owns.
pub(crate) fn control_directory(config: &Config) -> PathBuf {
    config.store.join(RELAY)
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
            // What a killed command leaves undone is done by running it again.
            Memory::Durable => open_store(&config.store.join(PROCEDURES))?,
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
        let configs = configs(config, &config.paths);
        let keyed: Vec<_> = configs.iter().map(|chain| (*chain, chain.key.as_str())).collect();
        let parts = Parts::new(context, args, &keyed, open_store(&config.store.join(RELAY))?)?;
        parts.connect_within(ANSWERED_WITHIN).await?;
        relayer::check(&parts.chains, &config.paths).await.map_err(Failure::input)?;
        parts.run(config, config.paths.clone(), Purpose::Relay)
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
        let parts = Parts::keyless(&configs(config, &own.paths))?;
        parts.clear(config, own, Purpose::Look).await
    }

    /// Stops the driver: what is in flight is recorded.
    ///
    /// # Errors
    /// When the driver failed.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        self.handle.stop().await;
        match self.driver.await {
            Ok(ended) => ended.map_err(Failure::internal),
            Err(error) => Err(Failure::internal(error)),
        }
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
            Ok(ended) => ended.map_err(Failure::internal),
            Err(error) if error.is_cancelled() => Ok(()),
            Err(error) => Err(Failure::internal(error)),
        }
    }
}

/// What a driver is made of.
struct Parts {
    chains: BTreeMap<ChainId, Arc<Chain>>,
    store: Store,
    clock: Arc<Clock>,
}

impl Parts {
    fn new(
        context: &Context,
        args: &PassphraseArgs,
        configs: &[(&ChainConfig, &str)],
        store: Store,
    ) -> Result<Self, Failure> {
        let clock = Arc::new(Clock::default());
        let mut keys = Keys::new(context, args);
        let mut chains = BTreeMap::new();
        for (config, key) in configs {
            chains.insert(config.id.clone(), keys.chain(config, key, &store, &clock)?);
        }
        Ok(Self { chains, store, clock })
    }

    /// Chains that nothing can be signed for, and a store that is gone with the process.
    fn keyless(configs: &[&ChainConfig]) -> Result<Self, Failure> {
        let (clock, store) = (Arc::new(Clock::default()), Store::in_memory());
        let mut chains = BTreeMap::new();
        for config in configs {
            let chain = Chain::new(relayer_config(config, None)?, store.clone(), clock.clone());
            chains.insert(config.id.clone(), Arc::new(chain.map_err(Failure::input)?));
        }
        Ok(Self { chains, store, clock })
    }

    /// Asks every chain at the same time whether its endpoint serves it.
    async fn connect(&self) -> Vec<Result<engine::Head, ConnectError>> {
        futures::future::join_all(self.chains.values().map(|chain| chain.connect())).await
    }

    /// The same; one that can't be reached yet is waited for later.
    async fn connect_or_wait(&self) -> Result<(), Failure> {
        self.connect().await.into_iter().try_for_each(connected_or_later)
    }

    /// The same; one that takes long is waited for later too, and delays nobody else.
    async fn connect_within(&self, deadline: Duration) -> Result<(), Failure> {
        let connect = self.chains.values().map(|chain| async move {
            match tokio::time::timeout(deadline, chain.connect()).await {
                Ok(connected) => connected_or_later(connected),
                Err(_) => {
                    tracing::warn!(chain = %chain.id, "the chain takes long to answer; the others begin without it");
                    Ok(())
                }
            }
        });
        futures::future::join_all(connect).await.into_iter().collect()
    }

    /// A driver that relays what is to be cleared, and looks after nothing else.
    async fn clear(self, config: &Config, own: &OwnRun, purpose: Purpose) -> Result<Running, Failure> {
        self.connect_or_wait().await?;
        relayer::check(&self.chains, &own.paths).await.map_err(Failure::input)?;
        let options = RelayOptions {
            search_from: own.request.search_from.clone(),
            handshakes: BTreeSet::new(),
            discover: BTreeSet::new(),
            ..relay_options(config)
        };
        self.run_with(options, own.paths.clone(), purpose)
    }

    fn run(self, config: &Config, paths: Vec<engine::Path>, purpose: Purpose) -> Result<Running, Failure> {
        self.run_with(relay_options(config), paths, purpose)
    }

    fn run_with(self, options: RelayOptions, paths: Vec<engine::Path>, purpose: Purpose) -> Result<Running, Failure> {
        let Self { chains, store, clock } = self;
        let made = relayer::driver(&chains, paths, &store, &clock, options, purpose);
        let (driver, handle) = made.map_err(Failure::internal)?;
        let driver = tokio::spawn(Driver::run(driver));
        Ok(Running { chains, store, clock, handle, driver })
    }
}

/// A chain that does not answer may do so later; one that is another never will be the one that is configured.
fn connected_or_later(connected: Result<engine::Head, ConnectError>) -> Result<(), Failure> {
    match connected {
        Ok(_) => Ok(()),
        Err(error @ ConnectError::Unreachable { .. }) => {
            tracing::warn!(%error, "it is tried again");
            Ok(())
        }
        Err(error @ (ConnectError::OtherChain { .. } | ConnectError::NoAddress(_) | ConnectError::Address(_))) => {
            Err(Failure::input(error))
        }
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

/// The relayer's own store if nobody else holds it, else, where that was asked for, another.
fn clearing_store(config: &Config, standalone: bool) -> Result<Store, Failure> {
    match Store::open(&config.store.join(RELAY)) {
        Err(StoreError::InUse { pid, .. }) if standalone => {
            tracing::info!(?pid, "a relayer owns the store: this run keeps one of its own");
            open_store(&config.store.join(CLEAR))
        }
        Err(error @ StoreError::InUse { .. }) => {
            Err(Failure::wrong(format!("{error:#}, and it does not answer on its control socket; or add --standalone")))
        }
        opened => taken(opened),
    }
}

fn open_store(directory: &Path) -> Result<Store, Failure> {
    taken(Store::open(directory))
}

fn taken(opened: Result<Opened, StoreError>) -> Result<Store, Failure> {
    match opened {
        Ok(opened) => {
            if let Some(notice) = opened.notice {
                tracing::warn!(notice, "store");
            }
            Ok(opened.store)
        }
        Err(error @ StoreError::InUse { .. }) => Err(Failure::input(error)),
        Err(error) => Err(Failure::internal(error)),
    }
}
