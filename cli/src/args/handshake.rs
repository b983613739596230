//! `lightship tx`: the steps of handshakes by hand, under the names that Hermes gave them; `update` and `upgrade`.
//!
//! `--dst-chain` is where the message is submitted, `--src-chain` the chain that proves the other end.

use clap::{Args, Subcommand};
use types::{ChainId, ChannelId, ClientId, ConnectionId, Order, PortId};

use super::PassphraseArgs;

/// One step of a connection's or a channel's life (ICS-03, ICS-04).
#[derive(Debug, Subcommand)]
pub(crate) enum HandshakeStep {
    /// Begin a connection
    ConnInit(ConnInitArgs),
    /// Answer a connection that the other chain began
    ConnTry(ConnTryArgs),
    /// Open the connection end that began, now that it was answered
    ConnAck(ConnArgs),
    /// Open the connection end that answered, now that the other is open
    ConnConfirm(ConnArgs),
    /// Begin a channel
    ChanOpenInit(ChanInitArgs),
    /// Answer a channel that the other chain began
    ChanOpenTry(ChanTryArgs),
    /// Open the channel end that began, now that it was answered
    ChanOpenAck(ChanArgs),
    /// Open the channel end that answered, now that the other is open
    ChanOpenConfirm(ChanArgs),
    /// Close a channel end, where its application allows it
    ChanCloseInit(ChanArgs),
    /// Close a channel end whose other end is closed
    ChanCloseConfirm(ChanArgs),
}

/// The two chains of a step.
#[derive(Args, Clone, Debug)]
pub(crate) struct StepChains {
    /// Chain that the step is submitted to
    #[arg(long, value_name = "CHAIN")]
    pub(crate) dst_chain: ChainId,
    /// Chain of the other end
    #[arg(long, value_name = "CHAIN")]
    pub(crate) src_chain: ChainId,
    /// Passphrase of the keys
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

/// `tx conn-init`.
#[derive(Args, Debug)]
pub(crate) struct ConnInitArgs {
    /// The chains.
    #[command(flatten)]
    pub(crate) chains: StepChains,
    /// Client on the destination chain
    #[arg(long, value_name = "CLIENT")]
    pub(crate) dst_client: ClientId,
    /// Client on the source chain
    #[arg(long, value_name = "CLIENT")]
    pub(crate) src_client: ClientId,
    /// Seconds that a client update must rest before it may prove a packet
    #[arg(long, value_name = "SECONDS", default_value_t = 0)]
    pub(crate) delay_period: u64,
}

/// `tx conn-try`.
#[derive(Args, Debug)]
pub(crate) struct ConnTryArgs {
    /// The chains.
    #[command(flatten)]
    pub(crate) chains: StepChains,
    /// Client on the destination chain [default: the one that the connection names]
    #[arg(long, value_name = "CLIENT")]
    pub(crate) dst_client: Option<ClientId>,
    /// Client on the source chain [default: the one that the connection names]
    #[arg(long, value_name = "CLIENT")]
    pub(crate) src_client: Option<ClientId>,
    /// Connection that the source chain began
    #[arg(long, value_name = "CONNECTION")]
    pub(crate) src_connection: ConnectionId,
}

/// `tx conn-ack`, `tx conn-confirm`.
#[derive(Args, Debug)]
pub(crate) struct ConnArgs {
    /// The chains.
    #[command(flatten)]
    pub(crate) chains: StepChains,
    /// Client on the destination chain [default: the one that the connection names]
    #[arg(long, value_name = "CLIENT")]
    pub(crate) dst_client: Option<ClientId>,
    /// Client on the source chain [default: the one that the connection names]
    #[arg(long, value_name = "CLIENT")]
    pub(crate) src_client: Option<ClientId>,
    /// Connection on the destination chain
    #[arg(long, value_name = "CONNECTION")]
    pub(crate) dst_connection: ConnectionId,
    /// Connection on the source chain [default: the other end, found on the chain]
    #[arg(long, value_name = "CONNECTION")]
    pub(crate) src_connection: Option<ConnectionId>,
}

/// `tx chan-open-init`.
#[derive(Args, Debug)]
pub(crate) struct ChanInitArgs {
    /// The chains.
    #[command(flatten)]
    pub(crate) chains: StepChains,
    /// Connection on the destination chain
    #[arg(long, value_name = "CONNECTION")]
    pub(crate) dst_connection: ConnectionId,
    /// Port on the destination chain
    #[arg(long, value_name = "PORT")]
    pub(crate) dst_port: PortId,
    /// Port on the source chain
    #[arg(long, value_name = "PORT")]
    pub(crate) src_port: PortId,
    /// How the channel delivers: unordered or ordered
    #[arg(long, visible_alias = "ordering", default_value = "unordered")]
    pub(crate) order: Order,
    /// Version that the applications shall agree on [default: the application's]
    #[arg(long, default_value = "")]
    pub(crate) version: String,
}

/// `tx chan-open-try`.
#[derive(Args, Debug)]
pub(crate) struct ChanTryArgs {
    /// The chains.
    #[command(flatten)]
    pub(crate) chains: StepChains,
    /// Connection on the destination chain [default: the other end of the channel's]
    #[arg(long, value_name = "CONNECTION")]
    pub(crate) dst_connection: Option<ConnectionId>,
    /// Port on the destination chain [default: the one that the channel names]
    #[arg(long, value_name = "PORT")]
    pub(crate) dst_port: Option<PortId>,
    /// Port on the source chain
    #[arg(long, value_name = "PORT")]
    pub(crate) src_port: PortId,
    /// Channel that the source chain began
    #[arg(long, value_name = "CHANNEL")]
    pub(crate) src_channel: ChannelId,
}

/// The other steps of a channel.
#[derive(Args, Debug)]
pub(crate) struct ChanArgs {
    /// The chains.
    #[command(flatten)]
    pub(crate) chains: StepChains,
    /// Connection on the destination chain [default: the channel's]
    #[arg(long, value_name = "CONNECTION")]
    pub(crate) dst_connection: Option<ConnectionId>,
    /// Port on the destination chain
    #[arg(long, value_name = "PORT")]
    pub(crate) dst_port: PortId,
    /// Channel on the destination chain
    #[arg(long, value_name = "CHANNEL")]
    pub(crate) dst_channel: ChannelId,
    /// Port on the source chain [default: the other end's]
    #[arg(long, value_name = "PORT")]
    pub(crate) src_port: Option<PortId>,
    /// Channel on the source chain [default: the other end, found on the chain]
    #[arg(long, value_name = "CHANNEL")]
    pub(crate) src_channel: Option<ChannelId>,
}

/// `update`.
#[derive(Debug, Subcommand)]
pub(crate) enum UpdateCommand {
    /// Update a client to a height of the chain that it tracks
    Client(UpdateClientArgs),
}

/// `update client`.
#[derive(Args, Debug)]
pub(crate) struct UpdateClientArgs {
    /// Chain that holds the client
    #[arg(long, visible_alias = "host-chain", value_name = "CHAIN")]
    pub(crate) chain: ChainId,
    /// The client
    #[arg(long, value_name = "CLIENT")]
    pub(crate) client: ClientId,
    /// Height of the tracked chain [default: its newest block]
    #[arg(long, value_name = "HEIGHT", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) height: Option<u64>,
    /// Passphrase of the keys
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}

/// `upgrade`.
#[derive(Debug, Subcommand)]
pub(crate) enum UpgradeCommand {
    /// Bring a client over an upgrade of the chain that it tracks (ICS-02, `MsgUpgradeClient`)
    Client(UpgradeClientArgs),
}

/// `upgrade client`.
#[derive(Args, Debug)]
pub(crate) struct UpgradeClientArgs {
    /// Chain that holds the client
    #[arg(long, visible_alias = "host-chain", value_name = "CHAIN")]
    pub(crate) chain: ChainId,
    /// The client
    #[arg(long, value_name = "CLIENT")]
    pub(crate) client: ClientId,
    /// Height that the tracked chain planned its upgrade for
    #[arg(long, value_name = "HEIGHT", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) upgrade_height: u64,
    /// Passphrase of the keys
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}
