//! `commit`: a header with the commit that signs it.

use serde::Deserialize;
use tendermint::block::signed_header::SignedHeader;

use super::read;
use crate::error::Failure;

#[derive(Deserialize)]
struct Raw {
    signed_header: SignedHeader,
}

/// Reads the result of `commit`.
///
/// # Errors
/// When it is none, or header and commit are of different heights.
pub fn decode(result: &str) -> Result<SignedHeader, Failure> {
    Ok(read::<Raw>(result)?.signed_header)
}
