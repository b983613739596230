//! What stands in a key file.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::Algorithm;
use crate::encryption::Encryption;
use crate::secret::PrivateKey;

/// The version that this program writes, and the only one that it reads.
pub(crate) const VERSION: u32 = 1;

/// How a key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Backend {
    /// Under a passphrase.
    Encrypted,
    /// As it is: for keys that guard nothing.
    Test,
}

impl core::fmt::Display for Backend {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Encrypted => "encrypted",
            Self::Test => "test",
        })
    }
}

/// A key file. Exactly one of `encryption` and `private_key` is there, as `backend` says.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyFile {
    pub(crate) version: u32,
    pub(crate) backend: Backend,
    pub(crate) name: String,
    pub(crate) chain_id: String,
    pub(crate) address: String,
    pub(crate) prefix: String,
    pub(crate) coin_type: u32,
    pub(crate) hd_path: String,
    pub(crate) algorithm: Algorithm,
    #[serde(with = "hex::serde")]
    pub(crate) public_key: Vec<u8>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) encryption: Option<Encryption>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) private_key: Option<PrivateKey>,
    /// SHA-256 over all of the above: tells a damaged file from a wrong passphrase. It proves nothing against
    /// somebody who may write the file; that is what the encryption's associated data is for.
    #[serde(with = "hex::serde")]
    pub(crate) checksum: [u8; 32],
}

/// How a key is kept, with what is kept.
pub(crate) enum Kept<'a> {
    Encrypted(&'a Encryption),
    Plain(&'a PrivateKey),
}

impl KeyFile {
    /// Everything but the secret, each part with its length before it: what the encryption binds.
    pub(crate) fn bound(&self) -> Vec<u8> {
        let mut bound = b"lightship key".to_vec();
        for number in [self.version, self.coin_type] {
            bound.extend(number.to_be_bytes());
        }
        let texts = [
            self.backend.to_string().as_str(),
            &self.name,
            &self.chain_id,
            &self.address,
            &self.prefix,
            &self.hd_path,
            self.algorithm.public_key_type_url(),
            match self.algorithm {
                Algorithm::Secp256k1 => "secp256k1",
                Algorithm::EthSecp256k1 { .. } => "ethsecp256k1",
            },
        ]
        .map(|text| text.as_bytes().to_vec());
        for part in texts.iter().chain([&self.public_key]) {
            bound.extend((part.len() as u64).to_be_bytes());
            bound.extend(part);
        }
        bound
    }

    /// The checksum that belongs to this content.
    pub(crate) fn computed_checksum(&self) -> [u8; 32] {
        let mut hasher = Sha256::new();
        hasher.update(self.bound());
        if let Some(encryption) = &self.encryption {
            encryption.costs().iter().for_each(|cost| hasher.update(cost.to_be_bytes()));
            encryption.parts().iter().for_each(|part| hasher.update(part));
        }
        if let Some(private_key) = &self.private_key {
            hasher.update(private_key.expose());
        }
        hasher.finalize().into()
    }

    /// What is kept, if the file agrees with itself.
    pub(crate) fn kept(&self) -> Option<Kept<'_>> {
        match (self.backend, &self.encryption, &self.private_key) {
            (Backend::Encrypted, Some(encryption), None) => Some(Kept::Encrypted(encryption)),
            (Backend::Test, None, Some(private_key)) => Some(Kept::Plain(private_key)),
            (Backend::Encrypted | Backend::Test, _, _) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> KeyFile {
        KeyFile {
            version: VERSION,
            backend: Backend::Test,
            name: "relayer".into(),
            chain_id: "chain-a".into(),
            address: "cosmos1".into(),
            prefix: "cosmos".into(),
            coin_type: 118,
            hd_path: "m/0".into(),
            algorithm: Algorithm::Secp256k1,
            public_key: vec![2; 33],
            encryption: None,
            private_key: PrivateKey::from_slice(&[7; 32]),
            checksum: [0; 32],
        }
    }

    #[test]
    fn every_field_is_bound_to_the_secret() {
        let changes: [fn(&mut KeyFile); 10] = [
            |f| f.version += 1,
            |f| f.backend = Backend::Encrypted,
            |f| f.name.push('x'),
            |f| f.chain_id.push('x'),
            |f| f.address.push('x'),
            |f| f.prefix.push('x'),
            |f| f.coin_type += 1,
            |f| f.hd_path.push('x'),
            |f| f.public_key[32] ^= 1,
            |f| {
                let public_key_type_url = f.algorithm.public_key_type_url().to_owned();
                f.algorithm = Algorithm::EthSecp256k1 { public_key_type_url };
            },
        ];
        for (index, change) in changes.iter().enumerate() {
            let mut changed = file();
            change(&mut changed);
            assert_ne!(changed.bound(), file().bound(), "change {index}");
        }
    }

    #[test]
    fn a_letter_moved_from_one_field_to_the_next_is_noticed() {
        let mut moved = file();
        moved.name = "relaye".into();
        moved.chain_id = "rchain-a".into();
        assert_ne!(moved.bound(), file().bound());
    }

    #[test]
    fn a_file_that_does_not_hold_what_its_backend_says_keeps_nothing() {
        assert!(file().kept().is_some());
        assert!(KeyFile { backend: Backend::Encrypted, ..file() }.kept().is_none());
        assert!(KeyFile { private_key: None, ..file() }.kept().is_none());
    }

    #[test]
    fn debug_shows_no_private_key() {
        let text = format!("{:?}", file());
        assert!(text.contains("redacted") && !text.contains("7, 7, 7"), "{text}");
    }
}
