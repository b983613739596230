//! The two ends that packets travel between, and what both chains say of packets there.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chain::ChainError;
use engine::{ChannelKey, Dropped, Leg};
use types::{ChainId, ChannelEnd, ChannelId, ChannelState, ClientId, ConnectionEnd, ConnectionId, PortId, Sequence};

use super::{StepError, StepKind, StepRequest, why};
use crate::chain::Chain;
use crate::packets::Site;
use crate::pending;

/// The two ends that packets travel between, as the source tells them. What is sent is proven all the same.
pub(super) struct Route<'a> {
    pub(super) source: &'a Chain,
    pub(super) destination: &'a Chain,
    pub(super) key: &'a ChannelKey,
    pub(super) end: ChannelEnd,
    pub(super) destination_channel: ChannelId,
    connection: ConnectionEnd,
    /// Its identifiers on the source, and on the destination.
    pub(super) connections: (ConnectionId, ConnectionId),
}

impl<'a> Route<'a> {
    pub(super) async fn find(
        chains: &'a BTreeMap<ChainId, Arc<Chain>>,
        request: &'a StepRequest,
    ) -> Result<Self, StepError> {
        let chain =
            |id: &ChainId| chains.get(id).map(|chain| &**chain).ok_or_else(|| StepError::UnknownChain(id.clone()));
        let (source, destination) = (chain(&request.source.chain)?, chain(&request.destination)?);
        let ChannelKey { chain, port, channel } = &request.source;
        let end = source.query().channel(port, channel).await.map_err(|error| match error.is_not_found() {
            true => StepError::NoChannel { chain: chain.clone(), port: port.clone(), channel: channel.clone() },
            false => error.into(),
        })?;
        let not_opened = || StepError::NotOpened {
            chain: chain.clone(),
            port: port.clone(),
            channel: channel.clone(),
            state: end.state,
        };
        let destination_channel = end.counterparty.channel.clone().ok_or_else(not_opened)?;
        let hop = end.connection_hops.first().cloned().ok_or_else(not_opened)?;
        let connection = source.query().connection(&hop).await?;
        let other = connection.counterparty.connection.clone().ok_or_else(not_opened)?;
        let connections = (hop, other);
        Ok(Self { source, destination, key: &request.source, end, destination_channel, connection, connections })
    }

    /// The packets that need this leg, as both chains say.
    pub(super) async fn pending(&self, kind: StepKind) -> Result<BTreeSet<Sequence>, StepError> {
        let committed = self.committed().await?;
        let query = self.destination.query();
        match kind {
            StepKind::Recv | StepKind::Timeout => Ok(pending::unreceived(&query, self.there(), &committed).await?),
            StepKind::Ack => Ok(pending::acknowledged(&query, self.there(), &committed).await?),
        }
    }

    async fn committed(&self) -> Result<BTreeSet<Sequence>, ChainError> {
        pending::committed(&self.source.query(), (&self.key.port, &self.key.channel)).await
    }

    /// The channel end where packets arrive.
    pub(super) fn there(&self) -> (&PortId, &ChannelId) {
        (&self.end.counterparty.port, &self.destination_channel)
    }

    /// Of packets whose bytes were not found those that there is nothing to find of, as the chains say.
    pub(super) async fn absent(
        &self,
        kind: StepKind,
        unfound: &BTreeSet<Sequence>,
    ) -> Result<BTreeMap<Sequence, String>, StepError> {
        if unfound.is_empty() {
            return Ok(BTreeMap::new());
        }
        let committed = self.committed().await?;
        let gone = why(Dropped::CommitmentGone, self.source, self);
        let mut absent: BTreeMap<_, _> = unfound.difference(&committed).map(|one| (*one, gone.clone())).collect();
        let standing: BTreeSet<_> = unfound.intersection(&committed).copied().collect();
        if kind == StepKind::Ack {
            let written = pending::acknowledged(&self.destination.query(), self.there(), &standing).await?;
            let unwritten = format!("{} has written no acknowledgement of it", self.destination.id);
            absent.extend(standing.difference(&written).map(|one| (*one, unwritten.clone())));
        }
        Ok(absent)
    }

    pub(super) async fn leg(&self, kind: StepKind) -> Result<Leg, StepError> {
        match kind {
            StepKind::Recv => Ok(Leg::Recv),
            StepKind::Ack => Ok(Leg::Ack),
            StepKind::Timeout => {
                let query = self.destination.query();
                let end = query.channel(&self.end.counterparty.port, &self.destination_channel).await?;
                // A claim; the end's state is proven with the leg.
                let is_closed = end.state == ChannelState::Closed;
                Ok(if is_closed { Leg::TimeoutOnClose } else { Leg::Timeout })
            }
        }
    }

    pub(super) async fn site(&self, kind: StepKind) -> Result<Site<'_>, StepError> {
        let (host, client, proving): (_, &ClientId, _) = match kind {
            StepKind::Recv => (self.destination, &self.connection.counterparty.client, self.source),
            StepKind::Ack | StepKind::Timeout => (self.source, &self.connection.client, self.destination),
        };
        // Whatever was seen until now stands in this state.
        let fact_height = proving.fresh_head().await?.height;
        Ok(Site { host, client, proving, fact_height })
    }
}
