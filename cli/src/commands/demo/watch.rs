//! Reads both chains as they make blocks: no relayer and no node is asked what happened.

use std::collections::BTreeSet;

use devnet::network::RunningChain;
use types::ChainId;

use super::life::{Journal, Key, Life, Side};
use super::show::Show;

/// What both chains' blocks told so far.
#[derive(Debug)]
pub(super) struct Watch {
    chains: [RunningChain; 2],
    /// The next height to read of each.
    next: [u64; 2],
    journal: Journal,
    /// The last block that updated a client of each.
    updated: [Option<u64>; 2],
    /// The first block in which a client of each was frozen.
    misbehaviour: [Option<u64>; 2],
    /// Those whose end was shown.
    shown: BTreeSet<Key>,
}

impl Watch {
    pub(super) fn new(chains: [RunningChain; 2], ids: [ChainId; 2]) -> Self {
        let journal = Journal::new(ids);
        Self { chains, next: [1, 1], journal, updated: [None; 2], misbehaviour: [None; 2], shown: BTreeSet::new() }
    }

    /// Reads block after block until `done`, and shows each life that ends.
    pub(super) async fn until(&mut self, show: &Show, done: impl Fn(&Self) -> bool) {
        loop {
            self.catch_up();
            self.show_ends(show);
            if done(self) {
                return;
            }
            let [a, b] = &self.chains;
            tokio::select! {
                () = a.reached(self.next[0]) => {}
                () = b.reached(self.next[1]) => {}
            }
        }
    }

    /// A packet's life.
    pub(super) fn life(&self, key: Key) -> Option<&Life> {
        self.journal.life(key)
    }

    /// Is it over?
    pub(super) fn is_over(&self, key: Key) -> bool {
        self.life(key).is_some_and(|life| life.end().is_some())
    }

    /// Has the destination a block in which the packet can't be received any more?
    pub(super) fn is_too_late(&self, key: Key) -> bool {
        let destination = &self.chains[key.0.other().index()];
        let time = destination.with(|chain| {
            let nanoseconds = chain.block(chain.height()).map(|block| block.header.time.unix_timestamp_nanos());
            nanoseconds.unwrap_or_default()
        });
        self.life(key).is_some_and(|life| time >= i128::from(life.timeout))
    }

    /// The last block of a side that updated a client there.
    pub(super) fn last_update(&self, side: Side) -> Option<u64> {
        self.updated[side.index()]
    }

    /// The first block of a side in which a misbehaviour froze a client there.
    pub(super) fn misbehaviour(&self, side: Side) -> Option<u64> {
        self.misbehaviour[side.index()]
    }

    /// All lives.
    pub(super) fn lives(&self) -> Vec<Life> {
        self.journal.lives().map(|(_, life)| life.clone()).collect()
    }

    /// The lives that are not over, in words.
    pub(super) fn under_way(&self) -> Vec<String> {
        self.journal.lives().filter(|(_, life)| life.end().is_none()).map(|(_, life)| life.to_string()).collect()
    }

    fn catch_up(&mut self) {
        for side in Side::BOTH {
            let (next, journal) = (&mut self.next[side.index()], &mut self.journal);
            let (updated, misbehaviour) = (&mut self.updated[side.index()], &mut self.misbehaviour[side.index()]);
            self.chains[side.index()].with(|chain| {
                while let Some(block) = chain.block(*next) {
                    // A transaction that failed has no events but those of its fee.
                    for event in
                        block.results.iter().filter(|result| result.code == 0).flat_map(|result| &result.events)
                    {
                        match event.kind.as_str() {
                            "update_client" => *updated = Some(*next),
                            "client_misbehaviour" => *misbehaviour = misbehaviour.or(Some(*next)),
                            _ => journal.read(side, *next, event),
                        }
                    }
                    *next += 1;
                }
            });
        }
    }

    fn show_ends(&mut self, show: &Show) {
        for (key, life) in self.journal.lives().filter(|(_, life)| life.end().is_some()) {
            if self.shown.insert(*key) {
                show.say(&life.to_string());
                if let Some(refusal) = &life.refusal {
                    show.say(&format!("refused: {refusal}"));
                }
            }
        }
    }
}
