//! Secrets that a person gives: the passphrase of the keys, and mnemonics. From a file, the environment, standard input
//! or a prompt; never from an argument, which every user of the machine could read.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use crate::args::PassphraseArgs;
use crate::context::Context;
use crate::exit::Failure;

const VARIABLE: &str = "LIGHTSHIP_PASSPHRASE";
/// No passphrase and no mnemonic is longer; a device or a wrong file is not read to its end.
const SECRET_BYTES_MAX: u64 = 4_096;

/// Is the passphrase about to be chosen, or was it before?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passphrase {
    /// Chosen now: a prompt asks twice.
    New,
    /// Chosen before.
    Known,
}

/// The passphrase: from the argument's file, the environment, the configuration's file, or a prompt, in this order.
///
/// # Errors
/// Where none of these gives one, or it is empty.
pub(crate) fn passphrase(context: &Context, args: &PassphraseArgs, which: Passphrase) -> Result<SecretString, Failure> {
    let configured = context.config_if_any().and_then(|config| config.passphrase_file.as_deref());
    let passphrase = match (&args.passphrase_file, std::env::var(VARIABLE), configured) {
        (Some(file), _, _) => first_line(file)?,
        (None, Ok(text), _) => SecretString::from(text),
        (None, Err(std::env::VarError::NotUnicode(_)), _) => {
            return Err(Failure::wrong(format!("{VARIABLE} is not UTF-8; set it to text")));
        }
        (None, Err(std::env::VarError::NotPresent), Some(file)) => first_line(file)?,
        (None, Err(std::env::VarError::NotPresent), None) => prompt_passphrase(which)?,
    };
    if passphrase.expose_secret().is_empty() {
        return Err(Failure::wrong("the passphrase is empty; give one of at least one character"));
    }
    Ok(passphrase)
}

/// A mnemonic: from a file, from standard input where the file is `-`, else from a prompt.
///
/// # Errors
/// Where it can't be read.
pub(crate) fn mnemonic(file: Option<&Path>) -> Result<SecretString, Failure> {
    match file {
        Some(file) if file == Path::new("-") => {
            let text = bounded(io::stdin().lock());
            text.map_err(|error| Failure::wrong(format!("the mnemonic can't be read from standard input: {error}")))
        }
        Some(file) => read(file, "mnemonic"),
        None => prompt("Mnemonic: ").map_err(|error| {
            Failure::wrong(format!("there is no terminal to ask for the mnemonic ({error}); give --mnemonic-file FILE, or - for standard input"))
        }),
    }
}

fn prompt_passphrase(which: Passphrase) -> Result<SecretString, Failure> {
    let no_terminal = |error: io::Error| {
        let mend =
            format!("give --passphrase-file FILE, set {VARIABLE}, or write passphrase_file into the configuration");
        Failure::wrong(format!("there is no terminal to ask for the passphrase of the keys ({error}); {mend}"))
    };
    let first = prompt("Passphrase of the keys: ").map_err(no_terminal)?;
    if which == Passphrase::New {
        let again = prompt("Once more: ").map_err(no_terminal)?;
        if first.expose_secret() != again.expose_secret() {
            return Err(Failure::wrong("the two passphrases differ; run the command again"));
        }
    }
    Ok(first)
}

fn prompt(question: &str) -> io::Result<SecretString> {
    rpassword::prompt_password(question).map(SecretString::from)
}

fn first_line(file: &Path) -> Result<SecretString, Failure> {
    let text = read(file, "passphrase")?;
    // Editors end a file with a line break that is no part of the passphrase.
    let line = text.expose_secret().lines().next().unwrap_or_default();
    Ok(SecretString::from(line))
}

fn read(file: &Path, what: &str) -> Result<SecretString, Failure> {
    let text = File::open(file).and_then(bounded);
    text.map_err(|error| Failure::wrong(format!("the {what} can't be read from {}: {error}", file.display())))
}

fn bounded(source: impl Read) -> io::Result<SecretString> {
    // Room for all of it: a buffer that grows would leave copies behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(usize::try_from(SECRET_BYTES_MAX).unwrap_or(0) + 1));
    let length = source.take(SECRET_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if length as u64 > SECRET_BYTES_MAX {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it is longer than {SECRET_BYTES_MAX} bytes")));
    }
    let text =
        std::str::from_utf8(&bytes).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "it is not UTF-8"))?;
    Ok(SecretString::from(text))
}
