//! Evidence of misbehaviour (CometBFT `types/evidence.go`). What Go writes differs from the protobuf types in names only.

use proto::tendermint_proto::v0_38::types::Evidence;
use serde_json::{Map, Value};

/// Names of Go's fields, and of ours.
const FIELDS: [(&str, &str); 6] = [
    ("ConflictingBlock", "conflicting_block"),
    ("CommonHeight", "common_height"),
    ("ByzantineValidators", "byzantine_validators"),
    ("TotalVotingPower", "total_voting_power"),
    ("ValidatorPower", "validator_power"),
    ("Timestamp", "timestamp"),
];

/// Reads evidence as it is sent to `broadcast_evidence`.
///
/// # Errors
/// When it is none.
pub(crate) fn read_evidence(mut value: Value) -> Result<Evidence, serde_json::Error> {
    if let Some(fields) = value.get_mut("value").and_then(Value::as_object_mut) {
        for (theirs, ours) in FIELDS {
            rename(fields, theirs, ours);
        }
        // Votes without extensions may leave them out, and nobody may be known as a culprit.
        for vote in ["vote_a", "vote_b"] {
            if let Some(vote) = fields.get_mut(vote).and_then(Value::as_object_mut) {
                vote.entry("extension").or_insert(Value::Null);
                vote.entry("extension_signature").or_insert(Value::Null);
            }
        }
        if fields.get("byzantine_validators").is_some_and(Value::is_null) {
            fields.insert("byzantine_validators".to_owned(), Value::Array(Vec::new()));
        }
    }
    serde_json::from_value(value)
}

/// Evidence as blocks show it.
pub(crate) fn evidence(evidence: &Evidence) -> Value {
    // Serialising cannot fail: all keys are texts and all numbers finite.
    let mut value = serde_json::to_value(evidence).unwrap_or_default();
    if let Some(fields) = value.get_mut("value").and_then(Value::as_object_mut) {
        for (theirs, ours) in FIELDS {
            rename(fields, ours, theirs);
        }
    }
    value
}

fn rename(fields: &mut Map<String, Value>, from: &str, to: &str) {
    if let Some(value) = fields.remove(from) {
        fields.insert(to.to_owned(), value);
    }
}
