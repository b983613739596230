//! ICS-07: the part of the trusted voting power that must have signed a header to be believed without the headers
//! between.

use core::fmt;

use proto::ibc::lightclients::tendermint::v1::Fraction;
use serde::{Deserialize, Serialize};

/// A fraction from one third to one (CometBFT `light.ValidateTrustLevel`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "(u64, u64)", into = "(u64, u64)")]
pub struct TrustThreshold {
    numerator: u64,
    denominator: u64,
}

/// Why a fraction is no trust threshold.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("trust threshold {numerator}/{denominator} is not from 1/3 to 1")]
pub struct TrustThresholdError {
    numerator: u64,
    denominator: u64,
}

impl TrustThreshold {
    /// The usual one, and the least that is sound.
    pub const ONE_THIRD: Self = Self { numerator: 1, denominator: 3 };
    /// The share that commits a block.
    pub const TWO_THIRDS: Self = Self { numerator: 2, denominator: 3 };

    /// Checks that the fraction is from one third to one.
    ///
    /// # Errors
    /// When it is not.
    pub fn new(numerator: u64, denominator: u64) -> Result<Self, TrustThresholdError> {
        let is_at_least_one_third = u128::from(numerator) * 3 >= u128::from(denominator);
        if denominator == 0 || numerator > denominator || !is_at_least_one_third {
            return Err(TrustThresholdError { numerator, denominator });
        }
        Ok(Self { numerator, denominator })
    }

    /// What stands above the line.
    pub fn numerator(self) -> u64 {
        self.numerator
    }

    /// What stands below the line; never 0.
    pub fn denominator(self) -> u64 {
        self.denominator
    }
}

impl TrustThreshold {
    /// The power of `total` that must be exceeded, rounded down; none where CometBFT's 64-bit product overflows
    /// (`safeMul` in `verifyCommitLightTrustingInternal`), since no chain would accept such a client's update.
    pub fn power_needed(self, total: u64) -> Option<u64> {
        let product = i64::try_from(total).ok()?.checked_mul(i64::try_from(self.numerator).ok()?)?;
        let denominator = i64::try_from(self.denominator).ok()?;
        u64::try_from(product / denominator).ok()
    }
}

impl Default for TrustThreshold {
    fn default() -> Self {
        Self::ONE_THIRD
    }
}

impl fmt::Display for TrustThreshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.numerator, self.denominator)
    }
}

impl TryFrom<(u64, u64)> for TrustThreshold {
    type Error = TrustThresholdError;

    fn try_from((numerator, denominator): (u64, u64)) -> Result<Self, TrustThresholdError> {
        Self::new(numerator, denominator)
    }
}

impl From<TrustThreshold> for (u64, u64) {
    fn from(threshold: TrustThreshold) -> Self {
        (threshold.numerator, threshold.denominator)
    }
}

impl From<TrustThreshold> for Fraction {
    fn from(threshold: TrustThreshold) -> Self {
        Self { numerator: threshold.numerator, denominator: threshold.denominator }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_from_one_third_to_one() {
        for (numerator, denominator) in
            [(1, 3), (2, 3), (1, 1), (u64::MAX, u64::MAX), (6_148_914_691_236_517_205, u64::MAX)]
        {
            assert!(TrustThreshold::new(numerator, denominator).is_ok(), "{numerator}/{denominator}");
        }
        for (numerator, denominator) in [(0, 0), (1, 0), (0, 1), (1, 4), (4, 3), (6_148_914_691_236_517_204, u64::MAX)]
        {
            assert!(TrustThreshold::new(numerator, denominator).is_err(), "{numerator}/{denominator}");
        }
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
