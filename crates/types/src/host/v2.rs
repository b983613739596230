//! The keys of IBC v2: client, one byte for the kind, sequence big-endian (ibc-go `24-host/v2/packet_keys.go`).

use super::CommitmentKey;
use crate::{ClientId, Sequence};

/// Where the commitment of a packet that was sent through this client stands.
pub fn commitment_key(source_client: &ClientId, sequence: Sequence) -> CommitmentKey {
    packet_key(source_client, 1, sequence)
}

/// Where the receipt of a packet that was received through this client stands.
pub fn receipt_key(destination_client: &ClientId, sequence: Sequence) -> CommitmentKey {
    packet_key(destination_client, 2, sequence)
}

/// Where the commitment of the acknowledgement that was written for this client stands.
pub fn acknowledgement_key(destination_client: &ClientId, sequence: Sequence) -> CommitmentKey {
    packet_key(destination_client, 3, sequence)
}

fn packet_key(client: &ClientId, kind: u8, sequence: Sequence) -> CommitmentKey {
    let mut key = client.as_str().as_bytes().to_vec();
    key.push(kind);
    key.extend(sequence.0.to_be_bytes());
    CommitmentKey(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The values are those of ibc-go's `24-host/v2/packet_key_test.go`.
    #[test]
    fn keys_are_those_that_ibc_go_documents() {
        let client: ClientId = "channel-0".parse().unwrap();
        let hex = |key: CommitmentKey| hex::encode(key.as_bytes());
        assert_eq!(hex(commitment_key(&client, Sequence(1))), "6368616e6e656c2d30010000000000000001");
        assert_eq!(hex(receipt_key(&client, Sequence(1))), "6368616e6e656c2d30020000000000000001");
        assert_eq!(hex(acknowledgement_key(&client, Sequence(1))), "6368616e6e656c2d30030000000000000001");
    }
}
