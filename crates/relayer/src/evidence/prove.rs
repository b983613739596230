//! Is a case proven? By the rules of the light client, from its common block alone; no node is asked.
//!
//! Trust in the case is trust in its common block: whoever knows the chain compares its hash. From there each block of
//! the branch is verified by the one before it, and the block in question by the common one.

use std::time::Duration;

use light_client::{
    AttackKind, Conflict, Divergence, Invalid, LightBlock, Options, StateField, TrustThreshold, TrustedState, Verdict,
    verify,
};
use tendermint::Hash;
use types::{BlockHeight, Timestamp};

use super::{Case, FalseState, Proof};

/// What a case proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proven {
    /// The height of the common block.
    pub common: BlockHeight,
    /// Its hash, by which it is known whether it is the chain's.
    pub common_hash: Hash,
    /// In what way the two sides contradict each other.
    pub conflict: Conflict,
    /// In what a client's state differs from the chain's, where the case is about a state of the same height: whether
    /// the client holds that state is to be asked of its host.
    pub differs: Vec<StateField>,
}

/// Why a case is not proven.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// The common block does not stand by itself.
    #[error("the common block {0} can't be trusted whatever its hash: {1}")]
    Common(BlockHeight, #[source] Invalid),
    /// A block does not follow from the one that it is verified by.
    #[error("block {0} is not verified by the one before it: {1}")]
    Block(BlockHeight, String),
    /// Both sides can be true.
    #[error("the two sides do not contradict each other")]
    NoConflict,
    /// The file calls it something else than its blocks show.
    #[error("the blocks show {shown:?}, the case says {said:?}, or it accuses others than signed")]
    Otherwise {
        /// What the blocks show.
        shown: AttackKind,
        /// What the case says.
        said: AttackKind,
    },
    /// It is not about the chain that it names.
    #[error("the case is about {said}, its blocks are of {got}")]
    OtherChain {
        /// What the case says.
        said: String,
        /// What the blocks say.
        got: String,
    },
}

/// Proves a case at the time at which it was found, or says why it is none. `trusting_period` is how long a block of
/// the attacked chain is trusted.
///
/// # Errors
/// See [`Unproven`].
pub fn prove(case: &Case, trusting_period: Duration) -> Result<Proven, Unproven> {
    let common = case.common();
    let got = common.signed_header.header.chain_id.as_str();
    if got != case.chain.as_str() {
        return Err(Unproven::OtherChain { said: case.chain.to_string(), got: got.to_owned() });
    }
    let (conflict, differs) = match &case.proof {
        Proof::Blocks { case: divergence, reverse } => {
            if let Some(other) = reverse {
                blocks(other, trusting_period, case.at)?;
            }
            (blocks(divergence, trusting_period, case.at)?, Vec::new())
        }
        Proof::State(state) => state_conflict(state, trusting_period, case.at)?,
    };
    Ok(Proven { common: common.height(), common_hash: common.header_hash(), conflict, differs })
}

/// Two blocks, each by the common one.
fn blocks(case: &Divergence, trusting_period: Duration, at: Timestamp) -> Result<Conflict, Unproven> {
    let path = Path { trusting_period, at };
    path.follow(&case.common, &case.branch)?;
    path.follow(&case.common, std::slice::from_ref(&case.conflicting))?;
    let shown = Divergence::new(case.common.clone(), case.branch.clone(), case.conflicting.clone());
    if (shown.kind, &shown.byzantine) != (case.kind, &case.byzantine) {
        return Err(Unproven::Otherwise { shown: shown.kind, said: case.kind });
    }
    let (one, other) = (&case.conflicting.signed_header.header, &case.trusted().signed_header.header);
    let (low, high) = if one.height < other.height { (one, other) } else { (other, one) };
    match low.height == high.height {
        true if one.hash() != other.hash() => Ok(Conflict::Fork),
        false if high.time <= low.time => Ok(Conflict::Time),
        true | false => Err(Unproven::NoConflict),
    }
}

/// A true block against what a client is said to hold.
fn state_conflict(
    case: &FalseState,
    trusting_period: Duration,
    at: Timestamp,
) -> Result<(Conflict, Vec<StateField>), Unproven> {
    Path { trusting_period, at }.follow(&case.common, &case.branch)?;
    let last = case.branch.last().ok_or(Unproven::NoConflict)?;
    let truth = TrustedState::of_verified(last).map_err(|invalid| Unproven::Common(last.height(), invalid))?;
    let said = &case.state;
    if truth.height == said.height {
        let differs = [
            (truth.time != said.time, StateField::Timestamp),
            (truth.root != said.root, StateField::Root),
            (truth.next_validators_hash != said.next_validators_hash, StateField::NextValidatorsHash),
        ];
        let differs: Vec<_> = differs.into_iter().filter_map(|(differs, field)| differs.then_some(field)).collect();
        return if differs.is_empty() { Err(Unproven::NoConflict) } else { Ok((Conflict::Fork, differs)) };
    }
    let is_early = truth.height < said.height && truth.time >= said.time;
    let is_late = truth.height > said.height && truth.time <= said.time;
    if is_early || is_late { Ok((Conflict::Time, Vec::new())) } else { Err(Unproven::NoConflict) }
}

struct Path {
    trusting_period: Duration,
    at: Timestamp,
}

impl Path {
    /// Verifies block after block, the first by `common`.
    fn follow(&self, common: &LightBlock, blocks: &[LightBlock]) -> Result<(), Unproven> {
        let (mut trusted, mut next) = TrustedState::anchor(common, common.header_hash())
            .map_err(|invalid| Unproven::Common(common.height(), invalid))?;
        for (index, block) in blocks.iter().enumerate() {
            let refused = |reason: String| Unproven::Block(block.height(), reason);
            let state = TrustedState::of_verified(block).map_err(|invalid| refused(invalid.to_string()))?;
            let options = Options {
                trust_threshold: TrustThreshold::ONE_THIRD,
                trusting_period: self.trusting_period,
                // A misbehaviour may lie ahead of every clock (ibc-go asks no drift of it).
                clock_drift: Duration::from_nanos(state.time.0.saturating_sub(self.at.0)) + Duration::from_secs(1),
            };
            match verify(block, &trusted, &next, &options, self.at) {
                Verdict::Success => {}
                Verdict::NotEnoughTrust(tally) => return Err(refused(format!("too few trusted votes: {tally}"))),
                Verdict::Invalid(invalid) => return Err(refused(invalid.to_string())),
            }
            if index + 1 < blocks.len() {
                let missing = || refused("it comes without the validators that sign after it".to_owned());
                next = block.next_validators.clone().ok_or_else(missing)?;
            }
            trusted = state;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
