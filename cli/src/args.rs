//! The command line: clap types only. What they ask for is done in [`crate::commands`].

mod clear;
mod explain;
mod from_height;
mod handshake;
mod query;
mod sequences;
mod step;

use std::path::PathBuf;

use chain::Coin;
use clap::{Args, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;
use types::{ChainId, ChannelId, ClientId, ConnectionId, Order, PortId};

use crate::commands::devnet::attack::AttackAt;
use crate::config::parse_coin;

pub(crate) use clear::{ClearCommand, ClearPacketsArgs, Direction};
pub(crate) use explain::{ExplainCommand, ExplainPacketArgs};
pub(crate) use from_height::FromHeight;
pub(crate) use handshake::{
    ChanArgs, ChanTryArgs, ConnArgs, ConnTryArgs, HandshakeStep, StepChains, UpdateClientArgs, UpdateCommand,
    UpgradeClientArgs, UpgradeCommand,
};
pub(crate) use query::{ChannelsArgs, QueryCommand, QueryPackets, QueryPacketsArgs};
pub(crate) use step::{PacketStep, PacketStepArgs};

/// An IBC relayer with light clients of its own.
#[derive(Debug, Parser)]
#[command(name = "lightship", version, disable_help_subcommand = true)]
pub(crate) struct Cli {
    /// Settings of every command.
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    /// What is to be done.
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Settings of every command.
#[derive(Args, Debug)]
pub(crate) struct GlobalArgs {
    /// Configuration file [default: ~/.lightship/config.toml]
    #[arg(long, global = true, value_name = "FILE", help_heading = "Global options")]
    pub(crate) config: Option<PathBuf>,
    /// Answer in JSON instead of tables
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) json: bool,
    /// Log in JSON, an object a line
    #[arg(long, global = true, help_heading = "Global options")]
    pub(crate) log_json: bool,
    /// Log level, or directives such as "info,lightship_chain=debug"
    #[arg(long, global = true, value_name = "LEVEL", env = "LIGHTSHIP_LOG", help_heading = "Global options")]
    pub(crate) log_level: Option<String>,
}

/// What is to be done.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Relay every configured path until SIGINT or SIGTERM
    Start(StartArgs),
    /// Bring what is pending to its end, once
    #[command(subcommand)]
    Clear(ClearCommand),
    /// Say why something is as it is
    #[command(subcommand)]
    Explain(ExplainCommand),
    /// Make clients, connections, channels, or a whole path
    #[command(subcommand)]
    Create(CreateCommand),
    /// Bring clients up to date
    #[command(subcommand)]
    Update(UpdateCommand),
    /// Bring clients over an upgrade of the chain that they track
    #[command(subcommand)]
    Upgrade(UpgradeCommand),
    /// Send transactions by hand: transfers, and single steps of packets and handshakes
    #[command(subcommand)]
    Tx(TxCommand),
    /// Ask a chain
    #[command(subcommand)]
    Query(QueryCommand),
    /// Keep the keys that sign
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Look after the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Watch Lightship at work: two chains in this process, a path, transfers, refunds; nothing needed, nothing left
    Demo(DemoArgs),
    /// Run chains in this process until SIGINT or SIGTERM
    Devnet(DevnetArgs),
    /// Print a completion script for a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

/// `start`.
#[derive(Args, Debug)]
pub(crate) struct StartArgs {
    /// Passphrase of the keys
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

/// Where the passphrase comes from: this file, else LIGHTSHIP_PASSPHRASE, else the configuration, else a prompt.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct PassphraseArgs {
    /// File whose first line is the keys' passphrase [default: LIGHTSHIP_PASSPHRASE, the configuration, or a prompt]
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}

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
pub(crate) struct TransferArgs {
    /// Chain to send from
    #[arg(long, value_name = "CHAIN")]
    pub(crate) chain: ChainId,
    /// Channel on that chain
    #[arg(long, value_name = "CHANNEL")]
    pub(crate) channel: ChannelId,
    /// Port on that chain
    #[arg(long, value_name = "PORT", default_value = "transfer")]
    pub(crate) port: PortId,
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

/// `keys`.
#[derive(Debug, Subcommand)]
pub(crate) enum KeysCommand {
    /// Add a key from a mnemonic: out of a file, standard input, or a prompt
    Add(KeysAddArgs),
    /// The keys of a chain, or of all
    List {
        /// Chain whose keys to list
        #[arg(long, value_name = "CHAIN")]
        chain: Option<ChainId>,
    },
    /// One key: address, public key and backend, never the secret
    Show(KeyArgs),
    /// Delete a key's file
    Delete(KeyArgs),
}

/// A key of a chain.
#[derive(Args, Debug)]
pub(crate) struct KeyArgs {
    /// Name of the key
    pub(crate) name: String,
    /// Chain of the key
    #[arg(long, value_name = "CHAIN")]
    pub(crate) chain: ChainId,
}

/// `keys add`.
#[derive(Args, Debug)]
pub(crate) struct KeysAddArgs {
    /// The key.
    #[command(flatten)]
    pub(crate) key: KeyArgs,
    /// File that holds the mnemonic, - for standard input [default: a prompt]
    #[arg(long, value_name = "FILE")]
    pub(crate) mnemonic_file: Option<PathBuf>,
    /// How the key is kept
    #[arg(long, value_enum, default_value_t = Backend::Encrypted)]
    pub(crate) backend: Backend,
    /// SLIP-44 coin type [default: 118]
    #[arg(long, value_name = "NUMBER", conflicts_with = "hd_path", value_parser = clap::value_parser!(u32).range(..=0x7fff_ffff))]
    pub(crate) coin_type: Option<u32>,
    /// Whole derivation path (BIP-44) [default: m/44'/118'/0'/0/0]
    #[arg(long, value_name = "PATH")]
    pub(crate) hd_path: Option<String>,
    /// How the chain signs and makes addresses
    #[arg(long, value_enum, default_value_t = SignatureKind::Secp256k1)]
    pub(crate) algorithm: SignatureKind,
    /// Prefix of the address [default: the chain's account_prefix, else what the chain says; cosmos for a chain that is not configured]
    #[arg(long, value_name = "PREFIX")]
    pub(crate) prefix: Option<String>,
    /// Replace a key of the same name
    #[arg(long)]
    pub(crate) overwrite: bool,
    /// Passphrase of the keys
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

/// How a key is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Backend {
    /// Encrypted by a passphrase
    Encrypted,
    /// In clear text, for test money alone
    Test,
}

/// How a chain signs and makes addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum SignatureKind {
    /// As the Cosmos SDK does
    Secp256k1,
    /// As chains that descend from Ethermint; mostly with --coin-type 60
    Ethermint,
    /// As Injective; with --coin-type 60
    Injective,
}

/// `demo`.
#[derive(Args, Debug)]
pub(crate) struct DemoArgs {
    /// Leave the chains up at the end, until SIGINT or SIGTERM
    #[arg(long)]
    pub(crate) keep: bool,
}

/// `devnet`.
#[derive(Args, Debug)]
pub(crate) struct DevnetArgs {
    /// How many chains: chain-a, chain-b, and so on
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = clap::value_parser!(u8).range(1..=26))]
    pub(crate) chains: u8,
    /// First port: chain k, from 0, has JSON-RPC at BASE+10k and gRPC at BASE+10k+1, a second node the next two
    #[arg(long, value_name = "BASE", default_value_t = 26_600, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: u16,
    /// Milliseconds between two blocks
    #[arg(long, value_name = "MS", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(10..=3_600_000))]
    pub(crate) block_time: u64,
    /// Validators of each chain
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=150))]
    pub(crate) validators: u16,
    /// What all keys follow from: the same seed makes the same accounts
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub(crate) seed: u64,
    /// Open paths, and write a configuration and keys into this directory: ready for lightship start
    #[arg(long, value_name = "DIR")]
    pub(crate) write_config: Option<PathBuf>,
    /// Attack the first chain: equivocation, amnesia, lunatic, forward-lunatic or bft-time, at a height; its second node lies then
    #[arg(long, value_name = "KIND@HEIGHT")]
    pub(crate) attack: Option<AttackAt>,
}

/// `config`.
#[derive(Debug, Subcommand)]
pub(crate) enum ConfigCommand {
    /// Read the configuration and say what it holds
    Check,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_argument_takes_a_secret() {
        fn check(command: &clap::Command) {
            for argument in command.get_arguments() {
                let id = argument.get_id().as_str();
                assert!(!["mnemonic", "passphrase", "password", "secret"].contains(&id), "{id}");
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }

    #[test]
    fn global_flags_stand_before_or_after_the_command() {
        for line in ["lightship --json --config c.toml start", "lightship start --config c.toml --json"] {
            let cli = Cli::try_parse_from(line.split(' ')).unwrap();
            assert!(cli.global.json && cli.global.config.is_some(), "{line}");
        }
    }

    #[test]
    fn a_path_is_unordered_ics20_between_transfer_ports_by_default() {
        let cli = Cli::try_parse_from(["lightship", "create", "path", "chain-a", "chain-b"]).unwrap();
        let Command::Create(CreateCommand::Path(path)) = cli.command else { panic!("{:?}", cli.command) };
        let channel = path.channel;
        assert_eq!((channel.a_port.as_str(), channel.b_port.as_str()), ("transfer", "transfer"));
        assert_eq!((channel.ordering, channel.version.as_str(), channel.no_save), (Order::Unordered, "ics20-1", false));
    }

    #[test]
    fn a_devnet_is_two_chains_of_four_validators_from_port_26600_on_by_default() {
        let cli = Cli::try_parse_from(["lightship", "devnet"]).unwrap();
        let Command::Devnet(devnet) = cli.command else { panic!("{:?}", cli.command) };
        assert_eq!((devnet.chains, devnet.validators, devnet.port, devnet.block_time), (2, 4, 26_600, 1_000));
        assert!(devnet.attack.is_none() && devnet.write_config.is_none());
    }

    #[test]
    fn what_no_devnet_can_be_is_refused() {
        let parse = |rest: &[&str]| Cli::try_parse_from(["lightship", "devnet"].iter().chain(rest));
        assert!(parse(&["--chains", "26", "--attack", "amnesia@12"]).is_ok());
        for rest in [
            &["--chains", "0"][..],
            &["--chains", "27"],
            &["--port", "0"],
            &["--port", "65536"],
            &["--block-time", "0"],
            &["--validators", "0"],
            &["--attack", "theft@12"],
        ] {
            assert!(parse(rest).is_err(), "{rest:?}");
        }
    }

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
