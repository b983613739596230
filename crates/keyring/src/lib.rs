//! The only crate that ever sees a secret key.
//!
//! What is true here:
//! - A key is one file, `<dir>/<chain id>/<name>.json`, 0600 in a directory of 0700, and never read when others could.
//! - It holds the 32 bytes of the derived private key and nothing that could give more: a mnemonic opens every account
//!   of a wallet on every chain, a relayer signs for one. Whoever wants the mnemonic back has it on paper.
//! - It is encrypted by default (argon2id, XChaCha20-Poly1305); the file itself says whether it is.
//! - Secrets are wiped when dropped and are in no `Debug` output and no error.

mod account;
mod derivation;
mod disk;
mod encryption;
mod error;
mod file;
mod keyring;
mod secret;
mod signer;

pub use account::{Algorithm, ETHERMINT_PUBLIC_KEY, INJECTIVE_PUBLIC_KEY, SECP256K1_PUBLIC_KEY};
pub use derivation::KeyOptions;
pub use error::KeyError;
pub use file::Backend;
pub use keyring::{KeySummary, Keyring, Protection};
/// The type of mnemonics and passphrases.
pub use secrecy::SecretString;
pub use signer::Signer;
