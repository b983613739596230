//! A backlog lets live packets go first at the nodes too. A node answers one question after the other, and to prove or to
//! simulate a hundred packets is a long one: so nothing of a backlog is begun while a live leg between the same two chains
//! is being proven. Other chains' backlogs do not wait for it: a node that is slow holds up its own chain alone.

use super::{Age, Batcher, Group, GroupId, Turns};

/// How often a group's backlog has let live batches go first: in being proven, and in being signed.
#[derive(Debug, Default)]
pub(crate) struct Yields {
    proving: Turns,
    signing: Turns,
}

impl Batcher {
    /// Does the backlog of a group wait with its next batch?
    pub(crate) fn yields_in_proving(&self, id: GroupId) -> bool {
        !self.groups[id.0].yields.proving.is_backlogs() && self.is_live_being_proven_beside(id)
    }

    /// Does the backlog of a group wait with its next signature?
    pub(crate) fn yields_in_signing(&self, id: GroupId) -> bool {
        !self.groups[id.0].yields.signing.is_backlogs() && self.is_live_being_proven_beside(id)
    }

    fn is_live_being_proven_beside(&self, id: GroupId) -> bool {
        let group = &self.groups[id.0];
        self.groups.iter().any(|other| is_same_pair(group, other) && other.preparing > other.preparing_backlog)
    }

    /// A batch of this group is being proven from now on.
    pub(super) fn begins_proving(&mut self, id: GroupId, age: Age) {
        match age {
            Age::Backlog => self.groups[id.0].yields.proving.took(age, true),
            Age::Live => {
                for index in 0..self.groups.len() {
                    if is_same_pair(&self.groups[id.0], &self.groups[index]) {
                        let yields = &mut self.groups[index].yields;
                        yields.proving.took(age, true);
                        yields.signing.took(age, true);
                    }
                }
            }
        }
    }

    /// A transaction of this group's backlog is being signed from now on.
    pub(crate) fn begins_signing_backlog(&mut self, id: GroupId) {
        self.groups[id.0].yields.signing.took(Age::Backlog, true);
    }
}

/// Are the same two nodes asked for both?
fn is_same_pair(one: &Group, other: &Group) -> bool {
    let is_same = (&one.chain, &one.proving_chain) == (&other.chain, &other.proving_chain);
    is_same || (&one.chain, &one.proving_chain) == (&other.proving_chain, &other.chain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PathId;
    use crate::batcher::Batch;

    /// The groups of two paths, each way: a to b, b to a, a to c, c to a.
    fn batcher() -> Batcher {
        let mut batcher = Batcher::default();
        for (chain, client, proving) in [("b", 0, "a"), ("a", 0, "b"), ("c", 0, "a"), ("a", 1, "c")] {
            let client = format!("07-tendermint-{client}").parse().unwrap();
            batcher.group_of(&PathId("p".into()), &chain.parse().unwrap(), &client, &proving.parse().unwrap());
        }
        batcher
    }

    fn yielding(batcher: &Batcher) -> Vec<usize> {
        (0..4).filter(|id| batcher.yields_in_proving(GroupId(*id)) && batcher.yields_in_signing(GroupId(*id))).collect()
    }

    #[test]
    fn a_backlog_waits_while_a_live_leg_between_the_same_two_chains_is_proven() {
        let mut batcher = batcher();
        let backlog = batcher.open(Batch { group: GroupId(0), age: Age::Backlog, legs: Vec::new() });
        assert_eq!(yielding(&batcher), [0; 0]);
        let live = batcher.open(Batch { group: GroupId(0), age: Age::Live, legs: Vec::new() });
        assert_eq!(yielding(&batcher), [0, 1], "both ways of this path, and no other path");
        batcher.close(live);
        assert_eq!(yielding(&batcher), [0; 0]);
        batcher.close(backlog);
    }

    #[test]
    fn a_backlog_has_its_turn_though_live_legs_are_proven_all_the_time() {
        let mut batcher = batcher();
        let live = || Batch { group: GroupId(1), age: Age::Live, legs: Vec::new() };
        let mut last = batcher.open(live());
        let mut turns = Vec::new();
        for batch in 2..24 {
            let next = batcher.open(live());
            batcher.close(core::mem::replace(&mut last, next));
            if !batcher.yields_in_signing(GroupId(0)) {
                turns.push(batch);
                batcher.begins_signing_backlog(GroupId(0));
            }
        }
        assert_eq!(turns, [7, 14, 21]);
    }
}
