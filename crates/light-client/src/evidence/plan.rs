//! By what can a client at hand verify two headers that contradict each other? A client verifies each header of a
//! misbehaviour by a consensus state that it holds; where it holds none that reaches, it must be updated first.

use std::collections::BTreeMap;

use tendermint::Hash;
use types::{BlockHeight, ClientId, ClientState, Height, Timestamp, client::Status};

use super::Misbehaviour;
use crate::{
    ConsensusStates, Divergence, Effect, Header, LightBlock, MisbehaviourRefused, Place, Refused, ValidatorSet,
    client::{height_of, is_trusted, verify_one},
    client_status, judge_misbehaviour, rules,
};

/// A client that shall be frozen, as its chain holds it.
#[derive(Clone, Copy, Debug)]
pub struct HeldClient<'a> {
    /// Its id.
    pub id: &'a ClientId,
    /// Its state.
    pub state: &'a ClientState,
    /// Its consensus states.
    pub states: &'a ConsensusStates,
}

/// What is to be done next to freeze a client.
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plan {
    /// Submit this, alone in its transaction. It was judged as the client's chain will judge it.
    Submit(Box<Misbehaviour>),
    /// Fetch the validators of this height (they are the next validators of a consensus state that the client holds one
    /// below), add them to what is known, and plan again.
    NeedsValidators {
        /// The height whose validators are wanted.
        at: BlockHeight,
        /// Their hash.
        hash: Hash,
    },
    /// Update the client to this block first, a supporting update, and plan again. It is the common block, which both
    /// sides have.
    NeedsUpdate(Box<LightBlock>),
    /// Update the client to this block first, and plan again. It is of the side that the case holds for true, and leads
    /// from the common block to the one that is compared: where it is not known that this side is honest, the update
    /// may be to a lie.
    NeedsBranch(Box<LightBlock>),
    /// The client takes nothing any more; one that is frozen already is where it shall be.
    NotActive(Status),
    /// Nothing that the client holds and trusts is below this block, so that no update can lead there.
    OutOfReach(Height),
    /// The two blocks do not move the client. Not after a [`crate::Detector`] has found them.
    Useless(Option<MisbehaviourRefused>),
}

/// What the client at hand needs, to be frozen by the case against one side, at the time `now` of its chain.
///
/// A header is verified by the highest consensus state below it that reaches: of those whose validators are known here,
/// from the blocks of the case or from `known`; else, if it is not known, by the highest that is not above the common
/// block (those above may be of either side, those below it overlap less), or by the lowest if all are above. If none
/// reaches, the common block and, for
/// the block that is held for true, the blocks of its branch lead there by updates, lowest first. Both cases of an
/// [`crate::Attack`] freeze a client alike; take the one that accuses the side which is less believed.
///
/// ```
/// use std::{collections::BTreeMap, time::Duration};
///
/// use lightship_light_client::{
///     Conflict, Divergence, Effect, HeldClient, LightBlock, Plan, TrustThreshold, TrustedState, ValidatorSet,
///     judge_misbehaviour, plan_misbehaviour,
/// };
/// use tendermint_testgen::{Generator, LightBlock as Fixture};
/// use types::{ClientState, ConsensusState, Timestamp};
///
/// let block = |height: u64, second: i64| -> LightBlock {
///     let time = tendermint::Time::from_unix_timestamp(second, 0).expect("a time");
///     let fixture = Fixture::new_default_with_time_and_chain_id("chain-1".into(), time, height).generate().expect("a block");
///     let set = |set: tendermint::validator::Set| ValidatorSet::new(set.validators, None).expect("a valid set");
///     LightBlock {
///         signed_header: fixture.signed_header,
///         validators: set(fixture.validators),
///         next_validators: Some(set(fixture.next_validators)),
///     }
/// };
/// // Block 2 is common, there are two blocks 9.
/// let (common, truth, lie) = (block(2, 2), block(9, 9), block(9, 10));
///
/// // What a chain holds of its client, as it was queried: block 2.
/// let known = TrustedState::of_verified(&common).expect("a block that a client can hold");
/// let state = ClientState {
///     chain_id: known.chain_id,
///     trust_level: TrustThreshold::ONE_THIRD,
///     trusting_period: Duration::from_secs(14 * 24 * 3600),
///     unbonding_period: Duration::from_secs(21 * 24 * 3600),
///     max_clock_drift: Duration::from_secs(10),
///     frozen_height: None,
///     latest_height: known.height,
///     proof_specs: types::client::sdk_proof_specs(),
///     upgrade_path: types::client::sdk_upgrade_path(),
///     allow_update_after_expiry: false,
///     allow_update_after_misbehaviour: false,
/// };
/// let consensus_state = ConsensusState {
///     timestamp: known.time,
///     root: known.root.0,
///     next_validators_hash: known.next_validators_hash.as_bytes().to_vec(),
/// };
/// let states = BTreeMap::from([(known.height, consensus_state)]);
///
/// let id = "07-tendermint-0".parse().expect("a client id");
/// let now = Timestamp::from_seconds(60);
/// let case = Divergence::new(common, vec![truth], lie);
/// let client = HeldClient { id: &id, state: &state, states: &states };
/// let Plan::Submit(misbehaviour) = plan_misbehaviour(client, &case, &[], now) else { panic!("block 2 reaches both") };
/// assert_eq!(judge_misbehaviour(&state, &states, &misbehaviour, now), Ok(Effect::Freezes(Conflict::Fork)));
/// ```
pub fn plan_misbehaviour(client: HeldClient<'_>, case: &Divergence, known: &[ValidatorSet], now: Timestamp) -> Plan {
    let status = client_status(client.state, client.states, now);
    match status {
        Status::Active => {}
        Status::Frozen | Status::Expired | Status::Unauthorized | Status::Unknown => return Plan::NotActive(status),
    }
    let sets = sets_by_hash(case, known);
    let planner = Planner { client, case, sets, now };
    let plan = |place, block| planner.header(block).map_err(|stop| stop.plan(place));
    let conflicting = match plan(Place::First, &case.conflicting) {
        Ok(header) => header,
        Err(plan) => return plan,
    };
    let trusted = match plan(Place::Second, case.trusted()) {
        Ok(header) => header,
        Err(plan) => return plan,
    };
    let misbehaviour = Misbehaviour::new(client.id.clone(), conflicting, trusted);
    match judge_misbehaviour(client.state, client.states, &misbehaviour, now) {
        Ok(Effect::Freezes(_)) => Plan::Submit(Box::new(misbehaviour)),
        Ok(Effect::Updates(_) | Effect::Nothing) => Plan::Useless(None),
        Err(refused) => Plan::Useless(Some(refused)),
    }
}

struct Planner<'a> {
    client: HeldClient<'a>,
    case: &'a Divergence,
    sets: BTreeMap<Vec<u8>, &'a ValidatorSet>,
    now: Timestamp,
}

/// Why there is no header yet.
enum Stop {
    Plan(Plan),
    Refused(Refused),
}

impl Stop {
    fn plan(self, place: Place) -> Plan {
        match self {
            Self::Plan(plan) => plan,
            Self::Refused(refused) => Plan::Useless(Some(MisbehaviourRefused::Header(place, refused))),
        }
    }
}

impl From<Refused> for Stop {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl Planner<'_> {
    /// A block with a consensus state that the client verifies it by.
    fn header(&self, block: &LightBlock) -> Result<Header, Stop> {
        let height = height_of(&block.signed_header.header).map_err(Refused::from)?;
        for (trusted, set) in self.held_below(height).filter_map(|(height, hash)| Some((height, *self.sets.get(hash)?)))
        {
            let header = Header::new(block.clone(), trusted, set.clone());
            match verify_one(self.client.state, self.client.states, &header, self.now) {
                Ok(()) => return Ok(header),
                Err(Refused::NotEnoughTrust(_)) => {}
                Err(
                    refused @ (Refused::NotActive(_)
                    | Refused::NoConsensusState(_)
                    | Refused::NotAboveTrusted { .. }
                    | Refused::Invalid(_)),
                ) => return Err(refused.into()),
            }
        }
        Err(Stop::Plan(self.support(block, height)?))
    }

    /// The consensus states below a height that are trusted still, highest first.
    fn held_below(&self, height: Height) -> impl Iterator<Item = (Height, &Vec<u8>)> {
        let HeldClient { state, states, .. } = self.client;
        let held = states.range(..height).rev().filter(|(_, held)| is_trusted(state, held, self.now));
        held.map(|(height, held)| (*height, &held.next_validators_hash))
    }

    /// What brings the client nearer to a block.
    fn support(&self, block: &LightBlock, height: Height) -> Result<Plan, Refused> {
        let common = height_of(&self.case.common.signed_header.header)?;
        let below = Height { revision_height: common.revision_height.saturating_add(1), ..common };
        let nearest = self.held_below(below.min(height)).next().or_else(|| self.held_below(height).last());
        if let Some((held, hash)) = nearest
            && !self.sets.contains_key(hash)
        {
            let at = BlockHeight(held.revision_height).next();
            return Ok(Plan::NeedsValidators { at, hash: rules::sha256(hash)? });
        }
        let is_true = block.header_hash() == self.case.trusted().header_hash();
        let branch = if is_true { self.case.branch.as_slice() } else { &[] };
        for (index, step) in core::iter::once(&self.case.common).chain(branch).enumerate() {
            let step_height = height_of(&step.signed_header.header)?;
            if step_height >= height {
                break;
            }
            if self.client.states.contains_key(&step_height) {
                continue;
            }
            if self.held_below(step_height).next().is_none() {
                return Ok(Plan::OutOfReach(step_height));
            }
            let step = Box::new(step.clone());
            return Ok(if index == 0 { Plan::NeedsUpdate(step) } else { Plan::NeedsBranch(step) });
        }
        Ok(Plan::OutOfReach(height))
    }
}

/// The validator sets at hand, by their hashes as a consensus state has them.
fn sets_by_hash<'a>(case: &'a Divergence, known: &'a [ValidatorSet]) -> BTreeMap<Vec<u8>, &'a ValidatorSet> {
    let blocks = core::iter::once(&case.common).chain(&case.branch).chain(core::iter::once(&case.conflicting));
    let of_blocks = blocks.flat_map(|block| core::iter::once(&block.validators).chain(&block.next_validators));
    of_blocks.chain(known).map(|set| (set.hash().as_bytes().to_vec(), set)).collect()
}

#[cfg(test)]
mod tests;
