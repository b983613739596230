//! A case as a file: JSON that says its version, with CometBFT's own evidence beside it for whoever submits by other means.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Case;

/// The form of the file.
const VERSION: u32 = 1;
/// The largest file that is read, in bytes: two branches of the largest validator sets have room.
pub const EVIDENCE_BYTES_MAX: u64 = 64 << 20;

/// Why an evidence file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The disk refused.
    #[error("evidence file {path} can't be {what}: {source}")]
    Disk {
        /// The file, or its directory.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// What the system says.
        source: io::Error,
    },
    /// It is too large to be one.
    #[error("evidence file {path} has more than {EVIDENCE_BYTES_MAX} bytes; name another file")]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// It is none.
    #[error("{path} is no evidence file ({reason}); fetch it again from where it was written")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// It is of another version.
    #[error("evidence file {path} is of version {version}, this program reads {VERSION}; use the one that wrote it")]
    Version {
        /// The file.
        path: PathBuf,
        /// What it says.
        version: u32,
    },
    /// The two forms in it tell different things.
    #[error("evidence file {path} was altered: its evidence is not that of its case; fetch it again")]
    Altered {
        /// The file.
        path: PathBuf,
    },
    /// There is no such file.
    #[error("there is no evidence {name:?} in {directory}; `lightship evidence list` names what is there")]
    Missing {
        /// What was asked for.
        name: String,
        /// Where.
        directory: PathBuf,
    },
}

/// The whole file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    version: u32,
    case: Case,
    /// As `broadcast_evidence` of the attacked chain's nodes takes it.
    evidence: Value,
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

/// The text of a case's file.
pub(super) fn text(case: &Case) -> Result<Vec<u8>, serde_json::Error> {
    let written = Written { version: VERSION, case: case.clone(), evidence: serde_json::to_value(case.evidence())? };
    let mut text = serde_json::to_vec_pretty(&written)?;
    text.push(b'\n');
    Ok(text)
}

/// Reads an evidence file. What it claims is not proven by that: see [`super::prove`].
///
/// # Errors
/// See [`FileError`].
pub fn read_file(path: &Path) -> Result<Case, FileError> {
    let disk = |source| FileError::Disk { path: path.to_owned(), what: "read", source };
    let mut text = Vec::new();
    let file = File::open(path).map_err(disk)?;
    file.take(EVIDENCE_BYTES_MAX + 1).read_to_end(&mut text).map_err(disk)?;
    if text.len() as u64 > EVIDENCE_BYTES_MAX {
        return Err(FileError::TooLarge { path: path.to_owned() });
    }
    let malformed =
        |error: serde_json::Error| FileError::Malformed { path: path.to_owned(), reason: error.to_string() };
    let Versioned { version } = serde_json::from_slice(&text).map_err(malformed)?;
    if version != VERSION {
        return Err(FileError::Version { path: path.to_owned(), version });
    }
    let Written { case, evidence, .. } = serde_json::from_slice(&text).map_err(malformed)?;
    if serde_json::to_value(case.evidence()).map_err(malformed)? != evidence {
        return Err(FileError::Altered { path: path.to_owned() });
    }
    Ok(case)
}
