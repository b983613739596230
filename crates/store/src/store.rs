//! The store as everybody sees it.

use std::path::Path;
use std::sync::Arc;

use engine::{PacketKey, Record};
use types::{Acknowledgement, Packet};

use crate::backend::{Backend, MemoryBackend, SledBackend};
use crate::envelope::{self, Payload, Untrusted};
use crate::open::{self, Opened};
use crate::schema::{self, Change, Tree};
use crate::writer::Writer;
use crate::{StoreError, key};

/// Durable records. Cheap to clone; the database closes with the last clone, after what is queued was written.
#[derive(Clone)]
pub struct Store(Arc<Inner>);

/// What the clones share. Fields drop in this order: writes end, the database closes, the lock is let go.
struct Inner {
    writer: Option<Writer>,
    backend: Arc<dyn Backend>,
    /// Nothing for memory.
    _lock: Option<open::ProcessLock>,
}

impl Store {
    /// Opens the store in `dir`, which is created (0700) if need be and then belongs to this process alone.
    ///
    /// Blocking: at most about 5 s longer than the database takes to be read, while an earlier handle goes away.
    /// A database that is damaged is moved aside and an empty one begun; [`Opened::notice`] says so.
    ///
    /// # Errors
    /// [`StoreError::InUse`], [`StoreError::File`], [`StoreError::Open`].
    pub fn open(dir: &Path) -> Result<Opened, StoreError> {
        open::open(dir)
    }

    /// A store that is gone with the process.
    pub fn in_memory() -> Self {
        Self(Arc::new(Inner { writer: None, backend: Arc::new(MemoryBackend::default()), _lock: None }))
    }

    /// A store over an open database.
    pub(crate) fn on_disk(backend: SledBackend, lock: open::ProcessLock) -> std::io::Result<Self> {
        let backend: Arc<dyn Backend> = Arc::new(backend);
        let writer = Writer::start(Arc::clone(&backend))?;
        Ok(Self(Arc::new(Inner { writer: Some(writer), backend, _lock: Some(lock) })))
    }

    /// Makes records durable: all of one call, or none.
    ///
    /// They are queued when this is called, not when it is first polled: calls become durable in their order, and a
    /// future that is dropped takes nothing back. When it answers, all earlier calls are durable too.
    ///
    /// # Errors
    /// [`StoreError::Unstorable`] for a record that cannot be written, and then nothing of the call is;
    /// [`StoreError::Write`] if the disk refuses, and from then on for every call: whoever acts on records must stop.
    pub fn apply(&self, records: Vec<Record>) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        let changes: Result<Vec<Vec<Change>>, _> = records.iter().map(schema::changes).collect();
        let queued = changes.map(|changes| self.commit(changes.into_iter().flatten().collect()));
        async move { queued?.await }
    }

    /// What the engine is restored from: cursors, packets, outbox, outcomes, each in the order of its keys.
    ///
    /// A record that is not as it was written is left out and said: it is found again on its chain.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn restore(&self) -> Result<Vec<Record>, StoreError> {
        let mut records = Vec::new();
        for tree in schema::RESTORED {
            self.0.backend.scan(tree, &[], &mut |key, sealed| match envelope::open(tree.name(), key, sealed)
                .and_then(|payload| schema::record(tree, key, payload))
            {
                Ok(record) => records.extend(record),
                Err(reason) => say_untrusted(tree, key, &reason),
            })?;
        }
        Ok(records)
    }

    /// A packet as it was sent. Nothing, too, if it is not as it was written: it is found again on its chain.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn packet(&self, key: &PacketKey) -> Result<Option<Packet>, StoreError> {
        self.rebuildable(Tree::PacketBytes, &key::packet(key), schema::packet)
    }

    /// A packet's acknowledgement. Nothing, too, if it is not as it was written: it is found again on its chain.
    ///
    /// # Errors
    /// [`StoreError::Read`].
    pub fn acknowledgement(&self, key: &PacketKey) -> Result<Option<Acknowledgement>, StoreError> {
        self.rebuildable(Tree::Acknowledgement, &key::packet(key), |payload| Ok(schema::acknowledgement(payload)))
    }

    /// Where values are kept.
    pub(crate) fn backend(&self) -> &dyn Backend {
        &*self.0.backend
    }

    /// Queues changes now; durable when the future answers.
    pub(crate) fn commit(&self, changes: Vec<Change>) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        let queued = match &self.0.writer {
            Some(writer) => Ok(writer.queue(changes)),
            None => Err(self.0.backend.commit(changes)),
        };
        async move {
            match queued {
                Ok(answer) => answer.await,
                Err(done) => done,
            }
        }
    }

    /// Makes changes durable, and blocks until they are.
    pub(crate) fn commit_blocking(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        match &self.0.writer {
            Some(writer) => writer.write(changes),
            None => self.0.backend.commit(changes),
        }
    }

    /// A value that a chain can give again, if it is to be trusted.
    fn rebuildable<T>(
        &self,
        tree: Tree,
        key: &[u8],
        read: impl FnOnce(Payload) -> Result<T, Untrusted>,
    ) -> Result<Option<T>, StoreError> {
        let Some(sealed) = self.0.backend.read(tree, key)? else { return Ok(None) };
        match envelope::open(tree.name(), key, &sealed).and_then(read) {
            Ok(value) => Ok(Some(value)),
            Err(reason) => {
                say_untrusted(tree, key, &reason);
                Ok(None)
            }
        }
    }
}

impl core::fmt::Debug for Store {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let kind = if self.0.writer.is_some() { "sled" } else { "memory" };
        f.debug_tuple("Store").field(&kind).finish()
    }
}

/// One line for a value that was left out.
pub(crate) fn say_untrusted(tree: Tree, key: &[u8], reason: &Untrusted) {
    tracing::warn!(tree = tree.name(), key = tree.describe(key), %reason, "record left out");
}
