//! The one thread that writes: it merges what is queued into one commit, then answers all who wait for it.

use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::{mpsc, oneshot};

use crate::StoreError;
use crate::backend::Backend;
use crate::schema::Change;

/// How many jobs one commit takes at most.
const COMMIT_JOBS_MAX: usize = 1024;
/// From how many changes on a commit takes no further job: sled frees what they replace, some kilobytes for each of
/// them, only behind it.
const COMMIT_CHANGES_MAX: usize = 256;

/// Changes that stand or fall together, and who waits for them.
struct Job {
    changes: Vec<Change>,
    done: Done,
}

/// Tells who waits how it ended.
type Done = Box<dyn FnOnce(Result<(), String>) + Send>;

/// The way to the writing thread. Dropping it waits until everything that was queued is written.
#[derive(Debug)]
pub(crate) struct Writer {
    queue: Option<mpsc::UnboundedSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread.
    pub(crate) fn start(backend: Arc<dyn Backend>) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::unbounded_channel();
        let thread = std::thread::Builder::new().name("store".into()).spawn(move || run(&*backend, jobs))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Queues changes now, in the order of the calls; the answer comes when they are durable.
    ///
    /// The queue has no bound of its own: it is bounded by callers that wait for the answer.
    pub(crate) fn queue(&self, changes: Vec<Change>) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        let (done, answer) = oneshot::channel();
        // Who went away does not want to know.
        let is_sent = self.send(changes, Box::new(move |ended| drop(done.send(ended))));
        async move {
            is_sent?;
            answer.await.map_err(|_| gone())?.map_err(|reason| StoreError::Write { reason })
        }
    }

    /// The same for who can't wait but by blocking its thread; the one that writes is another, whatever the runtime.
    pub(crate) fn write(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        let (done, answer) = std::sync::mpsc::sync_channel(1);
        self.send(changes, Box::new(move |ended| drop(done.send(ended))))?;
        answer.recv().map_err(|_| gone())?.map_err(|reason| StoreError::Write { reason })
    }

    fn send(&self, changes: Vec<Change>, done: Done) -> Result<(), StoreError> {
        let queue = self.queue.as_ref().ok_or_else(gone)?;
        queue.send(Job { changes, done }).map_err(|_| gone())
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the store's writing thread panicked");
        }
    }
}

fn gone() -> StoreError {
    StoreError::Write { reason: "the writing thread has ended".to_owned() }
}

/// Works until the queue is closed and empty.
fn run(backend: &dyn Backend, mut jobs: mpsc::UnboundedReceiver<Job>) {
    let mut failure: Option<String> = None;
    while let Some(first) = jobs.blocking_recv() {
        let (changes, waiting) = gather(first, &mut jobs);
        // After a failure nothing is tried again: a later record must not stand without an earlier one.
        if failure.is_none()
            && let Err(error) = backend.commit(changes)
        {
            tracing::error!(%error, "the store cannot write");
            failure = Some(match error {
                StoreError::Write { reason } => reason,
                other => other.to_string(),
            });
        }
        let answer = failure.clone().map_or(Ok(()), Err);
        for done in waiting {
            done(answer.clone());
        }
    }
}

/// The first job and what else is queued, within the limits of one commit.
fn gather(first: Job, jobs: &mut mpsc::UnboundedReceiver<Job>) -> (Vec<Change>, Vec<Done>) {
    let mut changes = first.changes;
    let mut waiting = vec![first.done];
    while waiting.len() < COMMIT_JOBS_MAX && changes.len() < COMMIT_CHANGES_MAX {
        let Ok(job) = jobs.try_recv() else { break };
        changes.extend(job.changes);
        waiting.push(job.done);
    }
    (changes, waiting)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;
    use crate::schema::Tree;

    /// Counts commits; holds each until it is let go; fails from the given one on.
    struct Gate {
        commits: Mutex<Vec<usize>>,
        let_go: Mutex<std::sync::mpsc::Receiver<()>>,
        fails_from: usize,
    }

    impl Backend for Gate {
        fn read(&self, _: Tree, _: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
            Ok(None)
        }
        fn scan(&self, _: Tree, _: &[u8], _: &mut dyn FnMut(&[u8], &[u8])) -> Result<(), StoreError> {
            Ok(())
        }
        fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
            self.let_go.lock().unwrap().recv().unwrap();
            let mut commits = self.commits.lock().unwrap();
            commits.push(changes.len());
            let fails = commits.len() > self.fails_from;
            if fails { Err(StoreError::Write { reason: "disk full".into() }) } else { Ok(()) }
        }
    }

    fn gate(fails_from: usize) -> (Arc<Gate>, std::sync::mpsc::Sender<()>) {
        let (go, let_go) = std::sync::mpsc::channel();
        (Arc::new(Gate { commits: Mutex::default(), let_go: Mutex::new(let_go), fails_from }), go)
    }

    fn change(number: u8) -> Vec<Change> {
        vec![Change::delete(Tree::Outbox, vec![number])]
    }

    #[tokio::test]
    async fn what_queues_up_during_a_commit_shares_the_next_one() {
        let (backend, go) = gate(usize::MAX);
        let writer = Writer::start(backend.clone()).unwrap();
        let answers: Vec<_> = (0..50).map(|number| writer.queue(change(number))).collect();
        // One for the commit that may have begun with a part, one for all the rest.
        go.send(()).unwrap();
        go.send(()).unwrap();
        for answer in answers {
            answer.await.unwrap();
        }
        let commits = backend.commits.lock().unwrap();
        assert_eq!(commits.iter().sum::<usize>(), 50);
        assert!(commits.len() <= 2, "{commits:?}");
    }

    #[tokio::test]
    async fn a_large_commit_takes_no_further_job() {
        let (backend, go) = gate(usize::MAX);
        let writer = Writer::start(backend.clone()).unwrap();
        let large = || (0..COMMIT_CHANGES_MAX).flat_map(|_| change(0)).collect();
        let answers: Vec<_> = (0..5).map(|_| writer.queue(large())).collect();
        for answer in answers {
            go.send(()).unwrap();
            answer.await.unwrap();
        }
        assert_eq!(*backend.commits.lock().unwrap(), [COMMIT_CHANGES_MAX; 5]);
    }

    #[tokio::test]
    async fn after_a_failed_commit_nothing_is_written() {
        let (backend, go) = gate(1);
        let writer = Writer::start(backend.clone()).unwrap();
        for _ in 0..3 {
            go.send(()).unwrap();
        }
        writer.queue(change(0)).await.unwrap();
        let failed = writer.queue(change(1)).await.unwrap_err().to_string();
        assert!(failed.contains("disk full"), "{failed}");
        writer.queue(change(2)).await.unwrap_err();
        assert_eq!(backend.commits.lock().unwrap().len(), 2, "the third must not reach the backend");
    }

    /// On a runtime of one thread, which is blocked meanwhile.
    #[tokio::test]
    async fn who_blocks_is_answered_when_it_is_durable() {
        let (backend, go) = gate(1);
        let writer = Writer::start(backend.clone()).unwrap();
        go.send(()).unwrap();
        writer.write(change(0)).unwrap();
        assert_eq!(*backend.commits.lock().unwrap(), [1]);
        go.send(()).unwrap();
        let failed = writer.write(change(1)).unwrap_err().to_string();
        assert!(failed.contains("disk full"), "{failed}");
    }

    #[tokio::test]
    async fn a_queued_job_is_written_though_nobody_waits_for_it() {
        let (backend, go) = gate(usize::MAX);
        go.send(()).unwrap();
        let writer = Writer::start(backend.clone()).unwrap();
        drop(writer.queue(change(0)));
        drop(writer);
        assert_eq!(*backend.commits.lock().unwrap(), [1]);
    }
}
