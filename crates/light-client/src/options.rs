//! What a client is set to: how much overlap it asks for, how long it trusts, how far ahead a clock may be.

use core::fmt;
use std::time::Duration;

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

/// A part of a validator set's voting power, from one third to the whole (CometBFT `light.ValidateTrustLevel`).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TrustThreshold {
    numerator: u64,
    denominator: u64,
}

/// Why two numbers are not a trust threshold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("trust threshold {numerator}/{denominator} is not within 1/3 and 1")]
pub struct TrustThresholdError {
    numerator: u64,
    denominator: u64,
}

impl TrustThreshold {
    /// What nearly every client uses.
    pub const ONE_THIRD: Self = Self { numerator: 1, denominator: 3 };
    /// The share that commits a block.
    pub const TWO_THIRDS: Self = Self { numerator: 2, denominator: 3 };

    /// The threshold `numerator / denominator`.
    ///
    /// # Errors
    /// When it is below 1/3 or above 1.
    pub fn new(numerator: u64, denominator: u64) -> Result<Self, TrustThresholdError> {
        let is_at_least_a_third = u128::from(numerator) * 3 >= u128::from(denominator);
        if denominator == 0 || numerator > denominator || !is_at_least_a_third {
            return Err(TrustThresholdError { numerator, denominator });
        }
        Ok(Self { numerator, denominator })
    }

    /// The upper number.
    pub fn numerator(&self) -> u64 {
        self.numerator
    }

    /// The lower number.
    pub fn denominator(&self) -> u64 {
        self.denominator
    }

    /// The power of `total` that must be exceeded, rounded down; none where CometBFT's 64-bit product overflows
    /// (`safeMul` in `verifyCommitLightTrustingInternal`), since no chain would accept such a client's update.
    pub(crate) fn power_needed(&self, total: u64) -> Option<u64> {
        let product = i64::try_from(total).ok()?.checked_mul(i64::try_from(self.numerator).ok()?)?;
        let denominator = i64::try_from(self.denominator).ok()?;
        u64::try_from(product / denominator).ok()
    }
}

impl fmt::Display for TrustThreshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl fmt::Debug for TrustThreshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trust_threshold_lies_within_one_third_and_one() {
        for (numerator, denominator) in [(1, 3), (1, 1), (2, 3), (u64::MAX, u64::MAX), (34, 100)] {
            assert!(TrustThreshold::new(numerator, denominator).is_ok(), "{numerator}/{denominator}");
        }
        for (numerator, denominator) in [(0, 0), (1, 0), (0, 3), (33, 100), (4, 3), (1, u64::MAX), (u64::MAX, 1)] {
            assert!(TrustThreshold::new(numerator, denominator).is_err(), "{numerator}/{denominator}");
        }
        let error = TrustThreshold::new(1, 4).unwrap_err();
        assert_eq!(error.to_string(), "trust threshold 1/4 is not within 1/3 and 1");
    }

    #[test]
    fn the_power_needed_rounds_down_and_never_overflows() {
        assert_eq!(TrustThreshold::ONE_THIRD.power_needed(100), Some(33));
        assert_eq!(TrustThreshold::TWO_THIRDS.power_needed(90), Some(60));
        let huge = TrustThreshold::new(u64::MAX, u64::MAX).unwrap();
        assert_eq!(huge.power_needed(1), None);
        let wide = TrustThreshold::new(9, 9).unwrap();
        assert_eq!(wide.power_needed(i64::MAX as u64 / 8), None);
        assert_eq!(wide.power_needed(i64::MAX as u64 / 9), Some(i64::MAX as u64 / 9));
    }
}
