//! `lightship explain`.

use clap::{Args, Subcommand};

use super::ChannelEndArgs;

/// `explain`.
#[derive(Debug, Subcommand)]
pub(crate) enum ExplainCommand {
    /// Why a packet is where it is: a verdict, and the facts that it rests on
    Packet(ExplainPacketArgs),
}

/// `explain packet`.
#[derive(Args, Debug)]
#[command(mut_arg("chain", |chain| chain.help("Chain that the packet was sent from")))]
pub(crate) struct ExplainPacketArgs {
    /// Where it was sent from.
    #[command(flatten)]
    pub(crate) from: ChannelEndArgs,
    /// The packet's sequence
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) sequence: u64,
}
