//! Other futures of a chain: what it might have become from a height on, and its next revision.

use types::ChainId;

use super::production::{Upcoming, comet_id};
use super::{Chain, block, evidence, history, mempool};

impl Chain {
    /// The chain as it was when `height` was its last block: another future may begin there. None where block or state
    /// are not kept. The mempool is empty; validators vote as they do now.
    pub fn fork(&self, height: u64) -> Option<Self> {
        let last = self.history.get(height)?;
        let (upcoming, params) = match self.height() == height {
            true => (self.upcoming.clone(), self.params),
            false => {
                let next = self.history.get(height + 1)?;
                (Upcoming::between(last, next), next.params)
            }
        };
        let history = self.history.up_to(height);
        let mut mempool = mempool::Mempool::default();
        mempool.set_limits(self.mempool.limits());
        Some(Self {
            app: self.app.at(height)?,
            id: self.id.clone(),
            comet_id: self.comet_id.clone(),
            params,
            keys: self.keys.clone(),
            voting: self.voting.clone(),
            changes: std::collections::BTreeMap::new(),
            upcoming,
            genesis_time: self.genesis_time,
            initial_height: self.initial_height,
            evidence: evidence::Pool::of(&history),
            history,
            mempool,
            common_height: Some(height),
        })
    }

    /// The last height that a fork shares with the chain it left; none for a chain that is no fork.
    pub fn common_height(&self) -> Option<u64> {
        self.common_height
    }

    /// What an upgrade with a new revision does: state, accounts and validators go on as the chain `id`, whose first
    /// block has the next height and no block before it. Its mempool is empty, its blocks are its own.
    ///
    /// # Errors
    /// The id, when a header can't hold it.
    pub fn next_revision(&self, id: ChainId) -> Result<Self, ChainId> {
        let comet_id = comet_id(&id).ok_or_else(|| id.clone())?;
        let mut next = self.clone();
        next.app = self.app.renamed(id.clone());
        (next.id, next.comet_id) = (id, comet_id);
        (next.genesis_time, next.initial_height) = (self.upcoming.time, self.upcoming.height);
        next.upcoming.last = None;
        next.upcoming.last_results_hash = block::results_hash(&[]);
        next.history = history::History::default();
        next.mempool = mempool::Mempool::default();
        next.mempool.set_limits(self.mempool.limits());
        next.evidence = evidence::Pool::default();
        next.common_height = None;
        Ok(next)
    }
}
