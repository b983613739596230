//! Held against values that ibc-go computed itself: `tests/vectors/golden/commitments.json` of this repository, made by
//! the Go program in `tests/simd/cmd/golden`. Bytes are hex there, 64-bit numbers are decimal text.
#![expect(clippy::unwrap_used, reason = "a test reports by panicking")]

mod identifiers;
mod messages;
mod packets;
mod paths;
mod stored;
mod transfer;

use std::sync::{Arc, LazyLock};

use lightship_types::Height;
use serde_json::Value;

static GOLDEN: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../../../tests/vectors/golden/commitments.json")).unwrap());

/// The entries of a list, of which there must be some.
fn entries(value: &Value) -> &[Value] {
    let list = value.as_array().unwrap();
    assert!(!list.is_empty());
    list
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

fn number(value: &Value) -> u64 {
    text(value).parse().unwrap()
}

fn bytes(value: &Value) -> Arc<[u8]> {
    hex::decode(text(value)).unwrap().into()
}

fn height(value: &Value) -> Height {
    Height { revision_number: number(&value["revision_number"]), revision_height: number(&value["revision_height"]) }
}

/// The bytes `i * 7 + seed`, as the Go program makes them.
fn octets(count: u8, seed: u8) -> Vec<u8> {
    (0..count).map(|i| i.wrapping_mul(7).wrapping_add(seed)).collect()
}
