//! ICS-03 connection ends.

use core::fmt;
use core::time::Duration;

use proto::ibc::core::connection::v1 as raw;
use serde::{Deserialize, Serialize};

use crate::wire::{optional_identifier, required, wrong_value};
use crate::{ClientId, ConnectionId, MerklePrefix, WireError};

/// One end of a connection, as its chain holds it (ICS-03 `ConnectionEnd`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionEnd {
    /// The client on this end's chain that tracks the other chain.
    pub client: ClientId,
    /// In state `Init` those that this end offers, afterwards the one that was agreed upon.
    pub versions: Vec<Version>,
    /// How far the handshake is.
    pub state: ConnectionState,
    /// The other end.
    pub counterparty: Counterparty,
    /// How long after a client update its consensus state must rest before it may prove a packet.
    pub delay_period: Duration,
}

/// The other end of a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterparty {
    /// The client on the other chain that tracks this end's chain.
    pub client: ClientId,
    /// Its connection; none before that is known.
    pub connection: Option<ConnectionId>,
    /// What its provable keys stand under.
    pub prefix: MerklePrefix,
}

/// A version of the connection's protocol, and what it can do (ICS-03 `Version`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Version {
    /// Such as `1`.
    pub identifier: String,
    /// Such as `ORDER_UNORDERED`.
    pub features: Vec<String>,
}

impl Default for Version {
    /// The only one that ibc-go knows (`03-connection/types/version.go`, `DefaultIBCVersion`).
    fn default() -> Self {
        Self { identifier: "1".to_owned(), features: vec!["ORDER_ORDERED".to_owned(), "ORDER_UNORDERED".to_owned()] }
    }
}

/// The state of a connection end (ICS-03 `ConnectionState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// `ConnOpenInit` ran here.
    Init,
    /// `ConnOpenTry` ran here.
    TryOpen,
    /// Channels may be made.
    Open,
}

impl fmt::Display for ConnectionState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Init => "init",
            Self::TryOpen => "try_open",
            Self::Open => "open",
        })
    }
}

impl TryFrom<raw::ConnectionEnd> for ConnectionEnd {
    type Error = WireError;

    fn try_from(end: raw::ConnectionEnd) -> Result<Self, WireError> {
        let counterparty = required::<raw::ConnectionEnd, _>(end.counterparty, "counterparty")?;
        Ok(Self {
            client: end.client_id.parse()?,
            versions: end.versions.into_iter().map(Version::from).collect(),
            state: raw::State::try_from(end.state).ok().map_or_else(|| Err(bad_state()), ConnectionState::try_from)?,
            counterparty: counterparty.try_into()?,
            delay_period: Duration::from_nanos(end.delay_period),
        })
    }
}

impl From<ConnectionEnd> for raw::ConnectionEnd {
    fn from(end: ConnectionEnd) -> Self {
        Self {
            client_id: end.client.into(),
            versions: end.versions.into_iter().map(Into::into).collect(),
            state: raw::State::from(end.state).into(),
            counterparty: Some(end.counterparty.into()),
            delay_period: delay_nanos(end.delay_period),
        }
    }
}

/// The delay as protobuf carries it; one of more than 584 years becomes the longest that can be written.
pub(crate) fn delay_nanos(delay: Duration) -> u64 {
    u64::try_from(delay.as_nanos()).unwrap_or(u64::MAX)
}

impl TryFrom<raw::Counterparty> for Counterparty {
    type Error = WireError;

    fn try_from(counterparty: raw::Counterparty) -> Result<Self, WireError> {
        Ok(Self {
            client: counterparty.client_id.parse()?,
            connection: optional_identifier(&counterparty.connection_id)?,
            prefix: required::<raw::Counterparty, _>(counterparty.prefix, "prefix")?.into(),
        })
    }
}

impl From<Counterparty> for raw::Counterparty {
    fn from(counterparty: Counterparty) -> Self {
        Self {
            client_id: counterparty.client.into(),
            connection_id: counterparty.connection.map(String::from).unwrap_or_default(),
            prefix: Some(counterparty.prefix.into()),
        }
    }
}

impl From<raw::Version> for Version {
    fn from(version: raw::Version) -> Self {
        Self { identifier: version.identifier, features: version.features }
    }
}

impl From<Version> for raw::Version {
    fn from(version: Version) -> Self {
        Self { identifier: version.identifier, features: version.features }
    }
}

impl TryFrom<raw::State> for ConnectionState {
    type Error = WireError;

    fn try_from(state: raw::State) -> Result<Self, WireError> {
        match state {
            raw::State::Init => Ok(Self::Init),
            raw::State::Tryopen => Ok(Self::TryOpen),
            raw::State::Open => Ok(Self::Open),
            raw::State::UninitializedUnspecified => Err(bad_state()),
        }
    }
}

impl From<ConnectionState> for raw::State {
    fn from(state: ConnectionState) -> Self {
        match state {
            ConnectionState::Init => Self::Init,
            ConnectionState::TryOpen => Self::Tryopen,
            ConnectionState::Open => Self::Open,
        }
    }
}

fn bad_state() -> WireError {
    wrong_value::<raw::ConnectionEnd>("state", "is none of the states of a connection end")
}
