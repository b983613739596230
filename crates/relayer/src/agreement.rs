//! Does the configuration agree with the chains? Asked once, before anything is relayed: a path that names another
//! client, connection or ordering than the chain does would fail at every packet.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chain::ChainError;
use engine::{ChannelPath, Path, PathEnd, PathId};
use futures::future;
use tracing::warn;
use types::{ChainId, ChannelEnd, ChannelId, PortId};

use crate::chain::Chain;

/// A path that is not what its chain says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("path {path}: {what} on {chain} is {actual}, not {configured}; mend the path in the configuration")]
pub struct Disagreement {
    path: PathId,
    chain: ChainId,
    what: String,
    actual: String,
    configured: String,
}

/// How long a chain may take to answer; it is asked before anything is relayed.
const ANSWERED_WITHIN: Duration = Duration::from_secs(3);

/// Compares every path with its two chains, all at the same time. A chain that can't be asked now is said, and believed.
///
/// # Errors
/// The first thing that differs.
pub async fn check(chains: &BTreeMap<ChainId, Arc<Chain>>, paths: &[Path]) -> Result<(), Disagreement> {
    let ends = paths.iter().flat_map(|path| [(path, &path.a, &path.b, true), (path, &path.b, &path.a, false)]);
    let checks = ends.filter_map(|(path, here, there, is_a)| {
        let chain = chains.get(&here.chain)?;
        Some(async move {
            let checked = tokio::time::timeout(ANSWERED_WITHIN, check_end(chain, path, here, there, is_a)).await;
            let reason = match checked {
                Ok(Ok(agreed)) => return agreed,
                Ok(Err(error)) => error.to_string(),
                Err(_) => "it takes long to answer".to_owned(),
            };
            warn!(path = %path.id, chain = %chain.id, reason, "the path can't be checked now");
            Ok(())
        })
    });
    future::join_all(checks).await.into_iter().collect()
}

async fn check_end(
    chain: &Chain,
    path: &Path,
    here: &PathEnd,
    there: &PathEnd,
    is_a: bool,
) -> Result<Result<(), Disagreement>, ChainError> {
    let differs = |what: String, actual: String, configured: String| {
        Ok(Err(Disagreement { path: path.id.clone(), chain: chain.id.clone(), what, actual, configured }))
    };
    let connection = match chain.query().connection(&here.connection).await {
        Ok(connection) => connection,
        Err(error) if error.is_not_found() => {
            return differs(here.connection.to_string(), "not there".into(), "a connection".into());
        }
        Err(error) => return Err(error),
    };
    let clients = (connection.client.to_string(), connection.counterparty.client.to_string());
    let configured = (here.client.to_string(), there.client.to_string());
    if clients != configured {
        let between = |(ours, theirs): (String, String)| format!("between {ours} and {theirs}");
        return differs(here.connection.to_string(), between(clients), between(configured));
    }
    for channel in &path.channels {
        let (ours, theirs) = if is_a { (&channel.a, &channel.b) } else { (&channel.b, &channel.a) };
        let what = format!("channel {}/{}", ours.0, ours.1);
        match chain.query().channel(&ours.0, &ours.1).await {
            Ok(end) => {
                if let Some((actual, configured)) = difference(&end, here, channel, theirs) {
                    return differs(what, actual, configured);
                }
            }
            Err(error) if error.is_not_found() => return differs(what, "not there".into(), "a channel".into()),
            Err(error) => return Err(error),
        }
    }
    Ok(Ok(()))
}

/// What the chain says of a channel end, and what was configured, where they differ.
fn difference(
    end: &ChannelEnd,
    here: &PathEnd,
    channel: &ChannelPath,
    (port, id): &(PortId, ChannelId),
) -> Option<(String, String)> {
    if end.ordering != channel.order {
        return Some((end.ordering.to_string(), channel.order.to_string()));
    }
    if end.connection_hops != [here.connection.clone()] {
        let hops: Vec<_> = end.connection_hops.iter().map(ToString::to_string).collect();
        return Some((format!("over {}", hops.join(", ")), format!("over {}", here.connection)));
    }
    let is_theirs = end.counterparty.port == *port && end.counterparty.channel.as_ref() == Some(id);
    if is_theirs {
        return None;
    }
    let actual = end.counterparty.channel.as_ref().map_or("nothing".to_owned(), ToString::to_string);
    Some((format!("joined to {}/{actual}", end.counterparty.port), format!("joined to {port}/{id}")))
}

#[cfg(test)]
mod tests {
    use types::channel::Counterparty;
    use types::{ChannelState, Order};

    use super::*;

    fn here() -> PathEnd {
        PathEnd {
            chain: "chain-a".parse().unwrap(),
            client: "07-tendermint-0".parse().unwrap(),
            connection: "connection-0".parse().unwrap(),
        }
    }

    fn end() -> ChannelEnd {
        ChannelEnd {
            state: ChannelState::Open,
            ordering: Order::Unordered,
            counterparty: Counterparty {
                port: "transfer".parse().unwrap(),
                channel: Some("channel-1".parse().unwrap()),
            },
            connection_hops: vec!["connection-0".parse().unwrap()],
            version: "ics20-1".to_owned(),
            upgrade_sequence: 0,
        }
    }

    fn differs(end: &ChannelEnd) -> Option<(String, String)> {
        let there = ("transfer".parse().unwrap(), "channel-1".parse().unwrap());
        let ours = ("transfer".parse().unwrap(), "channel-0".parse().unwrap());
        let channel = ChannelPath { a: ours, b: there.clone(), order: Order::Unordered };
        difference(end, &here(), &channel, &there)
    }

    #[test]
    fn a_channel_that_is_what_the_path_says_agrees() {
        assert_eq!(differs(&end()), None);
    }

    #[test]
    fn another_ordering_connection_or_counterparty_is_told() {
        let ordered = ChannelEnd { ordering: Order::Ordered, ..end() };
        assert_eq!(differs(&ordered), Some(("ordered".into(), "unordered".into())));
        let elsewhere = ChannelEnd { connection_hops: vec!["connection-3".parse().unwrap()], ..end() };
        assert_eq!(differs(&elsewhere), Some(("over connection-3".into(), "over connection-0".into())));
        let counterparty = Counterparty { channel: None, ..end().counterparty };
        let unjoined = ChannelEnd { counterparty, ..end() };
        let told = Some(("joined to transfer/nothing".into(), "joined to transfer/channel-1".into()));
        assert_eq!(differs(&unjoined), told);
    }
}
