//! Errors that clients meet, one file a codespace. Those of the codespaces `ibc`, `host` and `commitment` belong to all
//! of IBC.

use core::fmt;

use crate::app::error::AppError;

pub mod client;
pub mod commitment;
pub mod core_ibc;
pub mod host;
pub mod tendermint;
pub mod upgrade;

/// An error that no module registered, with its text.
pub fn unregistered(text: impl fmt::Display) -> AppError {
    AppError::unregistered(text)
}

/// What the chain itself wrote can't be read, or was never written: ibc-go panics.
pub(crate) fn panic(text: impl fmt::Display) -> AppError {
    AppError::panicked(text)
}
