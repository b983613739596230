//! Groups legs by where they are submitted and which client proves them, and cuts proven legs into transactions.
//!
//! A waiting leg stands in exactly one place of its group: `ready`, or one of the three deferrals.

mod cut;
mod group;
mod ready;
mod yielding;

use std::collections::BTreeMap;

use types::{ChainId, ClientId};

use crate::tracker::At;
use crate::{BatchId, Leg, PathId};
pub(crate) use cut::{Piece, cut};
pub(crate) use group::{Group, Place, Wait};
pub(crate) use ready::{Age, Ready, Turns};

/// Index of a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct GroupId(pub(crate) usize);

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
        self.begins_proving(batch.group, batch.age);
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
