//! What nodes answer, decoded to types: pure functions from the text of a JSON-RPC result.
//!
//! Lenient where versions differ (CometBFT 0.34, 0.37, 0.38 to 0.40): unknown fields are passed over, absent ones have
//! their zero; strict where a wrong value could be taken for a right one.

pub mod abci;
pub mod block;
pub mod block_results;
pub mod broadcast;
pub mod commit;
pub mod lenient;
pub mod simulate;
pub mod status;
pub mod tx_search;
pub mod validators;

use serde::Deserialize;
use serde_json::value::RawValue;
use types::Timestamp;

use crate::error::Failure;
use crate::node_errors::clean;

/// Reads a result.
pub(crate) fn read<'a, T: Deserialize<'a>>(text: &'a str) -> Result<T, Failure> {
    serde_json::from_str(text).map_err(|error| Failure::Malformed(clean(&error.to_string())))
}

/// The text of the result within a whole JSON-RPC answer, such as a recorded one.
///
/// # Errors
/// When the text is no JSON-RPC answer, or one that tells of an error.
pub fn result_of(answer: &str) -> Result<&str, Failure> {
    #[derive(Deserialize)]
    struct Answer<'a> {
        #[serde(borrow)]
        result: Option<&'a RawValue>,
    }
    let answer: Answer<'_> = read(answer)?;
    answer.result.map(RawValue::get).ok_or_else(|| Failure::Malformed("no result".to_owned()))
}

/// A header's time as a timestamp of IBC.
pub(crate) fn timestamp(time: tendermint::Time) -> Result<Timestamp, Failure> {
    u64::try_from(time.unix_timestamp_nanos())
        .map(Timestamp)
        .map_err(|_| Failure::Malformed("a block's time is before 1970 or after 2554".to_owned()))
}
