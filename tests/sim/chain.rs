//! A model chain: accounts, a mempool that takes only the next sequence, and blocks.

use std::collections::{BTreeMap, BTreeSet};

use engine::Head;
use types::event::{IbcEvent, ObservedBlock, ObservedTx};
use types::{AccountSequence, BlockHeight, ChainId, Class, Packet, Refusal, Scope, Timestamp};

use crate::end::Sent;
use crate::message::{SimMessage, SimTx};
use crate::state::{BlockOf, Counterparty, Effect, Failure, State};

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
    pub(crate) elsewhere: Vec<SimTx>,
    /// Requests, by their tags, that the engine's node refuses up to a height; other nodes don't.
    pub(crate) frowned: BTreeMap<String, u64>,
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
            frowned: BTreeMap::new(),
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

    fn next_block(&self) -> BlockOf {
        let time = self.times.last().copied().unwrap_or(0);
        BlockOf { height: self.height() + 1, time, revision: self.id.revision_number() }
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
}

fn refuse_message(failure: &Failure, index: usize) -> Refusal {
    let class = match (failure.codespace, failure.code) {
        ("client", 7) => Class::Stale,
        _ => Class::Terminal(Scope::Packet),
    };
    Refusal { message_index: Some(index), ..refusal(class, failure.codespace, failure.code, failure.log) }
}
