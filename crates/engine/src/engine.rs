//! The engine's one door: an event in, a step out. Which part takes which event is decided here and nowhere else.
//!
//! After each event everything that has become possible is started (`pump`): rescans, sweeps, batches, signatures and
//! broadcasts. Nothing is started anywhere else, so that a stop or a pause is one condition in one place.

mod batches;
mod blocks;
mod clear;
mod closed;
mod hand_over;
mod idle;
mod jobs;
mod packets;
mod prepared;
mod redundant;
mod requests;
mod restore;
mod rivals;
mod suspects;
mod sweeps;
mod views;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use types::{ChainId, Class};

pub use views::{ChannelView, LaneView, LegFailure, PacketStage, PacketView, Unfound};

use crate::backoff::Backoff;
use crate::batcher::Batcher;
use crate::blocks::Blocks;
use crate::submitter::Submitter;
use crate::tracker::{At, Tracker};
use crate::{Event, Instant, Options, Record, Step};

/// The relayer's mind. See the crate's documentation for the contract with its caller.
#[derive(Debug)]
pub struct Engine {
    options: Options,
    chains: BTreeMap<ChainId, Blocks>,
    tracker: Tracker,
    batcher: Batcher,
    submitter: Submitter,
    backoff: Backoff,
    now: Instant,
    is_stopping: bool,
    /// Packets whose record changed in this step.
    touched: BTreeSet<At>,
    /// Chains whose cursor changed in this step.
    moved: BTreeSet<ChainId>,
    /// Writes that the restored records call for; they leave with the first step.
    leftover: Vec<Record>,
}

impl Engine {
    /// Takes up where the records end. The first event handled brings the first actions; an `Event::Woken` will do.
    ///
    /// Records of channels and chains that are not in `options` are left alone. The `seed` decides all jitter.
    pub fn restore(records: Vec<Record>, options: Options, seed: u64) -> Self {
        restore::restore(records, options, seed)
    }

    /// Takes what happened, and says what follows. `now` never goes back; a smaller one counts as the last.
    pub fn handle(&mut self, event: Event, now: Instant) -> Step {
        self.now = self.now.max(now);
        let mut step = Step { writes: core::mem::take(&mut self.leftover), ..Step::default() };
        self.dispatch(event, &mut step);
        self.pump(&mut step);
        self.finish(&mut step);
        step
    }

    fn dispatch(&mut self, event: Event, step: &mut Step) {
        match event {
            Event::HeadObserved { chain, head } => self.head_observed(&chain, head),
            Event::BlockObserved { chain, block } => self.block_observed(&chain, &block, step),
            Event::BlocksPruned { chain, from, to } => self.blocks_pruned(&chain, from, to, step),
            Event::RescanFailed { chain, from, to } => self.rescan_failed(&chain, from, to),
            Event::Swept { sweep } => self.swept(sweep, step),
            Event::SweepFailed { channel } => self.sweep_failed(&channel),
            Event::BatchPrepared { batch, prepared } => self.batch_prepared(batch, prepared, step),
            Event::BatchFailed { batch, class, reason } => self.batch_failed(batch, class, reason, step),
            Event::RequestMade { request } => self.request_made(request, step),
            Event::AccountRead { lane, account_number, account_sequence } => {
                if let Some(lane) = self.submitter.lanes.get_mut(&lane) {
                    lane.account_read(account_number, account_sequence);
                }
            }
            Event::AccountFailed { lane, class, reason } => {
                let lasting = match class {
                    Class::Terminal(_) => Some(reason),
                    Class::Redundant | Class::Transient | Class::Stale => None,
                };
                if let Some(lane) = self.submitter.lanes.get_mut(&lane) {
                    lane.account_failed(lasting, self.now, &mut self.backoff, step);
                }
            }
            Event::TxSigned { tx, bytes, signature, gas_limit } => {
                self.tx_signed(tx, crate::submitter::lane::Signed { bytes, signature, gas_limit }, step);
            }
            Event::TxRefused { tx, refusal } => {
                self.with_lanes(step, |lane, cx| lane.refused(tx, refusal.clone(), cx));
            }
            Event::TxChecked { tx, checked } => {
                self.with_lanes(step, |lane, cx| lane.checked(tx, checked.clone(), cx));
            }
            Event::TxPartlyRedundant { tx, messages } => self.partly_redundant(tx, &messages, step),
            Event::Recovered { channel, sends, acknowledgements } => {
                self.recovered(&channel, &sends, &acknowledgements);
            }
            Event::PacketsFound { chain, packets } => {
                for found in packets {
                    self.packet_sent(&chain, found.height, &found.packet, step);
                }
            }
            Event::AcknowledgementsFound { acknowledgements } => {
                for found in acknowledgements {
                    self.acknowledgement_found(&found, step);
                }
            }
            Event::ChannelOpened { path, channel } => self.channel_opened(&path, channel),
            Event::ClearRequested { channels } => self.clear_requested(&channels),
            Event::ChainAnswered { chain } => self.chain_answered(&chain),
            Event::RequestForgotten { request } => self.request_forgotten(&request, step),
            Event::StopRequested => self.stop_requested(step),
            Event::Woken => {}
        }
    }

    /// Starts whatever has become possible.
    fn pump(&mut self, step: &mut Step) {
        if !self.is_stopping {
            self.start_rescans(step);
            self.start_sweeps(step);
            self.start_recoveries(step);
            self.start_batches(step);
            self.start_signatures(step);
        }
        for lane in self.submitter.lanes.values_mut() {
            lane.broadcast(self.now, step);
        }
    }

    /// Completes a step: packets, then their bytes and outcomes, then what ends a transaction, then cursors. Whatever
    /// part of it is durable at a crash, no bytes are without a packet, an outcome is known before its outbox record is
    /// gone, and the block is read again as long as its cursor is not moved.
    fn finish(&mut self, step: &mut Step) {
        for at in core::mem::take(&mut self.touched) {
            self.give_up_unacknowledgeable(at, step);
            if let Some(entry) = self.tracker.entry(at) {
                step.writes.push(Record::Packet { packet: entry.record.clone() });
            }
        }
        step.writes.sort_by_key(rank);
        for chain in core::mem::take(&mut self.moved) {
            if let Some(cursor) = self.chains.get(&chain).and_then(|blocks| blocks.cursor.clone()) {
                step.writes.push(Record::Cursor { chain, cursor });
            }
        }
        step.wake_at = self.next_instant();
    }

    fn next_instant(&self) -> Option<Instant> {
        let lanes = self.submitter.lanes.values().filter_map(|lane| lane.next_instant()).filter(|at| *at > self.now);
        if self.is_stopping {
            return lanes.min();
        }
        let groups = self.batcher.groups.iter().filter_map(|group| group.next_instant());
        let rescans = self.chains.values().filter_map(|blocks| blocks.rescan_at);
        let sweeps = self.tracker.directions.iter().filter(|direction| direction.sweep.due);
        let sweeps = sweeps.filter_map(|direction| direction.sweep.not_before);
        lanes.chain(groups).chain(rescans).chain(sweeps).filter(|at| *at > self.now).min()
    }
}

/// The order of a step's writes.
fn rank(record: &Record) -> u8 {
    match record {
        Record::Packet { .. } => 0,
        Record::PacketBytes { .. }
        | Record::AcknowledgementBytes { .. }
        | Record::PacketForgotten { .. }
        | Record::Outbox { .. }
        | Record::Concluded { .. }
        | Record::ConcludedForgotten { .. } => 1,
        Record::OutboxCleared { .. } => 2,
        Record::Cursor { .. } => 3,
    }
}
