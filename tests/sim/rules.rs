//! What must hold in every world.

use std::collections::BTreeSet;

use engine::{Action, Hopeless, Outcome, PacketKey, RequestId, TxId};
use types::Sequence;

use crate::message::SimTx;
use crate::world::World;

impl World {
    fn broken(&self, what: &str) -> ! {
        panic!(
            "seed {}: at {} ms: {what}\nreplay: LIGHTSHIP_SIM_SEED={} cargo test -p lightship-tests --test sim -- replay --nocapture",
            self.seed, self.now, self.seed
        )
    }

    fn demand(&self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.broken(&what());
        }
    }

    /// No action leaves without its writes.
    pub(crate) fn judge_action(&mut self, action: &Action) {
        match action {
            Action::Broadcast { tx, bytes, .. } => {
                let stored = self.durable.outbox.get(tx).is_some_and(|record| record.bytes == *bytes);
                self.demand(stored, || format!("{tx:?} is broadcast and not in the outbox"));
            }
            Action::PrepareBatch { legs, fact_height, chain, .. } => {
                let head = self.height_of(1 - self.index(chain));
                self.demand(*fact_height < head, || format!("a fact of block {fact_height} is not provable at {head}"));
                for (key, leg) in legs {
                    let known = self.durable.packets.contains_key(key);
                    self.demand(known, || format!("{leg:?} of {key:?} is prepared without a record"));
                }
            }
            Action::Conclude { request, outcome: Outcome::Committed { .. } } => {
                let stored = self.durable.concluded.contains_key(request);
                self.demand(stored, || format!("{request:?} is concluded without a record"));
            }
            _ => {}
        }
    }

    /// Sequences never collide, and a packet is never received and timed out at a time.
    pub(crate) fn judge_broadcast(&mut self, tx: TxId, side: usize, new: &SimTx) {
        let ours = self.chains[side].mempool.iter().filter(|other| other.is_engines && *other != new);
        for other in ours {
            self.demand(other.sequence != new.sequence, || {
                format!("{tx:?} has sequence {} which another of ours in the mempool has", new.sequence)
            });
        }
    }

    /// A request is done at most once, and is done if it is said to be.
    pub(crate) fn judge_outcome(&mut self, request: &RequestId, outcome: &Outcome) {
        let done = self.times_done(request);
        match outcome {
            Outcome::Committed { .. } => self.demand(done == 1, || format!("{request:?} was done {done} times")),
            Outcome::Failed { .. } | Outcome::Void => {}
        }
        self.outcomes.insert(request.clone(), outcome.clone());
    }

    fn times_done(&self, request: &RequestId) -> usize {
        let all = self.chains.iter().flat_map(|chain| &chain.state.done);
        all.filter(|tag| **tag == request.0).count()
    }

    /// A closed end takes no acknowledgement: what was received of it stays for ever by its chain's rules.
    pub(crate) fn stuck(&self) -> BTreeSet<PacketKey> {
        let mut stuck = BTreeSet::new();
        for (side, index, source) in self.channel_keys() {
            let (from, to) = (&self.chains[side].state.ends[index], &self.chains[1 - side].state.ends[index]);
            for (sequence, sent) in &from.sends {
                if sent.ended.is_none() && from.closed_at.is_some() && to.receipts.contains_key(sequence) {
                    stuck.insert(PacketKey { source: source.clone(), sequence: Sequence(*sequence) });
                }
            }
        }
        stuck
    }

    /// What must hold when all is over.
    pub(crate) fn judge_end(&self) {
        let engine = self.engine.as_ref().expect("it runs at the end");
        let unacknowledgeable = self.stuck();
        for (side, index, source) in self.channel_keys() {
            let (from, to) = (&self.chains[side].state.ends[index], &self.chains[1 - side].state.ends[index]);
            for (sequence, sent) in from.sends.iter().filter(|(_, sent)| sent.ended.is_none()) {
                let packet = PacketKey { source: source.clone(), sequence: Sequence(*sequence) };
                let view = engine.packet(&packet);
                self.demand(unacknowledgeable.contains(&packet), || {
                    let received = to.receipts.get(sequence);
                    format!("{packet:?} is not over: {sent:?}, received {received:?}, engine: {view:?}")
                });
                let is_said = view.is_some_and(|view| view.hopeless == Some(Hopeless::SourceClosed));
                self.demand(is_said, || format!("{packet:?} can't end, and nobody says why: {view:?}"));
            }
        }
        let stuck = unacknowledgeable.len();
        self.demand(engine.open_packets_total() == stuck, || {
            let open: Vec<_> =
                engine.channels().flat_map(|key| engine.packets(key)).map(|view| format!("{view:?}")).collect();
            format!("{} packets are open and {stuck} can't end: {open:?}", engine.open_packets_total())
        });
        self.demand(self.durable.packets.len() == stuck, || format!("{:?} are not forgotten", self.durable.packets));
        self.demand(self.durable.bytes.len() == stuck, || "bytes of forgotten packets are kept".to_owned());
        self.demand(engine.is_idle(), || "all is over and the engine is not idle".to_owned());
        self.demand(self.durable.outbox.is_empty(), || format!("outbox: {:?}", self.durable.outbox));
        for request in self.outcomes.keys() {
            let done = self.times_done(request);
            self.demand(done == 1, || format!("{request:?} was done {done} times"));
        }
        self.demand(self.requests.is_empty(), || format!("{:?} were never concluded", self.requests));
        self.judge_redundancy();
    }

    /// A crash costs no redundant message: what may be in a mempool stands in the outbox. A lie may make us do again
    /// what is in flight, a batch at most; a rival's and a stranger's deeds are not counted.
    fn judge_redundancy(&self) {
        let redundant: usize = self.chains.iter().map(|chain| chain.redundant).sum();
        let allowed = self.lies * self.options.batch_legs_max;
        self.demand(redundant <= allowed, || {
            let (crashes, lies) = (self.crashes, self.lies);
            format!("{redundant} messages were redundant, with {crashes} crashes and {lies} lies")
        });
    }
}
