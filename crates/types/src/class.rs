//! What a failure means for the one who must react: four classes, and how far each reaches.

use serde::{Deserialize, Serialize};

/// How to react to a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Class {
    /// Somebody has done it already: drop the attempt and wait for the block's event.
    Redundant,
    /// The same request may work later: back off, without limit.
    Transient,
    /// Our view is old: read again, plan again, a bounded number of times.
    Stale,
    /// It will not work: stop what the scope names, keep the rest.
    Terminal(Scope),
}

/// How far a terminal failure reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Scope {
    /// One packet.
    Packet,
    /// One configured path.
    Path,
    /// One client.
    Client,
    /// One chain.
    Chain,
    /// The whole process.
    Process,
}

/// A transaction that was refused: in simulation, by CheckTx, or in delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// How to react.
    pub class: Class,
    /// The ABCI codespace, such as `sdk` or `channel`; empty where the node gave none.
    pub codespace: String,
    /// The ABCI code within the codespace; 0 where the node gave none.
    pub code: u32,
    /// The index of the failing message, where the log names it: a hint, never a fact.
    pub message_index: Option<usize>,
    /// The account sequence that the node expected, where the log names it: a hint, never a fact.
    pub expected_sequence: Option<crate::AccountSequence>,
    /// What the node wrote, cut to a bounded length and freed of control characters.
    pub log: String,
}
