//! What a model chain's IBC module holds, and what its messages do (ICS-04). History is kept, so that the state of any
//! height can be proven.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use engine::Progress;
use types::event::IbcEvent;
use types::{Acknowledgement, ChannelId, Height, Order, Packet, PortId, Timestamp};

use crate::message::SimMessage;

/// A packet that was sent from here.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) packet: Packet,
    pub(crate) at: u64,
    /// When the commitment went, how, and by whom.
    pub(crate) ended: Option<(u64, Progress, String)>,
}

/// One end of a channel.
#[derive(Clone, Debug)]
pub(crate) struct End {
    pub(crate) port: PortId,
    pub(crate) channel: ChannelId,
    pub(crate) order: Order,
    pub(crate) closed_at: Option<u64>,
    pub(crate) sends: BTreeMap<u64, Sent>,
    /// When it was received, and by whose transaction.
    pub(crate) receipts: BTreeMap<u64, (u64, String)>,
    pub(crate) acks: BTreeMap<u64, (u64, Acknowledgement)>,
    next_recv: u64,
    next_ack: u64,
    /// Acknowledgements that the application writes in a later block.
    late: Vec<(u64, Packet)>,
}

impl End {
    pub(crate) fn new(port: &str, channel: &str, order: Order) -> Self {
        Self {
            port: port.parse().expect("a port"),
            channel: channel.parse().expect("a channel"),
            order,
            closed_at: None,
            sends: BTreeMap::new(),
            receipts: BTreeMap::new(),
            acks: BTreeMap::new(),
            next_recv: 1,
            next_ack: 1,
            late: Vec::new(),
        }
    }

    /// The packet whose commitment stands after block `height`.
    pub(crate) fn commitment_at(&self, sequence: u64, height: u64) -> Option<&Packet> {
        let sent = self.sends.get(&sequence)?;
        let stands = sent.at <= height && sent.ended.as_ref().is_none_or(|(at, ..)| *at > height);
        stands.then_some(&sent.packet)
    }

    pub(crate) fn is_received_at(&self, sequence: u64, height: u64) -> bool {
        self.receipts.get(&sequence).is_some_and(|(at, _)| *at <= height)
    }

    pub(crate) fn ack_at(&self, sequence: u64, height: u64) -> Option<&Acknowledgement> {
        self.acks.get(&sequence).filter(|(at, _)| *at <= height).map(|(_, ack)| ack)
    }

    fn is_closed_at(&self, height: u64) -> bool {
        self.closed_at.is_some_and(|at| at <= height)
    }
}

/// A message's failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) codespace: &'static str,
    pub(crate) code: u32,
    pub(crate) log: &'static str,
}

fn fail<T>(codespace: &'static str, code: u32, log: &'static str) -> Result<T, Failure> {
    Err(Failure { codespace, code, log })
}

/// What proofs are made of: the counterparty as it is.
pub(crate) struct Counterparty<'a> {
    pub(crate) ends: &'a [End],
    /// Block times by height, from 1.
    pub(crate) times: &'a [u64],
    pub(crate) revision: u64,
}

/// The block that a message stands in.
#[derive(Clone, Copy)]
pub(crate) struct BlockOf {
    pub(crate) height: u64,
    pub(crate) time: u64,
    pub(crate) revision: u64,
}

/// The state of a chain.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    pub(crate) ends: Vec<End>,
    /// Headers that the client holds.
    pub(crate) consensus: BTreeSet<u64>,
    /// Tags of what was done.
    pub(crate) done: Vec<String>,
    /// Packets with such data fail until that height.
    pub(crate) poison_until: u64,
}

/// What a message did.
#[derive(Default)]
pub(crate) struct Effect {
    pub(crate) events: Vec<IbcEvent>,
    /// Packet messages that did nothing, and who had done it.
    pub(crate) redundant: Vec<String>,
}

impl State {
    pub(crate) fn end_index(&self, port: &PortId, channel: &ChannelId) -> Option<usize> {
        self.ends.iter().position(|end| end.port == *port && end.channel == *channel)
    }

    /// Runs one message.
    pub(crate) fn run(
        &mut self,
        message: &SimMessage,
        by: &str,
        block: BlockOf,
        other: &Counterparty<'_>,
        effect: &mut Effect,
    ) -> Result<(), Failure> {
        match message {
            SimMessage::Update { height } => {
                if *height == 0 || *height > other.times.len() as u64 {
                    return fail("client", 8, "no such header");
                }
                self.consensus.insert(*height);
                Ok(())
            }
            SimMessage::Recv { packet, proof_height } => self.recv(packet, *proof_height, by, block, other, effect),
            SimMessage::Ack { packet, acknowledgement, proof_height } => {
                self.ack(packet, acknowledgement, *proof_height, by, block, other, effect)
            }
            SimMessage::Timeout { packet, proof_height } => {
                self.time_out(packet, *proof_height, false, by, block, other, effect)
            }
            SimMessage::TimeoutOnClose { packet, proof_height } => {
                self.time_out(packet, *proof_height, true, by, block, other, effect)
            }
            SimMessage::Once { tag } => {
                self.done.push(tag.clone());
                Ok(())
            }
            SimMessage::Nothing => Ok(()),
        }
    }

    fn proven<'a>(&self, proof_height: u64, index: usize, other: &Counterparty<'a>) -> Result<(&'a End, u64), Failure> {
        if !self.consensus.contains(&proof_height) {
            return fail("client", 7, "consensus state not found");
        }
        Ok((&other.ends[index], proof_height - 1))
    }

    fn recv(
        &mut self,
        packet: &Packet,
        proof_height: u64,
        by: &str,
        block: BlockOf,
        other: &Counterparty<'_>,
        effect: &mut Effect,
    ) -> Result<(), Failure> {
        let Some(index) = self.end_index(&packet.destination_port, &packet.destination_channel) else {
            return fail("channel", 3, "channel not found");
        };
        let (source, at) = self.proven(proof_height, index, other)?;
        let poisoned = packet.data.starts_with(b"poison") && block.height < self.poison_until;
        let end = &mut self.ends[index];
        let sequence = packet.sequence.0;
        if end.closed_at.is_some() {
            return fail("channel", 5, "channel is closed");
        }
        if packet.is_timed_out_at(
            Height { revision_number: block.revision, revision_height: block.height },
            Timestamp(block.time),
        ) {
            return fail("channel", 12, "packet has timed out");
        }
        if let Some((_, doer)) = end.receipts.get(&sequence) {
            effect.redundant.push(doer.clone());
            return Ok(());
        }
        if source.commitment_at(sequence, at) != Some(packet) {
            return fail("channel", 13, "packet commitment proof is invalid");
        }
        if end.order == Order::Ordered && sequence != end.next_recv {
            return fail("channel", 11, "packet sequence is not the next one");
        }
        if poisoned {
            return fail("app", 1, "the application refuses");
        }
        end.receipts.insert(sequence, (block.height, by.to_owned()));
        end.next_recv = end.next_recv.max(sequence + 1);
        effect.events.push(IbcEvent::RecvPacket { packet: packet.id() });
        let delay = packet.data.last().map_or(0, |last| if last % 5 == 0 { u64::from(last % 4) } else { 0 });
        if delay == 0 {
            effect.events.push(end.write_ack(packet, block.height));
        } else {
            end.late.push((block.height + delay, packet.clone()));
        }
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "a message, its block, and where its effect goes")]
    fn ack(
        &mut self,
        packet: &Packet,
        acknowledgement: &Acknowledgement,
        proof_height: u64,
        by: &str,
        block: BlockOf,
        other: &Counterparty<'_>,
        effect: &mut Effect,
    ) -> Result<(), Failure> {
        let Some(index) = self.end_index(&packet.source_port, &packet.source_channel) else {
            return fail("channel", 3, "channel not found");
        };
        let (destination, at) = self.proven(proof_height, index, other)?;
        let end = &mut self.ends[index];
        let sequence = packet.sequence.0;
        if end.closed_at.is_some() {
            return fail("channel", 5, "channel is closed");
        }
        match end.sends.get(&sequence) {
            None => return fail("channel", 14, "packet was never sent"),
            Some(Sent { ended: Some((_, _, doer)), .. }) => {
                effect.redundant.push(doer.clone());
                return Ok(());
            }
            Some(Sent { ended: None, .. }) => {}
        }
        if destination.ack_at(sequence, at) != Some(acknowledgement) {
            return fail("channel", 15, "acknowledgement proof is invalid");
        }
        if end.order == Order::Ordered && sequence != end.next_ack {
            return fail("channel", 11, "packet sequence is not the next one");
        }
        end.next_ack = end.next_ack.max(sequence + 1);
        end.finish(sequence, block.height, Progress::Acknowledged, by);
        effect.events.push(IbcEvent::AcknowledgePacket { packet: packet.id() });
        Ok(())
    }

    #[expect(clippy::too_many_arguments, reason = "a message, its block, and where its effect goes")]
    fn time_out(
        &mut self,
        packet: &Packet,
        proof_height: u64,
        on_close: bool,
        by: &str,
        block: BlockOf,
        other: &Counterparty<'_>,
        effect: &mut Effect,
    ) -> Result<(), Failure> {
        let Some(index) = self.end_index(&packet.source_port, &packet.source_channel) else {
            return fail("channel", 3, "channel not found");
        };
        let (destination, at) = self.proven(proof_height, index, other)?;
        let end = &mut self.ends[index];
        let sequence = packet.sequence.0;
        match end.sends.get(&sequence) {
            None => return fail("channel", 14, "packet was never sent"),
            Some(Sent { ended: Some((_, _, doer)), .. }) => {
                effect.redundant.push(doer.clone());
                return Ok(());
            }
            Some(Sent { ended: None, .. }) => {}
        }
        let height = Height { revision_number: other.revision, revision_height: proof_height };
        let time = Timestamp(other.times[proof_height as usize - 1]);
        let may = if on_close { destination.is_closed_at(at) } else { packet.is_timed_out_at(height, time) };
        if !may {
            return fail("channel", 16, "packet has not timed out");
        }
        if destination.is_received_at(sequence, at) {
            return fail("channel", 17, "packet was received");
        }
        end.finish(sequence, block.height, Progress::TimedOut, by);
        effect.events.push(IbcEvent::TimeoutPacket { packet: packet.id() });
        if end.order == Order::Ordered && end.closed_at.is_none() {
            end.closed_at = Some(block.height);
            effect.events.push(IbcEvent::ChannelClosed { port: end.port.clone(), channel: end.channel.clone() });
        }
        Ok(())
    }

    /// Writes what the application has promised for this block.
    pub(crate) fn write_late_acks(&mut self, height: u64) -> Vec<IbcEvent> {
        let mut events = Vec::new();
        for end in &mut self.ends {
            let late = core::mem::take(&mut end.late);
            let (now, later): (Vec<_>, Vec<_>) = late.into_iter().partition(|(at, _)| *at <= height);
            end.late = later;
            for (_, packet) in now {
                events.push(end.write_ack(&packet, height));
            }
        }
        events
    }
}

impl End {
    fn write_ack(&mut self, packet: &Packet, height: u64) -> IbcEvent {
        let bytes: Arc<[u8]> = format!("{{\"result\":\"{}\"}}", packet.sequence).into_bytes().into();
        let acknowledgement = Acknowledgement(bytes);
        self.acks.insert(packet.sequence.0, (height, acknowledgement.clone()));
        IbcEvent::WriteAcknowledgement { packet: packet.clone(), acknowledgement }
    }

    fn finish(&mut self, sequence: u64, height: u64, progress: Progress, by: &str) {
        if let Some(sent) = self.sends.get_mut(&sequence) {
            sent.ended = Some((height, progress, by.to_owned()));
        }
    }
}
