//! `validators`: one page of a validator set.

use serde::Deserialize;
use tendermint::validator;
use types::BlockHeight;

use super::lenient::Number;
use super::read;
use crate::error::Failure;

/// One page of a validator set.
#[derive(Clone, Debug)]
pub struct Page {
    /// The block that the set signs.
    pub height: BlockHeight,
    /// The page's validators, in the node's order.
    pub validators: Vec<validator::Info>,
    /// How many validators the whole set has, as the node says.
    pub total: usize,
}

#[derive(Deserialize)]
struct Raw {
    block_height: Number,
    validators: Vec<validator::Info>,
    total: Number,
}

/// Reads the result of `validators`.
///
/// # Errors
/// When it is none, or a validator's key is of a kind that is not known.
pub fn decode(result: &str) -> Result<Page, Failure> {
    let raw: Raw = read(result)?;
    let negative = || Failure::Malformed("a number is negative".to_owned());
    Ok(Page {
        height: raw.block_height.unsigned().map(BlockHeight).ok_or_else(negative)?,
        validators: raw.validators,
        total: raw.total.unsigned().and_then(|total| usize::try_from(total).ok()).ok_or_else(negative)?,
    })
}
