//! Keys of users: accounts that sign transactions.
//!
//! BIP-39 and BIP-32 for the key; cosmos-sdk `crypto/keys/secp256k1` for address and signature, `x/tx/signing/direct`
//! for what is signed.
//!
//! [`Account::sign`] gives the bytes that [`Chain::offer`] takes, or a node's `broadcast_tx_sync`.

use std::fmt;

use bip32::{DerivationPath, XPrv};
use bip39::{Language, Mnemonic};
use k256::ecdsa::signature::Signer;
use k256::ecdsa::{Signature, SigningKey};
use proto::Message;
use proto::cosmos::auth::v1beta1::{BaseAccount, QueryAccountRequest, QueryAccountResponse};
use proto::cosmos::base::v1beta1::Coin as RawCoin;
use proto::cosmos::crypto::secp256k1::PubKey;
use proto::cosmos::tx::signing::v1beta1::SignMode;
use proto::cosmos::tx::v1beta1::{AuthInfo, Fee, ModeInfo, SignDoc, SignerInfo, TxBody, TxRaw, mode_info};
use proto::google::protobuf::Any;
use ripemd::Ripemd160;
use sha2::{Digest, Sha256};
use types::ChainId;

use crate::app::address::Address;
use crate::app::bank::Coin;
use crate::chain::Chain;

const PATH: &str = "m/44'/118'/0'/0/0";
const ACCOUNT_QUERY: &str = "/cosmos.auth.v1beta1.Query/Account";
const GAS_LIMIT: u64 = 1_000_000;
/// Gas that one unit of the fee pays for at the default minimum price.
const GAS_PER_FEE_UNIT: u64 = 1_000;
const PUBLIC_KEY_TYPE_URL: &str = "/cosmos.crypto.secp256k1.PubKey";

/// A secp256k1 key, BIP-44 path `m/44'/118'/0'/0/0`. For test money alone: its phrase can be read.
#[derive(Clone)]
pub struct Account {
    name: String,
    mnemonic: String,
    key: SigningKey,
}

/// What is put around a transaction's messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxOptions {
    /// The chain that is signed for.
    pub chain_id: ChainId,
    /// Of the account.
    pub account_number: u64,
    /// The account's next.
    pub sequence: u64,
    /// Paid whatever happens.
    pub fee: Vec<Coin>,
    /// At most.
    pub gas_limit: u64,
    /// Any text.
    pub memo: String,
    /// The last height that may include it; 0 for any.
    pub timeout_height: u64,
}

impl TxOptions {
    /// What the account's next transaction on this chain is signed with, by the newest committed state: a million gas,
    /// and what that costs at the default minimum price. None where the account is not there, or no block is.
    pub fn next(chain: &Chain, account: &Account) -> Option<Self> {
        let genesis = chain.app().genesis();
        let request = QueryAccountRequest { address: account.address().to_text(&genesis.prefix) };
        let (answer, _) = chain.app().ask(ACCOUNT_QUERY, &request.encode_to_vec(), 0).ok()?;
        let known = QueryAccountResponse::decode(answer.as_slice()).ok()?.account?;
        let BaseAccount { account_number, sequence, .. } = BaseAccount::decode(known.value.as_slice()).ok()?;
        Some(Self {
            chain_id: chain.id().clone(),
            account_number,
            sequence,
            fee: vec![Coin::new(genesis.fee_denom.as_str(), u128::from(GAS_LIMIT / GAS_PER_FEE_UNIT))],
            gas_limit: GAS_LIMIT,
            memo: String::new(),
            timeout_height: 0,
        })
    }
}

impl Account {
    /// The key of a phrase of 12 to 24 English words.
    ///
    /// # Panics
    /// When the phrase is none.
    pub fn from_mnemonic(name: &str, mnemonic: &str) -> Self {
        let phrase = Mnemonic::parse_in_normalized(Language::English, mnemonic).expect("a phrase of BIP-39");
        Self::new(name, &phrase)
    }

    /// A key drawn from a seed: the same name and seed give the same key.
    pub fn from_seed(name: &str, seed: u64) -> Self {
        let entropy = Sha256::new().chain_update(name).chain_update(seed.to_be_bytes()).finalize();
        let phrase = Mnemonic::from_entropy(&entropy).expect("32 bytes are 24 words");
        Self::new(name, &phrase)
    }

    fn new(name: &str, phrase: &Mnemonic) -> Self {
        let path: DerivationPath = PATH.parse().expect("a path of BIP-32");
        let derived = XPrv::derive_from_path(phrase.to_seed_normalized(""), &path)
            .expect("a seed has no key at a path but once in 2^127");
        let key = derived.private_key().clone();
        Self { name: name.to_owned(), mnemonic: phrase.to_string(), key }
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The phrase of its key.
    pub fn mnemonic(&self) -> &str {
        &self.mnemonic
    }

    /// Its public key, compressed.
    pub fn public_key(&self) -> [u8; 33] {
        let point = self.key.verifying_key().to_encoded_point(true);
        let mut bytes = [0; 33];
        bytes.copy_from_slice(point.as_bytes());
        bytes
    }

    /// Its address.
    pub fn address(&self) -> Address {
        Address(Ripemd160::digest(Sha256::digest(self.public_key())).to_vec())
    }

    /// A transaction of these messages, signed (`SIGN_MODE_DIRECT`): the bytes of a `TxRaw`. The same call gives the
    /// same bytes (RFC 6979).
    pub fn sign(&self, messages: Vec<Any>, options: &TxOptions) -> Vec<u8> {
        let body = TxBody {
            messages,
            memo: options.memo.clone(),
            timeout_height: options.timeout_height,
            ..TxBody::default()
        };
        let sign_doc = SignDoc {
            body_bytes: body.encode_to_vec(),
            auth_info_bytes: self.auth_info(options).encode_to_vec(),
            chain_id: options.chain_id.to_string(),
            account_number: options.account_number,
        };
        let signature: Signature = self.key.sign(&sign_doc.encode_to_vec());
        // The SDK refuses signatures whose s is in the upper half.
        let signature = signature.normalize_s().unwrap_or(signature);
        let SignDoc { body_bytes, auth_info_bytes, .. } = sign_doc;
        TxRaw { body_bytes, auth_info_bytes, signatures: vec![signature.to_vec()] }.encode_to_vec()
    }

    fn auth_info(&self, options: &TxOptions) -> AuthInfo {
        let public_key = PubKey { key: self.public_key().to_vec() };
        let mode = mode_info::Sum::Single(mode_info::Single { mode: SignMode::Direct.into() });
        let signer = SignerInfo {
            public_key: Some(Any { type_url: PUBLIC_KEY_TYPE_URL.to_owned(), value: public_key.encode_to_vec() }),
            mode_info: Some(ModeInfo { sum: Some(mode) }),
            sequence: options.sequence,
        };
        let amount = options.fee.iter();
        let amount = amount.map(|coin| RawCoin { denom: coin.denom.clone(), amount: coin.amount.to_string() });
        let fee = Fee { amount: amount.collect(), gas_limit: options.gas_limit, ..Fee::default() };
        AuthInfo { signer_infos: vec![signer], fee: Some(fee), ..AuthInfo::default() }
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("name", &self.name).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests;
