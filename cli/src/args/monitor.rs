//! `lightship monitor`.

use clap::Args;
use types::ChainId;

use super::PassphraseArgs;

/// `monitor`.
#[derive(Args, Debug)]
pub(crate) struct MonitorArgs {
    /// Check what is there now, respond to what is found, and end
    #[arg(long)]
    pub(crate) once: bool,
    /// Chain whose clients are watched, may be given more than once [default: all that are configured]
    #[arg(long = "chain", value_name = "CHAIN")]
    pub(crate) chains: Vec<ChainId>,
    /// Submit nothing: attacks are recorded and told of, and no key is needed
    #[arg(long)]
    pub(crate) no_submit: bool,
    /// Passphrase of the keys
    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,
}
