//! Batches: which waiting legs are proven together, and when. Live packets go before the backlog: each batch is of one
//! age, a slot is kept for live ones, and a batch of the backlog is small, so that nothing live waits long behind it.

use types::{BlockHeight, ChainId, Order, Sequence};

use super::Engine;
use crate::batcher::{Age, Batch, GroupId, Place, Wait};
use crate::tracker::{At, Attempt};
use crate::{Action, Leg, Step};

/// Batches of one group that are prepared at a time.
const PREPARING_MAX: usize = 2;

/// Those of them that may be backlog.
const PREPARING_BACKLOG_MAX: usize = PREPARING_MAX - 1;

/// Legs of a backlog's batch, where a transaction holds fewer. A live batch's proofs wait behind theirs at the node.
const BACKLOG_LEGS: usize = 64;

impl Engine {
    pub(super) fn start_batches(&mut self, step: &mut Step) {
        for index in 0..self.batcher.groups.len() {
            let group = &self.batcher.groups[index];
            let proving = self.head_of(&group.proving_chain).map(|head| head.height);
            let submission = self.head_of(&group.chain).map(|head| head.height);
            for (at, wait) in self.batcher.groups[index].take_due(proving, submission, self.now) {
                self.plan(at, wait);
            }
            while self.start_next_batch(GroupId(index), step) {}
        }
    }

    /// Says whether a batch was started: of live packets, unless none can go or it is the backlog's turn.
    fn start_next_batch(&mut self, group: GroupId, step: &mut Step) -> bool {
        let ages = match self.batcher.groups[group.0].turns.is_backlogs() {
            true => [Age::Backlog, Age::Live],
            false => [Age::Live, Age::Backlog],
        };
        ages.into_iter().any(|age| self.may_prepare(group.0, age) && self.start_batch(group, age, step))
    }

    fn may_prepare(&mut self, index: usize, age: Age) -> bool {
        let now = self.now;
        let group = &mut self.batcher.groups[index];
        if group.retry_at.is_some_and(|at| at <= now) {
            group.retry_at = None;
        }
        let is_full = match age {
            Age::Live => group.preparing >= PREPARING_MAX,
            Age::Backlog => group.preparing >= PREPARING_MAX || group.preparing_backlog >= PREPARING_BACKLOG_MAX,
        };
        if !group.ready.has(age) || is_full || group.retry_at.is_some() {
            return false;
        }
        if age == Age::Backlog && self.batcher.yields_in_proving(GroupId(index)) {
            return false;
        }
        let group = &self.batcher.groups[index];
        let chain = group.chain.clone();
        let groups = self.batcher.groups.iter().filter(|group| group.chain == chain);
        let preparing = groups.map(|group| match age {
            Age::Live => group.preparing - group.preparing_backlog,
            Age::Backlog => group.preparing_backlog,
        });
        let preparing = preparing.sum();
        let lane = self.options.chains.get(&chain).and_then(|options| self.submitter.lanes.get(&options.lane));
        let has_cursor = self.chains.get(&chain).is_some_and(|blocks| blocks.cursor().is_some());
        has_cursor && lane.is_some_and(|lane| !lane.is_blocked(now) && !lane.is_saturated(age, preparing))
    }

    /// Says whether a batch was started.
    fn start_batch(&mut self, group_id: GroupId, age: Age, step: &mut Step) -> bool {
        let legs = self.choose(group_id, age);
        if legs.is_empty() {
            return false;
        }
        let mut fact_height = BlockHeight(0);
        let mut named = Vec::with_capacity(legs.len());
        for (at, leg) in &legs {
            if let Some(Attempt::Waiting { fact, .. }) = self.tracker.entry(*at).map(|entry| entry.attempt) {
                fact_height = fact_height.max(fact);
            }
            self.unplan(*at);
            named.push((self.tracker.directions[at.direction].packet_key(at.sequence), *leg));
        }
        let batch = self.batcher.open(Batch { group: group_id, age, legs: legs.clone() });
        for (at, leg) in legs {
            if let Some(entry) = self.tracker.entry_mut(at) {
                entry.attempt = Attempt::Preparing { leg, batch };
            }
        }
        let group = &mut self.batcher.groups[group_id.0];
        group.turns.took(age, group.ready.has(Age::Backlog));
        step.actions.push(Action::PrepareBatch {
            batch,
            path: group.path.clone(),
            chain: group.chain.clone(),
            client: group.client.clone(),
            fact_height,
            legs: named,
        });
        true
    }

    /// The legs of the next batch: each channel's in sequence, the channels by turns.
    fn choose(&mut self, group_id: GroupId, age: Age) -> Vec<(At, Leg)> {
        let group = &self.batcher.groups[group_id.0];
        let most = self.options.batch_legs_max.max(1);
        let most = match (age, self.options.chains.get(&group.chain)) {
            (Age::Backlog, Some(chain)) => most.min(chain.batch_msgs_max.max(BACKLOG_LEGS)),
            (Age::Live | Age::Backlog, _) => most,
        };
        let head = self.head_of(&group.chain).map(|head| head.height).unwrap_or_default();
        // Two relayers that clear one backlog begin at its two ends.
        let from_end = age == Age::Backlog && group.rivalry.is_raised(head);
        let candidates: Vec<(usize, Vec<Sequence>)> = group
            .ready
            .of(age)
            .iter()
            .map(|(direction, of)| {
                let from_end = from_end && self.tracker.directions[*direction].order == Order::Unordered;
                let sequences = match from_end {
                    true => of.iter().rev().take(most).copied().collect(),
                    false => of.iter().take(most).copied().collect(),
                };
                (*direction, sequences)
            })
            .collect();
        let mut turns: Vec<_> = Vec::with_capacity(candidates.len());
        for (direction, sequences) in candidates {
            turns.push(self.choose_of(direction, &sequences).into_iter());
        }
        let mut chosen = Vec::new();
        while chosen.len() < most {
            let before = chosen.len();
            chosen.extend(turns.iter_mut().filter_map(Iterator::next).take(most - before));
            if chosen.len() == before {
                break;
            }
        }
        chosen
    }

    fn choose_of(&mut self, direction: usize, sequences: &[Sequence]) -> Vec<(At, Leg)> {
        let mut chosen: Vec<(At, Leg)> = Vec::new();
        for sequence in sequences {
            let at = At { direction, sequence: *sequence };
            let planned = match self.tracker.entry(at).map(|entry| entry.attempt) {
                Some(Attempt::Waiting { leg, .. }) => leg,
                Some(Attempt::None | Attempt::Preparing { .. } | Attempt::Handed { .. }) | None => continue,
            };
            if self.leg_of(at) != Some(planned) {
                self.plan(at, Wait::Proof); // It has become too late for a recv, say.
                continue;
            }
            let joined = chosen.last().map(|(at, leg)| (at.sequence, *leg));
            let state = &self.tracker.directions[direction];
            if !state.follows(*sequence, planned, joined, |_| true) {
                break; // Nor may anything above it.
            }
            chosen.push((at, planned));
        }
        chosen
    }

    /// The place of a leg that can be proven now: its rank, or a rest where a rival is at work.
    pub(super) fn ready_place(&mut self, at: At, leg: Leg, proving: BlockHeight, wait: Wait) -> Place {
        let age = self.age_of(at, leg);
        let group_id = self.tracker.directions[at.direction].group_of(leg);
        let chain = &self.batcher.groups[group_id.0].chain;
        let head = self.head_of(chain).map(|head| head.height).unwrap_or_default();
        let block_time = self.options.chains.get(chain).map(|options| options.block_time).unwrap_or_default();
        if age == Age::Backlog || wait == Wait::Over {
            return Place::Ready(age);
        }
        let rivalry = &mut self.batcher.groups[group_id.0].rivalry;
        let rest = rivalry.rest(proving, head, block_time, self.now, &mut self.backoff);
        rest.map_or(Place::Ready(age), Place::OnTime)
    }

    /// Was the packet sent lately? On an ordered channel a leg is as old as the lowest packet that it waits for.
    fn age_of(&self, at: At, leg: Leg) -> Age {
        let direction = &self.tracker.directions[at.direction];
        let lowest = match leg {
            Leg::Recv => direction.sent.first(),
            Leg::Ack | Leg::Timeout | Leg::TimeoutOnClose => direction.open.first(),
        };
        let lowest = lowest.filter(|_| direction.lets_lower_go_first(leg));
        let sequence = lowest.copied().unwrap_or(at.sequence);
        let head = self.head_of(&direction.key.chain).map(|head| head.height).unwrap_or_default();
        let is_live = direction.packets.get(&sequence).is_some_and(|entry| entry.is_live(head));
        if is_live { Age::Live } else { Age::Backlog }
    }

    /// Whoever waited only because this chain did not answer waits no longer. A wallet that can't pay stays paused.
    pub(super) fn release_chain(&mut self, chain: &ChainId) {
        for group in &mut self.batcher.groups {
            if group.chain == *chain || group.proving_chain == *chain {
                (group.retry_at, group.tries) = (None, 0);
            }
        }
        for lane in self.submitter.lanes.values_mut().filter(|lane| lane.chain() == chain) {
            lane.release(self.now);
        }
        for direction in &mut self.tracker.directions {
            if direction.key.chain == *chain || direction.destination_chain == *chain {
                (direction.sweep.not_before, direction.sweep.tries) = (None, 0);
            }
        }
        if let Some(blocks) = self.chains.get_mut(chain).filter(|blocks| blocks.rescan_tries > 0) {
            (blocks.rescan_at, blocks.rescan_tries) = (None, 0);
        }
    }
}
