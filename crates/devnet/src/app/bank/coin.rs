//! Coins and lists of them (cosmos-sdk `types/coin.go`, `types/dec_coin.go`).

use core::fmt;

use proto::cosmos::base::v1beta1::Coin as RawCoin;

use crate::app::error::{Result, sdk};

const DENOM_LENGTH: std::ops::RangeInclusive<usize> = 3..=128;
/// A price's decimals, all of which the SDK shows.
const DECIMALS: usize = 18;
const ONE: u128 = 10_u128.pow(18);

/// An amount of a denomination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coin {
    /// Such as `stake`, `ibc/27A6..`.
    pub denom: String,
    /// How much; a devnet's amounts end at 128 bits, the SDK's at 256.
    pub amount: u128,
}

impl Coin {
    /// An amount of a denomination.
    pub fn new(denom: impl Into<String>, amount: u128) -> Self {
        Self { denom: denom.into(), amount }
    }
}

impl fmt::Display for Coin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.amount, self.denom)
    }
}

impl From<&Coin> for RawCoin {
    fn from(coin: &Coin) -> Self {
        Self { denom: coin.denom.clone(), amount: coin.amount.to_string() }
    }
}

/// Coins as one text, as they stand in events: `1stake,2token`.
pub fn text(coins: &[Coin]) -> String {
    coins.iter().map(Coin::to_string).collect::<Vec<_>>().join(",")
}

/// The same for coins that nobody has checked.
pub(in crate::app) fn raw_text(coins: &[RawCoin]) -> String {
    coins.iter().map(|coin| format!("{}{}", coin.amount, coin.denom)).collect::<Vec<_>>().join(",")
}

/// Reads coins of a message; sorted, each denomination once, every amount above zero (`Coins.Validate`).
///
/// # Errors
/// Code 10 of the SDK, with the coins as text.
pub(in crate::app) fn read(coins: &[RawCoin]) -> Result<Vec<Coin>> {
    let amounts: Option<Vec<_>> = coins.iter().map(read_one).collect();
    amounts.filter(|coins| is_valid(coins)).ok_or_else(|| sdk::INVALID_COINS.wrap(raw_text(coins)))
}

fn read_one(coin: &RawCoin) -> Option<Coin> {
    Some(Coin { denom: coin.denom.clone(), amount: coin.amount.parse().ok()? })
}

/// Are they sorted, each denomination once and valid, every amount above zero (`Coins.IsValid`)?
pub fn is_valid(coins: &[Coin]) -> bool {
    coins.iter().all(|coin| coin.amount > 0 && is_denom(&coin.denom))
        && coins.windows(2).all(|pair| pair[0].denom < pair[1].denom)
}

/// Is this the name of a denomination (`ValidateDenom`)?
pub fn is_denom(denom: &str) -> bool {
    DENOM_LENGTH.contains(&denom.len())
        && denom.starts_with(|first: char| first.is_ascii_alphabetic())
        && denom.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/:._-".contains(&byte))
}

/// A price of a unit of gas (`DecCoin`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::app) struct Price {
    denom: String,
    /// In units of 10^-18.
    parts: u128,
}

impl Price {
    /// Reads `0.001stake,1token`; what can't be read counts as no price.
    pub(in crate::app) fn read_all(text: &str) -> Vec<Self> {
        let mut prices: Vec<_> = text.split(',').filter_map(Self::read).filter(|price| price.parts > 0).collect();
        prices.sort_by(|one, other| one.denom.cmp(&other.denom));
        prices
    }

    fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let at = text.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, denom) = text.split_at(at);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
        let fraction = format!("{fraction:0<DECIMALS$}");
        let parts =
            whole.parse::<u128>().ok()?.checked_mul(ONE)?.checked_add(fraction.get(..DECIMALS)?.parse().ok()?)?;
        is_denom(denom.trim()).then(|| Self { denom: denom.trim().to_owned(), parts })
    }

    /// What so much gas costs, rounded up.
    pub(in crate::app) fn of(&self, gas: u64) -> Coin {
        Coin::new(self.denom.clone(), self.parts.saturating_mul(u128::from(gas)).div_ceil(ONE))
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:018}{}", self.parts / ONE, self.parts % ONE, self.denom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coins_are_sorted_named_once_and_above_zero() {
        let (stake, token) = (Coin::new("stake", 1), Coin::new("token", 2));
        assert!(is_valid(&[]) && is_valid(&[stake.clone(), token.clone()]));
        assert!(!is_valid(&[token.clone(), stake.clone()]) && !is_valid(&[stake.clone(), stake.clone()]));
        assert!(!is_valid(&[Coin::new("stake", 0)]) && !is_valid(&[Coin::new("1", 1)]));
        assert_eq!(text(&[stake, token]), "1stake,2token");
    }

    #[test]
    fn a_price_is_shown_with_all_decimals_and_rounded_up() {
        let prices = Price::read_all("2token, 0.001stake");
        assert_eq!(prices[0].to_string(), "0.001000000000000000stake");
        assert_eq!(prices[0].of(200_001), Coin::new("stake", 201));
        assert_eq!(prices[1].of(3), Coin::new("token", 6));
        assert_eq!(Price::read_all(""), []);
        assert_eq!(Price::read_all("stake,0stake,1..2stake"), []);
    }
}
