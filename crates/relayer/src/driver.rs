//! The driver: one task that owns the engine. An event comes in, its step's writes are made durable, then its actions
//! leave; their results come back as events. Nothing else decides, nothing else holds a lock over the engine.

mod shell;
mod sources;
mod waiting;

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::{Action, Engine, Event, Notice, Record};
use store::{Store, StoreError};
use tokio::sync::{broadcast, mpsc};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use types::ChainId;
use types::event::IbcEvent;

use crate::chain::Chain;
use crate::clock::Clock;
use crate::config::RelayOptions;
use crate::control::{Control, Handle};
use crate::monitor::{Sighting, Watch};
use crate::notice;
use crate::packets::Confirmed;
use crate::paths::Paths;
use crate::recover::{Bounds, Searches};
use crate::respond::Alerts;
use crate::run::Purpose;
use crate::submit;
use waiting::Waiting;

pub(crate) use shell::{Opening, Shell};

/// Events that wait for the driver, at most; more of them make the senders wait.
const EVENTS_MAX: usize = 1024;
/// Events that are handled before their writes are made durable together, at most.
const STEPS_MERGED_MAX: usize = 64;
/// Records that are made durable at once: of a block of many packets each stage of the store would else hold a copy.
const WRITE_RECORDS_MAX: usize = 256;

/// Why a driver ended otherwise than by being asked to.
#[derive(Debug, thiserror::Error)]
pub enum DriverError {
    /// What can't be written can't be acted on.
    #[error("the store failed: {0}")]
    Store(#[from] StoreError),
}

/// One task that owns the engine.
pub struct Driver {
    engine: Engine,
    shell: Arc<Shell>,
    events: mpsc::Receiver<Event>,
    /// For the clients that are kept alive.
    handle: Handle,
    control: mpsc::Receiver<Control>,
    waiting: Waiting,
    actions: JoinSet<()>,
    purpose: Purpose,
    is_stopping: bool,
}

impl Driver {
    /// A driver over `engine`, whose records came from `store`.
    pub fn new(
        engine: Engine,
        store: Store,
        clock: Arc<Clock>,
        chains: BTreeMap<ChainId, Arc<Chain>>,
        paths: Vec<engine::Path>,
        options: RelayOptions,
        purpose: Purpose,
    ) -> (Self, Handle) {
        let (events_sender, events) = mpsc::channel(EVENTS_MAX);
        let (control_sender, control) = mpsc::channel(EVENTS_MAX);
        let alerts = Arc::new(Alerts::new(options.response.webhook.clone()));
        let shell = Arc::new(Shell {
            chains,
            paths: Paths::new(paths),
            options,
            metrics: Arc::default(),
            openings: broadcast::Sender::new(EVENTS_MAX),
            store,
            clock,
            events: events_sender,
            searches: Searches::default(),
            bounds: Bounds::default(),
            confirmed: Confirmed::default(),
            watch: Watch::default(),
            alerts,
        });
        let handle = Handle { control: control_sender, shell: Arc::downgrade(&shell) };
        let driver = Self {
            engine,
            shell,
            events,
            handle: handle.clone(),
            control,
            waiting: Waiting::default(),
            actions: JoinSet::new(),
            purpose,
            is_stopping: false,
        };
        (driver, handle)
    }

    /// Runs until it is asked to stop and what is being signed or broadcast has come to an end.
    ///
    /// # Errors
    /// When the store fails: nothing may be done that was not written.
    pub async fn run(mut self) -> Result<(), DriverError> {
        let cancel = CancellationToken::new();
        let mut sources = self.sources(&cancel);
        let result = self.turn().await;
        cancel.cancel();
        self.actions.shutdown().await;
        sources.shutdown().await;
        result
    }

    async fn turn(&mut self) -> Result<(), DriverError> {
        let mut wake_at = self.perform(vec![Event::Woken]).await?;
        while !(self.is_stopping && self.engine.is_stopped()) {
            let sleep = async {
                match wake_at {
                    Some(deadline) => tokio::time::sleep(self.shell.clock.until(deadline)).await,
                    None => std::future::pending().await,
                }
            };
            let mut batch = Vec::new();
            tokio::select! {
                biased;
                control = self.control.recv(), if !self.control.is_closed() => batch.extend(self.controlled(control)),
                count = self.events.recv_many(&mut batch, STEPS_MERGED_MAX) => debug_assert!(count > 0, "the shell holds a sender"),
                () = sleep => batch.push(Event::Woken),
                Some(ended) = self.actions.join_next(), if !self.actions.is_empty() => {
                    if let Err(error) = ended && error.is_panic() {
                        tracing::error!(%error, "an action panicked; its work is found again by the next sweep");
                    }
                    continue;
                }
            }
            wake_at = self.perform(batch).await?;
        }
        Ok(())
    }

    /// What an outside wish means to the engine; a channel that has closed is the wish to stop.
    fn controlled(&mut self, control: Option<Control>) -> Option<Event> {
        match control {
            Some(Control::Request { request, reply }) => {
                self.waiting.add(&request, reply);
                Some(Event::RequestMade { request })
            }
            Some(Control::Tell { event }) => Some(event),
            Some(Control::Inspect { look }) => {
                (look.0)(&self.engine);
                None
            }
            Some(Control::Forget { request }) => Some(Event::RequestForgotten { request }),
            Some(Control::Stop) | None => {
                self.is_stopping = true;
                self.control.close();
                Some(Event::StopRequested)
            }
        }
    }

    /// Handles events, makes all their writes durable at once, then lets their actions go.
    async fn perform(&mut self, events: Vec<Event>) -> Result<Option<engine::Instant>, DriverError> {
        let now = self.shell.clock.now();
        let (mut writes, mut actions, mut wake_at) = (Vec::<Record>::new(), Vec::new(), None);
        for event in events {
            self.announce(&event);
            if let Event::ClearRequested { channels } = &event {
                self.shell.searches.wake(channels);
            }
            let step = self.engine.handle(event, now);
            writes.extend(step.writes);
            actions.extend(step.actions);
            // Each step tells the earliest deadline of the whole engine, so the last one counts.
            wake_at = step.wake_at;
        }
        self.write(writes).await?;
        for action in actions {
            self.dispatch(action);
        }
        Ok(wake_at)
    }

    /// Makes records durable, a part at a time: the engine has put them in an order of which any first part may stand.
    async fn write(&self, mut records: Vec<Record>) -> Result<(), StoreError> {
        while !records.is_empty() {
            let later = records.split_off(records.len().min(WRITE_RECORDS_MAX));
            self.shell.store.apply(std::mem::replace(&mut records, later)).await?;
        }
        Ok(())
    }

    /// Lets the watchers of handshakes and of clients see what a block told.
    fn announce(&self, event: &Event) {
        let Event::BlockObserved { chain, block } = event else { return };
        if self.shell.watch.is_on()
            && let Some(sighting) = Sighting::of(chain, block)
        {
            self.shell.watch.sighted(sighting);
        }
        for event in block.events() {
            let is_opening = matches!(
                event,
                IbcEvent::ConnectionOpen { .. } | IbcEvent::ChannelOpen { .. } | IbcEvent::ChannelClosed { .. }
            );
            if is_opening {
                let opening = Opening { chain: chain.clone(), height: block.height, event: event.clone() };
                // Without watchers there is nobody to tell.
                self.shell.openings.send(opening).unwrap_or_default();
            }
        }
    }

    fn dispatch(&mut self, action: Action) {
        match action {
            // Who looks neither proves nor signs: the leg that stands in its batch is the answer.
            Action::PrepareBatch { .. }
            | Action::SignTx { .. }
            | Action::Broadcast { .. }
            | Action::ReadAccount { .. }
                if self.purpose == Purpose::Look => {}
            Action::Conclude { request, outcome } => self.waiting.conclude(&request, &outcome),
            Action::Notify { notice } => {
                notice::log(&notice);
                self.shell.metrics.notice(&notice, &self.shell.paths);
                // A procedure does not wait for a wallet to be filled: whoever runs it hears of it at once.
                if let (Purpose::Procedure, Notice::LaneBlocked { lane, reason }) = (self.purpose, notice) {
                    self.waiting.give_up(&lane, &submit::lasting(reason));
                }
            }
            Action::PrepareBatch { .. }
            | Action::SignTx { .. }
            | Action::Broadcast { .. }
            | Action::ReadAccount { .. }
            | Action::Rescan { .. }
            | Action::Sweep { .. }
            | Action::Recover { .. } => {
                self.actions.spawn(crate::perform::perform(self.shell.clone(), action));
            }
        }
    }
}
