//! What a block says of itself.

use proto::ibc::lightclients::tendermint::v1 as raw;
use proto::tendermint_proto::{google::protobuf::Timestamp as Time, types as cometbft, version::Consensus};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::{Named, extreme, odd_bytes};
use crate::attempt::Attempt;
use crate::scenario::octets;

pub(super) const CHANGES: &[Named] = &[
    ("header: none", |attempt, random| {
        if let Some(signed) = attempt.any_header(random).and_then(|header| header.signed_header.as_mut()) {
            signed.header = None;
        }
    }),
    ("header: version", |attempt, random| {
        let block = [0, 10, 11, 12, u64::MAX][random.gen_range(0..5)];
        let version = [None, Some(Consensus { block, app: random.r#gen() })][random.gen_range(0..2)];
        change(attempt, random, |header, _| header.version = version);
    }),
    ("header: chain id", |attempt, random| {
        change(attempt, random, |header, random| header.chain_id = chain_id(random))
    }),
    ("header: chain id of all", |attempt, random| {
        let id = chain_id(random);
        for header in attempt.headers() {
            with(header, |header| header.chain_id = id.clone());
        }
    }),
    ("header: height", |attempt, random| {
        change(attempt, random, |header, random| {
            header.height = if random.gen_bool(0.5) { extreme(random) } else { random.gen_range(0..600) };
        });
    }),
    ("header: adjacent, or not above its trusted height", |attempt, random| {
        let Some(header) = attempt.any_header(random) else { return };
        let trusted = header.trusted_height.map_or(0, |height| height.revision_height.cast_signed());
        let height = trusted.saturating_add(random.gen_range(-1..=1));
        with(header, |header| header.height = height);
    }),
    ("header: time", |attempt, random| change(attempt, random, |header, random| header.time = time(random))),
    ("header: at a time of a state", |attempt, random| {
        let states = attempt.states.values().filter_map(|state| state.timestamp);
        let Some(state) = rand::seq::IteratorRandom::choose(states, random) else { return };
        let nanos = (state.nanos + random.gen_range(-1..=1)).clamp(0, 999_999_999);
        change(attempt, random, |header, _| header.time = Some(Time { seconds: state.seconds, nanos }));
    }),
    ("header: last block id", |attempt, random| {
        change(attempt, random, |header, random| header.last_block_id = block_id(random));
    }),
    ("header: first", |attempt, random| {
        // A client that trusts height 0 has its latest state elsewhere.
        let Some(header) = attempt.any_header(random) else { return };
        with(header, |header| header.height = 1);
        if let Some(height) = &mut header.trusted_height {
            height.revision_height = 0;
            let height = (*height).into();
            let state = attempt.states.values().next().cloned();
            state.map(|state| attempt.states.insert(height, state));
        }
    }),
    ("header: a hash", |attempt, random| {
        change(attempt, random, |header, random| {
            let hashes = [
                &mut header.last_commit_hash,
                &mut header.data_hash,
                &mut header.validators_hash,
                &mut header.next_validators_hash,
                &mut header.consensus_hash,
                &mut header.app_hash,
                &mut header.last_results_hash,
                &mut header.evidence_hash,
                &mut header.proposer_address,
            ];
            let place = random.gen_range(0..hashes.len());
            for (_, hash) in hashes.into_iter().enumerate().filter(|(index, _)| *index == place) {
                *hash = odd_bytes(random);
            }
        });
    }),
    ("header: next validators", |attempt, random| {
        change(attempt, random, |header, random| header.next_validators_hash = octets(random));
    }),
];

/// Changes one of the headers, if there is one.
fn change(attempt: &mut Attempt, random: &mut ChaCha8Rng, change: impl Fn(&mut cometbft::Header, &mut ChaCha8Rng)) {
    let Some(header) = attempt.any_header(random) else { return };
    with(header, |header| change(header, random));
}

fn with(header: &mut raw::Header, change: impl FnOnce(&mut cometbft::Header)) {
    if let Some(header) = header.signed_header.as_mut().and_then(|signed| signed.header.as_mut()) {
        change(header);
    }
}

fn chain_id(random: &mut ChaCha8Rng) -> String {
    let ids = [
        "",
        "chain",
        "chain-1",
        "chain-2",
        "chain-7",
        "chain-0",
        "chain-01",
        "chain--1",
        "-1",
        "other-1",
        "a-b-4",
        "chain 1",
        "chain-1 ",
        "ch\u{e4}in-1",
        "chain\n-1",
        "x-18446744073709551616",
        "x-18446744073709551615",
    ];
    match random.gen_range(0..20) {
        0 => "c".repeat(50),
        1 => "c".repeat(51),
        2 => format!("{}-1", "c".repeat(49)),
        _ => ids[random.gen_range(0..ids.len())].to_owned(),
    }
}

/// The ends of what Go and protobuf can write, and what lies beyond.
fn time(random: &mut ChaCha8Rng) -> Option<Time> {
    let (year_1, year_10_000) = (-62_135_596_800, 253_402_300_800);
    let seconds = [0, -1, year_1, year_1 - 1, year_10_000 - 1, year_10_000, i64::MAX, i64::MIN, 1_700_000_000];
    let nanos = [0, 0, 1, 999_999_999, 1_000_000_000, -1][random.gen_range(0..6)];
    random.gen_bool(0.9).then(|| Time { seconds: seconds[random.gen_range(0..seconds.len())], nanos })
}

pub(super) fn block_id(random: &mut ChaCha8Rng) -> Option<cometbft::BlockId> {
    let hash = |random: &mut ChaCha8Rng| if random.gen_bool(0.5) { octets(random) } else { odd_bytes(random) };
    let total = [0, 1, u32::MAX][random.gen_range(0..3)];
    let parts = cometbft::PartSetHeader { total, hash: hash(random) };
    let part_set_header = random.gen_bool(0.8).then_some(parts);
    random.gen_bool(0.8).then(|| cometbft::BlockId { hash: hash(random), part_set_header })
}
