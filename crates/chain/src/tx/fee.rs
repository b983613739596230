//! What a transaction may cost, and what it does.

use super::GasPrice;
use crate::query::Coin;

/// What a transaction pays.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fee {
    /// Gas that it may use.
    pub gas_limit: u64,
    /// What it pays for that, whether it uses it or not; none where gas is free.
    pub amount: Option<Coin>,
}

/// What a transaction may cost at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FeeLimits {
    /// Gas.
    pub gas_max: u64,
    /// The amount, in the gas price's denomination; `None` for no limit but that of gas.
    pub amount_max: Option<u128>,
}

/// Why a transaction would cost too much.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FeeError {
    /// More gas than allowed.
    #[error("the transaction needs {gas_limit} gas, the limit is {gas_max}")]
    TooMuchGas {
        /// What it needs.
        gas_limit: u64,
        /// What is allowed.
        gas_max: u64,
    },
    /// A higher fee than allowed.
    #[error("the transaction would cost {fee}, the limit is {amount_max}{}", .fee.denom)]
    TooDear {
        /// What it would cost.
        fee: Coin,
        /// What is allowed.
        amount_max: u128,
    },
    /// A higher fee than can be written.
    #[error("{gas_limit} gas at {price} cost more than there is")]
    Overflow {
        /// What it needs.
        gas_limit: u64,
        /// The price.
        price: GasPrice,
    },
}

impl Fee {
    /// The fee for `gas_limit` at `price`, within `limits`.
    ///
    /// # Errors
    /// When it is not within.
    pub fn new(gas_limit: u64, price: &GasPrice, limits: &FeeLimits) -> Result<Self, FeeError> {
        if gas_limit > limits.gas_max {
            return Err(FeeError::TooMuchGas { gas_limit, gas_max: limits.gas_max });
        }
        let amount = price.of(gas_limit).ok_or_else(|| FeeError::Overflow { gas_limit, price: price.clone() })?;
        let fee = Coin { denom: price.denom().to_owned(), amount };
        match limits.amount_max {
            Some(amount_max) if amount > amount_max => Err(FeeError::TooDear { fee, amount_max }),
            // The SDK refuses a fee that names an amount of zero.
            _ => Ok(Self { gas_limit, amount: (amount > 0).then_some(fee) }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fee(gas: u64, price: &str, gas_max: u64, amount_max: Option<u128>) -> Result<Fee, FeeError> {
        Fee::new(gas, &price.parse().unwrap(), &FeeLimits { gas_max, amount_max })
    }

    #[test]
    fn a_fee_within_its_limits_is_gas_times_price() {
        let paid = fee(100_000, "0.025stake", 100_000, Some(2_500)).unwrap();
        assert_eq!(paid.amount.unwrap().to_string(), "2500stake");
        assert_eq!(fee(100_000, "0stake", 100_000, Some(0)).unwrap().amount, None);
    }

    #[test]
    fn a_fee_over_a_limit_is_refused_with_both_numbers() {
        let error = fee(100_001, "0.025stake", 100_000, None).unwrap_err();
        assert_eq!(error.to_string(), "the transaction needs 100001 gas, the limit is 100000");
        let error = fee(100_000, "0.025stake", 100_000, Some(2_499)).unwrap_err();
        assert_eq!(error.to_string(), "the transaction would cost 2500stake, the limit is 2499stake");
        assert!(matches!(fee(u64::MAX, "99999999999999999999stake", u64::MAX, None), Err(FeeError::Overflow { .. })));
    }
}
