//! The keys that chains sign with; the passphrase is asked for once.

use std::sync::Arc;

use keyring::{Backend, Keyring, Signer};
use relayer::{Chain, Clock};
use secrecy::SecretString;
use store::Store;
use types::ChainId;

use super::settings::relayer_config;
use crate::args::PassphraseArgs;
use crate::config::ChainConfig;
use crate::context::Context;
use crate::exit::Failure;
use crate::passphrase::{Passphrase, passphrase};

/// Keys of several chains; the passphrase is asked for once.
pub(super) struct Keys<'a> {
    context: &'a Context,
    args: &'a PassphraseArgs,
    keyring: Keyring,
    passphrase: Option<SecretString>,
}

impl<'a> Keys<'a> {
    pub(super) fn new(context: &'a Context, args: &'a PassphraseArgs) -> Self {
        Self { context, args, keyring: Keyring::open(context.keys_directory()), passphrase: None }
    }

    fn unlock(&mut self, chain: &ChainId, name: &str) -> Result<Signer, Failure> {
        let backend = self.keyring.backend(chain, name).map_err(Failure::input)?;
        if backend == Backend::Encrypted && self.passphrase.is_none() {
            self.passphrase = Some(passphrase(self.context, self.args, Passphrase::Known)?);
        }
        self.keyring.unlock(chain, name, self.passphrase.as_ref()).map_err(Failure::input)
    }

    /// The chain of this configuration, signing with `key`. Nothing is sent yet.
    pub(super) fn chain(
        &mut self,
        config: &ChainConfig,
        key: &str,
        store: &Store,
        clock: &Arc<Clock>,
    ) -> Result<Arc<Chain>, Failure> {
        let signer = self.unlock(&config.id, key)?;
        let chain = Chain::new(relayer_config(config, Some(signer))?, store.clone(), clock.clone());
        Ok(Arc::new(chain.map_err(Failure::input)?))
    }
}
