//! `lightship query`.

use clap::{Args, Subcommand};
use engine::Sequences;
use types::{ChainId, ClientId};

use super::ChannelsArgs;

/// `query`.
#[derive(Debug, Subcommand)]
pub(crate) enum QueryCommand {
    /// The light clients on a chain, and what they track
    Clients(QueryArgs),
    /// The connections on a chain
    Connections(QueryArgs),
    /// The channels on a chain
    Channels(QueryArgs),
    /// What the watch over light clients has checked, by how many witnesses, and what not, and why
    Coverage(QueryCoverageArgs),
    /// The packets of a channel, or of all channels of a path; without a subcommand those that are pending
    Packets(QueryPacketsArgs),
}

/// The chain that is asked.
#[derive(Args, Debug)]
pub(crate) struct QueryArgs {
    /// Chain to ask
    #[arg(long, value_name = "CHAIN")]
    pub(crate) chain: ChainId,
}

/// `query coverage`.
#[derive(Args, Debug)]
pub(crate) struct QueryCoverageArgs {
    /// Only clients on this chain, and clients of this chain
    #[arg(long, value_name = "CHAIN")]
    pub(crate) chain: Option<ChainId>,
    /// Only clients of this name
    #[arg(long, value_name = "CLIENT")]
    pub(crate) client: Option<ClientId>,
}

/// `query packets`.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct QueryPacketsArgs {
    /// Which packets; by default the pending ones.
    #[command(subcommand)]
    pub(crate) what: Option<QueryPackets>,
    /// Of which channels.
    #[command(flatten)]
    pub(crate) of: ChannelsArgs,
}

/// `query packets ..`.
#[derive(Debug, Subcommand)]
pub(crate) enum QueryPackets {
    /// Sent, neither acknowledged nor timed out, and how far each is at its destination
    Pending(ChannelsArgs),
    /// The commitments that stand on this end
    Commitments(ChannelsArgs),
    /// The acknowledgements that stand on this end of packets that the other end still waits for
    Acks(AcksArgs),
    /// Which of these sequences this end has received
    Receipts(ReceiptsArgs),
    /// Sent by the other end, and not received by this one
    Unreceived(ChannelsArgs),
}

/// `query packets acks`.
#[derive(Args, Debug)]
pub(crate) struct AcksArgs {
    /// Of which channels.
    #[command(flatten)]
    pub(crate) of: ChannelsArgs,
    /// Those of packets that are over as well, back to the channel's beginning
    #[arg(long)]
    pub(crate) all: bool,
}

/// `query packets receipts`.
#[derive(Args, Debug)]
pub(crate) struct ReceiptsArgs {
    /// Of which channels.
    #[command(flatten)]
    pub(crate) of: ChannelsArgs,
    /// Sequences to ask about, such as 1,3-7: no chain lists its receipts
    #[arg(long, value_name = "SEQUENCES", value_parser = super::sequences::countable)]
    pub(crate) sequences: Sequences,
}
