//! Values for the unit tests, and a shell that answers.
#![expect(clippy::wildcard_enum_match_arm, reason = "a test looks for one kind of action")]

mod found;
mod values;

use core::time::Duration;
use std::collections::BTreeSet;

use types::event::{IbcEvent, ObservedBlock, ObservedTx};
use types::{AccountSequence, BlockHeight, Order, ProofHeight, Sequence, Timestamp};

use crate::{
    Action, BatchId, ChannelKey, Checked, Dropped, Engine, Event, Head, Instant, Leg, Options, PacketKey, PacketStage,
    Prepared, PreparedLeg, Progress, Purpose, Record, Step, Sweep, TxId,
};
pub(crate) use found::*;
pub(crate) use values::*;

/// An engine, its clock, and the answers that an obliging shell gives.
pub(crate) struct Shell {
    pub(crate) engine: Engine,
    pub(crate) now: Instant,
    signatures: u8,
}

impl Shell {
    /// Takes up from records; both chains are at block 9, and their blocks up to there were read.
    pub(crate) fn from(records: Vec<Record>, order: Order) -> (Self, Step) {
        Self::with(records, options(order))
    }

    /// The same with other options.
    pub(crate) fn with(records: Vec<Record>, options: Options) -> (Self, Step) {
        let now = Instant(1_000);
        let mut shell = Self { engine: Engine::restore(records, options, 7), now, signatures: 0 };
        let mut steps = Step::default();
        for id in ["a", "b"] {
            for step in [shell.head(id, 9), shell.block(id, 9, vec![])] {
                steps.actions.extend(step.actions);
                steps.writes.extend(step.writes);
            }
        }
        (shell, steps)
    }

    pub(crate) fn new(order: Order) -> Self {
        Self::from(Vec::new(), order).0
    }

    pub(crate) fn tell(&mut self, event: Event) -> Step {
        self.now = self.now.after(Duration::from_millis(10));
        self.engine.handle(event, self.now)
    }

    /// A head, with one second a block.
    pub(crate) fn head(&mut self, id: &str, height: u64) -> Step {
        let head = Head { height: BlockHeight(height), time: Timestamp::from_seconds(height) };
        self.tell(Event::HeadObserved { chain: chain(id), head })
    }

    pub(crate) fn block(&mut self, id: &str, height: u64, block_events: Vec<IbcEvent>) -> Step {
        let block = ObservedBlock { height: BlockHeight(height), block_events, transactions: Vec::new() };
        self.tell(Event::BlockObserved { chain: chain(id), block })
    }

    /// A block with one transaction of the wallet: `signature` tells whose.
    pub(crate) fn block_with_tx(&mut self, id: &str, height: u64, tx: ObservedTx) -> Step {
        let block = ObservedBlock { height: BlockHeight(height), block_events: Vec::new(), transactions: vec![tx] };
        self.tell(Event::BlockObserved { chain: chain(id), block })
    }

    /// Packets 1 to `count` are sent on `a` in block 10, which can be proven now.
    pub(crate) fn send(&mut self, count: u64) -> Step {
        let sends = (1..=count).map(|sequence| IbcEvent::SendPacket { packet: packet(sequence) });
        let sends = sends.collect();
        assert_eq!(prepared(&self.head("a", 10)), None);
        assert_eq!(prepared(&self.block("a", 10, sends)), None, "block 10 is not provable before block 11");
        self.head("a", 11)
    }

    /// Answers a preparation with a message for each leg.
    pub(crate) fn prepare(&mut self, step: &Step) -> Step {
        let (batch, legs) = prepared(step).expect("a batch is to be prepared");
        let leg = |(packet, leg)| PreparedLeg { packet, leg, message: message("/leg") };
        self.prepared(batch, legs.into_iter().map(leg).collect(), Vec::new())
    }

    /// Answers a preparation with a reason for each leg.
    pub(crate) fn drop_legs(&mut self, step: &Step, reason: Dropped) -> Step {
        let (batch, legs) = prepared(step).expect("a batch is to be prepared");
        let dropped = legs.into_iter().map(|(packet, leg)| (packet, leg, reason)).collect();
        self.prepared(batch, Vec::new(), dropped)
    }

    fn prepared(&mut self, batch: BatchId, legs: Vec<PreparedLeg>, dropped: Vec<(PacketKey, Leg, Dropped)>) -> Step {
        let head = Head { height: BlockHeight(11), time: Timestamp::from_seconds(11) };
        let proof_height = ProofHeight(BlockHeight(11));
        let prepared = Prepared { update: vec![message("/update")], legs, dropped, proof_height, head };
        self.tell(Event::BatchPrepared { batch, prepared })
    }

    /// Reads the account where that is asked for; gives the step that signs.
    pub(crate) fn read_account(&mut self, step: Step, sequence: u64) -> Step {
        let asked = step.actions.iter().find_map(|action| match action {
            Action::ReadAccount { lane } => Some(lane.clone()),
            _ => None,
        });
        let Some(lane) = asked else { return step };
        let account_sequence = AccountSequence(sequence);
        self.tell(Event::AccountRead { lane, account_number: 3, account_sequence })
    }

    /// Signs what is to be signed; the signature is a number counted from 1.
    pub(crate) fn sign(&mut self, step: &Step) -> Step {
        let (tx, _, _) = signing(step).expect("a transaction is to be signed");
        self.signatures += 1;
        let signature = vec![self.signatures];
        self.tell(Event::TxSigned { tx, bytes: signature.clone().into(), signature, gas_limit: 100 })
    }

    pub(crate) fn check(&mut self, step: &Step, checked: Checked) -> Step {
        let tx = broadcast(step).expect("a transaction is to be broadcast");
        self.tell(Event::TxChecked { tx, checked })
    }

    /// Prepares, signs and broadcasts; the node takes it.
    pub(crate) fn submit(&mut self, step: &Step) -> Step {
        let step = self.prepare(step);
        let step = self.read_account(step, 5);
        let step = self.sign(&step);
        self.check(&step, Checked::Accepted)
    }

    /// Waits until the step's `wake_at`.
    pub(crate) fn wake(&mut self, step: &Step) -> Step {
        self.now = step.wake_at.expect("something is due").max(self.now);
        self.engine.handle(Event::Woken, self.now)
    }

    pub(crate) fn progress(&self, sequence: u64) -> Option<Progress> {
        self.engine.packet(&packet_record(sequence).key()).map(|view| view.record.progress)
    }

    pub(crate) fn stage(&self, sequence: u64) -> Option<PacketStage> {
        self.engine.packet(&packet_record(sequence).key()).map(|view| view.stage)
    }
}

impl Shell {
    /// A sweep's answer for the channel from `a`, whether it was asked for or not.
    pub(crate) fn sweep(
        &mut self,
        source: u64,
        destination: u64,
        commitments: &[u64],
        unreceived: &[u64],
        acknowledged: &[u64],
    ) -> Event {
        let set = |sequences: &[u64]| sequences.iter().map(|sequence| Sequence(*sequence)).collect();
        let sweep = Sweep {
            commitments: set(commitments),
            unreceived: set(unreceived),
            acknowledged: set(acknowledged),
            ..self.plain_sweep(source, destination)
        };
        Event::Swept { sweep }
    }

    pub(crate) fn plain_sweep(&self, source: u64, destination: u64) -> Sweep {
        Sweep {
            channel: packet_record(1).key().source,
            source_height: BlockHeight(source),
            destination_height: BlockHeight(destination),
            commitments: BTreeSet::new(),
            unreceived: BTreeSet::new(),
            acknowledged: BTreeSet::new(),
            source_closed: false,
            destination_closed: false,
        }
    }

    /// Both directions' first sweeps find nothing, so that the channel from `a` has no business but a test's.
    pub(crate) fn quiet(&mut self) {
        let reverse = Sweep { channel: self.reverse(), ..self.plain_sweep(9, 9) };
        for sweep in [self.plain_sweep(9, 9), reverse] {
            self.tell(Event::Swept { sweep }).discard();
        }
        assert!(self.engine.is_idle());
    }

    /// The channel end on `b`.
    pub(crate) fn reverse(&self) -> ChannelKey {
        let id = packet_record(1).id;
        ChannelKey { chain: chain("b"), port: id.destination_port, channel: id.destination_channel }
    }

    /// Heads of `a` until a sweep is asked for again; gives the step that asks.
    pub(crate) fn settle(&mut self, from: u64) -> Step {
        let channel = packet_record(1).key().source;
        for height in from..from + 200 {
            let step = self.head("a", height);
            if step.actions.contains(&Action::Sweep { channel: channel.clone() }) {
                return step;
            }
        }
        panic!("no sweep in 200 blocks")
    }

    /// Does the job that is being signed as `tx` carry this packet?
    pub(crate) fn carries(&self, tx: TxId, sequence: u64) -> bool {
        self.engine.signing_legs(tx).contains(&Sequence(sequence))
    }

    pub(crate) fn signature_count(&self) -> u8 {
        self.signatures
    }

    /// The events of the recvs in a signed transaction.
    pub(crate) fn received_by(&self, signed: &Step) -> Vec<IbcEvent> {
        let purpose = signed.writes.iter().find_map(|write| match write {
            Record::Outbox { tx } => Some(tx.purpose.clone()),
            _ => None,
        });
        let Some(Purpose::Packets { legs, .. }) = purpose else { return Vec::new() };
        legs.iter().map(|(key, _)| IbcEvent::RecvPacket { packet: packet(key.sequence.0).id() }).collect()
    }
}
