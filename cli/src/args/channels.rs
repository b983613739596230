//! One end of a channel, and the channels that a command is about.

use clap::{Arg, Args};
use engine::ChannelKey;
use types::{ChainId, ChannelId, PortId};

/// One end of a channel.
#[derive(Args, Clone, Debug)]
pub(crate) struct ChannelEndArgs {
    /// Chain of the channel's end
    #[arg(long, value_name = "CHAIN")]
    pub(crate) chain: ChainId,
    /// Channel on that chain
    #[arg(long, value_name = "CHANNEL")]
    pub(crate) channel: ChannelId,
    /// Port on that chain
    #[arg(long, value_name = "PORT", default_value = "transfer")]
    pub(crate) port: PortId,
}

impl ChannelEndArgs {
    /// The end that is named.
    pub(crate) fn key(&self) -> ChannelKey {
        let Self { chain, channel, port } = self.clone();
        ChannelKey { chain, port, channel }
    }
}

/// Some channels: the one with this end, or those of a configured path.
#[derive(Args, Clone, Debug)]
#[command(mut_args(optional))]
pub(crate) struct ChannelsArgs {
    /// The one channel.
    #[command(flatten)]
    pub(crate) end: Option<ChannelEndArgs>,
    /// All channels of this configured path
    #[arg(long, value_name = "PATH", conflicts_with_all = ["chain", "channel", "port"])]
    pub(crate) path: Option<String>,
}

/// Says of one argument what it means in a command of its own.
pub(super) fn help(id: &'static str, text: &'static str) -> impl FnMut(Arg) -> Arg {
    move |argument| if argument.get_id() == id { argument.help(text) } else { argument }
}

/// An end is named as a whole or not at all.
fn optional(argument: Arg) -> Arg {
    match argument.get_id().as_str() {
        "chain" => argument.required(false).requires("channel"),
        "channel" => argument.required(false).requires("chain"),
        "port" => argument.requires("channel"),
        _ => argument,
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use crate::args::Cli;

    #[test]
    fn an_end_is_named_as_a_whole_or_not_at_all() {
        for command in ["clear packets", "query packets", "query packets acks", "query packets receipts --sequences 1"]
        {
            let parse = |rest: &str| Cli::try_parse_from(format!("lightship {command} {rest}").split_whitespace());
            for rest in
                ["", "--chain a --channel channel-0", "--chain a --channel channel-0 --port icahost", "--path p"]
            {
                assert!(parse(rest).is_ok(), "{command} {rest}");
            }
            for rest in [
                "--chain a",
                "--channel channel-0",
                "--port icahost",
                "--chain a --port icahost",
                "--path p --port icahost",
                "--path p --chain a --channel channel-0",
            ] {
                assert!(parse(rest).is_err(), "{command} {rest}");
            }
        }
    }

    #[test]
    fn a_packets_channel_must_be_named() {
        for command in ["explain packet --sequence 1", "tx packet-recv", "tx transfer --amount 1stake --receiver r"] {
            let parse = |rest: &str| Cli::try_parse_from(format!("lightship {command} {rest}").split_whitespace());
            assert!(parse("--chain a --channel channel-0").is_ok(), "{command}");
            for rest in ["", "--chain a", "--channel channel-0"] {
                assert!(parse(rest).is_err(), "{command} {rest}");
            }
        }
    }
}
