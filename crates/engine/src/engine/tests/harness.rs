//! An engine with a shell that answers at once, and chain `b` with a mempool, to count blocks. Packets are sent on `a`.
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for some kinds of action")]

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use types::event::{IbcEvent, ObservedBlock, ObservedTx};
use types::{AccountSequence, BlockHeight, Class, Order, ProofHeight, Scope, Timestamp};

use crate::testing::*;
use crate::*;

/// A transaction of chain `b`.
#[derive(Clone, Debug)]
pub(super) struct Tx {
    address: String,
    sequence: u64,
    signature: u8,
    /// The packets that it brings.
    pub(super) packets: Vec<u64>,
    /// How many messages stand before theirs.
    updates: usize,
    gas_tries: u32,
}

/// The engine and its world.
pub(super) struct Harness {
    pub(super) engine: Engine,
    now: Instant,
    pub(super) a: u64,
    pub(super) b: u64,
    committed: u64,
    signatures: u8,
    pub(super) mempool: Vec<Tx>,
    signed: BTreeMap<TxId, Tx>,
    /// Packets that `b` received, and in which block.
    pub(super) received: BTreeMap<u64, u64>,
    /// Packets that `b` refuses.
    pub(super) poison: BTreeSet<u64>,
    /// Packets that burn more than any estimate.
    pub(super) greedy: BTreeSet<u64>,
    /// Does the simulation see what is wrong, and what a rival has in the mempool?
    pub(super) simulates: bool,
    /// Does a failed delivery name the message?
    pub(super) hints: bool,
    /// Most transactions of a block.
    pub(super) capacity: usize,
    /// Preparations are answered by hand.
    pub(super) holds_batches: bool,
    /// Those that were not answered.
    pub(super) batches: VecDeque<(BatchId, Vec<(PacketKey, Leg)>)>,
    pub(super) notices: Vec<Notice>,
    /// Our messages that stand in blocks and did nothing.
    pub(super) paid_redundant: usize,
    wake_at: Option<Instant>,
}

impl Harness {
    pub(super) fn new(order: Order) -> Self {
        let mut options = options(order);
        for chain in options.chains.values_mut() {
            chain.batch_msgs_max = 100;
            chain.in_flight_max = 8;
            chain.tx_bytes_max = 700_000;
            chain.tx_lifetime_blocks = 30;
        }
        options.batch_legs_max = 1_000;
        options.leg_tries_max = 3;
        let mut harness = Self {
            engine: Engine::restore(Vec::new(), options, 7),
            now: Instant(1_000),
            a: 100,
            b: 100,
            committed: 5,
            signatures: 0,
            mempool: Vec::new(),
            signed: BTreeMap::new(),
            received: BTreeMap::new(),
            poison: BTreeSet::new(),
            greedy: BTreeSet::new(),
            simulates: false,
            hints: true,
            capacity: 100,
            holds_batches: false,
            batches: VecDeque::new(),
            notices: Vec::new(),
            paid_redundant: 0,
            wake_at: None,
        };
        harness.block_of_a(Vec::new());
        harness.block_of_b();
        harness
    }

    /// Sends packets in the next block of `a`, which can be proven after one block more.
    pub(super) fn send(&mut self, sequences: impl IntoIterator<Item = u64>) {
        let send = |sequence| IbcEvent::SendPacket { packet: packet(sequence) };
        self.block_of_a(sequences.into_iter().map(send).collect());
        self.block_of_a(Vec::new());
    }

    /// Packets of an old block of `a`.
    pub(super) fn find_old(&mut self, sequences: impl IntoIterator<Item = u64>) {
        let send = |sequence| IbcEvent::SendPacket { packet: packet(sequence) };
        let block_events = sequences.into_iter().map(send).collect();
        let block = ObservedBlock { height: BlockHeight(20), block_events, transactions: Vec::new() };
        self.tell(Event::BlockObserved { chain: chain("a"), block });
    }

    pub(super) fn block_of_a(&mut self, block_events: Vec<IbcEvent>) {
        self.a += 1;
        self.head("a", self.a);
        let block = ObservedBlock { height: BlockHeight(self.a), block_events, transactions: Vec::new() };
        self.tell(Event::BlockObserved { chain: chain("a"), block });
    }

    fn head(&mut self, id: &str, height: u64) {
        let head = Head { height: BlockHeight(height), time: Timestamp::from_seconds(height) };
        self.tell(Event::HeadObserved { chain: chain(id), head });
    }

    /// A block of `b`, a second after the last one.
    pub(super) fn block_of_b(&mut self) {
        self.now = Instant(self.now.0.div_ceil(1_000) * 1_000);
        let taken = self.mempool.len().min(self.capacity);
        let taken: Vec<Tx> = self.mempool.drain(..taken).collect();
        self.b += 1;
        let transactions = taken.into_iter().map(|tx| self.deliver(tx)).collect();
        self.head("b", self.b);
        let block = ObservedBlock { height: BlockHeight(self.b), block_events: Vec::new(), transactions };
        self.tell(Event::BlockObserved { chain: chain("b"), block });
        let next = Instant(self.now.0 + 800);
        while let Some(at) = self.wake_at.filter(|at| *at <= next) {
            self.now = self.now.max(at);
            self.tell(Event::Woken);
        }
    }

    fn deliver(&mut self, tx: Tx) -> ObservedTx {
        let is_ours = tx.address == "wallet-b";
        self.committed += u64::from(is_ours);
        let bad = tx.packets.iter().position(|packet| self.poison.contains(packet));
        let is_greedy = tx.packets.iter().any(|packet| self.greedy.contains(packet));
        let mut observed = ObservedTx {
            signers: vec![(tx.address.clone(), AccountSequence(tx.sequence))],
            ..observed(tx.sequence, tx.signature, 0)
        };
        if is_greedy {
            (observed.code, observed.codespace, observed.log) = (11, "sdk".to_owned(), "out of gas".to_owned());
        } else if let Some(index) = bad {
            observed.code = 1;
            observed.log = match self.hints {
                true => format!("failed to execute message; message index: {}: refused", tx.updates + index),
                false => "refused".to_owned(),
            };
        } else {
            for sequence in tx.packets {
                if self.received.contains_key(&sequence) {
                    self.paid_redundant += usize::from(is_ours);
                } else {
                    self.received.insert(sequence, self.b);
                    observed.events.push(IbcEvent::RecvPacket { packet: packet(sequence).id() });
                }
            }
        }
        observed
    }

    /// Somebody else's transaction.
    pub(super) fn rival(&mut self, packets: impl IntoIterator<Item = u64>) {
        let packets = packets.into_iter().collect();
        let rival = Tx { address: "rival".into(), sequence: 1, signature: 99, packets, updates: 1, gas_tries: 0 };
        self.mempool.insert(0, rival);
    }

    pub(super) fn tell(&mut self, event: Event) {
        let mut events = VecDeque::from([event]);
        while let Some(event) = events.pop_front() {
            self.now = Instant(self.now.0 + 1);
            let step = self.engine.handle(event, self.now);
            self.wake_at = step.wake_at;
            for action in step.actions {
                events.extend(self.answer(action));
            }
        }
    }

    fn answer(&mut self, action: Action) -> Option<Event> {
        match action {
            Action::PrepareBatch { batch, legs, .. } => {
                self.batches.push_back((batch, legs));
                if self.holds_batches { None } else { self.prepare() }
            }
            Action::ReadAccount { lane } => {
                let account_sequence = AccountSequence(self.next_sequence());
                Some(Event::AccountRead { lane, account_number: 1, account_sequence })
            }
            Action::SignTx { tx, account_sequence, messages, out_of_gas_tries, .. } => {
                Some(self.sign(tx, account_sequence.0, &messages, out_of_gas_tries))
            }
            Action::Broadcast { tx, .. } => {
                let signed = self.signed.get(&tx).cloned().expect("it was signed");
                let is_known = self.mempool.iter().any(|known| known.signature == signed.signature);
                if !is_known && signed.sequence >= self.committed {
                    self.mempool.push(signed);
                }
                Some(Event::TxChecked { tx, checked: Checked::Accepted })
            }
            Action::Notify { notice } => {
                self.notices.push(notice);
                None
            }
            _ => None,
        }
    }

    fn next_sequence(&self) -> u64 {
        self.committed + self.mempool.iter().filter(|tx| tx.address == "wallet-b").count() as u64
    }

    /// The answer to the oldest preparation: a message for each leg, which names its packet.
    fn prepare(&mut self) -> Option<Event> {
        let (batch, legs) = self.batches.pop_front()?;
        let leg = |(packet, leg): (PacketKey, Leg)| {
            let value = packet.sequence.0.to_be_bytes().to_vec().into();
            PreparedLeg { packet, leg, message: Message { type_url: "/leg".to_owned(), value } }
        };
        let prepared = Prepared {
            update: vec![message("/update")],
            legs: legs.into_iter().map(leg).collect(),
            dropped: Vec::new(),
            proof_height: ProofHeight(BlockHeight(self.a)),
            head: Head { height: BlockHeight(self.a), time: Timestamp::from_seconds(self.a) },
        };
        Some(Event::BatchPrepared { batch, prepared })
    }

    /// Answers the oldest preparation that was held.
    pub(super) fn prepare_oldest(&mut self) {
        if let Some(event) = self.prepare() {
            self.tell(event);
        }
    }

    /// Answers the preparations that were held.
    pub(super) fn prepare_held(&mut self) {
        while let Some(event) = self.prepare() {
            self.tell(event);
        }
    }

    fn sign(&mut self, tx: TxId, sequence: u64, messages: &[Message], gas_tries: u32) -> Event {
        assert_eq!(sequence, self.next_sequence(), "no account sequence is left out or used twice");
        let of = |message: &Message| u64::from_be_bytes(message.value[..].try_into().expect("eight bytes"));
        let packets: Vec<u64> = messages.iter().filter(|message| message.type_url == "/leg").map(of).collect();
        let first = messages.len() - packets.len();
        if self.simulates {
            if let Some(index) = packets.iter().position(|packet| self.poison.contains(packet)) {
                let refusal = refusal(Class::Terminal(Scope::Packet), "app", 1);
                let message_index = self.hints.then_some(first + index);
                return Event::TxRefused { tx, refusal: types::Refusal { message_index, ..refusal } };
            }
            let is_done = |packet: &u64| {
                self.received.contains_key(packet) || self.mempool.iter().any(|tx| tx.packets.contains(packet))
            };
            let done = packets.iter().enumerate().filter(|(_, packet)| is_done(packet));
            let messages: BTreeSet<usize> = done.map(|(index, _)| first + index).collect();
            if !messages.is_empty() {
                return Event::TxPartlyRedundant { tx, messages };
            }
        }
        self.signatures = self.signatures.wrapping_add(1) % 99;
        let signature = self.signatures;
        let signed = Tx { address: "wallet-b".into(), sequence, signature, packets, updates: first, gas_tries };
        self.signed.insert(tx, signed);
        Event::TxSigned { tx, bytes: vec![signature].into(), signature: vec![signature], gas_limit: 100 }
    }

    /// Blocks until all of these were received.
    pub(super) fn blocks_until_received(&mut self, sequences: impl IntoIterator<Item = u64> + Clone) -> u64 {
        let from = self.b;
        for _ in 0..200 {
            if sequences.clone().into_iter().all(|sequence| self.received.contains_key(&sequence)) {
                return self.b - from;
            }
            self.block_of_b();
        }
        panic!("not received after 200 blocks")
    }

    pub(super) fn view(&self, sequence: u64) -> PacketView<'_> {
        self.engine.packet(&packet_record(sequence).key()).expect("the packet is known")
    }

    /// The gas estimates' numbers of the transactions in the mempool.
    pub(super) fn gas_tries(&self) -> Vec<u32> {
        self.mempool.iter().map(|tx| tx.gas_tries).collect()
    }
}
