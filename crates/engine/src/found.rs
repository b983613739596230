//! What a search brought, each of it checked against the hash that a chain's state holds.

use types::{Acknowledgement, BlockHeight, Packet};

use crate::PacketKey;

/// A packet that was looked for. Its block was not read as a whole: if it lies in a gap, it still does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundPacket {
    /// The packet.
    pub packet: Packet,
    /// The block that sent it; 0 where that is not known.
    pub height: BlockHeight,
}

/// An acknowledgement that was looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundAcknowledgement {
    /// The packet that it answers.
    pub packet: PacketKey,
    /// Its bytes.
    pub acknowledgement: Acknowledgement,
    /// A block of the destination whose state holds it.
    pub height: BlockHeight,
}
