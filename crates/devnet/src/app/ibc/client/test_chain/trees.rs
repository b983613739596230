//! For tests: stores of one or two values, with their proofs. Trees of iavl's and the multistore's shape, made by hand.

use ics23::HostFunctionsManager;
use proto::Message;
use proto::ibc::core::commitment::v1::MerkleProof;
use proto::ics23::commitment_proof::Proof;
use proto::ics23::{CommitmentProof, ExistenceProof, HashOp, InnerOp, LeafOp, LengthOp, NonExistenceProof};

/// A proof with the app hash that it leads to.
pub(crate) struct Proven {
    pub(crate) app_hash: Vec<u8>,
    pub(crate) proof: Vec<u8>,
}

/// A store that holds one value.
pub(crate) fn one(store: &str, key: &[u8], value: &[u8]) -> Proven {
    let leaf = iavl_leaf(key, value);
    let root = root_of(&leaf);
    under_multistore(store, Proof::Exist(leaf), root)
}

/// A store that holds two values, in the order of their keys.
pub(crate) fn two(store: &str, left: (&[u8], &[u8]), right: (&[u8], &[u8])) -> [Proven; 2] {
    let [mut left, mut right] = [left, right].map(|(key, value)| iavl_leaf(key, value));
    let (left_hash, right_hash) = (root_of(&left), root_of(&right));
    // Height 1, size 2, version 3, as zigzag varints.
    let begin = vec![2, 4, 6, 32];
    left.path = vec![inner(begin.clone(), [vec![32], right_hash].concat())];
    right.path = vec![inner([begin, left_hash, vec![32]].concat(), vec![])];
    [left, right].map(|existence| {
        let root = root_of(&existence);
        under_multistore(store, Proof::Exist(existence), root)
    })
}

/// A store that holds one value, under a key before the one that is absent.
pub(crate) fn absent(store: &str, key: &[u8], before: &[u8]) -> Proven {
    let left = iavl_leaf(before, b"value");
    let root = root_of(&left);
    let absence = NonExistenceProof { key: key.to_vec(), left: Some(left), right: None };
    under_multistore(store, Proof::Nonexist(absence), root)
}

fn under_multistore(store: &str, lower: Proof, store_root: Vec<u8>) -> Proven {
    let upper = ExistenceProof {
        key: store.as_bytes().to_vec(),
        value: store_root,
        leaf: Some(leaf(&[0])),
        path: vec![inner([vec![1], vec![7; 32]].concat(), vec![])],
    };
    let app_hash = root_of(&upper);
    let proofs = [lower, Proof::Exist(upper)].map(|proof| CommitmentProof { proof: Some(proof) });
    Proven { app_hash, proof: MerkleProof { proofs: proofs.to_vec() }.encode_to_vec() }
}

fn iavl_leaf(key: &[u8], value: &[u8]) -> ExistenceProof {
    // Height 0, size 1, version 3.
    ExistenceProof { key: key.to_vec(), value: value.to_vec(), leaf: Some(leaf(&[0, 2, 6])), path: vec![] }
}

fn leaf(prefix: &[u8]) -> LeafOp {
    LeafOp {
        hash: HashOp::Sha256.into(),
        prehash_key: HashOp::NoHash.into(),
        prehash_value: HashOp::Sha256.into(),
        length: LengthOp::VarProto.into(),
        prefix: prefix.to_vec(),
    }
}

fn inner(prefix: Vec<u8>, suffix: Vec<u8>) -> InnerOp {
    InnerOp { hash: HashOp::Sha256.into(), prefix, suffix }
}

fn root_of(proof: &ExistenceProof) -> Vec<u8> {
    ics23::calculate_existence_root::<HostFunctionsManager>(proof).unwrap()
}
