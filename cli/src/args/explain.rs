//! `lightship explain`.

use clap::{Args, Subcommand};

use super::ChannelEndArgs;
use super::channels::help;

/// `explain`.
#[derive(Debug, Subcommand)]
pub(crate) enum ExplainCommand {
    /// Why a packet is where it is: a verdict, and the facts that it rests on
    ///
    /// It changes nothing, unlocks no key, and works beside a running relayer and without one. The reason is a code
    /// that stays the same from version to version: cli/README.md lists them, each with its mend.
    Packet(ExplainPacketArgs),
}

/// `explain packet`.
#[derive(Args, Debug)]
#[command(mut_args(help("chain", "Chain that the packet was sent from")))]
pub(crate) struct ExplainPacketArgs {
    /// Where it was sent from.
    #[command(flatten)]
    pub(crate) from: ChannelEndArgs,
    /// The packet's sequence
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) sequence: u64,
}
