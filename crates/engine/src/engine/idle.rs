//! Is there anything left that we could do now? It is how `clear` knows that it is done.

use super::Engine;
use crate::Progress;
use crate::batcher::Place;
use crate::planner::is_near_timeout;
use crate::tracker::{At, Attempt, Entry};

impl Engine {
    /// Is there nothing left that we could do now? Every channel was swept since the start and since the last wish to
    /// clear it, no block is missing, no leg is possible or under way, no transaction is in flight.
    ///
    /// What is left then waits for others, and `packets` tells of each why: an acknowledgement that the destination has
    /// not written (a sweep confirmed that), a timeout that is more than a few blocks away or the closing of the
    /// destination's end where the source's is closed, what the policy refuses, what is hopeless, what was searched for
    /// in vain, what is quarantined until its next try, what stands behind such a packet on an ordered channel, and
    /// legs whose client can't be used. Ends that an event has told and no sweep has confirmed are claims: whoever must
    /// know asks for a sweep by [`crate::Event::ClearRequested`] and looks again.
    pub fn is_idle(&self) -> bool {
        let chains_are_read = self.chains.values().all(|blocks| !blocks.has_gap());
        let lanes_are_idle = self.submitter.lanes.values().all(|lane| lane.is_idle());
        chains_are_read
            && lanes_are_idle
            && self.batcher.batches.is_empty()
            && (0..self.tracker.directions.len()).all(|index| self.is_direction_idle(index))
    }

    fn is_direction_idle(&self, index: usize) -> bool {
        let direction = &self.tracker.directions[index];
        let sweep = &direction.sweep;
        let is_swept = sweep.last.is_some() && !sweep.due && !sweep.in_flight;
        // In sequence, so that at each packet all below it wait for others: what may not go before them waits too.
        is_swept
            && !direction.missing.is_awaited()
            && direction.open.iter().all(|sequence| !self.is_pending(At { direction: index, sequence: *sequence }))
    }

    /// Could we bring this packet further, now or in a few blocks, if all below it on an ordered channel stay?
    pub(super) fn is_pending(&self, at: At) -> bool {
        let direction = &self.tracker.directions[at.direction];
        let Some(entry) = direction.packets.get(&at.sequence) else { return false };
        match entry.attempt {
            Attempt::Preparing { .. } | Attempt::Handed { .. } => true,
            Attempt::Waiting { leg, group, .. } => {
                let is_resting = entry.is_quarantined(self.options.leg_tries_max)
                    && matches!(self.place_of(at), Some(Place::OnTime(_)));
                let group = &self.batcher.groups[group.0];
                let is_unusable = group.is_unusable && group.retry_at.is_some();
                !is_resting && !is_unusable && direction.follows(at.sequence, leg, None, |_| true)
            }
            Attempt::None => self.is_pending_without_leg(at, entry),
        }
    }

    fn is_pending_without_leg(&self, at: At, entry: &Entry) -> bool {
        let direction = &self.tracker.directions[at.direction];
        let is_ours = entry.record.refused.is_none() && entry.hopeless.is_none();
        if !is_ours || direction.missing.unfound(at.sequence).is_some() {
            return false;
        }
        match (entry.record.progress, self.head_of(&direction.destination_chain)) {
            (Progress::Sent, Some(head)) => is_near_timeout(&entry.record, head, &self.ends_of(at.direction)),
            (Progress::Received, _) => {
                let is_unconfirmed = entry.record.progress_at > direction.sweep.last_destination;
                is_unconfirmed || direction.missing.awaits_acknowledgement(at.sequence)
            }
            (Progress::AckWritten, _) => !direction.is_awake,
            (Progress::Sent, None) => true,
            (Progress::Acknowledged | Progress::TimedOut, _) => false,
        }
    }
}
