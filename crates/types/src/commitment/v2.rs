//! The commitments of IBC v2 (ibc-go `04-channel/v2/types/commitment.go`).

use sha2::{Digest, Sha256};

use crate::packet_v2::{Acknowledgement, Packet, Payload};

/// The value of a packet's receipt (ibc-go `04-channel/v2/keeper`, `SetPacketReceipt`).
pub const RECEIPT: &[u8] = &[2];

/// Sets the preimages of v2 apart from those of v1.
const VERSION: [u8; 1] = [2];

/// What the source commits to: destination client, timeout and payloads, each hashed.
pub fn packet_commitment(packet: &Packet) -> [u8; 32] {
    let mut payloads = Sha256::new();
    for payload in &packet.payloads {
        payloads.update(payload_hash(payload));
    }
    let preimage = Sha256::new()
        .chain_update(VERSION)
        .chain_update(Sha256::digest(packet.destination_client.as_str()))
        .chain_update(Sha256::digest(packet.timeout_timestamp.0.to_be_bytes()))
        .chain_update(payloads.finalize());
    preimage.finalize().into()
}

/// What the destination commits to: each application's answer, hashed.
pub fn acknowledgement_commitment(acknowledgement: &Acknowledgement) -> [u8; 32] {
    let mut preimage = Sha256::new_with_prefix(VERSION);
    for answer in &acknowledgement.app_acknowledgements {
        preimage.update(Sha256::digest(answer));
    }
    preimage.finalize().into()
}

fn payload_hash(payload: &Payload) -> [u8; 32] {
    let preimage = Sha256::new()
        .chain_update(Sha256::digest(payload.source_port.as_str()))
        .chain_update(Sha256::digest(payload.destination_port.as_str()))
        .chain_update(Sha256::digest(&payload.version))
        .chain_update(Sha256::digest(&payload.encoding))
        .chain_update(Sha256::digest(&payload.value));
    preimage.finalize().into()
}
