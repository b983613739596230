//! What is being answered now, so that no case is answered twice at a time, and how far that is.

use std::sync::PoisonError;

use chain::Endpoint;
use tokio::sync::Mutex;
use tracing::warn;
use types::{ChainId, ClientId};

use super::{Inner, blocking};
use crate::evidence::{Case, End, Progress, client_key};

/// A case that is being answered, until this is dropped.
pub(super) struct Answering<'a> {
    pub(super) inner: &'a Inner,
    pub(super) case: &'a Case,
    pub(super) name: &'a str,
    /// How far this process or one before it had come with the same case.
    pub(super) earlier: Progress,
    /// How far this answer is. Held while it is noted, so that no note overtakes a newer one on its way to the disk.
    progress: Mutex<Progress>,
}

impl<'a> Answering<'a> {
    /// None, if it is being answered already.
    pub(super) fn begin(inner: &'a Inner, case: &'a Case, name: &'a str) -> Option<Self> {
        let is_first = inner.under_way.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned());
        // Read once nobody waits for the lock.
        is_first.then(|| Self {
            inner,
            case,
            name,
            earlier: inner.directory.progress(name),
            progress: Mutex::default(),
        })
    }

    /// A client has come to its end. A person hears of it once, whatever is looked at again after a restart.
    pub(super) async fn ended(&self, host: &ChainId, client: &ClientId, end: End) {
        let key = client_key(host, client);
        if self.earlier.clients.get(&key).is_none_or(|before| before.is_frozen() != end.is_frozen()) {
            self.inner.announce_end(self.case, self.name, host, client, &end);
        }
        self.note(|progress| _ = progress.clients.insert(key, end)).await;
    }

    /// A node of the attacked chain has given its answers.
    pub(super) async fn told(&self, endpoint: &Endpoint, answers: Vec<String>) {
        self.note(|progress| _ = progress.nodes.insert(endpoint.name().to_owned(), answers)).await;
    }

    /// Nothing is left to do; gives what this answer came to.
    pub(super) async fn close(self) -> Progress {
        // Who asked for some clients has not seen to the others.
        self.note(|progress| progress.is_settled = self.inner.only.is_none()).await;
        self.progress.lock().await.clone()
    }

    /// Notes how far it is; a disk that refuses holds nothing up.
    async fn note(&self, change: impl FnOnce(&mut Progress)) {
        let mut progress = self.progress.lock().await;
        change(&mut progress);
        let (directory, name) = (self.inner.directory.clone(), self.name.to_owned());
        let noted = progress.clone().after(&self.earlier);
        if let Err(error) = blocking(move || directory.note(&name, &noted)).await {
            warn!(%error, "progress is not noted; after a restart the case is looked at again");
        }
    }
}

impl Drop for Answering<'_> {
    fn drop(&mut self) {
        self.inner.under_way.lock().unwrap_or_else(PoisonError::into_inner).remove(self.name);
    }
}
