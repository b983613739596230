//! `lightship keys`.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use types::ChainId;

use super::PassphraseArgs;

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
