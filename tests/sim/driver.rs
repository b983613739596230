//! The driver: performs the engine's actions against the model chains, with the seed's faults.

use std::collections::BTreeSet;
use std::sync::Arc;

use engine::{
    Action, BatchId, Checked, Dropped, Event, FoundAcknowledgement, LaneId, Leg, Message, PacketKey, Prepared,
    PreparedLeg, Sweep, TxId,
};
use rand::Rng;
use types::{AccountSequence, BlockHeight, ChainId, Class, Height, ProofHeight, Scope, Sequence, Timestamp};

use crate::chain::refusal;
use crate::message::{SimMessage, SimTx};
use crate::process::Sabotage;
use crate::world::World;

/// What an action to prepare a batch says.
struct Order {
    batch: BatchId,
    chain: ChainId,
    fact_height: u64,
    legs: Vec<(PacketKey, Leg)>,
}

impl World {
    pub(crate) fn perform(&mut self, action: Action) {
        match action {
            Action::PrepareBatch { batch, chain, fact_height, legs, .. } => {
                self.prepare(Order { batch, chain, fact_height: fact_height.0, legs });
            }
            Action::SignTx { tx, lane, account_sequence, messages, timeout_height, out_of_gas_tries, .. } => {
                let unsigned = SimTx {
                    address: lane.address.clone(),
                    sequence: account_sequence.0,
                    messages: messages.iter().map(SimMessage::decode).collect(),
                    timeout_height: timeout_height.0,
                    signature: 0,
                    gas_limit: 100,
                    gas_used: 90,
                    is_engines: true,
                };
                self.sign(tx, &lane, unsigned, out_of_gas_tries);
            }
            Action::Broadcast { tx, lane, bytes } => self.broadcast(tx, &lane, &bytes),
            Action::ReadAccount { lane } => self.read_account(lane),
            Action::Rescan { chain, from, to } => self.rescan(chain, from.0, to.0),
            Action::Sweep { channel } => self.sweep(channel),
            Action::Recover { channel, sends, acknowledgements } => self.recover(channel, &sends, &acknowledgements),
            Action::Conclude { request, outcome } => self.conclude(request, outcome),
            Action::Notify { .. } => {}
        }
    }

    /// The process died, but what it had handed to the network may arrive all the same.
    pub(crate) fn perform_after_death(&mut self, action: Action) {
        if let Action::Broadcast { lane, bytes, .. } = action
            && self.chance.gen_bool(0.5)
        {
            let side = self.index(&lane.chain);
            let arrives = self.chains[side].check(SimTx::decode(&bytes));
            drop(arrives); // Nobody is there to hear the answer.
        }
    }

    fn prepare(&mut self, order: Order) {
        let batch = order.batch;
        if self.strikes(self.faults.failed) {
            let class = if self.chance.gen_bool(0.8) { Class::Transient } else { Class::Terminal(Scope::Client) };
            return self.tell(Event::BatchFailed { batch, class, reason: "no answer".to_owned() });
        }
        let here = self.index(&order.chain);
        let there = 1 - here;
        // The node may be a block behind.
        let behind = self.chance.gen_range(0..2).min(self.chains[there].height());
        let proof_height = self.chains[there].height() - behind;
        if proof_height < order.fact_height + 1 || proof_height == 0 {
            return self.tell(Event::BatchFailed { batch, class: Class::Stale, reason: "not there yet".to_owned() });
        }
        let mut prepared = Prepared {
            update: Vec::new(),
            legs: Vec::new(),
            dropped: Vec::new(),
            proof_height: ProofHeight(BlockHeight(proof_height)),
            head: self.chains[there].head_at(proof_height),
        };
        for (packet, leg) in order.legs {
            match self.prove(here, &packet, leg, proof_height) {
                Ok(message) => prepared.legs.push(PreparedLeg { packet, leg, message }),
                Err(reason) => prepared.dropped.push((packet, leg, reason)),
            }
        }
        if !self.chains[here].state.consensus.contains(&proof_height) {
            prepared.update.push(SimMessage::Update { height: proof_height }.encode());
        }
        self.tell(Event::BatchPrepared { batch, prepared });
    }

    /// One leg's message, submitted to `here`, proven by the other chain's header at `proof_height`.
    fn prove(&self, here: usize, key: &PacketKey, leg: Leg, proof_height: u64) -> Result<Message, Dropped> {
        let (host, prover) = (&self.chains[here], &self.chains[1 - here]);
        let packet = self.durable.bytes.get(key).ok_or(Dropped::BytesUnknown)?.clone();
        let (source, destination) = if leg == Leg::Recv { (prover, host) } else { (host, prover) };
        let index = source.state.end_index(&key.source.port, &key.source.channel).ok_or(Dropped::CommitmentGone)?;
        let (from, to) = (&source.state.ends[index], &destination.state.ends[index]);
        let sequence = key.sequence.0;
        let at = proof_height - 1;
        let source_at = if leg == Leg::Recv { at } else { source.height() };
        let committed = from.commitment_at(sequence, source_at).ok_or(Dropped::CommitmentGone)?;
        if *committed != packet {
            return Err(Dropped::ClaimRefuted);
        }
        let timed_out = |height: u64| {
            let revision_number = destination.id.revision_number();
            let time: Timestamp = destination.head_at(height).time;
            packet.is_timed_out_at(Height { revision_number, revision_height: height }, time)
        };
        let message = match leg {
            Leg::Recv if to.closed_at.is_some() => return Err(Dropped::DestinationClosed),
            Leg::Recv if to.is_received_at(sequence, destination.height()) => return Err(Dropped::AlreadyReceived),
            Leg::Recv if timed_out(destination.height()) => return Err(Dropped::TimeoutMisjudged),
            Leg::Recv => SimMessage::Recv { packet, proof_height },
            Leg::Ack => {
                let claimed = self.durable.acknowledgements.get(key).ok_or(Dropped::BytesUnknown)?;
                let proven = to.ack_at(sequence, at).ok_or(Dropped::AcknowledgementRefuted)?;
                if claimed != proven {
                    return Err(Dropped::AcknowledgementRefuted);
                }
                SimMessage::Ack { packet, acknowledgement: proven.clone(), proof_height }
            }
            Leg::Timeout | Leg::TimeoutOnClose if to.is_received_at(sequence, at) => {
                return Err(Dropped::AlreadyReceived);
            }
            Leg::Timeout if !timed_out(proof_height) => return Err(Dropped::TimeoutMisjudged),
            Leg::Timeout => SimMessage::Timeout { packet, proof_height },
            Leg::TimeoutOnClose if to.closed_at.is_none_or(|closed| closed > at) => {
                return Err(Dropped::TimeoutMisjudged);
            }
            Leg::TimeoutOnClose => SimMessage::TimeoutOnClose { packet, proof_height },
        };
        Ok(message.encode())
    }

    fn sign(&mut self, tx: TxId, lane: &LaneId, mut unsigned: SimTx, out_of_gas_tries: u32) {
        if self.strikes(self.faults.failed) {
            let refusal = refusal(Class::Transient, "", 0, "connection refused");
            return self.tell(Event::TxRefused { tx, refusal });
        }
        if self.now < self.broke_until {
            let refusal = refusal(Class::Terminal(Scope::Chain), "sdk", 5, "insufficient funds");
            return self.tell(Event::TxRefused { tx, refusal });
        }
        let side = self.index(&lane.chain);
        let simulated = self.chains[side].simulate(&unsigned, &self.chains[1 - side].as_counterparty());
        let is_blind = self.strikes(self.faults.blind);
        if let Err(mut refusal) = simulated
            && !(is_blind && refusal.codespace != "sdk")
        {
            if !self.faults.hints {
                refusal.message_index = None;
                refusal.expected_sequence = None;
            }
            return self.tell(Event::TxRefused { tx, refusal });
        }
        self.signatures += 1;
        unsigned.signature = self.signatures;
        if out_of_gas_tries < 2 && self.strikes(self.faults.out_of_gas) {
            unsigned.gas_limit = 80;
        }
        let gas_limit = unsigned.gas_limit;
        let signature = unsigned.signature.to_be_bytes().to_vec();
        let bytes: Arc<[u8]> = unsigned.encode().into();
        self.tell(Event::TxSigned { tx, bytes, signature, gas_limit });
    }

    fn broadcast(&mut self, tx: TxId, lane: &LaneId, bytes: &Arc<[u8]>) {
        let decoded = SimTx::decode(bytes);
        let side = self.index(&lane.chain);
        self.judge_broadcast(tx, side, &decoded);
        let is_lost = self.strikes(self.faults.lost_answer);
        if is_lost && self.chance.gen_bool(0.5) {
            return self.tell(Event::TxChecked { tx, checked: Checked::Unknown });
        }
        let answer = if self.strikes(self.faults.full) {
            Err(refusal(Class::Transient, "sdk", 20, "mempool is full"))
        } else {
            self.chains[side].check(decoded)
        };
        let is_thrown_out = !is_lost && answer.as_ref().is_err_and(|refusal| refusal.codespace == "client");
        if is_thrown_out && self.sabotage == Some(Sabotage::ForgetsThrownOut) {
            self.durable.outbox.remove(&tx);
            return self.die(50);
        }
        let checked = match answer {
            _ if is_lost => Checked::Unknown,
            Ok(()) => Checked::Accepted,
            Err(mut refusal) => {
                if !self.faults.hints {
                    refusal.expected_sequence = None;
                }
                Checked::Refused(refusal)
            }
        };
        self.tell(Event::TxChecked { tx, checked });
    }

    fn read_account(&mut self, lane: LaneId) {
        if self.strikes(self.faults.failed) {
            let reason = "no answer".to_owned();
            return self.tell(Event::AccountFailed { lane, class: Class::Transient, reason });
        }
        let side = self.index(&lane.chain);
        let account_sequence = AccountSequence(self.chains[side].committed_sequence(&lane.address));
        self.tell(Event::AccountRead { lane, account_number: 7, account_sequence });
    }

    fn rescan(&mut self, chain: ChainId, from: u64, to: u64) {
        let side = self.index(&chain);
        let kept_from = self.kept_from(side);
        if self.strikes(self.faults.failed) {
            return self.tell(Event::RescanFailed { chain, from: BlockHeight(from), to: BlockHeight(to) });
        }
        if from < kept_from {
            let to = BlockHeight(to.min(kept_from - 1));
            self.tell(Event::BlocksPruned { chain, from: BlockHeight(from), to });
        }
        for height in from.max(kept_from)..=to {
            self.tell_block(side, height);
        }
    }

    fn kept_from(&self, side: usize) -> u64 {
        match self.faults.kept_blocks {
            0 => 1,
            kept => (self.chains[side].height() + 1).saturating_sub(kept).max(1),
        }
    }

    fn sweep(&mut self, channel: engine::ChannelKey) {
        if self.strikes(self.faults.failed) {
            return self.tell(Event::SweepFailed { channel });
        }
        let side = self.index(&channel.chain);
        let (source, destination) = (&self.chains[side], &self.chains[1 - side]);
        let index = source.state.end_index(&channel.port, &channel.channel).expect("a configured channel");
        let (from, to) = (&source.state.ends[index], &destination.state.ends[index]);
        let (source_height, destination_height) = (source.height(), destination.height());
        let stand = from.sends.keys().filter(|sequence| from.commitment_at(**sequence, source_height).is_some());
        let commitments: BTreeSet<Sequence> = stand.map(|sequence| Sequence(*sequence)).collect();
        let is_new = |sequence: &&Sequence| !to.is_received_at(sequence.0, destination_height);
        let has_ack = |sequence: &&Sequence| to.ack_at(sequence.0, destination_height).is_some();
        let sweep = Sweep {
            channel,
            source_height: BlockHeight(source_height),
            destination_height: BlockHeight(destination_height),
            unreceived: commitments.iter().filter(is_new).copied().collect(),
            acknowledged: commitments.iter().filter(has_ack).copied().collect(),
            commitments,
            source_closed: from.closed_at.is_some(),
            destination_closed: to.closed_at.is_some(),
        };
        self.tell(Event::Swept { sweep });
    }

    fn recover(&mut self, channel: engine::ChannelKey, sends: &[Sequence], acknowledgements: &[Sequence]) {
        let side = self.index(&channel.chain);
        let end = self.chains[side].state.end_index(&channel.port, &channel.channel).expect("a configured channel");
        let (from, to) = (&self.chains[side].state.ends[end], &self.chains[1 - side].state.ends[end]);
        let sent = sends.iter().filter_map(|sequence| Some((side, from.sends.get(&sequence.0)?.at)));
        let written = acknowledgements.iter().filter_map(|sequence| Some((1 - side, to.acks.get(&sequence.0)?.0)));
        let found: BTreeSet<_> = sent.chain(written).collect();
        let is_kept = |side: usize, at: u64| at >= self.kept_from(side);
        let is_lost = |sequence: &&Sequence| !from.sends.get(&sequence.0).is_some_and(|sent| is_kept(side, sent.at));
        let lost_sends: BTreeSet<Sequence> = sends.iter().filter(is_lost).copied().collect();
        // Some nodes tell the bytes themselves, where the block is gone too.
        let (mut told, mut lost_acknowledgements) = (Vec::new(), BTreeSet::new());
        let is_told = self.recoveries.is_multiple_of(3);
        for sequence in acknowledgements {
            match to.acks.get(&sequence.0) {
                Some((at, bytes)) if is_told => told.push((*sequence, *at, bytes.clone())),
                Some((at, _)) if is_kept(1 - side, *at) => {}
                Some(_) | None => {
                    lost_acknowledgements.insert(*sequence);
                }
            }
        }
        self.recoveries += 1;
        for (side, height) in found {
            if height >= self.kept_from(side) {
                self.tell_block(side, height);
            }
        }
        let told = told.into_iter().map(|(sequence, at, acknowledgement)| FoundAcknowledgement {
            packet: PacketKey { source: channel.clone(), sequence },
            acknowledgement,
            height: BlockHeight(at),
        });
        self.tell(Event::AcknowledgementsFound { acknowledgements: told.collect() });
        let acknowledgements = lost_acknowledgements;
        let millis = self.faults.latency_max + 1;
        self.tell_after(millis, Event::Recovered { channel, sends: lost_sends, acknowledgements });
    }
}
