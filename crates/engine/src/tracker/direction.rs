//! One direction of one channel: its packets, and what is known of its ends.
//!
//! The indexes follow `packets` in every change: `open` are those not over, `sent` those not received. The two timeout
//! indexes hold the sent ones that have such a timeout and were not yet seen timed out.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use types::event::PacketId;
use types::{BlockHeight, ChainId, ChannelId, Height, Order, Packet, PortId, Sequence, Timestamp};

use super::{Entry, SweepState, is_ended};
use crate::batcher::GroupId;
use crate::missing::Missing;
use crate::{ChannelKey, Hopeless, Leg, PacketKey, PacketRecord, Policy, Progress, Refused};

/// Is a channel's end closed? An event is a claim, which a sweep confirms or takes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Closing {
    #[default]
    Open,
    /// An event says so, of this block.
    Claimed(BlockHeight),
    /// The chain's state said so at this height.
    Confirmed(BlockHeight),
}

impl Closing {
    /// From which block on, if it is.
    pub(crate) fn at(self) -> Option<BlockHeight> {
        match self {
            Self::Open => None,
            Self::Claimed(at) | Self::Confirmed(at) => Some(at),
        }
    }

    /// Is it no more than a claim?
    pub(crate) fn is_claim(self) -> bool {
        match self {
            Self::Claimed(_) => true,
            Self::Open | Self::Confirmed(_) => false,
        }
    }
}

/// Where a direction leads, and the groups of its legs.
#[derive(Debug)]
pub(super) struct Ends {
    pub(super) destination_chain: ChainId,
    pub(super) destination: (PortId, ChannelId),
    pub(super) forward: GroupId,
    pub(super) backward: GroupId,
}

/// Does that hold for a packet that has come so far as well?
fn is_lasting(hopeless: Hopeless, progress: Progress) -> bool {
    match (hopeless, progress) {
        (Hopeless::SourceClosed, Progress::Received | Progress::AckWritten) => true,
        (Hopeless::SourceClosed, Progress::Sent | Progress::Acknowledged | Progress::TimedOut)
        | (Hopeless::AcknowledgementMalformed, _) => false,
    }
}

/// A channel end that packets are sent from, and its packets.
#[derive(Debug)]
pub(crate) struct Direction {
    pub(crate) key: ChannelKey,
    pub(crate) order: Order,
    pub(crate) destination_chain: ChainId,
    pub(crate) destination: (PortId, ChannelId),
    /// Where recvs are submitted.
    pub(crate) forward: GroupId,
    /// Where acknowledgements and timeouts are submitted.
    pub(crate) backward: GroupId,
    /// Boxed: a map that grows at its end keeps half of its slots empty.
    pub(crate) packets: BTreeMap<Sequence, Box<Entry>>,
    pub(crate) open: BTreeSet<Sequence>,
    pub(crate) sent: BTreeSet<Sequence>,
    by_timeout_height: BTreeSet<(Height, Sequence)>,
    by_timeout_time: BTreeSet<(Timestamp, Sequence)>,
    /// Received packets that may have an acknowledgement which we missed: looked for when the destination is there.
    pub(crate) acknowledgement_due: BTreeSet<(BlockHeight, Sequence)>,
    /// The destination's end: closed, it receives nothing any more.
    pub(crate) destination_closing: Closing,
    /// The source's end: closed, it takes no acknowledgement any more.
    pub(crate) source_closing: Closing,
    /// Both heads are known, so that its packets are planned.
    pub(crate) is_awake: bool,
    pub(crate) sweep: SweepState,
    pub(crate) missing: Missing,
    /// An ordered channel's lowest packet that timed out: the destination takes nothing above it any more.
    pub(crate) broken_at: Option<Sequence>,
    /// The path's policy, and its verdict over the channel as a whole.
    policy: Arc<Policy>,
    channel_refused: Option<Refused>,
    pub(super) leg_tries_max: u32,
}

impl Direction {
    /// Without packets.
    pub(super) fn new(key: ChannelKey, order: Order, ends: Ends, policy: Arc<Policy>, leg_tries_max: u32) -> Self {
        let there = (&ends.destination_chain, &ends.destination.0, &ends.destination.1);
        let channel_refused = policy.channel([(&key.chain, &key.port, &key.channel), there]).err();
        Self {
            key,
            order,
            destination_chain: ends.destination_chain,
            destination: ends.destination,
            forward: ends.forward,
            backward: ends.backward,
            packets: BTreeMap::new(),
            open: BTreeSet::new(),
            sent: BTreeSet::new(),
            by_timeout_height: BTreeSet::new(),
            by_timeout_time: BTreeSet::new(),
            acknowledgement_due: BTreeSet::new(),
            destination_closing: Closing::Open,
            source_closing: Closing::Open,
            is_awake: false,
            sweep: SweepState::default(),
            missing: Missing::default(),
            broken_at: None,
            policy,
            channel_refused,
            leg_tries_max,
        }
    }

    /// Why this packet is not relayed, if the policy says so.
    pub(crate) fn refuses(&self, packet: &Packet) -> Option<Refused> {
        self.channel_refused.clone().or_else(|| self.policy.packet(&self.key, packet).err())
    }

    /// Is a packet of this sequence refused whatever its bytes say?
    pub(crate) fn refuses_sequence(&self, sequence: Sequence) -> bool {
        self.channel_refused.is_some() || self.policy.sequence(&self.key, sequence).is_err()
    }

    /// Adds a packet. Its identifiers are this direction's own, so that thousands of packets share them.
    pub(crate) fn insert(&mut self, mut entry: Entry) {
        let sequence = entry.record.id.sequence;
        self.remove(sequence);
        entry.record.source_chain = self.key.chain.clone();
        entry.record.id = PacketId {
            source_port: self.key.port.clone(),
            source_channel: self.key.channel.clone(),
            destination_port: self.destination.0.clone(),
            destination_channel: self.destination.1.clone(),
            sequence,
        };
        self.index(&entry.record);
        if entry.record.progress == Progress::TimedOut {
            self.note_timed_out(sequence);
        }
        self.packets.insert(sequence, Box::new(entry));
    }

    /// Forgets a packet.
    pub(crate) fn remove(&mut self, sequence: Sequence) -> Option<Box<Entry>> {
        let entry = self.packets.remove(&sequence)?;
        self.unindex(&entry.record);
        Some(entry)
    }

    /// Moves a packet, forwards or back. What was tried for the old progress counts no more.
    pub(crate) fn set_progress(&mut self, sequence: Sequence, progress: Progress, at: BlockHeight) {
        let Some(mut entry) = self.remove(sequence) else { return };
        entry.record.progress = progress;
        entry.record.progress_at = at;
        entry.tries = 0;
        entry.failures = 0;
        entry.split = 0;
        entry.failure = None;
        entry.hopeless = entry.hopeless.filter(|hopeless| is_lasting(*hopeless, progress));
        self.index(&entry.record);
        self.packets.insert(sequence, entry);
        if progress == Progress::TimedOut {
            self.note_timed_out(sequence);
        }
    }

    /// Takes the sent packets that have timed out by this head of the destination out of the timeout indexes.
    pub(crate) fn take_timed_out(&mut self, height: Height, time: Timestamp) -> Vec<Sequence> {
        let mut found = Vec::new();
        while let Some(&(timeout, sequence)) = self.by_timeout_height.first().filter(|(timeout, _)| *timeout <= height)
        {
            self.by_timeout_height.remove(&(timeout, sequence));
            found.push(sequence);
        }
        while let Some(&(timeout, sequence)) = self.by_timeout_time.first().filter(|(timeout, _)| *timeout <= time) {
            self.by_timeout_time.remove(&(timeout, sequence));
            found.push(sequence);
        }
        found
    }

    /// Packets whose end was claimed and not yet confirmed.
    pub(crate) fn ended_count(&self) -> usize {
        self.packets.len() - self.open.len()
    }

    /// The durable name of a packet.
    pub(crate) fn packet_key(&self, sequence: Sequence) -> PacketKey {
        PacketKey { source: self.key.clone(), sequence }
    }

    /// Is this event's packet one of this direction's?
    pub(crate) fn carries(&self, id: &PacketId) -> bool {
        id.source_port == self.key.port
            && id.source_channel == self.key.channel
            && id.destination_port == self.destination.0
            && id.destination_channel == self.destination.1
    }

    /// The group that a leg belongs to.
    pub(crate) fn group_of(&self, leg: Leg) -> GroupId {
        match leg {
            Leg::Recv => self.forward,
            Leg::Ack | Leg::Timeout | Leg::TimeoutOnClose => self.backward,
        }
    }

    /// Was the packet over already when the last sweep looked? Then an old block tells nothing new.
    pub(crate) fn was_over(&self, sequence: Sequence, source_height: BlockHeight) -> bool {
        self.sweep.last.is_some_and(|last| source_height <= last) && !self.sweep.commitments.contains(&sequence)
    }

    fn index(&mut self, record: &PacketRecord) {
        let sequence = record.id.sequence;
        if !is_ended(record.progress) {
            self.open.insert(sequence);
        }
        if record.progress == Progress::Sent {
            self.sent.insert(sequence);
            if !record.timeout_height.is_zero() {
                self.by_timeout_height.insert((record.timeout_height, sequence));
            }
            if !record.timeout_timestamp.is_zero() {
                self.by_timeout_time.insert((record.timeout_timestamp, sequence));
            }
        }
    }

    fn unindex(&mut self, record: &PacketRecord) {
        let sequence = record.id.sequence;
        self.open.remove(&sequence);
        self.sent.remove(&sequence);
        self.by_timeout_height.remove(&(record.timeout_height, sequence));
        self.by_timeout_time.remove(&(record.timeout_timestamp, sequence));
    }
}
