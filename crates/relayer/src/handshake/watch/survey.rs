//! A look at everything between the path's clients: at the start, and whenever something may have been missed.

use std::collections::BTreeSet;

use chain::ChainError;
use engine::{ChannelPath, Event};
use tracing::{debug, info, warn};

use super::{Side, Subject, Watcher};
use crate::discover;
use crate::handshake::surveys::OVERFLOW_PAUSE;
use crate::paths::Added;

impl Watcher {
    /// One that fails is tried again: nothing that was missed may stay missed.
    pub(super) async fn look_at_everything(&mut self) {
        match self.survey().await {
            Ok(()) => self.surveys.succeeded(),
            Err(error) => {
                if self.surveys.failed(self.shell.clock.now()) {
                    warn!(path = %self.path.id, %error, "the path's channels and handshakes can't be looked at now; it is tried again");
                }
            }
        }
    }

    async fn survey(&mut self) -> Result<(), ChainError> {
        let mut seen = BTreeSet::new();
        let mut subjects = Vec::new();
        if self.adds {
            let survey = discover::survey(&self.a, &self.b, &self.path).await?;
            subjects.extend(survey.half_closed.into_iter().map(|(port, id)| Subject::Channel(Side::A, port, id)));
            for channel in &survey.joined {
                seen.insert(channel.a.clone());
                self.add(channel).await;
            }
            debug!(path = %self.path.id, channels = survey.joined.len(), "the path's channels were looked for");
            self.remember(&survey.joined).await;
            if self.completes {
                for (side, ids) in [Side::A, Side::B].into_iter().zip(survey.connections) {
                    subjects.extend(ids.into_iter().map(|id| Subject::Connection(side, id)));
                }
                for (side, ids) in [Side::A, Side::B].into_iter().zip(survey.channels) {
                    subjects.extend(ids.into_iter().map(|(port, id)| Subject::Channel(side, port, id)));
                }
            }
        }
        // One of them may be closed at one end.
        let others = self.channels().into_iter().filter(|channel| !seen.contains(&channel.a));
        subjects.extend(others.map(|channel| Subject::Channel(Side::A, channel.a.0, channel.a.1)));
        let now = self.shell.clock.now();
        let left_out = subjects.into_iter().filter(|subject| !self.todo.add(subject.clone(), now)).count();
        if left_out > 0 {
            warn!(path = %self.path.id, left_out, "too many handshakes at once; the rest is looked for again later");
            self.surveys.want(now.after(OVERFLOW_PAUSE));
        }
        Ok(())
    }

    /// The channel stands: it is relayed from now on, and after a restart.
    pub(super) async fn relay(&self, channel: ChannelPath) {
        if self.add(&channel).await {
            self.remember(&self.channels()).await;
        }
    }

    /// Says whether the channel was not relayed before.
    async fn add(&self, channel: &ChannelPath) -> bool {
        let ((a_port, a), (b_port, b)) = (&channel.a, &channel.b);
        match self.shell.paths.add(&self.path.id, channel.clone()) {
            Added::New => {}
            Added::Known => return false,
            Added::TakenBy(other) => {
                debug!(path = %self.path.id, %other, a = %format!("{a_port}/{a}"), "another path relays the channel");
                return false;
            }
        }
        info!(path = %self.path.id, a = %format!("{a_port}/{a}"), b = %format!("{b_port}/{b}"), order = %channel.order, "channel is relayed from now on");
        self.shell.tell(Event::ChannelOpened { path: self.path.id.clone(), channel: channel.clone() }).await;
        true
    }

    /// The next start needs not look first.
    async fn remember(&self, channels: &[ChannelPath]) {
        if let Err(error) = discover::remember(&self.shell.store, &self.path, channels).await {
            warn!(path = %self.path.id, %error, "the path's channels can't be written down; they are looked for again after the next start");
        }
    }
}
