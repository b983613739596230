//! `lightship tx`: the steps of handshakes by hand, under the names that Hermes gave them; `update` and `upgrade`.

use clap::{Args, Subcommand};

use super::PassphraseArgs;

/// One step of a connection's or a channel's life (ICS-03, ICS-04).
#[derive(Debug, Subcommand)]
pub(crate) enum HandshakeStep {
    /// Begin a connection
    ConnInit(ConnInitArgs),
}

/// `tx conn-init`.
#[derive(Args, Debug)]
pub(crate) struct ConnInitArgs {
    /// Passphrase of the keys
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
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
    /// Passphrase of the keys
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}
