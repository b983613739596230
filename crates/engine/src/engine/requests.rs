//! Requests from outside the packet machine. A request's id finds it again after a restart, so that nothing that is
//! not idempotent is done twice.

use super::Engine;
use crate::submitter::{Ended, How, Job, Work};
use crate::{Action, LaneId, Outcome, Priority, Record, Request, RequestId, Step};
use types::{Class, Refusal, Scope};

/// How often a request is signed anew after its transaction proved void or its messages old.
const REQUEST_TRIES_MAX: u32 = 3;

impl Engine {
    pub(super) fn request_made(&mut self, request: Request, step: &mut Step) {
        if let Some(outcome) = self.submitter.concluded.get(&request.id) {
            let outcome = outcome.clone();
            return step.actions.push(Action::Conclude { request: request.id, outcome });
        }
        if let Some(job) = self.submitter.request_mut(&request.id) {
            // Under way, perhaps since before a restart: its messages serve if it must be signed anew.
            if job.messages.is_empty() {
                job.messages = request.messages;
                job.priority = request.priority;
            }
            return;
        }
        if self.is_stopping {
            return step.actions.push(Action::Conclude { request: request.id, outcome: Outcome::Void });
        }
        let id = self.submitter.next_job();
        let Some(lane) = self.submitter.lanes.get_mut(&request.lane) else {
            let outcome = Outcome::Failed { refusal: no_such_lane(&request.lane) };
            return step.actions.push(Action::Conclude { request: request.id, outcome });
        };
        let priority = request.priority.min(Priority::Packets);
        let work = Work::Request(request.id);
        lane.enqueue(Job { id, priority, work, messages: request.messages, after: None, gas_tries: 0, tries: 0 });
    }

    pub(super) fn request_forgotten(&mut self, request: &RequestId, step: &mut Step) {
        if self.submitter.concluded.remove(request).is_some() {
            step.writes.push(Record::ConcludedForgotten { request: request.clone() });
        }
    }

    pub(super) fn request_ended(&mut self, lane: &LaneId, ended: Ended, step: &mut Step) {
        let Ended { mut job, how } = ended;
        let Work::Request(request) = job.work.clone() else { return };
        let may_repeat = job.tries < REQUEST_TRIES_MAX && !job.messages.is_empty() && !self.is_stopping;
        let (outcome, is_durable) = match how {
            How::Void { certain: true } | How::Stale(_) if may_repeat => {
                job.tries += 1;
                if let Some(lane) = self.submitter.lanes.get_mut(lane) {
                    lane.enqueue(job);
                }
                return;
            }
            How::Committed { height, created } => (Outcome::Committed { height, created }, true),
            How::Failed(refusal) => (Outcome::Failed { refusal }, true),
            How::Rejected(refusal) | How::Redundant(refusal) | How::Stale(refusal) => {
                (Outcome::Failed { refusal }, false)
            }
            How::Void { .. } | How::Cancelled => (Outcome::Void, false),
        };
        if is_durable {
            step.writes.push(Record::Concluded { request: request.clone(), outcome: outcome.clone() });
            self.submitter.concluded.insert(request.clone(), outcome.clone());
        }
        step.actions.push(Action::Conclude { request, outcome });
    }

    /// Nothing is begun any more; what is signed is brought to the node, or stays in the outbox for the next start.
    pub(super) fn stop_requested(&mut self, step: &mut Step) {
        self.is_stopping = true;
        let lanes = self.submitter.lanes.values_mut();
        let jobs: Vec<Job> = lanes.flat_map(|lane| lane.drain_queue()).collect();
        for job in jobs {
            match job.work {
                Work::Request(request) => {
                    step.actions.push(Action::Conclude { request, outcome: Outcome::Void });
                }
                Work::Update { .. } => {}
                Work::Packets { legs, .. } => legs.into_iter().for_each(|(at, _)| self.unplan(at)),
            }
        }
    }
}

fn no_such_lane(lane: &LaneId) -> Refusal {
    Refusal {
        class: Class::Terminal(Scope::Process),
        codespace: String::new(),
        code: 0,
        message_index: None,
        expected_sequence: None,
        log: format!("no wallet {} is configured for chain {}", lane.address, lane.chain),
    }
}
