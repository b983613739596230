//! What Go makes of values when it writes them into an error.

use std::time::Duration;

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

#[cfg(test)]
mod tests {
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
    fn a_time_is_written_as_go_writes_it() {
        assert_eq!(time(Time::from_unix_timestamp(5, 0).unwrap()), "1970-01-01 00:00:05 +0000 UTC");
        assert_eq!(time(Time::from_unix_timestamp(5, 600_000_000).unwrap()), "1970-01-01 00:00:05.6 +0000 UTC");
    }
}
