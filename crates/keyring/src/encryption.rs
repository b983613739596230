//! A private key under a passphrase: argon2id makes the key, XChaCha20-Poly1305 seals.
//!
//! What else stands in the file is bound to it as associated data, so that no part can be exchanged.

use argon2::{Argon2, Params, Version};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use rand::RngCore;
use rand::rngs::OsRng;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::KeyError;
use crate::secret::PrivateKey;

/// OWASP's first recommendation for argon2id: 19 MiB, 2 passes, 1 lane. Also the most memory that a file may ask for.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// The most that a file may ask for, so that a made-up one cannot keep us busy.
const PASSES_MAX: u32 = 16;
const LANES_MAX: u32 = 4;

/// A sealed private key, and all that is needed, beside the passphrase, to open it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Encryption {
    kdf: Kdf,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    #[serde(with = "hex::serde")]
    salt: [u8; 16],
    cipher: Cipher,
    #[serde(with = "hex::serde")]
    nonce: [u8; 24],
    #[serde(with = "hex::serde")]
    ciphertext: Vec<u8>,
}

#[derive(Debug, Serialize, Deserialize)]
enum Kdf {
    #[serde(rename = "argon2id")]
    Argon2id,
}

#[derive(Debug, Serialize, Deserialize)]
enum Cipher {
    #[serde(rename = "xchacha20poly1305")]
    XChaCha20Poly1305,
}

/// Why a sealed key does not open.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unopened {
    /// The passphrase is another one (or the bound data; a checksum tells that apart before).
    WrongPassphrase,
    /// What stands there is nothing that this program writes.
    Malformed(String),
}

impl Encryption {
    /// Seals a private key and binds `bound` to it.
    pub(crate) fn seal(secret: &PrivateKey, passphrase: &SecretString, bound: &[u8]) -> Result<Self, KeyError> {
        let failed = |reason: String| KeyError::Encryption { reason };
        if passphrase.expose_secret().is_empty() {
            return Err(KeyError::EmptyPassphrase);
        }
        let mut sealed = Self {
            kdf: Kdf::Argon2id,
            memory_kib: MEMORY_KIB,
            passes: PASSES,
            lanes: LANES,
            salt: [0; 16],
            cipher: Cipher::XChaCha20Poly1305,
            nonce: [0; 24],
            ciphertext: Vec::new(),
        };
        OsRng.try_fill_bytes(&mut sealed.salt).map_err(|e| failed(e.to_string()))?;
        OsRng.try_fill_bytes(&mut sealed.nonce).map_err(|e| failed(e.to_string()))?;
        let payload = Payload { msg: secret.expose(), aad: bound };
        let cipher = sealed.cipher(passphrase).map_err(failed)?;
        sealed.ciphertext =
            cipher.encrypt(XNonce::from_slice(&sealed.nonce), payload).map_err(|e| failed(e.to_string()))?;
        Ok(sealed)
    }

    /// The private key, if passphrase and bound data are those that it was sealed with.
    pub(crate) fn open(&self, passphrase: &SecretString, bound: &[u8]) -> Result<PrivateKey, Unopened> {
        if self.memory_kib > MEMORY_KIB || self.passes > PASSES_MAX || self.lanes > LANES_MAX {
            return Err(Unopened::Malformed(
                "it asks for more memory or passes than this program ever does".to_owned(),
            ));
        }
        let cipher = self.cipher(passphrase).map_err(Unopened::Malformed)?;
        let payload = Payload { msg: &self.ciphertext, aad: bound };
        let opened = cipher.decrypt(XNonce::from_slice(&self.nonce), payload);
        let opened = Zeroizing::new(opened.map_err(|_| Unopened::WrongPassphrase)?);
        PrivateKey::from_slice(&opened).ok_or_else(|| Unopened::Malformed("it seals no 32 bytes".to_owned()))
    }

    /// Everything of this, for a checksum.
    pub(crate) fn parts(&self) -> [&[u8]; 3] {
        [&self.salt, &self.nonce, &self.ciphertext]
    }

    /// The costs, for a checksum.
    pub(crate) fn costs(&self) -> [u32; 3] {
        [self.memory_kib, self.passes, self.lanes]
    }

    fn cipher(&self, passphrase: &SecretString) -> Result<XChaCha20Poly1305, String> {
        let mut key = Zeroizing::new([0; 32]);
        let params = Params::new(self.memory_kib, self.passes, self.lanes, Some(key.len()));
        let argon2 = Argon2::new(argon2::Algorithm::Argon2id, Version::V0x13, params.map_err(|e| e.to_string())?);
        argon2
            .hash_password_into(passphrase.expose_secret().as_bytes(), &self.salt, key.as_mut_slice())
            .map_err(|e| e.to_string())?;
        Ok(XChaCha20Poly1305::new(Key::from_slice(key.as_slice())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passphrase(text: &str) -> SecretString {
        SecretString::from(text)
    }

    fn sealed() -> Encryption {
        let secret = PrivateKey::from_slice(&[7; 32]).unwrap();
        Encryption::seal(&secret, &passphrase("correct horse"), b"bound").unwrap()
    }

    #[test]
    fn opens_with_its_passphrase_and_what_is_bound_to_it() {
        let opened = sealed().open(&passphrase("correct horse"), b"bound").unwrap();
        assert_eq!(opened.expose(), &[7; 32]);
    }

    #[test]
    fn another_passphrase_or_other_bound_data_does_not_open_it() {
        for (phrase, bound) in [("correct horsf", b"bound"), ("correct horse", b"bounc")] {
            let error = sealed().open(&passphrase(phrase), bound).map(|_| ()).unwrap_err();
            assert_eq!(error, Unopened::WrongPassphrase, "{phrase}");
        }
    }

    #[test]
    fn a_flipped_bit_of_any_part_does_not_open() {
        let flips: [fn(&mut Encryption); 5] = [
            |e| e.salt[0] ^= 1,
            |e| e.nonce[23] ^= 1,
            |e| e.ciphertext[0] ^= 1,
            |e| e.passes += 1,
            |e| e.ciphertext.truncate(3),
        ];
        for flip in flips {
            let mut flipped = sealed();
            flip(&mut flipped);
            flipped.open(&passphrase("correct horse"), b"bound").map(|_| ()).unwrap_err();
        }
    }

    #[test]
    fn a_made_up_file_cannot_ask_for_much_memory_or_time() {
        let greeds: [fn(&mut Encryption); 3] =
            [|e| e.memory_kib = MEMORY_KIB + 1, |e| e.passes = PASSES_MAX + 1, |e| e.lanes = LANES_MAX + 1];
        for greed in greeds {
            let mut greedy = sealed();
            greed(&mut greedy);
            let error = greedy.open(&passphrase("correct horse"), b"bound").map(|_| ()).unwrap_err();
            assert!(matches!(&error, Unopened::Malformed(reason) if reason.contains("more memory")), "{error:?}");
        }
    }
}
