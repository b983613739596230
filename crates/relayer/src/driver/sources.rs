//! What brings the driver its events, or asks it for transactions, for as long as it runs.

use std::collections::BTreeSet;

use engine::PathEnd;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use types::{ChainId, ClientId};

use super::Driver;
use crate::refresh::{self, Kept};
use crate::run::Purpose;
use crate::supervise::supervised;
use crate::{handshake, ingest, metrics, monitor, recover};

impl Driver {
    /// All of them, begun; each ends when `cancel` is cancelled.
    pub(super) fn sources(&self, cancel: &CancellationToken) -> JoinSet<()> {
        let mut sources = JoinSet::new();
        self.follow_chains(&mut sources, cancel);
        // Who looks signs nothing; who watches keeps nothing alive.
        if !matches!(self.purpose, Purpose::Look | Purpose::Watch) {
            self.keep_clients(&mut sources, cancel);
        }
        if matches!(self.purpose, Purpose::Relay | Purpose::Watch) {
            for chain in self.shell.chains.values() {
                sources.spawn(metrics::poll(self.shell.clone(), chain.clone(), cancel.clone()));
            }
        }
        // Clearing needs it too: what is not received on a channel that closed times out once its other end is closed.
        if matches!(self.purpose, Purpose::Relay | Purpose::Clear) {
            let (shell, handle, cancel) = (self.shell.clone(), self.handle.clone(), cancel.clone());
            sources.spawn(supervised("what watches handshakes", move || {
                handshake::watch(shell.clone(), handle.clone(), cancel.clone())
            }));
        }
        if let Some(options) = self.shell.options.monitor.clone() {
            let (shell, handle, cancel) = (self.shell.clone(), self.handle.clone(), cancel.clone());
            sources.spawn(supervised("the monitor", move || {
                monitor::run(shell.clone(), handle.clone(), options.clone(), cancel.clone())
            }));
        }
        let (shell, cancel) = (self.shell.clone(), cancel.clone());
        sources.spawn(supervised("what searches again", move || recover::keep_trying(shell.clone(), cancel.clone())));
        sources
    }

    fn follow_chains(&self, sources: &mut JoinSet<()>, cancel: &CancellationToken) {
        for chain in self.shell.chains.values() {
            // Begun anew it goes on at the head: what lies between is a gap to the engine.
            let mut next = self.engine.cursor(&chain.id).map(|read| read.cursor.next());
            let (shell, chain, cancel) = (self.shell.clone(), chain.clone(), cancel.clone());
            sources.spawn(supervised("what follows a chain", move || {
                ingest::run(shell.clone(), chain.clone(), next.take(), cancel.clone())
            }));
        }
    }

    fn keep_clients(&self, sources: &mut JoinSet<()>, cancel: &CancellationToken) {
        for kept in self.kept() {
            let (shell, handle, cancel) = (self.shell.clone(), self.handle.clone(), cancel.clone());
            sources.spawn(supervised("what keeps a client alive", move || {
                refresh::keep(kept.clone(), shell.clone(), handle.clone(), cancel.clone())
            }));
        }
    }

    /// The clients of all paths, each once.
    fn kept(&self) -> Vec<Kept> {
        let chain = |id: &ChainId| self.shell.chains.get(id).cloned();
        let kept = |(host, client, tracked): (ChainId, ClientId, ChainId)| {
            Some(Kept { host: chain(&host)?, client, tracked: chain(&tracked)? })
        };
        clients(&self.shell.paths.now()).into_iter().filter_map(kept).collect()
    }
}

/// The clients of these paths, each once however many paths share it: its host, its name, the chain that it tracks.
fn clients(paths: &[engine::Path]) -> BTreeSet<(ChainId, ClientId, ChainId)> {
    let client = |host: &PathEnd, other: &PathEnd| (host.chain.clone(), host.client.clone(), other.chain.clone());
    paths.iter().flat_map(|path| [client(&path.a, &path.b), client(&path.b, &path.a)]).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use engine::PathId;

    use super::*;

    #[test]
    fn a_client_that_two_paths_share_is_kept_alive_once() {
        let end = |chain: &str, connection: &str| PathEnd {
            chain: chain.parse().unwrap(),
            client: "07-tendermint-0".parse().unwrap(),
            connection: connection.parse().unwrap(),
        };
        let path = |name: &str, connection: &str| engine::Path {
            id: PathId(name.into()),
            a: end("chain-a", connection),
            b: end("chain-b", connection),
            channels: Vec::new(),
            policy: Arc::default(),
        };
        let clients = clients(&[path("one", "connection-0"), path("other", "connection-1")]);
        let hosts: Vec<_> = clients.iter().map(|(host, ..)| host.to_string()).collect();
        assert_eq!(hosts, ["chain-a", "chain-b"]);
    }
}
