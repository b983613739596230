//! What is counted and measured, and where it is served.
//!
//! Counters are fed by the driver's notices. What stands still (packets by stage, heads, wallets) is read when somebody
//! asks, in one look between two events, so that a scrape costs the driver no more than that. No series is a packet's:
//! their number is bounded by what is configured, and by [`labels`] where channels are found by themselves.

mod connection;
mod counted;
mod labels;
mod page;
mod poll;
mod ready;
mod serve;
mod snapshot;
#[cfg(test)]
mod tests;
mod wallet;
mod watched;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use engine::{Instant, LaneId, Notice, TxId};
use types::client::Status;
use types::{BlockHeight, ChainId, ClientId};

use crate::clock::Clock;
use crate::paths::Paths;

use self::counted::Counted;
use self::wallet::Wallet;

pub(crate) use self::poll::poll;
pub use self::serve::{MetricsServer, ServeError, serve_metrics};

/// Fees of transactions that nobody told the end of, at most: far more than can be in flight.
const FEES_MAX: usize = 10_000;

/// What is counted and measured. Shared by all; nothing waits long for it.
#[derive(Debug, Default)]
pub(crate) struct Metrics {
    counted: Counted,
    told: Mutex<Told>,
    clock: Clock,
}

/// What was told last, by those who know.
#[derive(Clone, Debug, Default)]
struct Told {
    clients: BTreeMap<(ChainId, ClientId), KnownClient>,
    wallets: BTreeMap<LaneId, Wallet>,
    endpoints: BTreeMap<(ChainId, usize), EndpointHealth>,
    /// What transactions will have cost, once they stand in a block.
    fees: BTreeMap<TxId, u128>,
}

#[derive(Clone, Debug, Default)]
struct KnownClient {
    status: Option<Status>,
    expires_at: Option<Instant>,
    /// Why a batch found it of no use.
    unusable: Option<String>,
}

/// How a client was when somebody looked last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClientHealth {
    /// As its host tells; none if nobody has looked yet.
    pub(crate) status: Option<Status>,
    /// How long it can still be updated; none if that is not known.
    pub(crate) expires_in: Option<Duration>,
    /// Why a batch found it of no use.
    pub(crate) unusable: Option<String>,
}

/// How an endpoint answered when it was asked last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct EndpointHealth {
    is_up: bool,
    height: Option<BlockHeight>,
}

impl Metrics {
    /// Counts what a notice tells.
    pub(crate) fn notice(&self, notice: &Notice, paths: &Paths) {
        self.counted.notice(notice, paths);
        match notice {
            Notice::TxCommitted { tx, lane, .. } | Notice::TxFailed { tx, lane, .. } => self.paid(*tx, lane),
            Notice::TxVoid { tx, .. } => {
                self.told().fees.remove(tx);
            }
            Notice::ClientUnusable { chain, client, reason } => {
                let mut told = self.told();
                let known = told.clients.entry((chain.clone(), client.clone())).or_default();
                known.unusable = Some(reason.clone());
            }
            Notice::Quarantined { .. }
            | Notice::LaneBlocked { .. }
            | Notice::LaneUnblocked { .. }
            | Notice::ClaimRefuted { .. }
            | Notice::PacketEnded { .. }
            | Notice::PacketRefused { .. }
            | Notice::PacketHopeless { .. }
            | Notice::Redundant { .. }
            | Notice::SourceClosed { .. }
            | Notice::BlocksPruned { .. } => {}
        }
    }

    /// The answer to a proven attack on clients of `chain` has begun.
    pub(crate) fn attack(&self, chain: &ChainId, kind: &str) {
        self.counted.attack(chain, kind);
    }

    /// Nothing is left to do about an attack on clients of `chain`.
    pub(crate) fn attack_answered(&self, chain: &ChainId) {
        self.counted.attack_answered(chain);
    }

    /// A client on `host` has come to its end.
    pub(crate) fn attacked_client(&self, host: &ChainId, end: &str) {
        self.counted.attacked_client(host, end);
    }

    /// A transaction was signed that will cost so much, if it gets into a block.
    pub(crate) fn signed(&self, tx: TxId, fee: u128) {
        let mut told = self.told();
        told.fees.insert(tx, fee);
        if told.fees.len() > FEES_MAX {
            told.fees.pop_first();
        }
    }

    /// How a client of `chain` is: what its host says, and how long it can still be updated.
    pub(crate) fn client(&self, chain: &ChainId, client: &ClientId, expires_in: Option<Duration>, status: Status) {
        let expires_at = expires_in.map(|left| self.clock.now().after(left));
        let known = KnownClient { status: Some(status), expires_at, unusable: None };
        self.told().clients.insert((chain.clone(), client.clone()), known);
    }

    /// How all clients were when somebody looked last.
    pub(crate) fn clients(&self) -> BTreeMap<(ChainId, ClientId), ClientHealth> {
        let health = |known: &KnownClient| ClientHealth {
            status: known.status,
            expires_in: known.expires_at.map(|at| self.clock.until(at)),
            unusable: known.unusable.clone(),
        };
        self.told().clients.iter().map(|(key, known)| (key.clone(), health(known))).collect()
    }

    /// What a wallet holds. A change between enough and too little is said once.
    fn balance(&self, lane: &LaneId, denom: &str, balance: u128) {
        self.told().wallets.entry(lane.clone()).or_default().holds(lane, denom, balance);
    }

    /// How an endpoint answered, by its place in the configuration.
    fn endpoint(&self, chain: &ChainId, position: usize, health: EndpointHealth) {
        self.told().endpoints.insert((chain.clone(), position), health);
    }

    fn paid(&self, tx: TxId, lane: &LaneId) {
        let mut told = self.told();
        let Some(fee) = told.fees.remove(&tx) else { return };
        told.wallets.entry(lane.clone()).or_default().paid(fee);
        drop(told);
        self.counted.paid(lane, fee);
    }

    fn told(&self) -> MutexGuard<'_, Told> {
        // Nothing here can panic halfway through a change.
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
