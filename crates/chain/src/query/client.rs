//! `ibc.core.client`: what a chain holds of the chains that it tracks.

use proto::google::protobuf::Any;
use proto::ibc::core::client::v1::{
    QueryClientStateRequest, QueryClientStateResponse, QueryClientStatesRequest, QueryClientStatesResponse,
    QueryClientStatusRequest, QueryClientStatusResponse, QueryConsensusStateHeightsRequest,
    QueryConsensusStateHeightsResponse, QueryConsensusStateRequest, QueryConsensusStateResponse,
};
use types::client::{ClientState, ConsensusState, Status};
use types::{ClientId, Height};

use super::Queries;
use crate::error::ChainError;

const CLIENT_STATE: &str = "/ibc.core.client.v1.Query/ClientState";
const CLIENT_STATES: &str = "/ibc.core.client.v1.Query/ClientStates";
const CONSENSUS_STATE: &str = "/ibc.core.client.v1.Query/ConsensusState";
const CONSENSUS_STATE_HEIGHTS: &str = "/ibc.core.client.v1.Query/ConsensusStateHeights";
const CLIENT_STATUS: &str = "/ibc.core.client.v1.Query/ClientStatus";

/// A client of whatever kind.
#[derive(Clone, Debug, PartialEq)]
pub struct IdentifiedClientState {
    /// Its identifier.
    pub client: ClientId,
    /// Its state, as it came; [`ClientState`] takes it if it is one of ICS-07.
    pub state: Any,
}

impl Queries {
    /// The state of an ICS-07 client.
    ///
    /// # Errors
    /// See [`ChainError`]; also for a client of another kind.
    pub async fn client_state(&self, client: &ClientId) -> Result<ClientState, ChainError> {
        let any = self.client_state_any(client).await?;
        ClientState::try_from(any).map_err(|error| self.malformed(CLIENT_STATE, format!("client {client}: {error}")))
    }

    /// The state of a client of whatever kind.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn client_state_any(&self, client: &ClientId) -> Result<Any, ChainError> {
        let request = QueryClientStateRequest { client_id: client.to_string() };
        let answer: QueryClientStateResponse = self.ask(CLIENT_STATE, request).await?;
        answer.client_state.ok_or_else(|| self.missing(CLIENT_STATE, format!("client {client}")))
    }

    /// All clients of the chain. One whose identifier is none is an error.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn client_states(&self) -> Result<Vec<IdentifiedClientState>, ChainError> {
        let states = self.pages(CLIENT_STATES, "clients", async |page| {
            let request = QueryClientStatesRequest { pagination: Some(page) };
            let answer: QueryClientStatesResponse = self.ask(CLIENT_STATES, request).await?;
            Ok((answer.client_states, answer.pagination))
        });
        let identified = |raw: proto::ibc::core::client::v1::IdentifiedClientState| {
            let client = raw.client_id.parse().map_err(|error| self.malformed(CLIENT_STATES, error))?;
            let missing = || self.missing(CLIENT_STATES, format!("the state of client {client}"));
            let state = raw.client_state.ok_or_else(missing)?;
            Ok(IdentifiedClientState { client, state })
        };
        states.await?.into_iter().map(identified).collect()
    }

    /// The consensus state that an ICS-07 client holds at `height`.
    ///
    /// # Errors
    /// See [`ChainError`]; [`ChainError::is_not_found`] where it holds none.
    pub async fn consensus_state(&self, client: &ClientId, height: Height) -> Result<ConsensusState, ChainError> {
        let request = QueryConsensusStateRequest {
            client_id: client.to_string(),
            revision_number: height.revision_number,
            revision_height: height.revision_height,
            latest_height: false,
        };
        let answer: QueryConsensusStateResponse = self.ask(CONSENSUS_STATE, request).await?;
        let missing = || self.missing(CONSENSUS_STATE, format!("consensus state {height} of client {client}"));
        let any = answer.consensus_state.ok_or_else(missing)?;
        ConsensusState::try_from(any)
            .map_err(|error| self.malformed(CONSENSUS_STATE, format!("client {client} at {height}: {error}")))
    }

    /// The heights at which a client holds consensus states, ascending.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn consensus_state_heights(&self, client: &ClientId) -> Result<Vec<Height>, ChainError> {
        let heights = self.pages(CONSENSUS_STATE_HEIGHTS, "consensus states", async |page| {
            let request = QueryConsensusStateHeightsRequest { client_id: client.to_string(), pagination: Some(page) };
            let answer: QueryConsensusStateHeightsResponse = self.ask(CONSENSUS_STATE_HEIGHTS, request).await?;
            Ok((answer.consensus_state_heights, answer.pagination))
        });
        let height = |raw: proto::ibc::core::client::v1::Height| Height {
            revision_number: raw.revision_number,
            revision_height: raw.revision_height,
        };
        // The store's order is that of the keys' text.
        let mut heights: Vec<_> = heights.await?.into_iter().map(height).collect();
        heights.sort_unstable();
        Ok(heights)
    }

    /// What the chain says of a client.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn client_status(&self, client: &ClientId) -> Result<Status, ChainError> {
        let request = QueryClientStatusRequest { client_id: client.to_string() };
        let answer: QueryClientStatusResponse = self.ask(CLIENT_STATUS, request).await?;
        answer.status.parse().map_err(|error| self.malformed(CLIENT_STATUS, error))
    }
}
