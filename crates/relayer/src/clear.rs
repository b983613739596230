//! Clearing: everything that is pending on some channels is brought to its end, and what is left is told with its
//! reason. The same engine as the daemon's; whoever runs it (a daemon or a command of its own) is the same here.

use std::collections::BTreeSet;

use engine::{ChannelKey, PacketKey};
use serde::{Deserialize, Serialize};

use crate::reason::Reason;

/// What is to be cleared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearRequest {
    /// Channel ends that packets are sent from.
    pub channels: BTreeSet<ChannelKey>,
    /// Only these packets of theirs, if given.
    pub packets: Option<BTreeSet<PacketKey>>,
}

/// How far a clearing is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearProgress {
    /// Packets that were found pending so far.
    pub found: usize,
    /// Those of them that came to their end.
    pub ended: usize,
}

/// How a clearing ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClearReport {
    /// Packets that came to their end.
    pub ended: usize,
    /// What is left.
    pub left: Vec<Left>,
    /// Whose word "nothing else is left" is: addresses of nodes, without credentials.
    pub word_of: Vec<String>,
    /// Does it rest on two endpoints of each chain, or on proofs?
    pub is_confirmed: bool,
}

/// A packet that is left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Left {
    /// The packet.
    pub packet: PacketKey,
    /// Why.
    pub reason: Reason,
    /// The same in words, with what the chain or the policy said.
    pub detail: String,
}
