//! A key that is ready to sign.

use core::fmt;

use k256::ecdsa::signature::{DigestSigner, Signer as _};
use k256::ecdsa::{Signature, SigningKey, VerifyingKey};
use proto::google::protobuf::Any;
use sha3::{Digest, Keccak256};

use crate::secret::PrivateKey;
use crate::{Algorithm, KeyError, account};

/// An unlocked key. It is wiped when dropped.
pub struct Signer {
    key: SigningKey,
    algorithm: Algorithm,
    account: [u8; 20],
    address: String,
}

impl Signer {
    /// The signer of a private key; nothing if the bytes are no key of the curve.
    pub(crate) fn new(secret: &PrivateKey, algorithm: Algorithm, prefix: &str) -> Result<Option<Self>, KeyError> {
        let Ok(key) = SigningKey::from_slice(secret.expose()) else { return Ok(None) };
        let account = algorithm.account_bytes(key.verifying_key());
        let address = account::address(prefix, &account)?;
        Ok(Some(Self { key, algorithm, account, address }))
    }

    /// The account's address (bech32).
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The account's 20 bytes, which are the address without its prefix.
    pub fn account_bytes(&self) -> &[u8; 20] {
        &self.account
    }

    /// How it signs.
    pub fn algorithm(&self) -> &Algorithm {
        &self.algorithm
    }

    /// The public key as `SignerInfo` carries it.
    pub fn public_key(&self) -> Any {
        self.algorithm.public_key(self.verifying_key())
    }

    /// Signs the bytes of a `SignDoc`: 64 bytes, `r` and `s`, `s` in its lower half, always the same for the same
    /// bytes (RFC 6979). They are hashed here, with SHA-256 or Keccak-256.
    pub fn sign(&self, sign_doc: &[u8]) -> [u8; 64] {
        let signature: Signature = match self.algorithm {
            Algorithm::Secp256k1 => self.key.sign(sign_doc),
            Algorithm::EthSecp256k1 { .. } => self.key.sign_digest(Keccak256::new_with_prefix(sign_doc)),
        };
        signature.normalize_s().unwrap_or(signature).to_bytes().into()
    }

    pub(crate) fn verifying_key(&self) -> &VerifyingKey {
        self.key.verifying_key()
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("address", &self.address).field("key", &"redacted").finish()
    }
}

#[cfg(test)]
mod tests {
    use k256::ecdsa::signature::{DigestVerifier, Verifier};

    use super::*;
    use crate::ETHERMINT_PUBLIC_KEY;

    fn signer(algorithm: Algorithm) -> Signer {
        let mut secret = [0; 32];
        secret[31] = 1;
        Signer::new(&PrivateKey::from_slice(&secret).unwrap(), algorithm, "cosmos").unwrap().unwrap()
    }

    fn ethermint() -> Algorithm {
        Algorithm::EthSecp256k1 { public_key_type_url: ETHERMINT_PUBLIC_KEY.to_owned() }
    }

    #[test]
    fn signatures_are_those_of_rfc_6979() {
        // The vectors for secp256k1 and SHA-256 that Bitcoin's libraries share; the key is 1.
        let vectors = [
            (
                "Satoshi Nakamoto",
                "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8\
                 2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5",
            ),
            (
                "All those moments will be lost in time, like tears in rain. Time to die...",
                "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b\
                 547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21",
            ),
        ];
        for (message, signature) in vectors {
            assert_eq!(hex::encode(signer(Algorithm::Secp256k1).sign(message.as_bytes())), signature);
        }
    }

    #[test]
    fn signatures_are_those_of_the_cosmos_sdk() {
        // Made by Go, see `tests/vectors/golden/README.md`.
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/vectors/golden/commitments.json");
        let golden: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
        let transactions = golden["transactions"].as_array().unwrap();
        assert!(!transactions.is_empty());
        for transaction in transactions {
            let bytes = |field: &str| hex::decode(transaction[field].as_str().unwrap()).unwrap();
            let secret = PrivateKey::from_slice(&bytes("private_key")).unwrap();
            let signer = Signer::new(&secret, Algorithm::Secp256k1, "cosmos").unwrap().unwrap();
            assert_eq!(signer.sign(&bytes("sign_doc")).to_vec(), bytes("signature"));
            assert_eq!(signer.address(), transaction["address"].as_str().unwrap());
            assert_eq!(account::compressed(signer.verifying_key()), bytes("public_key"));
        }
    }

    #[test]
    fn signatures_verify_and_are_low_and_the_same_again() {
        for algorithm in [Algorithm::Secp256k1, ethermint()] {
            let signer = signer(algorithm.clone());
            for number in 0..50_u32 {
                let message = number.to_be_bytes();
                let bytes = signer.sign(&message);
                assert_eq!(bytes, signer.sign(&message));
                assert_eq!(bytes.len(), 64);
                let signature = Signature::from_slice(&bytes).unwrap();
                assert_eq!(signature.normalize_s(), None, "s is in its lower half");
                let key = signer.verifying_key();
                match algorithm {
                    Algorithm::Secp256k1 => key.verify(&message, &signature).unwrap(),
                    Algorithm::EthSecp256k1 { .. } => {
                        key.verify_digest(Keccak256::new_with_prefix(message), &signature).unwrap();
                    }
                }
            }
        }
    }

    #[test]
    fn the_public_key_is_the_one_field_of_its_message() {
        // The curve's generator, which is the public key of 1.
        let point = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
        let any = signer(ethermint()).public_key();
        assert_eq!(any.type_url, ETHERMINT_PUBLIC_KEY);
        assert_eq!(hex::encode(any.value), format!("0a21{point}"));
    }

    #[test]
    fn debug_shows_the_address_alone() {
        let text = format!("{:?}", signer(Algorithm::Secp256k1));
        assert!(text.contains("cosmos1") && text.contains("redacted"), "{text}");
        assert!(!text.contains("0000000000"), "{text}");
    }
}
