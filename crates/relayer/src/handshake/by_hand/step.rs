//! The steps that can be made by hand.

use std::time::Duration;

use types::{ClientId, ConnectionId, Order, PortId};

use super::EndName;

/// One step. `dst` is where it is submitted, `src` the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandStep {
    /// ICS-03 `ConnOpenInit`.
    ConnInit {
        /// The client on the one.
        dst_client: ClientId,
        /// The client on the other.
        src_client: ClientId,
        /// How long a client update must rest before it may prove a packet.
        delay_period: Duration,
    },
    /// ICS-03 `ConnOpenTry`.
    ConnTry {
        /// The connection that the other end began.
        src: ConnectionId,
    },
    /// ICS-03 `ConnOpenAck`.
    ConnAck {
        /// The end that began.
        dst: ConnectionId,
        /// The end that answered, if it is not to be searched for.
        src: Option<ConnectionId>,
    },
    /// ICS-03 `ConnOpenConfirm`.
    ConnConfirm {
        /// The end that answered.
        dst: ConnectionId,
    },
    /// ICS-04 `ChanOpenInit`.
    ChanOpenInit {
        /// The connection.
        dst_connection: ConnectionId,
        /// The port of the one end.
        dst_port: PortId,
        /// The port of the other.
        src_port: PortId,
        /// How the channel delivers.
        order: Order,
        /// What the applications shall agree upon.
        version: String,
    },
    /// ICS-04 `ChanOpenTry`.
    ChanOpenTry {
        /// The end that began.
        src: EndName,
    },
    /// ICS-04 `ChanOpenAck`.
    ChanOpenAck {
        /// The end that began.
        dst: EndName,
        /// The end that answered, if it is not to be searched for.
        src: Option<EndName>,
    },
    /// ICS-04 `ChanOpenConfirm`.
    ChanOpenConfirm {
        /// The end that answered.
        dst: EndName,
    },
    /// ICS-04 `ChanCloseInit`.
    ChanCloseInit {
        /// The end to close.
        dst: EndName,
    },
    /// ICS-04 `ChanCloseConfirm`.
    ChanCloseConfirm {
        /// The end to close, whose other end is closed.
        dst: EndName,
    },
}

impl HandStep {
    /// The command that makes it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ConnInit { .. } => "conn-init",
            Self::ConnTry { .. } => "conn-try",
            Self::ConnAck { .. } => "conn-ack",
            Self::ConnConfirm { .. } => "conn-confirm",
            Self::ChanOpenInit { .. } => "chan-open-init",
            Self::ChanOpenTry { .. } => "chan-open-try",
            Self::ChanOpenAck { .. } => "chan-open-ack",
            Self::ChanOpenConfirm { .. } => "chan-open-confirm",
            Self::ChanCloseInit { .. } => "chan-close-init",
            Self::ChanCloseConfirm { .. } => "chan-close-confirm",
        }
    }
}
