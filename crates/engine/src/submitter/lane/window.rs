//! Signed transactions on their way: handing them to the node, and what its answers mean.

use types::{BlockHeight, Refusal};

use super::{Account, Context, FlightState, Lane};
use crate::recovery::{Reaction, reaction};
use crate::submitter::Ended;
use crate::{Action, Checked, Instant, Record, Step, TxId};

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
            Checked::Refused(refusal) if self.is_thrown_out(tx, &refusal) => self.give_back(tx, cx.step),
            Checked::Refused(refusal) => self.refused_by_node(tx, refusal, cx).into_iter().collect(),
        }
    }

    fn refused_by_node(&mut self, tx: TxId, refusal: Refusal, cx: &mut Context<'_>) -> Option<Ended> {
        let (&key, flight) = self.window.iter_mut().find(|(_, flight)| flight.record.tx == tx)?;
        let sequence = key.0;
        if reaction(&refusal) == Reaction::Again {
            flight.state = FlightState::ToBroadcast { at: cx.backoff.after(cx.now, flight.tries) };
            flight.tries = flight.tries.saturating_add(1);
            return None;
        }
        if flight.maybe_held {
            // An earlier try may have put it into a mempool or a block: only the blocks can end it.
            let expected = refusal.expected_sequence;
            flight.state = if expected.is_some_and(|expected| expected > sequence) {
                FlightState::Accepted { since: None }
            } else if expected.is_some_and(|expected| expected < sequence) && self.account.may_lack_below(sequence) {
                FlightState::Early
            } else {
                FlightState::Uncertain
            };
            return None;
        }
        // The bytes are in no mempool. As each is signed after all earlier ones were taken, this is the newest.
        let flight = self.window.remove(&key)?;
        cx.step.writes.push(Record::OutboxCleared { tx });
        if let Account::Known { number, next } = self.account {
            self.proceed_from(number, next.min(sequence));
        }
        self.react(flight.job, sequence, refusal, cx)
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
                | FlightState::Uncertain
                | FlightState::Early
                | FlightState::ThrownOut => {}
            }
        }
    }
}
