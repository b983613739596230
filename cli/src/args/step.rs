//! `lightship tx`: single steps by hand, under the names that Hermes gave them.

use std::collections::BTreeSet;

use clap::{Args, Subcommand};
use types::{ChainId, ChannelId, PortId, Sequence};

use super::PassphraseArgs;

/// Packets that are named one by one, at most.
const SEQUENCES_MAX: u64 = 100_000;

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
pub(crate) struct PacketStepArgs {
    /// Chain that the packets were sent from
    #[arg(long, value_name = "CHAIN")]
    pub(crate) chain: ChainId,
    /// Channel on that chain
    #[arg(long, value_name = "CHANNEL")]
    pub(crate) channel: ChannelId,
    /// Port on that chain
    #[arg(long, value_name = "PORT", default_value = "transfer")]
    pub(crate) port: PortId,
    /// Which packets, such as 1,3-7 [default: all that need this step]
    #[arg(long, value_name = "LIST", value_parser = parse_sequences)]
    pub(crate) sequences: Option<Sequences>,
    /// Block that sent the packets (packet-ack: that wrote the acknowledgements) [default: blocks are searched]
    #[arg(long, value_name = "HEIGHT", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) packet_data_query_height: Option<u64>,
    /// Passphrase of the keys
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

/// Packets by their sequences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sequences(pub(crate) BTreeSet<Sequence>);

fn parse_sequences(text: &str) -> Result<Sequences, String> {
    let mut sequences = BTreeSet::new();
    for part in text.split(',') {
        let wrong = || format!("{part:?} is no sequence and no range of sequences, such as 3-7");
        let number = |text: &str| text.parse::<u64>().ok().filter(|number| *number > 0).ok_or_else(wrong);
        let (first, last) = match part.split_once('-') {
            Some((first, last)) => (number(first)?, number(last)?),
            None => (number(part)?, number(part)?),
        };
        if first > last {
            return Err(format!("{part:?} ends before it begins"));
        }
        if last - first >= SEQUENCES_MAX {
            return Err(format!("{part:?} is more than {SEQUENCES_MAX} packets"));
        }
        sequences.extend((first..=last).map(Sequence));
    }
    Ok(Sequences(sequences))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sequences_are_written_one_by_one_and_in_ranges() {
        let numbers =
            |text| parse_sequences(text).unwrap().0.into_iter().map(|sequence| sequence.0).collect::<Vec<_>>();
        assert_eq!(numbers("1,3-5"), [1, 3, 4, 5]);
        assert_eq!(numbers("7,2-2,7"), [2, 7]);
        for wrong in ["", "0", "a", "1,", "5-3", "1-", "-1", "1-18446744073709551615", "1 2"] {
            assert!(parse_sequences(wrong).is_err(), "{wrong}");
        }
    }
}
