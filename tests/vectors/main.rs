//! Vectors that other people wrote, run through our decoders and verifiers. They are read, never copied: from
//! `LIGHTSHIP_VECTORS`, or else from `../shared/vectors` beside the workspace. Where there are none, a test says so
//! and passes, but not in CI.
#![expect(clippy::unwrap_used, reason = "a vector that can't be read is a failed test")]

mod ics20;
mod ics23;
mod light_client;
mod mutations;
mod rpc;

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
};

/// The folder of one kind of vectors; none, and a line that says so, where they are not on this machine.
#[expect(clippy::print_stderr, reason = "a skipped test must not look like one that ran")]
pub(crate) fn vectors(kind: &str) -> Option<PathBuf> {
    let root = std::env::var_os("LIGHTSHIP_VECTORS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/vectors"), PathBuf::from);
    let folder = root.join(kind);
    if folder.is_dir() {
        return Some(folder);
    }
    let is_ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    assert!(!is_ci, "vectors are missing in CI: {}", folder.display());
    eprintln!("skipped: there are no vectors in {}", folder.display());
    None
}

/// The JSON files of a folder, by name.
pub(crate) fn json_files(folder: &Path) -> Vec<(String, serde_json::Value)> {
    let mut paths: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension() == Some(OsStr::new("json")));
    paths.sort();
    paths.iter().map(|path| (path.file_stem().unwrap().to_string_lossy().into_owned(), json(path))).collect()
}

/// One JSON file.
pub(crate) fn json(path: &Path) -> serde_json::Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
