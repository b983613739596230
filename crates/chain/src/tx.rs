//! Transactions of an SDK chain in direct sign mode (cosmos-sdk `proto/cosmos/tx/v1beta1`): body and authorisation as
//! bytes that are made once, what is signed over them, and the whole.
//!
//! Nothing here holds a key: a signature comes from outside, 64 bytes over [`UnsignedTx::sign_doc`].

mod fee;
mod gas_price;

use prost::Message;
use proto::cosmos::base::v1beta1::Coin as RawCoin;
use proto::cosmos::tx::signing::v1beta1::SignMode;
use proto::cosmos::tx::v1beta1 as raw;
use proto::google::protobuf::Any;
use tendermint::crypto::Sha256 as _;
use types::{AccountSequence, BlockHeight, ChainId};

use crate::query::Coin;

pub use fee::{Fee, FeeError, FeeLimits};
pub use gas_price::{GasPrice, GasPriceError};

/// The length of a signature, in bytes: r and s of secp256k1.
pub const SIGNATURE_BYTES: usize = 64;

/// A message in the form that a body carries it.
pub fn any(type_url: &str, value: &[u8]) -> Any {
    Any { type_url: type_url.to_owned(), value: value.to_vec() }
}

/// A transaction's body. `timeout_height` is the last block that may hold it; 0 for no limit.
pub fn body(messages: Vec<Any>, memo: &str, timeout_height: BlockHeight) -> Vec<u8> {
    let body =
        raw::TxBody { messages, memo: memo.to_owned(), timeout_height: timeout_height.0, ..raw::TxBody::default() };
    body.encode_to_vec()
}

/// Who signs: the public key as the chain packs it, and the account's next sequence.
#[derive(Clone, Debug, PartialEq)]
pub struct SignerInfo {
    /// Such as `/cosmos.crypto.secp256k1.PubKey`.
    pub public_key: Any,
    /// The account's next sequence.
    pub sequence: AccountSequence,
}

/// A transaction that only lacks its signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnsignedTx {
    body_bytes: Vec<u8>,
    auth_info_bytes: Vec<u8>,
}

impl UnsignedTx {
    /// A transaction of one signer, who pays the fee too.
    pub fn new(body_bytes: Vec<u8>, signer: &SignerInfo, fee: &Fee) -> Self {
        let mode = raw::mode_info::Single { mode: SignMode::Direct.into() };
        let mode_info = raw::ModeInfo { sum: Some(raw::mode_info::Sum::Single(mode)) };
        let signer_info = raw::SignerInfo {
            public_key: Some(signer.public_key.clone()),
            mode_info: Some(mode_info),
            sequence: signer.sequence.0,
        };
        let amount =
            fee.amount.iter().map(|coin| RawCoin { denom: coin.denom.clone(), amount: coin.amount.to_string() });
        let raw_fee = raw::Fee { amount: amount.collect(), gas_limit: fee.gas_limit, ..raw::Fee::default() };
        let auth_info =
            raw::AuthInfo { signer_infos: vec![signer_info], fee: Some(raw_fee), ..raw::AuthInfo::default() };
        Self { body_bytes, auth_info_bytes: auth_info.encode_to_vec() }
    }

    /// The same for a simulation, which asks for no true signature: the bytes of the whole. Paying costs gas too, so
    /// that it pays as little as can be paid, or nothing where gas is free.
    pub fn for_simulation(body_bytes: Vec<u8>, signer: &SignerInfo, price: &GasPrice) -> Vec<u8> {
        let least = (!price.is_zero()).then(|| Coin { denom: price.denom().to_owned(), amount: 1 });
        Self::new(body_bytes, signer, &Fee { gas_limit: 0, amount: least }).signed(&[0; SIGNATURE_BYTES])
    }

    /// What the signer signs: binds the transaction to one chain and one account.
    pub fn sign_doc(&self, chain_id: &ChainId, account_number: u64) -> Vec<u8> {
        let sign_doc = raw::SignDoc {
            body_bytes: self.body_bytes.clone(),
            auth_info_bytes: self.auth_info_bytes.clone(),
            chain_id: chain_id.to_string(),
            account_number,
        };
        sign_doc.encode_to_vec()
    }

    /// The whole transaction, as it is broadcast.
    pub fn signed(&self, signature: &[u8; SIGNATURE_BYTES]) -> Vec<u8> {
        let tx = raw::TxRaw {
            body_bytes: self.body_bytes.clone(),
            auth_info_bytes: self.auth_info_bytes.clone(),
            signatures: vec![signature.to_vec()],
        };
        tx.encode_to_vec()
    }
}

/// The hash that nodes call a transaction by: SHA-256, in capital hex digits.
pub fn hash(tx: &[u8]) -> String {
    hex::encode_upper(tendermint::crypto::default::Sha256::digest(tx))
}

#[cfg(test)]
mod tests;
