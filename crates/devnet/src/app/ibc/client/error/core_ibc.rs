//! Codespace `ibc`, for errors of any part of ibc-go (`core/errors/errors.go`).

use crate::app::error::Registered;

const fn of(code: u32, description: &'static str) -> Registered {
    Registered::new("ibc", code, description)
}

/// Code 1: invalid sequence.
pub const INVALID_SEQUENCE: Registered = of(1, "invalid sequence");
/// Code 2: unauthorized.
pub const UNAUTHORIZED: Registered = of(2, "unauthorized");
/// Code 3: insufficient funds.
pub const INSUFFICIENT_FUNDS: Registered = of(3, "insufficient funds");
/// Code 4: unknown request.
pub const UNKNOWN_REQUEST: Registered = of(4, "unknown request");
/// Code 5: invalid address.
pub const INVALID_ADDRESS: Registered = of(5, "invalid address");
/// Code 6: invalid coins.
pub const INVALID_COINS: Registered = of(6, "invalid coins");
/// Code 7: out of gas.
pub const OUT_OF_GAS: Registered = of(7, "out of gas");
/// Code 8: invalid request.
pub const INVALID_REQUEST: Registered = of(8, "invalid request");
/// Code 9: invalid height.
pub const INVALID_HEIGHT: Registered = of(9, "invalid height");
/// Code 10: invalid version.
pub const INVALID_VERSION: Registered = of(10, "invalid version");
/// Code 11: invalid chain-id.
pub const INVALID_CHAIN_ID: Registered = of(11, "invalid chain-id");
/// Code 12: invalid type.
pub const INVALID_TYPE: Registered = of(12, "invalid type");
/// Code 13: failed packing protobuf message to Any.
pub const PACK_ANY: Registered = of(13, "failed packing protobuf message to Any");
/// Code 14: failed unpacking protobuf message from Any.
pub const UNPACK_ANY: Registered = of(14, "failed unpacking protobuf message from Any");
/// Code 15: internal logic error.
pub const LOGIC: Registered = of(15, "internal logic error");
/// Code 16: not found.
pub const NOT_FOUND: Registered = of(16, "not found");
