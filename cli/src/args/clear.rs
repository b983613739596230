//! `lightship clear`.

use clap::{Args, Subcommand};

use super::PassphraseArgs;

/// `clear`.
#[derive(Debug, Subcommand)]
pub(crate) enum ClearCommand {
    /// Bring everything that is pending to its end: packets, acknowledgements, timeouts
    Packets(ClearPacketsArgs),
}

/// `clear packets`.
#[derive(Args, Debug)]
pub(crate) struct ClearPacketsArgs {
    /// Passphrase of the keys
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}
