//! The keys of a chain's validators: all of them follow from one seed.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use ed25519_consensus::SigningKey;
use sha2::{Digest, Sha256};
use tendermint::{PublicKey, Signature, account};

/// The keys that were used so far. A validator is named by its number, whatever its place in a set is.
#[derive(Clone, Debug)]
pub(super) struct Keys {
    seed: u64,
    by_address: BTreeMap<account::Id, Arc<Key>>,
}

/// A validator's number and its key.
pub(super) struct Key {
    pub(super) validator: usize,
    pub(super) public: PublicKey,
    secret: SigningKey,
}

impl Keys {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, by_address: BTreeMap::new() }
    }

    /// The public key of a validator; from now on it can sign.
    pub(super) fn public(&mut self, validator: usize) -> PublicKey {
        let key = Key::derive(self.seed, validator);
        let public = key.public;
        self.by_address.entry(account::Id::from(public)).or_insert_with(|| Arc::new(key));
        public
    }

    pub(super) fn secret(&self, validator: usize) -> SigningKey {
        Key::derive(self.seed, validator).secret
    }

    pub(super) fn by_address(&self, address: &account::Id) -> Option<&Key> {
        self.by_address.get(address).map(AsRef::as_ref)
    }
}

impl Key {
    fn derive(seed: u64, validator: usize) -> Self {
        let mut hash = Sha256::new_with_prefix(b"lightship devnet validator");
        hash.update(seed.to_be_bytes());
        hash.update((validator as u64).to_be_bytes());
        let secret = SigningKey::from(<[u8; 32]>::from(hash.finalize()));
        let public = PublicKey::from_raw_ed25519(secret.verification_key().as_bytes())
            .expect("the public key of a signing key is a point of the curve");
        Self { validator, public, secret }
    }

    pub(super) fn sign(&self, bytes: &[u8]) -> Option<Signature> {
        Signature::new(self.secret.sign(bytes).to_bytes()).ok().flatten()
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key").field("validator", &self.validator).finish_non_exhaustive()
    }
}
