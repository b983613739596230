//! `lightship explain`.

use clap::{Args, Subcommand};
use types::{ChainId, ChannelId, PortId};

/// `explain`.
#[derive(Debug, Subcommand)]
pub(crate) enum ExplainCommand {
    /// Why a packet is where it is: a verdict, and the facts that it rests on
    Packet(ExplainPacketArgs),
}

/// `explain packet`.
#[derive(Args, Debug)]
pub(crate) struct ExplainPacketArgs {
    /// Chain that the packet was sent from
    #[arg(long, value_name = "CHAIN")]
    pub(crate) chain: ChainId,
    /// Channel on that chain
    #[arg(long, value_name = "CHANNEL")]
    pub(crate) channel: ChannelId,
    /// Port on that chain
    #[arg(long, value_name = "PORT", default_value = "transfer")]
    pub(crate) port: PortId,
    /// The packet's sequence
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) sequence: u64,
}
