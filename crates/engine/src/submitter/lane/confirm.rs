//! What blocks say about our transactions: committed, failed, another's in their place, or never.

use std::collections::BTreeMap;

use types::event::{ObservedBlock, ObservedTx};
use types::{AccountSequence, BlockHeight};

use super::{Account, Flight, Lane};
use crate::blocks::Blocks;
use crate::recovery::{delivery_refusal, is_out_of_gas};
use crate::submitter::{Ended, How, Job};
use crate::{Action, Created, Instant, Notice, Record, Step, TxId};

impl Lane {
    /// Looks for our account's signatures in a block (`tx.acc_seq`, there in failed deliveries too).
    pub(crate) fn confirm(&mut self, block: &ObservedBlock, step: &mut Step) -> Vec<Ended> {
        let mut ended = Vec::new();
        for tx in &block.transactions {
            for (address, sequence) in &tx.signers {
                if *address == self.id.address {
                    ended.extend(self.confirm_sequence(*sequence, tx, block.height, step));
                }
            }
        }
        let is_crowded = self.window.values().any(|flight| flight.was_passed_over(block.height));
        self.room.observe(ended.len(), self.window.len(), is_crowded);
        ended
    }

    /// The job of a transaction that this lane signed and that stands in a block, before the block is confirmed.
    pub(crate) fn job_of(&self, tx: &ObservedTx, height: BlockHeight) -> Option<&Job> {
        let ours = tx.signers.iter().filter(|(address, _)| *address == self.id.address);
        let mut flights = ours.flat_map(|(_, sequence)| self.flights_of(*sequence));
        flights.find(|flight| is_ours(flight, tx, height)).map(|flight| &flight.job)
    }

    fn confirm_sequence(
        &mut self,
        sequence: AccountSequence,
        tx: &ObservedTx,
        height: BlockHeight,
        step: &mut Step,
    ) -> Vec<Ended> {
        let flights = self.take_flights(|flight| flight.record.account_sequence == sequence);
        match self.account {
            Account::Known { number, next } if sequence >= next => self.proceed_from(number, sequence.next()),
            Account::Known { .. } | Account::Unknown { .. } | Account::Reading => {
                let waiting = self.window.range_mut(..=(sequence.next(), TxId(u64::MAX)));
                waiting.for_each(|(_, flight)| flight.take_turn());
            }
        }
        // Told by its gas limit alone, more than one may be it.
        let is_told = flights.iter().filter(|flight| is_ours(flight, tx, height)).count() <= 1;
        flights.into_iter().map(|flight| self.confirm_flight(flight, is_told, tx, height, step)).collect()
    }

    fn confirm_flight(
        &self,
        flight: Flight,
        is_told: bool,
        tx: &ObservedTx,
        height: BlockHeight,
        step: &mut Step,
    ) -> Ended {
        let lane = self.id.clone();
        let id = flight.record.tx;
        let how = if !is_ours(&flight, tx, height) {
            // Another with its sequence was first, of ours or of somebody who signs with the account too: it can never be
            // valid again.
            step.actions.push(Action::Notify { notice: Notice::TxVoid { tx: id, lane } });
            How::Void { certain: true }
        } else if !is_told {
            step.actions.push(Action::Notify { notice: Notice::TxVoid { tx: id, lane } });
            How::Void { certain: false }
        } else if tx.code == 0 {
            let (purpose, gas_used) = (flight.record.purpose.clone(), tx.gas_used);
            let notice = Notice::TxCommitted { tx: id, lane, height, purpose, gas_used };
            step.actions.push(Action::Notify { notice });
            How::Committed { height, created: tx.events.iter().filter_map(Created::from_event).collect() }
        } else {
            let refusal = delivery_refusal(tx);
            let notice = Notice::TxFailed { tx: id, lane, refusal: refusal.clone() };
            step.actions.push(Action::Notify { notice });
            How::Failed(refusal)
        };
        step.writes.push(Record::OutboxCleared { tx: id });
        Ended { job: flight.job, how }
    }

    /// Ends what can stand in no block any more.
    pub(crate) fn expire(&mut self, blocks: &Blocks, now: Instant, step: &mut Step) -> Vec<Ended> {
        let Some(cursor) = blocks.cursor() else { return Vec::new() };
        let is_over = |flight: &Flight| blocks.has_read(flight.record.signed_at, flight.record.timeout_height);
        let mut ended = Vec::new();
        let mut is_freed = false;
        for flight in self.take_flights(is_over) {
            let tx = flight.record.tx;
            is_freed |= flight.is_under_way();
            step.writes.push(Record::OutboxCleared { tx });
            step.actions.push(Action::Notify { notice: Notice::TxVoid { tx, lane: self.id.clone() } });
            ended.push(Ended { job: flight.job, how: How::Void { certain: !flight.is_obscured } });
        }
        if is_freed && self.account != Account::Reading {
            // Its sequence is free again, and nothing above it can be valid before it is used.
            self.account = Account::Unknown { drain: true };
        }
        self.remind(cursor, now);
        ended
    }

    fn take_flights(&mut self, is_meant: impl Fn(&Flight) -> bool) -> Vec<Flight> {
        let (taken, kept) = core::mem::take(&mut self.window).into_iter().partition(|(_, flight)| is_meant(flight));
        self.window = kept;
        let taken: BTreeMap<_, _> = taken;
        taken.into_values().collect()
    }

    /// Blocks are lost in which our transactions may stand.
    pub(crate) fn obscure(&mut self, from: BlockHeight, to: BlockHeight) {
        for flight in self.window.values_mut() {
            flight.is_obscured |= from <= flight.record.timeout_height && to > flight.record.signed_at;
        }
    }
}

fn is_ours(flight: &Flight, tx: &ObservedTx, height: BlockHeight) -> bool {
    let is_signed_by_us = if tx.signatures.is_empty() {
        tx.gas_wanted == flight.record.gas_limit
    } else {
        tx.signatures.contains(&flight.record.signature)
    };
    height > flight.record.signed_at && is_signed_by_us
}

impl Ended {
    /// Did it run out of gas in its block?
    pub(crate) fn ran_out_of_gas(&self) -> bool {
        match &self.how {
            How::Failed(refusal) => is_out_of_gas(refusal),
            How::Committed { .. }
            | How::Rejected(_)
            | How::Redundant(_)
            | How::Stale(_)
            | How::Void { .. }
            | How::Cancelled => false,
        }
    }
}
