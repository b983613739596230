//! What is asked and answered through the control socket.

use engine::PacketKey;
use serde::{Deserialize, Serialize};

use crate::clear::{ClearProgress, ClearReport, ClearRequest};
use crate::explain::PacketFacts;

/// What a command asks of the process that owns the store.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Request {
    /// Clear, and tell of it until it is done.
    Clear(ClearRequest),
    /// What the relayer knows of a packet.
    Packet(PacketKey),
}

/// What the process answers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// How far a clearing is; not final.
    Progress(ClearProgress),
    /// A clearing ended.
    Cleared(ClearReport),
    /// What the relayer knows of a packet.
    Packet(Box<PacketFacts>),
    /// The request can't be served.
    Failed {
        /// Why, and the mend.
        message: String,
    },
}
