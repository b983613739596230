//! `cosmos.auth`: accounts and the prefix of their addresses.

use prost::Message;
use proto::cosmos::auth::v1beta1::{
    BaseAccount, Bech32PrefixRequest, Bech32PrefixResponse, QueryAccountRequest, QueryAccountResponse,
};
use types::AccountSequence;

use super::Queries;
use crate::error::ChainError;

const ACCOUNT: &str = "/cosmos.auth.v1beta1.Query/Account";
const BECH32_PREFIX: &str = "/cosmos.auth.v1beta1.Query/Bech32Prefix";

/// What signing needs to know of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its number, given at its first deposit.
    pub number: u64,
    /// The sequence of its next transaction.
    pub sequence: AccountSequence,
}

/// The first field of any account that wraps a base account: ethermint's and injective's `EthAccount`, vesting accounts
/// at one level more.
#[derive(Clone, PartialEq, Message)]
struct Wrapper {
    #[prost(bytes = "vec", tag = "1")]
    inner: Vec<u8>,
}

/// Wrappers around a base account, at most: a continuous vesting account has two.
const WRAPPERS_MAX: usize = 3;

impl Queries {
    /// The account of `address`.
    ///
    /// # Errors
    /// See [`ChainError`]; [`ChainError::is_not_found`] where nobody ever sent anything to the address.
    pub async fn account(&self, address: &str) -> Result<Account, ChainError> {
        let request = QueryAccountRequest { address: address.to_owned() };
        let answer: QueryAccountResponse = self.ask(ACCOUNT, request).await?;
        let any = answer.account.ok_or_else(|| self.missing(ACCOUNT, format!("account {address}")))?;
        let base = base_account(&any.value, address)
            .ok_or_else(|| self.malformed(ACCOUNT, format!("{} holds no base account of {address}", any.type_url)))?;
        Ok(Account { number: base.account_number, sequence: AccountSequence(base.sequence) })
    }

    /// What the chain's addresses start with.
    ///
    /// # Errors
    /// See [`ChainError`]; chains before SDK 0.46 don't tell.
    pub async fn bech32_prefix(&self) -> Result<String, ChainError> {
        let answer: Bech32PrefixResponse = self.ask(BECH32_PREFIX, Bech32PrefixRequest {}).await?;
        let prefix = answer.bech32_prefix;
        let is_prefix = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        if prefix.is_empty() || prefix.len() > 83 || !prefix.bytes().all(is_prefix) {
            return Err(self.malformed(BECH32_PREFIX, format!("{prefix:?} is no prefix of an address")));
        }
        Ok(prefix)
    }
}

/// The base account in an account of whatever kind, told by its address.
fn base_account(account: &[u8], address: &str) -> Option<BaseAccount> {
    let mut bytes = account.to_vec();
    for _ in 0..=WRAPPERS_MAX {
        match BaseAccount::decode(bytes.as_slice()) {
            Ok(base) if base.address == address => return Some(base),
            Ok(_) | Err(_) => bytes = Wrapper::decode(bytes.as_slice()).ok()?.inner,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(inner: Vec<u8>) -> Vec<u8> {
        Wrapper { inner }.encode_to_vec()
    }

    #[test]
    fn base_account_is_found_however_deep_it_is_wrapped() {
        let base = BaseAccount { address: "cosmos1a".to_owned(), pub_key: None, account_number: 3, sequence: 9 };
        let mut account = base.encode_to_vec();
        for _ in 0..=WRAPPERS_MAX {
            assert_eq!(base_account(&account, "cosmos1a").as_ref(), Some(&base));
            account = wrapped(account);
        }
        assert_eq!(base_account(&account, "cosmos1a"), None, "deeper than any account that exists");
    }

    #[test]
    fn account_of_somebody_else_is_none_of_ours() {
        let base = BaseAccount { address: "cosmos1b".to_owned(), pub_key: None, account_number: 3, sequence: 9 };
        assert_eq!(base_account(&base.encode_to_vec(), "cosmos1a"), None);
        assert_eq!(base_account(&[0xff; 7], "cosmos1a"), None);
    }
}
