//! What the chain holds of the client, and its time.

use proto::google::protobuf::{Duration, Timestamp as RawTimestamp};
use proto::ibc::lightclients::tendermint::v1 as raw;
use rand::Rng;
use rand::seq::IteratorRandom;
use rand_chacha::ChaCha8Rng;
use types::{Height, Timestamp};

use super::Named;
use crate::attempt::Attempt;
use crate::scenario::{NANOS, octets};

pub(super) const CHANGES: &[Named] = &[
    ("client: frozen", |attempt, random| {
        let [revision_number, revision_height] = [(0, 1), (1, 0), (1, 9)][random.gen_range(0..3)].into();
        attempt.client.frozen_height = Some(Height { revision_number, revision_height }.into());
    }),
    ("client: trust level", |attempt, random| {
        let big = 1 << 60;
        let levels = [(1, 3), (2, 3), (1, 1), (3, 3), (5, 9), (2, 5), (big, big), (big, 2 * big), (big + 1, big + 2)];
        let (numerator, denominator) = levels[random.gen_range(0..levels.len())];
        attempt.client.trust_level = Some(raw::Fraction { numerator, denominator });
    }),
    ("client: trusting period", |attempt, random| {
        let seconds = [1, 5, 60, 3600, 9_000_000_000][random.gen_range(0..5)];
        attempt.client.trusting_period = Some(Duration { seconds, nanos: 0 });
    }),
    ("client: clock drift", |attempt, random| {
        attempt.client.max_clock_drift = Some(Duration { seconds: 0, nanos: [1, 999_999_999][random.gen_range(0..2)] });
    }),
    ("client: of another chain", |attempt, random| {
        let ids = ["chain-1", "chain-2", "chain", "chain-8", "other-1", "a-b-3", "a-b-4"];
        attempt.client.chain_id = ids[random.gen_range(0..ids.len())].to_owned();
    }),
    ("client: without a state", |attempt, random| {
        let height = attempt.states.keys().copied().choose(random);
        height.map(|height| attempt.states.remove(&height));
    }),
    ("client: without its latest state", |attempt, _| drop(attempt.states.pop_last())),
    ("client: other next validators", |attempt, random| {
        if let Some(state) = attempt.states.values_mut().choose(random) {
            state.next_validators_hash = if random.gen_bool(0.7) { octets(random) } else { super::odd_bytes(random) };
        }
    }),
    ("client: expires now", |attempt, random| {
        let end = |state: &raw::ConsensusState| nanos(state.timestamp).map(|time| time + period(&attempt.client));
        if let Some(end) = attempt.states.values().filter_map(end).choose(random) {
            attempt.now = around(end, random);
        }
    }),
    ("client: as far behind as its drift", |attempt, random| {
        let drift = attempt.client.max_clock_drift.unwrap_or_default();
        let drift = drift.seconds.cast_unsigned() * NANOS + u64::from(drift.nanos.cast_unsigned());
        if let Some(time) = header_time(attempt, random) {
            attempt.now = around(time.saturating_sub(drift), random);
        }
    }),
    ("client: a state below or above at the header's time", |attempt, random| {
        if let Some(time) = header_time(attempt, random)
            && let Some(state) = attempt.states.values_mut().choose(random)
        {
            state.timestamp = Some(to_proto(around(time, random)));
        }
    }),
    ("client: a state of another revision", |attempt, random| {
        let Some((height, state)) = attempt.states.iter().choose(random) else { return };
        let (mut height, state) = (*height, state.clone());
        height.revision_number = height.revision_number.wrapping_add([1, u64::MAX][random.gen_range(0..2)]);
        attempt.states.insert(height, state);
        // No client has a state above its latest.
        let latest = attempt.states.last_key_value().map(|(height, _)| (*height).into());
        attempt.client.latest_height = latest;
    }),
];

fn header_time(attempt: &mut Attempt, random: &mut ChaCha8Rng) -> Option<u64> {
    let time = attempt.any_header(random)?.signed_header.as_ref()?.header.as_ref()?.time?;
    nanos(Some(RawTimestamp { seconds: time.seconds, nanos: time.nanos }))
}

/// A time that ICS-07 can hold.
fn nanos(time: Option<RawTimestamp>) -> Option<u64> {
    let (seconds, nanos) = (u64::try_from(time?.seconds).ok()?, u64::try_from(time?.nanos).ok()?);
    seconds.checked_mul(NANOS)?.checked_add(nanos)
}

fn period(client: &raw::ClientState) -> u64 {
    client.trusting_period.map_or(0, |period| period.seconds.cast_unsigned() * NANOS)
}

/// That time, or a nanosecond before or after.
fn around(time: u64, random: &mut ChaCha8Rng) -> Timestamp {
    Timestamp((time + random.gen_range(0..3)).saturating_sub(1))
}

fn to_proto(time: Timestamp) -> RawTimestamp {
    let nanos = i32::try_from(time.0 % NANOS).expect("below 10^9");
    RawTimestamp { seconds: (time.0 / NANOS).cast_signed(), nanos }
}
