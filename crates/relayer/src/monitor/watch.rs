//! What the parts of the monitor share: what blocks tell, what was found, what was checked.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, MutexGuard, PoisonError};

use light_client::{Divergence, LightBlock, TrustedState};
use tokio::sync::{Notify, broadcast};
use types::{ChainId, ClientId};

use super::{Coverage, Sighting};
use crate::evidence::{Case, Proof};
use crate::headers;

/// Sightings that wait for a part, at most; whoever falls behind looks at everything again.
const SIGHTINGS_MAX: usize = 1024;
/// Cases that are told apart, at most: each is proven by signatures of a chain's validators, so that they are few.
const CASES_MAX: usize = 1024;
/// Headers that clients were told and that are kept, at most.
const HEADERS_MAX: usize = 64;

/// What the parts of the monitor share. Nothing here waits.
#[derive(Debug)]
pub(crate) struct Watch {
    sightings: broadcast::Sender<Sighting>,
    known: Mutex<Known>,
    /// A case was found.
    found: Notify,
}

#[derive(Debug, Default)]
struct Known {
    /// Cases that nobody responds to yet.
    waiting: VecDeque<Case>,
    /// Proofs that were handed on, so that what several parts find is responded to once.
    proofs: VecDeque<Proof>,
    coverage: BTreeMap<(ChainId, ClientId), Coverage>,
    /// Validators that signed two blocks of one height, as their own chain has proven since the start.
    double_votes: BTreeMap<ChainId, u64>,
    /// How each endpoint but the one in use stands to that, by its address without credentials.
    endpoints: BTreeMap<(ChainId, String), &'static str>,
    /// Hosts whose clients were listed since the start.
    listed: BTreeSet<ChainId>,
    /// Headers that clients were told, and that no endpoint has: the newest.
    headers: VecDeque<LightBlock>,
}

impl Default for Watch {
    fn default() -> Self {
        Self { sightings: broadcast::Sender::new(SIGHTINGS_MAX), known: Mutex::default(), found: Notify::new() }
    }
}

impl Watch {
    /// Does anybody watch?
    pub(crate) fn is_on(&self) -> bool {
        self.sightings.receiver_count() > 0
    }

    /// What blocks tell of clients from now on. Whoever lags must look at everything again.
    pub(crate) fn sightings(&self) -> broadcast::Receiver<Sighting> {
        self.sightings.subscribe()
    }

    /// A block told of clients.
    pub(crate) fn sighted(&self, sighting: Sighting) {
        // Without a watch there is nobody to tell.
        self.sightings.send(sighting).unwrap_or_default();
    }

    /// Hands on what was proven; gives whether it is news. What is about the same false block, or the same state of a
    /// client, is responded to once.
    pub(crate) fn found(&self, case: Case) -> bool {
        let mut known = self.known();
        if known.proofs.iter().any(|proof| is_of_one_lie(proof, &case.proof)) {
            return false;
        }
        if known.proofs.len() >= CASES_MAX {
            known.proofs.pop_front();
        }
        known.proofs.push_back(case.proof.clone());
        known.waiting.push_back(case);
        drop(known);
        self.found.notify_one();
        true
    }

    /// A case that nobody has responded to, if there is one.
    pub(crate) fn waiting_case(&self) -> Option<Case> {
        self.known().waiting.pop_front()
    }

    /// The next case that nobody has responded to.
    pub(crate) async fn next_case(&self) -> Case {
        loop {
            match self.waiting_case() {
                Some(case) => return case,
                None => self.found.notified().await,
            }
        }
    }

    /// Is the header known, and handed on, that a client was made to believe in this state?
    pub(crate) fn knows_header_of(&self, state: &TrustedState) -> bool {
        let is_its = |case: &Divergence| headers::state(&case.conflicting).is_ok_and(|of| headers::is_same(&of, state));
        self.known().proofs.iter().any(|proof| proof.cases().any(is_its))
    }

    /// A header that a client was told, and that is not, or not yet, its chain's: whoever finds the state that it left
    /// can show it to other clients as well.
    pub(crate) fn keep_header(&self, block: LightBlock) {
        let mut known = self.known();
        if known.headers.contains(&block) {
            return;
        }
        if known.headers.len() >= HEADERS_MAX {
            known.headers.pop_front();
        }
        known.headers.push_back(block);
    }

    /// The header that left this state, where it is known.
    pub(crate) fn header_of(&self, state: &TrustedState) -> Option<LightBlock> {
        let is_its =
            |block: &&LightBlock| headers::state(block).is_ok_and(|of_block| headers::is_same(&of_block, state));
        self.known().headers.iter().rev().find(is_its).cloned()
    }

    /// The clients of a host were listed.
    pub(crate) fn listed(&self, host: &ChainId) {
        self.known().listed.insert(host.clone());
    }

    /// Were the clients of a host listed since the start?
    pub(crate) fn is_listed(&self, host: &ChainId) -> bool {
        self.known().listed.contains(host)
    }

    /// What was checked of a client, as it is now.
    pub(crate) fn covered(&self, coverage: Coverage) {
        self.known().coverage.insert((coverage.host.clone(), coverage.client.clone()), coverage);
    }

    /// What was checked, of every client that is watched.
    pub(crate) fn coverage(&self) -> Vec<Coverage> {
        self.known().coverage.values().cloned().collect()
    }

    /// An endpoint was compared with the one in use.
    pub(crate) fn stands(&self, chain: &ChainId, endpoint: &str, standing: &'static str) {
        self.known().endpoints.insert((chain.clone(), endpoint.to_owned()), standing);
    }

    /// How endpoints stand to the one in use.
    pub(crate) fn endpoints(&self) -> BTreeMap<(ChainId, String), &'static str> {
        self.known().endpoints.clone()
    }

    /// A validator of this chain signed two blocks of one height, as its own chain has proven.
    pub(crate) fn voted_twice(&self, chain: &ChainId) {
        *self.known().double_votes.entry(chain.clone()).or_default() += 1;
    }

    /// How often validators signed two blocks of one height, as their own chain has proven since the start.
    pub(crate) fn double_votes(&self) -> BTreeMap<ChainId, u64> {
        self.known().double_votes.clone()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing here can panic halfway through a change.
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Do both accuse of one thing? The way to it may differ, and which of two sides is held for the liar.
fn is_of_one_lie(one: &Proof, other: &Proof) -> bool {
    match (one, other) {
        (Proof::Blocks { .. }, Proof::Blocks { .. }) => {
            let is_same = |one: &Divergence, other: &Divergence| {
                one.conflicting.header_hash() == other.conflicting.header_hash()
                    && one.common.header_hash() == other.common.header_hash()
            };
            one.cases().any(|one| other.cases().any(|other| is_same(one, other)))
        }
        (Proof::State(one), Proof::State(other)) => {
            (&one.host, &one.client, &one.state) == (&other.host, &other.client, &other.state)
        }
        (Proof::Blocks { .. }, Proof::State(_)) | (Proof::State(_), Proof::Blocks { .. }) => false,
    }
}

#[cfg(test)]
mod tests;
