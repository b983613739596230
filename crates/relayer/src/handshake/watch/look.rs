//! Where both ends of a connection or a channel are, asked anew before each step, and which step that makes the next.

use chain::ChainError;
use engine::ChannelPath;
use tracing::debug;
use types::connection::{ConnectionEnd, ConnectionState};
use types::{ChannelEnd, ChannelId, ClientId, ConnectionId};

use super::{Side, Watcher};
use crate::chain::Chain;
use crate::discover;
use crate::handshake::channel::EndName;
use crate::handshake::next::{At, Next, Step, next};
use crate::handshake::{HandshakeError, agree, answering_channel, answering_connection};

/// A step that is next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Planned {
    pub(super) step: Step,
    /// Where it is submitted.
    pub(super) on: Side,
    pub(super) ends: Ends,
}

/// The ends that a step is about. `host` is the one where it is submitted; none before `Try`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Ends {
    Connection { host: Option<ConnectionId>, other: ConnectionId },
    Channel { connection: ConnectionId, host: Option<EndName>, other: EndName },
}

/// What a look shows.
pub(super) enum Look {
    Do(Planned),
    ConnectionOpen,
    Settled,
}

impl Watcher {
    pub(super) async fn look_at_connection(&self, side: Side, id: &ConnectionId) -> Result<Look, HandshakeError> {
        let (chain, client, other_chain, other_client) = self.seen_from(side);
        let Some(here) = found(chain.query().connection(id).await)? else { return Ok(Look::Settled) };
        if here.client != *client || here.counterparty.client != *other_client {
            return Ok(Look::Settled);
        }
        let there = match &here.counterparty.connection {
            Some(other) => found(other_chain.query().connection(other).await)?.map(|end| (other.clone(), end)),
            None => answering_connection(other_chain, other_client, id).await?,
        };
        if let Some((other, there)) = &there {
            agree::connections([client, other_client], (id, &here), (other, there))
                .map_err(HandshakeError::Disagreement)?;
        }
        let next = next(here.state.into(), there.as_ref().map(|(_, end)| end.state.into()));
        let there = there.map(|(other, _)| other);
        Ok(match next {
            Next::Do(step, At::Here) => {
                let Some(other) = there else { return Ok(Look::Settled) };
                let ends = Ends::Connection { host: Some(id.clone()), other };
                Look::Do(Planned { step, on: side, ends })
            }
            Next::Do(step, At::There) => {
                let ends = Ends::Connection { host: there, other: id.clone() };
                Look::Do(Planned { step, on: side.other(), ends })
            }
            Next::Open => Look::ConnectionOpen,
            Next::Closed => Look::Settled,
            Next::Stuck(reason) => {
                debug!(path = %self.path.id, connection = %id, chain = %chain.id, reason, "no step leads on");
                Look::Settled
            }
        })
    }

    pub(super) async fn look_at_channel(&self, side: Side, end: &EndName) -> Result<Look, HandshakeError> {
        let (chain, _, other_chain, _) = self.seen_from(side);
        let Some(here) = found(chain.query().channel(&end.0, &end.1).await)? else { return Ok(Look::Settled) };
        let [hop] = here.connection_hops.as_slice() else { return Ok(Look::Settled) };
        let Some(other_hop) = self.other_connection(side, hop).await? else { return Ok(Look::Settled) };
        let port = &here.counterparty.port;
        let there = match &here.counterparty.channel {
            Some(id) => {
                found(other_chain.query().channel(port, id).await)?.map(|end| ((port.clone(), id.clone()), end))
            }
            None => answering_channel(other_chain, &other_hop, port, end).await?,
        };
        if let Some((other, there)) = &there {
            agree::channels([hop, &other_hop], (end, &here), (other, there)).map_err(HandshakeError::Disagreement)?;
        }
        let next = next(here.state.into(), there.as_ref().map(|(_, end)| end.state.into()));
        let there = there.map(|(other, _)| other);
        let pair = self.pair(side, end, &here, there.as_ref());
        if !discover::is_allowed(&self.path, &pair) {
            debug!(path = %self.path.id, chain = %chain.id, port = %end.0, channel = %end.1, "the path's policy leaves the channel out");
            return Ok(Look::Settled);
        }
        self.judge_channel(side, end, [hop, &other_hop], (there, pair), next).await
    }

    async fn judge_channel(
        &self,
        side: Side,
        end: &EndName,
        [hop, other_hop]: [&ConnectionId; 2],
        (there, pair): (Option<EndName>, ChannelPath),
        next: Next,
    ) -> Result<Look, HandshakeError> {
        let (step, at) = match next {
            Next::Do(step, at) => (step, at),
            Next::Open => {
                if self.adds {
                    self.relay(pair).await;
                }
                return Ok(Look::Settled);
            }
            Next::Closed => return Ok(Look::Settled),
            Next::Stuck(reason) => {
                debug!(path = %self.path.id, port = %end.0, channel = %end.1, reason, "no step leads on");
                return Ok(Look::Settled);
            }
        };
        match step {
            Step::Try | Step::Ack | Step::Confirm if !self.completes => return Ok(Look::Settled),
            Step::Try | Step::Ack | Step::Confirm => {}
            // What was sent through it has to time out, so that it is relayed.
            Step::CloseConfirm if self.adds => self.relay(pair).await,
            Step::CloseConfirm if !self.is_relayed(side, &end.0, &end.1) => return Ok(Look::Settled),
            Step::CloseConfirm => {}
        }
        Ok(match (at, there) {
            (At::Here, None) => Look::Settled,
            (At::Here, Some(other)) => {
                let ends = Ends::Channel { connection: hop.clone(), host: Some(end.clone()), other };
                Look::Do(Planned { step, on: side, ends })
            }
            (At::There, there) => {
                let ends = Ends::Channel { connection: other_hop.clone(), host: there, other: end.clone() };
                Look::Do(Planned { step, on: side.other(), ends })
            }
        })
    }

    /// The channel as the path names it. An end that is not there yet has a name that only a wildcard matches.
    fn pair(&self, side: Side, end: &EndName, here: &ChannelEnd, there: Option<&EndName>) -> ChannelPath {
        let unborn = || (here.counterparty.port.clone(), unborn_channel(&end.1));
        let (ours, theirs) = (end.clone(), there.cloned().unwrap_or_else(unborn));
        let (a, b) = match side {
            Side::A => (ours, theirs),
            Side::B => (theirs, ours),
        };
        ChannelPath { a, b, order: here.ordering }
    }

    /// The other end of a connection that is open between the path's clients; none of any other.
    async fn other_connection(&self, side: Side, hop: &ConnectionId) -> Result<Option<ConnectionId>, ChainError> {
        let (chain, client, _, other_client) = self.seen_from(side);
        let is_ours = |end: &ConnectionEnd| {
            end.client == *client && end.counterparty.client == *other_client && end.state == ConnectionState::Open
        };
        let end = found(chain.query().connection(hop).await)?.filter(is_ours);
        Ok(end.and_then(|end| end.counterparty.connection))
    }

    pub(super) fn seen_from(&self, side: Side) -> (&Chain, &ClientId, &Chain, &ClientId) {
        let (a, b) = ((&*self.a, &self.path.a.client), (&*self.b, &self.path.b.client));
        match side {
            Side::A => (a.0, a.1, b.0, b.1),
            Side::B => (b.0, b.1, a.0, a.1),
        }
    }
}

impl Side {
    pub(super) fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// No chain gives this name out (ibc-go names channels `channel-N`).
fn unborn_channel(other: &ChannelId) -> ChannelId {
    "channel-unborn".parse().unwrap_or_else(|_| other.clone())
}

/// What is not there is no failure: the claim was false, or the chain went back.
fn found<T>(answer: Result<T, ChainError>) -> Result<Option<T>, ChainError> {
    match answer {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}
