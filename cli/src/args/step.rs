//! `lightship tx`: single steps by hand, under the names that Hermes gave them.

use clap::{Args, Subcommand};
use engine::Sequences;

use super::channels::help;
use super::{ChannelEndArgs, PassphraseArgs};

/// One leg of packets.
#[derive(Debug, Subcommand)]
#[expect(clippy::enum_variant_names, reason = "the subcommands are called so")]
pub(crate) enum PacketStep {
    /// Deliver packets to their destination
    PacketRecv(PacketStepArgs),
    /// Bring acknowledgements back to where the packets were sent from
    PacketAck(PacketStepArgs),
    /// Time packets out where they were sent from; on close, where the destination's channel is closed
    PacketTimeout(PacketStepArgs),
}

/// Which packets.
#[derive(Args, Debug)]
#[command(mut_args(help("chain", "Chain that the packets were sent from, whichever the step goes to")))]
pub(crate) struct PacketStepArgs {
    /// Where they were sent from.
    #[command(flatten)]
    pub(crate) from: ChannelEndArgs,
    /// Which packets, such as 1,3-7 [default: all that need this step]
    #[arg(long, value_name = "LIST", value_parser = super::sequences::countable)]
    pub(crate) sequences: Option<Sequences>,
    /// Block that sent the packets (packet-ack: that wrote the acknowledgements) [default: blocks are searched]
    #[arg(long, value_name = "HEIGHT", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) packet_data_query_height: Option<u64>,
    /// Passphrase of the keys
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}
