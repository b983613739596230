//! What the watch over light clients has to tell.

use std::collections::BTreeMap;

use types::{ChainId, ClientId};

use crate::driver::Shell;
use crate::monitor::{Coverage, Outcome};

use super::labels::Labels;

/// Clients that have series of their own, at most: anybody may make clients. What comes above is counted together.
pub(super) const CLIENTS_MAX: usize = 500;

/// What the watch has to tell; nothing of it where nobody watches.
#[derive(Clone, Debug, Default)]
pub(super) struct Watched {
    /// Chains whose clients could not be listed since the start.
    pub(super) unlisted: Vec<ChainId>,
    /// What was checked of each client.
    pub(super) coverage: Vec<Coverage>,
    /// Validators that signed two blocks of one height, as their own chain has proven since the start.
    pub(super) double_votes: BTreeMap<ChainId, u64>,
    /// How endpoints stand to the one in use.
    pub(super) endpoints: BTreeMap<(ChainId, String), &'static str>,
}

impl Watched {
    /// As it is now; none if nobody watches.
    pub(super) fn now(shell: &Shell) -> Option<Self> {
        let watch = &shell.watch;
        watch.is_on().then(|| Self {
            unlisted: shell.chains.keys().filter(|chain| !watch.is_listed(chain)).cloned().collect(),
            coverage: watch.coverage(),
            double_votes: watch.double_votes(),
            endpoints: watch.endpoints(),
        })
    }

    /// Each client with its labels.
    pub(super) fn clients(&self) -> impl Iterator<Item = (Labels, &Coverage)> {
        self.coverage.iter().enumerate().map(|(position, coverage)| {
            let client = Some(&coverage.client).filter(|_| position < CLIENTS_MAX).map(ClientId::to_string);
            let labels = vec![
                ("chain", coverage.host.to_string()),
                ("client", client.unwrap_or_else(|| "other".to_owned())),
                ("tracked", coverage.tracked.to_string()),
            ];
            (labels, coverage)
        })
    }
}

/// Consensus states of a client, by what became of them.
pub(super) fn states(coverage: &Coverage) -> [(&'static str, u64); 4] {
    let [mut checked, mut unchecked, mut suspected, mut attack] = [0; 4];
    for span in &coverage.spans {
        *match span.outcome {
            Outcome::Checked { .. } => &mut checked,
            Outcome::Unchecked(_) => &mut unchecked,
            Outcome::Suspected => &mut suspected,
            Outcome::Attack => &mut attack,
        } += span.states;
    }
    [("checked", checked), ("unchecked", unchecked), ("suspected", suspected), ("attack", attack)]
}

/// The highest state that was compared and found true.
pub(super) fn checked_height(coverage: &Coverage) -> Option<u64> {
    let checked = coverage.spans.iter().filter(|span| matches!(span.outcome, Outcome::Checked { .. }));
    checked.map(|span| span.to.revision_height).max()
}
