//! Facts: what chains committed, packet by packet. One [`Direction`] is one channel end that packets are sent from.

mod direction;
mod ordered;

use core::ops::Range;
use std::collections::{BTreeMap, BTreeSet};

use types::event::PacketId;
use types::{BlockHeight, ChainId, ChannelId, Order, PortId, Sequence};

use crate::batcher::GroupId;
use crate::options::LIVE_BLOCKS;
use crate::submitter::JobId;
use crate::{
    BatchId, ChannelKey, ChannelPath, Hopeless, Instant, Leg, LegFailure, Options, PacketKey, PacketRecord, Path,
    PathEnd, Progress,
};
use direction::Ends;
pub(crate) use direction::{Closing, Direction};

/// Finds a packet within the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct At {
    /// Index of its direction.
    pub(crate) direction: usize,
    /// Its sequence there.
    pub(crate) sequence: Sequence,
}

/// What we do about a packet: ours, may be dropped at any time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// Nothing.
    None,
    /// A leg waits in its group for a batch. `fact` is the block of the proving chain that the proof must include.
    Waiting { leg: Leg, group: GroupId, fact: BlockHeight },
    /// A leg is being proven.
    Preparing { leg: Leg, batch: BatchId },
    /// A leg's message was handed to the submitter.
    Handed { leg: Leg, job: JobId },
}

/// A packet.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    /// The facts.
    pub(crate) record: PacketRecord,
    /// Do we have the acknowledgement's bytes?
    pub(crate) has_acknowledgement: bool,
    /// What we do about it.
    pub(crate) attempt: Attempt,
    /// How often this leg failed alone or could not be proven: how long its next try waits.
    pub(crate) tries: u32,
    /// How often it failed alone in its transaction.
    pub(crate) failures: u32,
    /// How often the transaction that carries this leg was halved to find a bad one.
    pub(crate) split: u32,
    /// The destination's head at which the packet was first seen timed out; none if it was not.
    pub(crate) timed_out_at: Option<BlockHeight>,
    /// How the leg failed when it was alone in its transaction, the last time. Boxed, because few packets have one.
    pub(crate) failure: Option<Box<LegFailure>>,
    /// The chain will never take its next leg.
    pub(crate) hopeless: Option<Hopeless>,
    /// A sweep has taken back what an event had claimed: no event pauses it any more.
    pub(crate) is_doubted: bool,
    /// It was old already when it became known.
    pub(crate) is_late: bool,
    /// When the record was made: a sweep of an earlier source height says nothing about it.
    pub(crate) source_floor: BlockHeight,
    /// When this process learned of it; none if an earlier one did.
    pub(crate) known_since: Option<Instant>,
}

impl Entry {
    pub(crate) fn new(record: PacketRecord, source_floor: BlockHeight) -> Self {
        let has_acknowledgement = record.progress == Progress::AckWritten;
        Self {
            record,
            has_acknowledgement,
            attempt: Attempt::None,
            tries: 0,
            failures: 0,
            split: 0,
            timed_out_at: None,
            failure: None,
            hopeless: None,
            is_doubted: false,
            is_late: false,
            source_floor,
            known_since: None,
        }
    }

    /// Has its leg failed alone so often that it is tried at growing distances only?
    pub(crate) fn is_quarantined(&self, leg_tries_max: u32) -> bool {
        self.failures >= leg_tries_max.max(1)
    }

    /// Was the packet sent lately, and known at once? Its send may never have been seen: then it was before our time.
    pub(crate) fn is_live(&self, source_head: BlockHeight) -> bool {
        let sent_at = self.record.sent_at;
        !self.is_late && sent_at > BlockHeight(0) && sent_at.forward(LIVE_BLOCKS) >= source_head
    }

    /// Is the packet over, as far as an event claims?
    pub(crate) fn is_ended(&self) -> bool {
        is_ended(self.record.progress)
    }
}

/// Is that the end of a packet?
pub(crate) fn is_ended(progress: Progress) -> bool {
    match progress {
        Progress::Acknowledged | Progress::TimedOut => true,
        Progress::Sent | Progress::Received | Progress::AckWritten => false,
    }
}

/// When and how a direction is swept.
#[derive(Debug, Default)]
pub(crate) struct SweepState {
    /// Is one under way?
    pub(crate) in_flight: bool,
    /// Shall one be made now?
    pub(crate) due: bool,
    /// Not before this instant.
    pub(crate) not_before: Option<Instant>,
    /// Failures in a row.
    pub(crate) tries: u32,
    /// The source height of the last one; none before the first.
    pub(crate) last: Option<BlockHeight>,
    /// The destination height of the last one.
    pub(crate) last_destination: BlockHeight,
    /// The commitments that the last one found.
    pub(crate) commitments: BTreeSet<Sequence>,
    /// Those of them that no event had told of, and that the destination had received.
    pub(crate) received_unseen: BTreeSet<Sequence>,
    /// The source head when the last one was asked for.
    pub(crate) asked_at: BlockHeight,
}

/// All directions, and how an event finds its own.
#[derive(Debug, Default)]
pub(crate) struct Tracker {
    pub(crate) directions: Vec<Direction>,
    by_source: BTreeMap<ChannelKey, usize>,
    by_destination: BTreeMap<(ChainId, PortId, ChannelId), usize>,
}

impl Tracker {
    /// Two directions for each channel of each path. `group_of` names the group of a chain and the client on it.
    pub(crate) fn new(options: &Options, mut group_of: impl FnMut(&Path, &PathEnd, &PathEnd) -> GroupId) -> Self {
        let mut tracker = Self::default();
        for path in &options.paths {
            let (at_a, at_b) = (group_of(path, &path.a, &path.b), group_of(path, &path.b, &path.a));
            for channel in &path.channels {
                tracker.add(path, channel, (at_a, at_b), options.leg_tries_max);
            }
        }
        tracker
    }

    /// Adds a channel's two directions, given the groups of the path's ends. Gives the indexes of those that are new.
    pub(crate) fn add(
        &mut self,
        path: &Path,
        channel: &ChannelPath,
        (at_a, at_b): (GroupId, GroupId),
        leg_tries_max: u32,
    ) -> Range<usize> {
        let first = self.directions.len();
        let (a, b) = ((&path.a, &channel.a, at_a), (&path.b, &channel.b, at_b));
        self.add_direction(path, a, b, channel.order, leg_tries_max);
        self.add_direction(path, b, a, channel.order, leg_tries_max);
        first..self.directions.len()
    }

    fn add_direction(&mut self, path: &Path, source: End<'_>, destination: End<'_>, order: Order, leg_tries_max: u32) {
        let key = ChannelKey { chain: source.0.chain.clone(), port: source.1.0.clone(), channel: source.1.1.clone() };
        if self.by_source.contains_key(&key) {
            return; // The same channel under two paths is relayed once, by the first.
        }
        let index = self.directions.len();
        let destination_chain = destination.0.chain.clone();
        self.by_source.insert(key.clone(), index);
        self.by_destination
            .insert((destination_chain.clone(), destination.1.0.clone(), destination.1.1.clone()), index);
        let ends =
            Ends { forward: destination.2, backward: source.2, destination_chain, destination: destination.1.clone() };
        self.directions.push(Direction::new(key, order, ends, path.policy.clone(), leg_tries_max));
    }

    /// The direction that sends from this channel end.
    pub(crate) fn source(&self, key: &ChannelKey) -> Option<usize> {
        self.by_source.get(key).copied()
    }

    /// The direction that delivers to this channel end.
    pub(crate) fn destination(&self, chain: &ChainId, port: &PortId, channel: &ChannelId) -> Option<usize> {
        self.by_destination.get(&(chain.clone(), port.clone(), channel.clone())).copied()
    }

    /// The direction of an event on the packet's source.
    pub(crate) fn on_source(&self, chain: &ChainId, id: &PacketId) -> Option<usize> {
        let key = ChannelKey { chain: chain.clone(), port: id.source_port.clone(), channel: id.source_channel.clone() };
        self.source(&key).filter(|index| self.directions[*index].carries(id))
    }

    /// The direction of an event on the packet's destination.
    pub(crate) fn on_destination(&self, chain: &ChainId, id: &PacketId) -> Option<usize> {
        self.destination(chain, &id.destination_port, &id.destination_channel)
            .filter(|index| self.directions[*index].carries(id))
    }

    pub(crate) fn entry(&self, at: At) -> Option<&Entry> {
        self.directions[at.direction].packets.get(&at.sequence).map(Box::as_ref)
    }

    pub(crate) fn entry_mut(&mut self, at: At) -> Option<&mut Entry> {
        self.directions[at.direction].packets.get_mut(&at.sequence).map(Box::as_mut)
    }

    /// Finds a packet by its durable name, if its channel is configured.
    pub(crate) fn find(&self, key: &PacketKey) -> Option<At> {
        self.source(&key.source).map(|direction| At { direction, sequence: key.sequence })
    }
}

type End<'a> = (&'a PathEnd, &'a (PortId, ChannelId), GroupId);
