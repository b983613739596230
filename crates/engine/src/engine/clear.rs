//! What is wanted from outside while the engine runs: channels that opened, what shall be cleared now, what was searched
//! for. Whoever waited in vain is tried again.

use std::collections::BTreeSet;

use types::{ChainId, Sequence};

use super::Engine;
use crate::batcher::Place;
use crate::tracker::{At, Attempt};
use crate::{ChannelKey, ChannelPath, FoundAcknowledgement, Hopeless, PathId, Step};

impl Engine {
    /// A channel of a configured path is relayed from now on. What was sent on it before is found by its first sweep.
    pub(super) fn channel_opened(&mut self, path: &PathId, channel: ChannelPath) {
        let Some(path) = self.options.paths.iter_mut().find(|known| known.id == *path) else { return };
        let mut group_of = |host: &crate::PathEnd, counterparty: &crate::PathEnd| {
            self.batcher.group_of(&path.id, &host.chain, &host.client, &counterparty.chain)
        };
        let groups = (group_of(&path.a, &path.b), group_of(&path.b, &path.a));
        let new = self.tracker.add(path, &channel, groups, self.options.leg_tries_max);
        if new.is_empty() {
            return;
        }
        path.channels.push(channel);
        for direction in new {
            self.wake_direction(direction);
        }
    }

    /// These channels are swept now, and what was set aside or searched for in vain is tried again. A claim of a closed
    /// end stands until that sweep.
    pub(super) fn clear_requested(&mut self, channels: &[ChannelKey]) {
        for index in channels.iter().filter_map(|channel| self.tracker.source(channel)).collect::<BTreeSet<_>>() {
            let direction = &mut self.tracker.directions[index];
            direction.sweep.due = true;
            direction.sweep.not_before = None;
            direction.missing.retry();
            let open: Vec<_> = direction.open.iter().copied().collect();
            for sequence in open {
                self.try_again(At { direction: index, sequence });
            }
        }
    }

    fn try_again(&mut self, at: At) {
        let Some(entry) = self.tracker.entry_mut(at) else { return };
        match entry.hopeless {
            Some(Hopeless::AcknowledgementMalformed) => entry.hopeless = None,
            Some(Hopeless::SourceClosed) | None => {}
        }
        // A leg whose message may be done already waits for its event all the same.
        if self.place_of(at).is_none_or(|place| !matches!(place, Place::OnSubmissionHead(_))) {
            self.plan_if_free(at);
        }
    }

    /// Where a waiting leg stands.
    pub(super) fn place_of(&self, at: At) -> Option<Place> {
        match self.tracker.entry(at)?.attempt {
            Attempt::Waiting { group, .. } => self.batcher.groups[group.0].place(at),
            Attempt::None | Attempt::Preparing { .. } | Attempt::Handed { .. } => None,
        }
    }

    pub(super) fn chain_answered(&mut self, chain: &ChainId) {
        self.release_chain(chain);
    }

    /// What was searched for in vain is awaited no longer, and its packets have no leg until somebody asks again.
    pub(super) fn recovered(
        &mut self,
        channel: &ChannelKey,
        sends: &BTreeSet<Sequence>,
        acknowledgements: &BTreeSet<Sequence>,
    ) {
        let Some(direction) = self.tracker.source(channel) else { return };
        for sequence in self.tracker.directions[direction].missing.searched(sends, acknowledgements) {
            self.plan_if_free(At { direction, sequence });
        }
    }

    /// Bytes that hash to what the destination holds are as good as the event that told them.
    pub(super) fn acknowledgement_found(&mut self, found: &FoundAcknowledgement, step: &mut Step) {
        let FoundAcknowledgement { packet, acknowledgement, height } = found;
        let Some(at) = self.tracker.find(packet) else { return };
        if self.tracker.entry(at).is_some() {
            self.acknowledgement_known(at, *height, acknowledgement, step);
        } else {
            let missing = &mut self.tracker.directions[at.direction].missing;
            missing.found_early(at.sequence, *height, acknowledgement.clone());
        }
    }
}
