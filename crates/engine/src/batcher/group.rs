//! What goes to one chain and is proven by one client there, and what each leg of it waits for.

use std::collections::{BTreeMap, BTreeSet};

use types::{BlockHeight, ChainId, ClientId};

use super::yielding::Yields;
use super::{Age, Ready, Turns};
use crate::rivalry::Rivalry;
use crate::submitter::JobId;
use crate::tracker::At;
use crate::{Instant, PathId};

/// What a waiting leg waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wait {
    /// That the fact can be proven, and that no rival proves it first.
    Proof,
    /// That the fact can be proven: what there was to wait for is over.
    Over,
    /// So many blocks more of the proving chain.
    ProvingBlocks(u64),
    /// So many blocks more of the chain that it is submitted to: an event may come.
    SubmissionBlocks(u64),
    /// An instant.
    Until(Instant),
}

/// All legs that go to one chain and are proven by one client there.
#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) path: PathId,
    /// Where the legs are submitted.
    pub(crate) chain: ChainId,
    /// The client there.
    pub(crate) client: ClientId,
    /// The chain that the client tracks.
    pub(crate) proving_chain: ChainId,
    /// What may be proven now.
    pub(crate) ready: Ready,
    /// Whose turn it is to be proven.
    pub(crate) turns: Turns,
    pub(super) yields: Yields,
    on_proving_head: BTreeSet<(BlockHeight, At)>,
    on_submission_head: BTreeSet<(BlockHeight, At)>,
    on_time: BTreeSet<(Instant, At)>,
    /// Where each waiting leg stands.
    places: BTreeMap<At, Place>,
    /// Batches in preparation.
    pub(crate) preparing: usize,
    /// Those of them that are backlog.
    pub(crate) preparing_backlog: usize,
    /// How far we step back for others that relay here.
    pub(crate) rivalry: Rivalry,
    /// The update that begins a connection's delay, the last one that was handed to the lane.
    pub(crate) beginning: Option<JobId>,
    /// No batch before this instant.
    pub(crate) retry_at: Option<Instant>,
    /// Failures in a row.
    pub(crate) tries: u32,
    /// Was the client said to be unusable?
    pub(crate) is_unusable: bool,
}

/// Where a waiting leg stands in its group.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    Ready(Age),
    OnProvingHead(BlockHeight),
    OnSubmissionHead(BlockHeight),
    OnTime(Instant),
}

impl Group {
    pub(crate) fn new(path: PathId, chain: ChainId, client: ClientId, proving_chain: ChainId) -> Self {
        Self {
            path,
            chain,
            client,
            proving_chain,
            ready: Ready::default(),
            turns: Turns::default(),
            yields: Yields::default(),
            on_proving_head: BTreeSet::new(),
            on_submission_head: BTreeSet::new(),
            on_time: BTreeSet::new(),
            places: BTreeMap::new(),
            preparing: 0,
            preparing_backlog: 0,
            rivalry: Rivalry::default(),
            beginning: None,
            retry_at: None,
            tries: 0,
            is_unusable: false,
        }
    }

    /// Puts a leg in its place, out of any other.
    pub(crate) fn put(&mut self, at: At, place: Place) {
        self.take(at);
        self.places.insert(at, place);
        match place {
            Place::Ready(age) => self.ready.insert(age, at),
            Place::OnProvingHead(height) => {
                self.on_proving_head.insert((height, at));
            }
            Place::OnSubmissionHead(height) => {
                self.on_submission_head.insert((height, at));
            }
            Place::OnTime(instant) => {
                self.on_time.insert((instant, at));
            }
        }
    }

    /// Takes a leg out of its place.
    pub(crate) fn take(&mut self, at: At) {
        match self.places.remove(&at) {
            None => {}
            Some(Place::Ready(age)) => self.ready.remove(age, at),
            Some(Place::OnProvingHead(height)) => {
                self.on_proving_head.remove(&(height, at));
            }
            Some(Place::OnSubmissionHead(height)) => {
                self.on_submission_head.remove(&(height, at));
            }
            Some(Place::OnTime(instant)) => {
                self.on_time.remove(&(instant, at));
            }
        }
    }

    /// Where a waiting leg stands.
    pub(crate) fn place(&self, at: At) -> Option<Place> {
        self.places.get(&at).copied()
    }

    /// Takes out what waited for a head or an instant that has come, and says what it waits for now.
    pub(crate) fn take_due(
        &mut self,
        proving: Option<BlockHeight>,
        submission: Option<BlockHeight>,
        now: Instant,
    ) -> Vec<(At, Wait)> {
        let mut due: Vec<(At, Wait)> = Vec::new();
        if let Some(head) = proving {
            let come = self.on_proving_head.iter().take_while(|(height, _)| *height <= head);
            due.extend(come.map(|(_, at)| (*at, Wait::Proof)));
        }
        if let Some(head) = submission {
            let come = self.on_submission_head.iter().take_while(|(height, _)| *height <= head);
            due.extend(come.map(|(_, at)| (*at, Wait::Proof)));
        }
        let come = self.on_time.iter().take_while(|(instant, _)| *instant <= now);
        due.extend(come.map(|(_, at)| (*at, Wait::Over)));
        for (at, _) in &due {
            self.take(*at);
        }
        due
    }

    /// When the next leg that waits for an instant is due, or the group itself.
    pub(crate) fn next_instant(&self) -> Option<Instant> {
        let leg = self.on_time.first().map(|(instant, _)| *instant);
        leg.into_iter().chain(self.retry_at).min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use types::Sequence;

    #[test]
    fn a_waiting_leg_stands_in_one_place_only() {
        let chain: ChainId = "a".parse().unwrap();
        let client: ClientId = "07-tendermint-0".parse().unwrap();
        let mut group = Group::new(PathId("p".into()), chain.clone(), client, chain);
        let at = At { direction: 0, sequence: Sequence(1) };
        group.put(at, Place::OnTime(Instant(5)));
        group.put(at, Place::OnProvingHead(BlockHeight(9)));
        assert_eq!(group.take_due(Some(BlockHeight(8)), None, Instant(100)), []);
        group.put(at, Place::Ready(Age::Backlog));
        group.put(at, Place::Ready(Age::Live));
        assert_eq!(group.take_due(Some(BlockHeight(9)), Some(BlockHeight(9)), Instant(100)), []);
        assert_eq!((group.places.len(), group.ready.has(Age::Live), group.ready.has(Age::Backlog)), (1, true, false));
        group.take(at);
        assert_eq!((group.places.len(), group.ready.has(Age::Live)), (0, false));
    }
}
