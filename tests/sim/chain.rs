//! A model chain: accounts, a mempool that takes only the next sequence, and blocks.

use std::collections::{BTreeMap, BTreeSet};

use engine::Head;
use types::event::{IbcEvent, ObservedBlock, ObservedTx};
use types::{AccountSequence, BlockHeight, ChainId, Class, Packet, Refusal, Scope, Timestamp};

use crate::message::{SimMessage, SimTx};
use crate::state::{BlockOf, Counterparty, Effect, Failure, Sent, State};

/// A packet that an application will send in the next block.
pub(crate) struct Order {
    pub(crate) channel: usize,
    pub(crate) packet: Packet,
}

/// A model chain.
pub(crate) struct Chain {
    pub(crate) id: ChainId,
    /// The engine's account.
    pub(crate) address: String,
    pub(crate) state: State,
    accounts: BTreeMap<String, u64>,
    pub(crate) mempool: Vec<SimTx>,
    /// Requests that the engine's node threw out of its mempool, and another node may not have.
    elsewhere: Vec<SimTx>,
    /// Signatures of what CheckTx or ReCheckTx refused for its messages.
    pub(crate) thrown_out: BTreeSet<u64>,
    pub(crate) orders: Vec<Order>,
    /// Channel ends that an application will close in the next block.
    pub(crate) closing: Vec<usize>,
    pub(crate) blocks: Vec<ObservedBlock>,
    /// Block times by height, from 1.
    pub(crate) times: Vec<u64>,
    /// Packet messages of the engine's that did nothing because a message of the engine's had done it.
    pub(crate) redundant: usize,
    /// Transactions of the engine's that failed in a block.
    pub(crate) failed: usize,
}

pub(crate) fn refusal(class: Class, codespace: &str, code: u32, log: &str) -> Refusal {
    Refusal {
        class,
        codespace: codespace.to_owned(),
        code,
        message_index: None,
        expected_sequence: None,
        log: log.to_owned(),
    }
}

impl Chain {
    pub(crate) fn new(id: &str, state: State) -> Self {
        Self {
            id: id.parse().expect("a chain id"),
            address: format!("wallet-{id}"),
            state,
            accounts: BTreeMap::new(),
            mempool: Vec::new(),
            elsewhere: Vec::new(),
            thrown_out: BTreeSet::new(),
            orders: Vec::new(),
            closing: Vec::new(),
            blocks: Vec::new(),
            times: Vec::new(),
            redundant: 0,
            failed: 0,
        }
    }

    pub(crate) fn height(&self) -> u64 {
        self.blocks.len() as u64
    }

    pub(crate) fn head(&self) -> Head {
        self.head_at(self.height())
    }

    pub(crate) fn head_at(&self, height: u64) -> Head {
        let time = self.times.get((height as usize).wrapping_sub(1)).copied().unwrap_or(0);
        Head { height: BlockHeight(height), time: Timestamp(time) }
    }

    pub(crate) fn as_counterparty(&self) -> Counterparty<'_> {
        Counterparty { ends: &self.state.ends, times: &self.times, revision: self.id.revision_number() }
    }

    pub(crate) fn committed_sequence(&self, address: &str) -> u64 {
        self.accounts.get(address).copied().unwrap_or(0)
    }

    /// The sequence that CheckTx expects next.
    pub(crate) fn checked_sequence(&self, address: &str) -> u64 {
        let pending = self.mempool.iter().filter(|tx| tx.address == address).count() as u64;
        self.committed_sequence(address) + pending
    }

    fn next_block(&self) -> BlockOf {
        let time = self.times.last().copied().unwrap_or(0);
        BlockOf { height: self.height() + 1, time, revision: self.id.revision_number() }
    }

    fn wrong_sequence(&self, address: &str) -> Refusal {
        let expected = self.checked_sequence(address);
        let expected_sequence = Some(AccountSequence(expected));
        Refusal { expected_sequence, ..refusal(Class::Stale, "sdk", 32, "account sequence mismatch") }
    }

    /// Simulation on the node's check state: the sequence is enforced, client updates of the mempool count.
    pub(crate) fn simulate(&self, tx: &SimTx, other: &Counterparty<'_>) -> Result<(), Refusal> {
        if tx.sequence != self.checked_sequence(&tx.address) {
            return Err(self.wrong_sequence(&tx.address));
        }
        let mut state = self.state.clone();
        for message in self.mempool.iter().flat_map(|tx| &tx.messages) {
            if let SimMessage::Update { height } = message {
                state.consensus.insert(*height);
            }
        }
        let mut effect = Effect::default();
        for (index, message) in tx.messages.iter().enumerate() {
            if let Err(failure) = state.run(message, &tx.address, self.next_block(), other, &mut effect) {
                return Err(refuse_message(&failure, index));
            }
        }
        Ok(())
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
        let is_frowned = |message: &SimMessage| matches!(message, SimMessage::Frowned { from, to } if (*from..=*to).contains(&height));
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
            SimMessage::Update { .. } | SimMessage::Once { .. } | SimMessage::Frowned { .. } | SimMessage::Nothing => {
                None
            }
        }
    }

    /// Makes a block of up to `most` transactions.
    pub(crate) fn make_block(&mut self, time: u64, most: usize, with_hints: bool, other: &Counterparty<'_>) {
        let block = BlockOf { height: self.height() + 1, time, revision: self.id.revision_number() };
        self.times.push(time);
        let mut transactions = Vec::new();
        let take = self.mempool.len().min(most);
        let candidates: Vec<SimTx> = self.mempool.drain(..take).collect();
        for tx in candidates {
            let is_timely = tx.timeout_height == 0 || block.height <= tx.timeout_height;
            if tx.sequence == self.committed_sequence(&tx.address) && is_timely {
                let index = transactions.len() as u32;
                transactions.push(self.deliver(tx, index, block, with_hints, other));
            }
        }
        let mut block_events = self.state.write_late_acks(block.height);
        for order in core::mem::take(&mut self.orders) {
            block_events.extend(self.send(order, block.height));
        }
        for channel in core::mem::take(&mut self.closing) {
            block_events.extend(self.close(channel, block.height));
        }
        let height = BlockHeight(block.height);
        self.blocks.push(ObservedBlock { height, block_events, transactions });
        self.recheck();
    }

    fn deliver(
        &mut self,
        tx: SimTx,
        index: u32,
        block: BlockOf,
        with_hints: bool,
        other: &Counterparty<'_>,
    ) -> ObservedTx {
        self.accounts.insert(tx.address.clone(), tx.sequence + 1);
        let mut state = self.state.clone();
        let mut effect = Effect::default();
        let mut failed = None;
        for (index, message) in tx.messages.iter().enumerate() {
            if let Err(failure) = state.run(message, &tx.address, block, other, &mut effect) {
                failed = Some(refuse_message(&failure, index));
                break;
            }
        }
        if tx.gas_used > tx.gas_limit {
            failed = Some(refusal(Class::Stale, "sdk", 11, "out of gas"));
        }
        let mut observed = ObservedTx {
            index,
            signers: vec![(tx.address.clone(), AccountSequence(tx.sequence))],
            signatures: vec![tx.signature.to_be_bytes().to_vec()],
            code: 0,
            codespace: String::new(),
            log: String::new(),
            gas_wanted: tx.gas_limit,
            gas_used: tx.gas_used.min(tx.gas_limit),
            events: Vec::new(),
        };
        match failed {
            None => {
                self.state = state;
                observed.events = effect.events;
                if tx.is_engines {
                    self.redundant += effect.redundant.iter().filter(|doer| **doer == tx.address).count();
                }
            }
            Some(refusal) => {
                self.failed += usize::from(tx.is_engines);
                observed.code = refusal.code;
                observed.codespace = refusal.codespace;
                let hint = refusal.message_index.filter(|_| with_hints);
                observed.log = match hint {
                    Some(index) => format!("failed to execute message; message index: {index}: {}", refusal.log),
                    None => refusal.log,
                };
            }
        }
        observed
    }

    fn send(&mut self, order: Order, height: u64) -> Option<IbcEvent> {
        let end = &mut self.state.ends[order.channel];
        if end.closed_at.is_some() {
            return None;
        }
        let mut packet = order.packet;
        packet.sequence = types::Sequence(end.sends.len() as u64 + 1);
        end.sends.insert(packet.sequence.0, Sent { packet: packet.clone(), at: height, ended: None });
        Some(IbcEvent::SendPacket { packet })
    }

    fn close(&mut self, channel: usize, height: u64) -> Option<IbcEvent> {
        let end = &mut self.state.ends[channel];
        if end.closed_at.is_some() {
            return None;
        }
        end.closed_at = Some(height);
        Some(IbcEvent::ChannelClosed { port: end.port.clone(), channel: end.channel.clone() })
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

    /// A node that threw out none of the requests makes the next block.
    pub(crate) fn another_proposes(&mut self) {
        let own = core::mem::take(&mut self.mempool);
        self.mempool = core::mem::take(&mut self.elsewhere).into_iter().chain(own).collect();
        self.mempool.sort_by_key(|tx| tx.sequence);
    }
}

fn refuse_message(failure: &Failure, index: usize) -> Refusal {
    let class = match (failure.codespace, failure.code) {
        ("client", 7) => Class::Stale,
        _ => Class::Terminal(Scope::Packet),
    };
    Refusal { message_index: Some(index), ..refusal(class, failure.codespace, failure.code, failure.log) }
}
