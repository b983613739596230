//! What Prometheus reads: every metric's name, help and labels. The table in this crate's README tells more.

use std::fmt;
use std::sync::atomic::AtomicU64;

use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Registry;
use types::client::Status;

use super::counted::Counted;
use super::labels::{self, Labels};
use super::snapshot::{EndpointState, Seen, Snapshot, status_name};
use super::watched::{self, Watched};

/// What the body is.
pub(super) const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// The page, in OpenMetrics' text form. States are registered anew each time, so that none outlives its subject.
pub(super) fn page(counted: &Counted, snapshot: &Snapshot) -> Result<String, fmt::Error> {
    let mut page = Page(Registry::with_prefix("lightship"));
    let version = vec![("version", env!("CARGO_PKG_VERSION"))];
    page.0.register("build", "What runs here", Info::new(version));
    let driver_up = Gauge::<f64, AtomicU64>::default();
    driver_up.set(is(snapshot.seen.is_some()));
    page.0.register("driver_up", "1 if the driver answered in time", driver_up);
    counted.register(&mut page.0);
    if let Some(seen) = &snapshot.seen {
        page.channels(seen);
        page.lanes(seen);
        page.reads(seen);
    }
    page.chains(snapshot);
    page.endpoints(&snapshot.endpoints);
    page.clients(snapshot);
    page.wallets(snapshot);
    if let Some(watched) = &snapshot.watched {
        page.watched(watched);
    }
    let mut text = String::new();
    encode(&mut text, &page.0)?;
    Ok(text)
}

struct Page(Registry);

impl Page {
    fn channels(&mut self, seen: &Seen) {
        let stages = seen.channels.iter().flat_map(|(_, labels, view)| {
            let stages = [
                ("sent", view.sent),
                ("received", view.received),
                ("acknowledgement_written", view.acknowledgement_written),
                ("ended", view.ended),
                ("quarantined", view.quarantined),
                ("refused", view.refused),
                ("hopeless", view.hopeless),
                ("unfound", view.unfound.len()),
            ];
            stages.map(|(stage, number)| (labels::with(labels.clone(), "stage", stage), number as f64))
        });
        self.gauge(
            "packets",
            "Packets that are not over, by stage; quarantined ones stand in another stage too",
            stages,
        );
        let backlog = seen.channels.iter().map(|(_, labels, view)| (labels.clone(), view.backlog as f64));
        self.gauge("packets_backlog", "Packets that are not over and were sent long ago", backlog);
        let swept =
            seen.channels.iter().map(|(_, labels, view)| (labels.clone(), view.swept_at.map_or(0, |at| at.0) as f64));
        self.gauge("channel_swept_height", "Source height of the last sweep; 0 before the first", swept);
    }

    fn lanes(&mut self, seen: &Seen) {
        let lanes = |value: fn(&engine::LaneView) -> f64| {
            let labels =
                |lane: &engine::LaneId| vec![("chain", lane.chain.to_string()), ("address", lane.address.clone())];
            seen.lanes.iter().map(|(lane, view)| (labels(lane), value(view))).collect::<Vec<_>>()
        };
        self.gauge(
            "wallet_blocked",
            "1 if the wallet is paused, as when it can't pay",
            lanes(|view| is(view.is_blocked)),
        );
        self.gauge("wallet_queued", "Sets of messages that wait for a signature", lanes(|view| view.queued as f64));
        let in_flight = lanes(|view| view.in_flight as f64);
        self.gauge("wallet_txs_in_flight", "Transactions signed and not yet seen in a block", in_flight);
    }

    fn reads(&mut self, seen: &Seen) {
        let reads = |value: fn(&super::snapshot::Reads) -> u64| {
            let row = |(chain, reads): (&types::ChainId, _)| (vec![("chain", chain.to_string())], value(reads) as f64);
            seen.reads.iter().map(row).collect::<Vec<_>>()
        };
        self.gauge("chain_blocks_behind", "Blocks from the last one read to the head", reads(|reads| reads.lag));
        self.gauge("chain_blocks_unread", "Blocks left out that are still to be read", reads(|reads| reads.gaps));
    }

    fn chains(&mut self, snapshot: &Snapshot) {
        let chains = || snapshot.chains.iter().map(|(id, state)| (vec![("chain", id.to_string())], state));
        let connected = chains().map(|(labels, state)| (labels, is(state.is_connected)));
        self.gauge("chain_connected", "1 once an endpoint proved to serve this chain", connected);
        let height = chains().filter_map(|(labels, state)| Some((labels, state.head?.height.0 as f64)));
        self.gauge("chain_head_height", "The newest block", height);
        let age = chains().filter_map(|(labels, state)| Some((labels, state.head_age?.as_secs_f64())));
        self.gauge("chain_head_age_seconds", "Since the newest block's time", age);
    }

    fn endpoints(&mut self, endpoints: &[EndpointState]) {
        let all = || endpoints.iter().map(|endpoint| (endpoint.labels.clone(), endpoint));
        self.gauge(
            "endpoint_up",
            "1 if it answered when it was asked last",
            all().map(|(labels, one)| (labels, is(one.is_up))),
        );
        let height = all().filter_map(|(labels, one)| Some((labels, one.height? as f64)));
        self.gauge("endpoint_height", "Its newest block when it was asked last", height);
        let calls = all().map(|(labels, one)| (labels, one.requests.calls));
        self.counter("rpc_calls", "JSON-RPC calls, those in batches counted one by one", calls);
        let requests = all().map(|(labels, one)| (labels, one.requests.http));
        self.counter("endpoint_requests", "HTTP requests", requests);
        let failed = all().map(|(labels, one)| (labels, one.requests.failed));
        self.counter("endpoint_errors", "HTTP requests without a usable answer", failed);
    }

    fn clients(&mut self, snapshot: &Snapshot) {
        let clients = || {
            let labels = |chain: &types::ChainId, client: &types::ClientId| {
                vec![("chain", chain.to_string()), ("client", client.to_string())]
            };
            snapshot.clients.iter().map(move |((chain, client), health)| (labels(chain, client), health))
        };
        let expiry = clients().filter_map(|(labels, health)| Some((labels, health.expires_in?.as_secs_f64())));
        self.gauge("client_expiry_seconds", "How long the client can still be updated", expiry);
        let states = [Status::Active, Status::Frozen, Status::Expired, Status::Unauthorized, Status::Unknown];
        let status =
            clients().filter_map(|(labels, health)| Some((labels, health.status?))).flat_map(|(labels, now)| {
                states.map(|one| (labels::with(labels.clone(), "status", status_name(one)), is(one == now)))
            });
        self.gauge("client_status", "1 for the status that the client has", status);
        let unusable = clients().map(|(labels, health)| (labels, is(health.unusable.is_some())));
        self.gauge("client_unusable", "1 if a batch found it of no use since it was looked at", unusable);
    }

    fn wallets(&mut self, snapshot: &Snapshot) {
        let labels = |lane: &engine::LaneId| vec![("chain", lane.chain.to_string()), ("address", lane.address.clone())];
        let balance = snapshot.wallets.iter().filter_map(|(lane, wallet)| {
            let (amount, denom) = wallet.balance.as_ref()?;
            Some((labels::with(labels(lane), "denom", denom), *amount as f64))
        });
        self.gauge("wallet_balance", "What the wallet held when it was read last", balance);
        let left = snapshot.wallets.iter().filter_map(|(lane, wallet)| Some((labels(lane), wallet.txs_left()? as f64)));
        self.gauge("wallet_txs_left", "Transactions that the wallet can pay for, at what the last ones cost", left);
    }

    fn watched(&mut self, all: &Watched) {
        let states = all.clients().flat_map(|(labels, coverage)| {
            watched::states(coverage)
                .map(|(outcome, states)| (labels::with(labels.clone(), "outcome", outcome), states as f64))
        });
        self.gauge("monitor_states", "Consensus states that the client holds, by what became of them", states);
        let named = || all.clients().take(watched::CLIENTS_MAX);
        let height = named().filter_map(|(labels, one)| Some((labels, watched::checked_height(one)? as f64)));
        self.gauge("monitor_checked_height", "The highest of its states that was found true", height);
        let hindered = named().map(|(labels, one)| (labels, is(one.obstacle.is_some())));
        self.gauge("monitor_hindered", "1 while the client can't be looked at", hindered);
        let votes = all.double_votes.iter();
        let votes = votes.map(|(chain, number)| (vec![("tracked", chain.to_string())], *number));
        self.counter("monitor_double_votes", "Validators that signed two blocks of one height", votes);
        let standings = all.endpoints.iter().map(|((chain, endpoint), standing)| {
            let labels = vec![("chain", chain.to_string()), ("endpoint", endpoint.clone())];
            (labels::with(labels, "standing", *standing), 1.0)
        });
        self.gauge("monitor_endpoint", "1 for how the endpoint's blocks stand to those of the one in use", standings);
    }

    fn gauge(&mut self, name: &str, help: &str, rows: impl IntoIterator<Item = (Labels, f64)>) {
        let family = Family::<Labels, Gauge<f64, AtomicU64>>::default();
        for (labels, value) in rows {
            // Channels above the bound share their labels.
            family.get_or_create(&labels).inc_by(value);
        }
        self.0.register(name, help, family);
    }

    fn counter(&mut self, name: &str, help: &str, rows: impl IntoIterator<Item = (Labels, u64)>) {
        let family = Family::<Labels, Counter>::default();
        for (labels, value) in rows {
            // Channels above the bound share their labels.
            family.get_or_create(&labels).inc_by(value);
        }
        self.0.register(name, help, family);
    }
}

fn is(truth: bool) -> f64 {
    if truth { 1.0 } else { 0.0 }
}
