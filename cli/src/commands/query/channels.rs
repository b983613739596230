//! The channels on a chain, each over one connection.

use chain::Pool;
use serde::Serialize;
use types::channel::ChannelEnd;
use types::{ChannelId, ChannelState, ConnectionId, Order, PortId};

use crate::context::Context;
use crate::exit::Failure;

#[derive(Debug, Serialize)]
struct Row {
    port: PortId,
    channel: ChannelId,
    state: ChannelState,
    ordering: Order,
    version: String,
    connection: Option<ConnectionId>,
    counterparty_port: PortId,
    counterparty_channel: Option<ChannelId>,
}

impl From<(PortId, ChannelId, ChannelEnd)> for Row {
    fn from((port, channel, end): (PortId, ChannelId, ChannelEnd)) -> Self {
        Self {
            port,
            channel,
            state: end.state,
            ordering: end.ordering,
            version: end.version,
            connection: end.connection_hops.into_iter().next(),
            counterparty_port: end.counterparty.port,
            counterparty_channel: end.counterparty.channel,
        }
    }
}

pub(super) async fn run(context: &Context, pool: &Pool) -> Result<(), Failure> {
    let channels = pool.run(async |endpoint| endpoint.queries().channels().await).await?;
    let rows: Vec<_> = channels.into_iter().map(Row::from).collect();
    let cells = |row: &Row| {
        [
            format!("{}/{}", row.port, row.channel),
            row.state.to_string(),
            row.ordering.to_string(),
            row.version.clone(),
            or_dash(row.connection.as_ref()),
            format!("{}/{}", row.counterparty_port, or_dash(row.counterparty_channel.as_ref())),
        ]
    };
    let headers = ["CHANNEL", "STATE", "ORDERING", "VERSION", "CONNECTION", "COUNTERPARTY"];
    context.output.list(headers, &rows, cells, "the chain has no channels")
}

/// What is not known yet is a dash in a table.
pub(super) fn or_dash(value: Option<&impl ToString>) -> String {
    value.map_or_else(|| "-".to_owned(), ToString::to_string)
}
