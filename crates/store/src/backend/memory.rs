//! Values in ordered maps, gone with the process: for tests, and for runs that shall leave no trace.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::Backend;
use crate::StoreError;
use crate::schema::{Change, Tree};

type Values = BTreeMap<(Tree, Vec<u8>), Vec<u8>>;

/// Keeps values in memory.
#[derive(Debug, Default)]
pub(crate) struct MemoryBackend(Mutex<Values>);

impl MemoryBackend {
    fn values(&self) -> MutexGuard<'_, Values> {
        // A poisoned lock means that a visitor panicked; a commit cannot, so the values are whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backend for MemoryBackend {
    fn read(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(self.values().get(&(tree, key.to_vec())).cloned())
    }

    fn scan(&self, tree: Tree, prefix: &[u8], visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), StoreError> {
        let values = self.values();
        let from = (tree, prefix.to_vec());
        let found = values.range(from..).take_while(|((of, key), _)| *of == tree && key.starts_with(prefix));
        found.for_each(|((_, key), value)| visit(key, value));
        Ok(())
    }

    fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let mut values = self.values();
        for Change { tree, key, value } in changes {
            match value {
                Some(value) => values.insert((tree, key), value),
                None => values.remove(&(tree, key)),
            };
        }
        Ok(())
    }
}
