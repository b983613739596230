//! What can go wrong with keys, and the mend. No message holds a secret.

use std::path::PathBuf;

use types::ChainId;

/// Why a key could not be made, read or used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The text cannot be the name of a file.
    #[error("{kind} {text:?} cannot name a key file: use letters, digits, '-', '_' and '.', and no '.' in front")]
    UnsafeName {
        /// What it names.
        kind: &'static str,
        /// The text.
        text: String,
    },
    /// There is a key of this name already.
    #[error("key {name:?} of chain {chain} exists already in {}: delete it first, or ask to overwrite it", path.display())]
    Exists {
        /// The chain.
        chain: ChainId,
        /// The key's name.
        name: String,
        /// Its file.
        path: PathBuf,
    },
    /// There is no key of this name.
    #[error("chain {chain} has no key {name:?} in {}: add it with `lightship keys add {name} --chain {chain}`", path.display())]
    Missing {
        /// The chain.
        chain: ChainId,
        /// The key's name.
        name: String,
        /// Where its file would be.
        path: PathBuf,
    },
    /// Others than the owner may read or write the file.
    #[error("key file {0} is open to others (mode {mode:o}): run `chmod 600 {0}`", path.display())]
    OpenToOthers {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is not as it was written.
    #[error("key file {} is corrupt: {reason}; restore it from a copy, or delete it and add the key again from its mnemonic", path.display())]
    Corrupt {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// A later program wrote the file.
    #[error("key file {} is of version {version}, this program reads version {}: use the program that wrote it", path.display(), crate::file::VERSION)]
    Version {
        /// The file.
        path: PathBuf,
        /// Its version.
        version: u32,
    },
    /// The file is the key of another chain.
    #[error("key file {} is for chain {found}, not for {expected}: move it back, or add a key for {expected}", path.display())]
    OtherChain {
        /// The file.
        path: PathBuf,
        /// The chain that was asked for.
        expected: ChainId,
        /// The chain that the file says.
        found: String,
    },
    /// The file is the key of another name.
    #[error("key file {} holds key {found:?}, not {expected:?}: give the file its name back", path.display())]
    OtherName {
        /// The file.
        path: PathBuf,
        /// The name that was asked for.
        expected: String,
        /// The name that the file says.
        found: String,
    },
    /// The passphrase does not open the file.
    #[error("wrong passphrase for key file {}: try again, or add the key again from its mnemonic", path.display())]
    WrongPassphrase {
        /// The file.
        path: PathBuf,
    },
    /// The file is encrypted, and no passphrase was given.
    #[error("key file {} is encrypted: give its passphrase", path.display())]
    PassphraseNeeded {
        /// The file.
        path: PathBuf,
    },
    /// An empty passphrase protects nothing.
    #[error("the passphrase is empty: choose one")]
    EmptyPassphrase,
    /// The words are no mnemonic.
    #[error("the mnemonic is not valid: {reason}")]
    Mnemonic {
        /// Which rule of BIP-39 is broken; no word of it.
        reason: String,
    },
    /// The options do not make a key.
    #[error("{what} {value:?} is not valid: {reason}")]
    Option {
        /// Which option.
        what: &'static str,
        /// Its value.
        value: String,
        /// What is wrong.
        reason: String,
    },
    /// A file or directory could not be used.
    #[error("cannot {doing} {}: {source}", path.display())]
    File {
        /// What was tried, as an infinitive.
        doing: &'static str,
        /// What it was tried on.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The system gave no randomness, or encryption failed.
    #[error("cannot encrypt: {reason}")]
    Encryption {
        /// What failed.
        reason: String,
    },
}
