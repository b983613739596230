//! How things stand at one moment: one look at the engine between two events, and what was told last.

use std::collections::BTreeMap;
use std::time::Duration;

use chain::Requests;
use engine::{ChannelKey, ChannelView, Engine, Head, LaneId, LaneView};
use types::client::Status;
use types::{ChainId, ClientId};

use crate::chain::Chain;
use crate::control::Handle;
use crate::driver::Shell;

use super::ClientHealth;
use super::labels::{self, Labels};
use super::wallet::Wallet;
use super::watched::Watched;

/// How long the driver may take for a look.
const LOOK_DEADLINE: Duration = Duration::from_secs(1);

/// How things stand.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    /// What the driver showed; none if it did not answer in time.
    pub(super) seen: Option<Seen>,
    pub(super) chains: BTreeMap<ChainId, ChainState>,
    pub(super) endpoints: Vec<EndpointState>,
    pub(super) clients: BTreeMap<(ChainId, ClientId), ClientHealth>,
    pub(super) wallets: BTreeMap<LaneId, Wallet>,
    /// What the watch over light clients tells; none where nobody watches.
    pub(super) watched: Option<Watched>,
}

/// What the engine knows.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) channels: Vec<(ChannelKey, Labels, ChannelView)>,
    pub(super) lanes: BTreeMap<LaneId, LaneView>,
    pub(super) reads: BTreeMap<ChainId, Reads>,
}

/// How far a chain's blocks were read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Reads {
    /// Blocks from the last one read to the head.
    pub(super) lag: u64,
    /// Blocks left out that are still to be read.
    pub(super) gaps: u64,
}

/// One chain, as its nodes tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ChainState {
    /// Did an endpoint prove to serve this chain?
    pub(super) is_connected: bool,
    pub(super) head: Option<Head>,
    /// Since its newest block's time.
    pub(super) head_age: Option<Duration>,
    /// As configured: longer between two blocks is not normal.
    pub(super) head_age_max: Duration,
}

/// One endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct EndpointState {
    pub(super) labels: Labels,
    pub(super) is_up: bool,
    pub(super) height: Option<u64>,
    pub(super) requests: Requests,
}

impl Snapshot {
    /// How things stand now.
    pub(super) async fn take(shell: &Shell, handle: &Handle) -> Self {
        let seen = tokio::time::timeout(LOOK_DEADLINE, seen(shell, handle)).await.unwrap_or_default();
        let told = shell.metrics.told().clone();
        let chain = |chain: &Chain| {
            let head = chain.head();
            let age = |head: Head| Duration::from_nanos(shell.clock.timestamp().0.saturating_sub(head.time.0));
            let head_age_max = chain.config().block_time_max + chain.config().clock_drift;
            ChainState { is_connected: chain.is_connected(), head, head_age: head.map(age), head_age_max }
        };
        let endpoints = shell.chains.values().flat_map(|chain| {
            let health = |position| told.endpoints.get(&(chain.id.clone(), position)).copied().unwrap_or_default();
            chain.all_endpoints().iter().enumerate().map(move |(position, endpoint)| EndpointState {
                // The position tells two apart whose addresses differ in what is not shown.
                labels: vec![
                    ("chain", chain.id.to_string()),
                    ("endpoint", endpoint.name().to_owned()),
                    ("position", position.to_string()),
                ],
                is_up: health(position).is_up,
                height: health(position).height.map(|height| height.0),
                requests: endpoint.requests(),
            })
        });
        Self {
            seen,
            chains: shell.chains.iter().map(|(id, one)| (id.clone(), chain(one))).collect(),
            endpoints: endpoints.collect(),
            clients: shell.metrics.clients(),
            wallets: told.wallets,
            watched: Watched::now(shell),
        }
    }
}

/// Does the driver answer?
pub(super) async fn is_alive(handle: &Handle) -> bool {
    matches!(tokio::time::timeout(LOOK_DEADLINE, handle.inspect(|_| ())).await, Ok(Ok(())))
}

async fn seen(shell: &Shell, handle: &Handle) -> Option<Seen> {
    let lanes: Vec<LaneId> = shell.chains.values().map(|chain| chain.lane()).collect();
    let chains: Vec<ChainId> = shell.chains.keys().cloned().collect();
    let look = move |engine: &Engine| {
        let channels: Vec<_> = engine.channels().filter_map(|key| Some((key.clone(), engine.channel(key)?))).collect();
        let lanes: BTreeMap<_, _> = lanes.into_iter().filter_map(|id| Some((id.clone(), engine.lane(&id)?))).collect();
        let reads: BTreeMap<_, _> = chains.into_iter().map(|id| (id.clone(), reads(engine, &id))).collect();
        (channels, lanes, reads)
    };
    let (channels, lanes, reads) = handle.inspect(look).await.ok()?;
    // Labels are made here, where the driver does not wait for them.
    let labelled = |(key, view): (ChannelKey, ChannelView)| {
        let labels = labels::channel(&shell.paths, &key);
        (key, labels, view)
    };
    Some(Seen { channels: channels.into_iter().map(labelled).collect(), lanes, reads })
}

fn reads(engine: &Engine, chain: &ChainId) -> Reads {
    let Some(read) = engine.cursor(chain) else { return Reads::default() };
    let head = engine.head(chain).map_or(read.cursor, |head| head.height);
    Reads {
        lag: head.0.saturating_sub(read.cursor.0),
        gaps: read.gaps.iter().map(|(from, to)| to.0.saturating_sub(from.0).saturating_add(1)).sum(),
    }
}

/// A client's status as a label.
pub(super) fn status_name(status: Status) -> &'static str {
    match status {
        Status::Active => "active",
        Status::Frozen => "frozen",
        Status::Expired => "expired",
        Status::Unauthorized => "unauthorized",
        Status::Unknown => "unknown",
    }
}
