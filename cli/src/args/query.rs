//! `lightship query`.

use clap::{Args, Subcommand};
use types::{ChainId, ChannelId, PortId};

/// `query`.
#[derive(Debug, Subcommand)]
pub(crate) enum QueryCommand {
    /// The light clients on a chain, and what they track
    Clients(QueryArgs),
    /// The connections on a chain
    Connections(QueryArgs),
    /// The channels on a chain
    Channels(QueryArgs),
    /// The packets of a channel that are not over: sent, neither acknowledged nor timed out
    Packets(QueryPacketsArgs),
}

/// The chain that is asked.
#[derive(Args, Debug)]
pub(crate) struct QueryArgs {
    /// Chain to ask
    #[arg(long, value_name = "CHAIN")]
    pub(crate) chain: ChainId,
}

/// `query packets`.
#[derive(Args, Debug)]
pub(crate) struct QueryPacketsArgs {
    /// Chain that the packets were sent from
    #[arg(long, value_name = "CHAIN")]
    pub(crate) chain: ChainId,
    /// Channel on that chain
    #[arg(long, value_name = "CHANNEL")]
    pub(crate) channel: ChannelId,
    /// Port on that chain
    #[arg(long, value_name = "PORT", default_value = "transfer")]
    pub(crate) port: PortId,
}
