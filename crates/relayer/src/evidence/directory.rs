//! The directory of evidence files: a file a case, and beside it how far the answer to it has come.
//!
//! A file is written under another name, made durable, and renamed; then the directory is made durable. So a file that
//! has its name is whole, and what a crash leaves of another is a `.new` that nobody reads.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tendermint::crypto::{Sha256 as _, default::Sha256};

use super::file::{self, FileError, read_file};
use super::{Case, Progress, Proof};

/// Files that are listed, at most.
const FILES_MAX: usize = 10_000;
const EVIDENCE: &str = "json";
const PROGRESS: &str = "progress";

/// Where cases are kept.
#[derive(Clone, Debug)]
pub struct Directory(PathBuf);

impl Directory {
    /// The directory at this path; it is made when the first case is kept.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self(path.into())
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The file of this name; a path is one already.
    pub fn file(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.{EVIDENCE}"))
    }

    /// Keeps a case, and gives its name. When this answers, the file is on the disk, whole. Kept twice, it is one file.
    /// Blocks on the disk.
    ///
    /// # Errors
    /// When the disk refuses; nothing may be submitted then.
    pub fn keep(&self, case: &Case) -> Result<String, FileError> {
        let refused =
            |reason: serde_json::Error| FileError::Malformed { path: self.0.clone(), reason: reason.to_string() };
        fs::create_dir_all(&self.0).map_err(|source| self.disk("made", source))?;
        let digest = digest(&case.proof).map_err(refused)?;
        // Who makes a second case with the same eight digits shall not keep it from being told.
        for digits in [8, digest.len()] {
            let name = name(case, digest.get(..digits).unwrap_or(&digest));
            match read_file(&self.file(&name)) {
                Ok(kept) if kept.proof == case.proof => return Ok(name),
                Ok(_) => {}
                // There is none, or none that is of any use.
                Err(_) => {
                    self.write(&self.file(&name), &file::text(case).map_err(refused)?)?;
                    return Ok(name);
                }
            }
        }
        Ok(name(case, &digest))
    }

    /// The names of all cases, in order; none where there is no such directory.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn names(&self) -> Result<Vec<String>, FileError> {
        let entries = match fs::read_dir(&self.0) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            entries => entries.map_err(|source| self.disk("listed", source))?,
        };
        let mut names = Vec::new();
        for entry in entries.take(FILES_MAX) {
            let path = entry.map_err(|source| self.disk("listed", source))?.path();
            if path.extension().is_some_and(|extension| extension == EVIDENCE) {
                names.extend(path.file_stem().and_then(|stem| stem.to_str()).map(str::to_owned));
            }
        }
        names.sort_unstable();
        Ok(names)
    }

    /// The case of this name.
    ///
    /// # Errors
    /// See [`FileError`].
    pub fn case(&self, name: &str) -> Result<Case, FileError> {
        match read_file(&self.file(name)) {
            Err(FileError::Disk { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
                Err(FileError::Missing { name: name.to_owned(), directory: self.0.clone() })
            }
            read => read,
        }
    }

    /// How far the answer has come; nothing is known where that can't be read.
    pub fn progress(&self, name: &str) -> Progress {
        let text = fs::read(self.progress_file(name)).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    /// Notes how far the answer has come. Blocks on the disk.
    ///
    /// # Errors
    /// When the disk refuses; that holds nothing up.
    pub fn note(&self, name: &str, progress: &Progress) -> Result<(), FileError> {
        let path = self.progress_file(name);
        let text = serde_json::to_vec_pretty(progress)
            .map_err(|error| FileError::Malformed { path: path.clone(), reason: error.to_string() })?;
        self.write(&path, &text)
    }

    fn progress_file(&self, name: &str) -> PathBuf {
        self.0.join(format!("{name}.{PROGRESS}"))
    }

    fn write(&self, path: &Path, text: &[u8]) -> Result<(), FileError> {
        let mut new = path.as_os_str().to_owned();
        new.push(".new");
        let written = || {
            let mut file = OpenOptions::new().write(true).create(true).truncate(true).open(&new)?;
            file.write_all(text)?;
            file.sync_all()?;
            fs::rename(&new, path)?;
            File::open(&self.0)?.sync_all()
        };
        written().map_err(|source| FileError::Disk { path: path.to_owned(), what: "written", source })
    }

    fn disk(&self, what: &'static str, source: io::Error) -> FileError {
        FileError::Disk { path: self.0.clone(), what, source }
    }
}

/// Of the proof alone: one attack that is seen in two places is one case.
fn digest(proof: &Proof) -> Result<String, serde_json::Error> {
    Ok(hex::encode(Sha256::digest(serde_json::to_vec(proof)?)))
}

fn name(case: &Case, digest: &str) -> String {
    // A chain's id may hold what is none of a file's name.
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let chain: String = case.chain.as_str().chars().map(|c| if is_plain(c) { c } else { '_' }).collect();
    format!("{chain}-{}-{digest}", case.height())
}

#[cfg(test)]
mod tests;
