//! Batches: which waiting legs are proven together, and what becomes of them when the proofs are there or not.

use types::{BlockHeight, Class, Sequence};

use super::Engine;
use crate::batcher::{Batch, GroupId, Piece, Wait, cut};
use crate::submitter::{Job, Work};
use crate::tracker::{At, Attempt};
use crate::{Action, BatchId, Dropped, Head, Leg, Message, Notice, Prepared, Priority, Progress, Step};

/// Batches of one group that are prepared at a time.
const PREPARING_MAX: usize = 2;

/// Destination blocks in which an acknowledgement's event should have come.
const ACKNOWLEDGEMENT_BLOCKS: u64 = 3;

impl Engine {
    pub(super) fn start_batches(&mut self, step: &mut Step) {
        for index in 0..self.batcher.groups.len() {
            let group = &self.batcher.groups[index];
            let proving = self.head_of(&group.proving_chain).map(|head| head.height);
            let submission = self.head_of(&group.chain).map(|head| head.height);
            for at in self.batcher.groups[index].take_due(proving, submission, self.now) {
                self.plan(at, Wait::Proof);
            }
            while self.may_prepare(index) && self.start_batch(GroupId(index), step) {}
        }
    }

    fn may_prepare(&mut self, index: usize) -> bool {
        let now = self.now;
        let group = &mut self.batcher.groups[index];
        if group.retry_at.is_some_and(|at| at <= now) {
            group.retry_at = None;
        }
        if group.ready.is_empty() || group.preparing >= PREPARING_MAX || group.retry_at.is_some() {
            return false;
        }
        let chain = group.chain.clone();
        let preparing = self.batcher.groups.iter().filter(|group| group.chain == chain).map(|group| group.preparing);
        let preparing = preparing.sum();
        let lane = self.options.chains.get(&chain).and_then(|options| self.submitter.lanes.get(&options.lane));
        let has_cursor = self.chains.get(&chain).is_some_and(|blocks| blocks.cursor().is_some());
        has_cursor && lane.is_some_and(|lane| !lane.is_blocked(now) && !lane.is_saturated(preparing))
    }

    /// Says whether a batch was started.
    fn start_batch(&mut self, group_id: GroupId, step: &mut Step) -> bool {
        let legs = self.choose(group_id);
        if legs.is_empty() {
            return false;
        }
        let mut fact_height = BlockHeight(0);
        let mut named = Vec::with_capacity(legs.len());
        for (at, leg) in &legs {
            if let Some(Attempt::Waiting { fact, .. }) = self.tracker.entry(*at).map(|entry| entry.attempt) {
                fact_height = fact_height.max(fact);
            }
            self.unplan(*at);
            named.push((self.tracker.directions[at.direction].packet_key(at.sequence), *leg));
        }
        let batch = self.batcher.open(Batch { group: group_id, legs: legs.clone() });
        for (at, leg) in legs {
            if let Some(entry) = self.tracker.entry_mut(at) {
                entry.attempt = Attempt::Preparing { leg, batch };
            }
        }
        let group = &self.batcher.groups[group_id.0];
        step.actions.push(Action::PrepareBatch {
            batch,
            path: group.path.clone(),
            chain: group.chain.clone(),
            client: group.client.clone(),
            fact_height,
            legs: named,
        });
        true
    }

    /// The legs of the next batch: each channel's in sequence, the channels by turns.
    fn choose(&mut self, group_id: GroupId) -> Vec<(At, Leg)> {
        let most = self.options.batch_legs_max.max(1);
        let ready = &self.batcher.groups[group_id.0].ready;
        let candidates: Vec<(usize, Vec<Sequence>)> =
            ready.iter().map(|(direction, of)| (*direction, of.iter().take(most).copied().collect())).collect();
        let mut turns: Vec<_> = Vec::with_capacity(candidates.len());
        for (direction, sequences) in candidates {
            turns.push(self.choose_of(direction, &sequences).into_iter());
        }
        let mut chosen = Vec::new();
        while chosen.len() < most {
            let before = chosen.len();
            chosen.extend(turns.iter_mut().filter_map(Iterator::next).take(most - before));
            if chosen.len() == before {
                break;
            }
        }
        chosen
    }

    fn choose_of(&mut self, direction: usize, sequences: &[Sequence]) -> Vec<(At, Leg)> {
        let mut chosen: Vec<(At, Leg)> = Vec::new();
        for sequence in sequences {
            let at = At { direction, sequence: *sequence };
            let planned = match self.tracker.entry(at).map(|entry| entry.attempt) {
                Some(Attempt::Waiting { leg, .. }) => leg,
                Some(Attempt::None | Attempt::Preparing { .. } | Attempt::Handed { .. }) | None => continue,
            };
            if self.leg_of(at) != Some(planned) {
                self.plan(at, Wait::Proof); // It has become too late for a recv, say.
                continue;
            }
            let joined = chosen.last().map(|(at, leg)| (at.sequence, *leg));
            let state = &self.tracker.directions[direction];
            if !state.follows(*sequence, planned, joined, |_| true) {
                break; // Nor may anything above it.
            }
            chosen.push((at, planned));
        }
        chosen
    }

    pub(super) fn batch_prepared(&mut self, id: BatchId, prepared: Prepared, step: &mut Step) {
        let Some(batch) = self.batcher.close(id) else { return };
        let group = &mut self.batcher.groups[batch.group.0];
        group.is_unusable = false;
        let is_expected = |engine: &Self, at: At, leg: Leg| {
            let attempt = engine.tracker.entry(at).map(|entry| entry.attempt);
            attempt == Some(Attempt::Preparing { leg, batch: id })
        };
        for (key, leg, reason) in prepared.dropped {
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
        self.submit(batch.group, prepared.update, pieces);
        // Whatever got neither a message nor a reason is planned anew.
        for (at, leg) in batch.legs {
            if is_expected(self, at, leg) {
                self.plan(at, Wait::ProvingBlocks(1));
            }
        }
    }

    /// Hands proven legs to the lane: with the updates in one transaction, or behind the updates' own.
    fn submit(&mut self, group_id: GroupId, updates: Vec<Message>, pieces: Vec<Piece>) {
        let chain = self.batcher.groups[group_id.0].chain.clone();
        let Some(options) = self.options.chains.get(&chain) else { return };
        if pieces.is_empty() {
            return;
        }
        let chunks = cut(pieces, options, updates.iter().map(Message::size).sum());
        let lane = options.lane.clone();
        let update_count = updates.len();
        let goes_alone = chunks.len() > 1 && update_count > 0;
        let mut after = None;
        let mut head = updates;
        if goes_alone {
            let work = Work::Packets { group: Some(group_id), updates: update_count, legs: Vec::new() };
            after = Some(self.enqueue(&lane, work, core::mem::take(&mut head), None));
        }
        for chunk in chunks {
            let updates = head.len();
            let mut messages = core::mem::take(&mut head);
            let mut legs = Vec::with_capacity(chunk.len());
            for piece in chunk {
                legs.push((piece.at, piece.leg));
                messages.push(piece.message);
            }
            let work = Work::Packets { group: Some(group_id), updates, legs: legs.clone() };
            let job = self.enqueue(&lane, work, messages, after);
            for (at, leg) in legs {
                if let Some(entry) = self.tracker.entry_mut(at) {
                    entry.attempt = Attempt::Handed { leg, job };
                }
            }
        }
    }

    fn enqueue(
        &mut self,
        lane: &crate::LaneId,
        work: Work,
        messages: Vec<Message>,
        after: Option<crate::submitter::JobId>,
    ) -> crate::submitter::JobId {
        let id = self.submitter.next_job();
        let job = Job { id, priority: Priority::Packets, work, messages, after, gas_tries: 0, tries: 0 };
        if let Some(lane) = self.submitter.lanes.get_mut(lane) {
            lane.enqueue(job);
        }
        id
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
