//! Where the passphrase of the keys comes from; never from an argument.

use std::path::PathBuf;

use clap::Args;

/// Where the passphrase comes from: this file, else LIGHTSHIP_PASSPHRASE, else the configuration, else a prompt.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct PassphraseArgs {
    /// File whose first line is the keys' passphrase [default: LIGHTSHIP_PASSPHRASE, the configuration, or a prompt]
    #[arg(long, value_name = "FILE")]
    pub(crate) passphrase_file: Option<PathBuf>,
}
