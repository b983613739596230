//! Proof that a chain's validators lied, in the forms that others take.
//!
//! - [`Misbehaviour`] freezes the ICS-07 clients of that chain on other chains (`ibc.lightclients.tendermint.v1`).
//!   [`plan_misbehaviour`] chooses what a client at hand can verify it by.
//! - [`LightClientAttack`] and [`DuplicateVote`] punish the validators on their own chain: [`Evidence`] is what
//!   CometBFT's `broadcast_evidence` takes (`types/evidence.go` of v0.38.23).

mod attack;
mod duplicate_vote;
mod misbehaviour;
mod plan;

#[cfg(test)]
mod tests;

use proto::tendermint_proto::types as raw;
use serde::{Serialize, Serializer, ser::SerializeStruct};
use tendermint::Hash;

pub use self::{
    attack::{AttackError, AttackRefused, LightClientAttack},
    duplicate_vote::{DuplicateVote, VotesError, VotesRefused},
    misbehaviour::{Misbehaviour, MisbehaviourError},
    plan::{HeldClient, Plan, plan_misbehaviour},
};

/// Evidence for the chain whose validators lied.
///
/// Serialised with serde_json it is the parameter `evidence` of `broadcast_evidence`: to the byte what CometBFT writes,
/// but that an absent vote has an empty signature where Go writes null, which it reads as the same.
#[derive(Clone, Debug, PartialEq)]
pub enum Evidence {
    /// A block that a light client would have believed.
    LightClientAttack(Box<LightClientAttack>),
    /// Two votes of one validator in one round.
    DuplicateVote(Box<DuplicateVote>),
}

impl Evidence {
    /// The hash under which a node knows it; the answer of `broadcast_evidence`.
    pub fn hash(&self) -> Hash {
        match self {
            Self::LightClientAttack(attack) => attack.hash(),
            Self::DuplicateVote(votes) => votes.hash(),
        }
    }
}

/// Why a message is no evidence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EvidenceError {
    /// It is of a kind that is not known here, or of none.
    #[error("evidence is of no known kind")]
    Kind,
    /// It is not the evidence of an attack that it says it is.
    #[error(transparent)]
    Attack(#[from] AttackError),
    /// It is not the evidence of two votes that it says it is.
    #[error(transparent)]
    Votes(#[from] VotesError),
}

impl TryFrom<raw::Evidence> for Evidence {
    type Error = EvidenceError;

    /// Reads evidence, as it stands in a block. What it claims is not checked here: see [`LightClientAttack::judge`] and
    /// [`DuplicateVote::judge`].
    fn try_from(raw: raw::Evidence) -> Result<Self, EvidenceError> {
        Ok(match raw.sum.ok_or(EvidenceError::Kind)? {
            raw::evidence::Sum::LightClientAttackEvidence(attack) => {
                Self::LightClientAttack(Box::new(attack.try_into()?))
            }
            raw::evidence::Sum::DuplicateVoteEvidence(votes) => Self::DuplicateVote(Box::new(votes.try_into()?)),
        })
    }
}

impl From<Evidence> for raw::Evidence {
    fn from(evidence: Evidence) -> Self {
        let sum = match evidence {
            Evidence::LightClientAttack(attack) => raw::evidence::Sum::LightClientAttackEvidence((*attack).into()),
            Evidence::DuplicateVote(votes) => raw::evidence::Sum::DuplicateVoteEvidence((*votes).into()),
        };
        Self { sum: Some(sum) }
    }
}

impl Serialize for Evidence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tagged = serializer.serialize_struct("Evidence", 2)?;
        match self {
            Self::LightClientAttack(attack) => {
                tagged.serialize_field("type", "tendermint/LightClientAttackEvidence")?;
                tagged.serialize_field("value", attack)?;
            }
            Self::DuplicateVote(votes) => {
                tagged.serialize_field("type", "tendermint/DuplicateVoteEvidence")?;
                tagged.serialize_field("value", votes)?;
            }
        }
        tagged.end()
    }
}
