//! What the application said (CometBFT `abci/types`). Some of it passes through Go's jsonpb, which writes all fields,
//! and some through `libs/json`, which leaves out what is empty; a reader can tell, so both are here.

use std::collections::BTreeMap;

use proto::Message;
use proto::ics23::CommitmentProof;
use serde_json::{Map, Value, json};

use super::{base64, bytes, number};
use crate::app::event::{Attribute, Event};
use crate::app::{AbciAnswer, TxResult};

/// `abci.ExecTxResult`.
pub(crate) fn delivered_tx(result: &TxResult) -> Value {
    json!({
        "code": result.code,
        "data": base64(&result.data),
        "log": result.log,
        "info": "",
        "gas_wanted": number(result.gas_wanted),
        "gas_used": number(result.gas_used),
        "events": result.events.iter().map(whole_event).collect::<Vec<_>>(),
        "codespace": result.codespace,
    })
}

/// `abci.ResponseCheckTx`: the same fields. A check runs no messages; what it has of their responses is empty, but not
/// nil.
pub(crate) fn checked_tx(result: &TxResult) -> Value {
    let mut told = delivered_tx(result);
    if result.code == 0 {
        told["data"] = bytes(&result.data);
    }
    told
}

/// `abci.TxResult` as subscribers get it: without what is empty.
pub(crate) fn tx_in_event(height: u64, index: usize, tx: &[u8], result: &TxResult) -> Value {
    let mut told = Map::new();
    let mut tell = |key: &str, value: Value, is_empty: bool| {
        if !is_empty {
            told.insert(key.to_owned(), value);
        }
    };
    tell("code", json!(result.code), result.code == 0);
    tell("data", base64(&result.data), result.data.is_empty());
    tell("log", json!(result.log), result.log.is_empty());
    tell("gas_wanted", number(result.gas_wanted), result.gas_wanted == 0);
    tell("gas_used", number(result.gas_used), result.gas_used == 0);
    tell("events", block_events(&result.events), result.events.is_empty());
    tell("codespace", json!(result.codespace), result.codespace.is_empty());
    let mut outer = json!({ "height": number(height), "tx": base64(tx), "result": told });
    if index != 0 {
        outer["index"] = json!(index);
    }
    outer
}

/// The events of a block; `null` for none.
pub(crate) fn block_events(events: &[Event]) -> Value {
    if events.is_empty() { Value::Null } else { events.iter().map(bare_event).collect() }
}

/// An event without attributes does not name them here.
fn bare_event(event: &Event) -> Value {
    if event.attributes.is_empty() { json!({ "type": event.kind }) } else { whole_event(event) }
}

fn whole_event(event: &Event) -> Value {
    json!({ "type": event.kind, "attributes": event.attributes.iter().map(attribute).collect::<Vec<_>>() })
}

fn attribute(attribute: &Attribute) -> Value {
    json!({ "key": attribute.key, "value": attribute.value, "index": attribute.index })
}

/// Events by `type.key`, as subscriptions are matched against them (`validateAndStringifyEvents`).
pub(crate) fn merged_events(events: &[Event]) -> BTreeMap<String, Vec<String>> {
    let mut merged = BTreeMap::<String, Vec<String>>::new();
    for event in events.iter().filter(|event| !event.kind.is_empty()) {
        for attribute in event.attributes.iter().filter(|attribute| !attribute.key.is_empty()) {
            let key = format!("{}.{}", event.kind, attribute.key);
            merged.entry(key).or_default().push(attribute.value.clone());
        }
    }
    merged
}

/// `abci.ResponseQuery`. `store` is the name that the second proof is of.
pub(crate) fn abci_answer(answer: &AbciAnswer, store: &str) -> Value {
    let proof = |kind: &str, key: &[u8], proof: &CommitmentProof| json!({ "type": kind, "key": base64(key), "data": base64(&proof.encode_to_vec()) });
    let proof_ops = answer.proof.as_ref().map(|[in_store, of_store]| {
        json!({ "ops": [
            proof("ics23:iavl", &answer.key, in_store),
            proof("ics23:simple", store.as_bytes(), of_store),
        ] })
    });
    json!({
        "code": answer.code,
        "log": answer.log,
        "info": "",
        "index": "0",
        "key": base64(&answer.key),
        "value": answer.value.as_deref().map(bytes),
        "proofOps": proof_ops,
        "height": number(answer.height),
        "codespace": answer.codespace,
    })
}
