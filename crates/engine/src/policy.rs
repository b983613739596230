//! Which packets of a path are relayed: what an operator has said, judged by a packet's own bytes.

mod pattern;
mod sequences;

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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{chain, packet, packet_record};

    fn pattern(text: &str) -> ChannelPattern {
        text.parse().unwrap()
    }

    fn policy(allow: &[&str], deny: &[&str]) -> Policy {
        let all = |texts: &[&str]| texts.iter().map(|text| pattern(text)).collect();
        Policy { allow: all(allow), deny: all(deny), ..Policy::default() }
    }

    fn source() -> ChannelKey {
        packet_record(1).key().source
    }

    fn transfer(denom: &str, amount: &str, memo_size: usize, receiver_size: usize) -> Packet {
        let (memo, receiver) = ("m".repeat(memo_size), "r".repeat(receiver_size));
        let data = format!(
            r#"{{"denom":"{denom}","amount":"{amount}","sender":"alice","receiver":"{receiver}","memo":"{memo}"}}"#
        );
        Packet { data: data.into_bytes().into(), ..packet(1) }
    }

    #[test]
    fn a_channel_is_judged_by_either_end_and_denied_before_it_is_allowed() {
        let rows: [(&[&str], &[&str], bool); 9] = [
            (&[], &[], true),
            (&["transfer/channel-0"], &[], true),
            (&["transfer/channel-1"], &[], true),
            (&["a/transfer/channel-1"], &[], false),
            (&["b/transfer/channel-1"], &[], true),
            (&["icahost/*", "transfer/channel-7*"], &[], false),
            (&[], &["*/channel-1"], false),
            (&["transfer/*"], &["b/transfer/*"], false),
            (&["transfer/*"], &["icahost/*"], true),
        ];
        let (a, b) = (chain("a"), chain("b"));
        let id = packet_record(1).id;
        for (allow, deny, expected) in rows {
            let ends = [(&a, &id.source_port, &id.source_channel), (&b, &id.destination_port, &id.destination_channel)];
            let found = policy(allow, deny).channel(ends);
            assert_eq!(found.is_ok(), expected, "allowed {allow:?}, denied {deny:?}");
        }
    }

    #[test]
    fn sequences_are_excluded_where_they_are_sent_from() {
        let excluding =
            |text: &str| Policy { excluded: vec![(pattern(text), "1,3-7".parse().unwrap())], ..Policy::default() };
        assert_eq!(excluding("transfer/channel-0").packet(&source(), &packet(3)), Err(Refused::Sequence));
        assert_eq!(excluding("transfer/channel-0").packet(&source(), &packet(2)), Ok(()));
        assert_eq!(excluding("transfer/channel-1").packet(&source(), &packet(3)), Ok(()), "that is its destination");
    }

    #[test]
    fn nothing_but_what_was_asked_for_is_relayed() {
        let only = Some([(source(), "2".parse().unwrap())].into());
        let policy = Policy { only, ..Policy::default() };
        assert_eq!(policy.packet(&source(), &packet(2)), Ok(()));
        assert_eq!(policy.packet(&source(), &packet(1)), Err(Refused::NotAsked));
        let elsewhere = ChannelKey { chain: chain("b"), ..source() };
        assert_eq!(policy.packet(&elsewhere, &packet(2)), Err(Refused::NotAsked));
    }

    #[test]
    fn memos_and_receivers_have_limits_and_other_applications_bytes_have_none() {
        let judge = |packet: &Packet| Policy::default().packet(&source(), packet);
        assert_eq!(judge(&transfer("uatom", "1", MEMO_BYTES_MAX, 10)), Ok(()));
        assert_eq!(
            judge(&transfer("uatom", "1", MEMO_BYTES_MAX + 1, 10)),
            Err(Refused::Memo { size: MEMO_BYTES_MAX + 1 })
        );
        assert_eq!(judge(&transfer("uatom", "1", 0, RECEIVER_BYTES_MAX)), Ok(()));
        assert_eq!(
            judge(&transfer("uatom", "1", 0, RECEIVER_BYTES_MAX + 1)),
            Err(Refused::Receiver { size: RECEIVER_BYTES_MAX + 1 })
        );
        assert_eq!(judge(&Packet { data: vec![b'x'; 100_000].into(), ..packet(1) }), Ok(()));
    }

    #[test]
    fn senders_are_allowed_and_denied_by_name() {
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let judge = |senders: &[&str], senders_denied: &[&str]| {
            let (senders, senders_denied) = (names(senders), names(senders_denied));
            Policy { senders, senders_denied, ..Policy::default() }.packet(&source(), &transfer("uatom", "1", 0, 1))
        };
        assert_eq!(judge(&["alice"], &[]), Ok(()));
        assert_eq!(judge(&["bob"], &[]), Err(Refused::Sender));
        assert_eq!(judge(&[], &["alice"]), Err(Refused::Sender));
        assert_eq!(judge(&["alice"], &["alice"]), Err(Refused::Sender));
        assert_eq!(judge(&[], &["bob"]), Ok(()));
    }

    #[test]
    fn an_amount_is_judged_by_the_whole_path_of_its_denomination_or_else_by_its_base() {
        let above_u128 = "340282366920938463463374607431768211456";
        let largest = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
        let rows = [
            ("uatom", "99", 100, Err(Refused::Amount)),
            ("uatom", "100", 100, Ok(())),
            ("uatom", "00000000000000000000000000000000000000000000000099", 100, Err(Refused::Amount)),
            ("uatom", above_u128, u128::MAX, Ok(())),
            ("uatom", largest, u128::MAX, Ok(())),
            ("uatom", "", 1, Err(Refused::Amount)),
            ("uatom", "-1", 0, Err(Refused::Amount)),
            ("uatom", "1e9", 1, Err(Refused::Amount)),
            ("uosmo", "1", 100, Ok(())),
            ("transfer/channel-3/uatom", "99", 100, Err(Refused::Amount)),
            ("transfer/channel-3/transfer/channel-4/uatom", "99", 100, Err(Refused::Amount)),
            ("transfer/channel-9/uatom", "99", 100, Ok(())),
            ("gamm/pool/uatom", "99", 100, Ok(())),
        ];
        for (denom, amount, least, expected) in rows {
            let amounts_min =
                [("uatom".to_owned(), least), ("transfer/channel-9/uatom".to_owned(), 10)].into_iter().collect();
            let policy = Policy { amounts_min, ..Policy::default() };
            assert_eq!(policy.packet(&source(), &transfer(denom, amount, 0, 1)), expected, "{amount} {denom}");
        }
    }

    #[test]
    fn a_base_denomination_may_hold_slashes_itself() {
        let rows = [
            ("uatom", "uatom"),
            ("transfer/channel-0/uatom", "uatom"),
            ("transfer/channel-0/gamm/pool/1", "gamm/pool/1"),
            ("transfer/07-tendermint-3/uatom", "uatom"),
            ("transfer/channel-/uatom", "transfer/channel-/uatom"),
            ("transfer/channel-0", "transfer/channel-0"),
        ];
        for (denom, base) in rows {
            assert_eq!(base_denom(denom), base);
        }
    }

    #[test]
    fn a_record_is_judged_anew_with_or_without_its_bytes() {
        let (b, strict) = (chain("b"), Policy { amounts_min: [("uatom".into(), 10)].into(), ..Policy::default() });
        let few = transfer("uatom", "9", 0, 1);
        assert_eq!(rejudge(&strict, &b, &packet_record(1), Some(&few)), Some(Refused::Amount));
        let refused = PacketRecord { refused: Some(Refused::Amount), ..packet_record(1) };
        assert_eq!(rejudge(&Policy::default(), &b, &refused, Some(&few)), None);
        assert_eq!(rejudge(&Policy::default(), &b, &refused, None), Some(Refused::Amount), "nobody can say otherwise");
        let refused = PacketRecord { refused: Some(Refused::Channel), ..packet_record(1) };
        assert_eq!(rejudge(&Policy::default(), &b, &refused, None), None);
        assert_eq!(rejudge(&policy(&[], &["b/*/*"]), &b, &packet_record(1), None), Some(Refused::Channel));
    }
}
