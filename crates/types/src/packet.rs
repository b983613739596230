//! ICS-04 packets of IBC v1 and what identifies them.

use core::fmt;
use std::sync::Arc;

use proto::ibc::core::channel::v1::Packet as RawPacket;
use serde::{Deserialize, Serialize};

use crate::wire::wrong_value;
use crate::{ChannelId, Height, PortId, Timestamp, WireError};

/// ICS-04 packet sequence, counted from 1 within a channel end (v1) or a client (v2).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Sequence(pub u64);

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The nonce of a Cosmos account: never to be mixed up with a packet's [`Sequence`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountSequence(pub u64);

impl AccountSequence {
    /// The sequence of the account's next transaction.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for AccountSequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A packet of IBC v1 (ICS-04 `Packet`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Packet {
    /// Counts the packets of the source channel end.
    pub sequence: Sequence,
    /// Port of the source channel end.
    pub source_port: PortId,
    /// Channel of the source channel end.
    pub source_channel: ChannelId,
    /// Port of the destination channel end.
    pub destination_port: PortId,
    /// Channel of the destination channel end.
    pub destination_channel: ChannelId,
    /// What the application sent; opaque here.
    #[serde(with = "crate::hex_bytes")]
    pub data: Arc<[u8]>,
    /// Height of the destination from which on the packet is refused there; zero for none.
    pub timeout_height: Height,
    /// Block time of the destination from which on the packet is refused there; zero for none.
    pub timeout_timestamp: Timestamp,
}

impl Packet {
    /// ICS-04 `timeoutPacket`, `recvPacket`: has the packet timed out at a destination block of this height and time?
    ///
    /// Equality counts as timed out (ibc-go `channel/types/timeout.go`, `Timeout.Elapsed`).
    pub fn is_timed_out_at(&self, height: Height, time: Timestamp) -> bool {
        timed_out(self.timeout_height, self.timeout_timestamp, height, time)
    }
}

/// The rule behind [`Packet::is_timed_out_at`], for those who keep only the timeouts.
pub fn timed_out(timeout_height: Height, timeout_timestamp: Timestamp, height: Height, time: Timestamp) -> bool {
    let by_height = !timeout_height.is_zero() && height >= timeout_height;
    let by_time = !timeout_timestamp.is_zero() && time >= timeout_timestamp;
    by_height || by_time
}

impl TryFrom<RawPacket> for Packet {
    type Error = WireError;

    /// ibc-go `Packet.ValidateBasic`, except the data's greatest size, which differs from version to version.
    fn try_from(raw: RawPacket) -> Result<Self, WireError> {
        if raw.sequence == 0 {
            return Err(wrong_value::<RawPacket>("sequence", "is 0"));
        }
        if raw.data.is_empty() {
            return Err(wrong_value::<RawPacket>("data", "is empty"));
        }
        let timeout_height = raw.timeout_height.map(Height::from).unwrap_or_default();
        if timeout_height.is_zero() && raw.timeout_timestamp == 0 {
            return Err(wrong_value::<RawPacket>("timeout_timestamp", "is 0, and so is timeout_height"));
        }
        Ok(Self {
            sequence: Sequence(raw.sequence),
            source_port: raw.source_port.parse()?,
            source_channel: raw.source_channel.parse()?,
            destination_port: raw.destination_port.parse()?,
            destination_channel: raw.destination_channel.parse()?,
            data: raw.data.into(),
            timeout_height,
            timeout_timestamp: Timestamp(raw.timeout_timestamp),
        })
    }
}

impl From<Packet> for RawPacket {
    fn from(packet: Packet) -> Self {
        Self {
            sequence: packet.sequence.0,
            source_port: packet.source_port.into(),
            source_channel: packet.source_channel.into(),
            destination_port: packet.destination_port.into(),
            destination_channel: packet.destination_channel.into(),
            data: packet.data.to_vec(),
            timeout_height: Some(packet.timeout_height.into()),
            timeout_timestamp: packet.timeout_timestamp.0,
        }
    }
}

/// The bytes that a destination's application answered with (v1): opaque, never serialised anew.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Acknowledgement(#[serde(with = "crate::hex_bytes")] pub Arc<[u8]>);

#[cfg(test)]
mod tests {
    use super::*;

    fn height(revision_height: u64) -> Height {
        Height { revision_number: 1, revision_height }
    }

    #[test]
    fn a_timeout_that_is_just_reached_has_passed() {
        let is_out = |at, time| timed_out(height(10), Timestamp(1_000), height(at), Timestamp(time));
        assert!(!is_out(9, 999));
        assert!(is_out(10, 999));
        assert!(is_out(9, 1_000));
    }

    #[test]
    fn a_timeout_of_zero_is_none() {
        assert!(!timed_out(Height::ZERO, Timestamp::ZERO, height(u64::MAX), Timestamp(u64::MAX)));
        assert!(timed_out(Height::ZERO, Timestamp(1), height(1), Timestamp(1)));
        assert!(timed_out(height(1), Timestamp::ZERO, height(1), Timestamp(1)));
    }

    #[test]
    fn a_later_revision_is_past_every_height_of_an_earlier_one() {
        let later = Height { revision_number: 2, revision_height: 1 };
        assert!(timed_out(height(u64::MAX), Timestamp::ZERO, later, Timestamp(1)));
    }
}
