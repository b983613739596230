//! How a procedure (a handshake, a transfer) asks the driver for a transaction, and waits for its end.

use std::fmt;
use std::sync::{Arc, Weak};

use engine::{Created, Engine, Event, LaneId, Message, Outcome, Priority, Request, RequestId};
use tokio::sync::{mpsc, oneshot};
use types::{BlockHeight, ChainId, Refusal};

use crate::driver::Shell;

/// The driver is gone: the process is stopping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the relayer is stopping")]
pub struct Stopping;

/// Why the transaction of a step did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum SubmitError {
    /// The chain refused.
    #[error("{chain} refused {step}: {log} (codespace {codespace:?}, code {code})", log = refusal.log, codespace = refusal.codespace, code = refusal.code)]
    Refused {
        /// The chain.
        chain: ChainId,
        /// What was refused.
        step: &'static str,
        /// Its answer.
        refusal: Box<Refusal>,
    },
    /// The transaction never made it into a block.
    #[error("{step} on {chain} never made it into a block; run the same command again")]
    Void {
        /// The chain.
        chain: ChainId,
        /// What was not done.
        step: &'static str,
    },
    /// The process is stopping.
    #[error(transparent)]
    Stopping(#[from] Stopping),
}

/// A transaction that stands in a block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Committed {
    /// The block.
    pub(crate) height: BlockHeight,
    /// What it made.
    pub(crate) created: Vec<Created>,
}

impl Committed {
    /// What came of `step` on `chain`.
    ///
    /// # Errors
    /// When the chain refused it, or it never made it into a block.
    pub(crate) fn from_outcome(chain: &ChainId, step: &'static str, outcome: Outcome) -> Result<Self, SubmitError> {
        let chain = || chain.clone();
        match outcome {
            Outcome::Committed { height, created } => Ok(Self { height, created }),
            Outcome::Failed { refusal } => {
                Err(SubmitError::Refused { chain: chain(), step, refusal: Box::new(refusal) })
            }
            Outcome::Void => Err(SubmitError::Void { chain: chain(), step }),
        }
    }
}

/// Reads the engine; must be quick, since nothing else happens meanwhile.
pub(crate) struct Look(pub(crate) Box<dyn FnOnce(&Engine) + Send>);

impl fmt::Debug for Look {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Look")
    }
}

/// What the driver is asked for from outside.
#[derive(Debug)]
pub(crate) enum Control {
    Request {
        request: Request,
        reply: oneshot::Sender<Outcome>,
    },
    Forget {
        request: RequestId,
    },
    /// Something happened that only the outside knows.
    Tell {
        event: Event,
    },
    /// Look at the engine between two events.
    Inspect {
        look: Look,
    },
    Stop,
}

/// A handle on a running driver. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Handle {
    pub(crate) control: mpsc::Sender<Control>,
    /// What the driver works with; gone with it.
    pub(crate) shell: Weak<Shell>,
}

impl Handle {
    /// Has `messages` signed by the lane's wallet in one transaction, and waits for its end.
    ///
    /// The same `id` never sends twice, restarts included, until it is forgotten.
    ///
    /// # Errors
    /// [`Stopping`] when the driver stopped before the end was known; ask again after a restart.
    pub async fn submit(&self, id: RequestId, lane: LaneId, messages: Vec<Message>) -> Result<Outcome, Stopping> {
        self.submit_with(id, lane, Priority::Handshake, messages).await
    }

    /// The same for others than procedures.
    pub(crate) async fn submit_with(
        &self,
        id: RequestId,
        lane: LaneId,
        priority: Priority,
        messages: Vec<Message>,
    ) -> Result<Outcome, Stopping> {
        let (reply, outcome) = oneshot::channel();
        let request = Request { id, lane, priority, messages };
        self.control.send(Control::Request { request, reply }).await.map_err(|_| Stopping)?;
        outcome.await.map_err(|_| Stopping)
    }

    /// Submits a step that may be submitted anew once its end is known.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub(crate) async fn commit(
        &self,
        id: RequestId,
        lane: LaneId,
        step: &'static str,
        messages: Vec<Message>,
    ) -> Result<Committed, SubmitError> {
        let chain = lane.chain.clone();
        let outcome = self.submit(id.clone(), lane, messages).await?;
        self.forget(id).await?;
        Committed::from_outcome(&chain, step, outcome)
    }

    /// The outcome was taken note of: it needs not be remembered any more.
    ///
    /// # Errors
    /// [`Stopping`] when the driver is gone.
    pub async fn forget(&self, request: RequestId) -> Result<(), Stopping> {
        self.control.send(Control::Forget { request }).await.map_err(|_| Stopping)
    }

    /// What the driver works with.
    ///
    /// # Errors
    /// [`Stopping`] when the driver is gone.
    pub(crate) fn shell(&self) -> Result<Arc<Shell>, Stopping> {
        self.shell.upgrade().ok_or(Stopping)
    }

    /// Reads the engine between two events: quickly, since nothing else happens meanwhile.
    ///
    /// # Errors
    /// [`Stopping`] when the driver is gone.
    pub async fn inspect<T: Send + 'static>(
        &self,
        look: impl FnOnce(&Engine) -> T + Send + 'static,
    ) -> Result<T, Stopping> {
        let (reply, answer) = oneshot::channel();
        let look = Look(Box::new(move |engine| {
            if reply.send(look(engine)).is_err() {
                tracing::trace!("nobody waits for what was looked at");
            }
        }));
        self.control.send(Control::Inspect { look }).await.map_err(|_| Stopping)?;
        answer.await.map_err(|_| Stopping)
    }

    /// Brings the engine an event from outside.
    ///
    /// # Errors
    /// [`Stopping`] when the driver is gone.
    pub(crate) async fn tell(&self, event: Event) -> Result<(), Stopping> {
        self.control.send(Control::Tell { event }).await.map_err(|_| Stopping)
    }

    /// Asks the driver to stop: new work is refused, work in flight is recorded.
    pub async fn stop(&self) {
        // A driver that is gone has stopped already.
        if self.control.send(Control::Stop).await.is_err() {
            tracing::debug!("asked to stop twice");
        }
    }
}
