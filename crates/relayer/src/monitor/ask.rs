//! What was checked: as the process says that watches, else as the last one has written it down.

use std::collections::BTreeMap;
use std::path::Path;

use store::{Store, StoreError};

use super::Coverage;
use crate::control::{Handle, Stopping};
use crate::socket::{self, Reply, Request, SocketError};

/// Why it can't be told what was checked.
#[derive(Debug, thiserror::Error)]
pub enum CoverageError {
    /// The process that owns the store can't be asked.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// It can't answer now.
    #[error("the running process can't tell what was checked: {0}")]
    Refused(String),
    /// What was written down can't be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What was checked by whoever owns, or owned, the store in this directory; nothing where there is none.
///
/// # Errors
/// See [`CoverageError`].
pub async fn coverage(directory: &Path) -> Result<Vec<Coverage>, CoverageError> {
    match socket::ask(directory, &Request::Coverage).await? {
        Some(Reply::Coverage(coverage)) => Ok(coverage),
        Some(Reply::Failed { message }) => Err(CoverageError::Refused(message)),
        Some(Reply::Progress(_) | Reply::Cleared(_) | Reply::Packet(_)) => {
            Err(CoverageError::Refused("it answered something else".to_owned()))
        }
        None => {
            let directory = directory.to_owned();
            let read = tokio::task::spawn_blocking(move || read(&directory)).await;
            read.map_err(|error| CoverageError::Refused(error.to_string()))?
        }
    }
}

/// Blocking: opens the store, if there is one.
fn read(directory: &Path) -> Result<Vec<Coverage>, CoverageError> {
    // Opening makes a directory where there is none; a question must not.
    if !directory.is_dir() {
        return Ok(Vec::new());
    }
    Ok(Coverage::read(&Store::open(directory)?.store)?)
}

/// What this process has checked, and, of what it has not looked at yet, what the one before it has.
pub(crate) async fn now(handle: &Handle) -> Result<Vec<Coverage>, String> {
    let shell = handle.shell().map_err(|error: Stopping| error.to_string())?;
    let store = shell.store.clone();
    let written = tokio::task::spawn_blocking(move || Coverage::read(&store)).await;
    let written = written.map_err(|error| error.to_string())?.map_err(|error| error.to_string())?;
    let all = written.into_iter().chain(shell.watch.coverage());
    let newest: BTreeMap<_, _> =
        all.map(|coverage| ((coverage.host.clone(), coverage.client.clone()), coverage)).collect();
    Ok(newest.into_values().collect())
}

#[cfg(test)]
mod tests {
    use types::Timestamp;

    use super::*;

    #[tokio::test]
    async fn what_was_written_down_is_told_and_a_question_makes_no_store() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("monitor");
        assert_eq!(coverage(&path).await.unwrap(), []);
        assert!(!path.exists());
        let written = Coverage {
            host: "chain-b".parse().unwrap(),
            client: "07-tendermint-0".parse().unwrap(),
            tracked: "chain-a".parse().unwrap(),
            status: None,
            spans: Vec::new(),
            is_complete: true,
            obstacle: None,
            at: Timestamp(7),
        };
        let store = Store::open(&path).unwrap().store;
        written.write(&store).await.unwrap();
        let in_use = coverage(&path).await.unwrap_err();
        assert!(in_use.to_string().contains("in use"), "{in_use}");
        drop(store);
        assert_eq!(coverage(&path).await.unwrap(), [written]);
    }
}
