//! One packet: how its record changes, and where its next leg waits. Whoever changes a packet ends with `plan`.

use core::time::Duration;

use types::event::PacketId;
use types::{BlockHeight, Packet, Timestamp};

use super::Engine;
use crate::batcher::{Place, Wait};
use crate::options::SEEN_BLOCKS;
use crate::planner::{Ends, next_leg};
use crate::tracker::{At, Attempt, Entry};
use crate::{Action, Head, Hopeless, Leg, Notice, PacketRecord, Progress, Record, Step, Unfound};

impl Engine {
    /// The leg that a packet needs now; none while a head is unknown, and none of what is not ours to relay, can't be
    /// taken, or can't be made for lack of bytes.
    pub(super) fn leg_of(&self, at: At) -> Option<Leg> {
        let direction = &self.tracker.directions[at.direction];
        let entry = direction.packets.get(&at.sequence)?;
        let lacks_bytes = match direction.missing.unfound(at.sequence) {
            Some(Unfound::Send) => true,
            Some(Unfound::Acknowledgement) => entry.record.progress == Progress::AckWritten,
            None => false,
        };
        if entry.record.refused.is_some() || entry.hopeless.is_some() || lacks_bytes {
            return None;
        }
        let head = self.head_of(&direction.destination_chain)?;
        next_leg(entry.record.progress, &entry.record, head, &self.ends_of(at.direction))
    }

    pub(super) fn ends_of(&self, direction: usize) -> Ends {
        let direction = &self.tracker.directions[direction];
        let options = self.options.chains.get(&direction.destination_chain);
        Ends {
            destination_revision: direction.destination_chain.revision_number(),
            source_closed: direction.source_closing.at().is_some(),
            destination_closed: direction.destination_closing.at().is_some(),
            margin_blocks: options.map_or(0, |options| options.timeout_margin_blocks),
            block_time: options.map_or(Duration::ZERO, |options| options.block_time),
        }
    }

    /// Drops what was tried, and puts the next leg, if there is one, where it waits.
    pub(super) fn plan(&mut self, at: At, wait: Wait) {
        self.unplan(at);
        let Some(leg) = self.leg_of(at) else { return };
        let direction = &self.tracker.directions[at.direction];
        let group_id = direction.group_of(leg);
        let Some(proving) = self.head_of(&self.batcher.groups[group_id.0].proving_chain) else { return };
        let fact = self.fact_of(at, leg, proving.height);
        let group = &self.batcher.groups[group_id.0];
        let submission = self.head_of(&group.chain).map_or(BlockHeight(0), |head| head.height);
        let provable = fact.next();
        let place = match wait {
            Wait::Proof | Wait::Over if proving.height >= provable => self.ready_place(at, leg, proving.height, wait),
            Wait::Proof | Wait::Over => Place::OnProvingHead(provable),
            Wait::ProvingBlocks(blocks) => Place::OnProvingHead(proving.height.forward(blocks).max(provable)),
            Wait::SubmissionBlocks(blocks) => Place::OnSubmissionHead(submission.forward(blocks)),
            Wait::Until(instant) => Place::OnTime(instant),
        };
        self.batcher.groups[group_id.0].put(at, place);
        if let Some(entry) = self.tracker.entry_mut(at) {
            entry.attempt = Attempt::Waiting { leg, group: group_id, fact };
        }
    }

    /// The block of the proving chain that a proof for this leg must include.
    fn fact_of(&mut self, at: At, leg: Leg, proving: BlockHeight) -> BlockHeight {
        let closed_at = self.tracker.directions[at.direction].destination_closing.at();
        let Some(entry) = self.tracker.entry_mut(at) else { return proving };
        match leg {
            Leg::Recv => entry.record.sent_at,
            Leg::Ack => entry.record.progress_at,
            Leg::Timeout => *entry.timed_out_at.get_or_insert(proving),
            Leg::TimeoutOnClose => closed_at.unwrap_or(proving),
        }
    }

    /// Drops what was tried.
    pub(super) fn unplan(&mut self, at: At) {
        let Some(entry) = self.tracker.entry_mut(at) else { return };
        let attempt = core::mem::replace(&mut entry.attempt, Attempt::None);
        match attempt {
            Attempt::Waiting { group, .. } => self.batcher.groups[group.0].take(at),
            Attempt::None | Attempt::Preparing { .. } | Attempt::Handed { .. } => {}
        }
    }

    /// Plans a packet anew unless a leg of it is being proven or submitted: that one's end plans it.
    pub(super) fn plan_if_free(&mut self, at: At) {
        match self.tracker.entry(at).map(|entry| entry.attempt) {
            Some(Attempt::None | Attempt::Waiting { .. }) => self.plan(at, Wait::Proof),
            Some(Attempt::Preparing { .. } | Attempt::Handed { .. }) | None => {}
        }
    }

    pub(super) fn head_of(&self, chain: &types::ChainId) -> Option<Head> {
        self.chains.get(chain)?.head
    }

    /// A chain's state or a proof says so: forwards or back.
    pub(super) fn set_progress(&mut self, at: At, progress: Progress, height: BlockHeight, wait: Wait) {
        let direction = &mut self.tracker.directions[at.direction];
        direction.set_progress(at.sequence, progress, height);
        self.touched.insert(at);
        self.plan(at, wait);
    }

    /// An event says so: only forwards, and where an event was not true before, only to what schedules a leg. Says whether
    /// it did.
    pub(super) fn advance(&mut self, at: At, progress: Progress, height: BlockHeight, step: &mut Step) -> bool {
        let Some(entry) = self.tracker.entry(at) else { return false };
        let is_pause = progress != Progress::AckWritten;
        if entry.is_ended() || progress <= entry.record.progress || (entry.is_doubted && is_pause) {
            return false;
        }
        if crate::tracker::is_ended(progress) {
            let (sent_at, lasted) = (entry.record.sent_at, self.lasted(entry));
            let blocks = if sent_at == BlockHeight(0) { None } else { height.0.checked_sub(sent_at.0) };
            let packet = self.tracker.directions[at.direction].packet_key(at.sequence);
            step.actions.push(Action::Notify { notice: Notice::PacketEnded { packet, progress, blocks, lasted } });
        }
        self.set_progress(at, progress, height, Wait::Proof);
        true
    }

    /// How long this process has known of a packet.
    fn lasted(&self, entry: &Entry) -> Option<Duration> {
        entry.known_since.map(|since| Duration::from_millis(self.now.0.saturating_sub(since.0)))
    }

    /// The packet is over by what the source holds: its records go.
    pub(super) fn forget(&mut self, at: At, step: &mut Step) {
        self.unplan(at);
        let direction = &mut self.tracker.directions[at.direction];
        let Some(entry) = direction.remove(at.sequence) else { return };
        direction.missing.forget(at.sequence);
        let packet = direction.packet_key(at.sequence);
        self.touched.remove(&at);
        step.writes.push(Record::PacketForgotten { key: packet.clone() });
        if !entry.is_ended() {
            let (progress, lasted) = (entry.record.progress, self.lasted(&entry));
            step.actions
                .push(Action::Notify { notice: Notice::PacketEnded { packet, progress, blocks: None, lasted } });
        }
    }

    /// The chain will never take the packet's next leg: it is said once, and not tried again before the packet moves,
    /// somebody asks for it, or the process starts anew.
    pub(super) fn give_up(&mut self, at: At, hopeless: Hopeless, step: &mut Step) {
        self.unplan(at);
        let packet = self.tracker.directions[at.direction].packet_key(at.sequence);
        let Some(entry) = self.tracker.entry_mut(at) else { return };
        if entry.hopeless.replace(hopeless).is_none() {
            step.actions.push(Action::Notify { notice: Notice::PacketHopeless { packet, hopeless } });
        }
        if hopeless == Hopeless::SourceClosed {
            self.claim_source_closed(at.direction);
        }
    }

    /// Makes a record of a packet that an event shows whole.
    pub(super) fn learn(&mut self, at: At, packet: &Packet, progress: Progress, height: BlockHeight, step: &mut Step) {
        let direction = &mut self.tracker.directions[at.direction];
        let source_chain = direction.key.chain.clone();
        let floor = self.chains.get(&source_chain).and_then(|blocks| blocks.newest()).unwrap_or_default();
        let sent_at = if progress == Progress::Sent { height } else { BlockHeight(0) };
        let record = record_of(packet.id(), packet, source_chain, sent_at, (progress, height));
        let floor = if sent_at == BlockHeight(0) { floor } else { sent_at };
        let head = self.chains.get(&direction.key.chain).and_then(|blocks| blocks.head).map(|head| head.height);
        let is_late = sent_at.forward(SEEN_BLOCKS) < head.unwrap_or_default();
        direction.insert(Entry { known_since: Some(self.now), is_late, ..Entry::new(record, floor) });
        self.touched.insert(at);
        self.judge(at, packet, step);
        self.plan(at, Wait::Proof);
    }

    /// Is the packet ours to relay? Said once, when it is not.
    pub(super) fn judge(&mut self, at: At, packet: &Packet, step: &mut Step) {
        let direction = &self.tracker.directions[at.direction];
        let (key, refused) = (direction.packet_key(at.sequence), direction.refuses(packet));
        let Some(entry) = self.tracker.entry_mut(at) else { return };
        if let Some(refused) = &refused
            && entry.record.refused.is_none()
        {
            let notice = Notice::PacketRefused { packet: key, refused: refused.clone() };
            step.actions.push(Action::Notify { notice });
        }
        entry.record.refused = refused;
    }

    /// Takes the packets that a destination's head has timed out.
    pub(super) fn plan_timeouts(&mut self, direction: usize, head: Head) {
        let state = &mut self.tracker.directions[direction];
        let revision_number = state.destination_chain.revision_number();
        let height = types::Height { revision_number, revision_height: head.height.0 };
        for sequence in state.take_timed_out(height, head.time) {
            self.plan_if_free(At { direction, sequence });
        }
    }
}

fn record_of(
    id: PacketId,
    packet: &Packet,
    source_chain: types::ChainId,
    sent_at: BlockHeight,
    (progress, progress_at): (Progress, BlockHeight),
) -> PacketRecord {
    let timeout_timestamp: Timestamp = packet.timeout_timestamp;
    PacketRecord {
        id,
        source_chain,
        timeout_height: packet.timeout_height,
        timeout_timestamp,
        data_size: packet.data.len(),
        sent_at,
        progress,
        progress_at,
        refused: None,
    }
}
