//! `lightship tx`: single steps by hand, under the names that Hermes gave them.

use clap::{Args, Subcommand};

use super::PassphraseArgs;

/// One leg of one packet.
#[derive(Debug, Subcommand)]
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
pub(crate) struct PacketStepArgs {
    /// Passphrase of the keys
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}
