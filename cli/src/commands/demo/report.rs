//! What is told at the end: tables and a few figures, or one JSON document.

use std::path::PathBuf;

use serde::Serialize;
use types::ChainId;

use super::attack::{Attack, Signed, short as short_hash};
use super::life::{End, Life};
use crate::commands::devnet::chains::Reach;
use crate::output::table;

/// What is told at the end.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) chains: Vec<Reach>,
    pub(super) packets: Vec<Packet>,
    pub(super) refunds: Vec<Refund>,
    /// Of the two users, in the denomination that was sent and in its vouchers.
    pub(super) balances: Vec<Balance>,
    #[serde(rename = "rpc_calls")]
    pub(super) calls: Calls,
    /// The last act; left out with `--keep`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) attack: Option<Attack>,
    pub(super) milliseconds: u64,
    /// With `--keep`: what `start` can go on with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) config: Option<PathBuf>,
}

/// A packet's life, how it ended, and how long that took in blocks of its source.
#[derive(Debug, Serialize)]
pub(super) struct Packet {
    #[serde(flatten)]
    life: Life,
    end: Option<End>,
    blocks_to_acknowledge: Option<u64>,
}

/// What came back to a sender.
#[derive(Debug, Serialize)]
pub(super) struct Refund {
    pub(super) source: ChainId,
    pub(super) sequence: u64,
    pub(super) how: End,
    pub(super) before: u128,
    /// In the block that sent the packet.
    pub(super) meanwhile: u128,
    pub(super) after: u128,
}

/// What a user has.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(super) struct Balance {
    pub(super) chain: ChainId,
    pub(super) denom: String,
    pub(super) before: u128,
    pub(super) after: u128,
}

/// JSON-RPC calls that the relayer made for packets.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Calls {
    pub(super) calls: u64,
    pub(super) packets: usize,
    per_packet: f64,
}

impl Calls {
    pub(super) fn new(calls: u64, packets: usize) -> Self {
        Self { calls, packets, per_packet: calls as f64 / packets.max(1) as f64 }
    }
}

impl From<Life> for Packet {
    fn from(life: Life) -> Self {
        Self { end: life.end(), blocks_to_acknowledge: life.blocks(), life }
    }
}

impl Report {
    /// All of it, for people.
    pub(super) fn words(&self) -> String {
        let attack = self.attack.as_ref().map(attack_words);
        let parts = [Some(self.packet_words()), Some(self.balance_words()), attack, Some(self.figure_words())];
        parts.into_iter().flatten().collect::<Vec<_>>().join("\n\n")
    }

    fn packet_words(&self) -> String {
        let height = |height: Option<u64>| height.map(|height| height.to_string()).unwrap_or_default();
        let rows = self.packets.iter().map(|Packet { life, end, blocks_to_acknowledge }| {
            let end = match end {
                Some(End::Acknowledged) => "acknowledged",
                Some(End::Refused) => "refused, refunded",
                Some(End::TimedOut) => "timed out, refunded",
                None => "under way",
            };
            [
                format!("{} -> {}", life.source, life.destination),
                life.sequence.to_string(),
                height(life.sent),
                height(life.received),
                height(life.acknowledged.or(life.timed_out)),
                height(*blocks_to_acknowledge),
                end.to_owned(),
            ]
        });
        table(["PACKET", "NUMBER", "SENT", "RECEIVED", "ENDED", "BLOCKS", "HOW"], rows)
    }

    fn balance_words(&self) -> String {
        let rows = self.balances.iter().map(|Balance { chain, denom, before, after }| {
            [format!("user of {chain}"), short(denom), before.to_string(), after.to_string()]
        });
        table(["BALANCE", "OF", "BEFORE", "AFTER"], rows)
    }

    fn figure_words(&self) -> String {
        let count = |wanted| self.packets.iter().filter(|packet| packet.end == Some(wanted)).count();
        let (well, refused, timed_out) = (count(End::Acknowledged), count(End::Refused), count(End::TimedOut));
        let mut blocks: Vec<u64> = self.packets.iter().filter_map(|packet| packet.blocks_to_acknowledge).collect();
        blocks.sort_unstable();
        let at = |index: usize| blocks.get(index).copied().unwrap_or_default();
        let (least, middle, most) = (at(0), at(blocks.len() / 2), at(blocks.len().saturating_sub(1)));
        let Calls { calls, packets, per_packet } = self.calls;
        let seconds = self.milliseconds as f64 / 1_000.0;
        format!(
            "packets                {well} acknowledged, {refused} refused and {timed_out} timed out, which were refunded\n\
             blocks to acknowledge  {least} at least, {middle} in the middle, {most} at most\n\
             RPC calls a packet     {per_packet:.1} ({calls} for {packets} packets)\n\
             time                   {seconds:.1} s"
        )
    }
}

fn attack_words(attack: &Attack) -> String {
    let Attack { chain, kind, height, headers, accused, host, client, told, frozen, .. } = attack;
    let row = |whose: &str, Signed { hash, signatures }: &Signed| {
        [format!("{chain}:{height}"), whose.to_owned(), short_hash(hash), signatures.to_string()]
    };
    let [own, other] = headers;
    let headers = table(["HEADER", "WHOSE", "HASH", "SIGNATURES"], [row("the chain's", own), row("the liars'", other)]);
    let blocks = match frozen.saturating_sub(*told) {
        1 => "1 block".to_owned(),
        blocks => format!("{blocks} blocks"),
    };
    format!(
        "{headers}\n{kind} by {accused} validators, told to {client} in {host}:{told}, frozen {blocks} later in {host}:{frozen}"
    )
}

/// A voucher's hash is long, and two ends of it tell it from others.
fn short(denom: &str) -> String {
    match denom.strip_prefix("ibc/").filter(|hash| hash.is_ascii() && hash.len() > 16) {
        Some(hash) => format!("ibc/{}..{}", &hash[..6], &hash[hash.len() - 6..]),
        None => denom.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(sequence: u64, end: &str) -> Packet {
        let life: Life = Life {
            source: "chain-a".parse().unwrap(),
            destination: "chain-b".parse().unwrap(),
            sequence,
            sent: Some(12),
            received: (end != "timed_out").then_some(9),
            refusal: (end == "refused").then(|| "no".to_owned()),
            acknowledged: (end != "timed_out").then_some(12 + sequence),
            timed_out: (end == "timed_out").then_some(30),
            timeout: 1,
        };
        life.into()
    }

    fn report() -> Report {
        Report {
            chains: Vec::new(),
            packets: vec![
                packet(2, "acknowledged"),
                packet(3, "acknowledged"),
                packet(4, "refused"),
                packet(5, "timed_out"),
            ],
            refunds: Vec::new(),
            balances: vec![Balance {
                chain: "chain-a".parse().unwrap(),
                denom: format!("ibc/{}", "27394FB092D2ECCD".repeat(4)),
                before: 0,
                after: 500,
            }],
            calls: Calls::new(25, 10),
            attack: None,
            milliseconds: 12_345,
            config: None,
        }
    }

    #[test]
    fn the_summary_has_every_packet_and_the_figures() {
        let words = report().words();
        for part in [
            "chain-a -> chain-b  2       12    9         14     2       acknowledged",
            "timed out, refunded",
            "refused, refunded",
            "user of chain-a  ibc/27394F..D2ECCD  0       500",
            "2 acknowledged, 1 refused and 1 timed out",
            "2 at least, 3 in the middle, 4 at most",
            "2.5 (25 for 10 packets)",
            "12.3 s",
        ] {
            assert!(words.contains(part), "no {part:?} in\n{words}");
        }
    }

    #[test]
    fn the_document_has_every_packet_and_its_end() {
        let json = serde_json::to_value(report()).unwrap();
        let ends: Vec<_> = json["packets"].as_array().unwrap().iter().map(|packet| packet["end"].clone()).collect();
        assert_eq!(ends, ["acknowledged", "acknowledged", "refused", "timed_out"]);
        assert_eq!((&json["packets"][0]["sent"], &json["packets"][0]["acknowledged"]), (&12.into(), &14.into()));
        assert_eq!(json["rpc_calls"], serde_json::json!({ "calls": 25, "packets": 10, "per_packet": 2.5 }));
        assert_eq!(json["balances"][0]["after"], 500);
    }
}
