//! What can go wrong with the store, and the mend.

use std::path::PathBuf;

/// Why the store could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process (or another handle of this one) owns the directory.
    #[error(
        "store {} is in use by process {}: stop that process, or give this one a store of its own",
        dir.display(), pid.map_or_else(|| "(unknown)".to_owned(), |pid| pid.to_string())
    )]
    InUse {
        /// The store's directory.
        dir: PathBuf,
        /// Who owns it, as far as the lock file tells.
        pid: Option<u32>,
    },
    /// A file or directory of the store could not be used.
    #[error("cannot {doing} {}: {source}; see that the directory exists, is writable and has room", path.display())]
    File {
        /// What was tried, as an infinitive.
        doing: &'static str,
        /// What it was tried on.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database could not be opened, and not because its content is damaged.
    #[error("cannot open the database in {}: {reason}", dir.display())]
    Open {
        /// The store's directory.
        dir: PathBuf,
        /// What the database said.
        reason: String,
    },
    /// The database failed to read.
    #[error("cannot read from tree {tree}: {reason}; restart, so that a damaged database is moved aside and rebuilt")]
    Read {
        /// The tree.
        tree: &'static str,
        /// What the database said.
        reason: String,
    },
    /// A write failed. Nothing is written after it, so that no later record stands without an earlier one.
    #[error("cannot write to the store: {reason}; see that its disk has room, then restart")]
    Write {
        /// What the database said.
        reason: String,
    },
    /// A record that cannot be rebuilt from a chain is not as it was written.
    #[error("{tree} {name:?} is unreadable: {reason}; delete it and start it anew")]
    BadRecord {
        /// The tree.
        tree: &'static str,
        /// The record, as a person would name it.
        name: String,
        /// What is wrong with it.
        reason: String,
    },
    /// A value cannot stand in the store.
    #[error("cannot store {what}: {reason}")]
    Unstorable {
        /// What was to be stored.
        what: String,
        /// Why it can't be.
        reason: String,
    },
    /// A line of an import is not one of an export.
    #[error("line {line} of the import: {reason}; nothing was imported")]
    Import {
        /// The line, counted from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// An export could not be written.
    #[error("cannot write the export: {0}")]
    Export(#[source] std::io::Error),
}
