//! `lightship clear`.

use clap::{Args, Subcommand, ValueEnum};
use engine::Sequences;

use super::channels::help;
use super::{ChannelsArgs, FromHeight, PassphraseArgs};

/// How `clear packets` ends, for its help.
const CLEAR_ENDS: &str = "\
Exit codes:
  0   nothing is left that anybody could relay
  1   packets are left, in a table with the reason of each, or the input was wrong
  2   a fault of Lightship or of the machine
  64  the configuration is wrong

Examples:
  lightship clear packets --dry-run
  lightship clear packets --path chain-a--chain-b --limit 100
  lightship clear packets --chain chain-a --channel channel-0 --sequences 1,3-7";

/// `clear`.
#[derive(Debug, Subcommand)]
pub(crate) enum ClearCommand {
    /// Bring everything that is pending to its end: packets, acknowledgements, timeouts
    ///
    /// A running relayer is asked, and does it beside its live packets; without one this process does it. Run it again
    /// after Ctrl-C or a kill: it goes on.
    #[command(after_long_help = CLEAR_ENDS)]
    Packets(ClearPacketsArgs),
}

/// `clear packets`.
#[derive(Args, Debug)]
#[command(
    mut_args(help("path", "Configured path to clear [default: all paths]")),
    mut_args(help("chain", "Chain of the one channel to clear")),
    mut_args(help("channel", "Channel on that chain, of a configured path or of none"))
)]
pub(crate) struct ClearPacketsArgs {
    /// Which channels; by default all of all paths.
    #[command(flatten)]
    pub(crate) of: ChannelsArgs,
    /// Only these packets of the channel, such as 1,3-7
    #[arg(long, value_name = "SEQUENCES", requires = "channel", conflicts_with = "path")]
    pub(crate) sequences: Option<Sequences>,
    /// Which way the packets go [default: both; forward with --sequences]
    #[arg(long, value_enum)]
    direction: Option<Direction>,
    /// At most so many packets a channel and direction, the lowest sequences first
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
    /// Don't search blocks below this one of --chain for packets that were sent before; CHAIN=HEIGHT for any chain of what
    /// is cleared, once a chain
    #[arg(long, value_name = "[CHAIN=]HEIGHT")]
    pub(crate) from_height: Vec<FromHeight>,
    /// Only say what would be done: nothing is signed, no key is needed
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Clear in this process, even beside a running relayer
    #[arg(long)]
    pub(crate) standalone: bool,
    /// Passphrase of the keys
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

impl ClearPacketsArgs {
    /// Sequences count from each end anew: those that are named are of the end that is named.
    pub(crate) fn direction(&self) -> Direction {
        let default = if self.sequences.is_some() { Direction::Forward } else { Direction::Both };
        self.direction.unwrap_or(default)
    }
}

/// Which packets of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Direction {
    /// Both ways
    Both,
    /// Sent from the path's first chain, or from the named channel end
    Forward,
    /// Sent to that chain, or to the named channel end
    Backward,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command};

    fn parse(rest: &str) -> Result<ClearPacketsArgs, clap::Error> {
        let line = format!("lightship clear packets {rest}");
        let cli = Cli::try_parse_from(line.split_whitespace())?;
        let Command::Clear(ClearCommand::Packets(args)) = cli.command else { panic!("{:?}", cli.command) };
        Ok(args)
    }

    #[test]
    fn without_a_selector_everything_is_cleared_both_ways() {
        let args = parse("").unwrap();
        assert!(args.of.path.is_none() && args.of.end.is_none() && args.sequences.is_none() && args.limit.is_none());
        assert_eq!((args.direction(), args.dry_run, args.standalone), (Direction::Both, false, false));
    }

    #[test]
    fn sequences_are_numbers_and_ranges_of_a_channel() {
        let args = parse("--chain chain-a --channel channel-0 --sequences 1,3-7").unwrap();
        assert_eq!(args.sequences, Some(Sequences(vec![1..=1, 3..=7])));
        assert_eq!(args.direction(), Direction::Forward);
        let both = parse("--chain chain-a --channel channel-0 --sequences 1 --direction both").unwrap();
        assert_eq!(both.direction(), Direction::Both);
        for text in ["", "0", "7-3", "1,", "a", "1-2-3", "-1"] {
            assert!(text.parse::<Sequences>().is_err(), "{text}");
        }
    }

    #[test]
    fn each_chain_may_have_its_own_lowest_block() {
        let args = parse("--path a-b --from-height chain-a=7 --from-height chain-b=9").unwrap();
        assert_eq!(args.from_height.len(), 2);
    }

    #[test]
    fn what_selects_nothing_is_refused() {
        for rest in ["--sequences 1", "--path a --sequences 1", "--limit 0", "--from-height 0", "--direction up"] {
            assert!(parse(rest).is_err(), "{rest}");
        }
    }
}
