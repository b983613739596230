//! What the shell and its metrics may look at. Reading changes nothing.

use types::{BlockHeight, ChainId};

use super::Engine;
use crate::tracker::{At, Attempt, Entry};
use crate::{ChannelKey, CursorRecord, Head, Hopeless, LaneId, Leg, PacketKey, PacketRecord, Progress};

/// What is being done about a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketStage {
    /// Nothing can be done now: it waits for an event, for its timeout, or for a head.
    Resting,
    /// A leg waits to be proven.
    Waiting(Leg),
    /// A leg is being proven.
    Preparing(Leg),
    /// A leg's message is queued, signed, or in flight.
    Submitted(Leg),
}

/// One packet.
#[derive(Clone, Copy, Debug)]
pub struct PacketView<'a> {
    /// The facts.
    pub record: &'a PacketRecord,
    /// What is being done about it.
    pub stage: PacketStage,
    /// How often its leg failed or could not be proven.
    pub tries: u32,
    /// Has its leg failed alone so often that it is tried at growing distances only?
    pub is_quarantined: bool,
    /// How the leg failed alone, the last time.
    pub failure: Option<&'a LegFailure>,
    /// Why the chain will never take its next leg.
    pub hopeless: Option<Hopeless>,
    /// What of it was searched for in vain.
    pub unfound: Option<Unfound>,
}

/// How a leg failed that was alone in its transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegFailure {
    /// The leg.
    pub leg: Leg,
    /// ABCI codespace; empty where the refusal is ours.
    pub codespace: String,
    /// ABCI code.
    pub code: u32,
    /// What was said.
    pub reason: String,
}

/// What of a packet was searched for and not found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfound {
    /// Its bytes.
    Send,
    /// Its acknowledgement's bytes.
    Acknowledgement,
}

/// One direction of one channel, counted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChannelView {
    /// Packets to be received, none of them refused or hopeless.
    pub sent: usize,
    /// Received, no acknowledgement seen.
    pub received: usize,
    /// Acknowledgement written, to be brought back.
    pub acknowledgement_written: usize,
    /// Ended as far as an event says; a sweep has still to confirm it.
    pub ended: usize,
    /// Of the open ones: sent long ago.
    pub backlog: usize,
    /// Of the open ones: failed alone too often.
    pub quarantined: usize,
    /// Of the open ones: refused by the path's policy.
    pub refused: usize,
    /// Of the open ones: never to be taken by the chain.
    pub hopeless: usize,
    /// Commitments on the source whose send was searched for in vain.
    pub unfound: std::collections::BTreeSet<types::Sequence>,
    /// The source height of the last sweep; none before the first.
    pub swept_at: Option<BlockHeight>,
}

/// One wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LaneView {
    /// Sets of messages that wait for a signature.
    pub queued: usize,
    /// Transactions signed and not yet seen in a block.
    pub in_flight: usize,
    /// Is it paused, because it can't pay for example?
    pub is_blocked: bool,
}

impl Engine {
    /// The newest head of a chain.
    pub fn head(&self, chain: &ChainId) -> Option<Head> {
        self.head_of(chain)
    }

    /// How far a chain was read; none until its first block was.
    pub fn cursor(&self, chain: &ChainId) -> Option<&CursorRecord> {
        self.chains.get(chain)?.cursor.as_ref()
    }

    /// Packets of one channel end that are not over.
    pub fn open_packets(&self, channel: &ChannelKey) -> usize {
        self.tracker.source(channel).map_or(0, |index| self.tracker.directions[index].open.len())
    }

    /// Packets of all channels that are not over.
    pub fn open_packets_total(&self) -> usize {
        self.tracker.directions.iter().map(|direction| direction.open.len()).sum()
    }

    /// Packets whose end was seen and which a sweep has still to confirm.
    pub fn ended_packets(&self, channel: &ChannelKey) -> usize {
        self.tracker.source(channel).map_or(0, |index| self.tracker.directions[index].ended_count())
    }

    /// The channel ends that packets are relayed from.
    pub fn channels(&self) -> impl Iterator<Item = &ChannelKey> {
        self.tracker.directions.iter().map(|direction| &direction.key)
    }

    /// The source height of the last sweep of a channel; none before the first.
    pub fn swept_at(&self, channel: &ChannelKey) -> Option<BlockHeight> {
        self.tracker.directions[self.tracker.source(channel)?].sweep.last
    }

    /// One packet.
    pub fn packet(&self, key: &PacketKey) -> Option<PacketView<'_>> {
        self.tracker.entry(self.tracker.find(key)?).map(view)
    }

    /// All packets of a channel end, by sequence.
    pub fn packets(&self, channel: &ChannelKey) -> impl Iterator<Item = PacketView<'_>> {
        let index = self.tracker.source(channel);
        index.into_iter().flat_map(|index| self.tracker.directions[index].packets.values().map(view))
    }

    /// One direction of one channel, counted; nothing for a channel of no path.
    pub fn channel(&self, channel: &ChannelKey) -> Option<ChannelView> {
        let direction = &self.tracker.directions[self.tracker.source(channel)?];
        Some(ChannelView { swept_at: direction.sweep.last, ..ChannelView::default() })
    }

    /// One wallet.
    pub fn lane(&self, lane: &LaneId) -> Option<LaneView> {
        let lane = self.submitter.lanes.get(lane)?;
        let (queued, in_flight) = (lane.queued_count(), lane.in_flight_count());
        Some(LaneView { queued, in_flight, is_blocked: lane.is_paused() })
    }

    /// Is there nothing left that can be done? Every channel was swept since the start, no block is missing, no leg is
    /// possible or under way, no transaction is in flight. A packet whose destination has not written its
    /// acknowledgement, as a sweep confirmed, does not count: nobody can relay it yet.
    pub fn is_idle(&self) -> bool {
        let chains_are_read = self.chains.values().all(|blocks| !blocks.has_gap());
        let lanes_are_idle = self.submitter.lanes.values().all(|lane| lane.is_idle());
        chains_are_read
            && lanes_are_idle
            && self.batcher.batches.is_empty()
            && (0..self.tracker.directions.len()).all(|index| self.is_direction_idle(index))
    }

    fn is_direction_idle(&self, index: usize) -> bool {
        let direction = &self.tracker.directions[index];
        let swept = direction.sweep.last_destination;
        let is_stuck = |entry: &Entry| {
            entry.record.progress == Progress::Received
                && entry.record.progress_at <= swept
                && entry.attempt == Attempt::None
        };
        direction.sweep.last.is_some()
            && !direction.missing.is_awaited()
            && direction.open.iter().all(|sequence| {
                let at = At { direction: index, sequence: *sequence };
                self.tracker.entry(at).is_some_and(is_stuck)
            })
    }

    /// After `Event::StopRequested`: is nothing being signed or broadcast any more?
    pub fn is_stopped(&self) -> bool {
        self.is_stopping && self.submitter.lanes.values().all(|lane| lane.is_quiet())
    }
}

fn view(entry: &Entry) -> PacketView<'_> {
    let stage = match entry.attempt {
        Attempt::None => PacketStage::Resting,
        Attempt::Waiting { leg, .. } => PacketStage::Waiting(leg),
        Attempt::Preparing { leg, .. } => PacketStage::Preparing(leg),
        Attempt::Handed { leg, .. } => PacketStage::Submitted(leg),
    };
    PacketView {
        record: &entry.record,
        stage,
        tries: entry.tries,
        is_quarantined: false,
        failure: entry.failure.as_ref(),
        hopeless: entry.hopeless,
        unfound: None,
    }
}
