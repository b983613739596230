//! `lightship keys`: add, list, show and delete the keys that sign. The secret itself is never shown.

use keyring::{
    Algorithm, Backend, ETHERMINT_PUBLIC_KEY, INJECTIVE_PUBLIC_KEY, KeyError, KeyOptions, KeySummary, Keyring,
    Protection,
};
use types::ChainId;

use crate::args::{self, KeyArgs, KeysAddArgs, KeysCommand, SignatureKind};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::passphrase::{Passphrase, mnemonic, passphrase};

/// What addresses begin with where neither the argument nor the configuration says it.
const PREFIX_DEFAULT: &str = "cosmos";
const COIN_TYPE_DEFAULT: u32 = 118;

/// Runs a command on the keys.
///
/// # Errors
/// What the keyring refuses, with the mend.
pub(crate) async fn run(context: &Context, command: KeysCommand) -> Outcome {
    let keyring = Keyring::open(context.keys_directory());
    match command {
        KeysCommand::Add(args) => add(context, &keyring, &args).await?,
        KeysCommand::List { chain } => list(context, &keyring, chain.as_ref())?,
        KeysCommand::Show(KeyArgs { name, chain }) => {
            let key = keyring.show(&chain, &name)?;
            context.output.one(&key, &described(&key))?;
        }
        KeysCommand::Delete(KeyArgs { name, chain }) => {
            keyring.delete(&chain, &name)?;
            let answer = serde_json::json!({ "chain": chain, "name": name, "deleted": true });
            context.output.one(&answer, &format!("deleted {name} of {chain}"))?;
        }
    }
    Ok(Exit::Done)
}

async fn add(context: &Context, keyring: &Keyring, args: &KeysAddArgs) -> Result<(), Failure> {
    let KeyArgs { name, chain } = &args.key;
    // Before the mnemonic is asked for; the keyring itself never replaces a key unasked.
    match keyring.show(chain, name) {
        Err(KeyError::Missing { .. }) => {}
        Err(error @ KeyError::UnsafeName { .. }) => return Err(error.into()),
        Ok(_) | Err(_) if args.overwrite => {}
        Ok(_) | Err(_) => {
            let mend = "give --overwrite to replace it, or choose another name";
            return Err(Failure::wrong(format!("chain {chain} has a key {name:?} already; {mend}")));
        }
    }
    let options = options(args, prefix(context, args).await?);
    let words = mnemonic(args.mnemonic_file.as_deref())?;
    let protection = match args.backend {
        args::Backend::Encrypted => Protection::Encrypted(passphrase(context, &args.passphrase, Passphrase::New)?),
        args::Backend::Test => Protection::Test,
    };
    let key = keyring.add(chain, name, &words, &options, protection, args.overwrite)?;
    if key.backend == Backend::Test {
        tracing::warn!(chain = %key.chain, key = key.name, "the test backend keeps this key in clear text; use it for test money alone");
    }
    context.output.one(&key, &described(&key))
}

/// What the address begins with: as the argument says, or the configuration, or the chain itself.
async fn prefix(context: &Context, args: &KeysAddArgs) -> Result<String, Failure> {
    let chain = context.config_if_any().and_then(|config| config.chains.get(&args.key.chain));
    let said = args.prefix.clone().or_else(|| chain.and_then(|chain| chain.account_prefix.clone()));
    let chain = match (said, chain) {
        (Some(said), _) => return Ok(said),
        (None, None) => return Ok(PREFIX_DEFAULT.to_owned()),
        (None, Some(chain)) => chain,
    };
    let asked =
        async { Ok(super::query::connect(context, &chain.id).await?.current().queries().bech32_prefix().await?) };
    asked.await.map_err(|error: Failure| {
        let mend = "give --prefix, or set account_prefix of this chain";
        Failure::wrong(format!("the address prefix of {} can't be asked for ({error}); {mend}", chain.id))
    })
}

fn options(args: &KeysAddArgs, prefix: String) -> KeyOptions {
    let ethereum = |url: &str| Algorithm::EthSecp256k1 { public_key_type_url: url.to_owned() };
    KeyOptions {
        prefix,
        coin_type: args.coin_type.unwrap_or(COIN_TYPE_DEFAULT),
        hd_path: args.hd_path.clone(),
        algorithm: match args.algorithm {
            SignatureKind::Secp256k1 => Algorithm::Secp256k1,
            SignatureKind::Ethermint => ethereum(ETHERMINT_PUBLIC_KEY),
            SignatureKind::Injective => ethereum(INJECTIVE_PUBLIC_KEY),
        },
    }
}

fn list(context: &Context, keyring: &Keyring, chain: Option<&ChainId>) -> Result<(), Failure> {
    let keys = keyring.list(chain)?;
    let cells =
        |key: &KeySummary| [key.chain.to_string(), key.name.clone(), key.address.clone(), key.backend.to_string()];
    let empty = match chain {
        Some(chain) => format!("chain {chain} has no keys; add one with: lightship keys add NAME --chain {chain}"),
        None => "there are no keys; add one with: lightship keys add NAME --chain CHAIN".to_owned(),
    };
    context.output.list(["CHAIN", "NAME", "ADDRESS", "BACKEND"], &keys, cells, &empty)
}

fn described(key: &KeySummary) -> String {
    let KeySummary { chain, name, address, backend, hd_path, public_key, .. } = key;
    let kind = key.algorithm.public_key_type_url();
    format!(
        "chain       {chain}\nname        {name}\naddress     {address}\nbackend     {backend}\nhd path     {hd_path}\n\
         public key  {public_key} ({kind})"
    )
}

impl From<KeyError> for Failure {
    fn from(error: KeyError) -> Self {
        match error {
            KeyError::Encryption { .. } => Self::internal(error),
            KeyError::UnsafeName { .. }
            | KeyError::Exists { .. }
            | KeyError::Missing { .. }
            | KeyError::OpenToOthers { .. }
            | KeyError::Corrupt { .. }
            | KeyError::Version { .. }
            | KeyError::OtherChain { .. }
            | KeyError::OtherName { .. }
            | KeyError::WrongPassphrase { .. }
            | KeyError::PassphraseNeeded { .. }
            | KeyError::EmptyPassphrase
            | KeyError::Mnemonic { .. }
            | KeyError::Option { .. }
            | KeyError::File { .. } => Self::input(error),
        }
    }
}
