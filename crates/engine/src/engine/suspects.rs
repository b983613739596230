//! Transactions that failed because of what is in them. A chain refuses a transaction as a whole, so that one bad message
//! holds up all the others: it is named by the chain's hint, or found by halves, and goes alone from then on.
//!
//! With the hint of a failed delivery the good messages need one block more. What stood before the bad message ran without
//! fault and stays together; what stood behind it may hide more bad ones and is halved, so that many of them are told
//! apart in as many blocks as a transaction has halvings. A later transaction in flight is not touched by a failure in
//! delivery: its sequence stays valid. A refusal before a block costs no block at all.

use types::Refusal;

use super::Engine;
use super::jobs::legs_of;
use crate::batcher::{Piece, Wait};
use crate::recovery::{GAS_TRIES_MAX, is_out_of_gas};
use crate::submitter::lane::leg_count;
use crate::submitter::{Job, Work};
use crate::tracker::{At, Entry};
use crate::{Action, LaneId, Leg, LegFailure, Notice, Step};

/// The split of a leg that goes alone, whatever the limit.
const ALONE: u32 = 31;

impl Engine {
    /// A transaction was refused or failed for good.
    pub(super) fn suspect(&mut self, lane: &LaneId, job: Job, refusal: &Refusal, step: &mut Step) {
        if is_out_of_gas(refusal) && leg_count(&job.work) > 1 && !job.messages.is_empty() {
            self.halve(lane, job);
        } else {
            self.find_bad_leg(&job, refusal, step);
        }
    }

    /// No estimate was enough: one of the messages burns whatever it gets. Each half goes by itself, with the most that is
    /// asked for, until the greedy one is alone.
    fn halve(&mut self, lane: &LaneId, job: Job) {
        let Work::Packets { group: Some(group), updates, legs } = job.work else { return };
        let mut messages = job.messages;
        let leg_messages = messages.split_off(updates.min(messages.len()));
        let mut pieces: Vec<Piece> = Vec::with_capacity(legs.len());
        for ((at, leg), message) in legs.into_iter().zip(leg_messages) {
            if self.is_handed(at, leg, job.id) {
                pieces.push(Piece { at, leg, message, split: 0 });
            }
        }
        let rest = pieces.split_off(pieces.len().div_ceil(2));
        let chunks = [pieces, rest].into_iter().filter(|half| !half.is_empty()).collect();
        self.hand_over(lane, group, job.priority, messages, chunks, GAS_TRIES_MAX);
    }

    /// A message is bad. The hint names it, or the transaction is halved until one is alone.
    fn find_bad_leg(&mut self, job: &Job, refusal: &Refusal, step: &mut Step) {
        let Work::Packets { group, updates, legs } = &job.work else { return };
        let blamed = refusal.message_index.filter(|index| *index < updates + legs.len());
        let is_update = legs.is_empty() || blamed.is_some_and(|index| index < *updates);
        if is_update {
            if let Some(group) = group {
                self.hold_group(*group);
            }
            return self.legs_return(job, Wait::Proof);
        }
        let suspect = if legs.len() == 1 { Some(0) } else { blamed.map(|index| index - updates) };
        for (index, (at, leg)) in legs_of(job).iter().enumerate() {
            if !self.is_handed(*at, *leg, job.id) {
                continue;
            }
            match suspect {
                _ if self.leg_of(*at) != Some(*leg) => self.begin_anew(*at),
                Some(suspect) if suspect == index && legs.len() == 1 => self.failed_alone(*at, *leg, refusal, step),
                Some(suspect) if index < suspect => self.split_leg(*at, 0),
                Some(suspect) if index == suspect => self.split_leg(*at, ALONE),
                Some(_) | None => self.split_leg(*at, 1),
            }
        }
    }

    /// It needs another leg by now, a timeout instead of a recv: what failed says nothing about that one.
    fn begin_anew(&mut self, at: At) {
        if let Some(entry) = self.tracker.entry_mut(at) {
            (entry.tries, entry.failures, entry.split, entry.failure) = (0, 0, 0, None);
        }
        self.plan(at, Wait::Proof);
    }

    fn split_leg(&mut self, at: At, more: u32) {
        if let Some(entry) = self.tracker.entry_mut(at) {
            entry.split = entry.split.saturating_add(more).min(ALONE);
        }
        self.plan(at, Wait::Proof);
    }

    /// A leg failed in a transaction of its own: tried again at growing distances, and said once.
    fn failed_alone(&mut self, at: At, leg: Leg, refusal: &Refusal, step: &mut Step) {
        let Some(entry) = self.tracker.entry_mut(at) else { return };
        note_failure(entry, leg, refusal);
        let (tries, failures) = (entry.tries, entry.failures);
        if failures == self.options.leg_tries_max.max(1) {
            let packet = self.tracker.directions[at.direction].packet_key(at.sequence);
            let notice = Notice::Quarantined { packet, leg, reason: refusal.log.clone() };
            step.actions.push(Action::Notify { notice });
        }
        let retry_at = self.backoff.after(self.now, tries);
        self.plan(at, Wait::Until(retry_at));
    }
}

fn note_failure(entry: &mut Entry, leg: Leg, refusal: &Refusal) {
    entry.split = ALONE;
    entry.tries = entry.tries.saturating_add(1);
    entry.failures = entry.failures.saturating_add(1);
    let (codespace, code) = (refusal.codespace.clone(), refusal.code);
    entry.failure = Some(Box::new(LegFailure { leg, codespace, code, reason: refusal.log.clone() }));
}
