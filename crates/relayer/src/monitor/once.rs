//! One look at everything that is there now.

use futures::future;
use serde::Serialize;
use types::ChainId;

use super::{Coverage, MonitorOptions, Outcome, Unchecked, hosts};
use crate::control::{Handle, Stopping};
use crate::respond;

/// What one look came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Round {
    /// Every client that was looked at.
    pub clients: Vec<Coverage>,
    /// Chains whose clients could not be listed, and why.
    pub unlisted: Vec<Unlisted>,
}

/// A chain whose clients could not be listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unlisted {
    /// The chain.
    pub host: ChainId,
    /// Why.
    pub reason: String,
}

impl Round {
    /// Was nothing found, and could everything be checked? A frozen client is settled: nothing can be proven to it, and
    /// nobody believes it.
    pub fn is_clean(&self) -> bool {
        self.unlisted.is_empty() && self.clients.iter().all(is_clean)
    }
}

fn is_clean(coverage: &Coverage) -> bool {
    let is_settled = |outcome: &Outcome| match outcome {
        Outcome::Checked { .. } | Outcome::Unchecked(Unchecked::NotActive) => true,
        Outcome::Unchecked(_) | Outcome::Suspected | Outcome::Attack => false,
    };
    coverage.is_complete && coverage.obstacle.is_none() && coverage.spans.iter().all(|span| is_settled(&span.outcome))
}

/// Looks at all clients of chains that are watched, and responds to what is found; returns when that is settled.
///
/// # Errors
/// [`Stopping`] when the driver is gone.
pub async fn once(handle: &Handle, options: &MonitorOptions) -> Result<Round, Stopping> {
    let shell = handle.shell()?;
    let tracked = hosts::tracked(&shell, options);
    let looks = shell.chains.values().map(|host| hosts::once(&shell, host, &tracked));
    let looked = future::join_all(looks).await;
    let (mut clients, mut unlisted) = (Vec::new(), Vec::new());
    for (host, looked) in shell.chains.keys().zip(looked) {
        match looked {
            Ok(of_host) => clients.extend(of_host),
            Err(reason) => unlisted.push(Unlisted { host: host.clone(), reason }),
        }
    }
    respond::settle(&shell, handle, options.submits).await?;
    Ok(Round { clients, unlisted })
}

#[cfg(test)]
mod tests {
    use types::{Height, Timestamp};

    use super::*;
    use crate::monitor::Span;

    fn coverage(outcomes: &[Outcome]) -> Coverage {
        let at = |height| Height { revision_number: 0, revision_height: height };
        let span = |outcome: &Outcome| Span { from: at(1), to: at(9), states: 3, outcome: outcome.clone() };
        Coverage {
            host: "chain-b".parse().unwrap(),
            client: "07-tendermint-0".parse().unwrap(),
            tracked: "chain-a".parse().unwrap(),
            status: None,
            spans: outcomes.iter().map(span).collect(),
            is_complete: true,
            obstacle: None,
            at: Timestamp(1),
        }
    }

    #[test]
    fn a_round_is_clean_where_nothing_was_found_and_nothing_left_out() {
        let round = |outcomes: &[Outcome]| Round { clients: vec![coverage(outcomes)], unlisted: Vec::new() };
        let checked = Outcome::Checked { witnesses: 1 };
        assert!(round(&[]).is_clean());
        assert!(round(&[checked.clone(), Outcome::Unchecked(Unchecked::NotActive)]).is_clean());
        for outcome in [Outcome::Attack, Outcome::Suspected, Outcome::Unchecked(Unchecked::Silent)] {
            assert!(!round(&[checked.clone(), outcome]).is_clean());
        }
        let mut hindered = round(std::slice::from_ref(&checked));
        hindered.clients[0].obstacle = Some("no answer".to_owned());
        assert!(!hindered.is_clean());
        let unlisted = Unlisted { host: "chain-b".parse().unwrap(), reason: "no answer".to_owned() };
        assert!(!Round { clients: Vec::new(), unlisted: vec![unlisted] }.is_clean());
    }
}
