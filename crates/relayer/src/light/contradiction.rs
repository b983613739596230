//! Two nodes, two chains: what an attack that was found between them is, as it is kept and told.

use light_client::{Attack, Outcome, Side};
use tendermint::Hash;
use types::{ChainId, Timestamp};

use super::Witnessed;
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

/// The header that more than half of the nodes have where the primary and a witness part; none where no side has so
/// many. The primary and each witness that answered with a block count as one.
pub fn majority(attack: &Attack, witnessed: &[Witnessed]) -> Option<Hash> {
    let (ours, theirs) = (attack.against_primary.conflicting.header_hash(), attack.against_primary.trusted());
    let theirs = theirs.header_hash();
    let (mut with_primary, mut with_witness, mut others) = (1_usize, 0_usize, 0_usize);
    for outcome in witnessed.iter().map(|witnessed| &witnessed.comparison.outcome) {
        match outcome {
            Outcome::Agrees => with_primary += 1,
            Outcome::Attack(other) if other.against_primary.trusted().header_hash() == theirs => with_witness += 1,
            Outcome::Attack(_) | Outcome::Unproven(_) | Outcome::NoCommonBlock { .. } => others += 1,
            Outcome::Behind { .. } | Outcome::Silent | Outcome::OtherChain { .. } => {}
        }
    }
    let all = with_primary + with_witness + others;
    [(with_primary, ours), (with_witness, theirs)].into_iter().find(|(count, _)| count * 2 > all).map(|(_, hash)| hash)
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
