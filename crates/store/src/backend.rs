//! The seam between the store and what keeps its bytes. Both sides pass one suite of tests.

mod memory;
mod sled;

pub(crate) use self::memory::MemoryBackend;
pub(crate) use self::sled::{SledBackend, SledError};

use crate::StoreError;
use crate::schema::{Change, Tree};

/// Keeps values by tree and key.
pub(crate) trait Backend: Send + Sync {
    /// The value under a key.
    fn read(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError>;

    /// All keys with this prefix and their values, in byte order, handed to `visit` one by one.
    fn scan(&self, tree: Tree, prefix: &[u8], visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), StoreError>;

    /// Makes all changes, in this order (the last of a key wins), or none. They are durable when it returns.
    fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError>;
}
