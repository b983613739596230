//! Errors of ICS-20 (`types/errors.go`).

use crate::app::error::Registered;

const fn transfer(code: u32, description: &'static str) -> Registered {
    Registered::new("transfer", code, description)
}

/// A denomination is none.
pub(super) const INVALID_DENOM: Registered = transfer(3, "invalid denomination for cross-chain transfer");
/// Another version than `ics20-1`.
pub(super) const INVALID_VERSION: Registered = transfer(4, "invalid ICS20 version");
/// An amount is none, or not above zero.
pub(super) const INVALID_AMOUNT: Registered = transfer(5, "invalid token amount");
/// No voucher with this hash was ever made.
pub(super) const DENOM_NOT_FOUND: Registered = transfer(6, "denomination not found");
/// Turned off by a parameter.
pub(super) const SEND_DISABLED: Registered = transfer(7, "fungible token transfers from this chain are disabled");
/// Turned off by a parameter.
pub(super) const RECEIVE_DISABLED: Registered = transfer(8, "fungible token transfers to this chain are disabled");
/// Escrow addresses are safe for 2^32 channels.
pub(super) const MAX_TRANSFER_CHANNELS: Registered = transfer(9, "max transfer channels");
/// A memo is too long.
pub(super) const INVALID_MEMO: Registered = transfer(11, "invalid memo");

/// Of IBC v2, which this chain does not speak: no client has a counterparty.
pub(super) const COUNTERPARTY_NOT_FOUND: Registered = Registered::new("clientv2", 35, "counterparty not found");
