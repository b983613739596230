//! ICS-24 identifiers: parsed once, trusted afterwards.

use core::fmt;
use core::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is not an identifier of the kind asked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{kind} {text:?} {reason}")]
pub struct IdentifierError {
    kind: &'static str,
    text: String,
    reason: &'static str,
}

/// ICS-24 `validateIdentifier` (ibc-go `modules/core/24-host/validate.go`): the characters and the length.
fn validate(kind: &'static str, text: &str, min: usize, max: usize) -> Result<(), IdentifierError> {
    let refuse = |reason| Err(IdentifierError { kind, text: text.chars().take(80).collect(), reason });
    if text.len() < min || text.len() > max {
        return refuse("has a length that ICS-24 does not allow");
    }
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "._+-#[]<>".contains(c);
    if !text.chars().all(is_allowed) {
        return refuse("holds a character that ICS-24 does not allow");
    }
    Ok(())
}

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $min:literal, $max:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(std::sync::Arc<str>);

        impl $name {
            /// The identifier as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdentifierError;
            fn from_str(text: &str) -> Result<Self, IdentifierError> {
                validate($kind, text, $min, $max)?;
                Ok(Self(text.into()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdentifierError;
            fn try_from(text: String) -> Result<Self, IdentifierError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.as_str().to_owned()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

identifier!(
    /// ICS-02 client identifier, such as `07-tendermint-0`; 4 to 64 characters, as ibc-go asks since v10.
    ClientId, "client identifier", 4, 64
);
identifier!(
    /// ICS-03 connection identifier, such as `connection-0`; 10 to 64 characters.
    ConnectionId, "connection identifier", 10, 64
);
identifier!(
    /// ICS-04 channel identifier, such as `channel-0`; 8 to 64 characters.
    ChannelId, "channel identifier", 8, 64
);
identifier!(
    /// ICS-05 port identifier, such as `transfer`; 2 to 128 characters.
    PortId, "port identifier", 2, 128
);

/// The id of a chain, as its headers carry it: 1 to 50 bytes (CometBFT `types.MaxChainIDLen`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ChainId(std::sync::Arc<str>);

impl ChainId {
    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// ibc-go `ParseChainID` (`02-client/types/height.go`): the revision is the number behind the last dash where the
    /// id has the form `name-N` with N from 1 on and without leading zeros; any other id has revision 0.
    pub fn revision_number(&self) -> u64 {
        let Some((name, number)) = self.0.rsplit_once('-') else { return 0 };
        if name.is_empty()
            || name.ends_with('-')
            || number.starts_with('0')
            || !number.bytes().all(|b| b.is_ascii_digit())
        {
            return 0;
        }
        number.parse().unwrap_or(0)
    }
}

impl FromStr for ChainId {
    type Err = IdentifierError;
    fn from_str(text: &str) -> Result<Self, IdentifierError> {
        let refuse = |reason| Err(IdentifierError { kind: "chain id", text: text.chars().take(80).collect(), reason });
        if text.is_empty() || text.len() > 50 {
            return refuse("must have 1 to 50 bytes");
        }
        if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return refuse("must hold no blank and no control character");
        }
        if let Some((_, number)) = text.rsplit_once('-')
            && number.len() > 1
            && !number.starts_with('0')
            && number.bytes().all(|b| b.is_ascii_digit())
            && number.parse::<u64>().is_err()
        {
            // ibc-go panics on such an id; here it is an error before it can be used.
            return refuse("has a revision number over 64 bits");
        }
        Ok(Self(text.into()))
    }
}

impl TryFrom<String> for ChainId {
    type Error = IdentifierError;
    fn try_from(text: String) -> Result<Self, IdentifierError> {
        text.parse()
    }
}

impl From<ChainId> for String {
    fn from(id: ChainId) -> String {
        id.as_str().to_owned()
    }
}

impl fmt::Display for ChainId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_have_the_lengths_and_the_characters_of_ics_24() {
        let long = "a".repeat(64);
        assert!(long.parse::<ChannelId>().is_ok());
        assert!(format!("{long}a").parse::<ChannelId>().is_err());
        assert!("channel".parse::<ChannelId>().is_err());
        assert!("a".parse::<PortId>().is_err());
        assert!("a.b_c+d-e#[f]<g>".parse::<PortId>().is_ok());
        for text in ["", "a/b/c/d/e/f", "with blank", "wasm.cosmos1\u{e9}", "transfer\n"] {
            assert!(text.parse::<PortId>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn a_client_identifier_may_be_as_short_as_ibc_go_allows() {
        assert!("wasm".parse::<ClientId>().is_ok());
        assert!("GAI".parse::<ClientId>().is_err());
    }

    #[test]
    fn a_chain_id_over_which_ibc_go_would_panic_is_refused() {
        assert!("chain-18446744073709551615".parse::<ChainId>().is_ok());
        assert!("chain-18446744073709551616".parse::<ChainId>().is_err());
    }

    #[test]
    fn an_identifier_from_json_is_held_to_the_same_rules() {
        assert!(serde_json::from_str::<ClientId>("\"07-tendermint-0\"").is_ok());
        assert!(serde_json::from_str::<ClientId>("\"07/tendermint\"").is_err());
    }
}
