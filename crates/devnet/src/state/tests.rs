use std::collections::BTreeMap;
use std::sync::Arc;

use light_client::{verify_membership, verify_non_membership};
use proptest::collection::vec;
use proptest::prelude::*;
use proto::ibc::core::commitment::v1::MerkleProof;
use sha2::{Digest, Sha256};

use super::*;

const STORES: [&str; 4] = ["bank", "empty", "ibc", "transfer"];

#[derive(Clone, Debug)]
enum Write {
    Set(usize, Vec<u8>, Vec<u8>),
    Remove(usize, Vec<u8>),
    Save,
    /// Goes on with a clone, and drops what is written until the next one.
    Fork,
    Back,
}

fn key() -> impl Strategy<Value = Vec<u8>> {
    vec(0_u8..5, 1..4)
}

/// The store `empty` stays so.
fn store() -> impl Strategy<Value = usize> {
    prop_oneof![Just(0_usize), Just(2), Just(3)]
}

fn writes() -> impl Strategy<Value = Vec<Write>> {
    let write = prop_oneof![
        8 => (store(), key(), vec(any::<u8>(), 1..4)).prop_map(|(store, key, value)| Write::Set(store, key, value)),
        4 => (store(), key()).prop_map(|(store, key)| Write::Remove(store, key)),
        1 => Just(Write::Save),
        1 => Just(Write::Fork),
        1 => Just(Write::Back),
    ];
    vec(write, 0..80)
}

type Model = BTreeMap<(usize, Vec<u8>), Vec<u8>>;

/// Runs all, and saves at last. Both must agree on the way.
fn run(writes: &[Write]) -> (MultiStore, Model) {
    let mut now = (MultiStore::new(&STORES), Model::new());
    let mut before = now.clone();
    for (write, version) in writes.iter().zip(1..) {
        match write {
            Write::Set(store, key, value) => {
                now.0.set(STORES[*store], key, value.as_slice().into());
                now.1.insert((*store, key.clone()), value.clone());
            }
            Write::Remove(store, key) => {
                let was_there = now.1.remove(&(*store, key.clone())).is_some();
                assert_eq!(now.0.remove(STORES[*store], key), was_there);
            }
            Write::Save => {
                assert_eq!(now.0.save(version), now.0.app_hash());
            }
            Write::Fork => before = now.clone(),
            Write::Back => now = before.clone(),
        }
    }
    now.0.save(writes.len() as u64 + 1);
    now
}

fn proof(state: &MultiStore, store: &str, key: &[u8]) -> MerkleProof {
    MerkleProof { proofs: state.prove(store, key).unwrap().to_vec() }
}

fn root(state: &MultiStore) -> light_client::Root {
    light_client::Root(state.app_hash().to_vec())
}

fn is_there(state: &MultiStore, store: &str, key: &[u8], value: &[u8]) -> bool {
    verify_membership(&root(state), &proof(state, store, key), [store.as_bytes(), key], value).is_ok()
}

fn is_absent(state: &MultiStore, store: &str, key: &[u8]) -> bool {
    verify_non_membership(&root(state), &proof(state, store, key), [store.as_bytes(), key]).is_ok()
}

proptest! {
    #[test]
    fn a_multistore_holds_what_a_map_holds(writes in writes(), key in key(), prefix in vec(0_u8..5, 0..2)) {
        let (mut state, mut model) = run(&writes);
        // What waits is read like what was saved.
        for state_is_dirty in [false, true] {
            for (number, store) in STORES.into_iter().enumerate() {
                if state_is_dirty {
                    state.set(store, &key, b"new"[..].into());
                    model.insert((number, key.clone()), b"new".to_vec());
                    let first = state.with_prefix(store, &prefix).next();
                    if let Some((other, _)) = first {
                        prop_assert!(state.remove(store, &other));
                        model.remove(&(number, other));
                    }
                }
                let expected = model.get(&(number, key.clone())).map(Vec::as_slice);
                let got = state.get(store, &key);
                prop_assert_eq!(got.as_deref(), expected);
                let found: Vec<_> = state.with_prefix(store, &prefix).map(|(key, value)| (key, value.to_vec())).collect();
                let expected: Vec<_> = model.iter()
                    .filter(|((of, key), _)| *of == number && key.starts_with(&prefix))
                    .map(|((_, key), value)| (key.clone(), value.clone()))
                    .collect();
                prop_assert_eq!(found, expected);
            }
        }
    }

    #[test]
    fn all_that_is_there_proves_and_all_that_is_not_proves_its_absence(writes in writes(), keys in vec(key(), 8)) {
        let (state, model) = run(&writes);
        for ((store, key), value) in &model {
            let name = STORES[*store];
            prop_assert!(is_there(&state, name, key, value));
            prop_assert!(!is_there(&state, name, key, b"other"));
            prop_assert!(!is_absent(&state, name, key));
            let proof = proof(&state, name, key);
            let other_key = [key.as_slice(), &[0]].concat();
            let paths = [[name.as_bytes(), &other_key], [b"bunk", key]];
            for path in paths {
                prop_assert!(verify_membership(&root(&state), &proof, path, value).is_err());
            }
        }
        for store in [0, 2, 3] {
            let is_empty = !model.keys().any(|(of, _)| *of == store);
            for key in keys.iter().filter(|key| !model.contains_key(&(store, key.to_vec()))) {
                let name = STORES[store];
                prop_assert_eq!(is_absent(&state, name, key), !is_empty);
                prop_assert!(!is_there(&state, name, key, b"other"));
                let proof = proof(&state, name, key);
                let other_key = [key.as_slice(), &[0]].concat();
                for path in [[name.as_bytes(), &other_key], [b"bunk", key.as_slice()]] {
                    prop_assert!(verify_non_membership(&root(&state), &proof, path).is_err());
                }
            }
        }
    }

    #[test]
    fn the_same_calls_give_the_same_hash(writes in writes()) {
        prop_assert_eq!(run(&writes).0.app_hash(), run(&writes).0.app_hash());
    }

    #[test]
    fn the_app_hash_tells_what_a_version_left_not_how(entries in vec((key(), any::<u8>()), 1..20)) {
        let (mut forth, mut back) = (MultiStore::new(&STORES), MultiStore::new(&STORES));
        let last: BTreeMap<_, _> = entries.iter().cloned().collect();
        for (key, value) in &entries {
            forth.set("ibc", key, [*value].into());
        }
        for (key, value) in last.iter().rev() {
            back.set("ibc", key, b"gone"[..].into());
            back.remove("ibc", key);
            back.set("ibc", key, [*value].into());
        }
        prop_assert_eq!(forth.save(1), back.save(1));
    }
}

#[test]
fn clones_go_on_by_themselves() {
    let mut state = MultiStore::new(&STORES);
    state.set("ibc", b"key", b"old"[..].into());
    state.set("ibc", b"other", b"old"[..].into());
    let fork = state.clone();
    let saved = state.save(1);
    let old = state.clone();
    state.set("ibc", b"key", b"new"[..].into());
    assert_eq!(state.get("ibc", b"key").as_deref(), Some(&b"new"[..]));
    assert_ne!(state.save(2), saved);
    for mut old in [old, fork] {
        assert_eq!(old.get("ibc", b"key").as_deref(), Some(&b"old"[..]));
        assert_eq!(old.save(1), saved);
        assert!(is_there(&old, "ibc", b"key", b"old"));
    }
}

#[test]
fn proofs_are_of_the_state_that_was_saved_last() {
    let mut state = MultiStore::new(&STORES);
    state.set("ibc", b"key", b"old"[..].into());
    state.save(1);
    state.set("ibc", b"key", b"new"[..].into());
    state.set("ibc", b"kez", b"new"[..].into());
    assert!(is_there(&state, "ibc", b"key", b"old"));
    assert!(is_absent(&state, "ibc", b"kez"));
    state.save(2);
    assert!(is_there(&state, "ibc", b"key", b"new"));
    assert!(is_there(&state, "ibc", b"kez", b"new"));
}

#[test]
fn a_single_leaf_proves_itself_and_absence_on_both_sides() {
    let mut state = MultiStore::new(&STORES);
    state.set("ibc", b"m", b"value"[..].into());
    state.save(1);
    assert!(is_there(&state, "ibc", b"m", b"value"));
    for absent in [&b"a"[..], b"lz", b"m\0", b"z"] {
        assert!(is_absent(&state, "ibc", absent));
    }
}

#[test]
fn an_empty_store_has_the_root_of_nothing_and_proves_nothing() {
    let mut state = MultiStore::new(&STORES);
    assert_eq!(state.app_hash(), <Root>::from(Sha256::digest([])), "before the first save");
    state.save(1);
    assert_eq!(state.roots()["empty"], <Root>::from(Sha256::digest([])));
    assert!(!is_absent(&state, "empty", b"key"));
    assert!(!is_there(&state, "empty", b"key", b"value"));
    // A store that was emptied is as one that never held anything.
    let never = state.app_hash();
    state.set("ibc", b"key", b"value"[..].into());
    assert_ne!(state.save(2), never);
    assert!(state.remove("ibc", b"key"));
    assert_eq!(state.save(3), never);
}

#[test]
fn a_version_without_writes_changes_nothing() {
    let mut state = MultiStore::new(&STORES);
    state.set("ibc", b"key", b"value"[..].into());
    let saved = state.save(1);
    assert_eq!(state.save(2), saved);
    state.set("ibc", b"gone", b"value"[..].into());
    assert!(state.remove("ibc", b"gone"));
    assert_eq!(state.save(3), saved);
}

#[test]
fn a_store_that_is_not_there_holds_and_proves_nothing() {
    let mut state = MultiStore::new(&STORES);
    state.save(1);
    assert_eq!(state.get("staking", b"key"), None);
    assert_eq!(state.with_prefix("staking", b"").count(), 0);
    assert_eq!(state.prove("staking", b"key"), None);
}

#[test]
#[should_panic(expected = "no store staking")]
fn a_write_to_a_store_that_is_not_there_panics() {
    MultiStore::new(&STORES).set("staking", b"key", Arc::new([]));
}
