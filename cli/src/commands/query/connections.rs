//! The connections on a chain, each over one client.

use chain::Pool;
use serde::Serialize;
use types::connection::{ConnectionEnd, ConnectionState};
use types::{ClientId, ConnectionId};

use super::channels::or_dash;
use crate::context::Context;
use crate::exit::Failure;

#[derive(Debug, Serialize)]
struct Row {
    connection: ConnectionId,
    state: ConnectionState,
    client: ClientId,
    counterparty_client: ClientId,
    counterparty_connection: Option<ConnectionId>,
    delay_period_seconds: u64,
}

impl From<(ConnectionId, ConnectionEnd)> for Row {
    fn from((connection, end): (ConnectionId, ConnectionEnd)) -> Self {
        Self {
            connection,
            state: end.state,
            client: end.client,
            counterparty_client: end.counterparty.client,
            counterparty_connection: end.counterparty.connection,
            delay_period_seconds: end.delay_period.as_secs(),
        }
    }
}

pub(super) async fn run(context: &Context, pool: &Pool) -> Result<(), Failure> {
    let connections = pool.run(async |endpoint| endpoint.queries().connections().await).await?;
    let rows: Vec<_> = connections.into_iter().map(Row::from).collect();
    let cells = |row: &Row| {
        [
            row.connection.to_string(),
            row.state.to_string(),
            row.client.to_string(),
            row.counterparty_client.to_string(),
            or_dash(row.counterparty_connection.as_ref()),
        ]
    };
    let headers = ["CONNECTION", "STATE", "CLIENT", "COUNTERPARTY CLIENT", "COUNTERPARTY CONNECTION"];
    context.output.list(headers, &rows, cells, "the chain has no connections")
}
