//! What keeps packets from moving although their legs are known: a chain that does not answer, a client that proves
//! nothing any more. Asked of the chains when nothing moves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chain::ChainError;
use engine::{ChannelKey, Instant, Leg, Path, PathEnd, Policy, Refused};
use futures::future;
use types::client::Status;
use types::{ChainId, ChannelId, ClientId, Order, PortId, Sequence};

use crate::chain::Chain;
use crate::driver::Shell;
use crate::reason::Reason;

/// How long a chain may take for the one question that is put to it here.
const ANSWER_WITHIN: Duration = Duration::from_secs(5);

/// Where the packets of a channel end go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Route {
    pub(crate) source: PathEnd,
    pub(crate) destination: PathEnd,
    pub(super) is_ordered: bool,
    policy: Arc<Policy>,
    destination_channel: (PortId, ChannelId),
}

impl Route {
    /// Why the policy refuses a packet whatever its bytes are.
    pub(super) fn refused(&self, source: &ChannelKey, sequence: Sequence) -> Option<Refused> {
        let (port, channel) = &self.destination_channel;
        let ends = [(&source.chain, &source.port, &source.channel), (&self.destination.chain, port, channel)];
        self.policy.channel(ends).and_then(|()| self.policy.sequence(source, sequence)).err()
    }

    /// The end that a leg is submitted to.
    pub(super) fn host(&self, leg: Option<Leg>) -> Option<&PathEnd> {
        match leg? {
            Leg::Recv => Some(&self.destination),
            Leg::Ack | Leg::Timeout | Leg::TimeoutOnClose => Some(&self.source),
        }
    }
}

/// The routes of all channel ends that are relayed.
pub(crate) fn routes(shell: &Shell) -> BTreeMap<ChannelKey, Route> {
    shell.paths.now().iter().flat_map(of_path).collect()
}

fn of_path(path: &Path) -> impl Iterator<Item = (ChannelKey, Route)> + '_ {
    path.channels.iter().flat_map(|channel| {
        let is_ordered = channel.order == Order::Ordered;
        let ends = [(&path.a, &channel.a, &path.b, &channel.b), (&path.b, &channel.b, &path.a, &channel.a)];
        ends.map(|(source, (port, id), destination, there)| {
            let key = ChannelKey { chain: source.chain.clone(), port: port.clone(), channel: id.clone() };
            let route = Route {
                source: source.clone(),
                destination: destination.clone(),
                is_ordered,
                policy: path.policy.clone(),
                destination_channel: there.clone(),
            };
            (key, route)
        })
    })
}

/// What was found to stand in the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Obstacles {
    /// Chains that do not answer: since when, and what was said instead.
    silent: BTreeMap<ChainId, (Instant, String)>,
    /// Clients that prove nothing any more, by their host.
    clients: BTreeMap<(ChainId, ClientId), Status>,
    /// The longest delay of a connection (ICS-03) on the way.
    pub(super) delay: Duration,
}

impl Obstacles {
    /// Asks the chains and clients on the routes of these channel ends. What is silent still keeps its beginning.
    pub(super) async fn probe(shell: &Shell, channels: &BTreeSet<ChannelKey>, before: Self) -> Self {
        let routes = routes(shell);
        let ends = ends(&routes, channels);
        let now = shell.clock.now();
        let asked = ends.iter().filter_map(|(end, channels)| Some((*end, channels, shell.chains.get(&end.chain)?)));
        let ask = async |(end, channels, chain): (_, _, &Arc<Chain>)| (end, answer(chain, end, channels).await);
        let answers = future::join_all(asked.map(ask)).await;
        let mut found = Self::default();
        for (end, answer) in answers {
            match answer {
                Ok((status @ (Status::Frozen | Status::Expired), delay)) => {
                    found.clients.insert((end.chain.clone(), end.client.clone()), status);
                    found.delay = found.delay.max(delay);
                }
                Ok((Status::Active | Status::Unauthorized | Status::Unknown, delay)) => {
                    found.delay = found.delay.max(delay);
                }
                Err(said) => {
                    let since = before.silent.get(&end.chain).map_or(now, |(since, _)| *since);
                    found.silent.insert(end.chain.clone(), (since, said));
                }
            }
        }
        found
    }

    /// What stands in the way of a leg on this route. Both chains are needed for each: one proves, one takes.
    pub(super) fn on(&self, route: &Route, leg: Option<Leg>) -> Option<(Reason, String)> {
        for end in [&route.source, &route.destination] {
            if let Some((_, said)) = self.silent.get(&end.chain) {
                return Some((Reason::ChainUnreachable, format!("{} does not answer: {said}", end.chain)));
            }
        }
        let hosts = route.host(leg).map_or_else(|| vec![&route.source, &route.destination], |host| vec![host]);
        hosts.into_iter().find_map(|host| {
            let status = self.clients.get(&(host.chain.clone(), host.client.clone()))?;
            let reason = if *status == Status::Frozen { Reason::ClientFrozen } else { Reason::ClientExpired };
            let mend = "governance of that chain can recover it";
            Some((reason, format!("client {} on {} is {status}; {mend}", host.client, host.chain)))
        })
    }

    /// A connection's delay, and nothing else.
    #[cfg(test)]
    pub(super) fn delayed(delay: Duration) -> Self {
        Self { delay, ..Self::default() }
    }

    /// Is there anything that waiting does not mend?
    pub(super) fn has_lasting(&self) -> bool {
        !self.clients.is_empty()
    }

    /// Has a chain been silent for as long as this?
    pub(super) fn is_silent_for(&self, limit: Duration, now: Instant) -> bool {
        let limit = u64::try_from(limit.as_millis()).unwrap_or(u64::MAX);
        self.silent.values().any(|(since, _)| now.0.saturating_sub(since.0) >= limit)
    }
}

/// The path ends that these channel ends are of, each with the channels there.
fn ends<'a>(
    routes: &'a BTreeMap<ChannelKey, Route>,
    channels: &BTreeSet<ChannelKey>,
) -> BTreeMap<&'a PathEnd, BTreeSet<(PortId, ChannelId)>> {
    let mut ends: BTreeMap<_, BTreeSet<_>> = BTreeMap::new();
    for (channel, route) in channels.iter().filter_map(|channel| routes.get_key_value(channel)) {
        ends.entry(&route.source).or_default().insert((channel.port.clone(), channel.channel.clone()));
        ends.entry(&route.destination).or_default().insert(route.destination_channel.clone());
    }
    ends
}

/// The client of this end, and the longest delay of its channels; what was said where the chain does not answer.
async fn answer(
    chain: &Chain,
    end: &PathEnd,
    channels: &BTreeSet<(PortId, ChannelId)>,
) -> Result<(Status, Duration), String> {
    let queries = chain.query();
    let delays = future::try_join_all(channels.iter().map(|channel| delay(chain, channel)));
    match tokio::time::timeout(ANSWER_WITHIN, future::try_join(queries.client_status(&end.client), delays)).await {
        Ok(Ok((status, delays))) => Ok((status, delays.into_iter().max().unwrap_or_default())),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", ANSWER_WITHIN.as_secs())),
    }
}

/// The delay (ICS-03) of the connection that the channel itself is on: one client may carry several.
async fn delay(chain: &Chain, (port, channel): &(PortId, ChannelId)) -> Result<Duration, ChainError> {
    match chain.connection(port, channel).await? {
        Some(connection) => Ok(chain.delay(&connection).await?.period),
        None => Ok(Duration::ZERO),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(chain: &str) -> PathEnd {
        PathEnd {
            chain: chain.parse().unwrap(),
            client: "07-tendermint-0".parse().unwrap(),
            connection: "connection-0".parse().unwrap(),
        }
    }

    fn route() -> Route {
        let destination_channel = ("transfer".parse().unwrap(), "channel-0".parse().unwrap());
        let (source, destination) = (end("chain-a"), end("chain-b"));
        Route { source, destination, is_ordered: false, policy: Arc::default(), destination_channel }
    }

    #[test]
    fn each_end_is_asked_for_the_channels_that_are_there_and_for_no_others() {
        let key = |channel: &str| ChannelKey {
            chain: "chain-a".parse().unwrap(),
            port: "transfer".parse().unwrap(),
            channel: channel.parse().unwrap(),
        };
        let there = |channel: &str| ("transfer".parse().unwrap(), channel.parse().unwrap());
        let route_to = |channel: &str| Route { destination_channel: there(channel), ..route() };
        let routes = [(key("channel-1"), route_to("channel-5")), (key("channel-2"), route_to("channel-6"))].into();
        let ends = ends(&routes, &BTreeSet::from([key("channel-1"), key("channel-9")]));
        let expected =
            [(&route().source, [there("channel-1")].into()), (&route().destination, [there("channel-5")].into())];
        assert_eq!(ends, expected.into());
    }

    #[test]
    fn either_chain_is_needed_for_every_leg() {
        let silent = BTreeMap::from([("chain-b".parse().unwrap(), (Instant(0), "refused".to_owned()))]);
        let obstacles = Obstacles { silent, ..Obstacles::default() };
        for leg in [None, Some(Leg::Recv), Some(Leg::Ack), Some(Leg::Timeout)] {
            let (reason, detail) = obstacles.on(&route(), leg).unwrap();
            assert_eq!((reason, detail.as_str()), (Reason::ChainUnreachable, "chain-b does not answer: refused"));
        }
        assert!(!obstacles.is_silent_for(Duration::from_secs(30), Instant(29_999)));
        assert!(obstacles.is_silent_for(Duration::from_secs(30), Instant(30_000)));
    }

    #[test]
    fn a_frozen_client_stops_the_legs_that_it_proves_and_no_others() {
        let clients = BTreeMap::from([(("chain-b".parse().unwrap(), end("chain-b").client), Status::Frozen)]);
        let obstacles = Obstacles { clients, ..Obstacles::default() };
        let reason = |leg| obstacles.on(&route(), leg).map(|(reason, _)| reason);
        assert_eq!(reason(Some(Leg::Recv)), Some(Reason::ClientFrozen));
        assert_eq!(reason(Some(Leg::Ack)), None);
        assert_eq!(reason(None), Some(Reason::ClientFrozen));
    }
}
