//! What simulation found to do nothing any more is left out before anything is signed.

use std::collections::BTreeSet;

use types::{Class, Refusal};

use super::Engine;
use crate::submitter::{Ended, How, Job, Work};
use crate::{LaneId, Message, Step, TxId};

/// The message that serves others only (ICS-02).
const UPDATE_CLIENT: &str = "/ibc.core.client.v1.MsgUpdateClient";

impl Engine {
    /// Simulation found messages that do nothing any more: they are left out, and the rest is signed with the same account
    /// sequence. Client updates stay as long as a leg does.
    pub(super) fn partly_redundant(&mut self, tx: TxId, messages: &BTreeSet<usize>, step: &mut Step) {
        let mut lanes = self.submitter.lanes.iter_mut();
        let Some((lane, job)) = lanes.find_map(|(id, lane)| Some((id.clone(), lane.unsign(tx)?))) else { return };
        let left = match job.work {
            Work::Packets { .. } => self.without_redundant_legs(&lane, job, messages, step),
            Work::Update { .. } | Work::Request(_) => without_messages(job, messages),
        };
        match left {
            Left::Some(job) => {
                if let Some(lane) = self.submitter.lanes.get_mut(&lane) {
                    lane.enqueue(job);
                }
            }
            Left::All(job) => {
                // Nothing was left out: what can't be understood is made anew.
                self.job_ended(&lane, Ended { job, how: How::Stale(nothing_left()) }, step);
            }
            Left::None(job) => self.job_ended(&lane, Ended { job, how: How::Redundant(nothing_left()) }, step),
        }
    }

    fn without_redundant_legs(&mut self, lane: &LaneId, job: Job, messages: &BTreeSet<usize>, step: &mut Step) -> Left {
        let Work::Packets { group, updates, legs } = job.work.clone() else { return Left::All(job) };
        let all = legs.len();
        let is_redundant = |index: usize| messages.contains(&(updates + index));
        let gone: Vec<_> = (0..all).filter(|index| is_redundant(*index)).collect();
        if gone.is_empty() {
            return Left::All(job);
        }
        for (at, leg) in gone.iter().filter_map(|index| legs.get(*index)) {
            if self.is_handed(*at, *leg, job.id) {
                self.plan_after_event(*at);
            }
        }
        self.found_redundant(lane, group, (gone.len(), all), step);
        let is_kept = |index: &usize| *index < updates || !messages.contains(index);
        let kept_messages = job.messages.iter().enumerate().filter(|(index, _)| is_kept(index));
        let messages: Vec<Message> = kept_messages.map(|(_, message)| message.clone()).collect();
        let kept = legs.into_iter().enumerate().filter(|(index, _)| !is_redundant(*index));
        let legs: Vec<_> = kept.map(|(_, leg)| leg).collect();
        let is_over = legs.is_empty();
        let job = Job { messages, work: Work::Packets { group, updates, legs }, ..job };
        if is_over { Left::None(job) } else { Left::Some(job) }
    }
}

/// What is left of a job without its redundant messages.
enum Left {
    Some(Job),
    /// None of them is in it.
    All(Job),
    /// Nothing, or nothing but client updates.
    None(Job),
}

fn without_messages(mut job: Job, redundant: &BTreeSet<usize>) -> Left {
    let before = job.messages.len();
    let kept = job.messages.into_iter().enumerate().filter(|(index, _)| !redundant.contains(index));
    job.messages = kept.map(|(_, message)| message).collect();
    if job.messages.len() == before {
        return Left::All(job);
    }
    let is_update = |message: &Message| message.type_url == UPDATE_CLIENT;
    if job.messages.iter().all(is_update) { Left::None(job) } else { Left::Some(job) }
}

fn nothing_left() -> Refusal {
    Refusal {
        class: Class::Redundant,
        codespace: String::new(),
        code: 0,
        message_index: None,
        expected_sequence: None,
        log: "its messages do nothing any more".to_owned(),
    }
}
