//! How the program ends: the exit code, and one line on standard error where something went wrong.

use std::fmt::Display;
use std::process::ExitCode;

use crate::config::ConfigError;

/// The end of a command that did what it could.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All of it is done: 0.
    Done,
    /// Something is left, and was said: 1.
    Left,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        match exit {
            Exit::Done => Self::SUCCESS,
            Exit::Left => Self::from(1),
        }
    }
}

/// Why a command could not do its work. `Display` is one line, the mend included.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// What was asked for is wrong, or the outside world refuses it: 1.
    #[error("{0}")]
    WrongInput(String),
    /// A fault of ours or of this machine: 2.
    #[error("{0}")]
    Internal(String),
    /// The configuration is wrong: 64.
    #[error(transparent)]
    Configuration(#[from] ConfigError),
}

impl Failure {
    /// Wrong input, in the words of an error and its causes.
    pub(crate) fn input(error: impl Into<anyhow::Error>) -> Self {
        Self::WrongInput(in_words(&error.into()))
    }

    /// A fault of ours, in the words of an error and its causes.
    pub(crate) fn internal(error: impl Into<anyhow::Error>) -> Self {
        Self::Internal(in_words(&error.into()))
    }

    /// Wrong input, in these words.
    pub(crate) fn wrong(message: impl Display) -> Self {
        Self::WrongInput(message.to_string())
    }

    /// The exit code.
    pub(crate) fn code(&self) -> ExitCode {
        match self {
            // A chain that is named in an argument, not in the file.
            Self::WrongInput(_) | Self::Configuration(ConfigError::UnknownChain { .. }) => ExitCode::from(1),
            Self::Internal(_) => ExitCode::from(2),
            Self::Configuration(_) => ExitCode::from(64),
        }
    }
}

/// An error and its causes; many an error says its cause itself.
fn in_words(error: &anyhow::Error) -> String {
    let mut words = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !words.contains(&cause) {
            words = format!("{words}: {cause}");
        }
    }
    words
}

/// How a command ends.
pub(crate) type Outcome = Result<Exit, Failure>;

#[cfg(test)]
mod tests {
    use anyhow::{Context, anyhow};

    use super::in_words;

    #[test]
    fn a_cause_is_said_once() {
        let denied = || anyhow!("permission denied");
        assert_eq!(in_words(&denied().context("can't read keys")), "can't read keys: permission denied");
        assert_eq!(
            in_words(&denied().context("can't read keys: permission denied")),
            "can't read keys: permission denied"
        );
        let deep = Err::<(), _>(denied()).context("can't read: permission denied").context("no key");
        assert_eq!(in_words(&deep.unwrap_err()), "no key: can't read: permission denied");
    }
}
