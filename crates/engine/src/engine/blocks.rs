//! Heads and blocks: what an event claims becomes a fact of its packet. An event may schedule and may pause, it never
//! makes us forget.

use types::event::{IbcEvent, ObservedBlock, PacketId};
use types::{Acknowledgement, BlockHeight, ChainId, Packet};

use super::Engine;
use crate::batcher::Wait;
use crate::blocks::Observed;
use crate::tracker::At;
use crate::{Action, Head, Notice, Progress, Record, Step};

impl Engine {
    pub(super) fn head_observed(&mut self, chain: &ChainId, head: Head) {
        let Some(blocks) = self.chains.get_mut(chain) else { return };
        if !blocks.observe_head(head) {
            return;
        }
        for index in 0..self.tracker.directions.len() {
            let direction = &self.tracker.directions[index];
            let (is_source, is_destination) = (direction.key.chain == *chain, direction.destination_chain == *chain);
            if !direction.is_awake && (is_source || is_destination) {
                self.wake_direction(index);
            }
            if is_destination {
                self.plan_timeouts(index, head);
                self.seek_acknowledgements(index, head.height);
            }
            if is_source {
                self.judge_sweep(index, head.height);
            }
        }
    }

    /// Plans what was restored, once both heads are known.
    pub(super) fn wake_direction(&mut self, index: usize) {
        let direction = &self.tracker.directions[index];
        let is_known = |chain: &ChainId| self.head_of(chain).is_some();
        if !is_known(&direction.key.chain) || !is_known(&direction.destination_chain) {
            return;
        }
        let direction = &mut self.tracker.directions[index];
        direction.is_awake = true;
        direction.sweep.due = true;
        let open: Vec<_> = direction.open.iter().copied().collect();
        for sequence in open {
            self.plan_if_free(At { direction: index, sequence });
        }
    }

    pub(super) fn block_observed(&mut self, chain: &ChainId, block: &ObservedBlock, step: &mut Step) {
        let Some(blocks) = self.chains.get_mut(chain) else { return };
        let observed = blocks.observe(block.height);
        match observed {
            Observed::Advanced { gap } => {
                self.moved.insert(chain.clone());
                if gap && blocks.rescan.is_none() && blocks.rescan_at.is_none() {
                    // The missing block is most often on its way.
                    blocks.rescan_at = Some(self.backoff.shortest(self.now));
                }
            }
            Observed::GapShrunk => {
                self.moved.insert(chain.clone());
            }
            Observed::Again => {}
        }
        self.watch_rivals(chain, block, step);
        for event in block.events() {
            self.apply(chain, block.height, event, step);
        }
        self.confirm_transactions(chain, block, step);
        self.expire_transactions(chain, step);
    }

    fn apply(&mut self, chain: &ChainId, height: BlockHeight, event: &IbcEvent, step: &mut Step) {
        match event {
            IbcEvent::SendPacket { packet } => self.packet_sent(chain, height, packet, step),
            IbcEvent::RecvPacket { packet } => self.packet_received(chain, height, packet, step),
            IbcEvent::WriteAcknowledgement { packet, acknowledgement } => {
                self.acknowledgement_written(chain, height, packet, acknowledgement, step);
            }
            IbcEvent::AcknowledgePacket { packet } => {
                self.packet_ended(chain, height, packet, Progress::Acknowledged, step);
            }
            IbcEvent::TimeoutPacket { packet } => self.packet_ended(chain, height, packet, Progress::TimedOut, step),
            IbcEvent::ChannelClosed { port, channel } => self.channel_closed(chain, height, port, channel),
            IbcEvent::CreateClient { .. }
            | IbcEvent::UpdateClient { .. }
            | IbcEvent::ClientMisbehaviour { .. }
            | IbcEvent::ConnectionOpen { .. }
            | IbcEvent::ChannelOpen { .. } => {}
        }
    }

    pub(super) fn packet_sent(&mut self, chain: &ChainId, height: BlockHeight, packet: &Packet, step: &mut Step) {
        let Some(direction) = self.tracker.on_source(chain, &packet.id()) else { return };
        let at = At { direction, sequence: packet.sequence };
        let state = &mut self.tracker.directions[direction];
        let was_unfound = state.missing.found_send(packet.sequence);
        let bytes = Record::PacketBytes { key: state.packet_key(packet.sequence), packet: packet.clone() };
        match state.packets.get(&packet.sequence) {
            None if state.was_over(packet.sequence, height) => {}
            None => {
                step.writes.push(bytes);
                self.learn(at, packet, Progress::Sent, height, step);
                self.recall_received(at, height);
                if let Some((height, early)) = self.tracker.directions[direction].missing.take_early(at.sequence) {
                    self.acknowledgement_known(at, height, &early, step);
                }
            }
            Some(entry) if entry.is_ended() => {}
            Some(entry) => {
                // Seen before, or from the acknowledgement only: now it is known where it was sent.
                step.writes.push(bytes);
                let changed = entry.record.sent_at != height
                    || entry.record.timeout_height != packet.timeout_height
                    || entry.record.timeout_timestamp != packet.timeout_timestamp;
                // One acceptable claim is enough: an invented send can't have a true packet refused. Which one is true
                // is proven when the leg is built.
                let was_refused = entry.record.refused.is_some();
                if was_refused {
                    self.judge(at, packet, step);
                    self.touched.insert(at);
                }
                if changed {
                    self.correct_send(at, packet, height);
                } else if was_unfound || was_refused {
                    self.plan_if_free(at);
                }
            }
        }
    }

    /// A send that a sweep called for: the same sweep knows whether the destination has received it.
    fn recall_received(&mut self, at: At, sent_at: BlockHeight) {
        let sweep = &mut self.tracker.directions[at.direction].sweep;
        let is_known = sweep.last.is_some_and(|last| sent_at <= last);
        if sweep.received_unseen.remove(&at.sequence) && is_known {
            let height = sweep.last_destination;
            self.set_progress(at, Progress::Received, height, Wait::Proof);
        }
    }

    /// A packet's send was seen again, in another block or with other timeouts: the newest claim holds.
    fn correct_send(&mut self, at: At, packet: &Packet, height: BlockHeight) {
        let state = &mut self.tracker.directions[at.direction];
        let Some(mut entry) = state.remove(at.sequence) else { return };
        entry.record.sent_at = height;
        entry.record.timeout_height = packet.timeout_height;
        entry.record.timeout_timestamp = packet.timeout_timestamp;
        entry.record.data_size = packet.data.len();
        entry.source_floor = height;
        entry.timed_out_at = None;
        if entry.record.progress == Progress::Sent {
            entry.record.progress_at = height;
        }
        state.insert(*entry);
        self.touched.insert(at);
        self.plan_if_free(at);
    }

    fn packet_received(&mut self, chain: &ChainId, height: BlockHeight, id: &PacketId, step: &mut Step) {
        if let Some(direction) = self.tracker.on_destination(chain, id) {
            self.advance(At { direction, sequence: id.sequence }, Progress::Received, height, step);
        }
    }

    fn acknowledgement_written(
        &mut self,
        chain: &ChainId,
        height: BlockHeight,
        packet: &Packet,
        acknowledgement: &Acknowledgement,
        step: &mut Step,
    ) {
        let Some(direction) = self.tracker.on_destination(chain, &packet.id()) else { return };
        let at = At { direction, sequence: packet.sequence };
        let state = &mut self.tracker.directions[direction];
        let was_over = state.sweep.last_destination >= height && state.was_over(packet.sequence, BlockHeight(0));
        if state.packets.contains_key(&packet.sequence) {
            return self.acknowledgement_known(at, height, acknowledgement, step);
        }
        state.missing.found_acknowledgement(packet.sequence);
        if was_over {
            return;
        }
        let key = state.packet_key(packet.sequence);
        step.writes.push(Record::PacketBytes { key: key.clone(), packet: packet.clone() });
        step.writes.push(Record::AcknowledgementBytes { key, acknowledgement: acknowledgement.clone() });
        self.learn(at, packet, Progress::AckWritten, height, step);
    }

    /// A known packet's acknowledgement has come: from a block, or from a search.
    pub(super) fn acknowledgement_known(
        &mut self,
        at: At,
        height: BlockHeight,
        acknowledgement: &Acknowledgement,
        step: &mut Step,
    ) {
        let direction = &mut self.tracker.directions[at.direction];
        let was_unfound = direction.missing.found_acknowledgement(at.sequence);
        let key = direction.packet_key(at.sequence);
        let Some(entry) = self.tracker.entry_mut(at).filter(|entry| !entry.is_ended()) else { return };
        entry.has_acknowledgement = true;
        step.writes.push(Record::AcknowledgementBytes { key, acknowledgement: acknowledgement.clone() });
        if !self.advance(at, Progress::AckWritten, height, step) && was_unfound {
            self.plan_if_free(at);
        }
    }

    fn packet_ended(&mut self, chain: &ChainId, height: BlockHeight, id: &PacketId, end: Progress, step: &mut Step) {
        if let Some(direction) = self.tracker.on_source(chain, id) {
            self.advance(At { direction, sequence: id.sequence }, end, height, step);
        }
    }

    pub(super) fn blocks_pruned(&mut self, chain: &ChainId, from: BlockHeight, to: BlockHeight, step: &mut Step) {
        let Some(blocks) = self.chains.get_mut(chain) else { return };
        if from > to || !blocks.close(from, to) {
            return;
        }
        self.moved.insert(chain.clone());
        let notice = Notice::BlocksPruned { chain: chain.clone(), from, to };
        step.actions.push(Action::Notify { notice });
        for lane in self.submitter.lanes.values_mut().filter(|lane| lane.chain() == chain) {
            lane.obscure(from, to);
        }
        for direction in &mut self.tracker.directions {
            if direction.key.chain == *chain || direction.destination_chain == *chain {
                direction.sweep.due = true;
            }
        }
        self.expire_transactions(chain, step);
    }

    pub(super) fn rescan_failed(&mut self, chain: &ChainId, from: BlockHeight, to: BlockHeight) {
        let Some(blocks) = self.chains.get_mut(chain) else { return };
        if blocks.rescan != Some((from, to)) {
            return;
        }
        blocks.rescan = None;
        blocks.rescan_at = Some(self.backoff.after(self.now, blocks.rescan_tries));
        blocks.rescan_tries = blocks.rescan_tries.saturating_add(1);
    }

    pub(super) fn start_rescans(&mut self, step: &mut Step) {
        for (chain, blocks) in &mut self.chains {
            let before = blocks.rescan;
            if let Some((from, to)) = blocks.next_rescan(self.now).filter(|range| before != Some(*range)) {
                step.actions.push(Action::Rescan { chain: chain.clone(), from, to });
            }
        }
    }

    /// Has every received packet's acknowledgement had time to be seen? Those that had are looked for.
    fn seek_acknowledgements(&mut self, direction: usize, head: BlockHeight) {
        let state = &mut self.tracker.directions[direction];
        while let Some(&(due, sequence)) = state.acknowledgement_due.first().filter(|(due, _)| *due <= head) {
            state.acknowledgement_due.remove(&(due, sequence));
            let is_received =
                state.packets.get(&sequence).is_some_and(|entry| entry.record.progress == Progress::Received);
            if is_received {
                state.missing.lack_acknowledgement(sequence);
            }
        }
    }

    /// A later try, so that an event that is on its way may come first.
    pub(super) fn plan_after_event(&mut self, at: At) {
        self.plan(at, Wait::SubmissionBlocks(super::jobs::EVENT_BLOCKS));
    }
}
