//! One look at everything that is there now.

use std::sync::Arc;
use std::time::Duration;

use futures::future;
use serde::Serialize;
use tracing::warn;
use types::{BlockHeight, ChainId};

use super::{Coverage, MonitorOptions, Outcome, Unchecked, committed, hosts, nodes, transactions};
use crate::chain::Chain;
use crate::control::{Handle, Stopping};
use crate::driver::Shell;
use crate::respond;

/// How long one look may take at what is no client's state.
const LOOK_WITHIN: Duration = Duration::from_secs(60);

/// What one look came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Round {
    /// Every client that was looked at.
    pub clients: Vec<Coverage>,
    /// Chains whose clients could not be listed, and why.
    pub unlisted: Vec<Unlisted>,
    /// The endpoints of chains that are watched, but those in use.
    pub endpoints: Vec<ComparedEndpoint>,
}

/// How the blocks of an endpoint stand to those of the one in use.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ComparedEndpoint {
    /// The chain.
    pub chain: ChainId,
    /// The endpoint, without credentials.
    pub endpoint: String,
    /// `agrees`; `contradicts`, where both are signed by the chain's validators; or `incomparable`.
    pub standing: &'static str,
    /// Why it can't be compared.
    pub reason: Option<&'static str>,
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
    /// Was nothing found, and could every state be checked? A frozen client is settled: nothing can be proven to it, and
    /// nobody believes it. An endpoint that can't be compared is one witness less, which the clients tell.
    pub fn is_clean(&self) -> bool {
        let are_one = self.endpoints.iter().all(|endpoint| endpoint.standing != "contradicts");
        are_one && self.unlisted.is_empty() && self.clients.iter().all(is_clean)
    }
}

fn is_clean(coverage: &Coverage) -> bool {
    let is_settled = |outcome: &Outcome| match outcome {
        Outcome::Checked { .. } | Outcome::Unchecked(Unchecked::NotActive) => true,
        Outcome::Unchecked(_) | Outcome::Suspected | Outcome::Attack => false,
    };
    coverage.is_complete && coverage.obstacle.is_none() && coverage.spans.iter().all(|span| is_settled(&span.outcome))
}

/// Looks at all clients of chains that are watched, at the nodes of those chains, and at their newest blocks; responds
/// to what is found, and returns when that is settled.
///
/// # Errors
/// [`Stopping`] when the driver is gone.
pub async fn once(handle: &Handle, options: &MonitorOptions) -> Result<Round, Stopping> {
    let shell = handle.shell()?;
    let tracked = Arc::new(hosts::tracked(&shell, options));
    let hosts = future::join_all(shell.chains.values().map(|host| hosts::once(&shell, host, &tracked)));
    let watched = || shell.chains.values().filter(|chain| options.is_watched(&chain.id));
    let nodes = future::join_all(watched().map(|chain| compared(&shell, chain)));
    let told = future::join_all(shell.chains.values().map(|host| {
        let read = transactions::once(&shell, host, &tracked);
        within(host, "transactions of the newest blocks", read)
    }));
    let committed = future::join_all(tracked.values().map(|chain| {
        let read = committed::once(&shell, chain);
        within(&chain.chain, "evidence in the newest blocks", read)
    }));
    let (looked, nodes, _, _) = future::join4(hosts, nodes, told, committed).await;
    let (mut clients, mut unlisted) = (Vec::new(), Vec::new());
    for (host, looked) in shell.chains.keys().zip(looked) {
        match looked {
            Ok(of_host) => clients.extend(of_host),
            Err(reason) => unlisted.push(Unlisted { host: host.clone(), reason }),
        }
    }
    respond::settle(&shell, handle, options.submits).await?;
    Ok(Round { clients, unlisted, endpoints: nodes.concat() })
}

/// How a chain's endpoints stand to the one in use; none where it can't be reached.
async fn compared(shell: &Shell, chain: &Chain) -> Vec<ComparedEndpoint> {
    let compared = within(chain, "its endpoints", nodes::once(shell, chain)).await.unwrap_or_default();
    let named = compared.into_iter().map(|(endpoint, standing)| ComparedEndpoint {
        chain: chain.id.clone(),
        endpoint: endpoint.name().to_owned(),
        standing: standing.name(),
        reason: standing.reason(),
    });
    named.collect()
}

/// What can't be had of a chain in time holds nothing up.
async fn within<T>(chain: &Chain, what: &str, look: impl Future<Output = T>) -> Option<T> {
    let reached = tokio::time::timeout(hosts::REACHED_WITHIN, chain.head_at_least(BlockHeight(1))).await;
    // That a chain can't be reached is told where its clients are listed.
    reached.ok()?;
    let looked = tokio::time::timeout(LOOK_WITHIN, look).await;
    looked.inspect_err(|_| warn!(chain = %chain.id, what, "not looked at whole within {LOOK_WITHIN:?}")).ok()
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
        let empty = || Round { clients: Vec::new(), unlisted: Vec::new(), endpoints: Vec::new() };
        let round = |outcomes: &[Outcome]| Round { clients: vec![coverage(outcomes)], ..empty() };
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
        assert!(!Round { unlisted: vec![unlisted], ..empty() }.is_clean());
        for (standing, is_clean) in [("agrees", true), ("incomparable", true), ("contradicts", false)] {
            let (chain, endpoint) = ("chain-a".parse().unwrap(), "http://two".to_owned());
            let endpoints = vec![ComparedEndpoint { chain, endpoint, standing, reason: None }];
            assert_eq!(Round { endpoints, ..empty() }.is_clean(), is_clean, "{standing}");
        }
    }
}
