//! What a driver is made of, from keys and addresses to chains that were asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use relayer::{Chain, Clock, ConnectError, Driver, Purpose, RelayOptions};
use store::Store;
use types::ChainId;

use super::keys::Keys;
use super::settings::{relay_options, relayer_config};
use super::{OwnRun, Running};
use crate::args::PassphraseArgs;
use crate::config::{ChainConfig, Config};
use crate::context::Context;
use crate::exit::Failure;

/// What a driver is made of.
pub(super) struct Parts {
    pub(super) chains: BTreeMap<ChainId, Arc<Chain>>,
    store: Store,
    clock: Arc<Clock>,
}

impl Parts {
    pub(super) fn new(
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

    /// Chains that nothing can be signed for.
    pub(super) fn keyless(configs: &[&ChainConfig], store: Store) -> Result<Self, Failure> {
        let clock = Arc::new(Clock::default());
        let mut chains = BTreeMap::new();
        for config in configs {
            let chain = Chain::new(relayer_config(config, None)?, store.clone(), clock.clone());
            chains.insert(config.id.clone(), Arc::new(chain.map_err(Failure::input)?));
        }
        Ok(Self { chains, store, clock })
    }

    /// Asks every chain at the same time whether its endpoint serves it.
    pub(super) async fn connect(&self) -> Vec<Result<engine::Head, ConnectError>> {
        futures::future::join_all(self.chains.values().map(|chain| chain.connect())).await
    }

    /// The same; one that can't be reached yet is waited for later.
    pub(super) async fn connect_or_wait(&self) -> Result<(), Failure> {
        self.connect().await.into_iter().try_for_each(connected_or_later)
    }

    /// The same; one that takes long is waited for later too, and delays nobody else.
    pub(super) async fn connect_within(&self, deadline: Duration) -> Result<(), Failure> {
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
    pub(super) async fn clear(self, config: &Config, own: &OwnRun, purpose: Purpose) -> Result<Running, Failure> {
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

    pub(super) fn run(self, config: &Config, paths: Vec<engine::Path>, purpose: Purpose) -> Result<Running, Failure> {
        self.run_with(relay_options(config), paths, purpose)
    }

    pub(super) fn run_with(
        self,
        options: RelayOptions,
        paths: Vec<engine::Path>,
        purpose: Purpose,
    ) -> Result<Running, Failure> {
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
