//! The answer to a proven attack, in this order: the evidence file, durable; what freezes each client of the attacked
//! chain on every chain that is configured; each client's state read back, and proven, until it is frozen. The attacked
//! chain's own nodes are told at the same time, never in front.
//!
//! - Nothing is submitted before the file is there. A disk that refuses is alerted and tried again, for as long as it
//!   takes: whatever is signed needs the disk anyway, for its outbox record.
//! - A client is one task, so that a chain that is stuck holds up no other.
//! - What fails for a reason that may pass (a node, an empty wallet, a missing key) is tried again for ever, at growing
//!   distances. What can't be by the rules of the client's chain ends with its reason, once that is proven.
//! - Requests have stable names, so that a process that was killed goes on with what is in flight and sends nothing
//!   twice. The files say what is to be gone on with; losing the store is harmless, since what is frozen is found frozen.

mod alerts;
mod announce;
mod answering;
mod broadcast;
mod clients;
mod freeze;
mod held;
mod next;
mod obstacle;
mod retry;
mod union;
mod webhook;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::future;
use tokio::task::JoinSet;
use tracing::{error, info, warn};
use types::{ChainId, ClientId};

use crate::chain::Chain;
use crate::control::{Handle, Stopping};
use crate::driver::Shell;
use crate::evidence::{Case, Directory, FileError, Progress, prove};
use crate::metrics::Metrics;
use crate::supervise::supervised;

use self::answering::Answering;
use self::retry::Retry;

pub(crate) use self::alerts::Alerts;
pub use self::webhook::Webhook;

/// From a file, a case counts whatever the age of its blocks: what a client trusts still is judged by the client.
pub const TRUSTED_FOR_EVER: Duration = Duration::from_secs(100 * 365 * 24 * 3600);

/// Where evidence is kept, and who else is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ResponseOptions {
    /// Directory of the evidence files.
    pub directory: PathBuf,
    /// Who is told of what happens.
    pub webhook: Option<Webhook>,
}

/// Answers cases. Cheap to clone; clones answer a case once.
#[derive(Clone)]
pub struct Responder(Arc<Inner>);

struct Inner {
    chains: BTreeMap<ChainId, Arc<Chain>>,
    handle: Handle,
    directory: Directory,
    retry: Retry,
    /// Is anything submitted?
    submits: bool,
    /// These clients alone, where some are named.
    only: Option<BTreeSet<(ChainId, ClientId)>>,
    /// Names of cases that are being answered.
    under_way: Mutex<BTreeSet<String>>,
    alerts: Arc<Alerts>,
    metrics: Arc<Metrics>,
}

/// What a case came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The name of its file.
    pub name: String,
    /// How it ended for each client, and what the nodes said.
    pub progress: Progress,
}

impl Responder {
    /// Answers with the chains and the wallets of a running driver.
    ///
    /// # Errors
    /// [`Stopping`] when the driver is gone.
    pub fn new(handle: &Handle, options: &ResponseOptions, submits: bool) -> Result<Self, Stopping> {
        let shell = handle.shell()?;
        Ok(Self(Arc::new(Inner {
            chains: shell.chains.clone(),
            handle: handle.clone(),
            directory: Directory::new(&options.directory),
            retry: Retry { min: shell.options.backoff_min, max: shell.options.backoff_max },
            submits,
            only: None,
            under_way: Mutex::default(),
            alerts: shell.alerts.clone(),
            metrics: shell.metrics.clone(),
        })))
    }

    /// The same for these clients alone.
    #[must_use]
    pub fn only(self, clients: BTreeSet<(ChainId, ClientId)>) -> Self {
        let Inner { chains, handle, directory, retry, submits, alerts, metrics, .. } = &*self.0;
        Self(Arc::new(Inner {
            chains: chains.clone(),
            handle: handle.clone(),
            directory: directory.clone(),
            retry: *retry,
            submits: *submits,
            only: Some(clients),
            under_way: Mutex::default(),
            alerts: alerts.clone(),
            metrics: metrics.clone(),
        }))
    }

    /// Answers a case until there is nothing left to do, which may be never. None if it is being answered already.
    pub async fn respond(&self, case: &Case) -> Option<Response> {
        let inner = &self.0;
        let name = inner.keep(case).await;
        // A case that is answered is begun anew only once that has ended, or was dropped.
        let answering = Answering::begin(inner, case, &name)?;
        if !answering.earlier.is_settled {
            inner.announce_attack(case, &name);
        }
        if !inner.submits {
            return Some(Response { progress: answering.earlier.clone(), name: name.clone() });
        }
        future::join(freeze_all(&answering), broadcast::broadcast(&answering)).await;
        if !answering.earlier.is_settled {
            inner.metrics.attack_answered(&case.chain);
        }
        let progress = answering.close().await;
        info!(evidence = name, clients = progress.clients.len(), "the attack is answered");
        Some(Response { name, progress })
    }

    /// The cases of the directory that are not settled: what a process that was killed has left. Each is proven anew.
    pub async fn unsettled(&self) -> Vec<Case> {
        let directory = self.0.directory.clone();
        let read = move || -> Result<Vec<Case>, FileError> {
            let names = directory.names()?.into_iter().filter(|name| !directory.progress(name).is_settled);
            Ok(names.filter_map(|name| usable(&directory, &name)).collect())
        };
        match blocking(read).await {
            Ok(cases) => cases,
            Err(error) => {
                error!(%error, "evidence of an earlier run can't be read");
                Vec::new()
            }
        }
    }
}

impl Inner {
    /// Keeps the case, however long that takes; gives its name.
    async fn keep(&self, case: &Case) -> String {
        let mut pauses = self.retry.pauses();
        loop {
            let (directory, case) = (self.directory.clone(), case.clone());
            match blocking(move || directory.keep(&case)).await {
                Ok(name) => return name,
                Err(error) => {
                    error!(%error, "AN ATTACK CAN'T BE ANSWERED: its evidence is not on the disk; free some space, or name another directory with `evidence`");
                    pauses.pause().await;
                }
            }
        }
    }
}

/// Freezes every client of the attacked chain, wherever it is.
async fn freeze_all(answering: &Answering<'_>) {
    let freeze = answering.inner.chains.values().map(|host| clients::freeze_on(answering, host));
    // It does not wait behind the packets' questions.
    chain::urgently(future::join_all(freeze)).await;
}

/// Answers what is found and what an earlier run has left, for as long as it is let.
pub(crate) async fn run(shell: &Arc<Shell>, handle: &Handle, submits: bool) {
    let Ok(responder) = Responder::new(handle, &shell.options.response, submits) else { return };
    let mut answers = JoinSet::new();
    for case in responder.unsettled().await {
        info!(chain = %case.chain, height = %case.height(), "an attack that was found earlier is answered on");
        answer(&mut answers, &responder, case);
    }
    loop {
        tokio::select! {
            case = shell.watch.next_case() => answer(&mut answers, &responder, case),
            Some(_) = answers.join_next(), if !answers.is_empty() => {}
        }
    }
}

/// Answers what was found so far and what an earlier run has left, each to its end.
pub(crate) async fn settle(shell: &Shell, handle: &Handle, submits: bool) -> Result<(), Stopping> {
    let responder = Responder::new(handle, &shell.options.response, submits)?;
    let mut cases = responder.unsettled().await;
    cases.extend(std::iter::from_fn(|| shell.watch.waiting_case()));
    future::join_all(cases.iter().map(|case| responder.respond(case))).await;
    Ok(())
}

fn answer(answers: &mut JoinSet<()>, responder: &Responder, case: Case) {
    let (responder, case) = (responder.clone(), Arc::new(case));
    answers.spawn(supervised("what answers an attack", move || {
        let (responder, case) = (responder.clone(), case.clone());
        async move {
            if responder.respond(&case).await.is_none() {
                info!(chain = %case.chain, height = %case.height(), "the attack is being answered already");
            }
        }
    }));
}

/// A file of the directory, if it is one that proves something.
fn usable(directory: &Directory, name: &str) -> Option<Case> {
    let case = directory.case(name).inspect_err(|error| warn!(%error, "evidence is left aside")).ok()?;
    match prove(&case, TRUSTED_FOR_EVER) {
        Ok(_) => Some(case),
        Err(error) => {
            warn!(evidence = name, %error, "evidence is left aside: it proves nothing");
            None
        }
    }
}

/// What waits for the disk, where that holds nobody up.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, FileError> + Send + 'static,
) -> Result<T, FileError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is going down.
            Err(_) => future::pending().await,
        },
    }
}
