//! ICS-04 packets of IBC v2: from client to client, with payloads for one or more applications
//! (ibc-go `04-channel/v2/types`).

use std::sync::Arc;

use proto::ibc::core::channel::v2 as raw;
use serde::{Deserialize, Serialize};

use crate::wire::wrong_value;
use crate::{ClientId, PortId, Sequence, Timestamp, UnixSeconds, WireError};

/// A packet of IBC v2.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Packet {
    /// Counts the packets of the source client.
    pub sequence: Sequence,
    /// The client on the source that tracks the destination.
    pub source_client: ClientId,
    /// The client on the destination that tracks the source.
    pub destination_client: ClientId,
    /// Block time of the destination, in whole seconds, from which on the packet is refused there.
    pub timeout_timestamp: UnixSeconds,
    /// What the applications sent, in order; ibc-go v10 and v11 allow exactly one.
    pub payloads: Vec<Payload>,
}

/// What one application sent.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Payload {
    /// The port on the source.
    pub source_port: PortId,
    /// The port on the destination.
    pub destination_port: PortId,
    /// The application's version, such as `ics20-1`.
    pub version: String,
    /// How the value is encoded, such as `application/json`.
    pub encoding: String,
    /// What the application sent; opaque here.
    #[serde(with = "crate::hex_bytes")]
    pub value: Arc<[u8]>,
}

/// What the applications of a destination answered, one answer a payload, or a single [`UNIVERSAL_ERROR`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Acknowledgement {
    /// The answers, in the payloads' order; opaque.
    pub app_acknowledgements: Vec<Vec<u8>>,
}

/// The answer of a destination where an application refused: the hash of `UNIVERSAL_ERROR_ACKNOWLEDGEMENT`
/// (ibc-go `04-channel/v2/types/acknowledgement.go`).
pub const UNIVERSAL_ERROR: [u8; 32] = [
    0x47, 0x74, 0xd4, 0xa5, 0x75, 0x99, 0x3f, 0x96, 0x3b, 0x1c, 0x06, 0x57, 0x37, 0x36, 0x61, 0x7a, 0x45, 0x7a, 0xbe,
    0xf8, 0x58, 0x91, 0x78, 0xdb, 0x8d, 0x10, 0xc9, 0x4b, 0x4a, 0xb5, 0x11, 0xab,
];

impl Packet {
    /// Has the packet timed out at a destination block of this time?
    ///
    /// ibc-go compares whole seconds, and equality counts as timed out (`04-channel/v2/keeper/packet.go`).
    pub fn is_timed_out_at(&self, time: Timestamp) -> bool {
        time.as_seconds() >= self.timeout_timestamp.0
    }
}

impl TryFrom<raw::Packet> for Packet {
    type Error = WireError;

    /// ibc-go `Packet.ValidateBasic`, except the number and the total size of payloads, which a later version may raise.
    fn try_from(raw: raw::Packet) -> Result<Self, WireError> {
        if raw.sequence == 0 {
            return Err(wrong_value::<raw::Packet>("sequence", "is 0"));
        }
        if raw.timeout_timestamp == 0 {
            return Err(wrong_value::<raw::Packet>("timeout_timestamp", "is 0"));
        }
        if raw.payloads.is_empty() {
            return Err(wrong_value::<raw::Packet>("payloads", "is empty"));
        }
        Ok(Self {
            sequence: Sequence(raw.sequence),
            source_client: raw.source_client.parse()?,
            destination_client: raw.destination_client.parse()?,
            timeout_timestamp: UnixSeconds(raw.timeout_timestamp),
            payloads: raw.payloads.into_iter().map(Payload::try_from).collect::<Result<_, _>>()?,
        })
    }
}

impl From<Packet> for raw::Packet {
    fn from(packet: Packet) -> Self {
        Self {
            sequence: packet.sequence.0,
            source_client: packet.source_client.into(),
            destination_client: packet.destination_client.into(),
            timeout_timestamp: packet.timeout_timestamp.0,
            payloads: packet.payloads.into_iter().map(Into::into).collect(),
        }
    }
}

impl TryFrom<raw::Payload> for Payload {
    type Error = WireError;

    /// ibc-go `Payload.ValidateBasic`.
    fn try_from(raw: raw::Payload) -> Result<Self, WireError> {
        let fields = [
            ("version", raw.version.trim().len()),
            ("encoding", raw.encoding.trim().len()),
            ("value", raw.value.len()),
        ];
        if let Some((field, _)) = fields.into_iter().find(|(_, size)| *size == 0) {
            return Err(wrong_value::<raw::Payload>(field, "is empty"));
        }
        Ok(Self {
            source_port: raw.source_port.parse()?,
            destination_port: raw.destination_port.parse()?,
            version: raw.version,
            encoding: raw.encoding,
            value: raw.value.into(),
        })
    }
}

impl From<Payload> for raw::Payload {
    fn from(payload: Payload) -> Self {
        Self {
            source_port: payload.source_port.into(),
            destination_port: payload.destination_port.into(),
            version: payload.version,
            encoding: payload.encoding,
            value: payload.value.to_vec(),
        }
    }
}

impl TryFrom<raw::Acknowledgement> for Acknowledgement {
    type Error = WireError;

    /// ibc-go `Acknowledgement.Validate`, except the number of answers.
    fn try_from(raw: raw::Acknowledgement) -> Result<Self, WireError> {
        let answers = raw.app_acknowledgements;
        if answers.is_empty() || answers.iter().any(Vec::is_empty) {
            return Err(wrong_value::<raw::Acknowledgement>("app_acknowledgements", "is empty, or one of them is"));
        }
        Ok(Self { app_acknowledgements: answers })
    }
}

impl From<Acknowledgement> for raw::Acknowledgement {
    fn from(acknowledgement: Acknowledgement) -> Self {
        Self { app_acknowledgements: acknowledgement.app_acknowledgements }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timeouts_are_judged_by_whole_seconds() {
        let packet = Packet {
            sequence: Sequence(1),
            source_client: "07-tendermint-0".parse().unwrap(),
            destination_client: "07-tendermint-1".parse().unwrap(),
            timeout_timestamp: UnixSeconds(1_700_000_000),
            payloads: Vec::new(),
        };
        assert!(!packet.is_timed_out_at(Timestamp(1_699_999_999_999_999_999)));
        assert!(packet.is_timed_out_at(Timestamp(1_700_000_000_000_000_000)));
    }
}
