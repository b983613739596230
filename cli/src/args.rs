//! The command line: clap types only. What they ask for is done in [`crate::commands`].

mod channels;
mod clear;
mod create;
mod devnet;
mod evidence;
mod explain;
mod from_height;
mod handshake;
mod keys;
mod light;
mod monitor;
mod passphrase;
mod query;
mod sequences;
mod step;
mod tx;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

pub(crate) use channels::{ChannelEndArgs, ChannelsArgs};
pub(crate) use clear::{ClearCommand, ClearPacketsArgs, Direction};
pub(crate) use create::{ChannelArgs, CreateCommand, DelayArgs, EndsArgs};
pub(crate) use devnet::{DemoArgs, DevnetArgs};
pub(crate) use evidence::{EvidenceCommand, EvidenceSubmitArgs, EvidenceVerifyArgs};
pub(crate) use explain::{ExplainCommand, ExplainPacketArgs};
pub(crate) use from_height::FromHeight;
pub(crate) use handshake::{
    ChanArgs, ChanTryArgs, ConnArgs, ConnTryArgs, HandshakeStep, StepChains, UpdateClientArgs, UpdateCommand,
    UpgradeClientArgs, UpgradeCommand,
};
pub(crate) use keys::{Backend, KeyArgs, KeysAddArgs, KeysCommand, SignatureKind};
pub(crate) use light::{
    LightCommand, LightDetectArgs, LightNodes, LightRules, LightSyncArgs, LightTrustRootArgs, LightVerifyArgs,
};
pub(crate) use monitor::MonitorArgs;
pub(crate) use passphrase::PassphraseArgs;
pub(crate) use query::{QueryCommand, QueryCoverageArgs, QueryPackets, QueryPacketsArgs};
pub(crate) use step::PacketStep;
pub(crate) use tx::{TransferArgs, TxCommand};

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
    /// Watch the clients of all chains, and freeze those that are deceived
    Monitor(MonitorArgs),
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
    /// Be a light client: trust, follow, verify and compare headers; no configuration is needed
    #[command(subcommand)]
    Light(LightCommand),
    /// Look after the evidence of attacks: list, show, prove and submit it
    #[command(subcommand)]
    Evidence(EvidenceCommand),
    /// Keep the keys that sign
    #[command(subcommand)]
    Keys(KeysCommand),
    /// Look after the configuration
    #[command(subcommand)]
    Config(ConfigCommand),
    /// Watch Lightship at work: two chains in this process, a path, transfers, refunds, an attack; nothing needed,
    /// nothing left
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
}
