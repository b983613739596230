//! ICS-04 channel ends.

use core::fmt;
use core::str::FromStr;

use proto::ibc::core::channel::v1 as raw;
use serde::{Deserialize, Serialize};

use crate::wire::{optional_identifier, required, wrong_value};
use crate::{ChannelId, ConnectionId, PortId, WireError};

/// One end of a channel, as its chain holds it (ICS-04 `ChannelEnd`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChannelEnd {
    /// How far the handshake is.
    pub state: ChannelState,
    /// How packets are delivered.
    pub ordering: Order,
    /// The other end.
    pub counterparty: Counterparty,
    /// The connections that packets travel on; ibc-go allows exactly one.
    pub connection_hops: Vec<ConnectionId>,
    /// What the applications agreed upon, such as `ics20-1`.
    pub version: String,
    /// The newest attempt to upgrade the channel; 0 for none, and always 0 from ibc-go v10 on.
    pub upgrade_sequence: u64,
}

/// The other end of a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counterparty {
    /// Its port.
    pub port: PortId,
    /// Its channel; none before that is known.
    pub channel: Option<ChannelId>,
}

impl TryFrom<raw::Channel> for ChannelEnd {
    type Error = WireError;

    fn try_from(channel: raw::Channel) -> Result<Self, WireError> {
        let counterparty = required::<raw::Channel, _>(channel.counterparty, "counterparty")?;
        Ok(Self {
            state: raw::State::try_from(channel.state).ok().map_or_else(|| Err(bad_state()), ChannelState::try_from)?,
            ordering: raw::Order::try_from(channel.ordering).ok().map_or_else(|| Err(bad_order()), Order::try_from)?,
            counterparty: Counterparty {
                port: counterparty.port_id.parse()?,
                channel: optional_identifier(&counterparty.channel_id)?,
            },
            connection_hops: channel.connection_hops.iter().map(|hop| hop.parse()).collect::<Result<_, _>>()?,
            version: channel.version,
            upgrade_sequence: channel.upgrade_sequence,
        })
    }
}

impl From<ChannelEnd> for raw::Channel {
    fn from(end: ChannelEnd) -> Self {
        Self {
            state: raw::State::from(end.state).into(),
            ordering: raw::Order::from(end.ordering).into(),
            counterparty: Some(raw::Counterparty {
                port_id: end.counterparty.port.into(),
                channel_id: end.counterparty.channel.map(String::from).unwrap_or_default(),
            }),
            connection_hops: end.connection_hops.into_iter().map(String::from).collect(),
            version: end.version,
            upgrade_sequence: end.upgrade_sequence,
        }
    }
}

fn bad_state() -> WireError {
    wrong_value::<raw::Channel>("state", "is none of the states of a channel end")
}

fn bad_order() -> WireError {
    wrong_value::<raw::Channel>("ordering", "is neither unordered nor ordered")
}

/// How a channel delivers (ICS-04 `ChannelOrder`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// Packets may be received in any order; each leaves a receipt.
    Unordered,
    /// Packets are received and acknowledged strictly in sequence; a timeout closes the channel.
    Ordered,
}

impl FromStr for Order {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "unordered" | "ORDER_UNORDERED" => Ok(Self::Unordered),
            "ordered" | "ORDER_ORDERED" => Ok(Self::Ordered),
            other => Err(format!("ordering {other:?} is neither \"unordered\" nor \"ordered\"")),
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Unordered => "unordered",
            Self::Ordered => "ordered",
        })
    }
}

impl TryFrom<raw::Order> for Order {
    type Error = WireError;

    fn try_from(order: raw::Order) -> Result<Self, WireError> {
        match order {
            raw::Order::Unordered => Ok(Self::Unordered),
            raw::Order::Ordered => Ok(Self::Ordered),
            raw::Order::NoneUnspecified => Err(bad_order()),
        }
    }
}

impl From<Order> for raw::Order {
    fn from(order: Order) -> Self {
        match order {
            Order::Unordered => Self::Unordered,
            Order::Ordered => Self::Ordered,
        }
    }
}

/// The state of a channel end (ICS-04 `ChannelState`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChannelState {
    /// `ChanOpenInit` ran here.
    Init,
    /// `ChanOpenTry` ran here.
    TryOpen,
    /// Packets may flow.
    Open,
    /// No packet flows any more.
    Closed,
    /// An upgrade is under way: nothing is sent, what is in flight may still end (ibc-go v8.1 and v9 only).
    Flushing,
    /// An upgrade is under way, and nothing is in flight any more (ibc-go v8.1 and v9 only).
    FlushComplete,
}

impl TryFrom<raw::State> for ChannelState {
    type Error = WireError;

    fn try_from(state: raw::State) -> Result<Self, WireError> {
        match state {
            raw::State::Init => Ok(Self::Init),
            raw::State::Tryopen => Ok(Self::TryOpen),
            raw::State::Open => Ok(Self::Open),
            raw::State::Closed => Ok(Self::Closed),
            raw::State::Flushing => Ok(Self::Flushing),
            raw::State::Flushcomplete => Ok(Self::FlushComplete),
            raw::State::UninitializedUnspecified => Err(bad_state()),
        }
    }
}

impl From<ChannelState> for raw::State {
    fn from(state: ChannelState) -> Self {
        match state {
            ChannelState::Init => Self::Init,
            ChannelState::TryOpen => Self::Tryopen,
            ChannelState::Open => Self::Open,
            ChannelState::Closed => Self::Closed,
            ChannelState::Flushing => Self::Flushing,
            ChannelState::FlushComplete => Self::Flushcomplete,
        }
    }
}

impl fmt::Display for ChannelState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Init => "init",
            Self::TryOpen => "try_open",
            Self::Open => "open",
            Self::Closed => "closed",
            Self::Flushing => "flushing",
            Self::FlushComplete => "flush_complete",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw_end() -> raw::Channel {
        raw::Channel {
            state: raw::State::Open.into(),
            ordering: raw::Order::Unordered.into(),
            counterparty: Some(raw::Counterparty { port_id: "transfer".to_owned(), channel_id: String::new() }),
            connection_hops: vec!["connection-0".to_owned()],
            version: "ics20-1".to_owned(),
            upgrade_sequence: 0,
        }
    }

    #[test]
    fn an_end_of_no_known_state_or_order_is_refused() {
        assert!(ChannelEnd::try_from(raw_end()).is_ok());
        for state in [0, 7, -1] {
            assert_eq!(ChannelEnd::try_from(raw::Channel { state, ..raw_end() }), Err(bad_state()));
        }
        for ordering in [0, 3, -1] {
            assert_eq!(ChannelEnd::try_from(raw::Channel { ordering, ..raw_end() }), Err(bad_order()));
        }
    }

    #[test]
    fn an_end_without_a_counterparty_is_refused_by_name() {
        let refused = ChannelEnd::try_from(raw::Channel { counterparty: None, ..raw_end() }).unwrap_err();
        assert_eq!(refused.to_string(), "Channel has no counterparty");
    }
}
