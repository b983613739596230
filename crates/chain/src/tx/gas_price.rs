//! A price a unit of gas, such as `0.025stake`: a decimal of 18 places, as the SDK's own, never a float.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The places behind the point that an SDK decimal has (cosmossdk.io/math `LegacyPrecision`).
const PLACES: usize = 18;
const SCALE: u128 = 10u128.pow(18);

/// A price a unit of gas.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct GasPrice {
    /// The price in units of 10^-18 of the denomination's smallest.
    scaled: u128,
    denom: String,
}

/// Why a text is no gas price.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("gas price {text:?} {reason}; write it like \"0.025stake\"")]
pub struct GasPriceError {
    text: String,
    reason: &'static str,
}

impl GasPrice {
    /// The denomination that is paid in.
    pub fn denom(&self) -> &str {
        &self.denom
    }

    /// Is gas free?
    pub fn is_zero(&self) -> bool {
        self.scaled == 0
    }

    /// The price of `gas`, rounded up as nodes do (cosmos-sdk `checkTxFeeWithValidatorMinGasPrices`); none, if it is
    /// over 2^128 - 1.
    pub fn of(&self, gas: u64) -> Option<u128> {
        let gas = u128::from(gas);
        let whole = (self.scaled / SCALE).checked_mul(gas)?;
        // Below 10^18 times below 2^64: below 2^124.
        let part = (self.scaled % SCALE) * gas;
        whole.checked_add(part.div_ceil(SCALE))
    }
}

impl FromStr for GasPrice {
    type Err = GasPriceError;

    fn from_str(text: &str) -> Result<Self, GasPriceError> {
        let refuse = |reason| GasPriceError { text: text.chars().take(80).collect(), reason };
        let number_length = text.bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
        let (number, denom) = text.split_at(number_length);
        if !is_denom(denom) {
            return Err(refuse("has no denomination"));
        }
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        if whole.is_empty() || part.is_empty() || part.contains('.') {
            return Err(refuse("has no number in front"));
        }
        if part.len() > PLACES {
            return Err(refuse("has more than 18 places behind the point"));
        }
        let too_large = || refuse("is too large");
        let whole: u128 = whole.parse().map_err(|_| too_large())?;
        let part: u128 = format!("{part:0<PLACES$}").parse().map_err(|_| too_large())?;
        let scaled = whole.checked_mul(SCALE).and_then(|whole| whole.checked_add(part)).ok_or_else(too_large)?;
        Ok(Self { scaled, denom: denom.to_owned() })
    }
}

/// cosmos-sdk `types/coin.go`, `reDnmString`.
fn is_denom(text: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"/:._-".contains(&byte);
    (3..=128).contains(&text.len()) && text.as_bytes()[0].is_ascii_alphabetic() && text.bytes().all(is_inner)
}

impl fmt::Display for GasPrice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = format!("{:018}", self.scaled % SCALE);
        let part = part.trim_end_matches('0');
        let point = if part.is_empty() { "" } else { "." };
        write!(f, "{}{point}{part}{}", self.scaled / SCALE, self.denom)
    }
}

impl TryFrom<String> for GasPrice {
    type Error = GasPriceError;
    fn try_from(text: String) -> Result<Self, GasPriceError> {
        text.parse()
    }
}

impl From<GasPrice> for String {
    fn from(price: GasPrice) -> Self {
        price.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn price(text: &str) -> GasPrice {
        text.parse().unwrap()
    }

    #[test]
    fn a_price_reads_back_as_it_was_written() {
        for text in ["0.025stake", "0stake", "12uatom", "1000000000aevmos", "0.000000000000000001ibc/AB12"] {
            assert_eq!(price(text).to_string(), text);
        }
        assert_eq!(price("0.025000000000000000stake"), price("0.025stake"));
    }

    #[test]
    fn the_price_of_gas_is_rounded_up() {
        assert_eq!(price("0.025stake").of(200_000), Some(5_000));
        assert_eq!(price("0.025stake").of(200_001), Some(5_001));
        assert_eq!(price("0.000000000000000001stake").of(1), Some(1));
        assert_eq!(price("0stake").of(u64::MAX), Some(0));
        assert_eq!(price("20000000000.5aevmos").of(3), Some(60_000_000_002));
    }

    #[test]
    fn a_price_that_can_not_be_paid_is_no_price() {
        assert_eq!(price("99999999999999999999stake").of(u64::MAX), None);
        let too_large = format!("{}stake", u128::MAX).parse::<GasPrice>();
        assert!(too_large.unwrap_err().to_string().contains("too large"));
    }

    #[test]
    fn anything_else_is_refused() {
        for text in ["", "stake", "0.025", ".5stake", "1.stake", "1.2.3stake", "-1stake", "1 stake", "1st", "1e3stake!"]
        {
            assert!(text.parse::<GasPrice>().is_err(), "{text}");
        }
        assert!("0.0000000000000000001stake".parse::<GasPrice>().is_err(), "19 places");
    }
}
