//! `cosmos.bank`: balances and supplies.

use std::fmt;

use proto::cosmos::bank::v1beta1::{
    QueryAllBalancesRequest, QueryAllBalancesResponse, QueryBalanceRequest, QueryBalanceResponse, QuerySupplyOfRequest,
    QuerySupplyOfResponse,
};
use proto::cosmos::base::v1beta1::Coin as RawCoin;

use super::Queries;
use crate::error::ChainError;

const BALANCE: &str = "/cosmos.bank.v1beta1.Query/Balance";
const ALL_BALANCES: &str = "/cosmos.bank.v1beta1.Query/AllBalances";
const SUPPLY_OF: &str = "/cosmos.bank.v1beta1.Query/SupplyOf";

/// An amount of a denomination.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Coin {
    /// Such as `uatom`, or `ibc/` and a hash.
    pub denom: String,
    /// How much, in its smallest unit. Larger amounts than 2^128 - 1 exist nowhere but in tests of overflows.
    pub amount: u128,
}

impl fmt::Display for Coin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.amount, self.denom)
    }
}

impl Queries {
    /// How much of `denom` the account has; zero where it has none.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn balance(&self, address: &str, denom: &str) -> Result<Coin, ChainError> {
        let request = QueryBalanceRequest { address: address.to_owned(), denom: denom.to_owned() };
        let answer: QueryBalanceResponse = self.ask(BALANCE, request).await?;
        self.one(BALANCE, denom, answer.balance)
    }

    /// All that the account has.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn balances(&self, address: &str) -> Result<Vec<Coin>, ChainError> {
        let coins = self.pages(ALL_BALANCES, "balances", async |page| {
            let request = QueryAllBalancesRequest {
                address: address.to_owned(),
                pagination: Some(page),
                ..QueryAllBalancesRequest::default()
            };
            let answer: QueryAllBalancesResponse = self.ask(ALL_BALANCES, request).await?;
            Ok((answer.balances, answer.pagination))
        });
        coins.await?.into_iter().map(|coin| self.coin(ALL_BALANCES, coin)).collect()
    }

    /// How much of `denom` there is on the chain; zero where there is none.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn supply(&self, denom: &str) -> Result<Coin, ChainError> {
        let request = QuerySupplyOfRequest { denom: denom.to_owned() };
        let answer: QuerySupplyOfResponse = self.ask(SUPPLY_OF, request).await?;
        self.one(SUPPLY_OF, denom, answer.amount)
    }

    fn one(&self, path: &str, denom: &str, coin: Option<RawCoin>) -> Result<Coin, ChainError> {
        let Some(coin) = coin else { return Ok(Coin { denom: denom.to_owned(), amount: 0 }) };
        let coin = self.coin(path, coin)?;
        if coin.denom != denom {
            return Err(self.malformed(path, format!("asked for {denom}, got {}", coin.denom)));
        }
        Ok(coin)
    }

    fn coin(&self, path: &str, raw: RawCoin) -> Result<Coin, ChainError> {
        let amount = raw.amount.parse();
        let amount =
            amount.map_err(|_| self.malformed(path, format!("{:?} of {} is no amount", raw.amount, raw.denom)))?;
        Ok(Coin { denom: raw.denom, amount })
    }
}
