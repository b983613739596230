//! Errors of channels and of what channels rest on, as ibc-go registers them: `04-channel/types/errors.go` and the
//! errors of the modules that its handlers pass through.

use core::fmt::Display;

use crate::app::error::{AppError, Registered, sdk};

const fn channel(code: u32, description: &'static str) -> Registered {
    Registered::new("channel", code, description)
}

/// There is no such channel end.
pub const CHANNEL_NOT_FOUND: Registered = channel(3, "channel not found");
/// The channel end's state does not allow it.
pub const INVALID_CHANNEL_STATE: Registered = channel(5, "invalid channel state");
/// Neither ordered nor unordered, or not as the application wants it.
pub const INVALID_CHANNEL_ORDERING: Registered = channel(6, "invalid channel ordering");
/// The other end is named wrongly.
pub const INVALID_COUNTERPARTY: Registered = channel(7, "invalid counterparty channel");
/// A channel end counts no packets that it sends.
pub const SEQUENCE_SEND_NOT_FOUND: Registered = channel(10, "sequence send not found");
/// A channel end counts no packets that it receives.
pub const SEQUENCE_RECEIVE_NOT_FOUND: Registered = channel(11, "sequence receive not found");
/// A channel end counts no acknowledgements.
pub const SEQUENCE_ACK_NOT_FOUND: Registered = channel(12, "sequence acknowledgement not found");
/// A packet is malformed, or not of this channel.
pub const INVALID_PACKET: Registered = channel(13, "invalid packet");
/// A channel goes over one connection.
pub const TOO_MANY_CONNECTION_HOPS: Registered = channel(15, "too many connection hops");
/// An acknowledgement is empty or written in an unusual form.
pub const INVALID_ACKNOWLEDGEMENT: Registered = channel(16, "invalid acknowledgement");
/// A packet is acknowledged once.
pub const ACKNOWLEDGEMENT_EXISTS: Registered = channel(17, "acknowledgement for packet already exists");
/// A channel's id is not of the form `channel-N`.
pub const INVALID_CHANNEL_IDENTIFIER: Registered = channel(18, "invalid channel identifier");
/// The packet was received.
pub const PACKET_RECEIVED: Registered = channel(19, "packet already received");
/// Not the next one on an ordered channel.
pub const PACKET_SEQUENCE_OUT_OF_ORDER: Registered = channel(21, "packet sequence is out of order");
/// All packet messages of the transaction were relayed already.
pub const REDUNDANT_TX: Registered = channel(22, "packet messages are redundant");
/// The application does not speak this version.
pub const INVALID_CHANNEL_VERSION: Registered = channel(24, "invalid channel version");
/// The packet may still be received.
pub const TIMEOUT_NOT_REACHED: Registered = channel(39, "timeout not reached");
/// The packet may not be received any more.
pub const TIMEOUT_ELAPSED: Registered = channel(40, "timeout elapsed");

/// There is no such connection (`03-connection`).
pub const CONNECTION_NOT_FOUND: Registered = Registered::new("connection", 3, "connection not found");
/// The connection is not open.
pub const INVALID_CONNECTION_STATE: Registered = Registered::new("connection", 6, "invalid connection state");
/// The connection does not carry such channels.
pub const INVALID_CONNECTION_VERSION: Registered = Registered::new("connection", 9, "invalid connection version");

/// There is no such client (`02-client`).
pub const CLIENT_NOT_FOUND: Registered = Registered::new("client", 4, "light client not found");
/// The client does not know this height.
pub const CONSENSUS_STATE_NOT_FOUND: Registered = Registered::new("client", 7, "consensus state not found");
/// The client knows no height.
pub const INVALID_CLIENT_HEIGHT: Registered = Registered::new("client", 26, "invalid height");
/// The client is frozen, expired or not there.
pub const CLIENT_NOT_ACTIVE: Registered = Registered::new("client", 29, "client state is not active");

/// A proof is missing (`23-commitment`).
pub const INVALID_PROOF: Registered = Registered::new("commitment", 2, "invalid proof");

/// An identifier is none (`24-host`).
pub const INVALID_ID: Registered = Registered::new("host", 2, "invalid identifier");
/// A key of the store is none.
pub const INVALID_PATH: Registered = Registered::new("host", 3, "invalid path");

/// The application does not answer on this port (`05-port`).
pub const INVALID_PORT: Registered = Registered::new("port", 4, "invalid port");
/// No application answers on this port.
pub const INVALID_ROUTE: Registered = Registered::new("port", 5, "route not found");

/// Errors that all of ibc-go shares (`modules/core/errors`).
pub mod ibc {
    use super::Registered;

    const fn of(code: u32, description: &'static str) -> Registered {
        Registered::new("ibc", code, description)
    }

    /// A sequence is 0.
    pub const INVALID_SEQUENCE: Registered = of(1, "invalid sequence");
    /// An account may not do this.
    pub const UNAUTHORIZED: Registered = of(2, "unauthorized");
    /// An acknowledgement is none.
    pub const UNKNOWN_REQUEST: Registered = of(4, "unknown request");
    /// An address is none.
    pub const INVALID_ADDRESS: Registered = of(5, "invalid address");
    /// Coins are malformed.
    pub const INVALID_COINS: Registered = of(6, "invalid coins");
    /// A request is not allowed.
    pub const INVALID_REQUEST: Registered = of(8, "invalid request");
    /// A height is none.
    pub const INVALID_HEIGHT: Registered = of(9, "invalid height");
    /// Something is of another kind than it should be.
    pub const INVALID_TYPE: Registered = of(12, "invalid type");
}

/// Ends the whole transaction, whatever an application or a wrapper makes of errors: what is a panic in Go.
pub(crate) fn is_fatal(error: &AppError) -> bool {
    error.is(sdk::OUT_OF_GAS) || error.is(sdk::PANIC)
}

/// `errorsmod.Wrap`, as an argument of `map_err`; a panic passes through wrappers unseen.
pub(crate) fn wrap(text: impl Display) -> impl FnOnce(AppError) -> AppError {
    move |error| if is_fatal(&error) { error } else { error.wrap(text) }
}

/// What the SDK makes of a panic (`baseapp/recovery.go`); the stack is left out.
pub(crate) fn panicked(text: impl Display) -> AppError {
    sdk::PANIC.wrap(format!("recovered: {text}"))
}
