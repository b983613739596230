//! `lightship query`.

use clap::{Args, Subcommand};
use engine::Sequences;
use types::{ChainId, ChannelId, PortId};

/// Sequences that are asked about, at most.
const SEQUENCES_MAX: u64 = 1_000_000;

/// `query`.
#[derive(Debug, Subcommand)]
pub(crate) enum QueryCommand {
    /// The light clients on a chain, and what they track
    Clients(QueryArgs),
    /// The connections on a chain
    Connections(QueryArgs),
    /// The channels on a chain
    Channels(QueryArgs),
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

/// The channels that are asked about: one end, or both ends of all channels of a path.
#[derive(Args, Clone, Debug)]
pub(crate) struct ChannelsArgs {
    /// Chain of the channel's end
    #[arg(long, value_name = "CHAIN", requires = "channel")]
    pub(crate) chain: Option<ChainId>,
    /// Channel on that chain
    #[arg(long, value_name = "CHANNEL", requires = "chain")]
    pub(crate) channel: Option<ChannelId>,
    /// Port on that chain
    #[arg(long, value_name = "PORT", default_value = "transfer")]
    pub(crate) port: PortId,
    /// Both ends of all channels of this configured path
    #[arg(long, value_name = "PATH", conflicts_with_all = ["chain", "channel"])]
    pub(crate) path: Option<String>,
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
    #[arg(long, value_name = "SEQUENCES", value_parser = sequences)]
    pub(crate) sequences: Sequences,
}

/// Sequences as a person writes them.
fn sequences(text: &str) -> Result<Sequences, String> {
    let wrong = || format!("{text:?} names no sequences; write them like 1,3-7");
    let range = |part: &str| {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last): (u64, u64) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        (first > 0 && first <= last).then_some(first..=last)
    };
    let ranges: Vec<_> = text.split(',').map(range).collect::<Option<_>>().ok_or_else(wrong)?;
    let count =
        ranges.iter().fold(0u64, |sum, range| sum.saturating_add((range.end() - range.start()).saturating_add(1)));
    if count > SEQUENCES_MAX {
        return Err(format!("{text:?} names more than {SEQUENCES_MAX} sequences; ask in parts"));
    }
    Ok(Sequences(ranges))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_read_as_people_write_them() {
        assert_eq!(sequences("1,3-7").unwrap(), Sequences(vec![1..=1, 3..=7]));
        for wrong in ["", "0", "3-1", "x", "1,,2", "1-", "-1"] {
            assert!(sequences(wrong).unwrap_err().contains("1,3-7"), "{wrong}");
        }
        assert!(sequences("1-18446744073709551615").unwrap_err().contains("in parts"));
    }
}
