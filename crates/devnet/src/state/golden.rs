//! The same writes give the same roots and the same proofs as iavl v1.2.2 and cosmossdk.io/store v1.1.2 gave in Go.
//! How the files were made stands in them.

use std::collections::BTreeMap;

use proto::Message;
use serde::Deserialize;

use super::MultiStore;
use super::tree::Tree;

#[derive(Deserialize)]
struct TreeFile {
    versions: Vec<TreeVersion>,
}

#[derive(Deserialize)]
struct TreeVersion {
    version: u64,
    root: String,
    size: u64,
    height: u8,
    writes: Vec<TreeWrite>,
}

#[derive(Deserialize)]
struct TreeWrite {
    key: String,
    value: Option<String>,
}

#[derive(Deserialize)]
struct StoreFile {
    stores: Vec<String>,
    versions: Vec<StoreVersion>,
    proofs: Vec<StoreProof>,
}

#[derive(Deserialize)]
struct StoreVersion {
    version: u64,
    writes: Vec<StoreWrite>,
    roots: BTreeMap<String, String>,
    app_hash: String,
}

#[derive(Deserialize)]
struct StoreWrite {
    store: String,
    key: String,
    value: Option<String>,
}

#[derive(Deserialize)]
struct StoreProof {
    store: String,
    version: u64,
    key: String,
    ops: [String; 2],
}

const STORES: [&str; 5] = ["bank", "empty", "ibc", "single", "transfer"];

fn bytes(hex: &str) -> Vec<u8> {
    hex::decode(hex).unwrap()
}

fn name(store: &str) -> &'static str {
    STORES.into_iter().find(|name| *name == store).unwrap()
}

/// The state of each version.
fn replay(file: &StoreFile) -> BTreeMap<u64, MultiStore> {
    let mut state = MultiStore::new(&STORES);
    let mut history = BTreeMap::new();
    for version in &file.versions {
        for write in &version.writes {
            match &write.value {
                Some(value) => state.set(name(&write.store), &bytes(&write.key), bytes(value).into()),
                None => {
                    state.remove(name(&write.store), &bytes(&write.key));
                }
            }
        }
        assert_eq!(hex::encode(state.save(version.version)), version.app_hash, "version {}", version.version);
        history.insert(version.version, state.clone());
    }
    history
}

fn stores() -> StoreFile {
    serde_json::from_str(include_str!("golden/multistore.json")).unwrap()
}

#[test]
fn the_tree_has_the_roots_of_iavl() {
    let file: TreeFile = serde_json::from_str(include_str!("golden/iavl.json")).unwrap();
    assert!(file.versions.iter().map(|version| version.writes.len()).sum::<usize>() > 500);
    let mut tree = Tree::default();
    for version in &file.versions {
        for write in &version.writes {
            match &write.value {
                Some(value) => tree.insert(&bytes(&write.key), bytes(value).into()),
                None => tree.remove(&bytes(&write.key)),
            }
        }
        tree.save(version.version);
        let height = tree.root.as_ref().map_or(0, |root| root.height());
        let got = (hex::encode(tree.root()), tree.size(), height);
        assert_eq!(got, (version.root.clone(), version.size, version.height), "version {}", version.version);
    }
}

#[test]
fn the_multistore_has_the_app_hashes_of_the_sdk() {
    let file = stores();
    assert_eq!(file.stores, STORES);
    let history = replay(&file);
    for version in &file.versions {
        for (store, root) in history[&version.version].roots() {
            assert_eq!(hex::encode(root), version.roots[store], "{store} of version {}", version.version);
        }
    }
}

#[test]
fn proofs_have_the_bytes_that_the_sdk_answers() {
    let file = stores();
    let history = replay(&file);
    assert!(file.proofs.len() > 50);
    for golden in &file.proofs {
        let proof = history[&golden.version].prove(&golden.store, &bytes(&golden.key)).unwrap();
        let ops = proof.map(|part| hex::encode(part.encode_to_vec()));
        assert_eq!(ops, golden.ops, "{} {} of version {}", golden.store, golden.key, golden.version);
    }
}
