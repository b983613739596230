//! What a tree's proofs are made of (ICS-23; iavl `proof_ics23.go`).

use std::sync::Arc;

use proto::ics23::commitment_proof::Proof;
use proto::ics23::{CommitmentProof, ExistenceProof, HashOp, InnerOp, LeafOp, LengthOp, NonExistenceProof};

use super::node::{Body, HASH_LENGTH, Inner, Link, push_hash};
use super::tree::Tree;

impl Tree<Arc<[u8]>> {
    /// That the key is there, or that it is not; none of a tree with nodes that were not saved.
    pub(super) fn prove(&self, key: &[u8]) -> Option<CommitmentProof> {
        let proof = match self.get(key) {
            Some(_) => Proof::Exist(self.existence(key)?),
            None => Proof::Nonexist(self.absence(key)?),
        };
        Some(CommitmentProof { proof: Some(proof) })
    }

    /// The neighbours on both sides, as far as there are any (`GetNonMembershipProof`).
    fn absence(&self, key: &[u8]) -> Option<NonExistenceProof> {
        let left = match self.key_before(key) {
            Some(left) => Some(self.existence(left)?),
            None => None,
        };
        let right = match self.range_from(key).next() {
            Some((right, _)) => Some(self.existence(right)?),
            None => None,
        };
        Some(NonExistenceProof { key: key.to_vec(), left, right })
    }

    /// The way from the leaf up (`createExistenceProof`); none where the key is not, too.
    fn existence(&self, key: &[u8]) -> Option<ExistenceProof> {
        let mut path = Vec::new();
        let mut node = self.root.as_ref()?;
        let value = loop {
            match &node.body {
                Body::Leaf(value) => break value,
                Body::Inner(inner) => {
                    let is_left = *key < *node.key;
                    path.push(inner_op(node, inner, is_left)?);
                    node = if is_left { &inner.left } else { &inner.right };
                }
            }
        };
        if *node.key != *key {
            return None;
        }
        path.reverse();
        let leaf = LeafOp {
            hash: HashOp::Sha256.into(),
            prehash_key: HashOp::NoHash.into(),
            prehash_value: HashOp::Sha256.into(),
            length: LengthOp::VarProto.into(),
            prefix: node.prefix(node.stamp?.version),
        };
        Some(ExistenceProof { key: key.to_vec(), value: value.to_vec(), leaf: Some(leaf), path })
    }
}

/// What stands around the hash of the child that the way goes through.
fn inner_op(node: &Link<Arc<[u8]>>, inner: &Inner<Arc<[u8]>>, is_left: bool) -> Option<InnerOp> {
    let mut prefix = node.prefix(node.stamp?.version);
    let mut suffix = Vec::new();
    if is_left {
        push_hash(&mut suffix, &inner.right.stamp?.hash);
    } else {
        push_hash(&mut prefix, &inner.left.stamp?.hash);
    }
    prefix.push(HASH_LENGTH);
    Some(InnerOp { hash: HashOp::Sha256.into(), prefix, suffix })
}
