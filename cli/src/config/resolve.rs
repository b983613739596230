//! [`RawConfig`] -> [`Config`]: defaults filled in, and whatever is wrong only next to another value refused.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use light_client::TrustThreshold;
use toml::Spanned;
use types::{BlockHeight, ChainId};

use super::address::ServedAddress;
use super::error::Source;
use super::paths::{Paths, paths};
use super::raw::{RawChain, RawConfig, RawLog, RawRelayer};
use super::trust::Period;
use super::{ChainConfig, Config, ConfigError, LogConfig, RelayerConfig, TrustAnchor, defaults};
use crate::log;

/// Longest memo of a transaction (cosmos-sdk `auth/types.DefaultMaxMemoCharacters`).
const MEMO_BYTES_MAX: usize = 256;
/// Longest human-readable part of a Bech32 address (BIP-173).
const ACCOUNT_PREFIX_BYTES_MAX: usize = 83;

pub(super) fn resolve(source: Source<'_>) -> Result<Config, ConfigError> {
    let raw: RawConfig = toml::from_str(source.text).map_err(|error| source.unparsable(&error))?;
    let directory = source.file.parent().unwrap_or(Path::new(""));
    let place = |path: PathBuf| expand(directory, &path);
    let store = place(raw.store.unwrap_or_else(|| defaults::STORE.into()));
    let chains = chains(source, raw.chains)?;
    let Paths { paths, handshakes, discover } = paths(source, raw.paths, &chains)?;
    Ok(Config {
        file: source.file.to_owned(),
        evidence: raw.evidence.map_or_else(|| store.join(defaults::EVIDENCE), place),
        store,
        keys: place(raw.keys.unwrap_or_else(|| defaults::KEYS.into())),
        passphrase_file: raw.passphrase_file.map(place),
        metrics: raw.metrics.map(|address| metrics(source, &address, raw.metrics_public)).transpose()?,
        monitor: raw.monitor,
        webhook: raw.webhook,
        log: log_config(source, raw.log)?,
        relayer: relayer(source, raw.relayer)?,
        chains,
        paths,
        handshakes,
        discover,
    })
}

/// Relative paths start at the directory of the configuration; `~` is the user's home.
pub(crate) fn expand(directory: &Path, path: &Path) -> PathBuf {
    match (path.strip_prefix("~"), std::env::home_dir()) {
        (Ok(rest), Some(home)) => home.join(rest),
        (Ok(_), None) | (Err(_), _) => directory.join(path),
    }
}

/// What is served says which wallets and nodes are used: not to the world by oversight.
fn metrics(source: Source<'_>, written: &Spanned<ServedAddress>, is_public: bool) -> Result<SocketAddr, ConfigError> {
    let address = written.get_ref().0;
    if !address.ip().is_loopback() && !is_public {
        let mend = "serve on 127.0.0.1, or write metrics_public = true if everybody there may read it";
        return Err(source.wrong(written.span(), format!("{} is not this machine alone; {mend}", address.ip())));
    }
    Ok(address)
}

fn log_config(source: Source<'_>, raw: RawLog) -> Result<LogConfig, ConfigError> {
    if let Some(level) = &raw.level {
        log::filter(level.get_ref()).map_err(|error| source.wrong(level.span(), error.to_string()))?;
    }
    let default = LogConfig::default();
    Ok(LogConfig {
        level: raw.level.map_or(default.level, Spanned::into_inner),
        format: raw.format.unwrap_or(default.format),
    })
}

fn relayer(source: Source<'_>, raw: RawRelayer) -> Result<RelayerConfig, ConfigError> {
    let backoff_min = raw.backoff_min.map_or(defaults::BACKOFF_MIN, |period| period.0);
    let backoff_max =
        raw.backoff_max.as_ref().map_or(defaults::BACKOFF_MAX.max(backoff_min), |period| period.get_ref().0);
    if let Some(written) = raw.backoff_max.filter(|_| backoff_max < backoff_min) {
        return Err(source.wrong(written.span(), "is shorter than backoff_min; make it at least as long"));
    }
    Ok(RelayerConfig {
        backoff_min,
        backoff_max,
        leg_tries_max: source.within(raw.leg_tries_max, defaults::LEG_TRIES_MAX, 1..=100)?,
        batch_legs_max: source.within(raw.batch_legs_max, defaults::BATCH_LEGS_MAX, 1..=10_000)?,
    })
}

fn chains(source: Source<'_>, raw: Vec<RawChain>) -> Result<BTreeMap<ChainId, ChainConfig>, ConfigError> {
    let mut chains = BTreeMap::new();
    for chain in raw {
        let at = chain.id.span();
        let chain = self::chain(source, chain)?;
        if chains.contains_key(&chain.id) {
            let message = format!("chain {} is configured twice; leave one of the two blocks away", chain.id);
            return Err(source.wrong(at, message));
        }
        chains.insert(chain.id.clone(), chain);
    }
    Ok(chains)
}

fn chain(source: Source<'_>, raw: RawChain) -> Result<ChainConfig, ConfigError> {
    let unbonding = raw.unbonding.map(|period| period.0);
    let trusting_period = trusting_period(source, raw.trusting_period, raw.unbonding)?;
    let trust = match raw.trust {
        None => None,
        Some(anchor) => {
            let height = source.within(Some(anchor.height), 0, 1..=i64::MAX.unsigned_abs())?;
            Some(TrustAnchor { height: BlockHeight(height), hash: anchor.hash })
        }
    };
    let key = source.text(raw.key, 1..=128, |c| c.is_ascii_alphanumeric() || "._-".contains(c))?;
    let prefix = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let account_prefix = raw.account_prefix.map(|text| source.text(text, 1..=ACCOUNT_PREFIX_BYTES_MAX, prefix));
    let store_prefix =
        raw.store_prefix.map(|text| source.text(text, 1..=128, |c| c.is_ascii_alphanumeric() || "_-".contains(c)));
    let memo = raw.memo.map(|text| source.text(text, 0..=MEMO_BYTES_MAX, |c| !c.is_control()));
    if let Some(max_fee) = &raw.max_fee
        && max_fee.get_ref().0.denom != raw.gas_price.denom()
    {
        let message =
            format!("is not in {}, which gas_price is in; give both in one denomination", raw.gas_price.denom());
        return Err(source.wrong(max_fee.span(), message));
    }
    Ok(ChainConfig {
        id: raw.id.into_inner(),
        rpc: raw.rpc.0,
        key,
        gas_price: raw.gas_price,
        grpc: raw.grpc,
        websocket: raw.websocket.map(|websocket| websocket.0),
        account_prefix: account_prefix.transpose()?,
        store_prefix: store_prefix.transpose()?,
        block_time: raw.block_time.map(|period| period.0),
        block_time_max: raw.block_time_max.map_or(defaults::BLOCK_TIME_MAX, |period| period.0),
        request_deadline: raw.request_deadline.map_or(defaults::REQUEST_DEADLINE, |period| period.0),
        requests_in_flight_max: source.within(raw.requests_in_flight_max, defaults::REQUESTS_IN_FLIGHT_MAX, 1..=256)?,
        unbonding,
        trusting_period,
        trust_threshold: raw.trust_threshold.map_or(TrustThreshold::ONE_THIRD, |threshold| threshold.0),
        clock_drift: raw.clock_drift.map_or(defaults::CLOCK_DRIFT, |period| period.0),
        trust,
        max_gas: source.within(raw.max_gas, defaults::MAX_GAS, 100_000..=i64::MAX.unsigned_abs())?,
        gas_multiplier_permille: gas_multiplier_permille(source, raw.gas_multiplier)?,
        max_fee: raw.max_fee.map(|coin| coin.into_inner().0),
        memo: memo.transpose()?.unwrap_or_default(),
        batch_msgs_max: source.within(raw.batch_msgs_max, defaults::BATCH_MSGS_MAX, 1..=1_000)?,
        // A header of a large validator set must fit, and CometBFT takes no transaction over 1 MiB by default.
        tx_bytes_max: source.within(raw.tx_bytes_max, defaults::TX_BYTES_MAX, 50_000..=1_048_576)?,
        in_flight_max: source.within(raw.in_flight_max, defaults::IN_FLIGHT_MAX, 1..=100)?,
        tx_lifetime_blocks: source.within(raw.tx_lifetime_blocks, defaults::TX_LIFETIME_BLOCKS, 2..=10_000)?,
        sweep_interval_blocks: source.within(
            raw.sweep_interval_blocks,
            defaults::SWEEP_INTERVAL_BLOCKS,
            1..=1_000_000,
        )?,
        timeout_margin_blocks: source.within(raw.timeout_margin_blocks, defaults::TIMEOUT_MARGIN_BLOCKS, 0..=1_000)?,
    })
}

/// Thousandths, so that gas is counted in integers alone.
fn gas_multiplier_permille(source: Source<'_>, written: Option<Spanned<f64>>) -> Result<u64, ConfigError> {
    let Some(written) = written else { return Ok(defaults::GAS_MULTIPLIER_PERMILLE) };
    let value = *written.get_ref();
    // Searched for instead of cast: a cast of a float would also take what is no number.
    let permille = (1_000..=10_000_u32).find(|permille| (f64::from(*permille) / 1_000.0 - value).abs() < 0.000_5);
    let message = || format!("{value} is not within 1.0 to 10.0");
    permille.map(u64::from).ok_or_else(|| source.wrong(written.span(), message()))
}

/// ICS-07: a header must stop being trusted before its validators can have left unpunished.
fn trusting_period(
    source: Source<'_>,
    written: Option<Spanned<Period>>,
    unbonding: Option<Period>,
) -> Result<Option<std::time::Duration>, ConfigError> {
    match (written, unbonding) {
        (Some(written), Some(unbonding)) if written.get_ref().0 >= unbonding.0 => {
            Err(source.wrong(written.span(), "is not shorter than unbonding; two thirds of it are usual"))
        }
        (written, _) => Ok(written.map(|period| period.into_inner().0)),
    }
}

impl Source<'_> {
    /// A limit: what was written if it lies within the range, else the default.
    pub(super) fn within<T>(
        self,
        written: Option<Spanned<u64>>,
        default: T,
        range: RangeInclusive<u64>,
    ) -> Result<T, ConfigError>
    where
        T: TryFrom<u64>,
    {
        let Some(written) = written else { return Ok(default) };
        let value = *written.get_ref();
        let converted = T::try_from(value).ok().filter(|_| range.contains(&value));
        let message = || format!("{value} is not within {} to {}", range.start(), range.end());
        converted.ok_or_else(|| self.wrong(written.span(), message()))
    }

    /// A text of so many bytes and of these characters alone.
    pub(super) fn text(
        self,
        written: Spanned<String>,
        bytes: RangeInclusive<usize>,
        is_allowed: impl Fn(char) -> bool,
    ) -> Result<String, ConfigError> {
        let text = written.get_ref();
        if !bytes.contains(&text.len()) {
            let message = format!("has {} bytes; write {} to {}", text.len(), bytes.start(), bytes.end());
            return Err(self.wrong(written.span(), message));
        }
        if let Some(character) = text.chars().find(|c| !is_allowed(*c)) {
            return Err(
                self.wrong(written.span(), format!("holds {character:?}, which is not allowed there; leave it away"))
            );
        }
        Ok(written.into_inner())
    }
}
