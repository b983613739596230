//! What a model chain's IBC module holds, and what its messages do (ICS-04). History is kept, so that the state of any
//! height can be proven.

use std::collections::BTreeSet;

use engine::Progress;
use types::event::IbcEvent;
use types::{Acknowledgement, ChannelId, Height, Order, Packet, PortId, Timestamp};

use crate::end::{End, Sent};
use crate::message::SimMessage;

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
