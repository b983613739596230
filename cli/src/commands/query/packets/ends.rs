//! The channel ends that are asked about, and the chains behind them.

use std::collections::BTreeMap;

use chain::{Endpoint, Pool};
use types::{ChainId, ChannelId, PortId};

use crate::args::{ChannelEndArgs, ChannelsArgs};
use crate::commands::query::{connect, missing_channel};
use crate::context::Context;
use crate::exit::Failure;

/// One end of a channel, and the nodes of its chain.
#[derive(Clone)]
pub(super) struct End {
    pub(super) chain: ChainId,
    pub(super) port: PortId,
    pub(super) channel: ChannelId,
    pub(super) pool: Pool,
}

/// The ends that are asked about.
pub(super) struct Ends<'a> {
    pub(super) context: &'a Context,
    pub(super) ends: Vec<End>,
    /// What was asked about, for people.
    pub(super) of: String,
    pools: BTreeMap<ChainId, Pool>,
}

impl<'a> Ends<'a> {
    /// The end that is named, or all ends of the path that is.
    pub(super) async fn of(context: &'a Context, args: &ChannelsArgs) -> Result<Self, Failure> {
        let mut ends = Self { context, ends: Vec::new(), of: String::new(), pools: BTreeMap::new() };
        match (&args.path, &args.end) {
            (Some(path), _) => ends.add_path(path).await?,
            (None, Some(ChannelEndArgs { chain, channel, port })) => {
                ends.of = format!("{port}/{channel}");
                ends.add(chain, port, channel).await?;
                ends.is_there(chain, port, channel).await?;
            }
            (None, None) => return Err(Failure::wrong("name a channel by --chain and --channel, or a path by --path")),
        }
        Ok(ends)
    }

    async fn add_path(&mut self, name: &str) -> Result<(), Failure> {
        let paths = &self.context.config()?.paths;
        let known = || paths.iter().map(|path| &*path.id.0).collect::<Vec<_>>().join(", ");
        let unknown = || Failure::wrong(format!("path {name:?} is not configured; there are: {}", known()));
        let path = paths.iter().find(|path| *path.id.0 == *name).ok_or_else(unknown)?;
        self.of = format!("path {name}");
        for channel in &path.channels {
            self.add(&path.a.chain, &channel.a.0, &channel.a.1).await?;
            self.add(&path.b.chain, &channel.b.0, &channel.b.1).await?;
        }
        if !path.channels.is_empty() {
            return Ok(());
        }
        // A path without a list relays all channels of its connection.
        let pool = self.pool(&path.a.chain).await?;
        let found = pool.run(async |e: Endpoint| e.queries().connection_channels(&path.a.connection).await).await?;
        for (port, channel, end) in found {
            self.add(&path.a.chain, &port, &channel).await?;
            if let Some(far) = end.counterparty.channel {
                self.add(&path.b.chain, &end.counterparty.port, &far).await?;
            }
        }
        Ok(())
    }

    async fn add(&mut self, chain: &ChainId, port: &PortId, channel: &ChannelId) -> Result<(), Failure> {
        let pool = self.pool(chain).await?;
        self.ends.push(End { chain: chain.clone(), port: port.clone(), channel: channel.clone(), pool });
        Ok(())
    }

    /// A channel that somebody named is there.
    async fn is_there(&mut self, chain: &ChainId, port: &PortId, channel: &ChannelId) -> Result<(), Failure> {
        let pool = self.pool(chain).await?;
        let asked = pool.run(async |endpoint: Endpoint| endpoint.queries().channel(port, channel).await).await;
        asked.map(drop).map_err(|error| missing_channel(error, chain, port, channel))
    }

    /// The end at the other side of the channel, as its chain tells.
    pub(super) async fn other(&mut self, end: &End) -> Result<End, Failure> {
        let (port, channel) = (&end.port, &end.channel);
        let asked = end.pool.run(async |endpoint: Endpoint| {
            let queries = endpoint.queries();
            Ok((queries.channel(port, channel).await?, queries.channel_client_state(port, channel).await?.1))
        });
        let (near, client) = asked.await?;
        let unopened = || Failure::wrong(format!("channel {port}/{channel} has no other end yet"));
        let channel = near.counterparty.channel.ok_or_else(unopened)?;
        let pool = self.pool(&client.chain_id).await?;
        Ok(End { chain: client.chain_id, port: near.counterparty.port, channel, pool })
    }

    async fn pool(&mut self, chain: &ChainId) -> Result<Pool, Failure> {
        if let Some(pool) = self.pools.get(chain) {
            return Ok(pool.clone());
        }
        let pool = connect(self.context, chain).await?;
        self.pools.insert(chain.clone(), pool.clone());
        Ok(pool)
    }
}
