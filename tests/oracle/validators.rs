//! Validators with keys that are known here, and sets of them in CometBFT's order.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use k256::ecdsa::signature::Signer;
use prost::Message;
use proto::tendermint_proto::crypto::{PublicKey, public_key::Sum};
use proto::tendermint_proto::types as raw;
use ripemd::Ripemd160;
use sha2::{Digest, Sha256};
use tendermint::crypto::default::Sha256 as Hasher;
use tendermint::merkle::simple_hash_from_byte_vectors;

/// How many keys there are: those of ed25519 come first.
pub(crate) const KEYS: u8 = ED25519_KEYS + 8;
pub(crate) const ED25519_KEYS: u8 = 64;

/// Points of small order: whoever has such a key has signed everything with [`NO_SIGNATURE`] (ZIP 215). The second is
/// the first, not written in the canonical way.
const WEAK_KEYS: [[u8; 32]; 2] = {
    let (mut canonical, mut other) = ([0; 32], [0xff; 32]);
    canonical[0] = 1;
    (other[0], other[31]) = (0xee, 0x7f);
    [canonical, other]
};

/// The neutral element as R, and zero as s.
pub(crate) const NO_SIGNATURE: [u8; 64] = {
    let mut signature = [0; 64];
    signature[0] = 1;
    signature
};

enum Key {
    Ed25519(Box<ed25519_consensus::SigningKey>),
    Secp256k1(Box<k256::ecdsa::SigningKey>),
    Weak([u8; 32]),
}

/// All keys, and the validators that have them.
struct KeyRing {
    validators: Vec<raw::Validator>,
    by_address: BTreeMap<Vec<u8>, Key>,
}

static KEY_RING: LazyLock<KeyRing> = LazyLock::new(|| {
    let strong = (0..KEYS).map(|number| match number {
        0..ED25519_KEYS => Key::Ed25519(Box::new([number + 1; 32].into())),
        _ => Key::Secp256k1(Box::new(k256::ecdsa::SigningKey::from_slice(&[number; 32]).expect("a scalar"))),
    });
    let mut ring = KeyRing { validators: Vec::new(), by_address: BTreeMap::new() };
    for key in strong.chain(WEAK_KEYS.map(Key::Weak)) {
        let validator = key.public().validator();
        ring.by_address.insert(validator.address.clone(), key);
        ring.validators.push(validator);
    }
    ring
});

impl Key {
    fn public(&self) -> Public {
        match self {
            Self::Ed25519(key) => Public::Ed25519(key.verification_key().to_bytes()),
            Self::Secp256k1(key) => Public::Secp256k1(key.verifying_key().to_sec1_bytes().into()),
            Self::Weak(point) => Public::Ed25519(*point),
        }
    }

    fn sign(&self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
            Self::Secp256k1(key) => {
                let signature: k256::ecdsa::Signature = key.sign(message);
                signature.to_vec()
            }
            Self::Weak(_) => NO_SIGNATURE.to_vec(),
        }
    }
}

/// The bytes of a public key, which may be no point.
pub(crate) enum Public {
    Ed25519([u8; 32]),
    Secp256k1(Vec<u8>),
}

impl Public {
    /// The validator with this key, and with the address that belongs to it.
    pub(crate) fn validator(self) -> raw::Validator {
        let (address, key) = match self {
            Self::Ed25519(key) => (Sha256::digest(key)[..20].to_vec(), Sum::Ed25519(key.to_vec())),
            Self::Secp256k1(key) => (Ripemd160::digest(Sha256::digest(&key)).to_vec(), Sum::Secp256k1(key)),
        };
        let pub_key = Some(PublicKey { sum: Some(key) });
        raw::Validator { address, pub_key, voting_power: 1, proposer_priority: 0 }
    }
}

/// The validator with the key of that number.
pub(crate) fn validator(number: u8, voting_power: i64) -> raw::Validator {
    raw::Validator { voting_power, ..KEY_RING.validators[usize::from(number % KEYS)].clone() }
}

/// A validator whose key is weak.
pub(crate) fn weak_validator(number: u8, voting_power: i64) -> raw::Validator {
    let number = usize::from(KEYS) + usize::from(number) % WEAK_KEYS.len();
    raw::Validator { voting_power, ..KEY_RING.validators[number].clone() }
}

/// What the validator of an address says to a message; nothing, if its key is not known here.
pub(crate) fn signature(address: &[u8], message: &[u8]) -> Option<Vec<u8>> {
    KEY_RING.by_address.get(address).map(|key| key.sign(message))
}

/// A set in CometBFT's order, the first its proposer.
pub(crate) fn set(mut validators: Vec<raw::Validator>) -> raw::ValidatorSet {
    validators.sort_by_key(|validator| (Reverse(validator.voting_power), validator.address.clone()));
    raw::ValidatorSet { proposer: validators.first().cloned(), validators, total_voting_power: 0 }
}

/// CometBFT `ValidatorSet.Hash`, of whatever stands in the message.
pub(crate) fn hash(set: &raw::ValidatorSet) -> Vec<u8> {
    let leaf = |validator: &raw::Validator| {
        let (pub_key, voting_power) = (validator.pub_key.clone(), validator.voting_power);
        raw::SimpleValidator { pub_key, voting_power }.encode_to_vec()
    };
    let leaves: Vec<Vec<u8>> = set.validators.iter().map(leaf).collect();
    simple_hash_from_byte_vectors::<Hasher>(&leaves).to_vec()
}
