//! `Action::Sweep`: what both chains hold of one direction of a channel, read at one height of each. A second node of
//! each is asked too, where one is configured: no node alone makes a packet forgotten, or keeps it waiting.

mod settle;

use std::collections::BTreeSet;

use chain::{ChainError, Endpoint};
use engine::{ChannelKey, Event, Sweep};
use futures::future;
use types::{ChainId, ChannelEnd, ChannelId, ChannelState, PortId, QueryHeight, Sequence};

use crate::chain::Chain;
use crate::driver::Shell;
use crate::pending;

use settle::{Contradiction, Kind, Unsettled};

pub(crate) async fn sweep(shell: &Shell, channel: ChannelKey) -> Event {
    let Some(ends) = ends(shell, &channel) else {
        tracing::error!(chain = %channel.chain, channel = %channel.channel, "asked to sweep a channel of no path");
        return Event::SweepFailed { channel };
    };
    match read(&ends, &channel).await {
        Ok(sweep) => Event::Swept { sweep },
        Err(error) => {
            tracing::debug!(chain = %channel.chain, channel = %channel.channel, %error, "sweep failed; it is tried again");
            Event::SweepFailed { channel }
        }
    }
}

/// The chains of one direction of a channel, and the channel end where its packets arrive.
pub(crate) struct Ends<'a> {
    pub(crate) source: &'a Chain,
    pub(crate) destination: &'a Chain,
    pub(crate) destination_port: PortId,
    pub(crate) destination_channel: ChannelId,
}

/// Finds the path that `channel` belongs to.
pub(crate) fn ends<'a>(shell: &'a Shell, channel: &ChannelKey) -> Option<Ends<'a>> {
    let here = (channel.port.clone(), channel.channel.clone());
    for path in &*shell.paths.now() {
        for pair in &path.channels {
            let (source, destination, there) = if path.a.chain == channel.chain && pair.a == here {
                (&path.a.chain, &path.b.chain, &pair.b)
            } else if path.b.chain == channel.chain && pair.b == here {
                (&path.b.chain, &path.a.chain, &pair.a)
            } else {
                continue;
            };
            return Some(Ends {
                source: shell.chains.get(source)?,
                destination: shell.chains.get(destination)?,
                destination_port: there.0.clone(),
                destination_channel: there.1.clone(),
            });
        }
    }
    None
}

/// Why a channel can't be swept.
#[derive(Debug, thiserror::Error)]
enum SweepError {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error("channel {port}/{channel} is not on {chain}; mend the path in the configuration")]
    NoChannel { chain: ChainId, port: PortId, channel: ChannelId },
    #[error(transparent)]
    Unsettled(#[from] Unsettled),
}

async fn read(ends: &Ends<'_>, channel: &ChannelKey) -> Result<Sweep, SweepError> {
    let source_height = ends.source.fresh_head().await?.height;
    let source = Side::new(ends.source, QueryHeight(source_height), &channel.port, &channel.channel);
    let (source_end, commitments) =
        future::try_join(source.end(), source.settled(Kind::Commitments, &BTreeSet::new())).await?;
    // The destination is read after the source: a packet that is received in between is then seen as received.
    let destination_height = ends.destination.fresh_head().await?.height;
    let at = QueryHeight(destination_height);
    let destination = Side::new(ends.destination, at, &ends.destination_port, &ends.destination_channel);
    let destination_end = destination.end().await?;
    let received = destination.settled(Kind::Receipts(destination_end.ordering), &commitments);
    let acknowledged = destination.settled(Kind::Acknowledgements, &commitments);
    let (received, acknowledged) = future::try_join(received, acknowledged).await?;
    let unreceived = commitments.difference(&received).copied().collect();
    Ok(Sweep {
        channel: channel.clone(),
        source_height,
        destination_height,
        commitments,
        unreceived,
        acknowledged,
        source_closed: source_end.state == ChannelState::Closed,
        destination_closed: destination_end.state == ChannelState::Closed,
    })
}

/// One end of a channel in one state of its chain, as the endpoint in use and another one tell it.
struct Side<'a> {
    chain: &'a Chain,
    nodes: (Endpoint, Option<Endpoint>),
    at: QueryHeight,
    port: &'a PortId,
    channel: &'a ChannelId,
}

impl<'a> Side<'a> {
    fn new(chain: &'a Chain, at: QueryHeight, port: &'a PortId, channel: &'a ChannelId) -> Self {
        Self { chain, nodes: (chain.endpoint().clone(), chain.witness()), at, port, channel }
    }

    async fn end(&self) -> Result<ChannelEnd, SweepError> {
        let queries = self.chain.query_at(&self.nodes.0).at(self.at);
        match queries.channel(self.port, self.channel).await {
            Ok(end) => Ok(end),
            Err(error) if error.is_not_found() => Err(SweepError::NoChannel {
                chain: self.chain.id.clone(),
                port: self.port.clone(),
                channel: self.channel.clone(),
            }),
            Err(error) => Err(error.into()),
        }
    }

    /// What both nodes say, and by a proof what only one of them does. Of `among` alone, but for commitments.
    async fn settled(&self, kind: Kind, among: &BTreeSet<Sequence>) -> Result<BTreeSet<Sequence>, SweepError> {
        let (first, second) = &self.nodes;
        let Some(second) = second else { return Ok(self.word(first, kind, among).await?) };
        let words = future::join(self.word(first, kind, among), self.word(second, kind, among)).await;
        let (told, witnessed) = (words.0?, words.1);
        match witnessed {
            Ok(witnessed) if witnessed == told => Ok(told),
            Ok(witnessed) => {
                let contradiction =
                    Contradiction { chain: self.chain, at: self.at, port: self.port, channel: self.channel, kind };
                Ok(contradiction.settle([(first, &told), (second, &witnessed)]).await?)
            }
            Err(error) => {
                tracing::debug!(chain = %self.chain.id, %error, "no second node tells what is pending");
                Ok(told)
            }
        }
    }

    /// What one node says.
    async fn word(
        &self,
        node: &Endpoint,
        kind: Kind,
        among: &BTreeSet<Sequence>,
    ) -> Result<BTreeSet<Sequence>, ChainError> {
        let queries = self.chain.query_at(node).at(self.at);
        let of = (self.port, self.channel);
        match kind {
            Kind::Commitments => pending::committed(&queries, of).await,
            Kind::Receipts(_) => {
                let unreceived = pending::unreceived(&queries, of, among).await?;
                Ok(among.difference(&unreceived).copied().collect())
            }
            Kind::Acknowledgements => {
                let told = pending::acknowledged(&queries, of, among).await?;
                Ok(told.intersection(among).copied().collect())
            }
        }
    }
}
