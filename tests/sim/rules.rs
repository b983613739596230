//! What must hold in every world.

use std::collections::BTreeSet;

use engine::{Action, ChannelKey, Hopeless, Outcome, PacketKey, RequestId, TxId};
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
                    self.demand(!self.is_refused(key), || format!("{leg:?} of {key:?} is prepared against the policy"));
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

    /// Sequences never collide, but with a request's that was thrown out: its sequence is free, and it may come back.
    pub(crate) fn judge_broadcast(&mut self, tx: TxId, side: usize, new: &SimTx) {
        let thrown_out = &self.chains[side].thrown_out;
        let is_thrown_out = |tx: &SimTx| thrown_out.contains(&tx.signature);
        let ours = self.chains[side].mempool.iter().filter(|other| other.is_engines && *other != new);
        let ours = ours.filter(|other| !is_thrown_out(other) && !is_thrown_out(new));
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

    /// Packets whose commitment stands.
    pub(crate) fn unended(&self) -> BTreeSet<PacketKey> {
        self.unended_where(|_, _| true)
    }

    /// Those of them that stay for ever: a closed end takes no acknowledgement of what was received of it, and some are
    /// not ours to relay.
    pub(crate) fn stuck(&self) -> BTreeSet<PacketKey> {
        let mut stuck = self.unended_where(|key, is_received| self.is_closed(&key.source) && is_received);
        stuck.extend(self.unended_where(|key, _| self.is_refused(key)));
        stuck
    }

    fn unended_where(&self, holds: impl Fn(&PacketKey, bool) -> bool) -> BTreeSet<PacketKey> {
        let mut found = BTreeSet::new();
        for (side, index, source) in self.channel_keys() {
            let (from, to) = (&self.chains[side].state.ends[index], &self.chains[1 - side].state.ends[index]);
            for sequence in from.sends.iter().filter(|(_, sent)| sent.ended.is_none()).map(|(sequence, _)| sequence) {
                let key = PacketKey { source: source.clone(), sequence: Sequence(*sequence) };
                if holds(&key, to.receipts.contains_key(sequence)) {
                    found.insert(key);
                }
            }
        }
        found
    }

    fn is_closed(&self, end: &ChannelKey) -> bool {
        let state = &self.chains[self.index(&end.chain)].state;
        state.end_index(&end.port, &end.channel).is_some_and(|index| state.ends[index].closed_at.is_some())
    }

    fn is_refused(&self, key: &PacketKey) -> bool {
        self.options.paths[0].policy.sequence(&key.source, key.sequence).is_err()
    }

    /// What must hold when all is over.
    pub(crate) fn judge_end(&self) {
        let engine = self.engine.as_ref().expect("it runs at the end");
        let (unended, stuck) = (self.unended(), self.stuck());
        for packet in &unended {
            let view = engine.packet(packet);
            self.demand(stuck.contains(packet), || format!("{packet:?} is not over, engine: {view:?}"));
            let is_said = view.is_some_and(|view| view.hopeless == Some(Hopeless::SourceClosed));
            self.demand(is_said || self.is_refused(packet), || {
                format!("{packet:?} can't end, and nobody says why: {view:?}")
            });
        }
        let known: BTreeSet<PacketKey> = self.durable.packets.keys().cloned().collect();
        self.demand(known.is_subset(&unended), || format!("not all of {known:?} are open"));
        let open = engine.open_packets_total();
        self.demand(open == known.len(), || format!("{open} packets are open, recorded are {known:?}"));
        // The other way round is no rule: a crash may leave a record without its bytes, and what is not ours to relay has
        // no leg that would look for them.
        let is_known = |key: &PacketKey| known.contains(key);
        let has_all = self.durable.bytes.keys().all(is_known) && self.durable.acknowledgements.keys().all(is_known);
        self.demand(has_all, || "bytes of forgotten packets are kept".to_owned());
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
