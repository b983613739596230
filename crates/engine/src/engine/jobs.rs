//! Jobs of the lanes: what is signed next, and what becomes of legs when their transaction ended. A transaction that
//! was committed is not a packet that is done: only the packet's own event or state moves it.

use types::ChainId;
use types::event::ObservedBlock;

use super::Engine;
use crate::batcher::{GroupId, Wait};
use crate::recovery::GAS_TRIES_MAX;
use crate::submitter::lane::{Context, Signed, cancel_dependents, leg_count};
use crate::submitter::{Ended, How, Job, JobId, Lane, Work};
use crate::tracker::{At, Attempt};
use crate::{LaneId, Leg, Message, Purpose, Step, TxId};

/// Blocks in which the event of a message that was done should have come.
pub(super) const EVENT_BLOCKS: u64 = 3;

impl Engine {
    /// Lets every lane look at an event, and draws the consequences.
    pub(super) fn with_lanes<E: IntoIterator<Item = Ended>>(
        &mut self,
        step: &mut Step,
        mut look: impl FnMut(&mut Lane, &mut Context<'_>) -> E,
    ) {
        let mut ended = Vec::new();
        for (id, lane) in &mut self.submitter.lanes {
            let mut context = Context { now: self.now, backoff: &mut self.backoff, step };
            ended.extend(look(lane, &mut context).into_iter().map(|ended| (id.clone(), ended)));
        }
        self.jobs_ended(ended, step);
    }

    pub(super) fn confirm_transactions(&mut self, chain: &ChainId, block: &ObservedBlock, step: &mut Step) {
        let mut ended = Vec::new();
        for (id, lane) in self.submitter.lanes.iter_mut().filter(|(id, _)| id.chain == *chain) {
            ended.extend(lane.confirm(block, step).into_iter().map(|ended| (id.clone(), ended)));
        }
        self.jobs_ended(ended, step);
    }

    pub(super) fn expire_transactions(&mut self, chain: &ChainId, step: &mut Step) {
        let Some(blocks) = self.chains.get(chain) else { return };
        let mut ended = Vec::new();
        for (id, lane) in self.submitter.lanes.iter_mut().filter(|(id, _)| id.chain == *chain) {
            ended.extend(lane.expire(blocks, self.now, step).into_iter().map(|ended| (id.clone(), ended)));
        }
        self.jobs_ended(ended, step);
    }

    fn jobs_ended(&mut self, ended: Vec<(LaneId, Ended)>, step: &mut Step) {
        for (lane, ended) in ended {
            self.job_ended(&lane, ended, step);
        }
    }

    pub(super) fn start_signatures(&mut self, step: &mut Step) {
        let lanes: Vec<LaneId> = self.submitter.lanes.keys().cloned().collect();
        for id in lanes {
            let Some(blocks) = self.chains.get(&id.chain) else { continue };
            let (Some(newest), Some(_)) = (blocks.newest(), blocks.cursor()) else { continue };
            let now = self.now;
            while let Some(lane) = self.submitter.lanes.get_mut(&id) {
                let Some(job) = lane.take_next(&mut self.batcher, now) else { break };
                if let Some(job) = self.without_moot_legs(&id, job) {
                    let tx = self.submitter.next_tx(now);
                    if let Some(lane) = self.submitter.lanes.get_mut(&id) {
                        lane.sign(job, tx, newest, step);
                    }
                    break;
                }
            }
            if let Some(lane) = self.submitter.lanes.get_mut(&id) {
                lane.read_account(self.now, step);
            }
        }
    }

    /// Leaves out the legs that somebody has done meanwhile, or that may not go yet; none if nothing is left to do.
    fn without_moot_legs(&mut self, lane: &LaneId, mut job: Job) -> Option<Job> {
        let Work::Packets { group, updates, legs } = job.work else { return Some(job) };
        if legs.is_empty() {
            job.work = Work::Packets { group, updates, legs };
            let lane = self.submitter.lanes.get(lane)?;
            return lane.has_dependents(job.id).then_some(job);
        }
        let mut kept: Vec<(At, Leg)> = Vec::with_capacity(legs.len());
        let mut messages: Vec<Message> = job.messages.drain(..updates.min(job.messages.len())).collect();
        for ((at, leg), message) in legs.into_iter().zip(job.messages) {
            if self.may_go(lane, job.id, at, leg, &kept) {
                kept.push((at, leg));
                messages.push(message);
            } else if self.is_handed(at, leg, job.id) {
                self.plan(at, Wait::Proof);
            }
        }
        let is_moot = kept.is_empty();
        job.messages = messages;
        job.work = Work::Packets { group, updates, legs: kept };
        (!is_moot).then_some(job)
    }

    fn may_go(&self, lane: &LaneId, job: JobId, at: At, leg: Leg, before: &[(At, Leg)]) -> bool {
        let joined = before.iter().rev().find(|(other, _)| other.direction == at.direction);
        let joined = joined.map(|(other, leg)| (other.sequence, *leg));
        let is_in_flight = |job| self.submitter.lanes.get(lane).is_some_and(|lane| lane.is_in_flight(job));
        self.is_handed(at, leg, job)
            && self.leg_of(at) == Some(leg)
            && self.tracker.directions[at.direction].follows(at.sequence, leg, joined, is_in_flight)
    }

    pub(super) fn is_handed(&self, at: At, leg: Leg, job: JobId) -> bool {
        self.tracker.entry(at).map(|entry| entry.attempt) == Some(Attempt::Handed { leg, job })
    }

    pub(super) fn tx_signed(&mut self, tx: TxId, signed: Signed, step: &mut Step) {
        let Some((id, job)) = self.submitter.lanes.iter().find_map(|(id, lane)| Some((id, &lane.signing(tx)?.job)))
        else {
            return;
        };
        let id = id.clone();
        let (purpose, is_moot) = match &job.work {
            Work::Request(request) => (Purpose::Request { request: request.clone() }, false),
            Work::Update { updates, .. } => (Purpose::Packets { updates: *updates, legs: Vec::new() }, false),
            Work::Packets { updates, legs, .. } => {
                let is_due =
                    |(at, leg): &(At, Leg)| self.is_handed(*at, *leg, job.id) && self.leg_of(*at) == Some(*leg);
                let named =
                    |(at, leg): &(At, Leg)| (self.tracker.directions[at.direction].packet_key(at.sequence), *leg);
                let purpose = Purpose::Packets { updates: *updates, legs: legs.iter().map(named).collect() };
                (purpose, !legs.is_empty() && !legs.iter().any(is_due))
            }
        };
        let Some(lane) = self.submitter.lanes.get_mut(&id) else { return };
        if is_moot {
            // It was never handed out, so that its sequence is still free.
            let job = lane.unsign(tx);
            job.into_iter().for_each(|job| self.legs_return(&job, Wait::Proof));
        } else {
            lane.signed(tx, signed, purpose, self.now, step);
        }
    }

    /// Draws the consequences of a job's end.
    pub(super) fn job_ended(&mut self, lane_id: &LaneId, ended: Ended, step: &mut Step) {
        if ended.ran_out_of_gas() && ended.job.gas_tries < GAS_TRIES_MAX && !ended.job.messages.is_empty() {
            let job = Job { gas_tries: ended.job.gas_tries + 1, ..ended.job };
            if let Some(lane) = self.submitter.lanes.get_mut(lane_id) {
                lane.enqueue(job);
            }
            return;
        }
        let is_done = matches!(ended.how, How::Committed { .. });
        let cancelled = match self.submitter.lanes.get_mut(lane_id) {
            Some(lane) if !is_done => cancel_dependents(lane, ended.job.id),
            Some(_) | None => Vec::new(),
        };
        for ended in core::iter::once(ended).chain(cancelled) {
            match ended.job.work {
                Work::Packets { .. } => self.packets_ended(lane_id, ended.job, ended.how, step),
                Work::Update { group, .. } => self.update_ended(group, &ended.how),
                Work::Request(_) => self.request_ended(lane_id, ended, step),
            }
        }
    }

    fn update_ended(&mut self, group: GroupId, how: &How) {
        match how {
            How::Rejected(_) | How::Failed(_) => self.hold_group(group),
            How::Committed { .. } => self.batcher.groups[group.0].tries = 0,
            How::Redundant(_) | How::Stale(_) | How::Void { .. } | How::Cancelled => {}
        }
    }

    fn packets_ended(&mut self, lane: &LaneId, job: Job, how: How, step: &mut Step) {
        match how {
            How::Committed { .. } => {
                if let Work::Packets { group: Some(group), .. } = &job.work {
                    self.batcher.groups[group.0].tries = 0;
                }
                self.legs_await_event(&job);
            }
            How::Redundant(_) => {
                self.legs_await_event(&job);
                let all = leg_count(&job.work);
                if let Work::Packets { group, .. } = job.work {
                    self.found_redundant(lane, group, (all, all), step);
                }
            }
            How::Void { .. } => self.legs_return(&job, Wait::Proof),
            How::Cancelled => self.legs_return(&job, Wait::ProvingBlocks(1)),
            How::Stale(_) => {
                for (at, leg) in legs_of(&job) {
                    if self.is_handed(*at, *leg, job.id) {
                        self.plan_later(*at);
                    }
                }
            }
            How::Rejected(refusal) | How::Failed(refusal) => self.suspect(lane, job, &refusal, step),
        }
    }

    /// The messages were done, by us or by somebody; each leg that its event has not moved waits for that event.
    fn legs_await_event(&mut self, job: &Job) {
        for (at, leg) in legs_of(job) {
            if self.is_handed(*at, *leg, job.id) {
                self.plan_after_event(*at);
            }
        }
    }

    /// The messages were not done; each leg waits anew.
    pub(super) fn legs_return(&mut self, job: &Job, wait: Wait) {
        for (at, leg) in legs_of(job) {
            if self.is_handed(*at, *leg, job.id) {
                self.plan(*at, wait);
            }
        }
    }
}

pub(super) fn legs_of(job: &Job) -> &[(At, Leg)] {
    match &job.work {
        Work::Packets { legs, .. } => legs,
        Work::Update { .. } | Work::Request(_) => &[],
    }
}
