//! Who waits for which blocks: without I/O.

use std::collections::BTreeMap;

use chain::Endpoint;
use tokio::sync::mpsc;
use types::BlockHeight;
use types::event::ObservedBlock;

use crate::recover::heights::Heights;
use crate::recover::sought::{Found, Sought, Wanted};

/// Blocks of one job, at most: so often the reading may turn to who joined meanwhile.
const JOB_BLOCKS_MAX: usize = 32;
/// Blocks in a row that can't be read, after which a node is given up for this search.
const FAILURES_MAX: u32 = 8;

/// All searches of a chain's blocks.
#[derive(Debug, Default)]
pub(super) struct Board {
    last_id: u64,
    parties: BTreeMap<u64, Party>,
    /// Blocks that are read at the same time: grows while all goes well, halves when something fails.
    in_flight: usize,
    read_count: u64,
}

/// The blocks of one node that a search is to go through.
#[derive(Clone, Debug)]
pub(super) struct Part {
    endpoint: Endpoint,
    asked: Heights,
    left: Heights,
    failed: Heights,
}

impl Part {
    pub(super) fn new(endpoint: Endpoint, asked: Heights) -> Self {
        Self { endpoint, left: asked.clone(), asked, failed: Heights::default() }
    }

    pub(super) fn lowest(&self) -> Option<u64> {
        self.asked.lowest()
    }
}

/// One search.
#[derive(Debug)]
pub(super) struct Party {
    sought: Sought,
    wanted: Wanted,
    /// What is left to be read, the part that is being read first, reversed.
    parts: Vec<Part>,
    found: mpsc::Sender<Found>,
    /// Blocks in a row that could not be read.
    failures: u32,
    /// What some node told, and what some node could not tell.
    told: Heights,
    failed: Heights,
}

impl Party {
    pub(super) fn new(sought: Sought, wanted: Wanted, mut parts: Vec<Part>, found: mpsc::Sender<Found>) -> Self {
        parts.reverse();
        let (told, failed) = Default::default();
        Self { sought, wanted, parts, found, failures: 0, told, failed }
    }

    fn is_done(&self) -> bool {
        self.wanted.is_empty() || self.parts.is_empty()
    }

    fn waits_for(&self, node: &str, height: u64) -> bool {
        let is_next = |part: &Part| part.left.highest() == Some(height) && part.endpoint.name() == node;
        !self.is_done() && self.parts.last().is_some_and(is_next)
    }

    /// The block that was waited for was read, or can't be.
    fn passed(&mut self, is_read: bool) {
        let Some(part) = self.parts.last_mut() else { return };
        let height = part.left.pop();
        self.failures = if is_read { 0 } else { self.failures + 1 };
        if let Some(height) = height.filter(|_| !is_read) {
            part.failed.add(&Heights::range(height, height));
        }
        if self.failures >= FAILURES_MAX {
            part.failed.add(&core::mem::take(&mut part.left));
        }
        if part.left.is_empty() {
            self.told.add_exactly(&part.asked.without(&part.failed));
            self.failed.add(&part.failed);
            self.failures = 0;
            self.parts.pop();
        }
    }
}

/// The next blocks to read, in this order.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) endpoint: Endpoint,
    pub(super) heights: Vec<u64>,
    pub(super) in_flight: usize,
}

impl Board {
    pub(super) fn join(&mut self, party: Party) -> u64 {
        self.last_id += 1;
        self.parties.insert(self.last_id, party);
        self.last_id
    }

    /// Takes a search off, with what it has not found, and the blocks that some node could not tell and none told.
    pub(super) fn leave(&mut self, id: u64) -> Option<(Wanted, Heights)> {
        self.parties.remove(&id).map(|party| (party.wanted, party.failed.without(&party.told)))
    }

    pub(super) fn is_done(&self, id: u64) -> bool {
        self.parties.get(&id).is_none_or(Party::is_done)
    }

    /// What to read next: of those who are at their first nodes, the highest.
    pub(super) fn next_job(&mut self, in_flight_max: usize) -> Option<Job> {
        let open = self.parties.values().filter(|party| !party.is_done());
        let next = open.filter_map(|party| Some((party.parts.len(), party.parts.last()?)));
        let (_, part) = next.max_by_key(|(nodes_left, part)| (*nodes_left, part.left.highest()))?;
        let (endpoint, heights) = (part.endpoint.clone(), part.left.descending().take(JOB_BLOCKS_MAX).collect());
        self.in_flight = (self.in_flight + 1).min(in_flight_max).max(1);
        Some(Job { endpoint, heights, in_flight: self.in_flight })
    }

    /// A block of a node, or that it can't be read: gives each search what is believed of it, and how many blocks were
    /// read so far.
    pub(super) fn take(
        &mut self,
        node: &str,
        height: u64,
        block: Option<&ObservedBlock>,
    ) -> (Vec<(mpsc::Sender<Found>, Found)>, u64) {
        let mut taken = Vec::new();
        for party in self.parties.values_mut().filter(|party| party.waits_for(node, height)) {
            for event in block.into_iter().flat_map(ObservedBlock::events) {
                if let Some((sequence, bytes)) = party.sought.claim(event)
                    && party.wanted.take(sequence, &bytes)
                {
                    taken.push((party.found.clone(), Found { sequence, bytes, height: BlockHeight(height) }));
                }
            }
            party.passed(block.is_some());
        }
        self.read_count += 1;
        if block.is_none() {
            self.in_flight /= 2;
        }
        (taken, self.read_count)
    }

    /// Is there still a search that wants this block?
    pub(super) fn is_waited_for(&self, node: &str, height: u64) -> bool {
        self.parties.values().any(|party| party.waits_for(node, height))
    }

    /// What is wanted by all together.
    pub(super) fn wanted_count(&self) -> usize {
        self.parties.values().map(|party| party.wanted.len()).sum()
    }
}

#[cfg(test)]
mod tests;
