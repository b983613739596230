//! `policy` of a path: which of its packets are relayed.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use engine::{ChannelPattern, Policy, Sequences};
use serde::de::{Error, Visitor};
use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::ConfigError;
use super::error::Source;

/// No packet comes near it: CometBFT takes no larger transaction.
const FIELD_BYTES_MAX: u64 = 1_048_576;

/// `policy` of a path.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawPolicy {
    #[serde(default)]
    allow: Vec<Written<ChannelPattern>>,
    #[serde(default)]
    deny: Vec<Written<ChannelPattern>>,
    #[serde(default)]
    exclude: Vec<RawExclusion>,
    memo_bytes_max: Option<Spanned<u64>>,
    receiver_bytes_max: Option<Spanned<u64>>,
    #[serde(default)]
    senders: BTreeSet<String>,
    #[serde(default)]
    senders_denied: Vec<Spanned<String>>,
    #[serde(default)]
    amounts_min: BTreeMap<String, Amount>,
}

/// One of a policy's `exclude`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawExclusion {
    channel: Written<ChannelPattern>,
    sequences: Written<Sequences>,
}

/// What a path's policy is; the usual one where none is written.
pub(super) fn policy(source: Source<'_>, raw: Option<RawPolicy>) -> Result<Arc<Policy>, ConfigError> {
    let Some(raw) = raw else { return Ok(Arc::default()) };
    if let Some(twice) = raw.senders_denied.iter().find(|sender| raw.senders.contains(sender.get_ref())) {
        return Err(source.wrong(twice.span(), "stands in senders too; leave it away in one of the two"));
    }
    let patterns = |written: Vec<Written<ChannelPattern>>| written.into_iter().map(|pattern| pattern.0).collect();
    Ok(Arc::new(Policy {
        allow: patterns(raw.allow),
        deny: patterns(raw.deny),
        excluded: raw.exclude.into_iter().map(|one| (one.channel.0, one.sequences.0)).collect(),
        only: None,
        memo_bytes_max: source.within(raw.memo_bytes_max, engine::MEMO_BYTES_MAX, 0..=FIELD_BYTES_MAX)?,
        receiver_bytes_max: source.within(raw.receiver_bytes_max, engine::RECEIVER_BYTES_MAX, 0..=FIELD_BYTES_MAX)?,
        senders: raw.senders,
        senders_denied: raw.senders_denied.into_iter().map(Spanned::into_inner).collect(),
        amounts_min: raw.amounts_min.into_iter().map(|(denom, amount)| (denom, amount.0)).collect(),
    }))
}

/// What is written as text and parses by itself.
#[derive(Debug)]
struct Written<T>(T);

impl<'de, T: std::str::FromStr<Err: fmt::Display>> Deserialize<'de> for Written<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map(Self).map_err(D::Error::custom)
    }
}

/// A whole amount. TOML's integers have 63 bits, so that a larger one is written as text.
#[derive(Debug)]
struct Amount(u128);

impl<'de> Deserialize<'de> for Amount {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrInteger;
        impl Visitor<'_> for TextOrInteger {
            type Value = Amount;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole amount such as \"1000\"")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Amount, E> {
                let is_whole = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
                let amount = text.parse().ok().filter(|_| is_whole).map(Amount);
                amount.ok_or_else(|| E::custom(format!("{text:?} is no whole amount; write one such as \"1000\"")))
            }

            fn visit_i64<E: Error>(self, amount: i64) -> Result<Amount, E> {
                let mend = || E::custom(format!("{amount} is below zero; write a whole amount such as \"1000\""));
                u128::try_from(amount).map(Amount).map_err(|_| mend())
            }
        }
        deserializer.deserialize_any(TextOrInteger)
    }
}

#[cfg(test)]
mod tests;
