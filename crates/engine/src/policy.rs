//! Which packets of a path are relayed: what an operator has said, judged by a packet's own bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};
use types::{ChainId, ChannelId, Packet, PortId, Sequence};

use crate::ChannelKey;

/// Longest memo that is relayed by default, in bytes.
pub const MEMO_BYTES_MAX: usize = 32 * 1024;
/// Longest receiver that is relayed by default, in bytes.
pub const RECEIVER_BYTES_MAX: usize = 2 * 1024;

/// What is relayed of a path. The default relays everything but oversized memos and receivers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// Channels that are relayed, by either end; none stands for all.
    pub allow: Vec<ChannelPattern>,
    /// Channels that are not relayed, by either end; goes before `allow`.
    pub deny: Vec<ChannelPattern>,
    /// Sequences that are not relayed, of packets sent from a matching channel end.
    pub excluded: Vec<(ChannelPattern, Sequences)>,
    /// If given, nothing but these sequences of these source ends is relayed.
    pub only: Option<BTreeMap<ChannelKey, Sequences>>,
    /// Longest memo of an ICS-20 packet, in bytes.
    pub memo_bytes_max: usize,
    /// Longest receiver of an ICS-20 packet, in bytes.
    pub receiver_bytes_max: usize,
    /// Senders of ICS-20 packets that are relayed; none stands for all.
    pub senders: BTreeSet<String>,
    /// Senders of ICS-20 packets that are not relayed.
    pub senders_denied: BTreeSet<String>,
    /// Least amount of an ICS-20 packet, by the denomination that the packet names.
    pub amounts_min: BTreeMap<String, u128>,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            allow: Vec::new(),
            deny: Vec::new(),
            excluded: Vec::new(),
            only: None,
            memo_bytes_max: MEMO_BYTES_MAX,
            receiver_bytes_max: RECEIVER_BYTES_MAX,
            senders: BTreeSet::new(),
            senders_denied: BTreeSet::new(),
            amounts_min: BTreeMap::new(),
        }
    }
}

/// A channel end by name, with `*` for any text: `transfer/channel-*`, or `chain-a/transfer/channel-0`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ChannelPattern {
    /// The chain; none stands for either end's.
    pub chain: Option<String>,
    /// The port.
    pub port: String,
    /// The channel.
    pub channel: String,
}

/// Sequences as a person writes them: `1,3-7`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sequences(pub Vec<RangeInclusive<u64>>);

/// Why a packet is not relayed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refused {
    /// Its channel is denied, or not allowed.
    Channel,
    /// Its sequence is excluded.
    Sequence,
    /// It was not asked for.
    NotAsked,
    /// Its memo is longer than allowed.
    Memo {
        /// In bytes.
        size: usize,
    },
    /// Its receiver is longer than allowed.
    Receiver {
        /// In bytes.
        size: usize,
    },
    /// Its sender is denied, or not allowed.
    Sender,
    /// Its amount is below the least of its denomination.
    Amount,
}

impl Policy {
    /// Is anything of this channel relayed?
    ///
    /// # Errors
    /// [`Refused::Channel`].
    pub fn channel(&self, ends: [(&ChainId, &PortId, &ChannelId); 2]) -> Result<(), Refused> {
        let _ = ends;
        Ok(())
    }

    /// Is this packet relayed, sent from `source`?
    ///
    /// # Errors
    /// Why not.
    pub fn packet(&self, source: &ChannelKey, packet: &Packet) -> Result<(), Refused> {
        let _ = (source, packet);
        Ok(())
    }
}

impl Sequences {
    /// Is it one of them?
    pub fn contains(&self, sequence: Sequence) -> bool {
        self.0.iter().any(|range| range.contains(&sequence.0))
    }
}
