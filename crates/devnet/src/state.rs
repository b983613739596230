//! The state of a chain: one IAVL tree a module under an SDK-style multistore (ICS-23).
//!
//! Writes wait in a store until [`MultiStore::save`] puts them into its tree in the order of their keys, as the SDK's
//! `cachekv` does at the end of a block: the app hash tells what a block left, not how it came to it. All nodes are
//! shared between clones and versions, so that a version costs what it changed.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::sync::Arc;

use proto::ics23::CommitmentProof;

use tree::Tree;

mod balance;
mod node;
mod proof;
mod simple;
mod tree;

/// The root of a tree, or of all of them: the app hash.
pub type Root = [u8; 32];

/// The stores of a chain. A clone costs two references a store, and shares all nodes.
#[derive(Clone, Debug)]
pub struct MultiStore {
    stores: BTreeMap<&'static str, Store>,
    app_hash: Root,
}

#[derive(Clone, Debug, Default)]
struct Store {
    saved: Tree<Arc<[u8]>>,
    /// What was written since; none for what was removed.
    pending: Tree<Option<Arc<[u8]>>>,
}

impl MultiStore {
    /// Empty stores of these names.
    pub fn new(names: &[&'static str]) -> Self {
        // Before its first block the SDK calls this the app hash, whatever stores there are.
        let app_hash = simple::root(&BTreeMap::new());
        Self { stores: names.iter().map(|name| (*name, Store::default())).collect(), app_hash }
    }

    /// The value under a key; none too where there is no such store.
    pub fn get(&self, store: &str, key: &[u8]) -> Option<Arc<[u8]>> {
        self.stores.get(store)?.get(key).cloned()
    }

    /// Writes a value.
    ///
    /// # Panics
    /// When there is no such store.
    pub fn set(&mut self, store: &'static str, key: &[u8], value: Arc<[u8]>) {
        self.store_mut(store).pending.insert(key, Some(value));
    }

    /// Removes a value; was it there?
    ///
    /// # Panics
    /// When there is no such store.
    pub fn remove(&mut self, store: &'static str, key: &[u8]) -> bool {
        let store = self.store_mut(store);
        let is_there = store.get(key).is_some();
        if is_there {
            store.pending.insert(key, None);
        }
        is_there
    }

    /// Keys that start with `prefix`, in order, with their values.
    pub fn with_prefix<'a>(
        &'a self,
        store: &str,
        prefix: &'a [u8],
    ) -> impl Iterator<Item = (Vec<u8>, Arc<[u8]>)> + use<'a> {
        let store = self.stores.get(store);
        store
            .into_iter()
            .flat_map(move |store| store.range_from(prefix))
            .take_while(move |(key, _)| key.starts_with(prefix))
            .map(|(key, value)| (key.to_vec(), value.clone()))
    }

    /// Gives every node that was written since the last call this version (the block's height), and computes the root
    /// of roots: the app hash.
    pub fn save(&mut self, version: u64) -> Root {
        for store in self.stores.values_mut() {
            store.save(version);
        }
        self.app_hash = simple::root(&self.roots());
        self.app_hash
    }

    /// The root of roots of the last [`MultiStore::save`]; before the first, the hash of nothing.
    pub fn app_hash(&self) -> Root {
        self.app_hash
    }

    /// Proofs of a key of the state that was saved last, the store's first, then the multistore's (`ics23:iavl`,
    /// `ics23:simple`); existence or absence, as it is. None where there is no such store.
    ///
    /// A store that holds nothing has a root, but nothing that an absence could be proven by: the proof has no
    /// neighbours then, as the SDK's has none, and no verifier takes it. Nor does one take an empty value's.
    pub fn prove(&self, store: &str, key: &[u8]) -> Option<[CommitmentProof; 2]> {
        let upper = simple::prove(&self.roots(), store)?;
        let lower = self.stores.get(store)?.saved.prove(key)?;
        Some([lower, upper])
    }

    fn roots(&self) -> BTreeMap<&'static str, Root> {
        self.stores.iter().map(|(name, store)| (*name, store.saved.root())).collect()
    }

    fn store_mut(&mut self, name: &str) -> &mut Store {
        self.stores.get_mut(name).unwrap_or_else(|| panic!("no store {name}"))
    }
}

impl Default for MultiStore {
    fn default() -> Self {
        Self::new(&[])
    }
}

impl Store {
    fn get(&self, key: &[u8]) -> Option<&Arc<[u8]>> {
        match self.pending.get(key) {
            Some(written) => written.as_ref(),
            None => self.saved.get(key),
        }
    }

    /// cosmossdk.io/store `cachekv.Store.Write`, then `iavl.Store.Commit`.
    fn save(&mut self, version: u64) {
        for (key, value) in std::mem::take(&mut self.pending).range_from(&[]) {
            match value {
                Some(value) => self.saved.insert(key, value.clone()),
                None => self.saved.remove(key),
            }
        }
        self.saved.save(version);
    }

    /// What is there from `start` on, with what waits before what was saved.
    fn range_from<'a>(&'a self, start: &[u8]) -> impl Iterator<Item = (&'a Arc<[u8]>, &'a Arc<[u8]>)> + use<'a> {
        let mut saved = self.saved.range_from(start).peekable();
        let mut pending = self.pending.range_from(start).peekable();
        std::iter::from_fn(move || {
            loop {
                let next = match (saved.peek(), pending.peek()) {
                    (Some((saved, _)), Some((pending, _))) => saved.cmp(pending),
                    (Some(_), None) => Ordering::Less,
                    (None, _) => Ordering::Greater,
                };
                if next.is_lt() {
                    return saved.next();
                }
                if next.is_eq() {
                    saved.next();
                }
                if let (key, Some(value)) = pending.next()? {
                    return Some((key, value));
                }
            }
        })
    }
}

#[cfg(test)]
mod golden;
#[cfg(test)]
mod tests;
