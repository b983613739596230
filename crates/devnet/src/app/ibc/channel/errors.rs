//! Errors of channels and of what channels rest on, as ibc-go registers them: `04-channel/types/errors.go` and the
//! errors of the modules that its handlers pass through.

use core::fmt::Display;

use crate::app::error::{AppError, Registered};

pub use crate::app::ibc::client::error::client::{
    CLIENT_NOT_ACTIVE, CLIENT_NOT_FOUND, CONSENSUS_STATE_NOT_FOUND, INVALID_HEIGHT as INVALID_CLIENT_HEIGHT,
};
pub use crate::app::ibc::client::error::commitment::INVALID_PROOF;
pub use crate::app::ibc::client::error::core_ibc as ibc;
pub use crate::app::ibc::client::error::host::{INVALID_ID, INVALID_PATH};
pub use crate::app::ibc::connection::error::{
    CONNECTION_NOT_FOUND, INVALID_CONNECTION_STATE, INVALID_VERSION as INVALID_CONNECTION_VERSION,
};

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

/// The application does not answer on this port (`05-port`).
pub const INVALID_PORT: Registered = Registered::new("port", 4, "invalid port");
/// No application answers on this port.
pub const INVALID_ROUTE: Registered = Registered::new("port", 5, "route not found");

/// `errorsmod.Wrap`, as an argument of `map_err`.
pub(crate) fn wrap(text: impl Display) -> impl FnOnce(AppError) -> AppError {
    move |error: AppError| error.wrap(text)
}

/// What the chain itself wrote can't be read, or a rule of its own is broken: ibc-go panics.
pub(crate) fn panicked(text: impl Display) -> AppError {
    AppError::panicked(text)
}
