//! Groups legs by where they are submitted and which client proves them, and cuts proven legs into transactions.
//!
//! A waiting leg stands in exactly one place of its group: `ready`, or one of the three deferrals.

mod ready;

use std::collections::{BTreeMap, BTreeSet};

use types::{BlockHeight, ChainId, ClientId};

use crate::rivalry::Rivalry;
use crate::submitter::JobId;
use crate::tracker::At;
use crate::{BatchId, ChainOptions, Instant, Leg, Message, PathId};
pub(crate) use ready::{Age, Ready, Turns};

/// Index of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GroupId(pub(crate) usize);

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

/// A batch in preparation.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) group: GroupId,
    pub(crate) age: Age,
    pub(crate) legs: Vec<(At, Leg)>,
}

/// All groups and batches.
#[derive(Debug, Default)]
pub(crate) struct Batcher {
    pub(crate) groups: Vec<Group>,
    pub(crate) batches: BTreeMap<BatchId, Batch>,
    by_client: BTreeMap<(ChainId, ClientId), GroupId>,
    last_batch: u64,
}

impl Batcher {
    /// The group of a chain and a client there.
    pub(crate) fn group_of(
        &mut self,
        path: &PathId,
        chain: &ChainId,
        client: &ClientId,
        proving_chain: &ChainId,
    ) -> GroupId {
        let groups = &mut self.groups;
        *self.by_client.entry((chain.clone(), client.clone())).or_insert_with(|| {
            groups.push(Group::new(path.clone(), chain.clone(), client.clone(), proving_chain.clone()));
            GroupId(groups.len() - 1)
        })
    }

    /// Numbers a new batch.
    pub(crate) fn open(&mut self, batch: Batch) -> BatchId {
        self.last_batch += 1;
        let id = BatchId(self.last_batch);
        let group = &mut self.groups[batch.group.0];
        group.preparing += 1;
        group.preparing_backlog += usize::from(batch.age == Age::Backlog);
        self.batches.insert(id, batch);
        id
    }

    /// A batch's preparation has ended.
    pub(crate) fn close(&mut self, id: BatchId) -> Option<Batch> {
        let batch = self.batches.remove(&id)?;
        let group = &mut self.groups[batch.group.0];
        group.preparing = group.preparing.saturating_sub(1);
        group.preparing_backlog = group.preparing_backlog.saturating_sub(usize::from(batch.age == Age::Backlog));
        Some(batch)
    }
}

/// A proven leg, with its message and how often its transaction was halved.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) at: At,
    pub(crate) leg: Leg,
    pub(crate) message: Message,
    pub(crate) split: u32,
}

/// Cuts legs into transactions in their order: by count, halved once for each split of any leg in it, and by bytes.
/// `first_bytes` are those of the updates that may stand before the legs.
pub(crate) fn cut(pieces: Vec<Piece>, options: &ChainOptions, first_bytes: usize) -> Vec<Vec<Piece>> {
    let mut chunks: Vec<Vec<Piece>> = Vec::new();
    let (mut room, mut bytes) = (0, 0usize);
    for piece in pieces {
        let cap = options.batch_msgs_max.max(1).checked_shr(piece.split).unwrap_or(0).max(1);
        let size = piece.message.size();
        let count = chunks.last().map_or(0, Vec::len);
        let fits = count < room.min(cap) && bytes.saturating_add(size) <= options.tx_bytes_max;
        match chunks.last_mut() {
            Some(chunk) if fits => {
                chunk.push(piece);
                room = room.min(cap);
                bytes = bytes.saturating_add(size);
            }
            Some(_) | None => {
                bytes = if chunks.is_empty() { first_bytes.saturating_add(size) } else { size };
                room = cap;
                chunks.push(vec![piece]);
            }
        }
    }
    chunks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::chain_options;
    use types::Sequence;

    fn pieces(splits: &[u32]) -> Vec<Piece> {
        let piece = |(i, split): (usize, &u32)| Piece {
            at: At { direction: 0, sequence: Sequence(i as u64) },
            leg: Leg::Recv,
            message: Message { type_url: "/m".into(), value: vec![0; 86].into() },
            split: *split,
        };
        splits.iter().enumerate().map(piece).collect()
    }

    fn sizes(splits: &[u32], msgs_max: usize, bytes_max: usize, first_bytes: usize) -> Vec<usize> {
        let mut options = chain_options("a");
        options.batch_msgs_max = msgs_max;
        options.tx_bytes_max = bytes_max;
        cut(pieces(splits), &options, first_bytes).iter().map(Vec::len).collect()
    }

    #[test]
    fn legs_are_cut_by_count_and_bytes() {
        assert_eq!(sizes(&[0; 10], 4, 100_000, 0), [4, 4, 2]);
        assert_eq!(sizes(&[0; 10], 100, 300, 0), [3, 3, 3, 1]);
        assert_eq!(sizes(&[0; 4], 100, 300, 150), [1, 3]);
        assert_eq!(sizes(&[0; 2], 100, 10, 0), [1, 1], "what is too big goes alone");
        assert_eq!(sizes(&[0; 2], 0, 1_000, 0), [1, 1], "a limit of none still lets one through");
    }

    #[test]
    fn a_halved_leg_halves_its_transaction() {
        assert_eq!(sizes(&[1, 1, 1, 1, 0, 0, 0, 0], 4, 100_000, 0), [2, 2, 4]);
        assert_eq!(sizes(&[0, 9, 0, 0], 4, 100_000, 0), [1, 1, 2], "a suspect goes alone");
        assert_eq!(sizes(&[99, 0], 4, 100_000, 0), [1, 1]);
    }

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
