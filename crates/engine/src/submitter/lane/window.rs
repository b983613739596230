//! Signed transactions on their way: handing them to the node, and what its answers mean.

use types::{BlockHeight, Refusal};

use super::{Account, Context, FlightState, Lane};
use crate::recovery::{Reaction, is_behind_sequence, reaction};
use crate::submitter::{Ended, How, Work};
use crate::{Action, Checked, Instant, Notice, Record, Step, TxId};

/// A transaction that the node took and that no block showed for so many blocks is handed to it again.
const SEND_AGAIN_BLOCKS: u64 = 4;

impl Lane {
    /// Hands the lowest sequence that the node lacks to the node, if none is with it.
    pub(crate) fn broadcast(&mut self, now: Instant, step: &mut Step) {
        if self.broadcasting.is_some() {
            return;
        }
        let Some(flight) = self.window.values_mut().find(|flight| flight.broadcast_at().is_some()) else { return };
        if flight.broadcast_at().is_some_and(|at| at > now) {
            return; // Higher sequences would be refused as long as this one is missing.
        }
        flight.state = FlightState::Broadcasting;
        self.broadcasting = Some(flight.record.tx);
        let bytes = flight.record.bytes.clone();
        step.actions.push(Action::Broadcast { tx: flight.record.tx, lane: self.id.clone(), bytes });
    }

    /// Is this transaction with the node?
    pub(crate) fn is_broadcasting(&self, tx: TxId) -> bool {
        self.broadcasting == Some(tx)
    }

    /// The node answered.
    pub(crate) fn checked(&mut self, tx: TxId, checked: Checked, cx: &mut Context<'_>) -> Vec<Ended> {
        if !self.is_broadcasting(tx) {
            return Vec::new();
        }
        self.broadcasting = None;
        let Some(flight) = self.window.values_mut().find(|flight| flight.record.tx == tx) else { return Vec::new() };
        match checked {
            Checked::Accepted => {
                flight.maybe_held = true;
                flight.tries = 0;
                flight.state = FlightState::Accepted { since: None };
                self.unblock(cx.step);
                Vec::new()
            }
            Checked::Unknown => {
                flight.maybe_held = true;
                flight.state = FlightState::ToBroadcast { at: cx.backoff.after(cx.now, flight.tries) };
                flight.tries = flight.tries.saturating_add(1);
                Vec::new()
            }
            Checked::Refused(refusal) if self.is_thrown_out(tx, &refusal) => self.give_up(cx.step),
            Checked::Refused(refusal) => self.refused_by_node(tx, refusal, cx).into_iter().collect(),
        }
    }

    fn refused_by_node(&mut self, tx: TxId, refusal: Refusal, cx: &mut Context<'_>) -> Option<Ended> {
        let (&sequence, flight) = self.window.iter_mut().find(|(_, flight)| flight.record.tx == tx)?;
        if reaction(&refusal) == Reaction::Again {
            flight.state = FlightState::ToBroadcast { at: cx.backoff.after(cx.now, flight.tries) };
            flight.tries = flight.tries.saturating_add(1);
            return None;
        }
        if flight.maybe_held {
            // An earlier try may have put it into a mempool or a block: only the blocks can end it.
            let is_used = refusal.expected_sequence.is_some_and(|expected| expected > sequence);
            flight.state = if is_used { FlightState::Accepted { since: None } } else { FlightState::Uncertain };
            return None;
        }
        // The bytes are in no mempool. As each is signed after all earlier ones were taken, this is the newest.
        let flight = self.window.remove(&sequence)?;
        cx.step.writes.push(Record::OutboxCleared { tx });
        if let Account::Known { number, .. } = self.account {
            self.account = Account::Known { number, next: sequence };
        }
        self.react(flight.job, sequence, refusal, cx)
    }

    /// Did nodes throw this transaction, our lowest, out of their mempools, so that its sequence may be signed again?
    ///
    /// CometBFT checks what waits again after each block, and ibc-go's decorator refuses then, at every node, what a rival
    /// has done or a channel takes no more. Should the old bytes stand in a block after all, their signature tells: one
    /// of both lands, and either holds what is done or wanted. That is not so of requests, which are done once.
    fn is_thrown_out(&self, tx: TxId, refusal: &Refusal) -> bool {
        let lowest = self.window.values().next();
        let is_lowest = lowest.is_some_and(|flight| flight.record.tx == tx && flight.maybe_held);
        let is_request = |flight: &super::Flight| match flight.job.work {
            Work::Request(_) => true,
            Work::Packets { .. } | Work::Update { .. } => false,
        };
        is_lowest && is_behind_sequence(refusal) && !self.window.values().any(is_request)
    }

    /// Empties the window from its lowest sequence on, which is the next to sign: without it those above it are valid
    /// nowhere, and were thrown out with it.
    fn give_up(&mut self, step: &mut Step) -> Vec<Ended> {
        let Some(lowest) = self.window.keys().next().copied() else { return Vec::new() };
        if let Account::Known { number, .. } = self.account {
            self.account = Account::Known { number, next: lowest };
        }
        let mut ended = Vec::new();
        for flight in core::mem::take(&mut self.window).into_values() {
            let tx = flight.record.tx;
            step.writes.push(Record::OutboxCleared { tx });
            step.actions.push(Action::Notify { notice: Notice::TxVoid { tx, lane: self.id.clone() } });
            ended.push(Ended { job: flight.job, how: How::Void { certain: false } });
        }
        ended
    }

    /// Hands again to the node what it took long ago and no block shows.
    pub(super) fn remind(&mut self, cursor: BlockHeight, now: Instant) {
        for flight in self.window.values_mut() {
            match flight.state {
                FlightState::Accepted { since: None } => flight.state = FlightState::Accepted { since: Some(cursor) },
                FlightState::Accepted { since: Some(since) } if cursor >= since.forward(SEND_AGAIN_BLOCKS) => {
                    flight.send_again(now);
                }
                FlightState::Accepted { .. }
                | FlightState::ToBroadcast { .. }
                | FlightState::Broadcasting
                | FlightState::Uncertain => {}
            }
        }
    }
}
