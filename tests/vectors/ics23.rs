//! The ICS-23 vectors of cosmos/ics23: 18 proofs and 57 unit cases.
//!
//! Iavl proofs run through our membership check, put under an app hash by an upper part that is made here; so do the
//! mutations. Simple Merkle proofs stand in the vectors without a store below them, and smt is not a tree that we
//! know: these run through the `ics23` crate by the calls that we make.

use std::path::Path;

use ics23::{
    CommitmentProof, ExistenceProof, HostFunctionsManager, ProofSpec, calculate_existence_root, commitment_proof::Proof,
};
use light_client::{ProofError, Root, membership::known_proof_specs, verify_membership, verify_non_membership};
use proto::{Message, ibc::core::commitment::v1::MerkleProof};
use serde_json::Value;

use crate::{json_files, vectors};

mod unit_cases;

const STORE: &[u8] = b"ibc";

/// A proof with what it proves; an empty value stands for absence.
#[derive(Clone)]
struct Case {
    file: String,
    proof: Vec<u8>,
    key: Vec<u8>,
    value: Vec<u8>,
    root: Vec<u8>,
}

fn cases(folder: &Path) -> Vec<Case> {
    let bytes = |value: &Value| hex::decode(value.as_str().unwrap()).unwrap();
    let read = |(file, vector): (String, Value)| Case {
        file,
        proof: bytes(&vector["proof"]),
        key: bytes(&vector["key"]),
        value: bytes(&vector["value"]),
        root: bytes(&vector["root"]),
    };
    let cases: Vec<Case> = json_files(folder).into_iter().map(read).collect();
    assert_eq!(cases.len(), 6, "{}", folder.display());
    cases
}

/// Does the crate accept the case by this spec?
fn is_proven(case: &Case, spec: &ProofSpec) -> bool {
    let proof = CommitmentProof::decode(case.proof.as_slice()).unwrap();
    if case.value.is_empty() {
        ics23::verify_non_membership::<HostFunctionsManager>(&proof, spec, &case.root, &case.key)
    } else {
        ics23::verify_membership::<HostFunctionsManager>(&proof, spec, &case.root, &case.key, &case.value)
    }
}

/// A store of this root as the only one of its chain; gives the app hash and the upper part.
fn only_store(store_root: &[u8]) -> (Root, CommitmentProof) {
    let [_, simple] = known_proof_specs();
    let upper =
        ExistenceProof { key: STORE.to_vec(), value: store_root.to_vec(), leaf: simple.leaf_spec, path: vec![] };
    let root = calculate_existence_root::<HostFunctionsManager>(&upper).unwrap();
    (Root(root), CommitmentProof { proof: Some(Proof::Exist(upper)) })
}

/// Runs the case through our check, as the lower part of a chain's proof.
fn check(case: &Case) -> Result<(), ProofError> {
    let (root, upper) = only_store(&case.root);
    let lower = CommitmentProof::decode(case.proof.as_slice()).unwrap_or_default();
    check_chained(&root, MerkleProof { proofs: vec![lower, upper] }, case)
}

fn check_chained(root: &Root, proof: MerkleProof, case: &Case) -> Result<(), ProofError> {
    if case.value.is_empty() {
        verify_non_membership(root, &proof, [STORE, &case.key])
    } else {
        verify_membership(root, &proof, [STORE, &case.key], &case.value)
    }
}

#[test]
fn all_proofs_are_accepted_by_the_spec_of_their_tree_and_no_other() {
    let Some(folder) = vectors("ics23") else { return };
    let specs = [("iavl", ics23::iavl_spec()), ("smt", ics23::smt_spec()), ("tendermint", ics23::tendermint_spec())];
    for (tree, _) in &specs {
        for case in cases(&folder.join(tree)) {
            for (name, spec) in &specs {
                assert_eq!(is_proven(&case, spec), tree == name, "{tree}/{} by the spec of {name}", case.file);
            }
        }
    }
}

#[test]
fn iavl_proofs_are_accepted_under_an_app_hash() {
    let Some(folder) = vectors("ics23/iavl") else { return };
    for case in cases(&folder) {
        assert_eq!(check(&case), Ok(()), "{}", case.file);
    }
}

#[test]
fn proofs_of_other_trees_are_refused_under_an_app_hash() {
    let Some(folder) = vectors("ics23") else { return };
    for tree in ["smt", "tendermint"] {
        for case in cases(&folder.join(tree)) {
            assert!(check(&case).is_err(), "{tree}/{}", case.file);
        }
    }
}

#[test]
fn simple_merkle_nodes_of_others_have_the_structure_that_we_ask_for() {
    let Some(folder) = vectors("ics23") else { return };
    let iavl = cases(&folder.join("iavl")).into_iter().find(|case| !case.value.is_empty()).unwrap();
    for case in cases(&folder.join("tendermint")).into_iter().filter(|case| !case.value.is_empty()) {
        let proofs = [&iavl.proof, &case.proof].map(|bytes| CommitmentProof::decode(bytes.as_slice()).unwrap());
        let proof = MerkleProof { proofs: proofs.to_vec() };
        // It is not a proof of that store, and that is all that is wrong with it.
        let error = check_chained(&Root(case.root), proof, &iavl).unwrap_err();
        assert_eq!(error, ProofError::NotProven { part: 1 }, "{}", case.file);
    }
}

#[test]
fn existence_is_never_taken_for_absence_nor_absence_for_existence() {
    let Some(folder) = vectors("ics23/iavl") else { return };
    for mut case in cases(&folder) {
        case.value = if case.value.is_empty() { b"value".to_vec() } else { vec![] };
        assert!(matches!(check(&case), Err(ProofError::Kind { part: 0, .. })), "{}", case.file);
    }
}

#[test]
fn every_byte_of_a_proof_its_key_value_and_root_matters() {
    let Some(folder) = vectors("ics23/iavl") else { return };
    for case in cases(&folder) {
        type Part = fn(&mut Case) -> &mut Vec<u8>;
        let parts: [(&str, Part); 4] = [
            ("proof", |case| &mut case.proof),
            ("key", |case| &mut case.key),
            ("value", |case| &mut case.value),
            ("root", |case| &mut case.root),
        ];
        for (name, part) in parts {
            for index in 0..part(&mut case.clone()).len() {
                for mask in [0x01, 0x80, 0xff] {
                    let mut mutated = case.clone();
                    part(&mut mutated)[index] ^= mask;
                    assert!(check(&mutated).is_err(), "{}: {name}, byte {index}, mask {mask:#x}", case.file);
                }
            }
        }
    }
}
