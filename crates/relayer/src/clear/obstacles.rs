//! What keeps packets from moving although their legs are known: a chain that does not answer, a client that proves
//! nothing any more. Asked of the chains when nothing moves.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

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
        let ends: BTreeSet<&PathEnd> = channels
            .iter()
            .filter_map(|channel| routes.get(channel))
            .flat_map(|route| [&route.source, &route.destination])
            .collect();
        let now = shell.clock.now();
        let asked = ends.into_iter().filter_map(|end| Some((end, shell.chains.get(&end.chain)?)));
        let answers = future::join_all(asked.map(async |(end, chain)| (end, answer(chain, end).await))).await;
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

/// The client of this end, and its connection's delay; what was said where the chain does not answer.
async fn answer(chain: &Chain, end: &PathEnd) -> Result<(Status, Duration), String> {
    let queries = chain.query();
    let both = future::try_join(queries.client_status(&end.client), queries.connection(&end.connection));
    match tokio::time::timeout(ANSWER_WITHIN, both).await {
        Ok(Ok((status, connection))) => Ok((status, connection.delay_period)),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err(format!("no answer within {} s", ANSWER_WITHIN.as_secs())),
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
