//! An attack that was seen, kept as a file that `evidence` works with.

use std::path::{Path, PathBuf};

use relayer::evidence::Directory;
use relayer::light::{Contradiction, Witnessed, majority};
use types::{ChainId, Timestamp};

use crate::exit::Failure;

/// Writes the file, where a directory was named for it; who lied is judged by all witnesses.
///
/// # Errors
/// When it can't be written.
pub(super) async fn keep(
    directory: Option<&Path>,
    chain: &ChainId,
    found: Contradiction,
    all: &[Witnessed],
    at: Timestamp,
) -> Result<Option<PathBuf>, Failure> {
    let Some(directory) = directory.map(Directory::new) else { return Ok(None) };
    let truth = majority(&found.attack, all);
    let case = found.into_case(chain.clone(), at, truth);
    let write = move || directory.keep(&case).map(|name| directory.file(&name));
    let file = tokio::task::spawn_blocking(write).await.map_err(Failure::internal)?.map_err(Failure::input)?;
    crate::say(&format!("evidence: {}", file.display()));
    Ok(Some(file))
}
