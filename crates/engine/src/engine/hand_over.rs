//! Proven legs, and the updates that they need, on their way to the lane.

use super::Engine;
use crate::batcher::{Age, Batch, GroupId, Piece, cut};
use crate::recovery::{GAS_TRIES_MAX, is_out_of_gas_code};
use crate::submitter::{Job, JobId, Work};
use crate::tracker::Attempt;
use crate::{LaneId, Leg, Message, Priority};

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
    /// Is the update on its way that begins a connection's delay?
    pub(super) fn is_beginning(&self, group: GroupId) -> bool {
        let job = self.batcher.groups[group.0].beginning;
        job.is_some_and(|job| self.submitter.lanes.values().any(|lane| lane.has_job(job)))
    }

    /// Hands an update to the lane without any leg: the connection's delay (ICS-03) counts from it.
    pub(super) fn begin_delay(&mut self, batch: &Batch, updates: Vec<Message>) {
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
    pub(super) fn submit(&mut self, batch: &Batch, updates: Vec<Message>, pieces: Vec<Piece>) {
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
}

/// The lane's queue for a batch.
fn priority_of(age: Age) -> Priority {
    match age {
        Age::Live => Priority::Packets,
        Age::Backlog => Priority::Backlog,
    }
}
