//! Codespace `07-tendermint` (ibc-go `07-tendermint/errors.go`).

use crate::app::error::Registered;

const fn of(code: u32, description: &'static str) -> Registered {
    Registered::new("07-tendermint", code, description)
}

/// Code 2: invalid chain-id.
pub const INVALID_CHAIN_ID: Registered = of(2, "invalid chain-id");
/// Code 3: invalid trusting period.
pub const INVALID_TRUSTING_PERIOD: Registered = of(3, "invalid trusting period");
/// Code 4: invalid unbonding period.
pub const INVALID_UNBONDING_PERIOD: Registered = of(4, "invalid unbonding period");
/// Code 5: invalid header height.
pub const INVALID_HEADER_HEIGHT: Registered = of(5, "invalid header height");
/// Code 6: invalid header.
pub const INVALID_HEADER: Registered = of(6, "invalid header");
/// Code 7: invalid max clock drift.
pub const INVALID_MAX_CLOCK_DRIFT: Registered = of(7, "invalid max clock drift");
/// Code 8: processed time not found.
pub const PROCESSED_TIME_NOT_FOUND: Registered = of(8, "processed time not found");
/// Code 9: processed height not found.
pub const PROCESSED_HEIGHT_NOT_FOUND: Registered = of(9, "processed height not found");
/// Code 10: packet-specified delay period has not been reached.
pub const DELAY_PERIOD_NOT_PASSED: Registered = of(10, "packet-specified delay period has not been reached");
/// Code 11: time since latest trusted state has passed the trusting period.
pub const TRUSTING_PERIOD_EXPIRED: Registered =
    of(11, "time since latest trusted state has passed the trusting period");
/// Code 12: time since latest trusted state has passed the unbonding period.
pub const UNBONDING_PERIOD_EXPIRED: Registered =
    of(12, "time since latest trusted state has passed the unbonding period");
/// Code 13: invalid proof specs.
pub const INVALID_PROOF_SPECS: Registered = of(13, "invalid proof specs");
/// Code 14: invalid validator set.
pub const INVALID_VALIDATOR_SET: Registered = of(14, "invalid validator set");
/// Code 15: invalid trust level.
pub const INVALID_TRUST_LEVEL: Registered = of(15, "invalid trust level");
