//! The 32 bytes of a private key: wiped when dropped, and never shown.

use core::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::{Zeroize, Zeroizing};

/// A private key's bytes. As JSON: hex, for the `test` backend alone.
pub(crate) struct PrivateKey(Zeroizing<[u8; 32]>);

impl PrivateKey {
    /// From its bytes, if there are 32.
    pub(crate) fn from_slice(bytes: &[u8]) -> Option<Self> {
        let mut key = Zeroizing::new([0; 32]);
        if bytes.len() != key.len() {
            return None;
        }
        key.copy_from_slice(bytes);
        Some(Self(key))
    }

    /// Its bytes.
    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PrivateKey(redacted)")
    }
}

impl Serialize for PrivateKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = Zeroizing::new(hex::encode(self.expose()));
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for PrivateKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Zeroizing::new(String::deserialize(deserializer)?);
        let mut bytes = [0; 32];
        // The decoder's error would quote what it stumbled over.
        let decoded = hex::decode_to_slice(text.as_bytes(), &mut bytes);
        let key = decoded.ok().and_then(|()| Self::from_slice(&bytes));
        bytes.zeroize();
        key.ok_or_else(|| serde::de::Error::custom("the private key is not 32 bytes of hex"))
    }
}
