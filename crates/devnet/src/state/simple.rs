//! The simple Merkle tree over the roots of all stores, sorted by name: its root is the app hash.
//!
//! RFC 6962, with leaves as cosmossdk.io/store `internal/maps` makes them, and proofs as its `internal/proofs` does.

use std::collections::BTreeMap;

use prost::encoding::encode_varint;
use proto::ics23::commitment_proof::Proof;
use proto::ics23::{CommitmentProof, ExistenceProof, HashOp, InnerOp, LeafOp, LengthOp};
use sha2::{Digest, Sha256};

use super::Root;
use super::node::push_hash;

const LEAF_PREFIX: u8 = 0;
const INNER_PREFIX: u8 = 1;

/// `CommitInfo.Hash`; of no stores, the hash of nothing.
pub(super) fn root(stores: &BTreeMap<&'static str, Root>) -> Root {
    root_of(&leaves(stores))
}

/// That a store has its root; none where there is no such store.
pub(super) fn prove(stores: &BTreeMap<&'static str, Root>, name: &str) -> Option<CommitmentProof> {
    let value = stores.get(name)?.to_vec();
    let index = stores.keys().position(|store| *store == name)?;
    let mut path = Vec::new();
    push_path(&leaves(stores), index, &mut path);
    let leaf = LeafOp {
        hash: HashOp::Sha256.into(),
        prehash_key: HashOp::NoHash.into(),
        prehash_value: HashOp::Sha256.into(),
        length: LengthOp::VarProto.into(),
        prefix: vec![LEAF_PREFIX],
    };
    let existence = ExistenceProof { key: name.as_bytes().to_vec(), value, leaf: Some(leaf), path };
    Some(CommitmentProof { proof: Some(Proof::Exist(existence)) })
}

fn leaves(stores: &BTreeMap<&'static str, Root>) -> Vec<Root> {
    stores.iter().map(|(name, root)| leaf(name, root)).collect()
}

/// Name and hash of the value, which is a hash itself, each with its length before it (`KVPair.Bytes`).
fn leaf(name: &str, value: &Root) -> Root {
    let mut preimage = vec![LEAF_PREFIX];
    encode_varint(name.len() as u64, &mut preimage);
    preimage.extend_from_slice(name.as_bytes());
    push_hash(&mut preimage, &Sha256::digest(value).into());
    Sha256::digest(&preimage).into()
}

fn root_of(leaves: &[Root]) -> Root {
    match leaves {
        [] => Sha256::digest([]).into(),
        [leaf] => *leaf,
        _ => {
            let (left, right) = leaves.split_at(split_point(leaves.len()));
            let hash = Sha256::new().chain_update([INNER_PREFIX]).chain_update(root_of(left));
            hash.chain_update(root_of(right)).finalize().into()
        }
    }
}

/// The way from a leaf up.
fn push_path(leaves: &[Root], index: usize, path: &mut Vec<InnerOp>) {
    if leaves.len() < 2 {
        return;
    }
    let split = split_point(leaves.len());
    let (left, right) = leaves.split_at(split);
    let mut prefix = vec![INNER_PREFIX];
    let mut suffix = Vec::new();
    if index < split {
        push_path(left, index, path);
        suffix.extend_from_slice(&root_of(right));
    } else {
        push_path(right, index - split, path);
        prefix.extend_from_slice(&root_of(left));
    }
    path.push(InnerOp { hash: HashOp::Sha256.into(), prefix, suffix });
}

/// The greatest power of two that is smaller than this length of 2 or more.
fn split_point(length: usize) -> usize {
    length.next_power_of_two() / 2
}
