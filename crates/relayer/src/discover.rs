//! Which channels there are between the two clients of a path: found on the chains, both ends naming each other.
//!
//! Each path is looked at by itself, by what watches its handshakes, once both its chains answer: no start waits for that.
//! What an earlier run has found is relayed at once.

mod known;

use std::collections::BTreeMap;

use chain::ChainError;
use engine::{ChannelPath, Path, PathEnd};
use futures::future;
use tracing::debug;
use types::connection::{ConnectionEnd, ConnectionState};
use types::{ChannelEnd, ChannelId, ChannelState, ConnectionId, PortId};

use crate::chain::Chain;
use crate::config::RelayOptions;
use crate::handshake::{agree, find};
use crate::pending;

pub(crate) use known::{recall, remember};

/// Are all channels between the path's clients relayed? With handshakes, too: what is opened while we run must be
/// relayed after a restart as well.
pub(crate) fn is_wanted(path: &Path, options: &RelayOptions) -> bool {
    options.discover.contains(&path.id) || options.handshakes.contains(&path.id)
}

/// May this channel be touched at all, by the path's policy?
pub(crate) fn is_allowed(path: &Path, ChannelPath { a, b, .. }: &ChannelPath) -> bool {
    path.policy.channel([(&path.a.chain, &a.0, &a.1), (&path.b.chain, &b.0, &b.1)]).is_ok()
}

/// A channel end with what identifies it on its chain.
type IdentifiedChannelEnd = (PortId, ChannelId, ChannelEnd);

/// What stands between the two clients of a path.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    /// Channels whose both ends know each other, one of which is open at least, or still has packets to end.
    pub(crate) joined: Vec<ChannelPath>,
    /// Those of them of which one end is closed and the other is not.
    pub(crate) half_closed: Vec<(PortId, ChannelId)>,
    /// Connection ends whose handshake is under way, at A and at B.
    pub(crate) connections: [Vec<ConnectionId>; 2],
    /// Channel ends whose handshake is under way, at A and at B.
    pub(crate) channels: [Vec<(PortId, ChannelId)>; 2],
}

/// Looks at both chains.
pub(crate) async fn survey(a: &Chain, b: &Chain, path: &Path) -> Result<Survey, ChainError> {
    let (at_a, at_b) = future::try_join(of_pair(a, &path.a, &path.b), of_pair(b, &path.b, &path.a)).await?;
    let mut survey = Survey { connections: [unfinished(&at_a), unfinished(&at_b)], ..Survey::default() };
    for (connection, end) in &at_a {
        let Some(other) = end.counterparty.connection.as_ref().filter(|_| end.state == ConnectionState::Open) else {
            continue;
        };
        let Some((_, there)) = at_b.iter().find(|(id, _)| id == other) else { continue };
        let clients = [&path.a.client, &path.b.client];
        if there.state != ConnectionState::Open {
            continue;
        }
        if let Err(reason) = agree::connections(clients, (connection, end), (other, there)) {
            debug!(path = %path.id, reason, "connection left out");
            continue;
        }
        let (a_query, b_query) = (a.query(), b.query());
        let lists =
            future::try_join(a_query.connection_channels(connection), b_query.connection_channels(other)).await?;
        take_channels(&mut survey, path, a, b, [connection, other], lists).await?;
    }
    Ok(survey)
}

/// The connections over the client of `here` whose other client is that of `there`.
async fn of_pair(
    chain: &Chain,
    here: &PathEnd,
    there: &PathEnd,
) -> Result<Vec<(ConnectionId, ConnectionEnd)>, ChainError> {
    let mut ends = find::client_connections(chain, &here.client).await?;
    ends.retain(|(_, end)| end.client == here.client && end.counterparty.client == there.client);
    Ok(ends)
}

fn unfinished(ends: &[(ConnectionId, ConnectionEnd)]) -> Vec<ConnectionId> {
    ends.iter().filter(|(_, end)| end.state != ConnectionState::Open).map(|(id, _)| id.clone()).collect()
}

async fn take_channels(
    survey: &mut Survey,
    path: &Path,
    a: &Chain,
    b: &Chain,
    connections: [&ConnectionId; 2],
    (at_a, at_b): (Vec<IdentifiedChannelEnd>, Vec<IdentifiedChannelEnd>),
) -> Result<(), ChainError> {
    let is_under_way = |state| matches!(state, ChannelState::Init | ChannelState::TryOpen);
    for (side, ends) in [&at_a, &at_b].into_iter().enumerate() {
        let open = ends.iter().filter(|(_, _, end)| is_under_way(end.state));
        survey.channels[side].extend(open.map(|(port, channel, _)| (port.clone(), channel.clone())));
    }
    for (channel, [here, there]) in pairs(connections, &at_a, &at_b) {
        if !is_allowed(path, &channel) {
            continue;
        }
        let is_closed = |state| state == ChannelState::Closed;
        match (is_closed(here), is_closed(there)) {
            (false, false) => {}
            (true, true) if !is_anything_pending(a, b, &channel).await? => continue,
            (true, true) => {}
            (true, false) | (false, true) => survey.half_closed.push(channel.a.clone()),
        }
        survey.joined.push(channel);
    }
    Ok(())
}

/// The channels over one connection whose ends name each other and are past their handshake, with both states.
fn pairs(
    connections: [&ConnectionId; 2],
    at_a: &[IdentifiedChannelEnd],
    at_b: &[IdentifiedChannelEnd],
) -> Vec<(ChannelPath, [ChannelState; 2])> {
    let by_name: BTreeMap<_, _> = at_b.iter().map(|(port, channel, end)| ((port, channel), end)).collect();
    let is_past = |state| !matches!(state, ChannelState::Init | ChannelState::TryOpen);
    let pair = |(port, channel, here): &IdentifiedChannelEnd| {
        let other = (here.counterparty.port.clone(), here.counterparty.channel.clone()?);
        let there = by_name.get(&(&other.0, &other.1))?;
        let ours = (port.clone(), channel.clone());
        agree::channels(connections, (&ours, here), (&other, there)).ok()?;
        let states = [here.state, there.state];
        let channel = ChannelPath { a: ours, b: other, order: here.ordering };
        states.into_iter().all(is_past).then_some((channel, states))
    };
    at_a.iter().filter_map(pair).collect()
}

/// Does a channel whose both ends are closed still hold packets that time out on close?
async fn is_anything_pending(a: &Chain, b: &Chain, channel: &ChannelPath) -> Result<bool, ChainError> {
    let (a_query, b_query) = (a.query(), b.query());
    let (at_a, at_b) = future::try_join(
        pending::committed(&a_query, (&channel.a.0, &channel.a.1)),
        pending::committed(&b_query, (&channel.b.0, &channel.b.1)),
    )
    .await?;
    Ok(!at_a.is_empty() || !at_b.is_empty())
}

#[cfg(test)]
mod tests {
    use types::channel::Counterparty;
    use types::{ChannelEnd, Order};

    use super::*;

    fn end(port: &str, channel: &str, state: ChannelState, other: Option<&str>, hop: &str) -> IdentifiedChannelEnd {
        let end = ChannelEnd {
            state,
            ordering: Order::Unordered,
            counterparty: Counterparty { port: port.parse().unwrap(), channel: other.map(|id| id.parse().unwrap()) },
            connection_hops: vec![hop.parse().unwrap()],
            version: "any".to_owned(),
            upgrade_sequence: 0,
        };
        (port.parse().unwrap(), channel.parse().unwrap(), end)
    }

    #[test]
    fn channels_are_found_whose_ends_name_each_other() {
        use ChannelState::{Closed, Init, Open, TryOpen};
        let at_a = [
            end("transfer", "channel-0", Open, Some("channel-5"), "connection-0"),
            end("transfer", "channel-1", Init, None, "connection-0"),
            end("transfer", "channel-2", Open, Some("channel-6"), "connection-0"),
            end("probe", "channel-3", Closed, Some("channel-7"), "connection-0"),
            end("probe", "channel-4", Open, Some("channel-99"), "connection-0"),
        ];
        let at_b = [
            end("transfer", "channel-5", Open, Some("channel-0"), "connection-1"),
            end("transfer", "channel-6", Open, Some("channel-1"), "connection-1"),
            end("probe", "channel-7", Open, Some("channel-3"), "connection-1"),
            end("transfer", "channel-8", TryOpen, Some("channel-1"), "connection-1"),
        ];
        let connections = [&"connection-0".parse().unwrap(), &"connection-1".parse().unwrap()];
        let found = pairs(connections, &at_a, &at_b);
        let names: Vec<_> =
            found.iter().map(|(pair, states)| (pair.a.1.as_str(), pair.b.1.as_str(), *states)).collect();
        assert_eq!(names, [("channel-0", "channel-5", [Open, Open]), ("channel-3", "channel-7", [Closed, Open])]);
    }
}
