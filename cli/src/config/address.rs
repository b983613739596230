//! Where nodes are reached. An address may hold a password or a provider's token, so it never prints itself whole.

use std::fmt;
use std::net::SocketAddr;
use std::str::FromStr;

use serde::de::{Error, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use url::Url;

/// The URL of a node. `Debug` and `Display` give scheme, host and port alone: user, path and query may be secrets.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Address(Url);

impl Address {
    /// The whole URL, secrets included: to connect with, never to print.
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }

    fn parse(text: &str, schemes: &[&str]) -> Result<Self, String> {
        let example = schemes.first().copied().unwrap_or("http");
        let url = Url::parse(text).map_err(|error| format!("is no address ({error}); write {example}://HOST:PORT"))?;
        if !schemes.contains(&url.scheme()) {
            return Err(format!("has the scheme {:?}; write {}", url.scheme(), schemes.join(":// or ") + "://"));
        }
        match url.host_str() {
            Some(host) if !host.is_empty() => Ok(Self(url)),
            Some(_) | None => Err(format!("names no host; write {example}://HOST:PORT")),
        }
    }
}

impl FromStr for Address {
    type Err = String;

    /// Reads the address of a node's JSON-RPC.
    fn from_str(text: &str) -> Result<Self, String> {
        Self::parse(text, &["http", "https"])
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&chain::endpoint::redacted(&self.0))
    }
}

impl fmt::Debug for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl<'de> Deserialize<'de> for Address {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// At least one address: the first is the primary, the others are fallbacks and witnesses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Addresses(pub(super) Vec<Address>);

impl<'de> Deserialize<'de> for Addresses {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMany;
        impl<'de> Visitor<'de> for OneOrMany {
            type Value = Addresses;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an address such as \"http://127.0.0.1:26657\", or a list of them")
            }

            fn visit_str<E: Error>(self, text: &str) -> Result<Addresses, E> {
                text.parse().map(|one| Addresses(vec![one])).map_err(E::custom)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Addresses, A::Error> {
                let mut many = Vec::new();
                while let Some(address) = sequence.next_element::<Address>()? {
                    if many.contains(&address) {
                        return Err(A::Error::custom("names one address twice; a node is no witness of itself"));
                    }
                    many.push(address);
                }
                if many.is_empty() {
                    return Err(A::Error::custom("is an empty list; name at least one address"));
                }
                Ok(Addresses(many))
            }
        }
        deserializer.deserialize_any(OneOrMany)
    }
}

/// What is said of a chain's WebSocket: its address, or `none`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Websocket {
    /// Where it is.
    At(Address),
    /// None is to be used: heads are polled.
    Off,
}

/// [`Websocket`] as it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WrittenWebsocket(pub(super) Websocket);

impl<'de> Deserialize<'de> for WrittenWebsocket {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "none" {
            return Ok(Self(Websocket::Off));
        }
        let refuse = |reason| D::Error::custom(format!("{reason}, or \"none\" to poll instead"));
        Address::parse(&text, &["ws", "wss"]).map(|address| Self(Websocket::At(address))).map_err(refuse)
    }
}

/// Where something is served: an address of this machine and a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ServedAddress(pub(super) SocketAddr);

impl<'de> Deserialize<'de> for ServedAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let refuse =
            |_| D::Error::custom(format!("{text:?} is no address and port; write one such as \"127.0.0.1:9464\""));
        text.parse().map(Self).map_err(refuse)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_never_prints_what_may_be_secret() {
        let address = Address::parse("https://me:hunter2@node.example:443/v1/token?apikey=k", &["https"]).unwrap();
        assert_eq!(format!("{address} {address:?}"), "https://node.example https://node.example");
        assert_eq!(address.url().password(), Some("hunter2"));
    }

    #[test]
    fn only_the_schemes_asked_for_are_addresses() {
        for text in ["ftp://node", "node:26657", "127.0.0.1:26657", "", "http://"] {
            assert!(Address::parse(text, &["http", "https"]).is_err(), "{text}");
        }
        assert!(Address::parse("http://[::1]:26657", &["http"]).is_ok());
    }
}
