//! The clients of the attacked chain on one host: all there are, listed again until no new one is found.

use std::collections::BTreeSet;

use chain::{ChainError, Endpoint, IdentifiedClientState};
use futures::future;
use tracing::warn;
use types::{ChainId, ClientId, ClientState};

use super::Inner;
use super::answering::Answering;
use super::freeze::Target;
use super::union::union;
use crate::chain::Chain;
use crate::evidence::{Case, Proof};

/// Brings every client of the case on `host` to its end.
pub(super) async fn freeze_on(answering: &Answering<'_>, host: &Chain) {
    let Answering { inner, case, name, .. } = answering;
    let mut done = BTreeSet::new();
    loop {
        let mut clients = concerned(inner, host, case).await;
        clients.retain(|client| !done.contains(client) && inner.is_wanted(&host.id, client));
        if clients.is_empty() {
            return;
        }
        let freeze = |client: &ClientId| {
            let target = Target { inner, host, case, name, client: client.clone() };
            async move {
                let end = target.freeze().await;
                answering.ended(&host.id, &target.client, end).await;
            }
        };
        future::join_all(clients.iter().map(freeze)).await;
        done.extend(clients);
    }
}

impl Inner {
    fn is_wanted(&self, host: &ChainId, client: &ClientId) -> bool {
        self.only.as_ref().is_none_or(|only| only.contains(&(host.clone(), client.clone())))
    }
}

/// The clients that the case can freeze: of two blocks all of the chain, of a false state its own.
async fn concerned(inner: &Inner, host: &Chain, case: &Case) -> BTreeSet<ClientId> {
    match &case.proof {
        Proof::State(state) if state.host == host.id => [state.client.clone()].into(),
        Proof::State(_) => BTreeSet::new(),
        Proof::Blocks { .. } => {
            let mut pauses = inner.retry.pauses();
            loop {
                match clients_of(host, &case.chain).await {
                    Ok(clients) => return clients,
                    Err(error) => {
                        warn!(chain = %host.id, attacked = %case.chain, %error, "clients can't be listed; it is tried again");
                        pauses.pause().await;
                    }
                }
            }
        }
    }
}

/// Clients of `tracked` that any endpoint of `host` tells of.
async fn clients_of(host: &Chain, tracked: &ChainId) -> Result<BTreeSet<ClientId>, ChainError> {
    let ask = |endpoint: &Endpoint| {
        let query = host.query_at(endpoint);
        async move { Ok(query.client_states().await?.into_iter().filter_map(|client| of(client, tracked)).collect()) }
    };
    union(host, ask).await
}

/// A client of another kind tracks nothing that a case could be about.
fn of(IdentifiedClientState { client, state }: IdentifiedClientState, tracked: &ChainId) -> Option<ClientId> {
    let state = ClientState::try_from(state).ok()?;
    (state.chain_id == *tracked).then_some(client)
}
