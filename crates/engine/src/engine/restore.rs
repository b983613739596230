//! Taking up where an earlier process ended.

use std::collections::BTreeMap;

use types::BlockHeight;

use super::Engine;
use crate::backoff::Backoff;
use crate::batcher::Batcher;
use crate::blocks::Blocks;
use crate::submitter::{Job, Submitter, Work};
use crate::tracker::{Attempt, Entry, Tracker};
use crate::{Instant, Leg, Options, OutboxRecord, Priority, Progress, Purpose, Record};

/// See [`Engine::restore`].
pub(super) fn restore(records: Vec<Record>, options: Options, seed: u64) -> Engine {
    let mut batcher = Batcher::default();
    let tracker = Tracker::new(&options, |path, host, counterparty| {
        batcher.group_of(&path.id, &host.chain, &host.client, &counterparty.chain)
    });
    let mut engine = Engine {
        chains: options.chains.keys().map(|chain| (chain.clone(), Blocks::default())).collect::<BTreeMap<_, _>>(),
        tracker,
        batcher,
        submitter: Submitter::new(&options),
        backoff: Backoff::new(&options, seed),
        options,
        now: Instant(0),
        is_stopping: false,
        touched: Default::default(),
        moved: Default::default(),
        leftover: Vec::new(),
    };
    // Packets and outcomes first: what stands in the outbox refers to them.
    let (outbox, others): (Vec<_>, Vec<_>) =
        records.into_iter().partition(|record| matches!(record, Record::Outbox { .. }));
    for record in others.into_iter().chain(outbox) {
        engine.take_back(record);
    }
    engine
}

impl Engine {
    fn take_back(&mut self, record: Record) {
        match record {
            Record::Cursor { chain, cursor } => {
                if let Some(blocks) = self.chains.get_mut(&chain) {
                    blocks.cursor = Some(cursor);
                }
            }
            Record::Packet { packet } => {
                let Some(at) = self.tracker.find(&packet.key()) else { return };
                let direction = &mut self.tracker.directions[at.direction];
                if direction.carries(&packet.id) {
                    direction.insert(Entry::new(packet, BlockHeight(0)));
                }
            }
            Record::Concluded { request, outcome } => {
                self.submitter.concluded.insert(request, outcome);
            }
            Record::Outbox { tx } => self.take_back_outbox(tx),
            // Bytes are the driver's; the others only delete.
            Record::PacketBytes { .. }
            | Record::AcknowledgementBytes { .. }
            | Record::PacketForgotten { .. }
            | Record::OutboxCleared { .. }
            | Record::ConcludedForgotten { .. } => {}
        }
    }

    fn take_back_outbox(&mut self, tx: OutboxRecord) {
        self.submitter.saw_tx(tx.tx);
        let id = self.submitter.next_job();
        let (work, priority) = match &tx.purpose {
            Purpose::Request { request } => {
                if self.submitter.concluded.contains_key(request) {
                    // The process ended between the outcome's record and this one's deletion.
                    self.leftover.push(Record::OutboxCleared { tx: tx.tx });
                    return;
                }
                (Work::Request(request.clone()), Priority::Handshake)
            }
            Purpose::Packets { updates, legs } => {
                let found = legs.iter().filter_map(|(key, leg)| Some((self.tracker.find(key)?, *leg)));
                let legs: Vec<_> = found.collect();
                for (at, leg) in &legs {
                    if let Some(entry) = self.tracker.entry_mut(*at)
                        && may_follow(entry.record.progress, *leg)
                    {
                        entry.attempt = Attempt::Handed { leg: *leg, job: id };
                    }
                }
                (Work::Packets { group: None, updates: *updates, legs }, Priority::Packets)
            }
        };
        let job = Job { id, priority, work, messages: Vec::new(), after: None, gas_tries: 0, tries: 0 };
        if let Some(lane) = self.submitter.lanes.get_mut(&tx.lane) {
            lane.restore(tx, job);
        }
    }
}

/// May this leg still bring a packet further?
fn may_follow(progress: Progress, leg: Leg) -> bool {
    match (progress, leg) {
        (Progress::Sent, Leg::Recv | Leg::Timeout | Leg::TimeoutOnClose) | (Progress::AckWritten, Leg::Ack) => true,
        (Progress::Sent, Leg::Ack)
        | (Progress::AckWritten, Leg::Recv | Leg::Timeout | Leg::TimeoutOnClose)
        | (Progress::Received | Progress::Acknowledged | Progress::TimedOut, _) => false,
    }
}
