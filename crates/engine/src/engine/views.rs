//! What the shell and its metrics may look at. Reading changes nothing.

use types::{BlockHeight, ChainId};

use super::Engine;
use crate::tracker::{Attempt, Closing, Entry};
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
    /// Packets to be received, none of them refused or hopeless; so are those of the next two.
    pub sent: usize,
    /// Received, no acknowledgement seen.
    pub received: usize,
    /// Acknowledgement written, to be brought back.
    pub acknowledgement_written: usize,
    /// Ended as far as an event says; a sweep has still to confirm it.
    pub ended: usize,
    /// Of the open ones: sent so many of the source's blocks ago that live ones go first.
    pub backlog: usize,
    /// Of the open ones: failed alone too often.
    pub quarantined: usize,
    /// Refused by the path's policy: open ones, and commitments whose sequence alone decides.
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
        let at = self.tracker.find(key)?;
        self.tracker.entry(at).map(|entry| self.view(at.direction, entry))
    }

    /// All packets of a channel end, by sequence.
    pub fn packets(&self, channel: &ChannelKey) -> impl Iterator<Item = PacketView<'_>> {
        let index = self.tracker.source(channel);
        index.into_iter().flat_map(move |index| {
            self.tracker.directions[index].packets.values().map(move |entry| self.view(index, entry))
        })
    }

    /// One direction of one channel, counted in one pass over its packets; nothing for a channel of no path.
    pub fn channel(&self, channel: &ChannelKey) -> Option<ChannelView> {
        let direction = &self.tracker.directions[self.tracker.source(channel)?];
        let head = self.head_of(&direction.key.chain).map(|head| head.height).unwrap_or_default();
        let mut view = ChannelView {
            ended: direction.ended_count(),
            refused: direction.missing.refused_count(),
            unfound: direction.missing.unfound_sends().clone(),
            swept_at: direction.sweep.last,
            ..ChannelView::default()
        };
        for entry in direction.open.iter().filter_map(|sequence| direction.packets.get(sequence)) {
            view.count(entry, head, self.options.leg_tries_max);
        }
        Some(view)
    }

    fn view<'a>(&self, direction: usize, entry: &'a Entry) -> PacketView<'a> {
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
            is_quarantined: entry.is_quarantined(self.options.leg_tries_max),
            failure: entry.failure.as_deref(),
            hopeless: entry.hopeless,
            unfound: self.tracker.directions[direction].missing.unfound(entry.record.id.sequence),
        }
    }

    /// Is something of this channel end still looked for: an event that the last sweep calls for, or, before the first
    /// sweep, everything?
    pub fn is_searching(&self, channel: &ChannelKey) -> bool {
        self.tracker.source(channel).is_some_and(|index| {
            let direction = &self.tracker.directions[index];
            direction.sweep.last.is_none() || direction.missing.is_awaited()
        })
    }

    /// Could we bring this packet further, now or in a few blocks, if all below it on an ordered channel stay?
    pub fn can_advance(&self, key: &PacketKey) -> bool {
        self.tracker.find(key).is_some_and(|at| self.is_pending(at))
    }

    /// Is that end of a channel closed, or claimed to be? The other end follows; what it has not received then times
    /// out on close.
    pub fn is_source_closed(&self, channel: &ChannelKey) -> bool {
        let direction = self.tracker.source(channel);
        direction.is_some_and(|index| self.tracker.directions[index].source_closing != Closing::Open)
    }

    /// One wallet.
    pub fn lane(&self, lane: &LaneId) -> Option<LaneView> {
        let lane = self.submitter.lanes.get(lane)?;
        let (queued, in_flight) = (lane.queued_count(), lane.in_flight_count());
        Some(LaneView { queued, in_flight, is_blocked: lane.is_paused() })
    }

    /// After `Event::StopRequested`: is nothing being signed or broadcast any more?
    pub fn is_stopped(&self) -> bool {
        self.is_stopping && self.submitter.lanes.values().all(|lane| lane.is_quiet())
    }
}

impl ChannelView {
    /// Counts an open packet.
    fn count(&mut self, entry: &Entry, source_head: BlockHeight, leg_tries_max: u32) {
        self.backlog += usize::from(!entry.is_live(source_head));
        self.quarantined += usize::from(entry.is_quarantined(leg_tries_max));
        let counter = match entry.record.progress {
            Progress::Sent | Progress::Received | Progress::AckWritten if entry.record.refused.is_some() => {
                &mut self.refused
            }
            Progress::Sent | Progress::Received | Progress::AckWritten if entry.hopeless.is_some() => {
                &mut self.hopeless
            }
            Progress::Sent => &mut self.sent,
            Progress::Received => &mut self.received,
            Progress::AckWritten => &mut self.acknowledgement_written,
            Progress::Acknowledged | Progress::TimedOut => return, // No open packet is.
        };
        *counter += 1;
    }
}
