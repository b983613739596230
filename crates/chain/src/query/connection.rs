//! `ibc.core.connection`: connection ends.

use std::time::Duration;

use proto::ibc::core::connection::v1 as raw;
use types::connection::ConnectionEnd;
use types::{ClientId, ConnectionId};

use super::Queries;
use crate::error::ChainError;

const CONNECTION: &str = "/ibc.core.connection.v1.Query/Connection";
const CONNECTIONS: &str = "/ibc.core.connection.v1.Query/Connections";
const CLIENT_CONNECTIONS: &str = "/ibc.core.connection.v1.Query/ClientConnections";
const CONNECTION_PARAMS: &str = "/ibc.core.connection.v1.Query/ConnectionParams";

/// What ibc-go sets (`03-connection/types/params.go`, `DefaultTimePerBlock`).
const TIME_PER_BLOCK_DEFAULT: Duration = Duration::from_secs(30);

impl Queries {
    /// One connection end.
    ///
    /// # Errors
    /// See [`ChainError`]; [`ChainError::is_not_found`] where there is none.
    pub async fn connection(&self, connection: &ConnectionId) -> Result<ConnectionEnd, ChainError> {
        let request = raw::QueryConnectionRequest { connection_id: connection.to_string() };
        let answer: raw::QueryConnectionResponse = self.ask(CONNECTION, request).await?;
        let end = answer.connection.ok_or_else(|| self.missing(CONNECTION, format!("connection {connection}")))?;
        end.try_into().map_err(|error| self.malformed(CONNECTION, format!("connection {connection}: {error}")))
    }

    /// How long the chain says that a block of its own may take: what turns a connection's delay into blocks. ibc-go's
    /// default on a chain that is too old to tell.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn time_per_block_max(&self) -> Result<Duration, ChainError> {
        let answer: Result<raw::QueryConnectionParamsResponse, _> =
            self.ask(CONNECTION_PARAMS, raw::QueryConnectionParamsRequest {}).await;
        match answer {
            Ok(answer) => Ok(Duration::from_nanos(answer.params.unwrap_or_default().max_expected_time_per_block)),
            Err(error) if error.is_unknown_query() => Ok(TIME_PER_BLOCK_DEFAULT),
            Err(error) => Err(error),
        }
    }

    /// All connection ends of the chain, but those that no reader of ICS-03 could use, such as `connection-localhost`;
    /// these are left out and logged.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn connections(&self) -> Result<Vec<(ConnectionId, ConnectionEnd)>, ChainError> {
        let connections = self.pages(CONNECTIONS, "connections", async |page| {
            let request = raw::QueryConnectionsRequest { pagination: Some(page) };
            let answer: raw::QueryConnectionsResponse = self.ask(CONNECTIONS, request).await?;
            Ok((answer.connections, answer.pagination))
        });
        Ok(connections.await?.into_iter().filter_map(identified).collect())
    }

    /// The connections of a client.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn client_connections(&self, client: &ClientId) -> Result<Vec<ConnectionId>, ChainError> {
        let request = raw::QueryClientConnectionsRequest { client_id: client.to_string() };
        let answer: Result<raw::QueryClientConnectionsResponse, _> = self.ask(CLIENT_CONNECTIONS, request).await;
        match answer {
            Ok(answer) => {
                let parse = |id: String| id.parse().map_err(|error| self.malformed(CLIENT_CONNECTIONS, error));
                answer.connection_paths.into_iter().map(parse).collect()
            }
            // A client that no connection was ever made over has no list at all.
            Err(error) if error.is_not_found() => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }
}

fn identified(raw: raw::IdentifiedConnection) -> Option<(ConnectionId, ConnectionEnd)> {
    let id = raw.id;
    let end = raw::ConnectionEnd {
        client_id: raw.client_id,
        versions: raw.versions,
        state: raw.state,
        counterparty: raw.counterparty,
        delay_period: raw.delay_period,
    };
    let connection = id.parse::<ConnectionId>().ok();
    match ConnectionEnd::try_from(end) {
        Ok(end) => connection.map(|connection| (connection, end)),
        Err(error) => {
            tracing::debug!(connection = %id.escape_debug(), %error, "connection left out of a list");
            None
        }
    }
}
