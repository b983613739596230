//! `lightship light verify`.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use light_client::TrustThreshold;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use types::Timestamp;

use crate::config::parse_trust_threshold;

/// `light verify`.
#[derive(Args, Debug)]
pub(crate) struct LightVerifyArgs {
    /// Block to start from: signed_header and next_validator_set, in the JSON of CometBFT's RPC
    #[arg(long, value_name = "FILE")]
    pub(crate) trusted: PathBuf,
    /// Blocks to verify, in this order: signed_header, validator_set and next_validator_set, one or an array a file
    #[arg(long, value_name = "FILE", required = true, num_args = 1..)]
    pub(crate) untrusted: Vec<PathBuf>,
    /// Time to judge at, such as 2026-01-31T12:00:00Z [default: the system's]
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) now: Option<Timestamp>,
    /// How long after its time a header is trusted, such as 3h
    #[arg(long, value_name = "DURATION", default_value = "14days", value_parser = humantime::parse_duration)]
    pub(crate) trusting_period: Duration,
    /// Part of the trusted voting power that must have signed a header which is not adjacent, from 1/3 to 1/1
    #[arg(long, value_name = "FRACTION", default_value = "1/3", value_parser = parse_trust_threshold)]
    pub(crate) trust_threshold: TrustThreshold,
    /// How far after the time to judge at a header's time may lie
    #[arg(long, value_name = "DURATION", default_value = "10s", value_parser = humantime::parse_duration)]
    pub(crate) clock_drift: Duration,
    /// Leave no height out
    #[arg(long)]
    pub(crate) sequential: bool,
}

/// Reads a time as RFC 3339 writes it.
fn moment(text: &str) -> Result<Timestamp, String> {
    let nanos = OffsetDateTime::parse(text, &Rfc3339).ok().map(OffsetDateTime::unix_timestamp_nanos);
    let since_1970 = nanos.and_then(|nanos| u64::try_from(nanos).ok());
    let refuse = || format!("{text:?} is no time since 1970; write one such as 2026-01-31T12:00:00Z");
    since_1970.map(Timestamp).ok_or_else(refuse)
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command, LightCommand};

    fn parse(rest: &[&str]) -> Result<LightVerifyArgs, clap::Error> {
        let base = ["lightship", "light", "verify", "--trusted", "t.json", "--untrusted", "u.json"];
        match Cli::try_parse_from(base.iter().chain(rest))?.command {
            Command::Light(LightCommand::Verify(args)) => Ok(args),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn files_may_follow_each_other_or_the_flag_again() {
        for rest in [&["v.json", "w.json"][..], &["--untrusted", "v.json", "--untrusted", "w.json", "--sequential"]] {
            let names = parse(rest).unwrap().untrusted;
            assert_eq!(names, ["u.json", "v.json", "w.json"].map(PathBuf::from), "{rest:?}");
        }
        assert!(Cli::try_parse_from(["lightship", "light", "verify", "--trusted", "t.json"]).is_err());
    }

    #[test]
    fn periods_fractions_and_times_are_read_as_people_write_them() {
        let args = parse(&["--trusting-period", "3h", "--clock-drift", "1h30m", "--trust-threshold", "2/3"]).unwrap();
        assert_eq!((args.trusting_period, args.clock_drift), (Duration::from_secs(10_800), Duration::from_secs(5400)));
        assert_eq!(args.trust_threshold, TrustThreshold::TWO_THIRDS);
        assert_eq!(parse(&["--clock-drift", "0s"]).unwrap().clock_drift, Duration::ZERO);
        assert_eq!(parse(&["--trusting-period", "1400ns"]).unwrap().trusting_period, Duration::from_nanos(1400));
        let now = |text| parse(&["--now", text]).unwrap().now;
        for same in ["1970-01-01T00:23:22.5Z", "1970-01-01T00:23:22.500000000Z", "1970-01-01T02:23:22.50+02:00"] {
            assert_eq!(now(same), Some(Timestamp(1_402_500_000_000)), "{same}");
        }
    }

    #[test]
    fn what_no_light_client_could_be_told_is_refused() {
        for (flag, values) in [
            ("--now", &["1969-12-31T23:59:59Z", "12:00", "now", "2026-01-31", "9999-12-31T00:00:00Z"][..]),
            ("--trusting-period", &["3", "-3h", "3 parsecs", ""]),
            ("--clock-drift", &["soon"]),
            ("--trust-threshold", &["1/4", "4/3", "0/0", "1", "third", "1/3/3", "-1/3"]),
        ] {
            for value in values {
                assert!(parse(&[flag, value]).is_err(), "{flag} {value}");
            }
        }
    }
}
