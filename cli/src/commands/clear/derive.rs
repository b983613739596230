//! A path that is not configured, from what the chains say of one of its channels: channel, connection, clients, and
//! the chain at the other end, which must be configured.

use chain::Endpoint;
use engine::{ChannelKey, ChannelPath, Path, PathEnd, PathId};

use crate::commands::query;
use crate::context::Context;
use crate::exit::Failure;

/// Asks the chain of a channel end where it leads.
///
/// # Errors
/// When the channel is not there, never was open, or leads to a chain that is not configured.
pub(super) async fn derive(context: &Context, named: &ChannelKey) -> Result<Path, Failure> {
    let ChannelKey { chain, port, channel } = named;
    let name = format!("channel {port}/{channel} of {chain}");
    let pool = query::connect(context, chain).await?;
    let asked = pool.run(async |node: Endpoint| {
        let queries = node.queries();
        let end = queries.channel(port, channel).await?;
        let Some(hop) = end.connection_hops.first().cloned() else { return Ok(None) };
        let (_, client) = queries.channel_client_state(port, channel).await?;
        Ok(Some((queries.connection(&hop).await?, hop, client, end)))
    });
    let asked = asked.await.map_err(|error| query::missing_channel(error, chain, port, channel))?;
    let unopened = || Failure::wrong(format!("{name} was never opened: there is nothing to clear"));
    let (connection, hop, client, end) = asked.ok_or_else(unopened)?;
    let far_channel = end.counterparty.channel.ok_or_else(unopened)?;
    let far_connection = connection.counterparty.connection.ok_or_else(unopened)?;
    let far_chain = client.chain_id;
    if !context.config()?.chains.contains_key(&far_chain) {
        let mend = format!("add a [[chains]] block for {far_chain}");
        return Err(Failure::wrong(format!("{name} leads to {far_chain}, which is not configured; {mend}")));
    }
    Ok(Path {
        id: PathId(format!("{chain}/{port}/{channel}").into()),
        a: PathEnd { chain: chain.clone(), client: connection.client, connection: hop },
        b: PathEnd { chain: far_chain, client: connection.counterparty.client, connection: far_connection },
        channels: vec![ChannelPath {
            a: (port.clone(), channel.clone()),
            b: (end.counterparty.port, far_channel),
            order: end.ordering,
        }],
        policy: std::sync::Arc::default(),
    })
}
