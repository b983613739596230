//! `ibc.core.channel`: channel ends.

use proto::ibc::core::channel::v1 as raw;
use types::channel::ChannelEnd;
use types::client::ClientState;
use types::{ChannelId, ClientId, ConnectionId, PortId};

use super::Queries;
use crate::error::ChainError;

const CHANNEL: &str = "/ibc.core.channel.v1.Query/Channel";
const CHANNELS: &str = "/ibc.core.channel.v1.Query/Channels";
const CONNECTION_CHANNELS: &str = "/ibc.core.channel.v1.Query/ConnectionChannels";
const CHANNEL_CLIENT_STATE: &str = "/ibc.core.channel.v1.Query/ChannelClientState";

/// A channel end with what identifies it.
pub type IdentifiedChannelEnd = (PortId, ChannelId, ChannelEnd);

impl Queries {
    /// One channel end.
    ///
    /// # Errors
    /// See [`ChainError`]; [`ChainError::is_not_found`] where there is none.
    pub async fn channel(&self, port: &PortId, channel: &ChannelId) -> Result<ChannelEnd, ChainError> {
        let request = raw::QueryChannelRequest { port_id: port.to_string(), channel_id: channel.to_string() };
        let answer: raw::QueryChannelResponse = self.ask(CHANNEL, request).await?;
        let end = answer.channel.ok_or_else(|| self.missing(CHANNEL, format!("channel {port}/{channel}")))?;
        end.try_into().map_err(|error| self.malformed(CHANNEL, format!("channel {port}/{channel}: {error}")))
    }

    /// All channel ends of the chain; one that no reader of ICS-04 could use is left out and logged.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn channels(&self) -> Result<Vec<IdentifiedChannelEnd>, ChainError> {
        let channels = self.pages(CHANNELS, "channels", async |page| {
            let request = raw::QueryChannelsRequest { pagination: Some(page) };
            let answer: raw::QueryChannelsResponse = self.ask(CHANNELS, request).await?;
            Ok((answer.channels, answer.pagination))
        });
        Ok(channels.await?.into_iter().filter_map(identified).collect())
    }

    /// The channel ends over a connection.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn connection_channels(
        &self,
        connection: &ConnectionId,
    ) -> Result<Vec<IdentifiedChannelEnd>, ChainError> {
        let channels = self.pages(CONNECTION_CHANNELS, "channels", async |page| {
            let request =
                raw::QueryConnectionChannelsRequest { connection: connection.to_string(), pagination: Some(page) };
            let answer: raw::QueryConnectionChannelsResponse = self.ask(CONNECTION_CHANNELS, request).await?;
            Ok((answer.channels, answer.pagination))
        });
        Ok(channels.await?.into_iter().filter_map(identified).collect())
    }

    /// The client that a channel goes over, with its state.
    ///
    /// # Errors
    /// See [`ChainError`]; also for a client of another kind than ICS-07.
    pub async fn channel_client_state(
        &self,
        port: &PortId,
        channel: &ChannelId,
    ) -> Result<(ClientId, ClientState), ChainError> {
        let request =
            raw::QueryChannelClientStateRequest { port_id: port.to_string(), channel_id: channel.to_string() };
        let answer: raw::QueryChannelClientStateResponse = self.ask(CHANNEL_CLIENT_STATE, request).await?;
        let missing = || self.missing(CHANNEL_CLIENT_STATE, format!("the client of channel {port}/{channel}"));
        let identified = answer.identified_client_state.ok_or_else(missing)?;
        let client = identified.client_id.parse().map_err(|error| self.malformed(CHANNEL_CLIENT_STATE, error))?;
        let state = identified.client_state.ok_or_else(missing)?;
        let state = ClientState::try_from(state).map_err(|error| self.malformed(CHANNEL_CLIENT_STATE, error))?;
        Ok((client, state))
    }
}

fn identified(raw: raw::IdentifiedChannel) -> Option<IdentifiedChannelEnd> {
    let name = format!("{}/{}", raw.port_id.escape_debug(), raw.channel_id.escape_debug());
    let (port, channel) = (raw.port_id.parse().ok(), raw.channel_id.parse().ok());
    let end = raw::Channel {
        state: raw.state,
        ordering: raw.ordering,
        counterparty: raw.counterparty,
        connection_hops: raw.connection_hops,
        version: raw.version,
        upgrade_sequence: raw.upgrade_sequence,
    };
    match (port, channel, ChannelEnd::try_from(end)) {
        (Some(port), Some(channel), Ok(end)) => Some((port, channel, end)),
        (_, _, end) => {
            let error = end.err().map(|error| error.to_string());
            tracing::debug!(channel = name, error, "channel left out of a list");
            None
        }
    }
}
