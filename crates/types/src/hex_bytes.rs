//! Serde for shared bytes: as lower-case hex.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serializer, de::Error};

/// Writes bytes as hex.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(bytes: &Arc<[u8]>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&hex::encode(bytes))
}

/// Reads bytes from hex.
///
/// # Errors
/// When the text is not hex.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<[u8]>, D::Error> {
    let text = String::deserialize(deserializer)?;
    hex::decode(text).map(Arc::from).map_err(D::Error::custom)
}
