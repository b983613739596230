//! Others' handshakes, completed while we relay, and channels closed at both ends.
//!
//! An opening that a block tells of is a claim: it only says where to look. What is done follows from both chains' state
//! and rests on proofs. At the start, and whenever events were missed, everything between a path's clients is looked at.
//!
//! Connections and channels are completed on paths with `handshakes`. Channels that stand open are relayed at once on
//! those and on discovered paths. A relayed channel that one end closed is closed at the other on every path: only then
//! does what was sent through it time out (ICS-04 `timeoutOnClose`).
//!
//! Whoever begins handshakes may be hostile: the steps that we pay for are bounded an hour, and one that is refused again
//! and again is left.

mod look;
mod survey;
mod take;

use core::fmt;
use std::sync::Arc;
use std::time::Duration;

use engine::{ChannelPath, Instant, Path};
use futures::future;
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};
use types::event::IbcEvent;
use types::{BlockHeight, ChannelId, ConnectionId, PortId};

use super::HandshakeError;
use super::allowance::{Allowance, SPAN, STEPS_MAX};
use super::surveys::{OVERFLOW_PAUSE, Surveys};
use super::todo::Todo;
use crate::chain::Chain;
use crate::control::{Handle, SubmitError};
use crate::discover;
use crate::driver::{Opening, Shell};

/// How long all steps of one handshake may take before it is left for a while; each waits for a few blocks.
const LOOK_MAX: Duration = Duration::from_secs(300);
/// How often in a row a handshake fails before a further refusal ends it: an application may never take it.
const FAILURES_MAX: u32 = 8;

/// Watches all paths until cancelled.
pub(crate) async fn watch(shell: Arc<Shell>, handle: Handle, cancel: CancellationToken) {
    let paths = shell.paths.now();
    let watchers = paths.iter().filter_map(|path| Watcher::new(&shell, &handle, path)).map(Watcher::run);
    tokio::select! {
        () = cancel.cancelled() => {}
        _ = future::join_all(watchers) => {}
    }
}

/// One of a path's ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Side {
    A,
    B,
}

/// What is to be looked at, by its name on one side.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Connection(Side, ConnectionId),
    Channel(Side, PortId, ChannelId),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Connection(side, id) => write!(f, "{id} on side {side}"),
            Self::Channel(side, port, id) => write!(f, "{port}/{id} on side {side}"),
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::A => "a",
            Self::B => "b",
        })
    }
}

/// What a look has found.
enum Found {
    /// Nothing is to be done.
    Settled,
    /// A connection stands open: channels may be on it already.
    ConnectionOpen,
    /// No further step may be paid for before this instant.
    Spent(Instant),
    /// The channel's end is not closed before what it was sent is acknowledged: it is looked at again.
    Held(Instant),
}

/// One path's watcher.
struct Watcher {
    shell: Arc<Shell>,
    handle: Handle,
    /// As configured; its channels stand in `shell.paths`.
    path: Path,
    a: Arc<Chain>,
    b: Arc<Chain>,
    openings: broadcast::Receiver<Opening>,
    /// Are handshakes completed?
    completes: bool,
    /// Are open channels relayed, whoever opened them?
    adds: bool,
    todo: Todo<Subject>,
    surveys: Surveys,
    allowance: Allowance,
    /// That the allowance is spent is not said again before this instant.
    quiet_until: Instant,
}

impl Watcher {
    fn new(shell: &Arc<Shell>, handle: &Handle, path: &Path) -> Option<Self> {
        Some(Self {
            a: shell.chains.get(&path.a.chain)?.clone(),
            b: shell.chains.get(&path.b.chain)?.clone(),
            openings: shell.openings.subscribe(),
            completes: shell.options.handshakes.contains(&path.id),
            adds: discover::is_wanted(path, &shell.options),
            todo: Todo::new(),
            surveys: Surveys::from(Instant(0)),
            allowance: Allowance::of(STEPS_MAX),
            quiet_until: Instant(0),
            shell: shell.clone(),
            handle: handle.clone(),
            path: path.clone(),
        })
    }

    async fn run(mut self) {
        // What follows the chains says of one that does not answer.
        future::join(self.a.head_at_least(BlockHeight(1)), self.b.head_at_least(BlockHeight(1))).await;
        loop {
            let clock = self.shell.clock.clone();
            if self.surveys.take(clock.now()) {
                self.look_at_everything().await;
                continue;
            }
            if let Some(subject) = self.todo.due(clock.now()) {
                self.work_on(subject).await;
                continue;
            }
            let wait = async {
                match self.todo.wake_at().into_iter().chain(self.surveys.wake_at()).min() {
                    Some(at) => tokio::time::sleep(clock.until(at)).await,
                    None => future::pending().await,
                }
            };
            let opening = tokio::select! {
                opening = self.openings.recv() => opening,
                () = wait => continue,
            };
            match opening {
                Ok(opening) => self.note(&opening),
                Err(RecvError::Lagged(_)) => self.surveys.want(clock.now()),
                Err(RecvError::Closed) => return,
            }
        }
    }

    /// An event says where to look.
    fn note(&mut self, opening: &Opening) {
        let Some(side) = self.side_of(opening) else { return };
        let subject = match &opening.event {
            IbcEvent::ConnectionOpen { connection, client, .. } => {
                let end = if side == Side::A { &self.path.a } else { &self.path.b };
                (self.completes && *client == end.client).then(|| Subject::Connection(side, connection.clone()))
            }
            IbcEvent::ChannelOpen { port, channel, .. } => {
                self.adds.then(|| Subject::Channel(side, port.clone(), channel.clone()))
            }
            IbcEvent::ChannelClosed { port, channel } => {
                let subject = Subject::Channel(side, port.clone(), channel.clone());
                (self.adds || self.is_relayed(side, port, channel)).then_some(subject)
            }
            IbcEvent::SendPacket { .. }
            | IbcEvent::RecvPacket { .. }
            | IbcEvent::WriteAcknowledgement { .. }
            | IbcEvent::AcknowledgePacket { .. }
            | IbcEvent::TimeoutPacket { .. }
            | IbcEvent::CreateClient { .. }
            | IbcEvent::UpdateClient { .. }
            | IbcEvent::ClientMisbehaviour { .. } => None,
        };
        let Some(subject) = subject else { return };
        debug!(path = %self.path.id, %subject, height = %opening.height, "an opening or closing was told");
        let now = self.shell.clock.now();
        if !self.todo.add(subject, now) {
            self.surveys.want(now.after(OVERFLOW_PAUSE));
        }
    }

    fn side_of(&self, opening: &Opening) -> Option<Side> {
        match &opening.chain {
            chain if *chain == self.path.a.chain => Some(Side::A),
            chain if *chain == self.path.b.chain => Some(Side::B),
            _ => None,
        }
    }

    fn is_relayed(&self, side: Side, port: &PortId, channel: &ChannelId) -> bool {
        let is_it = |pair: &ChannelPath| {
            let (known_port, known) = if side == Side::A { &pair.a } else { &pair.b };
            known_port == port && known == channel
        };
        self.channels().iter().any(is_it)
    }

    /// The path's channels that are relayed now.
    fn channels(&self) -> Vec<ChannelPath> {
        let paths = self.shell.paths.now();
        let path = paths.iter().find(|path| path.id == self.path.id);
        path.map(|path| path.channels.clone()).unwrap_or_default()
    }
}

/// Looking.
impl Watcher {
    async fn work_on(&mut self, subject: Subject) {
        let worked = match tokio::time::timeout(LOOK_MAX, self.settle(&subject)).await {
            Ok(worked) => worked,
            Err(_) => Err(HandshakeError::Deadline(LOOK_MAX.as_secs())),
        };
        let path = &self.path.id;
        match worked {
            Ok(Found::Settled) => self.todo.done(&subject),
            Ok(Found::ConnectionOpen) => {
                self.todo.done(&subject);
                self.surveys.want(self.shell.clock.now());
            }
            Ok(Found::Spent(until)) => {
                self.todo.postpone(&subject, until);
                let now = self.shell.clock.now();
                if self.quiet_until <= now {
                    self.quiet_until = now.after(SPAN);
                    warn!(%path, steps = STEPS_MAX, "so many steps of others' handshakes were made within an hour; the rest waits");
                }
            }
            Ok(Found::Held(until)) => self.todo.postpone(&subject, until),
            Err(HandshakeError::Disagreement(reason)) => {
                warn!(%path, %subject, reason, "a handshake is left: its ends do not belong together");
                self.todo.done(&subject);
            }
            Err(error) => {
                let failures = self.todo.failed(&subject, self.shell.clock.now());
                if failures >= FAILURES_MAX && matches!(error, HandshakeError::Submit(SubmitError::Refused { .. })) {
                    warn!(%path, %subject, failures, %error, "a handshake is left: it is refused again and again; it is looked at again after the next start");
                    self.todo.done(&subject);
                } else if failures == 1 {
                    warn!(%path, %subject, %error, "a handshake does not go on now; it is tried again at growing distances");
                } else {
                    debug!(%path, %subject, failures, %error, "a handshake still does not go on");
                }
            }
        }
    }
}
