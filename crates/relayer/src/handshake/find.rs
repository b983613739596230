//! The end that answers another's first step: an end in state INIT does not name it, so that it is searched for.

use chain::{ChainError, Failure};
use types::connection::{ConnectionEnd, ConnectionState};
use types::{ChannelEnd, ChannelState, ClientId, ConnectionId, PortId};

use super::channel::EndName;
use crate::chain::Chain;

/// The connection end on `chain`, over its `client`, that answers `other` of the other chain; the furthest, where
/// several relayers answered.
pub(crate) async fn answering_connection(
    chain: &Chain,
    client: &ClientId,
    other: &ConnectionId,
) -> Result<Option<(ConnectionId, ConnectionEnd)>, ChainError> {
    let ends = client_connections(chain, client).await?;
    let answers =
        |end: &ConnectionEnd| end.state != ConnectionState::Init && end.counterparty.connection.as_ref() == Some(other);
    let rank = |state| match state {
        ConnectionState::Open => 0,
        ConnectionState::TryOpen => 1,
        ConnectionState::Init => 2,
    };
    Ok(ends.into_iter().filter(|(_, end)| answers(end)).min_by_key(|(_, end)| rank(end.state)))
}

/// All connections over a client, with their ends; one that no reader of ICS-03 could use is left out.
pub(crate) async fn client_connections(
    chain: &Chain,
    client: &ClientId,
) -> Result<Vec<(ConnectionId, ConnectionEnd)>, ChainError> {
    let query = chain.query();
    let ids = query.client_connections(client).await?;
    // The endpoint bounds how many are asked for at a time.
    let read = ids.into_iter().map(|id| {
        let query = query.clone();
        async move {
            match query.connection(&id).await {
                Ok(end) => Ok(Some((id, end))),
                Err(error) if matches!(error.failure, Failure::Malformed(_)) => Ok(None),
                Err(error) => Err(error),
            }
        }
    });
    Ok(futures::future::try_join_all(read).await?.into_iter().flatten().collect())
}

/// The channel end on `chain`, over its `connection`, that answers `other` of the other chain.
pub(crate) async fn answering_channel(
    chain: &Chain,
    connection: &ConnectionId,
    port: &PortId,
    other: &EndName,
) -> Result<Option<(EndName, ChannelEnd)>, ChainError> {
    let ends = chain.query().connection_channels(connection).await?;
    let answers = |found: &PortId, end: &ChannelEnd| {
        found == port
            && end.state != ChannelState::Init
            && end.counterparty.port == other.0
            && end.counterparty.channel.as_ref() == Some(&other.1)
    };
    let rank = |state| match state {
        ChannelState::Open | ChannelState::Flushing | ChannelState::FlushComplete => 0,
        ChannelState::TryOpen => 1,
        ChannelState::Init | ChannelState::Closed => 2,
    };
    let found = ends.into_iter().filter(|(found, _, end)| answers(found, end));
    Ok(found.min_by_key(|(_, _, end)| rank(end.state)).map(|(port, channel, end)| ((port, channel), end)))
}
