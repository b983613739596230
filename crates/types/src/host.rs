//! ICS-24 host paths: the keys that a chain's IBC store holds provable values under (ibc-go `24-host/*_keys.go`).
//!
//! The keys here are those of IBC v1; those of v2 stand in [`v2`].

use core::fmt;

use proto::ibc::core::commitment::v1::MerklePrefix as RawPrefix;
use serde::{Deserialize, Serialize};

use crate::{BlockHeight, ChannelId, ClientId, ConnectionId, Height, PortId, Sequence};

pub mod v2;

/// A key of a chain's IBC store, without the store's prefix.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CommitmentKey(Vec<u8>);

impl CommitmentKey {
    /// The key's bytes, as `abci_query` takes them for `data`.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The key's bytes.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl AsRef<[u8]> for CommitmentKey {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

/// Keys of v1 are text, those of v2 hold bytes that are none: these are escaped.
impl fmt::Display for CommitmentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl fmt::Debug for CommitmentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CommitmentKey({self})")
    }
}

/// The prefix that a chain's IBC keys stand under in its multistore: the name of the IBC store, mostly `ibc`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MerklePrefix(#[serde(with = "hex::serde")] pub Vec<u8>);

impl Default for MerklePrefix {
    /// That of ibc-go: `ibc` (`exported.StoreKey`).
    fn default() -> Self {
        Self(b"ibc".to_vec())
    }
}

impl fmt::Display for MerklePrefix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl From<RawPrefix> for MerklePrefix {
    fn from(raw: RawPrefix) -> Self {
        Self(raw.key_prefix)
    }
}

impl From<MerklePrefix> for RawPrefix {
    fn from(prefix: MerklePrefix) -> Self {
        Self { key_prefix: prefix.0 }
    }
}

/// Where a client's state stands.
pub fn client_state_key(client: &ClientId) -> CommitmentKey {
    text(format!("clients/{client}/clientState"))
}

/// Where the consensus state of a client at a height stands.
pub fn consensus_state_key(client: &ClientId, height: Height) -> CommitmentKey {
    text(format!("clients/{client}/consensusStates/{height}"))
}

/// Where a connection end stands.
pub fn connection_key(connection: &ConnectionId) -> CommitmentKey {
    text(format!("connections/{connection}"))
}

/// Where a channel end stands.
pub fn channel_end_key(port: &PortId, channel: &ChannelId) -> CommitmentKey {
    text(format!("channelEnds/{}", channel_path(port, channel)))
}

/// Where the commitment of a packet that was sent from this channel end stands, until it is acknowledged or timed out.
pub fn commitment_key(port: &PortId, channel: &ChannelId, sequence: Sequence) -> CommitmentKey {
    text(format!("commitments/{}/sequences/{sequence}", channel_path(port, channel)))
}

/// Where the receipt of a packet that an unordered channel end received stands.
pub fn receipt_key(port: &PortId, channel: &ChannelId, sequence: Sequence) -> CommitmentKey {
    text(format!("receipts/{}/sequences/{sequence}", channel_path(port, channel)))
}

/// Where the commitment of the acknowledgement that this channel end wrote stands.
pub fn acknowledgement_key(port: &PortId, channel: &ChannelId, sequence: Sequence) -> CommitmentKey {
    text(format!("acks/{}/sequences/{sequence}", channel_path(port, channel)))
}

/// Where the sequence of the next packet that this channel end sends stands (big-endian).
pub fn next_sequence_send_key(port: &PortId, channel: &ChannelId) -> CommitmentKey {
    text(format!("nextSequenceSend/{}", channel_path(port, channel)))
}

/// Where the sequence of the next packet that this ordered channel end receives stands (big-endian).
pub fn next_sequence_recv_key(port: &PortId, channel: &ChannelId) -> CommitmentKey {
    text(format!("nextSequenceRecv/{}", channel_path(port, channel)))
}

/// Where the sequence of the next acknowledgement that this ordered channel end takes stands (big-endian).
pub fn next_sequence_ack_key(port: &PortId, channel: &ChannelId) -> CommitmentKey {
    text(format!("nextSequenceAck/{}", channel_path(port, channel)))
}

/// Where a chain commits to the client that follows its upgrade at `height`, in the store that the client's upgrade path
/// names first; `folder` is the path's last part (ibc-go `07-tendermint/upgrade.go`, `constructUpgradeClientMerklePath`).
pub fn upgraded_client_key(folder: &str, height: BlockHeight) -> CommitmentKey {
    text(format!("{folder}/{height}/upgradedClient"))
}

/// The same of the consensus state that such a client begins with.
pub fn upgraded_consensus_state_key(folder: &str, height: BlockHeight) -> CommitmentKey {
    text(format!("{folder}/{height}/upgradedConsState"))
}

fn channel_path(port: &PortId, channel: &ChannelId) -> String {
    format!("ports/{port}/channels/{channel}")
}

fn text(key: String) -> CommitmentKey {
    CommitmentKey(key.into_bytes())
}
