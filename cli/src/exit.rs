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
        Self::WrongInput(format!("{:#}", error.into()))
    }

    /// A fault of ours, in the words of an error and its causes.
    pub(crate) fn internal(error: impl Into<anyhow::Error>) -> Self {
        Self::Internal(format!("{:#}", error.into()))
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

/// How a command ends.
pub(crate) type Outcome = Result<Exit, Failure>;
