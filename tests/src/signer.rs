//! A user's hand: signs any messages with the key of a phrase, as wallets do (`SIGN_MODE_DIRECT`).

use anyhow::{Context, Result};
use keyring::{KeyOptions, Keyring, Protection, SecretString};
use proto::Message;
use proto::cosmos::base::v1beta1::Coin;
use proto::cosmos::tx::signing::v1beta1::SignMode;
use proto::cosmos::tx::v1beta1::mode_info::{Single, Sum};
use proto::cosmos::tx::v1beta1::{AuthInfo, Fee, ModeInfo, SignDoc, SignerInfo, TxBody, TxRaw};
use proto::google::protobuf::Any;

use crate::query::AccountState;

/// One key on one chain.
#[derive(Debug)]
pub struct Signer {
    key: keyring::Signer,
    chain_id: String,
}

/// What is put around a transaction's messages.
#[derive(Clone, Debug, PartialEq)]
pub struct TxOptions {
    /// What is paid.
    pub fee: Vec<Coin>,
    /// How much gas it may use.
    pub gas_limit: u64,
    /// Any text.
    pub memo: String,
    /// The last height that may include it; 0 for any.
    pub timeout_height: u64,
}

impl Signer {
    /// The key of a phrase at `m/44'/118'/0'/0/0`, for a chain with addresses `cosmos1..`.
    pub fn from_mnemonic(chain_id: &str, mnemonic: &str) -> Result<Self> {
        let directory = tempfile::tempdir().context("directory of a key")?;
        let keyring = Keyring::open(directory.path().to_owned());
        let chain = chain_id.parse()?;
        let mnemonic = SecretString::from(mnemonic);
        keyring.add(&chain, "key", &mnemonic, &KeyOptions::cosmos("cosmos"), Protection::Test, false)?;
        Ok(Self { key: keyring.unlock(&chain, "key", None)?, chain_id: chain_id.to_owned() })
    }

    /// Its address.
    pub fn address(&self) -> &str {
        self.key.address()
    }

    /// The bytes of a transaction.
    pub fn sign(&self, messages: Vec<Any>, state: AccountState, options: &TxOptions) -> Vec<u8> {
        let body = TxBody {
            messages,
            memo: options.memo.clone(),
            timeout_height: options.timeout_height,
            ..TxBody::default()
        };
        let mode = ModeInfo { sum: Some(Sum::Single(Single { mode: SignMode::Direct.into() })) };
        let signer =
            SignerInfo { public_key: Some(self.key.public_key()), mode_info: Some(mode), sequence: state.sequence };
        let fee = Fee { amount: options.fee.clone(), gas_limit: options.gas_limit, ..Fee::default() };
        let auth = AuthInfo { signer_infos: vec![signer], fee: Some(fee), ..AuthInfo::default() };
        let (body_bytes, auth_info_bytes) = (body.encode_to_vec(), auth.encode_to_vec());
        let doc = SignDoc {
            body_bytes: body_bytes.clone(),
            auth_info_bytes: auth_info_bytes.clone(),
            chain_id: self.chain_id.clone(),
            account_number: state.number,
        };
        let signature = self.key.sign(&doc.encode_to_vec()).to_vec();
        TxRaw { body_bytes, auth_info_bytes, signatures: vec![signature] }.encode_to_vec()
    }
}
