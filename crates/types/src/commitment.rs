//! ICS-04 commitments: the values that stand under the keys of [`crate::host`] and that proofs are about
//! (ibc-go `04-channel/types/packet.go`, `CommitPacket`, `CommitAcknowledgement`).
//!
//! The values here are those of IBC v1; those of v2 stand in [`v2`].

use sha2::{Digest, Sha256};

use crate::{Acknowledgement, Packet};

pub mod v2;

/// The value of a packet's receipt (ibc-go `04-channel/keeper`, `SetPacketReceipt`).
pub const RECEIPT: &[u8] = &[1];

/// What the source commits to: timeout time, timeout height and the hash of the data.
pub fn packet_commitment(packet: &Packet) -> [u8; 32] {
    let preimage = Sha256::new()
        .chain_update(packet.timeout_timestamp.0.to_be_bytes())
        .chain_update(packet.timeout_height.revision_number.to_be_bytes())
        .chain_update(packet.timeout_height.revision_height.to_be_bytes())
        .chain_update(Sha256::digest(&packet.data));
    preimage.finalize().into()
}

/// What the destination commits to: the hash of its answer.
pub fn acknowledgement_commitment(acknowledgement: &Acknowledgement) -> [u8; 32] {
    Sha256::digest(&acknowledgement.0).into()
}
