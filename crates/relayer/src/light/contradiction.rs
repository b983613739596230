//! Two nodes, two chains: what an attack that was found between them is, as it is kept and told.

use light_client::{Attack, Side};
use tendermint::Hash;
use types::{ChainId, Timestamp};

use crate::evidence::{Case, Found, Proof};

/// An attack that two nodes show by what they say, each with its signatures.
#[derive(Clone, Debug)]
pub struct Contradiction {
    /// The node whose header was in question.
    pub primary: String,
    /// The node that contradicts it.
    pub witness: String,
    /// What each says.
    pub attack: Attack,
}

/// Why one of two nodes is held for the liar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grounds {
    /// It contradicts itself: it lies, whatever the truth is.
    OwnWords,
    /// More nodes have the other's header. They may all be wrong.
    Majority,
}

impl Contradiction {
    /// Which of the two lied, as far as it is known. `truth` is the header that most nodes have at the height of the
    /// conflict, if there is a majority.
    pub fn liar(&self, truth: Option<Hash>) -> Option<(Side, Grounds)> {
        let by_own_words = self.attack.liar().map(|side| (side, Grounds::OwnWords));
        let by_majority = || truth.and_then(|truth| self.attack.liar_by(truth)).map(|side| (side, Grounds::Majority));
        by_own_words.or_else(by_majority)
    }

    /// The case to keep: against the liar, or where nobody is known for it against the primary, the other way behind it.
    pub fn into_case(self, chain: ChainId, at: Timestamp, truth: Option<Hash>) -> Case {
        let liar = self.liar(truth).map(|(side, _)| side);
        let Attack { against_primary, against_witness } = self.attack;
        let (case, reverse) = match (liar, against_witness) {
            (Some(Side::Witness), Ok(against_witness)) => (against_witness, Some(against_primary)),
            (Some(Side::Primary | Side::Witness) | None, against_witness) => (against_primary, against_witness.ok()),
        };
        let found = Found::Nodes { primary: self.primary, witness: self.witness };
        Case { chain, found, at, proof: Proof::Blocks { case: Box::new(case), reverse: reverse.map(Box::new) } }
    }
}
