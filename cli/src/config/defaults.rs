//! What holds where the file is silent. `config.example.toml` writes each of these out, and a test compares the two.

use std::time::Duration;

/// Name of the configuration, in the directory of everything.
pub(crate) const CONFIG: &str = "config.toml";
/// Directory of the store, beside the configuration.
pub(crate) const STORE: &str = "store";
/// Directory of the evidence files, within the store's.
pub(crate) const EVIDENCE: &str = "evidence";
/// Directory of the keys, beside the configuration.
pub(crate) const KEYS: &str = "keys";
pub(super) const LOG_LEVEL: &str = "info";

pub(super) const BACKOFF_MIN: Duration = Duration::from_millis(500);
pub(super) const BACKOFF_MAX: Duration = Duration::from_secs(30);
pub(super) const LEG_TRIES_MAX: u32 = 5;
pub(super) const BATCH_LEGS_MAX: usize = 1_000;

pub(super) const REQUEST_DEADLINE: Duration = Duration::from_secs(10);
// An SDK node answers every query behind one lock, and consensus waits for the same one.
pub(super) const REQUESTS_IN_FLIGHT_MAX: usize = 4;

pub(super) const BLOCK_TIME_MAX: Duration = Duration::from_secs(30);
pub(super) const CLOCK_DRIFT: Duration = Duration::from_secs(5);

pub(super) const MAX_GAS: u64 = 25_000_000;
pub(super) const GAS_MULTIPLIER_PERMILLE: u64 = 1_200;

pub(super) const BATCH_MSGS_MAX: usize = 100;
// CometBFT's default request limit is 1,000,000 bytes, and a transaction travels as base64.
pub(super) const TX_BYTES_MAX: usize = 700_000;
pub(super) const IN_FLIGHT_MAX: usize = 8;
pub(super) const TX_LIFETIME_BLOCKS: u64 = 30;
pub(super) const SWEEP_INTERVAL_BLOCKS: u64 = 100;
pub(super) const TIMEOUT_MARGIN_BLOCKS: u64 = 2;
