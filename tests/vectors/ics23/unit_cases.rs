//! The 57 unit cases. They are of functions that the `ics23` crate keeps to itself, so that each is run through the
//! narrowest public call that leads to it.

use base64::{Engine, engine::general_purpose::STANDARD};
use ics23::{
    CommitmentProof, ExistenceProof, HostFunctionsManager, InnerOp, InnerSpec, LeafOp, NonExistenceProof, ProofSpec,
    calculate_existence_root, commitment_proof::Proof,
};
use light_client::membership::PROOF_DEPTH_MAX;
use serde_json::Value;

use crate::{json, vectors};

fn bytes(value: &Value) -> Vec<u8> {
    value.as_str().map(|text| STANDARD.decode(text).unwrap()).unwrap_or_default()
}

fn integer(value: &Value) -> i32 {
    value.as_i64().unwrap_or_default().try_into().unwrap()
}

fn leaf_op(value: &Value) -> LeafOp {
    LeafOp {
        hash: integer(&value["hash"]),
        prehash_key: integer(&value["prehash_key"]),
        prehash_value: integer(&value["prehash_value"]),
        length: integer(&value["length"]),
        prefix: bytes(&value["prefix"]),
    }
}

fn inner_op(value: &Value) -> InnerOp {
    InnerOp { hash: integer(&value["hash"]), prefix: bytes(&value["prefix"]), suffix: bytes(&value["suffix"]) }
}

fn existence_proof(value: &Value) -> ExistenceProof {
    ExistenceProof {
        key: bytes(&value["key"]),
        value: bytes(&value["value"]),
        leaf: value.get("leaf").filter(|leaf| !leaf.is_null()).map(leaf_op),
        path: value["path"].as_array().into_iter().flatten().map(inner_op).collect(),
    }
}

fn proof_spec(value: &Value) -> ProofSpec {
    let inner = |spec: &Value| InnerSpec {
        child_order: spec["child_order"].as_array().into_iter().flatten().map(integer).collect(),
        child_size: integer(&spec["child_size"]),
        min_prefix_length: integer(&spec["min_prefix_length"]),
        max_prefix_length: integer(&spec["max_prefix_length"]),
        empty_child: bytes(&spec["empty_child"]),
        hash: integer(&spec["hash"]),
    };
    ProofSpec {
        leaf_spec: value.get("leaf_spec").map(leaf_op),
        inner_spec: value.get("inner_spec").map(inner),
        max_depth: integer(&value["max_depth"]),
        min_depth: integer(&value["min_depth"]),
        prehash_key_before_comparison: value["prehash_key_before_comparison"].as_bool().unwrap_or_default(),
    }
}

/// The unit cases of a file with their names; `count` is how many the file is known to have.
fn unit_cases(file: &str, count: usize) -> Vec<(String, Value)> {
    let Some(folder) = vectors("ics23") else { return vec![] };
    let cases: Vec<(String, Value)> = match json(&folder.join(file)) {
        Value::Object(cases) => cases.into_iter().collect(),
        Value::Array(cases) => cases.into_iter().enumerate().map(|(i, case)| (i.to_string(), case)).collect(),
        other => panic!("{file} holds {other}"),
    };
    assert_eq!(cases.len(), count, "{file}");
    cases
}

/// The root of a proof of one leaf and the steps above it.
fn root_of(key: Vec<u8>, value: Vec<u8>, leaf: LeafOp, path: Vec<InnerOp>) -> Option<Vec<u8>> {
    let proof = ExistenceProof { key, value, leaf: Some(leaf), path };
    calculate_existence_root::<HostFunctionsManager>(&proof).ok()
}

/// Does the crate take a proof by this spec, under the root that the proof itself leads to?
fn is_taken(proof: &ExistenceProof, spec: &ProofSpec) -> bool {
    let Ok(root) = calculate_existence_root::<HostFunctionsManager>(proof) else { return false };
    let (key, value) = (proof.key.clone(), proof.value.clone());
    let proof = CommitmentProof { proof: Some(Proof::Exist(proof.clone())) };
    ics23::verify_membership::<HostFunctionsManager>(&proof, spec, &root, &key, &value)
}

#[test]
fn unit_cases_of_specs() {
    for (name, case) in unit_cases("TestCheckAgainstSpecData.json", 11) {
        let proof = existence_proof(&case["Proof"]);
        // The depth without a limit in the spec is bounded by our layer, not by the crate.
        let is_accepted = is_taken(&proof, &proof_spec(&case["Spec"])) && proof.path.len() <= PROOF_DEPTH_MAX;
        assert_eq!(is_accepted, case["Err"] == "", "{name}");
    }
}

#[test]
fn unit_cases_of_leaf_specs() {
    for (name, case) in unit_cases("TestCheckLeafData.json", 10) {
        let leaf = Some(leaf_op(&case["Leaf"]));
        let proof = ExistenceProof { key: b"key".to_vec(), value: b"value".to_vec(), leaf, path: vec![] };
        let spec = ProofSpec {
            leaf_spec: Some(leaf_op(&case["Spec"])),
            inner_spec: Some(InnerSpec::default()),
            ..Default::default()
        };
        assert_eq!(is_taken(&proof, &spec), case["IsErr"] == false, "{name}");
    }
}

#[test]
fn unit_cases_of_leaves() {
    for (name, case) in unit_cases("TestLeafOpData.json", 11) {
        let root = root_of(bytes(&case["Key"]), bytes(&case["Value"]), leaf_op(&case["Op"]), vec![]);
        let expected = (case["IsErr"] == false).then(|| bytes(&case["Expected"]));
        assert_eq!(root, expected, "{name}");
    }
}

#[test]
fn unit_cases_of_hashes() {
    for (name, case) in unit_cases("TestDoHashData.json", 7) {
        // One case of the file spells its field in another way.
        let preimage = case.get("Preimage").or(case.get("PreImage")).unwrap().as_str().unwrap().as_bytes();
        let (key, value) = preimage.split_at(1);
        let leaf = LeafOp { hash: integer(&case["HashOp"]), ..Default::default() };
        let root = root_of(key.to_vec(), value.to_vec(), leaf, vec![]).unwrap();
        assert_eq!(hex::encode(root), case["ExpectedHash"].as_str().unwrap(), "{name}");
    }
}

#[test]
fn unit_cases_of_inner_nodes() {
    for (name, case) in unit_cases("TestInnerOpData.json", 4) {
        let child = bytes(&case["Child"]);
        let (key, value) = child.split_at(child.len().min(1));
        let root = root_of(key.to_vec(), value.to_vec(), LeafOp::default(), vec![inner_op(&case["Op"])]);
        let expected = (case["IsErr"] == false).then(|| bytes(&case["Expected"]));
        assert_eq!(root, expected, "{name}");
    }
}

#[test]
fn unit_cases_of_existence_proofs() {
    for (name, case) in unit_cases("TestExistenceProofData.json", 6) {
        let root = calculate_existence_root::<HostFunctionsManager>(&existence_proof(&case["Proof"])).ok();
        let expected = (case["IsErr"] == false).then(|| bytes(&case["Expected"]));
        assert_eq!(root, expected, "{name}");
    }
}

#[test]
fn unit_cases_of_empty_branches() {
    for (name, case) in unit_cases("TestEmptyBranchData.json", 8) {
        let (op, spec) = (inner_op(&case["Op"]), proof_spec(&case["Spec"]));
        let (is_left_child, is_right_child) = (op.prefix.len() == 1, op.suffix.is_empty());
        let neighbour =
            ExistenceProof { key: b"m".to_vec(), value: b"v".to_vec(), leaf: spec.leaf_spec.clone(), path: vec![op] };
        let root = calculate_existence_root::<HostFunctionsManager>(&neighbour).unwrap();
        let is_absent = |key: &[u8], left, right| {
            let absence = NonExistenceProof { key: key.to_vec(), left, right };
            let proof = CommitmentProof { proof: Some(Proof::Nonexist(absence)) };
            ics23::verify_non_membership::<HostFunctionsManager>(&proof, &spec, &root, key)
        };
        // Nothing stands left of a left child, nor left of a right child whose sibling is a placeholder.
        let is_left_most = is_absent(b"a", None, Some(neighbour.clone()));
        assert_eq!(is_left_most, is_left_child || case["IsLeft"] == true, "{name}: left");
        let is_right_most = is_absent(b"z", Some(neighbour.clone()), None);
        assert_eq!(is_right_most, is_right_child || case["IsRight"] == true, "{name}: right");
    }
}
