//! The packets of a channel that are not over: their commitments stand on the chain that sent them.

use std::collections::BTreeSet;

use chain::{Endpoint, Pool};
use serde::Serialize;
use types::{ChannelId, PortId, Sequence};

use crate::args::QueryPacketsArgs;
use crate::context::Context;
use crate::exit::Failure;

/// How far a packet is at its destination.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum AtDestination {
    /// The destination is not configured, or did not answer.
    Unknown,
    /// Not received: to be delivered, or timed out.
    Unreceived,
    /// Received, and no acknowledgement written yet.
    Received,
    /// Its acknowledgement is written, and to be brought back.
    Acknowledged,
}

#[derive(Debug, Serialize)]
struct Row {
    sequence: Sequence,
    at_destination: AtDestination,
}

/// What of the packets stands at the destination.
#[derive(Default)]
struct Destination {
    unreceived: BTreeSet<Sequence>,
    acknowledged: BTreeSet<Sequence>,
}

pub(super) async fn run(context: &Context, pool: &Pool, args: &QueryPacketsArgs) -> Result<(), Failure> {
    let QueryPacketsArgs { port, channel, .. } = args;
    let commitments = pool.run(async |endpoint| endpoint.queries().packet_commitments(port, channel).await).await?.0;
    let sequences: BTreeSet<_> = commitments.into_iter().map(|commitment| commitment.sequence).collect();
    let destination = match destination(context, pool, port, channel, &sequences).await {
        Ok(destination) => Some(destination),
        Err(error) => {
            tracing::warn!(%error, "how far the packets are at their destination is not known");
            None
        }
    };
    let row = |sequence: Sequence| {
        let at_destination = match &destination {
            None => AtDestination::Unknown,
            Some(known) if known.unreceived.contains(&sequence) => AtDestination::Unreceived,
            Some(known) if known.acknowledged.contains(&sequence) => AtDestination::Acknowledged,
            Some(_) => AtDestination::Received,
        };
        Row { sequence, at_destination }
    };
    let rows: Vec<_> = sequences.iter().copied().map(row).collect();
    let cells = |row: &Row| {
        let at_destination = match row.at_destination {
            AtDestination::Unknown => "unknown",
            AtDestination::Unreceived => "unreceived",
            AtDestination::Received => "received",
            AtDestination::Acknowledged => "acknowledged",
        };
        [row.sequence.to_string(), at_destination.to_owned()]
    };
    let empty = format!("no packet of {port}/{channel} is pending");
    context.output.list(["SEQUENCE", "AT DESTINATION"], &rows, cells, &empty)
}

/// Asks the chain at the channel's other end, if it is configured.
async fn destination(
    context: &Context,
    source: &Pool,
    port: &PortId,
    channel: &ChannelId,
    sequences: &BTreeSet<Sequence>,
) -> Result<Destination, Failure> {
    if sequences.is_empty() {
        return Ok(Destination::default());
    }
    let (end, client) = source
        .run(async |endpoint: Endpoint| {
            let queries = endpoint.queries();
            Ok((queries.channel(port, channel).await?, queries.channel_client_state(port, channel).await?.1))
        })
        .await?;
    let far_port = end.counterparty.port;
    let unopened = || Failure::wrong(format!("channel {port}/{channel} has no other end yet"));
    let far_channel = end.counterparty.channel.ok_or_else(unopened)?;
    let pool = super::connect(context, &client.chain_id).await?;
    let (far_port, far_channel) = (&far_port, &far_channel);
    let destination = pool.run(async |endpoint: Endpoint| {
        let queries = endpoint.queries();
        let unreceived = queries.unreceived_packets(far_port, far_channel, sequences).await?;
        let received = sequences.difference(&unreceived).copied().collect();
        let acknowledged = queries.packet_acknowledgements(far_port, far_channel, Some(&received)).await?;
        let acknowledged = acknowledged.into_iter().map(|acknowledgement| acknowledgement.sequence).collect();
        Ok(Destination { unreceived, acknowledged })
    });
    Ok(destination.await?)
}
