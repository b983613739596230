//! Whoever wants something done once: makes requests, and makes them again after a restart or a lost answer.

use engine::{Event, Message, Outcome, Priority, Request, RequestId};
use rand::Rng;

use crate::message::SimMessage;
use crate::world::World;

impl World {
    /// Makes a request, or makes it again after a restart.
    pub(crate) fn ask(&mut self, id: &RequestId) {
        let side = self.requests.get(id).copied().unwrap_or(0);
        let messages = once(id);
        let request = Request { id: id.clone(), lane: self.lane(side), priority: Priority::Handshake, messages };
        self.tell(Event::RequestMade { request });
    }

    pub(crate) fn conclude(&mut self, request: RequestId, outcome: Outcome) {
        self.judge_outcome(&request, &outcome);
        match outcome {
            // Nothing was done: the caller asks the chain how far it is, and begins again where it must.
            Outcome::Void | Outcome::Failed { .. } => {
                let is_done = self.is_done(&request);
                self.tell(Event::RequestForgotten { request: request.clone() });
                if is_done {
                    self.requests.remove(&request);
                } else if self.requests.contains_key(&request) {
                    self.ask_later(request);
                }
            }
            Outcome::Committed { .. } => {
                if self.chance.gen_bool(0.7) || self.is_over() {
                    self.requests.remove(&request);
                    self.tell(Event::RequestForgotten { request });
                } else {
                    self.ask_later(request); // The answer was lost on the caller's side.
                }
            }
        }
    }

    /// What the caller finds when it asks the chain.
    pub(crate) fn is_done(&self, request: &RequestId) -> bool {
        self.chains.iter().any(|chain| chain.state.done.contains(&request.0))
    }

    fn ask_later(&mut self, id: RequestId) {
        let side = self.requests.get(&id).copied().unwrap_or(0);
        let messages = once(&id);
        let request = Request { id, lane: self.lane(side), priority: Priority::Handshake, messages };
        self.tell_after(self.faults.latency_max + 1_000, Event::RequestMade { request });
    }
}

/// Something to be done once.
fn once(id: &RequestId) -> Vec<Message> {
    vec![SimMessage::Once { tag: id.0.clone() }.encode()]
}
