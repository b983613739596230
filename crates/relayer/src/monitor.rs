//! The monitor: every client of every chain that we know is compared with the chain that it tracks, whoever made the
//! client, and whoever updates it.
//!
//! A client tells by its consensus states what it was made to believe, whatever way the header came. Each is compared
//! with the header of that height at each endpoint of the tracked chain, verified as the client itself would: from a
//! state that it holds. A header that verifies and says something else is an attack, since the client can be convinced
//! of it as well; one that does not verify is a lie of one node, and is reported, never submitted.
//!
//! Parts that look (`Watch` is what they share) hand what they find to `Watch::found`; one task responds.
//!
//! Nothing turns the watch off: what fails is tried again for that client or endpoint alone, and stands in [`Coverage`]
//! while it lasts.

mod ask;
mod client;
mod committed;
mod coverage;
mod held;
mod hosts;
mod inbox;
mod nodes;
mod once;
mod outcomes;
mod sighting;
mod told;
mod tracked;
mod transactions;
mod verdict;
mod watch;
mod witness;
mod words;

use std::collections::BTreeSet;
use std::sync::Arc;

use futures::future;
use tokio_util::sync::CancellationToken;
use tracing::info;
use types::ChainId;

use crate::chain::Chain;
use crate::control::Handle;
use crate::driver::Shell;
use crate::respond;
use crate::supervise::supervised;

pub(crate) use ask::now as coverage_now;
pub use ask::{CoverageError, coverage};
pub use coverage::{Coverage, Outcome, Span, Unchecked};
pub use once::{ComparedEndpoint, Round, Unlisted, once};
pub(crate) use sighting::Sighting;
pub(crate) use watch::Watch;

/// What is watched, and what is done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MonitorOptions {
    /// Chains whose clients are watched; all that are configured, if none is named.
    pub tracked: Option<BTreeSet<ChainId>>,
    /// Is anything submitted? Else attacks are only recorded and told of, and no key is needed.
    pub submits: bool,
}

impl Default for MonitorOptions {
    fn default() -> Self {
        Self { tracked: None, submits: true }
    }
}

impl MonitorOptions {
    /// Are the clients of this chain watched?
    pub(crate) fn is_watched(&self, chain: &ChainId) -> bool {
        self.tracked.as_ref().is_none_or(|tracked| tracked.contains(chain))
    }
}

/// Watches all chains until cancelled.
pub(crate) async fn run(shell: Arc<Shell>, handle: Handle, options: MonitorOptions, cancel: CancellationToken) {
    info!(chains = shell.chains.len(), submits = options.submits, "watching the clients of all chains");
    let tracked = Arc::new(hosts::tracked(&shell, &options));
    let watch = |host: &Arc<Chain>| {
        let (shell, host, tracked) = (shell.clone(), host.clone(), tracked.clone());
        supervised("what watches a chain's clients", move || hosts::watch(shell.clone(), host.clone(), tracked.clone()))
    };
    let hosts = future::join_all(shell.chains.values().map(watch));
    let transactions = supervised("what reads the transactions that update clients", || {
        transactions::watch(shell.clone(), tracked.clone())
    });
    let committed = future::join_all(tracked.values().map(|chain| {
        supervised("what reads the evidence in blocks", || committed::watch(shell.clone(), chain.clone()))
    }));
    let watched = shell.chains.values().filter(|chain| options.is_watched(&chain.id));
    let nodes = future::join_all(watched.map(|chain| nodes::watch(shell.clone(), chain.clone())));
    tokio::select! {
        () = cancel.cancelled() => {}
        _ = future::join4(hosts, transactions, committed, nodes) => {}
        () = respond::run(&shell, &handle, options.submits) => {}
    }
}
