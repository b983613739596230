//! Nodes of an IAVL tree, and what their hashes are of (iavl `node.go`, `writeHashBytes`).

use std::sync::Arc;

use prost::encoding::encode_varint;
use sha2::{Digest, Sha256};

use super::Root;

pub(super) type Link<V> = Arc<Node<V>>;

/// The length of a hash, which stands before it wherever it is hashed again.
pub(super) const HASH_LENGTH: u8 = 32;

#[derive(Clone)]
pub(super) struct Node<V> {
    /// A leaf's own; an inner node's is the smallest of its right subtree.
    pub(super) key: Arc<[u8]>,
    /// None for what was made since the last save.
    pub(super) stamp: Option<Stamp>,
    pub(super) body: Body<V>,
}

#[derive(Clone)]
pub(super) enum Body<V> {
    Leaf(V),
    Inner(Inner<V>),
}

#[derive(Clone)]
pub(super) struct Inner<V> {
    pub(super) height: u8,
    /// Of the leaves below.
    pub(super) size: u64,
    pub(super) left: Link<V>,
    pub(super) right: Link<V>,
}

/// What a save gives a node.
#[derive(Clone, Copy)]
pub(super) struct Stamp {
    pub(super) version: u64,
    pub(super) hash: Root,
}

impl<V: Clone> Node<V> {
    pub(super) fn leaf(key: Arc<[u8]>, value: V) -> Link<V> {
        Arc::new(Self { key, stamp: None, body: Body::Leaf(value) })
    }

    /// A node over two leaves.
    pub(super) fn pair(left: Link<V>, right: Link<V>) -> Link<V> {
        let key = Arc::clone(&right.key);
        Arc::new(Self { key, stamp: None, body: Body::Inner(Inner { height: 1, size: 2, left, right }) })
    }

    pub(super) fn height(&self) -> u8 {
        match &self.body {
            Body::Leaf(_) => 0,
            Body::Inner(inner) => inner.height,
        }
    }

    pub(super) fn size(&self) -> u64 {
        match &self.body {
            Body::Leaf(_) => 1,
            Body::Inner(inner) => inner.size,
        }
    }

    /// The inner node to be changed, which makes it an unsaved one, and a copy if others hold it; none of a leaf,
    /// which is never changed.
    pub(super) fn inner_mut(link: &mut Link<V>) -> Option<&mut Inner<V>> {
        if matches!(link.body, Body::Leaf(_)) {
            return None;
        }
        let node = Arc::make_mut(link);
        node.stamp = None;
        match &mut node.body {
            Body::Leaf(_) => None,
            Body::Inner(inner) => Some(inner),
        }
    }

    /// How a node's hash begins, and its place in a proof too.
    pub(super) fn prefix(&self, version: u64) -> Vec<u8> {
        let mut prefix = Vec::with_capacity(128);
        for number in [u64::from(self.height()), self.size(), version] {
            // A signed varint (zigzag) of a number that is never negative.
            encode_varint(number << 1, &mut prefix);
        }
        prefix
    }
}

/// Gives all nodes from here on that have none their version and hash.
pub(super) fn save(link: &mut Link<Arc<[u8]>>, version: u64) -> Root {
    if let Some(stamp) = &link.stamp {
        return stamp.hash;
    }
    let node = Arc::make_mut(link);
    let mut preimage = node.prefix(version);
    match &mut node.body {
        Body::Leaf(value) => {
            encode_varint(node.key.len() as u64, &mut preimage);
            preimage.extend_from_slice(&node.key);
            push_hash(&mut preimage, &Sha256::digest(value).into());
        }
        Body::Inner(inner) => {
            push_hash(&mut preimage, &save(&mut inner.left, version));
            push_hash(&mut preimage, &save(&mut inner.right, version));
        }
    }
    let hash = Sha256::digest(&preimage).into();
    node.stamp = Some(Stamp { version, hash });
    hash
}

pub(super) fn push_hash(bytes: &mut Vec<u8>, hash: &Root) {
    bytes.push(HASH_LENGTH);
    bytes.extend_from_slice(hash);
}
