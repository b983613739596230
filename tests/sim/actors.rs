//! Everybody else: the chains' validators, users, a rival relayer, a stranger with our key, and lying nodes.

use engine::Event;
use rand::Rng;
use types::event::{IbcEvent, ObservedBlock};
use types::{BlockHeight, Height, Packet, Sequence, Timestamp};

use crate::chain::Order;
use crate::end::Sent;
use crate::faults::lie;
use crate::message::{SimMessage, SimTx};
use crate::world::{Happening, World};

impl World {
    /// A chain makes a block, and everybody acts on it.
    pub(crate) fn block(&mut self, side: usize) {
        self.users(side);
        self.rival(side);
        self.stranger(side);
        self.closers(side);
        if self.chance.gen_bool(if self.is_over() { 0.05 } else { 0.01 }) {
            self.ask_to_clear();
        }
        if self.strikes(self.faults.broke) {
            self.broke_until = self.now + self.chance.gen_range(0..15_000);
        }
        if self.strikes(self.faults.lost_tx) {
            self.chains[side].mempool.pop();
        }
        if self.strikes(self.faults.evicted) {
            let until = self.chains[side].height() + self.chance.gen_range(4..25);
            self.chains[side].frown(until);
        }
        // Worst where it lands late: when something else was signed with its sequence.
        let lands = if self.chains[side].has_successor() { 0.5 } else { 0.05 };
        if self.chance.gen_bool(lands) {
            self.chains[side].another_proposes();
        }
        let time = (self.now + 1) * 1_000_000;
        let most = if self.strikes(self.faults.crowded) { self.chance.gen_range(0..2) } else { 50 };
        let hints = self.faults.hints;
        let [a, b] = &mut self.chains;
        let (chain, other) = if side == 0 { (a, &*b) } else { (b, &*a) };
        chain.make_block(time, most, hints, &other.as_counterparty());
        self.publish(side);
        let jitter = self.chance.gen_range(700..1_300);
        self.after(jitter, Happening::Block(side));
    }

    /// The process learns of a block: its head, then its events; or not, or twice.
    fn publish(&mut self, side: usize) {
        let chain = &self.chains[side];
        let (id, head) = (chain.id.clone(), chain.head());
        self.tell(Event::HeadObserved { chain: id, head });
        if self.strikes(self.faults.missed_block) {
            return;
        }
        self.tell_block(side, head.height.0);
        if self.strikes(self.faults.repeated) {
            self.tell_block(side, head.height.0);
        }
    }

    /// The process reads a block, as a node tells it.
    pub(crate) fn tell_block(&mut self, side: usize, height: u64) {
        let Some(truth) = self.chains[side].blocks.get(height as usize - 1) else { return };
        let mut block = truth.clone();
        if self.faults.has_lies() {
            let material: Vec<IbcEvent> = self.recent_events();
            lie(&mut block, &self.faults, &mut self.chance, &material);
            self.lies += usize::from(block != self.chains[side].blocks[height as usize - 1]);
        }
        let chain = self.chains[side].id.clone();
        self.tell(Event::BlockObserved { chain, block });
    }

    fn recent_events(&self) -> Vec<IbcEvent> {
        let recent = |blocks: &[ObservedBlock]| -> Vec<IbcEvent> {
            let from = blocks.len().saturating_sub(8);
            blocks[from..].iter().flat_map(|block| block.events().cloned().collect::<Vec<_>>()).collect()
        };
        self.chains.iter().flat_map(|chain| recent(&chain.blocks)).collect()
    }

    fn users(&mut self, side: usize) {
        if self.is_over() || self.now > crate::world::FAULTS_END / 2 {
            return;
        }
        if self.chance.gen_bool(0.01) && self.seed.is_multiple_of(3) {
            self.chains[side].closing.push(0);
        }
        let burst = if self.chance.gen_bool(0.4) { self.chance.gen_range(0..6) } else { 0 };
        for _ in 0..burst.min(*self.sends_left()) {
            *self.sends_left() -= 1;
            let order = self.draw_packet(side);
            self.chains[side].orders.push(order);
        }
    }

    /// Somebody relays `MsgChannelCloseConfirm`, sooner or later.
    fn closers(&mut self, side: usize) {
        for channel in 0..2 {
            let is_closed = |side: usize| self.chains[side].state.ends[channel].closed_at.is_some();
            let is_due = is_closed(1 - side) && !is_closed(side);
            if is_due && (self.is_over() || self.chance.gen_bool(0.05)) {
                self.chains[side].closing.push(channel);
            }
        }
    }

    fn draw_packet(&mut self, side: usize) -> Order {
        let channel = self.chance.gen_range(0..2);
        let destination = &self.chains[1 - side];
        let is_ordered = self.chains[side].state.ends[channel].order == types::Order::Ordered;
        let (here, there) = (&self.chains[side].state.ends[channel], &destination.state.ends[channel]);
        let in_blocks = self.chance.gen_range(2..80);
        let revision_number = destination.id.revision_number();
        let by_height = Height { revision_number, revision_height: destination.height() + in_blocks };
        let by_time = Timestamp((self.now + 1_000 * self.chance.gen_range(2..80)) * 1_000_000);
        let (timeout_height, timeout_timestamp) = match self.chance.gen_range(0..4) {
            0 => (by_height, Timestamp::ZERO),
            1 => (Height::ZERO, by_time),
            2 => (by_height, by_time),
            // A packet that never times out on an ordered channel that has closed would stay for ever.
            _ if is_ordered => (Height::ZERO, by_time),
            _ => (Height::ZERO, Timestamp::ZERO),
        };
        let is_poison = self.chance.gen_bool(0.1);
        let mut data = if is_poison { b"poison".to_vec() } else { b"data".to_vec() };
        data.push(self.chance.r#gen());
        let packet = Packet {
            sequence: Sequence(0),
            source_port: here.port.clone(),
            source_channel: here.channel.clone(),
            destination_port: there.port.clone(),
            destination_channel: there.channel.clone(),
            data: data.into(),
            timeout_height,
            timeout_timestamp,
        };
        Order { channel, packet }
    }

    /// A rival relays to `side` whatever it likes, one message a transaction.
    fn rival(&mut self, side: usize) {
        let there = 1 - side;
        let proof_height = self.chains[there].height();
        if self.faults.rival == 0 || proof_height < 2 {
            return;
        }
        let mut messages = Vec::new();
        for index in 0..2 {
            let (here, other) = (&self.chains[side].state.ends[index], &self.chains[there].state.ends[index]);
            let at = proof_height - 1;
            let undelivered = other.sends.values().filter(|sent| sent.at <= at && sent.ended.is_none());
            messages.extend(
                undelivered
                    .filter(|sent| !here.receipts.contains_key(&sent.packet.sequence.0))
                    .map(|sent| SimMessage::Recv { packet: sent.packet.clone(), proof_height }),
            );
            let open = here.sends.values().filter(|sent| sent.ended.is_none());
            messages.extend(open.filter_map(|Sent { packet, .. }| {
                let packet = packet.clone();
                match other.ack_at(packet.sequence.0, at) {
                    Some(ack) => Some(SimMessage::Ack { packet, acknowledgement: ack.clone(), proof_height }),
                    None => {
                        let head = self.chains[there].head();
                        let revision_number = self.chains[there].id.revision_number();
                        let height = Height { revision_number, revision_height: head.height.0 };
                        let is_due =
                            packet.is_timed_out_at(height, head.time) && !other.is_received_at(packet.sequence.0, at);
                        is_due.then_some(SimMessage::Timeout { packet, proof_height })
                    }
                }
            }));
        }
        for message in messages {
            if self.strikes(self.faults.rival) {
                self.submit(side, "rival", vec![SimMessage::Update { height: proof_height }, message]);
            }
        }
    }

    /// Somebody else signs with our account.
    fn stranger(&mut self, side: usize) {
        if self.strikes(self.faults.stranger) {
            let address = self.chains[side].address.clone();
            self.submit(side, &address, vec![SimMessage::Nothing]);
        }
    }

    fn submit(&mut self, side: usize, address: &str, messages: Vec<SimMessage>) {
        self.signatures += 1;
        let tx = SimTx {
            address: address.to_owned(),
            sequence: self.chains[side].checked_sequence(address),
            messages,
            timeout_height: 0,
            signature: self.signatures,
            gas_limit: 100,
            gas_used: 50,
            is_engines: false,
        };
        // A stranger may be faster than what is in the mempool: then ours is void.
        let is_first = self.chance.gen_bool(0.3) && address != "rival";
        if is_first {
            let chain = &mut self.chains[side];
            let tx = SimTx { sequence: chain.committed_sequence(address), ..tx };
            chain.mempool.insert(0, tx);
            chain.recheck();
        } else {
            let taken = self.chains[side].check(tx);
            drop(taken); // A redundant rival learns no more than that.
        }
    }

    pub(crate) fn height_of(&self, side: usize) -> BlockHeight {
        BlockHeight(self.chains[side].height())
    }
}
