//! What is to be done next to freeze a client by a case. Decided by what the client holds alone; nothing is asked here.
//!
//! Nothing is sent that the client's own rules do not take for what it shall be: a supporting update must update, what
//! shall freeze must freeze.

use std::collections::{BTreeMap, BTreeSet};

use light_client::{
    Divergence, Effect, Header, HeldClient, LightBlock, Misbehaviour, Plan, Refused, TrustedState, ValidatorSet,
    judge_header, plan_misbehaviour,
};
use tendermint::Hash;
use types::client::Status;
use types::{BlockHeight, Height};

use super::held::Held;
use crate::evidence::{FalseState, Proof};

/// What is to be done next.
#[derive(Debug)]
pub(super) enum Next {
    /// Submit this, which freezes the client.
    Freeze(Box<Freezing>),
    /// Update the client by this first.
    Update(Box<Header>),
    /// Fetch the validators of this height, which have this hash.
    Validators { at: BlockHeight, hash: Hash },
    /// No state that the client holds below the block reaches it: update the client from this state to it, in steps.
    Steps { from: Height, to: Box<LightBlock> },
    /// It is frozen.
    Frozen,
    /// By what the client holds, the case can't freeze it.
    Cant(String),
}

/// What freezes a client.
#[derive(Debug)]
pub(super) enum Freezing {
    /// Two blocks that contradict each other.
    Misbehaviour(Box<Misbehaviour>),
    /// A block that contradicts what the client holds.
    Header(Box<Header>),
}

/// Validators that are known beside those of the case, and states whose validators can't be had.
#[derive(Debug, Default)]
pub(super) struct Known {
    pub(super) sets: Vec<ValidatorSet>,
    /// Heights of states whose validators nobody has: they are made up, or too old.
    pub(super) left_out: BTreeSet<Height>,
}

/// What is to be done next to freeze a client by a case.
pub(super) fn next(proof: &Proof, held: &Held, known: &Known) -> Next {
    match proof {
        Proof::Blocks { case, reverse } => match by_blocks(case, held, known) {
            Next::Cant(reason) => match reverse {
                Some(reverse) => by_blocks(reverse, held, known),
                None => Next::Cant(reason),
            },
            next
            @ (Next::Freeze(_) | Next::Update(_) | Next::Validators { .. } | Next::Steps { .. } | Next::Frozen) => next,
        },
        Proof::State(case) => by_state(case, held, known),
    }
}

/// The heights that a case is about.
pub(super) fn heights(proof: &Proof) -> Vec<Height> {
    let height = |block: &LightBlock| TrustedState::of_verified(block).map(|state| state.height);
    let heights = |case: &Divergence| -> Vec<Height> {
        let blocks = [&case.common, &case.conflicting].into_iter().chain(&case.branch);
        blocks.filter_map(|block| height(block).ok()).collect()
    };
    match proof {
        Proof::Blocks { case, reverse } => {
            core::iter::once(case).chain(reverse).flat_map(|case| heights(case)).collect()
        }
        Proof::State(case) => {
            let blocks = core::iter::once(&case.common).chain(&case.branch);
            blocks.filter_map(|block| height(block).ok()).chain([case.state.height]).collect()
        }
    }
}

fn by_blocks(case: &Divergence, held: &Held, known: &Known) -> Next {
    let mut states = held.states.clone();
    // What the client is active by stays.
    states.retain(|height, _| *height == held.state.latest_height || !known.left_out.contains(height));
    let client = HeldClient { id: &held.client, state: &held.state, states: &states };
    match plan_misbehaviour(client, case, &known.sets, held.now) {
        Plan::Submit(misbehaviour) => Next::Freeze(Box::new(Freezing::Misbehaviour(misbehaviour))),
        Plan::NeedsValidators { at, hash } => Next::Validators { at, hash },
        Plan::NeedsUpdate(block) | Plan::NeedsBranch(block) => {
            let sets = Sets::new(core::iter::once(&case.common).chain(&case.branch), known);
            match way(&block, held, &sets, known) {
                Way::Taken(header, Effect::Updates(_)) => Next::Update(header),
                // What the client holds contradicts a block that is verified from what it holds.
                Way::Taken(header, Effect::Freezes(_)) => Next::Freeze(Box::new(Freezing::Header(header))),
                Way::Taken(_, Effect::Nothing) => Next::Cant(format!("it holds block {} already", block.height())),
                Way::Validators { at, hash } => Next::Validators { at, hash },
                Way::Far { from } => Next::Steps { from, to: block },
                Way::None(reason) => Next::Cant(reason),
            }
        }
        Plan::NotActive(status) => not_active(status),
        Plan::OutOfReach(height) => Next::Cant(format!("it holds nothing below {height} that it still trusts")),
        Plan::Useless(Some(refused)) => Next::Cant(refused.to_string()),
        Plan::Useless(None) => Next::Cant("the two blocks do not contradict each other to it".to_owned()),
    }
}

/// The true blocks, the furthest that the client takes first.
fn by_state(case: &FalseState, held: &Held, known: &Known) -> Next {
    let sets = Sets::new(core::iter::once(&case.common).chain(&case.branch), known);
    let (mut first_need, mut reason) = (None, "the case has no block above the common one".to_owned());
    for (index, block) in case.branch.iter().enumerate().rev() {
        let is_last = index + 1 == case.branch.len();
        match way(block, held, &sets, known) {
            Way::Taken(header, Effect::Freezes(_)) => return Next::Freeze(Box::new(Freezing::Header(header))),
            Way::Taken(_, Effect::Updates(_) | Effect::Nothing) if is_last => {
                return Next::Cant("it holds nothing that the true block contradicts".to_owned());
            }
            Way::Taken(header, Effect::Updates(_)) => return Next::Update(header),
            Way::Taken(_, Effect::Nothing) => {}
            Way::Validators { at, hash } => first_need = first_need.or(Some(Next::Validators { at, hash })),
            Way::Far { from } => {
                first_need = first_need.or_else(|| Some(Next::Steps { from, to: Box::new(block.clone()) }));
            }
            Way::None(refused) => {
                if is_last {
                    reason = refused;
                }
            }
        }
    }
    match judge_status(held) {
        Some(next) => next,
        None => first_need.unwrap_or(Next::Cant(reason)),
    }
}

fn judge_status(held: &Held) -> Option<Next> {
    let status = light_client::client_status(&held.state, &held.states, held.now);
    (status != Status::Active).then(|| not_active(status))
}

fn not_active(status: Status) -> Next {
    match status {
        Status::Frozen => Next::Frozen,
        Status::Active | Status::Expired | Status::Unauthorized | Status::Unknown => {
            Next::Cant(format!("it is {status}"))
        }
    }
}

/// Validator sets by their hash, as a consensus state has it.
struct Sets<'a>(BTreeMap<Vec<u8>, &'a ValidatorSet>);

impl<'a> Sets<'a> {
    fn new(blocks: impl Iterator<Item = &'a LightBlock>, known: &'a Known) -> Self {
        let of_blocks = blocks.flat_map(|block| core::iter::once(&block.validators).chain(&block.next_validators));
        Self(of_blocks.chain(&known.sets).map(|set| (set.hash().as_bytes().to_vec(), set)).collect())
    }
}

/// How the client gets to a block.
enum Way {
    /// It takes this header, which does that.
    Taken(Box<Header>, Effect),
    Validators {
        at: BlockHeight,
        hash: Hash,
    },
    /// Too few of those that it trusts signed the block.
    Far {
        from: Height,
    },
    None(String),
}

/// From the highest state below the block that reaches it.
fn way(block: &LightBlock, held: &Held, sets: &Sets<'_>, known: &Known) -> Way {
    let height = match TrustedState::of_verified(block) {
        Ok(state) => state.height,
        Err(invalid) => return Way::None(invalid.to_string()),
    };
    let (mut need, mut refused) = (None, None);
    for (trusted, state) in held.states.range(..height).rev() {
        if known.left_out.contains(trusted) {
            continue;
        }
        let Some(set) = sets.0.get(state.next_validators_hash.as_slice()) else {
            let at = BlockHeight(trusted.revision_height).next();
            if let Ok(hash) = Hash::try_from(state.next_validators_hash.clone()) {
                need = need.or(Some(Way::Validators { at, hash }));
            }
            continue;
        };
        let header = Header::new(block.clone(), *trusted, (*set).clone());
        match judge_header(&held.state, &held.states, &header, held.now) {
            Ok(effect) => return Way::Taken(Box::new(header), effect),
            Err(Refused::NotEnoughTrust(_)) => need = need.or(Some(Way::Far { from: *trusted })),
            Err(
                reason @ (Refused::NotActive(_)
                | Refused::NoConsensusState(_)
                | Refused::NotAboveTrusted { .. }
                | Refused::Invalid(_)),
            ) => refused = refused.or(Some(reason.to_string())),
        }
    }
    let below = || format!("it holds nothing below {height} that it still trusts");
    need.unwrap_or_else(|| Way::None(refused.unwrap_or_else(below)))
}

#[cfg(test)]
mod tests;
