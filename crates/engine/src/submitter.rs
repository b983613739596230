//! The one hand that signs: lanes, what waits for them, and how requests from outside the packet machine ended.

pub(crate) mod lane;

use std::collections::BTreeMap;

use types::{BlockHeight, Refusal};

use crate::batcher::GroupId;
use crate::tracker::At;
use crate::{Created, Instant, LaneId, Leg, Message, Options, Outcome, Priority, RequestId, TxId};

pub(crate) use lane::Lane;

/// Numbers what is handed to a lane; not durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct JobId(pub(crate) u64);

/// What a job does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// Legs of packets behind `updates` client updates. The group is unknown of what an earlier process signed.
    Packets { group: Option<GroupId>, updates: usize, legs: Vec<(At, Leg)> },
    /// Client updates alone, from which a connection's delay counts.
    Update { group: GroupId, updates: usize },
    /// A request from outside the packet machine.
    Request(RequestId),
}

/// Messages that shall stand in one transaction.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    pub(crate) id: JobId,
    pub(crate) priority: Priority,
    pub(crate) work: Work,
    /// Updates first, then one message a leg; none if an earlier process signed them.
    pub(crate) messages: Vec<Message>,
    /// The job whose transaction must stand before this one's.
    pub(crate) after: Option<JobId>,
    /// How often it ran out of gas.
    pub(crate) gas_tries: u32,
    /// How often it was made anew for another reason.
    pub(crate) tries: u32,
}

impl Job {
    /// Is it that request?
    pub(crate) fn is_request(&self, id: &RequestId) -> bool {
        match &self.work {
            Work::Request(own) => own == id,
            Work::Packets { .. } | Work::Update { .. } => false,
        }
    }
}

impl Job {
    /// The group that it is of, if that is known.
    pub(crate) fn group(&self) -> Option<GroupId> {
        match self.work {
            Work::Packets { group, .. } => group,
            Work::Update { group, .. } => Some(group),
            Work::Request(_) => None,
        }
    }

    /// Does it bring legs of that group on their way?
    pub(crate) fn carries_legs_of(&self, of: GroupId) -> bool {
        match &self.work {
            Work::Packets { group, legs, .. } => *group == Some(of) && !legs.is_empty(),
            Work::Update { .. } | Work::Request(_) => false,
        }
    }
}

/// How a job left its lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// It stands in a block and succeeded.
    Committed { height: BlockHeight, created: Vec<Created> },
    /// It stands in a block and failed.
    Failed(Refusal),
    /// Refused before it was in any block: a message is bad.
    Rejected(Refusal),
    /// Refused before it was in any block: it is done already.
    Redundant(Refusal),
    /// Refused before it was in any block: the messages are old.
    Stale(Refusal),
    /// It was signed, and stands in no block. Not `certain` where blocks that might have held it are lost.
    Void { certain: bool },
    /// What it builds upon did not happen.
    Cancelled,
}

/// A job that left its lane.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) job: Job,
    pub(crate) how: How,
}

/// All lanes.
#[derive(Debug)]
pub(crate) struct Submitter {
    pub(crate) lanes: BTreeMap<LaneId, Lane>,
    /// Requests that ended and were not forgotten yet.
    pub(crate) concluded: BTreeMap<RequestId, Outcome>,
    last_job: u64,
    last_tx: u64,
}

impl Submitter {
    /// A lane for each chain.
    pub(crate) fn new(options: &Options) -> Self {
        let lanes = options.chains.values().map(|chain| (chain.lane.clone(), Lane::new(chain))).collect();
        Self { lanes, concluded: BTreeMap::new(), last_job: 0, last_tx: 0 }
    }

    /// Numbers a new job.
    pub(crate) fn next_job(&mut self) -> JobId {
        self.last_job += 1;
        JobId(self.last_job)
    }

    /// Numbers a new transaction. Our clock is in the number, so that it was used by no earlier process either, even
    /// where that one left an empty outbox.
    pub(crate) fn next_tx(&mut self, now: Instant) -> TxId {
        self.last_tx = self.last_tx.saturating_add(1).max(now.0.saturating_mul(1_000));
        TxId(self.last_tx)
    }

    /// An earlier process used this number.
    pub(crate) fn saw_tx(&mut self, tx: TxId) {
        self.last_tx = self.last_tx.max(tx.0);
    }

    /// The job of a request, wherever it is.
    pub(crate) fn request_mut(&mut self, id: &RequestId) -> Option<&mut Job> {
        self.lanes.values_mut().find_map(|lane| lane.request_mut(id))
    }
}
