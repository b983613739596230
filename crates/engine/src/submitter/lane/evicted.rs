//! What nodes took and threw out of their mempools again. CometBFT checks what waits there anew after each block, and
//! ibc-go's decorator refuses then, at every node, what a rival has done or a channel takes no more.
//!
//! The lowest sequence that was thrown out is free again, and no transaction above it is valid before it is used. What
//! brought packets on their way is planned anew and signed from there on: should the old bytes stand in a block after
//! all, their signature tells, and either holds what is done or wanted. That is not so of requests, which are done once:
//! they keep their bytes and their records. One that stands above waits for its turn; for one that was itself thrown
//! out, whatever is signed next takes the sequence, and the block that shows one of both decides.

use types::Refusal;

use super::{Account, FlightState, Lane};
use crate::recovery::is_behind_sequence;
use crate::submitter::{Ended, How, Work};
use crate::{Action, Notice, Record, Step, TxId};

impl Lane {
    /// Did nodes throw this transaction, our lowest, out of their mempools, so that its sequence may be signed again?
    pub(super) fn is_thrown_out(&self, tx: TxId, refusal: &Refusal) -> bool {
        let lowest = self.holders().next();
        let is_lowest = lowest.is_some_and(|(_, flight)| flight.record.tx == tx && flight.maybe_held);
        is_lowest && is_behind_sequence(refusal)
    }

    /// Gives back the sequence of the lowest transaction, and those of packets above it.
    pub(super) fn give_back(&mut self, lowest: TxId, step: &mut Step) -> Vec<Ended> {
        let mut ended = Vec::new();
        let mut from = None;
        for ((sequence, tx), mut flight) in core::mem::take(&mut self.window) {
            if tx == lowest {
                from = Some(sequence);
            }
            match flight.job.work {
                Work::Request(_) => {
                    if tx == lowest {
                        flight.state = FlightState::ThrownOut;
                    }
                    self.window.insert((sequence, tx), flight);
                }
                Work::Packets { .. } | Work::Update { .. } => {
                    step.writes.push(Record::OutboxCleared { tx });
                    step.actions.push(Action::Notify { notice: Notice::TxVoid { tx, lane: self.id.clone() } });
                    ended.push(Ended { job: flight.job, how: How::Void { certain: false } });
                }
            }
        }
        if let (Account::Known { number, .. }, Some(from)) = (self.account, from) {
            self.proceed_from(number, from);
        }
        ended
    }
}
