//! Amounts of a denomination, as a person writes them: `100stake`.

use chain::Coin;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Reads a whole amount above zero and its denomination (cosmos-sdk `types/coin.go`, `ParseCoinNormalized`).
///
/// # Errors
/// Where the text is anything else; the message shows the form.
pub(crate) fn parse_coin(text: &str) -> Result<Coin, String> {
    let parse = || {
        let (amount, denom) = text.split_at(text.find(|c: char| !c.is_ascii_digit())?);
        let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"/:._-".contains(&byte);
        let is_denom = (3..=128).contains(&denom.len())
            && denom.starts_with(|c: char| c.is_ascii_alphabetic())
            && denom.bytes().all(is_inner);
        let amount = amount.parse().ok().filter(|amount: &u128| *amount > 0)?;
        is_denom.then(|| Coin { denom: denom.to_owned(), amount })
    };
    let mend = "write a whole amount above zero and a denomination, such as \"100stake\"";
    parse().ok_or_else(|| format!("{text:?} is no amount of a denomination; {mend}"))
}

/// A coin in the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct WrittenCoin(pub(super) Coin);

impl<'de> Deserialize<'de> for WrittenCoin {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        parse_coin(&String::deserialize(deserializer)?).map(Self).map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::parse_coin;

    #[test]
    fn a_coin_is_a_whole_amount_above_zero() {
        for text in
            ["100stake", "1ibc/27394FB092D2ECCD56123C74F36E4C1F", "340282366920938463463374607431768211455uatom"]
        {
            assert_eq!(parse_coin(text).unwrap().to_string(), text);
        }
        let too_large = format!("{}0stake", u128::MAX);
        for text in ["0stake", "1.5stake", "stake", "100", "+1stake", "-1stake", "1 stake", "1st", "", &too_large] {
            assert!(parse_coin(text).is_err(), "{text}");
        }
    }
}
