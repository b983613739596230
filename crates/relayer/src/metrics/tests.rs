//! Each counter is fed by its notice, each state stands on the page, and what is not ready is named.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use engine::{
    ChannelKey, ChannelPath, ChannelView, Head, Hopeless, LaneId, LaneView, Leg, Notice, PacketKey, Path, PathEnd,
    PathId, Progress, Purpose, Refused, RequestId, TxId,
};
use types::client::Status;
use types::{BlockHeight, ChainId, Class, Height, Order, Refusal, Sequence, Timestamp};

use super::page::page;
use super::ready::readiness;
use super::snapshot::{ChainState, EndpointState, Reads, Seen, Snapshot};
use super::watched::Watched;
use super::{ClientHealth, Metrics, labels, watched as watch};
use crate::monitor::{Coverage, Outcome, Span, Unchecked};
use crate::paths::Paths;

/// The labels of the channel that the tests speak of.
const LABELS: &str = r#"path="a-b",chain="chain-a",destination="chain-b",port="transfer",channel="channel-0""#;

pub(super) fn paths(channels: usize) -> Paths {
    let end = |chain: &str| PathEnd {
        chain: chain.parse().unwrap(),
        client: "07-tendermint-0".parse().unwrap(),
        connection: "connection-0".parse().unwrap(),
    };
    let channel = |number: usize| {
        let end = || ("transfer".parse().unwrap(), format!("channel-{number}").parse().unwrap());
        ChannelPath { a: end(), b: end(), order: Order::Unordered }
    };
    let channels = (0..channels).map(channel).collect();
    let id = PathId("a-b".into());
    Paths::new(vec![Path { id, a: end("chain-a"), b: end("chain-b"), channels, policy: Arc::default() }])
}

fn channel(number: usize) -> ChannelKey {
    ChannelKey {
        chain: "chain-a".parse().unwrap(),
        port: "transfer".parse().unwrap(),
        channel: format!("channel-{number}").parse().unwrap(),
    }
}

fn packet() -> PacketKey {
    PacketKey { source: channel(0), sequence: Sequence(1) }
}

fn lane() -> LaneId {
    LaneId { chain: "chain-a".parse().unwrap(), address: "cosmos1relayer".to_owned() }
}

fn refusal() -> Refusal {
    Refusal {
        class: Class::Stale,
        codespace: "sdk".to_owned(),
        code: 11,
        message_index: None,
        expected_sequence: None,
        log: "out of gas".to_owned(),
    }
}

fn committed(tx: u64, purpose: Purpose) -> Notice {
    Notice::TxCommitted { tx: TxId(tx), lane: lane(), height: BlockHeight(7), purpose, gas_used: 1_000 }
}

/// The page after these notices.
fn after(notices: &[Notice]) -> String {
    let (metrics, paths) = (Metrics::default(), paths(1));
    notices.iter().for_each(|notice| metrics.notice(notice, &paths));
    page(&metrics.counted, &Snapshot::default()).unwrap()
}

#[track_caller]
fn assert_says(page: &str, line: &str) {
    assert!(page.lines().any(|one| one == line), "{page}\nshould hold\n{line}");
}

/// Every notice that is counted, and the line that says so.
fn counted_notices() -> Vec<(Notice, String)> {
    let chain = lane().chain;
    let ended = |progress| Notice::PacketEnded { packet: packet(), progress, blocks: None, lasted: None };
    let by_channel = |name: &str, label: &str| format!("lightship_{name}_total{{{LABELS}{label}}} 1");
    let by_chain = |name: &str, label: &str| format!("lightship_{name}_total{{chain=\"chain-a\"{label}}} 1");
    vec![
        (ended(Progress::Acknowledged), by_channel("packets_ended", ",how=\"acknowledged\"")),
        (ended(Progress::TimedOut), by_channel("packets_ended", ",how=\"timed_out\"")),
        (ended(Progress::Received), by_channel("packets_ended", ",how=\"unseen\"")),
        (
            Notice::Quarantined { packet: packet(), leg: Leg::Recv, reason: "no".to_owned() },
            by_channel("packets_quarantined", ",leg=\"recv\""),
        ),
        (
            Notice::PacketRefused { packet: packet(), refused: Refused::Memo { size: 40_000 } },
            by_channel("packets_refused", ",rule=\"memo\""),
        ),
        (
            Notice::PacketHopeless { packet: packet(), hopeless: Hopeless::AcknowledgementMalformed },
            by_channel("packets_hopeless", ",reason=\"acknowledgement_malformed\""),
        ),
        (Notice::ClaimRefuted { packet: packet() }, by_channel("claims_refuted", "")),
        (Notice::SourceClosed { channel: channel(0) }, by_channel("channels_closed", "")),
        (
            Notice::Redundant { lane: lane(), messages: 1, is_paid: true },
            by_chain("messages_redundant", ",paid=\"true\""),
        ),
        (
            Notice::Redundant { lane: lane(), messages: 1, is_paid: false },
            by_chain("messages_redundant", ",paid=\"false\""),
        ),
        (Notice::TxFailed { tx: TxId(1), lane: lane(), refusal: refusal() }, by_chain("txs", ",end=\"failed\"")),
        (Notice::TxVoid { tx: TxId(1), lane: lane() }, by_chain("txs", ",end=\"void\"")),
        (Notice::LaneBlocked { lane: lane(), reason: "poor".to_owned() }, by_chain("wallet_blocks", "")),
        (Notice::BlocksPruned { chain, from: BlockHeight(5), to: BlockHeight(5) }, by_chain("blocks_pruned", "")),
    ]
}

#[test]
fn each_notice_is_counted_where_it_belongs() {
    for (notice, line) in counted_notices() {
        assert_says(&after(&[notice]), &line);
    }
    let client = "07-tendermint-0".parse().unwrap();
    let states = [
        Notice::LaneUnblocked { lane: lane() },
        Notice::ClientUnusable { chain: lane().chain, client, reason: "frozen".to_owned() },
    ];
    assert_eq!(after(&states), after(&[]), "a state is no count");
}

#[test]
fn a_committed_transaction_counts_its_messages_and_its_gas() {
    let legs = [Leg::Recv, Leg::Recv, Leg::Ack, Leg::Timeout, Leg::TimeoutOnClose].map(|leg| (packet(), leg)).to_vec();
    let request = Purpose::Request { request: RequestId("refresh".to_owned()) };
    let page = after(&[committed(1, Purpose::Packets { updates: 1, legs }), committed(2, request)]);
    for (kind, number) in
        [("update_client", 1), ("recv", 2), ("ack", 1), ("timeout", 1), ("timeout_on_close", 1), ("request", 1)]
    {
        assert_says(&page, &format!("lightship_messages_total{{chain=\"chain-a\",kind=\"{kind}\"}} {number}"));
    }
    assert_says(&page, "lightship_txs_total{chain=\"chain-a\",end=\"committed\"} 2");
    assert_says(&page, "lightship_gas_used_total{chain=\"chain-a\"} 2000");
}

#[test]
fn latency_is_that_of_acknowledged_packets() {
    let ended = |progress, blocks, seconds: u64| Notice::PacketEnded {
        packet: packet(),
        progress,
        blocks: Some(blocks),
        lasted: Some(Duration::from_secs(seconds)),
    };
    let page = after(&[ended(Progress::Acknowledged, 4, 9), ended(Progress::TimedOut, 900, 4_000)]);
    for line in [
        format!("lightship_packet_latency_blocks_sum{{{LABELS}}} 4.0"),
        format!("lightship_packet_latency_blocks_count{{{LABELS}}} 1"),
        format!("lightship_packet_latency_blocks_bucket{{le=\"3.0\",{LABELS}}} 0"),
        format!("lightship_packet_latency_blocks_bucket{{le=\"4.0\",{LABELS}}} 1"),
        format!("lightship_packet_latency_seconds_sum{{{LABELS}}} 9.0"),
    ] {
        assert_says(&page, &line);
    }
}

#[test]
fn a_fee_is_spent_when_its_transaction_stands_in_a_block_and_not_before() {
    let (metrics, paths) = (Metrics::default(), paths(1));
    for tx in 1..=3 {
        metrics.signed(TxId(tx), 500);
    }
    metrics.notice(&committed(1, Purpose::Packets { updates: 0, legs: Vec::new() }), &paths);
    metrics.notice(&Notice::TxFailed { tx: TxId(2), lane: lane(), refusal: refusal() }, &paths);
    metrics.notice(&Notice::TxVoid { tx: TxId(3), lane: lane() }, &paths);
    let page = page(&metrics.counted, &Snapshot::default()).unwrap();
    assert_says(&page, "lightship_fees_spent_total{chain=\"chain-a\"} 1000.0");
    assert!(metrics.told().fees.is_empty());
}

#[test]
fn channels_beyond_the_bound_share_their_series() {
    let (metrics, paths) = (Metrics::default(), paths(labels::CHANNELS_MAX + 50));
    for number in 0..labels::CHANNELS_MAX + 50 {
        let packet = PacketKey { source: channel(number), sequence: Sequence(1) };
        metrics.notice(&Notice::ClaimRefuted { packet }, &paths);
    }
    let page = page(&metrics.counted, &Snapshot::default()).unwrap();
    let series = page.lines().filter(|line| line.starts_with("lightship_claims_refuted_total{")).count();
    assert_eq!(series, labels::CHANNELS_MAX + 1);
    assert!(page.contains("port=\"other\",channel=\"other\"} 50\n"), "{page}");
}

/// Everything is there, with one of each.
fn standing() -> Snapshot {
    let view = ChannelView {
        sent: 3,
        backlog: 2,
        quarantined: 1,
        unfound: BTreeSet::from([Sequence(9)]),
        swept_at: Some(BlockHeight(40)),
        ..ChannelView::default()
    };
    let chain = ChainState {
        is_connected: true,
        head: Some(Head { height: BlockHeight(42), time: Timestamp(0) }),
        head_age: Some(Duration::from_secs(7)),
        head_age_max: Duration::from_secs(35),
    };
    let client =
        ClientHealth { status: Some(Status::Active), expires_in: Some(Duration::from_secs(600)), unusable: None };
    let endpoint = EndpointState {
        labels: vec![("chain", "chain-a".to_owned())],
        is_up: true,
        height: Some(42),
        requests: chain::Requests { calls: 9, http: 5, failed: 1 },
    };
    let lane_view = LaneView { queued: 0, in_flight: 2, is_blocked: false };
    let mut wallet = super::wallet::Wallet::default();
    wallet.paid(10);
    wallet.holds(&lane(), "stake", 5_000);
    Snapshot {
        seen: Some(Seen {
            channels: vec![(channel(0), labels::channel(&paths(1), &channel(0)), view)],
            lanes: BTreeMap::from([(lane(), lane_view)]),
            reads: BTreeMap::from([(lane().chain, Reads { lag: 1, gaps: 4 })]),
        }),
        chains: BTreeMap::from([(lane().chain, chain)]),
        endpoints: vec![endpoint],
        clients: BTreeMap::from([((lane().chain, "07-tendermint-0".parse().unwrap()), client)]),
        wallets: BTreeMap::from([(lane(), wallet)]),
        watched: Some(watched()),
    }
}

/// A client whose states were compared, one of them with a suspicion.
fn watched() -> Watched {
    let at = |height| Height { revision_number: 1, revision_height: height };
    let span = |from, to, states, outcome| Span { from: at(from), to: at(to), states, outcome };
    let chain: ChainId = "chain-b-1".parse().unwrap();
    Watched {
        unlisted: Vec::new(),
        coverage: vec![Coverage {
            host: lane().chain,
            client: "07-tendermint-0".parse().unwrap(),
            tracked: chain.clone(),
            status: Some(Status::Active),
            spans: vec![
                span(3, 5, 3, Outcome::Unchecked(Unchecked::Pruned)),
                span(7, 30, 8, Outcome::Checked { witnesses: 2 }),
                span(90, 90, 1, Outcome::Suspected),
            ],
            is_complete: true,
            obstacle: None,
            at: Timestamp(1),
        }],
        double_votes: BTreeMap::from([(chain.clone(), 2)]),
        endpoints: BTreeMap::from([((chain, "http://two".to_owned()), "contradicts")]),
    }
}

#[test]
fn every_state_stands_on_the_page() {
    let page = page(&Metrics::default().counted, &standing()).unwrap();
    let lane = r#"chain="chain-a",address="cosmos1relayer""#;
    let client = r#"chain="chain-a",client="07-tendermint-0""#;
    for line in [
        "lightship_driver_up 1.0".to_owned(),
        format!("lightship_packets{{{LABELS},stage=\"sent\"}} 3.0"),
        format!("lightship_packets{{{LABELS},stage=\"quarantined\"}} 1.0"),
        format!("lightship_packets{{{LABELS},stage=\"unfound\"}} 1.0"),
        format!("lightship_packets_backlog{{{LABELS}}} 2.0"),
        format!("lightship_channel_swept_height{{{LABELS}}} 40.0"),
        format!("lightship_wallet_txs_in_flight{{{lane}}} 2.0"),
        format!("lightship_wallet_blocked{{{lane}}} 0.0"),
        format!("lightship_wallet_balance{{{lane},denom=\"stake\"}} 5000.0"),
        format!("lightship_wallet_txs_left{{{lane}}} 500.0"),
        "lightship_chain_blocks_behind{chain=\"chain-a\"} 1.0".to_owned(),
        "lightship_chain_blocks_unread{chain=\"chain-a\"} 4.0".to_owned(),
        "lightship_chain_head_height{chain=\"chain-a\"} 42.0".to_owned(),
        "lightship_chain_head_age_seconds{chain=\"chain-a\"} 7.0".to_owned(),
        "lightship_endpoint_up{chain=\"chain-a\"} 1.0".to_owned(),
        "lightship_endpoint_errors_total{chain=\"chain-a\"} 1".to_owned(),
        "lightship_rpc_calls_total{chain=\"chain-a\"} 9".to_owned(),
        format!("lightship_client_expiry_seconds{{{client}}} 600.0"),
        format!("lightship_monitor_states{{{client},tracked=\"chain-b-1\",outcome=\"checked\"}} 8.0"),
        format!("lightship_monitor_states{{{client},tracked=\"chain-b-1\",outcome=\"unchecked\"}} 3.0"),
        format!("lightship_monitor_states{{{client},tracked=\"chain-b-1\",outcome=\"suspected\"}} 1.0"),
        format!("lightship_monitor_checked_height{{{client},tracked=\"chain-b-1\"}} 30.0"),
        format!("lightship_monitor_hindered{{{client},tracked=\"chain-b-1\"}} 0.0"),
        "lightship_monitor_double_votes_total{tracked=\"chain-b-1\"} 2".to_owned(),
        "lightship_monitor_endpoint{chain=\"chain-b-1\",endpoint=\"http://two\",standing=\"contradicts\"} 1.0"
            .to_owned(),
        format!("lightship_client_status{{{client},status=\"active\"}} 1.0"),
        format!("lightship_client_status{{{client},status=\"expired\"}} 0.0"),
        format!("lightship_build_info{{version=\"{}\"}} 1", env!("CARGO_PKG_VERSION")),
        "# EOF".to_owned(),
    ] {
        assert_says(&page, &line);
    }
}

#[test]
fn clients_beyond_the_bound_share_their_series_and_the_worst_of_them_is_seen() {
    let mut all = standing();
    let watched = all.watched.as_mut().unwrap();
    let one = watched.coverage[0].clone();
    let numbered = |number| Coverage { client: format!("07-tendermint-{number}").parse().unwrap(), ..one.clone() };
    watched.coverage = (0..watch::CLIENTS_MAX + 50).map(numbered).collect();
    let page = page(&Metrics::default().counted, &all).unwrap();
    let series = page.lines().filter(|line| line.starts_with("lightship_monitor_states{")).count();
    assert_eq!(series, 4 * (watch::CLIENTS_MAX + 1));
    assert_says(
        &page,
        "lightship_monitor_states{chain=\"chain-a\",client=\"other\",tracked=\"chain-b-1\",outcome=\"suspected\"} 50.0",
    );
}

#[test]
fn the_readme_tells_every_metric() {
    let readme = include_str!("../../README.md");
    let (metrics, paths) = (Metrics::default(), paths(1));
    let (blocks, lasted) = (Some(4), Some(Duration::from_secs(9)));
    let ended = Notice::PacketEnded { packet: packet(), progress: Progress::Acknowledged, blocks, lasted };
    metrics.signed(TxId(1), 500);
    let sent = committed(1, Purpose::Packets { updates: 1, legs: Vec::new() });
    let notices = counted_notices().into_iter().map(|(notice, _)| notice).chain([ended, sent]);
    notices.for_each(|notice| metrics.notice(&notice, &paths));
    let chain = "chain-a".parse().unwrap();
    metrics.attack(&chain, "lunatic");
    metrics.attacked_client(&chain, "frozen");
    metrics.attack_answered(&chain);
    let page = page(&metrics.counted, &standing()).unwrap();
    let names = page.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let names: BTreeSet<&str> = names.collect();
    assert_eq!(names.len(), readme.lines().filter(|line| line.starts_with("| `lightship_")).count());
    for name in names {
        assert!(readme.contains(&format!("`{name}`")), "{name} is not in the table");
    }
}

#[test]
fn what_is_not_ready_is_named_with_its_reason() {
    type Spoil<'a> = &'a dyn Fn(&mut Snapshot);
    assert!(readiness(&standing()).ready);
    let spoilt = |spoil: Spoil<'_>| {
        let mut snapshot = standing();
        spoil(&mut snapshot);
        let readiness = readiness(&snapshot);
        assert!(!readiness.ready);
        let [only] = readiness.not_ready.as_slice() else { panic!("{readiness:?}") };
        (only.reason, only.subject.clone())
    };
    fn first<K, V>(map: &mut BTreeMap<K, V>) -> &mut V {
        map.values_mut().next().unwrap()
    }
    let client = "chain-a/07-tendermint-0".to_owned();
    let rows: [(Spoil<'_>, _, String); 9] = [
        (&|all| first(&mut all.chains).is_connected = false, "chain_unreachable", "chain-a".to_owned()),
        (&|all| first(&mut all.chains).head_age = Some(Duration::from_secs(36)), "head_old", "chain-a".to_owned()),
        (&|all| first(&mut all.clients).status = Some(Status::Frozen), "client_unusable", client.clone()),
        (&|all| first(&mut all.clients).unusable = Some("expired".to_owned()), "client_unusable", client),
        (&|all| all.seen = None, "driver_silent", "driver".to_owned()),
        (&|all| all.watched.as_mut().unwrap().unlisted.push(lane().chain), "not_watched", "chain-a".to_owned()),
        (
            &|all| all.watched.as_mut().unwrap().coverage[0].obstacle = Some("no answer".to_owned()),
            "not_watched",
            "chain-a/07-tendermint-0".to_owned(),
        ),
        (
            &|all| first(&mut all.seen.as_mut().unwrap().lanes).is_blocked = true,
            "wallet_blocked",
            "chain-a/cosmos1relayer".to_owned(),
        ),
        (
            &|all| all.seen.as_mut().unwrap().channels[0].2.swept_at = None,
            "not_swept",
            "chain-a/transfer/channel-0".to_owned(),
        ),
    ];
    for (spoil, reason, subject) in rows {
        assert_eq!(spoilt(spoil), (reason, subject));
    }
}

#[test]
fn a_client_that_was_useless_is_usable_again_once_it_is_seen_active() {
    let metrics = Metrics::default();
    let (chain, client) = (lane().chain, "07-tendermint-0".parse().unwrap());
    let reason = "expired".to_owned();
    metrics.notice(&Notice::ClientUnusable { chain: chain.clone(), client, reason }, &paths(1));
    let client = "07-tendermint-0".parse().unwrap();
    let key = (chain.clone(), client);
    assert!(metrics.clients()[&key].unusable.is_some());
    metrics.client(&chain, &key.1, Some(Duration::from_secs(60)), Status::Active);
    let health = &metrics.clients()[&key];
    assert_eq!((health.status, &health.unusable), (Some(Status::Active), &None));
    assert!(health.expires_in.is_some_and(|left| left <= Duration::from_secs(60)));
}
