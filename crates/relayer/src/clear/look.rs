//! What the engine says of the packets that were asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use engine::{ChannelKey, Engine, LaneId, Leg, PacketKey, PacketStage, PacketView};
use types::{BlockHeight, ChainId, Sequence};

use super::left::{self, Standing, standing};
use super::obstacles::Route;
use crate::control::{Handle, Stopping};
use crate::reason::Reason;

const LEGS: [Leg; 4] = [Leg::Recv, Leg::Ack, Leg::Timeout, Leg::TimeoutOnClose];

/// What is asked for.
#[derive(Debug, Default)]
pub(super) struct Asked {
    /// The packets, by the channel end that they were sent from.
    pub(super) packets: BTreeMap<ChannelKey, BTreeSet<Sequence>>,
    /// A sweep of a channel end counts from this source height on.
    pub(super) swept_from: BTreeMap<ChannelKey, BlockHeight>,
    /// Where its packets go.
    pub(super) routes: BTreeMap<ChannelKey, Route>,
    /// The wallets that pay.
    pub(super) lanes: BTreeMap<ChainId, LaneId>,
    /// Is anything done about it, or only looked at?
    pub(super) acts: bool,
}

impl Asked {
    /// How many packets.
    pub(super) fn len(&self) -> usize {
        self.packets.values().map(BTreeSet::len).sum()
    }
}

/// What was seen in one look at the engine.
#[derive(Debug, Default)]
pub(super) struct Seen {
    /// Packets that came to their end, as far as the engine knows.
    pub(super) ended_count: usize,
    /// Packets that something is to be done about, with the leg, where one is planned.
    pub(super) open: BTreeMap<PacketKey, Option<Leg>>,
    /// Those that nothing can be done about now. Filled in on demand.
    pub(super) left: BTreeMap<PacketKey, (Reason, String)>,
    /// Those that ended. Filled in on demand.
    pub(super) ended: BTreeSet<PacketKey>,
    /// Channel ends that something is still to be done on.
    pub(super) busy: BTreeSet<ChannelKey>,
    /// Is a wallet blocked that a leg under way needs?
    pub(super) is_unpaid: bool,
    /// Is an event still searched for in the blocks?
    pub(super) is_searching: bool,
    /// Differs when anything has moved.
    pub(super) fingerprint: u64,
    /// Is every packet named?
    pub(super) is_whole: bool,
}

impl Seen {
    /// Is there nothing that could be waited for?
    pub(super) fn is_settled(&self) -> bool {
        self.busy.is_empty()
    }

    /// Is a leg known of everything that something can be done about?
    pub(super) fn is_planned(&self) -> bool {
        !self.is_searching && self.open.values().all(Option::is_some)
    }
}

/// The channel ends that are relayed.
pub(super) async fn channels(handle: &Handle) -> Result<BTreeSet<ChannelKey>, Stopping> {
    handle.inspect(|engine| engine.channels().cloned().collect()).await
}

/// Looks once; `is_whole` names every packet, else those that are open alone.
pub(super) async fn look(handle: &Handle, asked: &Arc<Asked>, is_whole: bool) -> Result<Seen, Stopping> {
    let asked = asked.clone();
    handle.inspect(move |engine| see(engine, &asked, is_whole)).await
}

pub(super) fn see(engine: &Engine, asked: &Asked, is_whole: bool) -> Seen {
    let mut seen = Seen { is_whole, ..Seen::default() };
    let mut prints = DefaultHasher::new();
    for (channel, sequences) in &asked.packets {
        see_channel(engine, asked, (channel, sequences), &mut seen, &mut prints);
    }
    seen.fingerprint = prints.finish();
    seen
}

fn see_channel(
    engine: &Engine,
    asked: &Asked,
    (channel, sequences): (&ChannelKey, &BTreeSet<Sequence>),
    seen: &mut Seen,
    prints: &mut impl Hasher,
) {
    let view = engine.channel(channel).unwrap_or_default();
    let floor = asked.swept_from.get(channel).copied().unwrap_or_default();
    let is_swept = view.swept_at.is_some_and(|at| at >= floor);
    let is_searching = engine.is_searching(channel);
    (is_swept, is_searching).hash(prints);
    let route = asked.routes.get(channel);
    let is_unpaid = |leg: Option<Leg>| {
        let lane = route.and_then(|route| route.host(leg)).and_then(|host| asked.lanes.get(&host.chain));
        lane.and_then(|lane| engine.lane(lane)).is_some_and(|lane| lane.is_blocked)
    };
    let unpaid: BTreeSet<Leg> = LEGS.into_iter().filter(|leg| is_unpaid(Some(*leg))).collect();
    let is_ordered = route.is_some_and(|route| route.is_ordered);
    // The other end is about to be closed, by us if by nobody else.
    let is_source_closed = asked.acts && engine.is_source_closed(channel);
    let mut absent = sequences.clone();
    let mut is_busy = false;
    for packet in engine.packets(channel).filter(|packet| sequences.contains(&packet.record.id.sequence)) {
        let key = PacketKey { source: channel.clone(), sequence: packet.record.id.sequence };
        absent.remove(&key.sequence);
        print(&packet, prints);
        let mut standing = standing(engine, &key, &packet);
        if matches!(standing, Standing::Left(Reason::TimeoutAwaited, _)) && is_source_closed {
            // Its timeout on close is possible once the destination's end is closed too, which is being brought about.
            standing = Standing::Open { leg: None, is_pending: true };
        }
        if let Standing::Open { leg, is_pending } = &mut standing {
            seen.is_unpaid |= leg.is_some_and(|leg| unpaid.contains(&leg));
            // What goes before it on an ordered channel may make way.
            *is_pending |= is_ordered && is_busy;
        }
        is_busy |= seen.note(key, standing);
    }
    for sequence in absent {
        let refused = route.and_then(|route| route.refused(channel, sequence));
        let standing = if let Some(refused) = refused {
            left::refused(&refused)
        } else if view.unfound.contains(&sequence) {
            Standing::Left(Reason::BytesUnknown, "no block that was searched holds its event".to_owned())
        } else if is_swept && !is_searching {
            Standing::Ended
        } else {
            Standing::Open { leg: None, is_pending: true }
        };
        is_busy |= seen.note(PacketKey { source: channel.clone(), sequence }, standing);
    }
    seen.is_searching |= is_searching && is_busy;
    if is_busy || !is_swept {
        seen.busy.insert(channel.clone());
    }
}

impl Seen {
    /// Takes note of one packet; says whether it could move.
    fn note(&mut self, packet: PacketKey, standing: Standing) -> bool {
        match standing {
            Standing::Ended => {
                self.ended_count += 1;
                if self.is_whole {
                    self.ended.insert(packet);
                }
                false
            }
            Standing::Open { leg, is_pending } => {
                self.open.insert(packet, leg);
                is_pending
            }
            Standing::Left(reason, detail) => {
                if self.is_whole {
                    self.left.insert(packet, (reason, detail));
                }
                false
            }
        }
    }
}

/// What changes when a packet moves.
fn print(packet: &PacketView<'_>, prints: &mut impl Hasher) {
    let leg = match packet.stage {
        PacketStage::Resting => None,
        PacketStage::Waiting(leg) => Some((0, leg)),
        PacketStage::Preparing(leg) => Some((1, leg)),
        PacketStage::Submitted(leg) => Some((2, leg)),
    };
    // Tries don't count: what fails again and again does not move.
    (packet.record.id.sequence.0, packet.record.progress, leg.filter(|(step, _)| *step == 2)).hash(prints);
}
