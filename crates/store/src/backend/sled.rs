//! Values in sled 0.34.7, with what that release is known to do kept away from its callers.
//!
//! - `flush_async` deadlocks: it is never called; one thread commits, with a blocking `flush`.
//! - `flush` ends with `sync_file_range`, which outlives the process but not a loss of power: the database's file is
//!   synced behind it.
//! - A damaged log may open as an older one, without a word: every commit is counted in the database, and outside of
//!   it after it is durable, so that a database that forgot some is told by its count.
//! - Damaged pages may panic where an error was due: every call is guarded.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use sled::Transactional;
use sled::transaction::{ConflictableTransactionError, TransactionError};

use super::Backend;
use crate::StoreError;
use crate::schema::{Change, Tree};

/// sled uses several times this much.
const CACHE_BYTES: u64 = 8 << 20;

/// The number of commits: a key of the database's default tree, which has no other, and a file beside the log.
const COMMITS: &str = "commits";

/// Keeps values on disk.
#[derive(Debug)]
pub(crate) struct SledBackend {
    db: sled::Db,
    /// In the order of [`Tree::ALL`].
    trees: Vec<sled::Tree>,
    /// sled's log, to sync it.
    log: File,
    counter: CommitCounter,
}

/// Why a database did not open.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SledError {
    /// Another handle has it, possibly one of ours that is just going away.
    #[error("{0}")]
    Locked(String),
    /// The disk or the directory is to blame; the content may be well.
    #[error("{0}")]
    System(String),
    /// Its content is to blame.
    #[error("{0}")]
    Damaged(String),
}

impl SledBackend {
    /// Opens the database.
    pub(crate) fn open(dir: &Path) -> Result<Self, SledError> {
        guarded(|| {
            let db = sled::Config::new().path(dir).cache_capacity(CACHE_BYTES).open()?;
            let trees: Vec<_> = Tree::ALL.iter().map(|tree| db.open_tree(tree.name())).collect::<Result<_, _>>()?;
            // sled 0.34 keeps its log in a file of this name (`config.rs`, `db_path`).
            let log = File::open(dir.join("db"))?;
            let counter = CommitCounter::open(&dir.join(COMMITS))?;
            Ok(Self { db, trees, log, counter })
        })
        .map_err(SledError::from)
    }

    /// Sees that no commit was lost, then makes one of nothing but its number.
    pub(crate) fn mark(&self) -> Result<(), SledError> {
        guarded(|| {
            let said = self.counter.read()?;
            let found = self.db.get(COMMITS)?.map_or(0, |count| number(&count));
            if found < said {
                return Err(sled::Error::ReportableBug(format!("{} of {said} commits are lost", said - found)));
            }
            self.write(&[])
        })
        .map_err(SledError::from)
    }

    /// Reads everything, so that damage shows; two databases of the same content give the same number.
    pub(crate) fn read_whole(&self) -> Result<u32, SledError> {
        guarded(|| {
            let mut hasher = crc32fast::Hasher::new();
            for tree in self.trees.iter().chain([&*self.db]) {
                for entry in tree {
                    let (key, value) = entry?;
                    for part in [&key, &value] {
                        hasher.update(&(part.len() as u64).to_be_bytes());
                        hasher.update(part);
                    }
                }
                hasher.update(tree.name().as_ref());
            }
            Ok(hasher.finalize())
        })
        .map_err(SledError::from)
    }

    fn tree(&self, tree: Tree) -> sled::Result<&sled::Tree> {
        // A tree is missing only if it was left out of `Tree::ALL`.
        let position = Tree::ALL.iter().position(|other| *other == tree);
        let found = position.and_then(|position| self.trees.get(position));
        found.ok_or_else(|| missing(tree.name()))
    }

    /// One transaction over all touched trees, durable when it returns.
    fn write(&self, changes: &[Change]) -> sled::Result<()> {
        let touched: Vec<Tree> = Tree::ALL.into_iter().filter(|tree| changes.iter().any(|c| c.tree == *tree)).collect();
        let mut trees: Vec<&sled::Tree> = vec![&*self.db];
        for tree in &touched {
            trees.push(self.tree(*tree)?);
        }
        let done = trees.as_slice().transaction(|views| {
            let (counter, views) =
                views.split_first().ok_or_else(|| ConflictableTransactionError::Abort(missing("default")))?;
            let count = counter.get(COMMITS)?.map_or(0, |count| number(&count)).wrapping_add(1);
            counter.insert(COMMITS, &count.to_be_bytes())?;
            for (tree, view) in touched.iter().zip(views) {
                for change in changes.iter().filter(|change| change.tree == *tree) {
                    match &change.value {
                        Some(value) => view.insert(change.key.as_slice(), value.as_slice())?,
                        None => view.remove(change.key.as_slice())?,
                    };
                }
            }
            Ok::<u64, ConflictableTransactionError<sled::Error>>(count)
        });
        let count = done.map_err(|error| match error {
            TransactionError::Abort(error) | TransactionError::Storage(error) => error,
        })?;
        self.db.flush()?;
        self.log.sync_data()?;
        self.counter.write(count)
    }
}

/// The number of the last durable commit, in a file that sled knows nothing of.
#[derive(Debug)]
struct CommitCounter(File);

impl CommitCounter {
    fn open(path: &Path) -> sled::Result<Self> {
        let mut options = OpenOptions::new();
        Ok(Self(options.read(true).write(true).create(true).truncate(false).mode(0o600).open(path)?))
    }

    /// Zero, which claims nothing, if the file is new or not as it was written.
    fn read(&self) -> sled::Result<u64> {
        let mut bytes = [0; 12];
        match self.0.read_exact_at(&mut bytes, 0) {
            Ok(()) => {}
            Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => return Ok(0),
            Err(error) => return Err(error.into()),
        }
        let (count, checksum) = bytes.split_at(8);
        let is_whole = checksum == crc32fast::hash(count).to_be_bytes();
        Ok(if is_whole { number(count) } else { 0 })
    }

    /// Not synced: after a loss of power it may say less than is true, never more.
    fn write(&self, count: u64) -> sled::Result<()> {
        let count = count.to_be_bytes();
        let checksum = crc32fast::hash(&count).to_be_bytes();
        Ok(self.0.write_all_at(&[count.as_slice(), &checksum].concat(), 0)?)
    }
}

fn number(bytes: &[u8]) -> u64 {
    <[u8; 8]>::try_from(bytes).map_or(0, u64::from_be_bytes)
}

fn missing(tree: &str) -> sled::Error {
    sled::Error::Unsupported(format!("tree {tree} was never opened"))
}

impl Backend for SledBackend {
    fn read(&self, tree: Tree, key: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        guarded(|| self.tree(tree)?.get(key))
            .map(|value| value.map(|value| value.to_vec()))
            .map_err(|e| StoreError::Read { tree: tree.name(), reason: e.to_string() })
    }

    fn scan(&self, tree: Tree, prefix: &[u8], visit: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), StoreError> {
        guarded(|| {
            for entry in self.tree(tree)?.scan_prefix(prefix) {
                let (key, value) = entry?;
                visit(&key, &value);
            }
            Ok(())
        })
        .map_err(|e| StoreError::Read { tree: tree.name(), reason: e.to_string() })
    }

    fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        if changes.is_empty() {
            return Ok(());
        }
        guarded(|| self.write(&changes)).map_err(|e| StoreError::Write { reason: e.to_string() })
    }
}

/// Runs a call of sled's; a panic in it is the error that it should have been.
fn guarded<T>(call: impl FnOnce() -> sled::Result<T>) -> sled::Result<T> {
    catch_unwind(AssertUnwindSafe(call)).unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("no reason given");
        Err(sled::Error::ReportableBug(format!("sled panicked: {}", text.chars().take(200).collect::<String>())))
    })
}

impl From<sled::Error> for SledError {
    fn from(error: sled::Error) -> Self {
        let text = error.to_string();
        match error {
            // sled 0.34.7 `config.rs`, `try_lock`: this text is all that tells a held lock.
            sled::Error::Io(_) if text.contains("could not acquire lock") => Self::Locked(text),
            // What the system refused is no fault of the content, but for offsets that make no sense.
            sled::Error::Io(source)
                if source.raw_os_error().is_some() && source.kind() != std::io::ErrorKind::InvalidInput =>
            {
                Self::System(text)
            }
            sled::Error::Io(_)
            | sled::Error::CollectionNotFound(_)
            | sled::Error::Unsupported(_)
            | sled::Error::ReportableBug(_)
            | sled::Error::Corruption { .. } => Self::Damaged(text),
        }
    }
}
