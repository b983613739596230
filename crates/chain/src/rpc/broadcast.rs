//! `broadcast_tx_sync`: what CheckTx said.

use serde::Deserialize;

use super::lenient::{Number, Text};
use super::read;
use crate::error::Failure;

/// What CheckTx said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedTx {
    /// 0 is success.
    pub code: u32,
    /// What `code` belongs to.
    pub codespace: String,
    /// The application's text, as it came.
    pub log: String,
    /// The transaction's hash: 64 hex digits in capitals.
    pub hash: String,
}

#[derive(Deserialize)]
struct Raw<'a> {
    code: Number,
    #[serde(borrow, default)]
    codespace: Text<'a>,
    #[serde(borrow, default)]
    log: Text<'a>,
    #[serde(borrow)]
    hash: Text<'a>,
}

/// Reads the result of `broadcast_tx_sync` (and of `broadcast_tx_async`, which has the same form).
///
/// # Errors
/// When it is none.
pub fn decode(result: &str) -> Result<CheckedTx, Failure> {
    let raw: Raw<'_> = read(result)?;
    let hash = raw.hash.0.into_owned();
    if hash.len() != 64 || !hash.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(Failure::Malformed("a transaction's hash is no hash".to_owned()));
    }
    Ok(CheckedTx {
        code: u32::try_from(raw.code.0).map_err(|_| Failure::Malformed("a code is no u32".to_owned()))?,
        codespace: raw.codespace.0.into_owned(),
        log: raw.log.0.into_owned(),
        hash,
    })
}
