//! What blocks tell of other relayers: see [`crate::rivalry`] for the scheme.

use std::collections::{BTreeMap, BTreeSet};

use types::ChainId;
use types::event::{IbcEvent, ObservedBlock, ObservedTx};

use super::Engine;
use crate::batcher::{GroupId, Wait};
use crate::submitter::Work;
use crate::tracker::{At, Attempt};
use crate::{Action, LaneId, Leg, Notice, Progress, Step};

/// What a block showed of one group's legs.
#[derive(Debug, Default)]
struct Tally {
    /// Ours, done by somebody else while we were at it.
    contested: BTreeSet<(At, Leg)>,
    /// Done by us.
    won: usize,
    /// Done by somebody else, left to him.
    left: usize,
}

impl Engine {
    /// Tells who did what in a block, before its events change anything. A message of ours whose event is absent did
    /// nothing (ibc-go's no-op): it was paid for, and somebody else's, in an earlier place, was the one that counted.
    pub(super) fn watch_rivals(&mut self, chain: &ChainId, block: &ObservedBlock, step: &mut Step) {
        let mut done: BTreeSet<(At, Leg)> = BTreeSet::new();
        let mut tallies: BTreeMap<GroupId, Tally> = BTreeMap::new();
        for tx in block.transactions.iter().filter(|tx| tx.code == 0) {
            let deeds: BTreeSet<(At, Leg)> = tx.events.iter().filter_map(|event| self.deed(chain, event)).collect();
            match self.signed_by_us(chain, tx, block) {
                Some((lane, legs)) => {
                    let paid = self.count_ours(&legs, &deeds, &done, &mut tallies);
                    self.say_redundant(&lane, paid, true, step);
                }
                None => self.count_theirs(deeds.difference(&done), &mut tallies),
            }
            done.extend(deeds);
        }
        for (group, tally) in tallies {
            let rivalry = &mut self.batcher.groups[group.0].rivalry;
            if tally.left > 0 {
                rivalry.saw_rival(block.height);
            }
            if rivalry.judge(tally.contested.len(), tally.won, block.height) {
                self.step_back(group);
            }
        }
    }

    /// The leg that an event tells to be done.
    fn deed(&self, chain: &ChainId, event: &IbcEvent) -> Option<(At, Leg)> {
        let (direction, packet, leg) = match event {
            IbcEvent::RecvPacket { packet } => (self.tracker.on_destination(chain, packet)?, packet, Leg::Recv),
            IbcEvent::AcknowledgePacket { packet } => (self.tracker.on_source(chain, packet)?, packet, Leg::Ack),
            IbcEvent::TimeoutPacket { packet } => (self.tracker.on_source(chain, packet)?, packet, Leg::Timeout),
            IbcEvent::SendPacket { .. }
            | IbcEvent::WriteAcknowledgement { .. }
            | IbcEvent::UpdateClient { .. }
            | IbcEvent::CreateClient { .. }
            | IbcEvent::ClientMisbehaviour { .. }
            | IbcEvent::ConnectionOpen { .. }
            | IbcEvent::ChannelOpen { .. }
            | IbcEvent::ChannelClosed { .. } => return None,
        };
        Some((At { direction, sequence: packet.sequence }, leg))
    }

    /// The legs of a transaction of ours.
    fn signed_by_us(
        &self,
        chain: &ChainId,
        tx: &ObservedTx,
        block: &ObservedBlock,
    ) -> Option<(LaneId, Vec<(At, Leg)>)> {
        let mut lanes = self.submitter.lanes.iter().filter(|(id, _)| id.chain == *chain);
        let (id, job) = lanes.find_map(|(id, lane)| Some((id, lane.job_of(tx, block.height)?)))?;
        let legs = match &job.work {
            Work::Packets { legs, .. } => legs.clone(),
            Work::Update { .. } | Work::Request(_) => Vec::new(),
        };
        Some((id.clone(), legs))
    }

    /// Gives how many legs of our transaction somebody else had done.
    fn count_ours(
        &self,
        legs: &[(At, Leg)],
        deeds: &BTreeSet<(At, Leg)>,
        done: &BTreeSet<(At, Leg)>,
        tallies: &mut BTreeMap<GroupId, Tally>,
    ) -> usize {
        let mut paid = 0;
        for (at, leg) in legs {
            let tally = tallies.entry(self.tracker.directions[at.direction].group_of(*leg)).or_default();
            let deed = (*at, deed_of(*leg));
            if deeds.contains(&deed) {
                tally.won += 1;
            } else if done.contains(&deed) || self.is_done(*at, *leg) {
                tally.contested.insert(deed);
                paid += 1;
            }
        }
        paid
    }

    fn count_theirs<'a>(&self, deeds: impl Iterator<Item = &'a (At, Leg)>, tallies: &mut BTreeMap<GroupId, Tally>) {
        for (at, deed) in deeds {
            let Some(attempt) = self.tracker.entry(*at).map(|entry| entry.attempt) else { continue };
            let tally = tallies.entry(self.tracker.directions[at.direction].group_of(*deed)).or_default();
            match attempt {
                Attempt::Preparing { leg, .. } | Attempt::Handed { leg, .. } if deed_of(leg) == *deed => {
                    tally.contested.insert((*at, *deed));
                }
                Attempt::Waiting { leg, .. } if deed_of(leg) == *deed => tally.left += 1,
                Attempt::Preparing { .. } | Attempt::Handed { .. } | Attempt::Waiting { .. } | Attempt::None => {}
            }
        }
    }

    /// Was the leg's event seen already?
    fn is_done(&self, at: At, leg: Leg) -> bool {
        let progress = self.tracker.entry(at).map(|entry| entry.record.progress);
        match leg {
            Leg::Recv => progress != Some(Progress::Sent),
            Leg::Ack | Leg::Timeout | Leg::TimeoutOnClose => progress.is_none_or(crate::tracker::is_ended),
        }
    }

    /// So many of a transaction's legs were found to be done before it was signed or taken.
    pub(super) fn found_redundant(
        &mut self,
        lane: &LaneId,
        group: Option<GroupId>,
        (redundant, all): (usize, usize),
        step: &mut Step,
    ) {
        self.say_redundant(lane, redundant, false, step);
        let Some(group) = group else { return };
        let head = self.head_of(&lane.chain).map(|head| head.height).unwrap_or_default();
        if self.batcher.groups[group.0].rivalry.judge(redundant, all - redundant, head) {
            self.step_back(group);
        }
    }

    fn say_redundant(&self, lane: &LaneId, messages: usize, is_paid: bool, step: &mut Step) {
        if messages > 0 {
            let notice = Notice::Redundant { lane: lane.clone(), messages, is_paid };
            step.actions.push(Action::Notify { notice });
        }
    }

    /// What is queued and not signed yet goes back: the rival may be about to do it.
    fn step_back(&mut self, group: GroupId) {
        let lanes = self.submitter.lanes.values_mut();
        let jobs: Vec<_> = lanes.flat_map(|lane| lane.take_queued_of(group)).collect();
        for job in jobs {
            self.legs_return(&job, Wait::Proof);
        }
    }
}

/// Both ways to time a packet out are the same deed.
fn deed_of(leg: Leg) -> Leg {
    match leg {
        Leg::Recv => Leg::Recv,
        Leg::Ack => Leg::Ack,
        Leg::Timeout | Leg::TimeoutOnClose => Leg::Timeout,
    }
}
