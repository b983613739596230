//! What a chain's light clients are told: periods, threshold and anchor (ICS-07).

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use light_client::TrustThreshold;
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use types::BlockHeight;

/// A length of time above zero, written as in `14days` or `500ms`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub(super) struct Period(pub(super) Duration);

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match humantime::parse_duration(&text) {
            Ok(Duration::ZERO) => {
                Err(D::Error::custom("is zero; write a length of time such as \"500ms\" or \"14days\""))
            }
            Ok(duration) => Ok(Self(duration)),
            Err(error) => Err(D::Error::custom(format!(
                "{text:?} is no length of time ({error}); write one such as \"500ms\" or \"14days\""
            ))),
        }
    }
}

/// A trust threshold, written as in `1/3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct WrittenThreshold(pub(super) TrustThreshold);

impl<'de> Deserialize<'de> for WrittenThreshold {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        parse_trust_threshold(&text).map(Self).map_err(D::Error::custom)
    }
}

/// Reads a fraction such as `1/3`.
///
/// # Errors
/// Where it is none, or one that no light client takes.
pub(crate) fn parse_trust_threshold(text: &str) -> Result<TrustThreshold, String> {
    let parse = || {
        let (numerator, denominator) = text.split_once('/')?;
        TrustThreshold::new(numerator.trim().parse().ok()?, denominator.trim().parse().ok()?).ok()
    };
    parse().ok_or_else(|| format!("{text:?} is no fraction from 1/3 to 1/1; write one such as \"1/3\""))
}

/// Hash of a block's header.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct BlockHash(pub [u8; 32]);

impl fmt::Display for BlockHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode_upper(self.0))
    }
}

impl fmt::Debug for BlockHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de> Deserialize<'de> for BlockHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl FromStr for BlockHash {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut hash = [0; 32];
        let refuse = |error| format!("is no block hash of 64 hexadecimal digits ({error})");
        hex::decode_to_slice(text, &mut hash).map_err(refuse)?;
        Ok(Self(hash))
    }
}

/// The block that everything else of a chain is verified from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TrustAnchor {
    /// Its height; above zero.
    pub(crate) height: BlockHeight,
    /// Its hash.
    pub(crate) hash: BlockHash,
}
