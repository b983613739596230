//! What only ever grows, and how long packets took.

use std::sync::atomic::AtomicU64;

use engine::{LaneId, Leg, Notice, Progress, Purpose};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use types::ChainId;

use crate::paths::Paths;

use super::labels::{self, Labels};

/// In blocks of the source: two hops at the limit are about four.
const BLOCKS: [f64; 12] = [2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 50.0, 100.0, 1_000.0];
const SECONDS: [f64; 12] = [1.0, 2.0, 4.0, 8.0, 16.0, 24.0, 32.0, 48.0, 64.0, 128.0, 600.0, 3_600.0];

type Counts = Family<Labels, Counter>;
type Spread = Family<Labels, Histogram>;

#[derive(Debug)]
pub(super) struct Counted {
    ended: Counts,
    blocks: Spread,
    seconds: Spread,
    quarantined: Counts,
    refused: Counts,
    hopeless: Counts,
    refuted: Counts,
    closed: Counts,
    redundant: Counts,
    txs: Counts,
    messages: Counts,
    gas_used: Counts,
    // A fee may be counted in units of 10^-18: its sum is beyond 64 bits.
    fees: Family<Labels, Counter<f64, AtomicU64>>,
    blocked: Counts,
    pruned: Counts,
    attacks: Counts,
    attacks_answered: Counts,
    attacked_clients: Counts,
}

impl Default for Counted {
    fn default() -> Self {
        Self {
            ended: Counts::default(),
            blocks: Spread::new_with_constructor(|| Histogram::new(BLOCKS)),
            seconds: Spread::new_with_constructor(|| Histogram::new(SECONDS)),
            quarantined: Counts::default(),
            refused: Counts::default(),
            hopeless: Counts::default(),
            refuted: Counts::default(),
            closed: Counts::default(),
            redundant: Counts::default(),
            txs: Counts::default(),
            messages: Counts::default(),
            gas_used: Counts::default(),
            fees: Family::default(),
            blocked: Counts::default(),
            pruned: Counts::default(),
            attacks: Counts::default(),
            attacks_answered: Counts::default(),
            attacked_clients: Counts::default(),
        }
    }
}

impl Counted {
    /// Counts what a notice tells.
    pub(super) fn notice(&self, notice: &Notice, paths: &Paths) {
        match notice {
            Notice::PacketEnded { packet, progress, blocks, lasted } => {
                let labels = labels::channel(paths, &packet.source);
                // How long a packet waits for its timeout is its sender's choice.
                if *progress == Progress::Acknowledged {
                    if let Some(blocks) = blocks {
                        observe(&self.blocks, labels.clone(), *blocks as f64);
                    }
                    if let Some(lasted) = lasted {
                        observe(&self.seconds, labels.clone(), lasted.as_secs_f64());
                    }
                }
                count(&self.ended, labels::with(labels, "how", how(*progress)), 1);
            }
            Notice::Quarantined { packet, leg, .. } => {
                let labels = labels::channel(paths, &packet.source);
                count(&self.quarantined, labels::with(labels, "leg", leg.name()), 1);
            }
            Notice::PacketRefused { packet, refused } => {
                let labels = labels::channel(paths, &packet.source);
                count(&self.refused, labels::with(labels, "rule", refused.name()), 1);
            }
            Notice::PacketHopeless { packet, hopeless } => {
                let labels = labels::channel(paths, &packet.source);
                count(&self.hopeless, labels::with(labels, "reason", hopeless.name()), 1);
            }
            Notice::ClaimRefuted { packet } => count(&self.refuted, labels::channel(paths, &packet.source), 1),
            Notice::SourceClosed { channel } => count(&self.closed, labels::channel(paths, channel), 1),
            Notice::Redundant { lane, messages, is_paid } => {
                let labels = labels::with(chain(lane), "paid", is_paid.to_string());
                count(&self.redundant, labels, *messages as u64);
            }
            Notice::TxCommitted { lane, purpose, gas_used, .. } => {
                self.committed(lane, purpose);
                count(&self.gas_used, chain(lane), *gas_used);
            }
            Notice::TxFailed { lane, .. } => count(&self.txs, labels::with(chain(lane), "end", "failed"), 1),
            Notice::TxVoid { lane, .. } => count(&self.txs, labels::with(chain(lane), "end", "void"), 1),
            Notice::LaneBlocked { lane, .. } => count(&self.blocked, chain(lane), 1),
            Notice::BlocksPruned { chain, from, to } => {
                let blocks = (to.0.saturating_add(1)).saturating_sub(from.0);
                count(&self.pruned, vec![("chain", chain.to_string())], blocks);
            }
            // What these tell is a state, which is read when it is asked for.
            Notice::LaneUnblocked { .. } | Notice::ClientUnusable { .. } => {}
        }
    }

    /// The answer to a proven attack on clients of this chain has begun.
    pub(super) fn attack(&self, chain: &ChainId, kind: &str) {
        count(&self.attacks, vec![("chain", chain.to_string()), ("kind", kind.to_owned())], 1);
    }

    /// Nothing is left to do about an attack.
    pub(super) fn attack_answered(&self, chain: &ChainId) {
        count(&self.attacks_answered, vec![("chain", chain.to_string())], 1);
    }

    /// A client on this chain has come to its end: frozen, or not to be frozen.
    pub(super) fn attacked_client(&self, host: &ChainId, end: &str) {
        count(&self.attacked_clients, vec![("chain", host.to_string()), ("end", end.to_owned())], 1);
    }

    /// A transaction of this wallet stands in a block, and cost so much.
    pub(super) fn paid(&self, lane: &LaneId, fee: u128) {
        self.fees.get_or_create(&chain(lane)).inc_by(fee as f64);
    }

    fn committed(&self, lane: &LaneId, purpose: &Purpose) {
        count(&self.txs, labels::with(chain(lane), "end", "committed"), 1);
        let message = |kind: &str, number: usize| {
            if number > 0 {
                count(&self.messages, labels::with(chain(lane), "kind", kind), number as u64);
            }
        };
        match purpose {
            Purpose::Packets { updates, legs } => {
                message("update_client", *updates);
                for wanted in [Leg::Recv, Leg::Ack, Leg::Timeout, Leg::TimeoutOnClose] {
                    message(wanted.name(), legs.iter().filter(|(_, leg)| *leg == wanted).count());
                }
            }
            // A client's refresh, a handshake's step, evidence: how many messages it holds is not told.
            Purpose::Request { .. } => message("request", 1),
        }
    }

    /// Hands every counter to a page.
    pub(super) fn register(&self, page: &mut Registry) {
        let mut counter = |name: &str, help: &str, counts: &Counts| page.register(name, help, counts.clone());
        counter("packets_ended", "Packets that came to their end", &self.ended);
        counter("packets_quarantined", "Legs that failed alone too often", &self.quarantined);
        counter("packets_refused", "Packets that a policy refused", &self.refused);
        counter("packets_hopeless", "Packets given up: the chain would never take their next leg", &self.hopeless);
        counter("claims_refuted", "Events of nodes that a proof refuted", &self.refuted);
        counter("channels_closed", "Channel ends that were seen closed", &self.closed);
        counter("messages_redundant", "Messages of ours that somebody else's made useless", &self.redundant);
        counter("txs", "Transactions that came to their end", &self.txs);
        counter("messages", "Messages in transactions that succeeded", &self.messages);
        counter("gas_used", "Gas of transactions that succeeded", &self.gas_used);
        counter("wallet_blocks", "How often a wallet could not pay or was refused", &self.blocked);
        counter("attacks", "Proven attacks whose answer has begun, by the attacked chain", &self.attacks);
        counter("attacks_answered", "Attacks that nothing is left to do about", &self.attacks_answered);
        counter("attacked_clients", "Clients that an answer brought to their end", &self.attacked_clients);
        counter("blocks_pruned", "Blocks that no endpoint kept long enough to be read", &self.pruned);
        page.register(
            "fees_spent",
            "Fees of transactions in blocks, in the gas price's denomination",
            self.fees.clone(),
        );
        page.register(
            "packet_latency_blocks",
            "Blocks of the source from a packet's send to its acknowledgement",
            self.blocks.clone(),
        );
        page.register(
            "packet_latency_seconds",
            "Time from a packet's send, as seen here, to its acknowledgement",
            self.seconds.clone(),
        );
    }
}

fn count(counts: &Counts, labels: Labels, number: u64) {
    counts.get_or_create(&labels).inc_by(number);
}

fn observe(spread: &Spread, labels: Labels, value: f64) {
    spread.get_or_create(&labels).observe(value);
}

fn chain(lane: &LaneId) -> Labels {
    vec![("chain", lane.chain.to_string())]
}

fn how(progress: Progress) -> &'static str {
    match progress {
        Progress::Acknowledged => "acknowledged",
        Progress::TimedOut => "timed_out",
        // Somebody else ended it, and the block that tells of it was not read.
        Progress::Sent | Progress::Received | Progress::AckWritten => "unseen",
    }
}
