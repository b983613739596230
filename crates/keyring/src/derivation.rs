//! From a mnemonic to a private key: BIP-39 (English, 12 to 24 words, no passphrase of its own), then BIP-32.

use bip32::{DerivationPath, XPrv};
use bip39::{Language, Mnemonic};
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::secret::PrivateKey;
use crate::{Algorithm, KeyError};

/// BIP-32 knows 255 levels; no wallet uses half as many as these.
const LEVELS_MAX: usize = 10;
/// The longest mnemonic has 24 words of at most 8 letters.
const MNEMONIC_BYTES_MAX: usize = 1024;

/// How a chain makes accounts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyOptions {
    /// What its addresses begin with, such as `cosmos`.
    pub prefix: String,
    /// Its coin type (SLIP-44): 118 for most chains, 60 for those that descend from Ethereum.
    pub coin_type: u32,
    /// The whole path; `m/44'/COIN_TYPE'/0'/0/0` where there is none.
    pub hd_path: Option<String>,
    /// How it signs.
    pub algorithm: Algorithm,
}

impl KeyOptions {
    /// What most chains do: coin type 118, the usual path, secp256k1.
    pub fn cosmos(prefix: &str) -> Self {
        Self { prefix: prefix.to_owned(), coin_type: 118, hd_path: None, algorithm: Algorithm::Secp256k1 }
    }

    /// The path that a key is derived at.
    pub fn path(&self) -> String {
        self.hd_path.clone().unwrap_or_else(|| format!("m/44'/{}'/0'/0/0", self.coin_type))
    }
}

/// The private key of a mnemonic at a path.
pub(crate) fn derive(mnemonic: &SecretString, path: &str) -> Result<PrivateKey, KeyError> {
    let levels = parse_path(path)?;
    let mnemonic = parse_mnemonic(mnemonic.expose_secret())?;
    let seed = Zeroizing::new(mnemonic.to_seed_normalized(""));
    let refuse = |reason: String| KeyError::Option { what: "HD path", value: path.to_owned(), reason };
    let derived = XPrv::derive_from_path(seed.as_slice(), &levels).map_err(|e| refuse(e.to_string()))?;
    let bytes = Zeroizing::new(<[u8; 32]>::from(derived.private_key().to_bytes()));
    PrivateKey::from_slice(bytes.as_slice()).ok_or_else(|| refuse("it gives no key".to_owned()))
}

fn parse_path(path: &str) -> Result<DerivationPath, KeyError> {
    let refuse = |reason: &str| KeyError::Option {
        what: "HD path",
        value: path.chars().take(80).collect(),
        reason: reason.to_owned(),
    };
    if path.split('/').count() > LEVELS_MAX + 1 {
        return Err(refuse("it has too many levels"));
    }
    path.parse().map_err(|_| refuse("it is not of the form m/44'/118'/0'/0/0"))
}

fn parse_mnemonic(words: &str) -> Result<Mnemonic, KeyError> {
    let refuse = |reason: String| KeyError::Mnemonic { reason };
    if words.len() > MNEMONIC_BYTES_MAX || !words.is_ascii() {
        return Err(refuse("it is not 12 to 24 English words".to_owned()));
    }
    Mnemonic::parse_in_normalized(Language::English, words).map_err(|error| {
        refuse(match error {
            bip39::Error::BadWordCount(count) => format!("it has {count} words, not 12, 15, 18, 21 or 24"),
            bip39::Error::UnknownWord(index) => format!("word {} is not in the English list", index + 1),
            bip39::Error::InvalidChecksum => "its checksum is wrong: look for a wrong or misplaced word".to_owned(),
            bip39::Error::BadEntropyBitCount(_) | bip39::Error::AmbiguousLanguages(_) => {
                "it is not one of BIP-39".to_owned()
            }
        })
    })
}
