//! Channel ends as an operator names them, with `*` for any text.

use core::fmt;
use core::str::FromStr;

use types::{ChainId, ChannelId, PortId};

/// A channel end by name, with `*` for any text: `transfer/channel-*`, or `chain-a/transfer/channel-0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChannelPattern {
    /// The chain; none stands for either end's.
    pub chain: Option<String>,
    /// The port.
    pub port: String,
    /// The channel.
    pub channel: String,
}

/// A text that names no channel end.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} names no channel: write port/channel or chain/port/channel, with * for any text, as transfer/channel-*")]
pub struct PatternError(String);

impl ChannelPattern {
    /// Is that channel end meant?
    pub fn matches(&self, chain: &ChainId, port: &PortId, channel: &ChannelId) -> bool {
        self.chain.as_ref().is_none_or(|pattern| is_like(chain.as_str(), pattern))
            && is_like(port.as_str(), &self.port)
            && is_like(channel.as_str(), &self.channel)
    }
}

impl FromStr for ChannelPattern {
    type Err = PatternError;
    fn from_str(text: &str) -> Result<Self, PatternError> {
        let is_part = |part: &&str| {
            !part.is_empty() && part.chars().all(|c| c.is_ascii_alphanumeric() || "*._+-#[]<>".contains(c))
        };
        let parts: Vec<&str> = text.split('/').collect();
        let (chain, port, channel) = match parts.as_slice() {
            [port, channel] => (None, port, channel),
            [chain, port, channel] => (Some(chain), port, channel),
            _ => return Err(PatternError(text.to_owned())),
        };
        if !parts.iter().all(is_part) {
            return Err(PatternError(text.to_owned()));
        }
        let owned = |part: &&str| (*part).to_owned();
        Ok(Self { chain: chain.map(owned), port: owned(port), channel: owned(channel) })
    }
}

impl fmt::Display for ChannelPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(chain) = &self.chain {
            write!(f, "{chain}/")?;
        }
        write!(f, "{}/{}", self.port, self.channel)
    }
}

/// Does a text read like a pattern, in which `*` stands for any text? In time that grows with both lengths' product at
/// most, whatever the pattern.
fn is_like(text: &str, pattern: &str) -> bool {
    let Some((head, rest)) = pattern.split_once('*') else { return text == pattern };
    let Some(mut left) = text.strip_prefix(head) else { return false };
    let mut parts: Vec<&str> = rest.split('*').collect();
    let tail = parts.pop().unwrap_or_default();
    for part in parts {
        // The earliest place leaves the most for what follows.
        let Some(start) = left.find(part) else { return false };
        left = left.get(start + part.len()..).unwrap_or_default();
    }
    left.ends_with(tail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_text() {
        let rows = [
            ("channel-1", "channel-1", true),
            ("channel-1", "channel-2", false),
            ("channel-1", "*", true),
            ("channel-1", "channel-*", true),
            ("channel-", "channel-*", true),
            ("channel-12", "channel-1", false),
            ("channel-12", "*-1*", true),
            ("channel-12", "*2", true),
            ("channel-12", "*1", false),
            ("icacontroller-cosmos1", "icacontroller-*", true),
            ("aa", "a*a", true),
            ("a", "a*a", false),
            ("abcab", "a*b*b", true),
            ("abcab", "a*c*c*", false),
            ("channel-1", "**", true),
            ("channel-1", "", false),
        ];
        for (text, pattern, expected) in rows {
            assert_eq!(is_like(text, pattern), expected, "{text:?} like {pattern:?}");
        }
    }

    #[test]
    fn a_pattern_is_read_as_it_is_written() {
        for text in ["transfer/channel-*", "chain-a/transfer/channel-0", "*/*", "*/*/*"] {
            assert_eq!(text.parse::<ChannelPattern>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_wrong_pattern_is_told_how_to_be_written() {
        for text in ["", "channel-0", "a/b/c/d", "transfer/", "/channel-0", "transfer/channel 0"] {
            let error = text.parse::<ChannelPattern>().unwrap_err().to_string();
            assert!(error.contains("write port/channel or chain/port/channel"), "{error}");
        }
    }
}
