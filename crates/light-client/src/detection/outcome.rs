//! What a comparison found, and who lied, as far as it can be known.

use tendermint::Hash;
use types::BlockHeight;

use super::{Divergence, Side};
use crate::Invalid;

/// What the comparison with one witness found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Both have the same header. Proposer priorities, which stand in no header, are not compared.
    Agrees,
    /// The witness has not come so far, nor is it late enough to contradict the header. No attack.
    Behind {
        /// Its head.
        head: BlockHeight,
    },
    /// The witness does not answer. No attack.
    Silent,
    /// The witness is a node of another chain, or of another revision of it. No attack.
    OtherChain {
        /// The chain of the trace.
        expected: String,
        /// The chain of the witness.
        got: String,
    },
    /// The two differ at the root of trust already, so that neither can be measured by the other. Somebody was given
    /// the wrong root; no attack can be told.
    NoCommonBlock {
        /// The root of trust.
        height: BlockHeight,
        /// What the witness has there.
        got: Hash,
    },
    /// The witness says something else, and can't prove it. No attack; ask another witness.
    Unproven(Invalid),
    /// There are two branches, both of which a light client believes.
    Attack(Box<Attack>),
}

/// Two branches, both of which a light client believes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attack {
    /// The case against the primary, for the witness and its chain. True if the witness is honest.
    pub against_primary: Divergence,
    /// The case against the witness, for the primary and its chain, or why there is none. True if the primary is
    /// honest.
    pub against_witness: Result<Divergence, Unanswered>,
}

/// Why nothing can be said against a side.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// The primary, asked for the blocks that led to its header, does not answer. That proves nothing.
    #[error("the primary does not answer")]
    Silent,
    /// The primary, asked for the blocks that led to its header, can't prove it any more. What it proved before still
    /// stands.
    #[error("the primary can't prove its header: {0}")]
    Unproven(Invalid),
    /// The primary has another common block now than in the trace that it gave.
    #[error("the primary has block {got} at height {height} now")]
    OtherTale {
        /// The height of the common block.
        height: BlockHeight,
        /// The hash of what the primary has there now.
        got: Hash,
    },
    /// The primary has the very blocks of the witness, as far as those go.
    #[error("the primary has the blocks of the witness")]
    Agrees,
}

impl Attack {
    /// The side that contradicts itself, and so lied whatever the truth is: the primary, when it has another common
    /// block than before, or all blocks of a witness whose head is later than its own higher header. Otherwise nobody
    /// can say by the two alone; see [`Attack::liar_by`].
    pub fn liar(&self) -> Option<Side> {
        match &self.against_witness {
            Err(Unanswered::OtherTale { .. } | Unanswered::Agrees) => Some(Side::Primary),
            Err(Unanswered::Silent | Unanswered::Unproven(_)) | Ok(_) => None,
        }
    }

    /// The side that lied, when the hash of the true header at the height of the conflict is known from elsewhere: an
    /// operator, or more witnesses. None when it is neither's.
    pub fn liar_by(&self, truth: Hash) -> Option<Side> {
        let case = &self.against_primary;
        if case.conflicting.header_hash() == truth {
            Some(Side::Witness)
        } else if case.trusted().header_hash() == truth {
            Some(Side::Primary)
        } else {
            None
        }
    }
}
