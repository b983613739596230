//! `lightship tx`.

use chain::Coin;
use clap::{Args, Subcommand};

use super::channels::help;
use super::{ChannelEndArgs, HandshakeStep, PacketStep, PassphraseArgs};
use crate::config::parse_coin;

/// `tx`.
#[derive(Debug, Subcommand)]
pub(crate) enum TxCommand {
    /// Send ICS-20 transfers
    Transfer(TransferArgs),
    /// Single legs of packets
    #[command(flatten)]
    Packet(PacketStep),
    /// Single steps of handshakes
    #[command(flatten)]
    Handshake(HandshakeStep),
}

/// `tx transfer`.
#[derive(Args, Debug)]
#[command(mut_args(help("chain", "Chain to send from")))]
pub(crate) struct TransferArgs {
    /// Where to send from.
    #[command(flatten)]
    pub(crate) from: ChannelEndArgs,
    /// What to send, such as 100stake
    #[arg(long, value_name = "COIN", value_parser = parse_coin)]
    pub(crate) amount: Coin,
    /// Address on the other chain
    #[arg(long, value_name = "ADDRESS")]
    pub(crate) receiver: String,
    /// Memo of the packet
    #[arg(long, default_value = "")]
    pub(crate) memo: String,
    /// Time out this many blocks above the newest block that the channel's client knows of
    #[arg(long, value_name = "BLOCKS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) timeout_height_offset: Option<u64>,
    /// Time out after this many seconds [default: 3600, where no height offset is given]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) timeout_seconds: Option<u64>,
    /// How many transfers
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub(crate) count: u32,
    /// Key to sign with [default: the chain's key]
    #[arg(long, value_name = "NAME")]
    pub(crate) key: Option<String>,
    /// Passphrase of the keys
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::args::Cli;

    #[test]
    fn what_no_transfer_can_be_is_refused() {
        let base =
            ["lightship", "tx", "transfer", "--chain", "a", "--channel", "channel-0", "--receiver", "r", "--amount"];
        let parse = |rest: &[&str]| Cli::try_parse_from(base.iter().chain(rest));
        assert!(parse(&["1stake"]).is_ok());
        for rest in [&["stake"][..], &["0stake"], &["1stake", "--count", "0"], &["1stake", "--timeout-seconds", "0"]] {
            assert!(parse(rest).is_err(), "{rest:?}");
        }
    }
}
