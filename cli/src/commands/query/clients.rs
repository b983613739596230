//! The clients on a chain: what each tracks, how far it is, and whether it may still be used.

use std::time::Duration;

use chain::{ChainError, Endpoint, IdentifiedClientState, Pool};
use futures::future;
use serde::Serialize;
use types::client::{ClientState, Status};
use types::{ChainId, ClientId, Height};

use crate::context::Context;
use crate::exit::Failure;

#[derive(Debug, Serialize)]
struct Row {
    client: ClientId,
    status: Status,
    /// The type URL of its state.
    kind: String,
    /// What only a client of ICS-07 tells.
    #[serde(flatten)]
    tendermint: Option<Tendermint>,
}

#[derive(Debug, Serialize)]
struct Tendermint {
    counterparty_chain: ChainId,
    latest_height: Height,
    trusting_period_seconds: u64,
    unbonding_period_seconds: u64,
    /// How long it stays trusted without an update; 0 once it is expired.
    expires_in_seconds: Option<u64>,
    trust_threshold: String,
}

pub(super) async fn run(context: &Context, pool: &Pool) -> Result<(), Failure> {
    let rows = pool.run(rows).await?;
    let cells = |row: &Row| {
        let tendermint = row.tendermint.as_ref();
        let days = |seconds: u64| humantime::format_duration(Duration::from_secs(seconds)).to_string();
        [
            row.client.to_string(),
            tendermint.map_or_else(|| row.kind.clone(), |state| state.counterparty_chain.to_string()),
            row.status.to_string(),
            tendermint.map_or_else(String::new, |state| state.latest_height.to_string()),
            tendermint.map_or_else(String::new, |state| days(state.trusting_period_seconds)),
            tendermint.and_then(|state| state.expires_in_seconds).map_or_else(String::new, days),
        ]
    };
    let headers = ["CLIENT", "TRACKS", "STATUS", "LATEST HEIGHT", "TRUSTING PERIOD", "EXPIRES IN"];
    context.output.list(headers, &rows, cells, "the chain has no clients")
}

async fn rows(endpoint: Endpoint) -> Result<Vec<Row>, ChainError> {
    let states = endpoint.queries().client_states().await?;
    // The endpoint bounds how many are in flight.
    future::try_join_all(states.into_iter().map(|state| row(&endpoint, state))).await
}

async fn row(endpoint: &Endpoint, identified: IdentifiedClientState) -> Result<Row, ChainError> {
    let IdentifiedClientState { client, state } = identified;
    let status = endpoint.queries().client_status(&client).await?;
    let kind = state.type_url.clone();
    let tendermint = match ClientState::try_from(state) {
        Ok(state) => Some(Tendermint {
            expires_in_seconds: expires_in(endpoint, &client, &state).await?.map(|left| left.as_secs()),
            counterparty_chain: state.chain_id,
            latest_height: state.latest_height,
            trusting_period_seconds: state.trusting_period.as_secs(),
            unbonding_period_seconds: state.unbonding_period.as_secs(),
            trust_threshold: state.trust_level.to_string(),
        }),
        Err(error) => {
            tracing::debug!(%client, %error, "not a client of ICS-07");
            None
        }
    };
    Ok(Row { client, status, kind, tendermint })
}

/// How long the client stays trusted without an update, by our clock; none where its newest state is not there.
async fn expires_in(
    endpoint: &Endpoint,
    client: &ClientId,
    state: &ClientState,
) -> Result<Option<Duration>, ChainError> {
    match endpoint.queries().consensus_state(client, state.latest_height).await {
        Ok(held) => {
            let now = relayer::Clock::default().timestamp();
            let age = Duration::from_nanos(now.0.saturating_sub(held.timestamp.0));
            Ok(Some(state.trusting_period.saturating_sub(age)))
        }
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}
