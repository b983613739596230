//! What stands around each value: `version (1) | crc32 (4) | head length (4) | head (JSON) | tail (raw bytes)`.
//!
//! The checksum covers version, tree, key, head and tail, so that neither a flipped bit nor a value under another's key
//! passes. Big bytes (a transaction, a packet's data) stand raw in the tail, not as text in the head.

/// The version that this program writes, and the only one that it reads.
const VERSION: u8 = 1;
const CHECKSUM_AT: usize = 1;
const LENGTH_AT: usize = 5;
const HEAD_AT: usize = 9;

/// The two parts of a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Payload {
    /// JSON, or nothing.
    pub(crate) head: Vec<u8>,
    /// Raw bytes, or nothing.
    pub(crate) tail: Vec<u8>,
}

/// Why a stored value is not trusted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Untrusted {
    #[error("it is cut off")]
    Cut,
    #[error("its version is {0}, this program reads version {VERSION}")]
    Version(u8),
    #[error("its checksum is wrong")]
    Checksum,
    #[error("it does not read as a record of its tree: {0}")]
    Content(String),
}

/// The value's bytes in the database.
pub(crate) fn seal(tree: &str, key: &[u8], payload: &Payload) -> Result<Vec<u8>, Untrusted> {
    let length = u32::try_from(payload.head.len()).map_err(|_| Untrusted::Content("head over 4 GiB".into()))?;
    let mut sealed = Vec::with_capacity(HEAD_AT + payload.head.len() + payload.tail.len());
    sealed.push(VERSION);
    sealed.extend([0; LENGTH_AT - CHECKSUM_AT]);
    sealed.extend(length.to_be_bytes());
    sealed.extend(&payload.head);
    sealed.extend(&payload.tail);
    let checksum = checksum(tree, key, VERSION, &sealed[LENGTH_AT..]);
    sealed[CHECKSUM_AT..LENGTH_AT].copy_from_slice(&checksum.to_be_bytes());
    Ok(sealed)
}

/// The parts of a value, if it is what was written under this key of this tree.
pub(crate) fn open(tree: &str, key: &[u8], sealed: &[u8]) -> Result<Payload, Untrusted> {
    let (&version, rest) = sealed.split_first().ok_or(Untrusted::Cut)?;
    if version != VERSION {
        return Err(Untrusted::Version(version));
    }
    let (written, body) = rest.split_first_chunk::<4>().ok_or(Untrusted::Cut)?;
    if u32::from_be_bytes(*written) != checksum(tree, key, version, body) {
        return Err(Untrusted::Checksum);
    }
    let (length, parts) = body.split_first_chunk::<4>().ok_or(Untrusted::Cut)?;
    let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Untrusted::Cut)?;
    let (head, tail) = parts.split_at_checked(length).ok_or(Untrusted::Cut)?;
    Ok(Payload { head: head.to_vec(), tail: tail.to_vec() })
}

fn checksum(tree: &str, key: &[u8], version: u8, body: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&[version]);
    hasher.update(tree.as_bytes());
    hasher.update(&[0]);
    // Lossless on every platform of this program; the length parts key from body.
    hasher.update(&(key.len() as u64).to_be_bytes());
    hasher.update(key);
    hasher.update(body);
    hasher.finalize()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn payload() -> Payload {
        Payload { head: b"{\"a\":1}".to_vec(), tail: vec![0, 1, 2, 255] }
    }

    #[test]
    fn what_was_sealed_opens() {
        for payload in [payload(), Payload::default()] {
            assert_eq!(open("packet", b"key", &seal("packet", b"key", &payload).unwrap()), Ok(payload));
        }
    }

    #[test]
    fn every_flipped_bit_is_noticed() {
        let sealed = seal("packet", b"key", &payload()).unwrap();
        for bit in 0..sealed.len() * 8 {
            let mut flipped = sealed.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            open("packet", b"key", &flipped).unwrap_err();
        }
    }

    #[test]
    fn every_cut_is_noticed() {
        let sealed = seal("packet", b"key", &payload()).unwrap();
        for length in 0..sealed.len() {
            open("packet", b"key", &sealed[..length]).unwrap_err();
        }
    }

    #[test]
    fn a_value_under_another_key_or_in_another_tree_is_noticed() {
        let sealed = seal("packet", b"key", &payload()).unwrap();
        assert_eq!(open("packet", b"kez", &sealed), Err(Untrusted::Checksum));
        assert_eq!(open("outbox", b"key", &sealed), Err(Untrusted::Checksum));
    }

    #[test]
    fn another_version_is_named() {
        let mut sealed = seal("packet", b"key", &payload()).unwrap();
        sealed[0] = 2;
        assert_eq!(open("packet", b"key", &sealed), Err(Untrusted::Version(2)));
    }
}
