//! From a public key to an account: the key's protobuf form, the account's bytes, the address.
//!
//! cosmos-sdk `crypto/keys/secp256k1` (address: RIPEMD-160 of SHA-256 of the compressed key) and evmos/ethermint
//! `crypto/ethsecp256k1` (address: the last 20 bytes of Keccak-256 of the uncompressed key without its first byte).

use bech32::{Bech32, Hrp};
use k256::ecdsa::VerifyingKey;
use proto::Message;
use proto::cosmos::crypto::secp256k1::PubKey;
use proto::google::protobuf::Any;
use ripemd::Ripemd160;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use sha3::Keccak256;

use crate::KeyError;

/// The public keys of most chains.
pub const SECP256K1_PUBLIC_KEY: &str = "/cosmos.crypto.secp256k1.PubKey";
/// The public keys of chains that descend from Ethermint.
pub const ETHERMINT_PUBLIC_KEY: &str = "/ethermint.crypto.v1.ethsecp256k1.PubKey";
/// The public keys of Injective.
pub const INJECTIVE_PUBLIC_KEY: &str = "/injective.crypto.v1beta1.ethsecp256k1.PubKey";

/// How a chain signs and how it makes addresses. Both sign over the curve secp256k1.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase", deny_unknown_fields)]
pub enum Algorithm {
    /// SHA-256; the Cosmos SDK's own.
    #[default]
    Secp256k1,
    /// Keccak-256, as on Ethereum.
    EthSecp256k1 {
        /// How the chain calls such a key, see [`ETHERMINT_PUBLIC_KEY`] and [`INJECTIVE_PUBLIC_KEY`].
        public_key_type_url: String,
    },
}

impl Algorithm {
    /// The type URL of the public key.
    pub fn public_key_type_url(&self) -> &str {
        match self {
            Self::Secp256k1 => SECP256K1_PUBLIC_KEY,
            Self::EthSecp256k1 { public_key_type_url } => public_key_type_url,
        }
    }

    /// The account's 20 bytes.
    pub(crate) fn account_bytes(&self, key: &VerifyingKey) -> [u8; 20] {
        match self {
            Self::Secp256k1 => Ripemd160::digest(Sha256::digest(compressed(key))).into(),
            Self::EthSecp256k1 { .. } => {
                let uncompressed = key.to_encoded_point(false);
                let hash: [u8; 32] = Keccak256::digest(&uncompressed.as_bytes()[1..]).into();
                let mut account = [0; 20];
                account.copy_from_slice(&hash[12..]);
                account
            }
        }
    }

    /// The public key as a transaction carries it. Both kinds have the same one field.
    pub(crate) fn public_key(&self, key: &VerifyingKey) -> Any {
        let value = PubKey { key: compressed(key) }.encode_to_vec();
        Any { type_url: self.public_key_type_url().to_owned(), value }
    }
}

/// The 33 bytes of a public key.
pub(crate) fn compressed(key: &VerifyingKey) -> Vec<u8> {
    key.to_encoded_point(true).as_bytes().to_vec()
}

/// The account's address (bech32, ADR-028).
pub(crate) fn address(prefix: &str, account: &[u8; 20]) -> Result<String, KeyError> {
    let refuse = |reason: String| KeyError::Option { what: "address prefix", value: prefix.to_owned(), reason };
    if prefix.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(refuse("it has upper-case letters".to_owned()));
    }
    let hrp = Hrp::parse(prefix).map_err(|e| refuse(e.to_string()))?;
    bech32::encode::<Bech32>(hrp, account).map_err(|e| refuse(e.to_string()))
}
