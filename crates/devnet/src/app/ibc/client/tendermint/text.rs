//! What Go makes of values when it writes them into an error.

use std::time::Duration;

use proto::tendermint_proto::types::{Validator, ValidatorSet};
use proto::tendermint_proto::v0_38::crypto::public_key::Sum;
use tendermint::Time;

/// `time.Duration.String()`: `336h0m0s`, `1.5s`, `0s`.
pub(super) fn duration(duration: Duration) -> String {
    let seconds = duration.as_secs();
    if seconds == 0 {
        return below_a_second(duration);
    }
    let (hours, minutes, rest) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let rest = format!("{rest}{}s", fraction(duration.subsec_nanos()));
    match (hours, minutes) {
        (0, 0) => rest,
        (0, minutes) => format!("{minutes}m{rest}"),
        (hours, minutes) => format!("{hours}h{minutes}m{rest}"),
    }
}

fn below_a_second(duration: Duration) -> String {
    let trimmed = |value: f64, unit: &str| format!("{value}{unit}");
    match duration.subsec_nanos() {
        0 => "0s".to_owned(),
        nanos @ 1..1_000 => format!("{nanos}ns"),
        nanos @ 1_000..1_000_000 => trimmed(f64::from(nanos) / 1e3, "µs"),
        nanos => trimmed(f64::from(nanos) / 1e6, "ms"),
    }
}

/// Nanoseconds behind the point, without zeros at the end.
fn fraction(nanos: u32) -> String {
    if nanos == 0 {
        return String::new();
    }
    format!(".{}", format!("{nanos:09}").trim_end_matches('0'))
}

/// `time.Time.String()` in UTC: `2026-01-02 03:04:05.6 +0000 UTC`.
pub(super) fn time(time: Time) -> String {
    let text = time.to_rfc3339();
    let text = text.strip_suffix('Z').unwrap_or(&text);
    format!("{} +0000 UTC", text.replacen('T', " ", 1))
}

/// A set of validators as gogoproto writes it on one line (`proto.CompactTextString`).
pub(super) fn validator_set(set: &ValidatorSet) -> String {
    let mut text: String = set.validators.iter().map(|one| format!("validators:<{}> ", validator(one))).collect();
    if let Some(proposer) = &set.proposer {
        text += &format!("proposer:<{}> ", validator(proposer));
    }
    text + &number("total_voting_power", set.total_voting_power)
}

fn validator(validator: &Validator) -> String {
    let key = validator.pub_key.as_ref().and_then(|key| key.sum.as_ref());
    let key = key.map_or_else(String::new, |key| match key {
        Sum::Ed25519(key) => format!("ed25519:{} ", octets(key)),
        Sum::Secp256k1(key) => format!("secp256k1:{} ", octets(key)),
    });
    let address = match validator.address.as_slice() {
        [] => String::new(),
        address => format!("address:{} ", octets(address)),
    };
    let power = number("voting_power", validator.voting_power);
    let priority = number("proposer_priority", validator.proposer_priority);
    format!("{address}pub_key:<{key}> {power}{priority}")
}

/// Zero is not written.
fn number(name: &str, value: i64) -> String {
    if value == 0 { String::new() } else { format!("{name}:{value} ") }
}

fn octets(bytes: &[u8]) -> String {
    let mut text = String::from('"');
    for byte in bytes {
        match byte {
            b'\n' => text.push_str(r"\n"),
            b'\r' => text.push_str(r"\r"),
            b'\t' => text.push_str(r"\t"),
            b'"' | b'\\' => text.extend(['\\', char::from(*byte)]),
            0x20..=0x7e => text.push(char::from(*byte)),
            _ => text += &format!("\\{byte:03o}"),
        }
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use proto::tendermint_proto::v0_38::crypto::PublicKey;

    use super::*;

    #[test]
    fn a_duration_is_written_as_go_writes_it() {
        let texts = [
            (Duration::ZERO, "0s"),
            (Duration::from_nanos(7), "7ns"),
            (Duration::from_micros(1_500), "1.5ms"),
            (Duration::from_millis(1_500), "1.5s"),
            (Duration::from_secs(61), "1m1s"),
            (Duration::from_secs(14 * 24 * 3600), "336h0m0s"),
        ];
        for (value, text) in texts {
            assert_eq!(duration(value), text);
        }
    }

    #[test]
    fn validators_are_written_as_gogoproto_writes_them() {
        let validator = Validator {
            address: b"\x00\"a\\\n\xff".to_vec(),
            pub_key: Some(PublicKey { sum: Some(Sum::Ed25519(b"k\t".to_vec())) }),
            voting_power: 7,
            proposer_priority: -3,
        };
        let set = ValidatorSet {
            validators: vec![validator.clone(), Validator::default()],
            proposer: Some(validator),
            total_voting_power: 9,
        };
        let one = r#"<address:"\000\"a\\\n\377" pub_key:<ed25519:"k\t" > voting_power:7 proposer_priority:-3 >"#;
        let expected = format!("validators:{one} validators:<pub_key:<> > proposer:{one} total_voting_power:9 ");
        assert_eq!(validator_set(&set), expected);
    }

    #[test]
    fn a_time_is_written_as_go_writes_it() {
        assert_eq!(time(Time::from_unix_timestamp(5, 0).unwrap()), "1970-01-01 00:00:05 +0000 UTC");
        assert_eq!(time(Time::from_unix_timestamp(5, 600_000_000).unwrap()), "1970-01-01 00:00:05.6 +0000 UTC");
    }
}
