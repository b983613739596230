//! A model chain's mempools: what CheckTx and ReCheckTx let in and throw out, at the engine's node and at others.

use types::{AccountSequence, Class, Refusal, Scope};

use crate::chain::{Chain, refusal};
use crate::message::{SimMessage, SimTx};

impl Chain {
    /// The sequence that CheckTx expects next.
    pub(crate) fn checked_sequence(&self, address: &str) -> u64 {
        let pending = self.mempool.iter().filter(|tx| tx.address == address).count() as u64;
        self.committed_sequence(address) + pending
    }

    pub(crate) fn wrong_sequence(&self, address: &str) -> Refusal {
        let expected = self.checked_sequence(address);
        let expected_sequence = Some(AccountSequence(expected));
        Refusal { expected_sequence, ..refusal(Class::Stale, "sdk", 32, "account sequence mismatch") }
    }

    /// CheckTx. The node that has it already says so.
    pub(crate) fn check(&mut self, tx: SimTx) -> Result<(), Refusal> {
        if self.mempool.contains(&tx) {
            return Ok(());
        }
        if tx.sequence != self.checked_sequence(&tx.address) {
            return Err(self.wrong_sequence(&tx.address));
        }
        if tx.timeout_height != 0 && self.height() + 1 > tx.timeout_height {
            return Err(refusal(Class::Stale, "sdk", 30, "timeout height has passed"));
        }
        if let Err(refusal) = self.decorate(&tx) {
            self.thrown_out.insert(tx.signature);
            return Err(refusal);
        }
        self.mempool.push(tx);
        Ok(())
    }

    /// What CheckTx and ReCheckTx say of packet messages (ibc-go `core/ante/ante.go`).
    fn decorate(&self, tx: &SimTx) -> Result<(), Refusal> {
        if tx.messages.iter().any(|message| self.is_closed_to(message)) {
            return Err(refusal(Class::Terminal(Scope::Packet), "channel", 5, "channel is closed"));
        }
        let height = self.height();
        let until = |tag: &String| self.frowned.get(tag).copied().unwrap_or(0);
        let is_frowned = |message: &SimMessage| matches!(message, SimMessage::Once { tag } if height <= until(tag));
        if tx.messages.iter().any(is_frowned) {
            return Err(refusal(Class::Terminal(Scope::Client), "client", 29, "client is not active"));
        }
        let mut packets = tx.messages.iter().filter_map(|message| self.is_done(message)).peekable();
        if packets.peek().is_some() && packets.all(|is_done| is_done) {
            return Err(refusal(Class::Redundant, "channel", 22, "packet messages are redundant"));
        }
        Ok(())
    }

    fn is_closed_to(&self, message: &SimMessage) -> bool {
        let (port, channel) = match message {
            SimMessage::Recv { packet, .. } => (&packet.destination_port, &packet.destination_channel),
            SimMessage::Ack { packet, .. } => (&packet.source_port, &packet.source_channel),
            _ => return false,
        };
        self.state.end_index(port, channel).is_some_and(|index| self.state.ends[index].closed_at.is_some())
    }

    /// Would this packet message do nothing? None for other messages.
    fn is_done(&self, message: &SimMessage) -> Option<bool> {
        match message {
            SimMessage::Recv { packet, .. } => {
                let index = self.state.end_index(&packet.destination_port, &packet.destination_channel)?;
                Some(self.state.ends[index].receipts.contains_key(&packet.sequence.0))
            }
            SimMessage::Ack { packet, .. }
            | SimMessage::Timeout { packet, .. }
            | SimMessage::TimeoutOnClose { packet, .. } => {
                let index = self.state.end_index(&packet.source_port, &packet.source_channel)?;
                Some(self.state.ends[index].sends.get(&packet.sequence.0).is_some_and(|sent| sent.ended.is_some()))
            }
            SimMessage::Update { .. } | SimMessage::Once { .. } | SimMessage::Nothing => None,
        }
    }

    /// What became invalid leaves the mempool.
    pub(crate) fn recheck(&mut self) {
        let height = self.height();
        for tx in core::mem::take(&mut self.mempool) {
            let is_timely = tx.timeout_height == 0 || height < tx.timeout_height;
            if is_timely && tx.sequence == self.checked_sequence(&tx.address) && self.decorate(&tx).is_ok() {
                self.mempool.push(tx);
            } else if tx.messages.iter().any(|message| matches!(message, SimMessage::Once { .. })) {
                self.thrown_out.insert(tx.signature);
                self.elsewhere.push(tx);
            }
        }
    }

    /// The engine's node throws out the requests that wait there, and refuses them up to this height.
    pub(crate) fn frown(&mut self, until: u64) {
        let messages = self.mempool.iter().flat_map(|tx| &tx.messages);
        for message in messages {
            if let SimMessage::Once { tag } = message {
                self.frowned.insert(tag.clone(), until);
            }
        }
        self.recheck();
    }

    /// Was a request thrown out whose sequence the engine has given to another transaction that waits now?
    pub(crate) fn has_successor(&self) -> bool {
        let is_successor = |new: &SimTx, old: &SimTx| new.is_engines && new.sequence == old.sequence;
        self.elsewhere.iter().any(|old| self.mempool.iter().any(|new| is_successor(new, old)))
    }

    /// A node that threw out none of the requests makes the next block.
    pub(crate) fn another_proposes(&mut self) {
        let own = core::mem::take(&mut self.mempool);
        self.mempool = core::mem::take(&mut self.elsewhere).into_iter().chain(own).collect();
        self.mempool.sort_by_key(|tx| tx.sequence);
    }
}
