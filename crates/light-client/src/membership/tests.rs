//! Chained proofs over small trees made here; other people's proofs stand in the workspace's vectors.

use ics23::{BatchProof, HashOp, InnerOp, LeafOp, LengthOp};

use super::*;

const STORE: &[u8] = b"ibc";

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

fn iavl_leaf(key: &[u8], value: &[u8]) -> ExistenceProof {
    // Height 0, size 1, version 3, as zigzag varints.
    ExistenceProof { key: key.to_vec(), value: value.to_vec(), leaf: Some(leaf(&[0, 2, 6])), path: vec![] }
}

/// Two leaves under one inner node; gives the proof of each.
fn iavl_pair(left: (&[u8], &[u8]), right: (&[u8], &[u8])) -> [ExistenceProof; 2] {
    let [mut left, mut right] = [left, right].map(|(key, value)| iavl_leaf(key, value));
    let (left_hash, right_hash) = (root_of(&left), root_of(&right));
    // Height 1, size 2, version 3.
    let begin = vec![2, 4, 6, 32];
    left.path = vec![inner(begin.clone(), [vec![32], right_hash].concat())];
    right.path = vec![inner([begin, left_hash, vec![32]].concat(), vec![])];
    [left, right]
}

/// Puts a store's root under the app hash, beside another store.
fn chain(lower: Proof, store_root: Vec<u8>) -> (Root, MerkleProof) {
    let mut upper = ExistenceProof { key: STORE.to_vec(), value: store_root, leaf: Some(leaf(&[0])), path: vec![] };
    upper.path = vec![inner([vec![1], vec![7; 32]].concat(), vec![])];
    let root = Root(root_of(&upper));
    let proofs = [lower, Proof::Exist(upper)].map(|proof| CommitmentProof { proof: Some(proof) });
    (root, MerkleProof { proofs: proofs.to_vec() })
}

fn existing() -> (Root, MerkleProof) {
    let [left, _] = iavl_pair((b"b", b"one"), (b"d", b"two"));
    let store_root = root_of(&left);
    chain(Proof::Exist(left), store_root)
}

fn absent(key: &[u8], left: Option<ExistenceProof>, right: Option<ExistenceProof>) -> (Root, MerkleProof) {
    let store_root = root_of(left.as_ref().or(right.as_ref()).unwrap());
    chain(Proof::Nonexist(NonExistenceProof { key: key.to_vec(), left, right }), store_root)
}

fn lower_of(proof: &mut MerkleProof) -> &mut ExistenceProof {
    match proof.proofs[0].proof.as_mut() {
        Some(Proof::Exist(existence)) => existence,
        _ => panic!("not an existence proof"),
    }
}

#[test]
fn a_value_under_its_key_and_store_is_proven() {
    let (root, proof) = existing();
    assert_eq!(verify_membership(&root, &proof, [STORE, b"b"], b"one"), Ok(()));
}

#[test]
fn another_value_key_store_or_root_is_not() {
    let (root, proof) = existing();
    let not_proven = |part| Err(ProofError::NotProven { part });
    assert_eq!(verify_membership(&root, &proof, [STORE, b"b"], b"two"), not_proven(0));
    assert_eq!(verify_membership(&root, &proof, [STORE, b"d"], b"one"), not_proven(0));
    assert_eq!(verify_membership(&root, &proof, [b"bank", b"b"], b"one"), not_proven(1));
    let other = Root(vec![1; 32]);
    let wrong = ProofError::WrongRoot { expected: other.clone(), got: root };
    assert_eq!(verify_membership(&other, &proof, [STORE, b"b"], b"one"), Err(wrong));
}

#[test]
fn empty_roots_keys_and_values_are_refused() {
    let (root, proof) = existing();
    let of = |root: &Root, path, value| verify_membership(root, &proof, path, value);
    assert_eq!(of(&Root(vec![]), [STORE, b"b"], b"one"), Err(ProofError::EmptyRoot));
    assert_eq!(of(&root, [STORE, b""], b"one"), Err(ProofError::EmptyKey));
    assert_eq!(of(&root, [b"", b"b"], b"one"), Err(ProofError::EmptyKey));
    assert_eq!(of(&root, [STORE, b"b"], b""), Err(ProofError::EmptyValue));
}

#[test]
fn a_key_between_before_and_after_its_neighbours_is_proven_absent() {
    let [left, right] = iavl_pair((b"b", b"one"), (b"d", b"two"));
    let (root, proof) = absent(b"c", Some(left.clone()), Some(right.clone()));
    assert_eq!(verify_non_membership(&root, &proof, [STORE, b"c"]), Ok(()));
    let (root, proof) = absent(b"a", None, Some(left));
    assert_eq!(verify_non_membership(&root, &proof, [STORE, b"a"]), Ok(()));
    let (root, proof) = absent(b"e", Some(right), None);
    assert_eq!(verify_non_membership(&root, &proof, [STORE, b"e"]), Ok(()));
}

#[test]
fn neighbours_that_are_none_prove_no_absence() {
    let [left, right] = iavl_pair((b"b", b"one"), (b"d", b"two"));
    // The left-most leaf says nothing of what stands right of it, nor the right-most of what stands left.
    let (root, proof) = absent(b"d", Some(left.clone()), None);
    assert_eq!(verify_non_membership(&root, &proof, [STORE, b"d"]), Err(ProofError::NotProven { part: 0 }));
    let (root, proof) = absent(b"b", None, Some(right.clone()));
    assert_eq!(verify_non_membership(&root, &proof, [STORE, b"b"]), Err(ProofError::NotProven { part: 0 }));
    // Keys that exist are not between their neighbours.
    let (root, proof) = absent(b"b", Some(left), Some(right));
    assert_eq!(verify_non_membership(&root, &proof, [STORE, b"b"]), Err(ProofError::NotProven { part: 0 }));
}

#[test]
fn neighbours_that_never_part_are_refused_without_a_panic() {
    let [left, right] = iavl_pair((b"b", b"one"), (b"d", b"two"));
    let mut shallow = (left.clone(), right.clone());
    (shallow.0.path, shallow.1.path) = (vec![], vec![]);
    let mut same = left.clone();
    same.path.clone_from(&right.path);
    for (left, right) in [shallow, (same, right), (left.clone(), left)] {
        let (root, proof) = absent(b"c", Some(left), Some(right));
        let error = verify_non_membership(&root, &proof, [STORE, b"c"]).unwrap_err();
        assert!(matches!(error, ProofError::Structure { part: 0, .. }), "{error}");
    }
}

#[test]
fn an_absence_proof_names_its_key_and_a_neighbour() {
    let [left, right] = iavl_pair((b"b", b"one"), (b"d", b"two"));
    let (root, proof) = absent(b"cc", Some(left), Some(right));
    let error = verify_non_membership(&root, &proof, [STORE, b"c"]).unwrap_err();
    assert_eq!(error, ProofError::Structure { part: 0, reason: "it is about another key" });
    let lonely = Proof::Nonexist(NonExistenceProof { key: b"c".to_vec(), left: None, right: None });
    let (root, proof) = chain(lonely, vec![1; 32]);
    let error = verify_non_membership(&root, &proof, [STORE, b"c"]).unwrap_err();
    assert_eq!(error, ProofError::Structure { part: 0, reason: "it has neither neighbour" });
}

#[test]
fn existence_is_no_absence_and_the_reverse() {
    let (root, proof) = existing();
    let error = verify_non_membership(&root, &proof, [STORE, b"b"]).unwrap_err();
    assert_eq!(error, ProofError::Kind { part: 0, expected: "absence" });
    let [left, right] = iavl_pair((b"b", b"one"), (b"d", b"two"));
    let (root, proof) = absent(b"c", Some(left), Some(right));
    let error = verify_membership(&root, &proof, [STORE, b"b"], b"one").unwrap_err();
    assert_eq!(error, ProofError::Kind { part: 0, expected: "existence" });
}

#[test]
fn batches_empty_parts_and_other_numbers_of_parts_are_refused() {
    let (root, proof) = existing();
    for odd in [None, Some(Proof::Batch(BatchProof { entries: vec![] }))] {
        let mut proof = proof.clone();
        proof.proofs[1].proof = odd;
        let error = verify_membership(&root, &proof, [STORE, b"b"], b"one").unwrap_err();
        assert_eq!(error, ProofError::Kind { part: 1, expected: "existence" });
    }
    for parts in [0, 1, 3] {
        let mut proof = proof.clone();
        proof.proofs.resize(parts, CommitmentProof { proof: None });
        let error = verify_membership(&root, &proof, [STORE, b"b"], b"one").unwrap_err();
        assert_eq!(error, ProofError::Parts(parts));
    }
}

#[test]
fn a_proof_is_bounded_in_depth_and_bytes() {
    let (root, mut proof) = existing();
    let step = lower_of(&mut proof).path[0].clone();
    lower_of(&mut proof).path = vec![step; PROOF_DEPTH_MAX + 1];
    let error = verify_membership(&root, &proof, [STORE, b"b"], b"one").unwrap_err();
    assert_eq!(error, ProofError::TooDeep { part: 0, depth: PROOF_DEPTH_MAX + 1 });
    lower_of(&mut proof).value = vec![0; PROOF_BYTES_MAX];
    let error = verify_membership(&root, &proof, [STORE, b"b"], b"one").unwrap_err();
    assert!(matches!(error, ProofError::TooLarge(_)));
}

#[test]
fn forged_nodes_are_refused_even_when_all_hashes_fit() {
    type Forge = fn(&mut ExistenceProof);
    let forgeries: [(Forge, &str); 9] = [
        (|proof| proof.leaf = None, "it has no leaf"),
        (|proof| proof.leaf = Some(leaf(&[2, 2, 6])), "a leaf does not begin as one"),
        (|proof| proof.leaf = Some(leaf(&[0, 4, 6])), "a leaf does not begin as one"),
        (|proof| proof.leaf = Some(leaf(&[0, 2, 6, 1])), "a leaf does not begin as one"),
        (|proof| proof.leaf = Some(leaf(&[0, 2])), "a node begins without its numbers"),
        (|proof| proof.leaf = Some(leaf(&[0, 2, 7])), "a number of a node is negative"),
        (|proof| proof.path[0].prefix[0] = 0, "an inner node is lower than its place"),
        (|proof| proof.path[0].suffix.clear(), "an inner node has not exactly one sibling"),
        (
            |proof| proof.path[0].prefix = [vec![2, 4, 6, 32], vec![5; 32], vec![32]].concat(),
            "an inner node has not exactly one sibling",
        ),
    ];
    for (forge, reason) in forgeries {
        let [mut forged, _] = iavl_pair((b"b", b"one"), (b"d", b"two"));
        forge(&mut forged);
        let store_root = if forged.leaf.is_some() { root_of(&forged) } else { vec![1; 32] };
        let (root, proof) = chain(Proof::Exist(forged), store_root);
        let error = verify_membership(&root, &proof, [STORE, b"b"], b"one").unwrap_err();
        assert_eq!(error, ProofError::Structure { part: 0, reason });
    }
}

#[test]
fn forged_nodes_above_the_stores_are_refused_even_when_all_hashes_fit() {
    for (prefix, suffix) in [(vec![2], vec![7; 32]), (vec![], vec![7; 32])] {
        upper_is_refused(prefix, suffix, "an inner node does not begin as one");
    }
    for (prefix, suffix) in
        [(vec![1], vec![]), (vec![1], vec![7; 64]), (vec![1; 33], vec![7; 32]), (vec![1; 20], vec![])]
    {
        upper_is_refused(prefix, suffix, "an inner node has not exactly one sibling");
    }
}

#[track_caller]
fn upper_is_refused(prefix: Vec<u8>, suffix: Vec<u8>, reason: &'static str) {
    let (_, mut proof) = existing();
    let Some(Proof::Exist(upper)) = proof.proofs[1].proof.as_mut() else { panic!("not an existence proof") };
    upper.path = vec![inner(prefix, suffix)];
    let root = Root(root_of(upper));
    let error = verify_membership(&root, &proof, [STORE, b"b"], b"one").unwrap_err();
    assert_eq!(error, ProofError::Structure { part: 1, reason });
}

#[test]
fn only_the_two_specs_of_an_sdk_chain_are_known() {
    assert!(is_known_proof_specs(&known_proof_specs()));
    let [iavl, simple] = known_proof_specs();
    assert!(!is_known_proof_specs(&[simple.clone(), iavl.clone()]));
    assert!(!is_known_proof_specs(core::slice::from_ref(&iavl)));
    assert!(!is_known_proof_specs(&[ics23::smt_spec(), simple.clone()]));
    let mut shallow = iavl;
    shallow.max_depth = 3;
    assert!(!is_known_proof_specs(&[shallow, simple]));
}

#[test]
fn a_root_is_written_as_hex() {
    let root = Root(vec![0xab, 0x01]);
    assert_eq!(root.to_string(), "AB01");
    assert_eq!(serde_json::to_string(&root).unwrap(), "\"ab01\"");
    assert_eq!(serde_json::from_str::<Root>("\"ab01\"").unwrap(), root);
}
