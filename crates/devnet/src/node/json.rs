//! CometBFT's JSON (`libs/json`, `abci/types/types.go`): numbers of 64 bits are strings, hashes are hex in capitals,
//! other bytes base64, and what Go holds as nil is `null`.

mod abci;
mod block;
mod consensus;
mod evidence;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use tendermint::Time;
use types::Timestamp;

pub(crate) use self::abci::{abci_answer, block_events, checked_tx, delivered_tx, merged_events, tx_in_event};
pub(crate) use self::block::{block, block_id, block_meta, commit, header, no_block_id};
pub(crate) use self::consensus::{consensus_params, genesis, public_key, updated_params, validator};
pub(crate) use self::evidence::{evidence, read_evidence};

/// Base64; `null` for no bytes, as Go writes nil.
pub(crate) fn base64(bytes: &[u8]) -> Value {
    if bytes.is_empty() { Value::Null } else { json!(BASE64.encode(bytes)) }
}

/// Base64 of bytes that are not nil, empty or not.
pub(crate) fn bytes(bytes: &[u8]) -> Value {
    json!(BASE64.encode(bytes))
}

/// Hex in capitals; empty for no bytes.
pub(crate) fn hex(bytes: &[u8]) -> String {
    hex::encode_upper(bytes)
}

/// A number of 64 bits.
pub(crate) fn number(number: impl ToString) -> Value {
    json!(number.to_string())
}

/// A time in UTC, without zeros at the end.
pub(crate) fn time(time: Time) -> Value {
    json!(time.to_rfc3339())
}

/// A time in nanoseconds since the Unix epoch.
pub(crate) fn timestamp(timestamp: Timestamp) -> Time {
    let (seconds, nanoseconds) = (timestamp.0 / 1_000_000_000, timestamp.0 % 1_000_000_000);
    let parts = i64::try_from(seconds).ok().zip(u32::try_from(nanoseconds).ok());
    let time = parts.and_then(|(seconds, nanoseconds)| Time::from_unix_timestamp(seconds, nanoseconds).ok());
    time.unwrap_or(Time::unix_epoch())
}
