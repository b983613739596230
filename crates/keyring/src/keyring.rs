//! All keys of a directory: add, list, show, delete, unlock.

use std::path::{Path, PathBuf};

use serde::Serialize;
use types::ChainId;
use zeroize::Zeroizing;

use crate::encryption::{Encryption, Unopened};
use crate::file::{Kept, KeyFile, VERSION};
use crate::{Algorithm, Backend, KeyError, KeyOptions, SecretString, Signer, account, derivation, disk};

/// The longest name of a key.
const NAME_BYTES_MAX: usize = 64;

/// Room for a key file, so that its bytes are not copied while they grow.
const FILE_BYTES: usize = 4096;

/// The keys in a directory.
#[derive(Clone, Debug)]
pub struct Keyring {
    dir: PathBuf,
}

/// How a new key is to be kept.
#[derive(Debug)]
pub enum Protection {
    /// Under this passphrase.
    Encrypted(SecretString),
    /// As it is: for keys that guard nothing.
    Test,
}

/// What may be told of a key. Of a file that was not unlocked it is what the file says, which proves nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct KeySummary {
    /// The chain.
    pub chain: ChainId,
    /// Its name.
    pub name: String,
    /// How it is kept.
    pub backend: Backend,
    /// The account's address.
    pub address: String,
    /// What addresses of the chain begin with.
    pub prefix: String,
    /// SLIP-44.
    pub coin_type: u32,
    /// Where it was derived.
    pub hd_path: String,
    /// How it signs.
    pub algorithm: Algorithm,
    /// The compressed public key, in hex.
    pub public_key: String,
}

impl Keyring {
    /// The keys in `dir`. Nothing is read or made yet.
    pub fn open(dir: PathBuf) -> Self {
        Self { dir }
    }

    /// Derives a key and keeps it.
    ///
    /// # Errors
    /// [`KeyError::Mnemonic`], [`KeyError::Option`], [`KeyError::UnsafeName`], [`KeyError::EmptyPassphrase`],
    /// [`KeyError::Exists`] without `overwrite`, [`KeyError::File`].
    pub fn add(
        &self,
        chain: &ChainId,
        name: &str,
        mnemonic: &SecretString,
        options: &KeyOptions,
        protection: Protection,
        overwrite: bool,
    ) -> Result<KeySummary, KeyError> {
        let path = self.path(chain, name)?;
        let exists = || KeyError::Exists { chain: chain.clone(), name: name.to_owned(), path: path.clone() };
        // Asked before the costly part, and once more by the write itself.
        if !overwrite && path.exists() {
            return Err(exists());
        }
        let file = new_file(chain, name, mnemonic, options, protection)?;
        let mut bytes = Zeroizing::new(Vec::with_capacity(FILE_BYTES));
        serde_json::to_writer_pretty(&mut *bytes, &file).map_err(|e| KeyError::File {
            doing: "write",
            path: path.clone(),
            source: e.into(),
        })?;
        bytes.push(b'\n');
        if !disk::write(&path, &bytes, overwrite)? {
            return Err(exists());
        }
        Ok(summary(chain, &file))
    }

    /// All keys, or those of one chain, by chain and name.
    ///
    /// # Errors
    /// Those of [`Keyring::show`], of the first key that has one.
    pub fn list(&self, chain: Option<&ChainId>) -> Result<Vec<KeySummary>, KeyError> {
        let chains: Vec<ChainId> = match chain {
            Some(chain) => vec![chain.clone()],
            // What names no chain is none of ours.
            None => disk::names(&self.dir)?.into_iter().filter_map(|name| name.parse().ok()).collect(),
        };
        let mut keys = Vec::new();
        for chain in chains.iter().filter(|chain| is_safe(chain.as_str()) && self.dir.join(chain.as_str()).is_dir()) {
            for file in disk::names(&self.dir.join(chain.as_str()))? {
                if let Some(name) = file.strip_suffix(".json").filter(|name| is_safe(name)) {
                    keys.push(self.show(chain, name)?);
                }
            }
        }
        Ok(keys)
    }

    /// What may be told of a key.
    ///
    /// # Errors
    /// [`KeyError::Missing`], [`KeyError::OpenToOthers`], [`KeyError::Corrupt`], [`KeyError::Version`],
    /// [`KeyError::OtherChain`], [`KeyError::OtherName`], [`KeyError::UnsafeName`], [`KeyError::File`].
    pub fn show(&self, chain: &ChainId, name: &str) -> Result<KeySummary, KeyError> {
        self.read(chain, name).map(|(_, file)| summary(chain, &file))
    }

    /// How a key is kept, and so whether [`Keyring::unlock`] needs a passphrase.
    ///
    /// # Errors
    /// Those of [`Keyring::show`].
    pub fn backend(&self, chain: &ChainId, name: &str) -> Result<Backend, KeyError> {
        self.read(chain, name).map(|(_, file)| file.backend)
    }

    /// Deletes a key, readable or not.
    ///
    /// # Errors
    /// [`KeyError::Missing`], [`KeyError::UnsafeName`], [`KeyError::File`].
    pub fn delete(&self, chain: &ChainId, name: &str) -> Result<(), KeyError> {
        let path = self.path(chain, name)?;
        if disk::delete(&path)? { Ok(()) } else { Err(missing(chain, name, path)) }
    }

    /// Makes a key ready to sign. Costs about 19 MiB and some hundredths of a second for an encrypted one.
    ///
    /// # Errors
    /// Those of [`Keyring::show`]; [`KeyError::PassphraseNeeded`], [`KeyError::WrongPassphrase`].
    pub fn unlock(&self, chain: &ChainId, name: &str, passphrase: Option<&SecretString>) -> Result<Signer, KeyError> {
        let (path, file) = self.read(chain, name)?;
        let corrupt = |reason: &str| KeyError::Corrupt { path: path.clone(), reason: reason.to_owned() };
        let opened;
        let secret = match file.kept().ok_or_else(|| corrupt("it does not hold what its backend says"))? {
            Kept::Plain(secret) => secret,
            Kept::Encrypted(encryption) => {
                let passphrase = passphrase.ok_or_else(|| KeyError::PassphraseNeeded { path: path.clone() })?;
                opened = encryption.open(passphrase, &file.bound()).map_err(|error| match error {
                    Unopened::WrongPassphrase => KeyError::WrongPassphrase { path: path.clone() },
                    Unopened::Malformed(reason) => corrupt(&reason),
                })?;
                &opened
            }
        };
        let signer = Signer::new(secret, file.algorithm.clone(), &file.prefix)?;
        let signer = signer.ok_or_else(|| corrupt("its secret is no private key"))?;
        let is_own = signer.address() == file.address && account::compressed(signer.verifying_key()) == file.public_key;
        if is_own { Ok(signer) } else { Err(corrupt("its private key is not the one of its address")) }
    }

    /// Reads a file and sees that it is what it should be.
    fn read(&self, chain: &ChainId, name: &str) -> Result<(PathBuf, KeyFile), KeyError> {
        let path = self.path(chain, name)?;
        let Some(bytes) = disk::read(&path)? else { return Err(missing(chain, name, path)) };
        let file = parse(&path, &bytes)?;
        if file.chain_id != chain.as_str() {
            return Err(KeyError::OtherChain { path, expected: chain.clone(), found: file.chain_id });
        }
        if file.name != name {
            return Err(KeyError::OtherName { path, expected: name.to_owned(), found: file.name });
        }
        Ok((path, file))
    }

    fn path(&self, chain: &ChainId, name: &str) -> Result<PathBuf, KeyError> {
        for (kind, text) in [("chain id", chain.as_str()), ("key name", name)] {
            if !is_safe(text) {
                return Err(KeyError::UnsafeName { kind, text: text.chars().take(80).collect() });
            }
        }
        Ok(self.dir.join(chain.as_str()).join(format!("{name}.json")))
    }
}

fn new_file(
    chain: &ChainId,
    name: &str,
    mnemonic: &SecretString,
    options: &KeyOptions,
    protection: Protection,
) -> Result<KeyFile, KeyError> {
    let refuse = |what, value: &str, reason: &str| KeyError::Option {
        what,
        value: value.chars().take(80).collect(),
        reason: reason.to_owned(),
    };
    let type_url = options.algorithm.public_key_type_url();
    if !type_url.starts_with('/') || type_url.len() > 128 {
        return Err(refuse("public key type URL", type_url, "it must begin with a slash and have at most 128 bytes"));
    }
    let hd_path = options.path();
    let secret = derivation::derive(mnemonic, &hd_path)?;
    let signer = Signer::new(&secret, options.algorithm.clone(), &options.prefix)?;
    let signer = signer.ok_or_else(|| refuse("HD path", &hd_path, "it gives no key"))?;
    let mut file = KeyFile {
        version: VERSION,
        backend: match protection {
            Protection::Encrypted(_) => Backend::Encrypted,
            Protection::Test => Backend::Test,
        },
        name: name.to_owned(),
        chain_id: chain.as_str().to_owned(),
        address: signer.address().to_owned(),
        prefix: options.prefix.clone(),
        coin_type: options.coin_type,
        hd_path,
        algorithm: options.algorithm.clone(),
        public_key: account::compressed(signer.verifying_key()),
        encryption: None,
        private_key: None,
        checksum: [0; 32],
    };
    match protection {
        Protection::Encrypted(passphrase) => {
            file.encryption = Some(Encryption::seal(&secret, &passphrase, &file.bound())?);
        }
        Protection::Test => file.private_key = Some(secret),
    }
    file.checksum = file.computed_checksum();
    Ok(file)
}

fn parse(path: &Path, bytes: &[u8]) -> Result<KeyFile, KeyError> {
    /// What every version has.
    #[derive(serde::Deserialize)]
    struct Versioned {
        version: u32,
    }
    let corrupt = |reason: String| KeyError::Corrupt { path: path.to_owned(), reason };
    // By place, not by the parser's words, which may quote a secret.
    let unreadable =
        |e: serde_json::Error| corrupt(format!("it does not read at line {}, column {}", e.line(), e.column()));
    let Versioned { version } = serde_json::from_slice(bytes).map_err(unreadable)?;
    if version != VERSION {
        return Err(KeyError::Version { path: path.to_owned(), version });
    }
    let file: KeyFile = serde_json::from_slice(bytes).map_err(unreadable)?;
    if file.checksum != file.computed_checksum() {
        return Err(corrupt("its checksum is wrong".to_owned()));
    }
    Ok(file)
}

fn summary(chain: &ChainId, file: &KeyFile) -> KeySummary {
    KeySummary {
        chain: chain.clone(),
        name: file.name.clone(),
        backend: file.backend,
        address: file.address.clone(),
        prefix: file.prefix.clone(),
        coin_type: file.coin_type,
        hd_path: file.hd_path.clone(),
        algorithm: file.algorithm.clone(),
        public_key: hex::encode(&file.public_key),
    }
}

fn missing(chain: &ChainId, name: &str, path: PathBuf) -> KeyError {
    KeyError::Missing { chain: chain.clone(), name: name.to_owned(), path }
}

/// Can this text be a file's name, on every system and without surprise?
fn is_safe(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    !text.is_empty() && text.len() <= NAME_BYTES_MAX && !text.starts_with('.') && text.bytes().all(is_allowed)
}
