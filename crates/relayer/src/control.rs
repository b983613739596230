//! How a procedure (a handshake, a transfer) asks the driver for a transaction, and waits for its end.

use std::fmt;
use std::sync::{Arc, Weak};

use engine::{Engine, Event, LaneId, Message, Outcome, Priority, Request, RequestId};
use tokio::sync::{mpsc, oneshot};

use crate::driver::Shell;

/// The driver is gone: the process is stopping.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the relayer is stopping")]
pub struct Stopping;

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
