//! Which store a command works with.

use std::path::{Path, PathBuf};

use store::{Opened, Store, StoreError};

use crate::config::Config;
use crate::exit::Failure;

/// Directory within the store's that the relayer keeps its records in.
pub(crate) const RELAY: &str = "relay";
/// Directory within the store's that the monitor keeps its records in, so that it can run beside a relayer.
const MONITOR: &str = "monitor";
/// Directory within the store's for clearing beside a relayer that owns its own.
const CLEAR: &str = "clear";
/// Directory within the store's that one-shot commands keep theirs in, so that they can run beside the relayer.
const PROCEDURES: &str = "procedures";

/// Where the running relayer is asked: beside the records that it owns.
pub(crate) fn control_directory(config: &Config) -> PathBuf {
    config.store.join(RELAY)
}

/// Where a monitor that runs by itself is asked.
pub(crate) fn monitor_directory(config: &Config) -> PathBuf {
    config.store.join(MONITOR)
}

/// For the monitor by itself: nobody else may have it.
pub(super) fn monitor_store(config: &Config) -> Result<Store, Failure> {
    open_store(&config.store.join(MONITOR))
}

/// For the relayer: nobody else may have it.
pub(super) fn relay_store(config: &Config) -> Result<Store, Failure> {
    open_store(&config.store.join(RELAY))
}

/// For one-shot commands: what a killed one leaves undone is done by running it again.
pub(super) fn procedures_store(config: &Config) -> Result<Store, Failure> {
    open_store(&config.store.join(PROCEDURES))
}

/// The relayer's own store if nobody else holds it, else, where that was asked for, another.
pub(super) fn clearing_store(config: &Config, standalone: bool) -> Result<Store, Failure> {
    match Store::open(&config.store.join(RELAY)) {
        Err(StoreError::InUse { pid, .. }) if standalone => {
            tracing::info!(pid, "a relayer owns the store: this run keeps one of its own");
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
