//! What a client is set to: how much overlap it asks for, how long it trusts, how far ahead a clock may be.

use std::time::Duration;

pub use types::client::{TrustThreshold, TrustThresholdError};

/// The parameters of an ICS-07 client that decide about a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The part of a trusted validator set that must have signed a header which is not adjacent.
    pub trust_threshold: TrustThreshold,
    /// How long after its header time a block is trusted; shorter than the chain's unbonding period.
    pub trusting_period: Duration,
    /// How far a header's time may lie after ours.
    pub clock_drift: Duration,
}
