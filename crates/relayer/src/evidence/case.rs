//! A proven attack: what contradicts what, and where that was seen.

use light_client::{AttackKind, Divergence, Evidence, LightBlock, LightClientAttack, TrustedState};
use serde::{Deserialize, Serialize};
use types::{BlockHeight, ChainId, ClientId, Height, Timestamp};

/// An attack on the light clients of a chain, proven: whoever has it needs no node of that chain to be convinced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Case {
    /// The attacked chain, whose validators signed two things that can't both be true.
    pub chain: ChainId,
    /// Where it was seen.
    pub found: Found,
    /// When, by our clock.
    pub at: Timestamp,
    /// What contradicts what.
    pub proof: Proof,
}

/// Where an attack was seen.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Found {
    /// A client holds a state that its chain never had.
    ConsensusState {
        /// Who holds the client.
        host: ChainId,
        /// The client.
        client: ClientId,
        /// The height that the state claims.
        height: Height,
    },
    /// A transaction brought a client the header.
    Update {
        /// Who holds the client.
        host: ChainId,
        /// The client.
        client: ClientId,
        /// Who signed the transaction.
        signer: String,
        /// Its hash, in hexadecimal.
        transaction: String,
        /// The block that it stands in.
        block: BlockHeight,
    },
    /// Two nodes of the chain have different blocks, each with its signatures. Addresses stand here without credentials.
    Nodes {
        /// The one whose header was in question.
        primary: String,
        /// The one that contradicts it.
        witness: String,
    },
    /// The chain's own validators have put it into a block.
    Committed {
        /// The block.
        block: BlockHeight,
    },
}

/// What contradicts what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Two blocks under signatures of the chain's validators. Freezes every client of the chain that trusts a block below
    /// them.
    Blocks {
        /// The case against the side that is held for the liar.
        case: Box<Divergence>,
        /// The case against the other side, where nobody can say by the blocks alone who lied.
        reverse: Option<Box<Divergence>>,
    },
    /// What a client holds, and the true header that contradicts it, while the header that it was told is not known.
    /// Freezes that client alone.
    State(Box<FalseState>),
}

/// A consensus state that is no header's of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FalseState {
    /// Who holds the client.
    pub host: ChainId,
    /// The client.
    pub client: ClientId,
    /// What it holds.
    pub state: TrustedState,
    /// A true block whose state the client holds as well, with its next validators.
    pub common: LightBlock,
    /// True blocks that lead on from there, each verified by the one before it; the last contradicts the state. It is of
    /// the same height, or, where the chain has not come so far, of a lower one and not earlier than the state.
    pub branch: Vec<LightBlock>,
}

impl Case {
    /// What is claimed: a word for people and metrics.
    pub fn kind(&self) -> &'static str {
        match &self.proof {
            Proof::Blocks { case, .. } => match case.kind {
                AttackKind::Equivocation => "equivocation",
                AttackKind::Amnesia => "amnesia",
                AttackKind::Lunatic => "lunatic",
                AttackKind::ForwardLunatic => "forward_lunatic",
                AttackKind::TimeViolation => "time_violation",
            },
            Proof::State(_) => "false_state",
        }
    }

    /// The height of the block, or of the state, that is in question.
    pub fn height(&self) -> BlockHeight {
        match &self.proof {
            Proof::Blocks { case, .. } => case.conflicting.height(),
            Proof::State(state) => BlockHeight(state.state.height.revision_height),
        }
    }

    /// The block from which everything is verified: trust in the case is trust in this one.
    pub fn common(&self) -> &LightBlock {
        match &self.proof {
            Proof::Blocks { case, .. } => &case.common,
            Proof::State(state) => &state.common,
        }
    }

    /// What the attacked chain's own nodes take as evidence. Nodes that are on the side of the accused refuse it.
    pub fn evidence(&self) -> Vec<Evidence> {
        let attack = |case| Evidence::LightClientAttack(Box::new(LightClientAttack::of(case)));
        self.proof.cases().map(attack).collect()
    }
}

impl Proof {
    /// The cases against one block or two, the likelier first; none against a state whose block is not known.
    pub(crate) fn cases(&self) -> impl Iterator<Item = &Divergence> {
        let cases = match self {
            Self::Blocks { case, reverse } => [Some(case), reverse.as_ref()],
            Self::State(_) => [None, None],
        };
        cases.into_iter().flatten().map(Box::as_ref)
    }
}
