//! The channels that were found, in the store: the next start relays them at once, whether their chains answer or not.

use engine::{ChannelPath, Path};
use serde::{Deserialize, Serialize};
use store::{Store, StoreError};
use tracing::{info, warn};
use types::{ChannelId, Order, PortId};

use super::{is_allowed, is_wanted};
use crate::config::RelayOptions;
use crate::paths::taker;

const KIND: &str = "path-channels";

/// A channel as it is kept.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Known {
    a: (PortId, ChannelId),
    b: (PortId, ChannelId),
    order: Order,
}

/// Keeps the channels that stand between a path's clients, and no others.
pub(crate) async fn remember(store: &Store, path: &Path, channels: &[ChannelPath]) -> Result<(), StoreError> {
    let known = |ChannelPath { a, b, order }: &ChannelPath| Known { a: a.clone(), b: b.clone(), order: *order };
    let known: Vec<Known> = channels.iter().map(known).collect();
    store.put_document(KIND, &name(path), &serde_json::json!(known)).await
}

/// Adds to each path all of whose channels are relayed those that an earlier run has found, that its policy still allows,
/// and that no other path names.
pub(crate) fn recall(store: &Store, paths: &mut [Path], options: &RelayOptions) -> Result<(), StoreError> {
    for index in 0..paths.len() {
        if !is_wanted(&paths[index], options) {
            continue;
        }
        for Known { a, b, order } in read(store, &paths[index])? {
            let channel = ChannelPath { a, b, order };
            if is_allowed(&paths[index], &channel) && taker(paths, &paths[index], &channel).is_none() {
                paths[index].channels.push(channel);
            }
        }
        let path = &paths[index];
        if !path.channels.is_empty() {
            info!(path = %path.id, channels = path.channels.len(), "channels that were found before are relayed at once");
        }
    }
    Ok(())
}

fn read(store: &Store, path: &Path) -> Result<Vec<Known>, StoreError> {
    let Some(json) = store.document(KIND, &name(path))? else { return Ok(Vec::new()) };
    Ok(serde_json::from_value(json).unwrap_or_else(|error| {
        warn!(path = %path.id, %error, "the channels that were found before can't be read; they are looked for");
        Vec::new()
    }))
}

/// What is between other clients is not this path's, whatever the path is called.
fn name(path: &Path) -> String {
    format!("{}:{}/{}:{}", path.a.chain, path.a.client, path.b.chain, path.b.client)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use engine::{PathEnd, PathId, Policy};

    use super::*;

    fn path(name: &str, b_client: &str) -> Path {
        let end = |chain: &str, client: &str| PathEnd {
            chain: chain.parse().unwrap(),
            client: client.parse().unwrap(),
            connection: "connection-0".parse().unwrap(),
        };
        let (a, b) = (end("chain-a", "07-tendermint-0"), end("chain-b", b_client));
        Path { id: PathId(name.into()), a, b, channels: Vec::new(), policy: Arc::default() }
    }

    fn channel(number: u64) -> ChannelPath {
        let end = || ("transfer".parse().unwrap(), format!("channel-{number}").parse().unwrap());
        ChannelPath { a: end(), b: end(), order: Order::Ordered }
    }

    fn of(ids: &[&str]) -> RelayOptions {
        let discover: BTreeSet<PathId> = ids.iter().map(|id| PathId((*id).into())).collect();
        RelayOptions { discover, ..RelayOptions::default() }
    }

    #[tokio::test]
    async fn channels_that_were_found_are_relayed_after_a_restart_without_asking_a_chain() {
        let store = Store::in_memory();
        let found = path("found", "07-tendermint-1");
        remember(&store, &found, &[channel(0), channel(1), channel(2)]).await.unwrap();
        let mut listed = Path { channels: vec![channel(1)], ..path("listed", "07-tendermint-1") };
        let denying = Policy { deny: vec!["chain-a/transfer/channel-2".parse().unwrap()], ..Policy::default() };
        let denying = Path { policy: Arc::new(denying), ..found.clone() };
        let mut paths = [denying, listed.clone(), path("elsewhere", "07-tendermint-9")];
        recall(&store, &mut paths, &of(&["found", "elsewhere"])).unwrap();
        assert_eq!(paths[0].channels, [channel(0)], "one is another path's, one is denied");
        assert_eq!(paths[1].channels, [channel(1)]);
        assert!(paths[2].channels.is_empty(), "other clients");

        listed.channels.clear();
        let mut paths = [listed];
        recall(&store, &mut paths, &of(&[])).unwrap();
        assert!(paths[0].channels.is_empty(), "it is not to be discovered any more");
        remember(&store, &found, &[]).await.unwrap();
        let mut paths = [found];
        recall(&store, &mut paths, &of(&["found"])).unwrap();
        assert!(paths[0].channels.is_empty(), "what is gone is forgotten");
    }
}
