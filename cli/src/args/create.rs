//! `lightship create`.

use clap::{Args, Subcommand};
use types::{ChainId, ClientId, ConnectionId, Order, PortId};

use super::PassphraseArgs;

/// `create`.
#[derive(Debug, Subcommand)]
pub(crate) enum CreateCommand {
    /// A client on A that tracks B
    Client(CreateClientArgs),
    /// A connection between A and B, on new clients or on those given
    Connection(CreateConnectionArgs),
    /// A channel between A and B, on connections that stand
    Channel(CreateChannelArgs),
    /// Clients, connection and channel in one go; run again, it goes on where it stopped
    Path(CreatePathArgs),
}

/// The two chains of everything that is created.
#[derive(Args, Clone, Debug)]
pub(crate) struct EndsArgs {
    /// Id of the one chain
    pub(crate) a: ChainId,
    /// Id of the other chain
    pub(crate) b: ChainId,
    /// Make another one, even where a former run made an equal one
    #[arg(long)]
    pub(crate) new: bool,
    /// Passphrase of the keys
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

/// The channel that is opened.
#[derive(Args, Clone, Debug)]
pub(crate) struct ChannelArgs {
    /// Port on A
    #[arg(long, value_name = "PORT", default_value = "transfer")]
    pub(crate) a_port: PortId,
    /// Port on B
    #[arg(long, value_name = "PORT", default_value = "transfer")]
    pub(crate) b_port: PortId,
    /// How the channel delivers: unordered or ordered
    #[arg(long, default_value = "unordered")]
    pub(crate) ordering: Order,
    /// Version that the applications agree on
    #[arg(long, default_value = "ics20-1")]
    pub(crate) version: String,
    /// Don't add the path to the configuration
    #[arg(long)]
    pub(crate) no_save: bool,
}

/// `create client`.
#[derive(Args, Debug)]
pub(crate) struct CreateClientArgs {
    /// The chains.
    #[command(flatten)]
    pub(crate) ends: EndsArgs,
}

/// `create connection`.
#[derive(Args, Debug)]
pub(crate) struct CreateConnectionArgs {
    /// The chains.
    #[command(flatten)]
    pub(crate) ends: EndsArgs,
    /// Client on A to use instead of a new one
    #[arg(long, value_name = "CLIENT")]
    pub(crate) a_client: Option<ClientId>,
    /// Client on B to use instead of a new one
    #[arg(long, value_name = "CLIENT")]
    pub(crate) b_client: Option<ClientId>,
    /// The delay.
    #[command(flatten)]
    pub(crate) delay: DelayArgs,
}

/// The connection's delay (ICS-03).
#[derive(Args, Clone, Copy, Debug, Default)]
pub(crate) struct DelayArgs {
    /// Seconds that a client's update rests before it proves packets
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(..=31_536_000))]
    pub(crate) delay_period: u64,
}

/// `create channel`.
#[derive(Args, Debug)]
pub(crate) struct CreateChannelArgs {
    /// The chains.
    #[command(flatten)]
    pub(crate) ends: EndsArgs,
    /// Connection on A
    #[arg(long, value_name = "CONNECTION")]
    pub(crate) a_connection: ConnectionId,
    /// Connection on B [default: the counterparty of A's]
    #[arg(long, value_name = "CONNECTION")]
    pub(crate) b_connection: Option<ConnectionId>,
    /// The channel.
    #[command(flatten)]
    pub(crate) channel: ChannelArgs,
}

/// `create path`.
#[derive(Args, Debug)]
pub(crate) struct CreatePathArgs {
    /// The chains.
    #[command(flatten)]
    pub(crate) ends: EndsArgs,
    /// The channel.
    #[command(flatten)]
    pub(crate) channel: ChannelArgs,
    /// The delay.
    #[command(flatten)]
    pub(crate) delay: DelayArgs,
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command};

    #[test]
    fn a_path_is_unordered_ics20_between_transfer_ports_by_default() {
        let cli = Cli::try_parse_from(["lightship", "create", "path", "chain-a", "chain-b"]).unwrap();
        let Command::Create(CreateCommand::Path(path)) = cli.command else { panic!("{:?}", cli.command) };
        let channel = path.channel;
        assert_eq!((channel.a_port.as_str(), channel.b_port.as_str()), ("transfer", "transfer"));
        assert_eq!((channel.ordering, channel.version.as_str(), channel.no_save), (Order::Unordered, "ics20-1", false));
    }
}
