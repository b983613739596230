//! Which packets of a path are relayed: what an operator has said, judged by a packet's own bytes.

mod pattern;
mod sequences;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use types::transfer::FungibleTokenPacketData;
use types::{ChainId, ChannelId, Packet, PortId, Sequence};

pub use pattern::{ChannelPattern, PatternError};
pub use sequences::{Sequences, SequencesError};

use crate::{ChannelKey, PacketRecord};

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
    /// Least amount of an ICS-20 packet, by the denomination that the packet names: its whole path, or its base.
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
    /// Is anything of this channel relayed? What is denied is not, whatever is allowed.
    ///
    /// # Errors
    /// [`Refused::Channel`].
    pub fn channel(&self, ends: [(&ChainId, &PortId, &ChannelId); 2]) -> Result<(), Refused> {
        let matches =
            |pattern: &ChannelPattern| ends.iter().any(|(chain, port, channel)| pattern.matches(chain, port, channel));
        let is_denied = self.deny.iter().any(matches);
        let is_allowed = self.allow.is_empty() || self.allow.iter().any(matches);
        if is_denied || !is_allowed { Err(Refused::Channel) } else { Ok(()) }
    }

    /// Is a packet of this sequence relayed, sent from `source`, as far as that can be said without its bytes?
    ///
    /// # Errors
    /// [`Refused::NotAsked`] or [`Refused::Sequence`].
    pub fn sequence(&self, source: &ChannelKey, sequence: Sequence) -> Result<(), Refused> {
        let is_asked = |only: &BTreeMap<ChannelKey, Sequences>| {
            only.get(source).is_some_and(|sequences| sequences.contains(sequence))
        };
        if !self.only.as_ref().is_none_or(is_asked) {
            return Err(Refused::NotAsked);
        }
        let is_excluded = |(pattern, sequences): &(ChannelPattern, Sequences)| {
            sequences.contains(sequence) && pattern.matches(&source.chain, &source.port, &source.channel)
        };
        if self.excluded.iter().any(is_excluded) { Err(Refused::Sequence) } else { Ok(()) }
    }

    /// Is this packet relayed, sent from `source`? Its channel is judged by [`Policy::channel`].
    ///
    /// # Errors
    /// Why not.
    pub fn packet(&self, source: &ChannelKey, packet: &Packet) -> Result<(), Refused> {
        self.sequence(source, packet.sequence)?;
        self.transfer(&packet.data)
    }

    /// ICS-20: the limits of a transfer. A packet that is none has no such limits.
    fn transfer(&self, data: &[u8]) -> Result<(), Refused> {
        let has_no_names = self.senders.is_empty() && self.senders_denied.is_empty() && self.amounts_min.is_empty();
        if has_no_names && data.len() <= self.memo_bytes_max.min(self.receiver_bytes_max) {
            return Ok(()); // No part is longer than the whole, so that most packets need not be read.
        }
        let Ok(transfer) = FungibleTokenPacketData::parse(data) else { return Ok(()) };
        if transfer.memo.len() > self.memo_bytes_max {
            return Err(Refused::Memo { size: transfer.memo.len() });
        }
        if transfer.receiver.len() > self.receiver_bytes_max {
            return Err(Refused::Receiver { size: transfer.receiver.len() });
        }
        let is_allowed = self.senders.is_empty() || self.senders.contains(&transfer.sender);
        if !is_allowed || self.senders_denied.contains(&transfer.sender) {
            return Err(Refused::Sender);
        }
        let of_path = self.amounts_min.get(&transfer.denom);
        match of_path.or_else(|| self.amounts_min.get(base_denom(&transfer.denom))) {
            Some(least) if !is_at_least(&transfer.amount, *least) => Err(Refused::Amount),
            Some(_) | None => Ok(()),
        }
    }
}

/// Why a packet whose record is from an earlier process is not relayed under the policy of now. `packet` are its bytes,
/// if the store has them; without them a verdict that rested on them stands.
pub fn rejudge(
    policy: &Policy,
    destination_chain: &ChainId,
    record: &PacketRecord,
    packet: Option<&Packet>,
) -> Option<Refused> {
    let source = record.key().source;
    let ends = [
        (&source.chain, &source.port, &source.channel),
        (destination_chain, &record.id.destination_port, &record.id.destination_channel),
    ];
    if let Err(refused) = policy.channel(ends).and_then(|()| policy.sequence(&source, record.id.sequence)) {
        return Some(refused);
    }
    match packet {
        Some(packet) => policy.packet(&source, packet).err(),
        None => record.refused.clone().filter(Refused::is_by_bytes),
    }
}

impl Refused {
    /// Were the packet's bytes read for that?
    fn is_by_bytes(&self) -> bool {
        match self {
            Self::Channel | Self::Sequence | Self::NotAsked => false,
            Self::Memo { .. } | Self::Receiver { .. } | Self::Sender | Self::Amount => true,
        }
    }
}

/// A denomination without the channels that it came through (ibc-go `transfer/types/denom.go`,
/// `ExtractDenomFromPath`).
fn base_denom(denom: &str) -> &str {
    let mut rest = denom;
    loop {
        let Some((_port, behind)) = rest.split_once('/') else { return rest };
        let Some((channel, behind)) = behind.split_once('/') else { return rest };
        let number = channel.strip_prefix("channel-").or_else(|| channel.strip_prefix("07-tendermint-"));
        let is_hop = number.is_some_and(|digits| !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()));
        if !is_hop {
            return rest;
        }
        rest = behind;
    }
}

/// Is a decimal amount of up to 256 bits that much? What is no number is not.
fn is_at_least(amount: &str, least: u128) -> bool {
    if amount.is_empty() || !amount.bytes().all(|byte| byte.is_ascii_digit()) {
        return false;
    }
    // With nothing but digits it can fail only by being above all that `least` can be.
    amount.parse::<u128>().map_or(true, |amount| amount >= least)
}
