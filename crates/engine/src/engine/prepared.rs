//! Batches whose proofs are there, or not: their legs go to the lane, rest, or end.

use types::Class;

use super::Engine;
use crate::batcher::{GroupId, Piece, Wait};
use crate::tracker::{At, Attempt};
use crate::{Action, BatchId, Dropped, Head, Leg, Notice, Prepared, Progress, Step};

/// Destination blocks in which an acknowledgement's event should have come.
const ACKNOWLEDGEMENT_BLOCKS: u64 = 3;

impl Engine {
    pub(super) fn batch_prepared(&mut self, id: BatchId, prepared: Prepared, step: &mut Step) {
        let Some(batch) = self.batcher.close(id) else { return };
        let group = &mut self.batcher.groups[batch.group.0];
        group.is_unusable = false;
        let is_expected = |engine: &Self, at: At, leg: Leg| {
            let attempt = engine.tracker.entry(at).map(|entry| entry.attempt);
            attempt == Some(Attempt::Preparing { leg, batch: id })
        };
        let begins = prepared.legs.is_empty() && !prepared.update.is_empty();
        let is_begun = begins && self.is_beginning(batch.group);
        let mut is_delayed = false;
        for (key, leg, reason) in prepared.dropped {
            is_delayed |= matches!(reason, Dropped::Delayed { .. });
            // The update that is under way may be of a height that does not prove it: it asks again after that one.
            let reason = match reason {
                Dropped::Delayed { blocks } if is_begun => Dropped::Delayed { blocks: blocks.min(1) },
                Dropped::Delayed { .. }
                | Dropped::AlreadyReceived
                | Dropped::CommitmentGone
                | Dropped::ClaimRefuted
                | Dropped::AcknowledgementRefuted
                | Dropped::NotYet
                | Dropped::BytesUnknown
                | Dropped::TimeoutMisjudged
                | Dropped::DestinationClosed
                | Dropped::Hopeless(_) => reason,
            };
            if let Some(at) = self.tracker.find(&key).filter(|at| is_expected(self, *at, leg)) {
                self.leg_dropped(at, leg, reason, prepared.head, step);
            }
        }
        let mut pieces = Vec::new();
        for prepared in prepared.legs {
            let Some(at) = self.tracker.find(&prepared.packet) else { continue };
            let is_new = pieces.iter().rev().take(1).all(|piece: &Piece| piece.at != at);
            if is_new && is_expected(self, at, prepared.leg) && self.leg_of(at) == Some(prepared.leg) {
                let split = self.tracker.entry(at).map_or(0, |entry| entry.split);
                pieces.push(Piece { at, leg: prepared.leg, message: prepared.message, split });
            }
        }
        if begins && is_delayed && !is_begun {
            self.begin_delay(&batch, prepared.update);
        } else {
            self.submit(&batch, prepared.update, pieces);
        }
        // Whatever got neither a message nor a reason is planned anew.
        for (at, leg) in batch.legs {
            if is_expected(self, at, leg) {
                self.plan(at, Wait::ProvingBlocks(1));
            }
        }
    }

    /// A leg got no message.
    fn leg_dropped(&mut self, at: At, leg: Leg, reason: Dropped, proving_head: Head, step: &mut Step) {
        match reason {
            Dropped::NotYet => self.plan_later(at),
            Dropped::TimeoutMisjudged => {
                if leg == Leg::TimeoutOnClose {
                    self.set_closed(at.direction, None);
                }
                self.plan_later(at);
            }
            Dropped::DestinationClosed => {
                let destination = &self.tracker.directions[at.direction].destination_chain;
                let height = self.head_of(destination).map(|head| head.height).unwrap_or_default();
                self.set_closed(at.direction, Some(height));
                self.plan(at, Wait::Proof);
            }
            Dropped::Delayed { blocks } => self.plan(at, Wait::SubmissionBlocks(blocks)),
            Dropped::Hopeless(hopeless) => self.give_up(at, hopeless, step),
            Dropped::AlreadyReceived => self.found_received(at),
            Dropped::CommitmentGone => self.forget(at, step),
            Dropped::ClaimRefuted => {
                let direction = &mut self.tracker.directions[at.direction];
                direction.sweep.due = true; // There may be a true packet of this sequence.
                let packet = direction.packet_key(at.sequence);
                self.forget(at, step);
                step.actions.push(Action::Notify { notice: Notice::ClaimRefuted { packet } });
            }
            Dropped::AcknowledgementRefuted => {
                if let Some(entry) = self.tracker.entry_mut(at) {
                    entry.has_acknowledgement = false;
                }
                let direction = &mut self.tracker.directions[at.direction];
                direction.sweep.due = true; // It may not even have been received.
                direction.missing.lack_acknowledgement(at.sequence);
                let packet = direction.packet_key(at.sequence);
                self.set_progress(at, Progress::Received, proving_head.height, Wait::Proof);
                step.actions.push(Action::Notify { notice: Notice::ClaimRefuted { packet } });
            }
            Dropped::BytesUnknown => {
                let missing = &mut self.tracker.directions[at.direction].missing;
                missing.lack_send(at.sequence);
                if leg == Leg::Ack {
                    missing.lack_acknowledgement(at.sequence);
                }
                self.plan_later(at);
            }
        }
    }

    /// The destination's state says that the packet was received: perhaps its acknowledgement was written long ago.
    fn found_received(&mut self, at: At) {
        let state = &self.tracker.directions[at.direction];
        let height = self.head_of(&state.destination_chain).map(|head| head.height).unwrap_or_default();
        let state = &mut self.tracker.directions[at.direction];
        state.acknowledgement_due.insert((height.forward(ACKNOWLEDGEMENT_BLOCKS), at.sequence));
        self.set_progress(at, Progress::Received, height, Wait::Proof);
    }

    /// Plans a leg that could not be proven: after one block, then two, four, up to 32.
    pub(super) fn plan_later(&mut self, at: At) {
        let Some(entry) = self.tracker.entry_mut(at) else { return };
        let blocks = 1u64 << entry.tries.min(5);
        entry.tries = entry.tries.saturating_add(1);
        self.plan(at, Wait::ProvingBlocks(blocks));
    }

    pub(super) fn batch_failed(&mut self, id: BatchId, class: Class, reason: String, step: &mut Step) {
        let Some(batch) = self.batcher.close(id) else { return };
        let wait = match class {
            Class::Stale => Wait::ProvingBlocks(1),
            Class::Redundant | Class::Transient => {
                self.hold_group(batch.group);
                Wait::Proof
            }
            Class::Terminal(_) => {
                self.hold_group(batch.group);
                let group = &mut self.batcher.groups[batch.group.0];
                if !core::mem::replace(&mut group.is_unusable, true) {
                    let (chain, client) = (group.chain.clone(), group.client.clone());
                    let notice = Notice::ClientUnusable { chain, client, reason };
                    step.actions.push(Action::Notify { notice });
                }
                Wait::Proof
            }
        };
        for (at, leg) in batch.legs {
            let attempt = self.tracker.entry(at).map(|entry| entry.attempt);
            if attempt == Some(Attempt::Preparing { leg, batch: id }) {
                self.plan(at, wait);
            }
        }
    }

    /// No batch of this group for a while, each time longer.
    pub(super) fn hold_group(&mut self, id: GroupId) {
        let group = &mut self.batcher.groups[id.0];
        group.retry_at = Some(self.backoff.after(self.now, group.tries));
        group.tries = group.tries.saturating_add(1);
    }
}
