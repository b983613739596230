//! Opening a store: whose it is, what a killed process left behind, and what to do with a damaged database.
//!
//! The directory holds `lock` (this process), `db` (sled), `db.corrupt-N` (what could not be read, for who wants to
//! look) and whatever else its owner puts there.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{Read, Seek, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use fs4::fs_std::FileExt;

use crate::backend::{SledBackend, SledError};
use crate::{Store, StoreError};

/// How long sled's own lock may take to be let go by a handle that is just going away: 100 times 50 ms.
const LOCK_TRIES: u32 = 100;
const LOCK_PAUSE: Duration = Duration::from_millis(50);

/// What [`Store::open`] gives.
#[derive(Debug)]
pub struct Opened {
    /// The store.
    pub store: Store,
    /// What a person should know: that something was damaged and what became of it.
    pub notice: Option<String>,
}

/// Says that the directory is ours, until it is dropped or the process ends.
#[derive(Debug)]
pub(crate) struct ProcessLock(File);

impl Drop for ProcessLock {
    fn drop(&mut self) {
        // Closing would not do: a child that another thread is just starting may hold the file for a moment longer.
        if let Err(error) = FileExt::unlock(&self.0) {
            tracing::warn!(%error, "the store's lock goes only with this process");
        }
    }
}

/// Opens the store in `dir`.
pub(crate) fn open(dir: &Path) -> Result<Opened, StoreError> {
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|e| file_error("create", dir, e))?;
    let lock = lock(dir)?;
    let db = dir.join("db");
    remove_half_written_snapshots(&db)?;
    let (backend, notice) = open_or_begin_anew(dir, &db)?;
    let store = Store::on_disk(backend, lock).map_err(|e| file_error("start the writing thread of", dir, e))?;
    let notice = with_bad_records(&store, notice)?;
    if let Some(notice) = &notice {
        tracing::warn!(dir = %dir.display(), "{notice}");
    }
    Ok(Opened { store, notice })
}

/// Takes the directory for this process.
fn lock(dir: &Path) -> Result<ProcessLock, StoreError> {
    let path = dir.join("lock");
    let refuse = |e| file_error("lock", &path, e);
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false).mode(0o600);
    let mut file = options.open(&path).map_err(refuse)?;
    if !FileExt::try_lock_exclusive(&file).map_err(refuse)? {
        let mut text = String::new();
        // The number is for the message only: without it the message says that it is unknown.
        let pid = file.take(20).read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
        return Err(StoreError::InUse { dir: dir.to_owned(), pid });
    }
    file.set_len(0).and_then(|()| file.rewind()).map_err(refuse)?;
    writeln!(file, "{}", std::process::id()).map_err(refuse)?;
    Ok(ProcessLock(file))
}

/// sled 0.34.7 reads a snapshot that a killed process left half-written as the newest one, and then never opens again
/// (its `get_snapshot_files` filters another suffix than the one it writes). The log has all that such a file has.
fn remove_half_written_snapshots(db: &Path) -> Result<(), StoreError> {
    for path in files_of(db)? {
        if path.extension().is_some_and(|extension| extension == "generating") {
            fs::remove_file(&path).map_err(|e| file_error("remove", &path, e))?;
        }
    }
    Ok(())
}

/// Opens the database; damaged, once more without its snapshots; still damaged, an empty one in its place.
fn open_or_begin_anew(dir: &Path, db: &Path) -> Result<(SledBackend, Option<String>), StoreError> {
    let damage = match open_database(dir, db)? {
        Ok(backend) => return Ok((backend, None)),
        Err(damage) => damage,
    };
    tracing::warn!(dir = %dir.display(), reason = damage, "database damaged; trying without its snapshots");
    let aside = free_name(dir, "db.corrupt")?;
    if move_snapshots(db, &aside.join("snapshots"))?
        && let Ok(backend) = open_database(dir, db)?
    {
        let notice = format!(
            "the database's snapshot was damaged ({damage}): moved to {}, everything was read from the log",
            aside.display()
        );
        return Ok((backend, Some(notice)));
    }
    fs::create_dir_all(&aside).map_err(|e| file_error("create", &aside, e))?;
    fs::rename(db, aside.join("db")).map_err(|e| file_error("move aside", db, e))?;
    let backend = open_database(dir, db)?.map_err(|reason| StoreError::Open { dir: dir.to_owned(), reason })?;
    let notice = format!(
        "the database was damaged ({damage}): moved to {}, an empty one begun; it is rebuilt from the chains",
        aside.display()
    );
    Ok((backend, Some(notice)))
}

/// Opens the database and proves that it keeps what is written to it. The inner error tells of damage.
///
/// A damaged log may open as an older one: the count of commits tells. And over a damaged segment sled 0.34.7 may open, read everything from a snapshot, take new writes, and know nothing of
/// them at the next opening. So a mark is written, the database opened again, and its content compared.
fn open_database(dir: &Path, db: &Path) -> Result<Result<SledBackend, String>, StoreError> {
    let proven = open_unlocked(db).and_then(|first| {
        first.mark()?;
        let written = first.read_whole()?;
        drop(first);
        let second = open_unlocked(db)?;
        let is_kept = second.read_whole()? == written;
        if is_kept { Ok(second) } else { Err(SledError::Damaged("it does not keep what is written to it".to_owned())) }
    });
    match proven {
        Ok(backend) => Ok(Ok(backend)),
        // A lock that never goes is what a panic within sled left behind. Its file is moved away with it.
        Err(SledError::Damaged(reason) | SledError::Locked(reason)) => Ok(Err(reason)),
        Err(SledError::System(reason)) => Err(StoreError::Open { dir: dir.to_owned(), reason }),
    }
}

/// Opens sled, waiting for its lock: the directory's lock is ours, so that whoever holds it is a handle of this process
/// on its way out.
fn open_unlocked(db: &Path) -> Result<SledBackend, SledError> {
    for _ in 1..LOCK_TRIES {
        match SledBackend::open(db) {
            Err(SledError::Locked(_)) => std::thread::sleep(LOCK_PAUSE),
            done => return done,
        }
    }
    SledBackend::open(db)
}

/// Moves sled's snapshots away; says whether there were any.
fn move_snapshots(db: &Path, aside: &Path) -> Result<bool, StoreError> {
    let mut moved = false;
    for path in files_of(db)? {
        let Some(name) = path.file_name().filter(|name| name.to_string_lossy().starts_with("snap.")) else { continue };
        fs::create_dir_all(aside).map_err(|e| file_error("create", aside, e))?;
        fs::rename(&path, aside.join(name)).map_err(|e| file_error("move aside", &path, e))?;
        moved = true;
    }
    Ok(moved)
}

/// Adds to the notice how many values are not as they were written.
fn with_bad_records(store: &Store, notice: Option<String>) -> Result<Option<String>, StoreError> {
    let bad = store.check()?.bad_records();
    if bad == 0 {
        return Ok(notice);
    }
    let counted = format!("records left out as damaged, to be rebuilt from the chains: {bad}");
    Ok(Some(notice.map_or_else(|| counted.clone(), |notice| format!("{notice}; {counted}"))))
}

/// The first of `NAME-1`, `NAME-2`, .. that is free.
fn free_name(dir: &Path, name: &str) -> Result<PathBuf, StoreError> {
    for number in 1_u32.. {
        let path = dir.join(format!("{name}-{number}"));
        if !path.try_exists().map_err(|e| file_error("look for", &path, e))? {
            return Ok(path);
        }
    }
    Err(file_error("find a free name in", dir, std::io::ErrorKind::AlreadyExists.into()))
}

/// The files of a directory; none if there is no directory.
fn files_of(dir: &Path) -> Result<Vec<PathBuf>, StoreError> {
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(file_error("read", dir, error)),
    };
    entries.map(|entry| entry.map(|entry| entry.path()).map_err(|e| file_error("read", dir, e))).collect()
}

fn file_error(doing: &'static str, path: &Path, source: std::io::Error) -> StoreError {
    StoreError::File { doing, path: path.to_owned(), source }
}
