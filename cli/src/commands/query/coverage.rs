//! What the watch over light clients has checked, and what not: asked of the process that watches, else read from what
//! it has written down.

use std::collections::BTreeMap;

use relayer::monitor::{self, Coverage, CoverageError, Outcome, Span};
use types::{ChainId, ClientId};

use crate::args::QueryCoverageArgs;
use crate::connect::{control_directory, monitor_directory};
use crate::context::Context;
use crate::exit::Failure;

/// Asks whoever watches: a relayer, or a monitor by itself; both, where both run.
pub(super) async fn run(context: &Context, args: &QueryCoverageArgs) -> Result<(), Failure> {
    let config = context.config()?;
    if let Some(chain) = &args.chain {
        config.chain(chain)?;
    }
    let mut newest: BTreeMap<(ChainId, ClientId), Coverage> = BTreeMap::new();
    for directory in [control_directory(config), monitor_directory(config)] {
        for coverage in monitor::coverage(&directory).await? {
            let key = (coverage.host.clone(), coverage.client.clone());
            if newest.get(&key).is_none_or(|known| known.at < coverage.at) {
                newest.insert(key, coverage);
            }
        }
    }
    let is_wanted = |coverage: &Coverage| {
        let is_of = |chain: &ChainId| coverage.host == *chain || coverage.tracked == *chain;
        args.chain.as_ref().is_none_or(is_of) && args.client.as_ref().is_none_or(|client| coverage.client == *client)
    };
    let rows: Vec<Coverage> = newest.into_values().filter(is_wanted).collect();
    let headers = ["CHAIN", "CLIENT", "TRACKS", "STATUS", "CHECKED", "NOT CHECKED", "FOUND", "LAST LOOK"];
    let nothing = "nothing was checked yet; lightship monitor watches, and so does lightship start with monitor = true";
    context.output.list(headers, &rows, cells, nothing)
}

fn cells(coverage: &Coverage) -> [String; 8] {
    let (mut checked, mut left, mut found) = (Vec::new(), Vec::new(), Vec::new());
    for span in &coverage.spans {
        match &span.outcome {
            Outcome::Checked { witnesses } => {
                checked.push(format!("{} by {witnesses}", heights(span)));
            }
            Outcome::Unchecked(reason) => left.push(format!("{} {}", heights(span), reason.name())),
            Outcome::Suspected => found.push(format!("{} suspected", heights(span))),
            Outcome::Attack => found.push(format!("{} attack", heights(span))),
        }
    }
    if !coverage.is_complete {
        left.push("more to look at".to_owned());
    }
    left.extend(coverage.obstacle.clone());
    let seconds = std::time::Duration::from_nanos(coverage.at.0);
    [
        coverage.host.to_string(),
        coverage.client.to_string(),
        coverage.tracked.to_string(),
        coverage.status.map_or_else(|| "unknown".to_owned(), |status| status.to_string()),
        checked.join(", "),
        left.join(", "),
        found.join(", "),
        humantime::format_rfc3339_seconds(std::time::UNIX_EPOCH + seconds).to_string(),
    ]
}

/// Its heights, and how many states the client holds there.
fn heights(span: &Span) -> String {
    if span.from == span.to {
        return span.from.to_string();
    }
    format!("{}..{} ({})", span.from, span.to, span.states)
}

impl From<CoverageError> for Failure {
    fn from(error: CoverageError) -> Self {
        Self::input(error)
    }
}

#[cfg(test)]
mod tests {
    use relayer::monitor::Unchecked;
    use types::{Height, Timestamp};

    use super::*;

    fn span(from: u64, to: u64, outcome: Outcome) -> Span {
        let at = |height| Height { revision_number: 1, revision_height: height };
        Span { from: at(from), to: at(to), states: to - from + 1, outcome }
    }

    #[test]
    fn a_row_tells_what_was_checked_by_how_many_and_what_not_and_why() {
        let coverage = Coverage {
            host: "chain-b".parse().unwrap(),
            client: "07-tendermint-0".parse().unwrap(),
            tracked: "chain-a-1".parse().unwrap(),
            status: None,
            spans: vec![
                span(3, 5, Outcome::Unchecked(Unchecked::Pruned)),
                span(7, 9, Outcome::Checked { witnesses: 2 }),
                span(12, 12, Outcome::Attack),
            ],
            is_complete: false,
            obstacle: Some("no answer".to_owned()),
            at: Timestamp(1_700_000_000_000_000_000),
        };
        let expected = [
            "chain-b",
            "07-tendermint-0",
            "chain-a-1",
            "unknown",
            "1-7..1-9 (3) by 2",
            "1-3..1-5 (3) pruned, more to look at, no answer",
            "1-12 attack",
            "2023-11-14T22:13:20Z",
        ];
        assert_eq!(cells(&coverage), expected);
    }
}
