//! Batches whose proofs are there, or not: their legs go to the lane, rest, or end.

use types::Class;

use super::Engine;
use crate::batcher::{Age, Batch, GroupId, Piece, Wait, cut};
use crate::recovery::{GAS_TRIES_MAX, is_out_of_gas_code};
use crate::submitter::{Job, JobId, Work};
use crate::tracker::{At, Attempt};
use crate::{Action, BatchId, Dropped, Head, LaneId, Leg, Message, Notice, Prepared, Priority, Progress, Step};

/// Destination blocks in which an acknowledgement's event should have come.
const ACKNOWLEDGEMENT_BLOCKS: u64 = 3;

/// What a lane's job is made from.
struct Order {
    lane: LaneId,
    group: GroupId,
    priority: Priority,
    updates: Vec<Message>,
    after: Option<JobId>,
    gas_tries: u32,
}

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

    /// Is the update on its way that begins a connection's delay?
    fn is_beginning(&self, group: GroupId) -> bool {
        let job = self.batcher.groups[group.0].beginning;
        job.is_some_and(|job| self.submitter.lanes.values().any(|lane| lane.has_job(job)))
    }

    /// Hands an update to the lane without any leg: the connection's delay (ICS-03) counts from it.
    fn begin_delay(&mut self, batch: &Batch, updates: Vec<Message>) {
        let group = batch.group;
        let Some(lane) = self.lane_of(group) else { return };
        let work = Work::Update { group, updates: updates.len() };
        let order = Order { lane, group, priority: priority_of(batch.age), updates, after: None, gas_tries: 0 };
        let id = self.submitter.next_job();
        self.enqueue(id, work, order, Vec::new());
        self.batcher.groups[group.0].beginning = Some(id);
    }

    fn lane_of(&self, group: GroupId) -> Option<LaneId> {
        let chain = &self.batcher.groups[group.0].chain;
        self.options.chains.get(chain).map(|options| options.lane.clone())
    }

    /// Hands proven legs to the lane: with the updates in one transaction, or behind the updates' own.
    fn submit(&mut self, batch: &Batch, updates: Vec<Message>, pieces: Vec<Piece>) {
        let Some(lane) = self.lane_of(batch.group) else { return };
        let Some(options) = self.options.chains.get(&lane.chain) else { return };
        let chunks = cut(pieces, options, updates.iter().map(Message::size).sum());
        self.hand_over(&lane, batch.group, priority_of(batch.age), updates, chunks, 0);
    }

    /// Hands sets of legs to the lane, a transaction each.
    pub(super) fn hand_over(
        &mut self,
        lane: &LaneId,
        group: GroupId,
        priority: Priority,
        mut updates: Vec<Message>,
        chunks: Vec<Vec<Piece>>,
        gas_tries: u32,
    ) {
        let order = |updates, after, priority, gas_tries| Order {
            lane: lane.clone(),
            group,
            priority,
            updates,
            after,
            gas_tries,
        };
        let mut after = None;
        if chunks.len() > 1 && !updates.is_empty() {
            let updates = core::mem::take(&mut updates);
            let work = Work::Packets { group: Some(group), updates: updates.len(), legs: Vec::new() };
            let id = self.submitter.next_job();
            self.enqueue(id, work, order(updates, None, priority, 0), Vec::new());
            after = Some(id);
        }
        for chunk in chunks {
            let updates = core::mem::take(&mut updates);
            let priority = self.behind_others(lane, priority, &chunk);
            let gas_tries = gas_tries.max(self.gas_tries_of(&chunk));
            let order = order(updates, after, priority, gas_tries);
            self.hand_chunk(order, chunk);
        }
    }

    fn hand_chunk(&mut self, order: Order, chunk: Vec<Piece>) {
        let id = self.submitter.next_job();
        let mut messages = Vec::with_capacity(chunk.len());
        let mut legs = Vec::with_capacity(chunk.len());
        for piece in chunk {
            if let Some(entry) = self.tracker.entry_mut(piece.at) {
                entry.attempt = Attempt::Handed { leg: piece.leg, job: id };
            }
            legs.push((piece.at, piece.leg));
            messages.push(piece.message);
        }
        let work = Work::Packets { group: Some(order.group), updates: order.updates.len(), legs };
        self.enqueue(id, work, order, messages);
    }

    fn enqueue(&mut self, id: JobId, work: Work, order: Order, messages: Vec<Message>) {
        let Order { lane, priority, updates, after, gas_tries, .. } = order;
        let messages = updates.into_iter().chain(messages).collect();
        if let Some(lane) = self.submitter.lanes.get_mut(&lane) {
            lane.enqueue(Job { id, priority, work, messages, after, gas_tries, tries: 0 });
        }
    }

    /// What goes behind a queued job of the same ordered channel must not overtake it.
    fn behind_others(&self, lane: &LaneId, own: Priority, chunk: &[Piece]) -> Priority {
        let Some(lane) = self.submitter.lanes.get(lane) else { return own };
        let before = chunk.iter().filter_map(|piece| {
            let direction = &self.tracker.directions[piece.at.direction];
            let before = match piece.leg {
                Leg::Recv => direction.sent.range(..piece.at.sequence).next_back(),
                Leg::Ack | Leg::Timeout | Leg::TimeoutOnClose => direction.open.range(..piece.at.sequence).next_back(),
            };
            let before = before.filter(|_| direction.lets_lower_go_first(piece.leg));
            match direction.packets.get(before?)?.attempt {
                Attempt::Handed { job, .. } => lane.queued_priority(job),
                Attempt::None | Attempt::Waiting { .. } | Attempt::Preparing { .. } => None,
            }
        });
        before.fold(own, Priority::max)
    }

    /// A leg that ran out of gas alone begins with the most that is asked for.
    fn gas_tries_of(&self, chunk: &[Piece]) -> u32 {
        let [piece] = chunk else { return 0 };
        let failure = self.tracker.entry(piece.at).and_then(|entry| entry.failure.as_ref());
        let is_hungry = failure.is_some_and(|failure| is_out_of_gas_code(&failure.codespace, failure.code));
        if is_hungry { GAS_TRIES_MAX } else { 0 }
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

/// The lane's queue for a batch.
fn priority_of(age: Age) -> Priority {
    match age {
        Age::Live => Priority::Packets,
        Age::Backlog => Priority::Backlog,
    }
}
