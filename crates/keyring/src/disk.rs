//! Key files on disk: 0600 from the first byte on, whole or not there, and unread when others could read them.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use rand::RngCore;
use rand::rngs::OsRng;
use zeroize::Zeroizing;

use crate::KeyError;

/// A key file has about one kilobyte.
const FILE_BYTES_MAX: u64 = 64 * 1024;

/// The file's bytes; nothing if there is no file.
pub(crate) fn read(path: &Path) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
    let refuse = |e| file_error("read", path, e);
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(refuse(error)),
    };
    // Asked of the open file, not of the path, which may be another file by now.
    let metadata = file.metadata().map_err(refuse)?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        return Err(KeyError::OpenToOthers { path: path.to_owned(), mode });
    }
    if !metadata.is_file() || metadata.len() > FILE_BYTES_MAX {
        let reason = format!("it is not a file of at most {FILE_BYTES_MAX} bytes");
        return Err(KeyError::Corrupt { path: path.to_owned(), reason });
    }
    // One byte more than it may have: room for all, so that no copy is left behind by growing.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0).saturating_add(1)));
    file.take(FILE_BYTES_MAX).read_to_end(&mut bytes).map_err(refuse)?;
    Ok(Some(bytes))
}

/// Writes a file whole. Without `overwrite` an existing one stays, and the answer is false.
pub(crate) fn write(path: &Path, bytes: &[u8], overwrite: bool) -> Result<bool, KeyError> {
    let dir = path.parent().unwrap_or(Path::new("."));
    DirBuilder::new().recursive(true).mode(0o700).create(dir).map_err(|e| file_error("create", dir, e))?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let draft = dir.join(format!(".{name}.{:016x}", OsRng.next_u64()));
    let written = write_draft(&draft, bytes).and_then(|()| {
        if overwrite {
            return fs::rename(&draft, path).map(|()| true);
        }
        // A link, unlike a rename, fails where there is a file already.
        match fs::hard_link(&draft, path) {
            Ok(()) => fs::remove_file(&draft).map(|()| true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => fs::remove_file(&draft).map(|()| false),
            Err(error) => Err(error),
        }
    });
    if written.is_err() {
        // Either the draft was never made, or removing it fails as writing it did: the first error says why.
        drop(fs::remove_file(&draft));
    }
    let is_written = written.map_err(|e| file_error("write", path, e))?;
    File::open(dir).and_then(|dir| dir.sync_all()).map_err(|e| file_error("sync", dir, e))?;
    Ok(is_written)
}

fn write_draft(draft: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(draft)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Deletes a file; false if there is none.
pub(crate) fn delete(path: &Path) -> Result<bool, KeyError> {
    match fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(file_error("delete", path, error)),
    }
}

/// The names in a directory, sorted; none if there is no directory.
pub(crate) fn names(dir: &Path) -> Result<Vec<String>, KeyError> {
    let refuse = |e| file_error("read", dir, e);
    let entries = match fs::read_dir(dir) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(refuse(error)),
    };
    let mut names = Vec::new();
    for entry in entries {
        // A name that is not UTF-8 is none that this crate gives.
        names.extend(entry.map_err(refuse)?.file_name().into_string().ok());
    }
    names.sort();
    Ok(names)
}

fn file_error(doing: &'static str, path: &Path, source: std::io::Error) -> KeyError {
    KeyError::File { doing, path: path.to_owned(), source }
}
