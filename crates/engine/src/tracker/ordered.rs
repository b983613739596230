//! What an ordered channel allows (ICS-04): receives and acknowledgements in sequence only, and a timeout that closes it.

use types::{Order, Sequence};

use super::{Attempt, Direction, Entry};
use crate::submitter::JobId;
use crate::{Leg, Progress};

impl Direction {
    /// A timeout closes the channel (ICS-04 `timeoutPacket`).
    pub(super) fn note_timed_out(&mut self, sequence: Sequence) {
        if self.order == Order::Ordered {
            self.broken_at = Some(self.broken_at.map_or(sequence, |lowest| lowest.min(sequence)));
        }
    }

    /// Ordered channels: may this leg go, given what became of the packets below it? `joined` is the leg of this
    /// channel that stands right before it in the same transaction or batch; `is_on_its_way` tells of other jobs.
    pub(crate) fn follows(
        &self,
        sequence: Sequence,
        leg: Leg,
        joined: Option<(Sequence, Leg)>,
        is_on_its_way: impl Fn(JobId) -> bool,
    ) -> bool {
        if self.order == Order::Unordered {
            return true;
        }
        let is_broken = self.broken_at.is_some_and(|broken| broken < sequence);
        let before = match leg {
            Leg::Recv if is_broken || self.missing.has_send_below(sequence) => return false,
            Leg::Recv => self.sent.range(..sequence).next_back(),
            Leg::Timeout | Leg::TimeoutOnClose if !self.lets_lower_go_first(leg) => None,
            // It waits for no packet that is not ours to relay.
            Leg::Timeout | Leg::TimeoutOnClose => self
                .open
                .range(..sequence)
                .rev()
                .find(|below| self.packets.get(below).is_some_and(|entry| entry.record.refused.is_none())),
            Leg::Ack => self.open.range(..sequence).next_back(),
        };
        let Some(before) = before else { return true };
        if joined == Some((*before, leg)) {
            return true;
        }
        let Some(before) = self.packets.get(before) else { return true };
        match before.attempt {
            Attempt::Handed { leg: other, job } => other == leg && is_on_its_way(job),
            Attempt::None | Attempt::Waiting { .. } | Attempt::Preparing { .. } => false,
        }
    }

    /// Does this leg wait for the packets of its channel that are below its own? A timeout closes our end, after which no
    /// acknowledgement is taken: it does so unless that end is closed already.
    pub(crate) fn lets_lower_go_first(&self, leg: Leg) -> bool {
        match (self.order, leg) {
            (Order::Unordered, _) => false,
            (Order::Ordered, Leg::Recv | Leg::Ack) => true,
            (Order::Ordered, Leg::Timeout | Leg::TimeoutOnClose) => self.broken_at.is_none() && !self.refuses_acks(),
        }
    }

    /// Ordered channels: is the source's end closed, or does its lowest acknowledgement fail again and again, or is nowhere
    /// to be found, so that none is taken?
    fn refuses_acks(&self) -> bool {
        let lowest = self.open.first().and_then(|sequence| self.packets.get(sequence)).map(Box::as_ref);
        let fails = |entry: &Entry| {
            let is_unfound = self.missing.unfound(entry.record.id.sequence).is_some();
            let is_failing = entry.hopeless.is_some() || entry.is_quarantined(self.leg_tries_max) || is_unfound;
            entry.record.progress == Progress::AckWritten && is_failing
        };
        self.source_closing.at().is_some() || lowest.is_some_and(fails)
    }
}
