//! Answers beside those of real nodes: the same keys, the same kinds of JSON.

use std::path::{Path, PathBuf};

use super::*;

/// What a real CometBFT 0.38 with a key-value application answered (tendermint-rs `rpc/tests/kvstore_fixtures`).
/// Read from `LIGHTSHIP_VECTORS`, or else from `../shared/vectors` beside the workspace.
#[expect(clippy::print_stderr, reason = "a skipped test must not look like one that ran")]
fn recorded(name: &str) -> Option<Value> {
    let root = std::env::var_os("LIGHTSHIP_VECTORS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors"), PathBuf::from);
    if !root.is_dir() {
        assert!(std::env::var_os("CI").is_none_or(|ci| ci != "true"), "vectors are missing in CI: {}", root.display());
        eprintln!("skipped: there are no vectors in {}", root.display());
        return None;
    }
    let file = root.join("rpc/kvstore_fixtures/v0_38/incoming").join(name).with_extension("json");
    Some(serde_json::from_str::<Value>(&std::fs::read_to_string(file).unwrap()).unwrap()["result"].clone())
}

/// Keys that depend on the application: its version is left out where it is 0, and its results where there are none.
const OPTIONAL: [&str; 5] = ["app", "app_version", "events", "tx_results", "consensus_param_updates"];

/// Where two differ in shape. `null` fits all, as Go's nil does; of lists the first elements are compared.
fn differences(path: &str, ours: &Value, theirs: &Value, found: &mut Vec<String>) {
    match (ours, theirs) {
        // Keys are made of events.
        (Value::Object(_), Value::Object(_)) if path.ends_with("/events") => {}
        (Value::Object(ours), Value::Object(theirs)) => {
            let has_other = |key: &&String| !OPTIONAL.contains(&key.as_str()) || path == "/tx_result";
            for key in ours.keys().filter(|key| !theirs.contains_key(*key)).filter(has_other) {
                found.push(format!("{path}/{key} is too much"));
            }
            for key in theirs.keys().filter(|key| !ours.contains_key(*key)).filter(has_other) {
                found.push(format!("{path}/{key} is missing"));
            }
            for (key, value) in ours {
                if let Some(other) = theirs.get(key) {
                    differences(&format!("{path}/{key}"), value, other, found);
                }
            }
        }
        (Value::Array(ours), Value::Array(theirs)) => {
            if let (Some(ours), Some(theirs)) = (ours.first(), theirs.first()) {
                differences(&format!("{path}/0"), ours, theirs, found);
            }
        }
        (Value::Null, _)
        | (_, Value::Null)
        | (Value::Bool(_), Value::Bool(_))
        | (Value::Number(_), Value::Number(_))
        | (Value::String(_), Value::String(_)) => {}
        _ => found.push(format!("{path}: {ours} is of another kind than {theirs}")),
    }
}

pub(in crate::node::tests) fn assert_like(name: &str, ours: &Value) {
    let Some(theirs) = recorded(name) else { return };
    let mut found = Vec::new();
    differences("", ours, &theirs, &mut found);
    assert!(found.is_empty(), "{name}: {found:#?}");
}

#[tokio::test]
async fn answers_have_the_shape_of_real_ones() {
    let mut devnet = Devnet::start().await;
    let (tx, height) = devnet.deliver();
    devnet.grow(10);
    let hash = base64_of(&tx_hash(&tx));
    let block = devnet.call("block", json!({ "height": "1" })).await;
    let (of, at) = (|n: u64| json!({ "height": n.to_string() }), json!({}));
    let block_hash = hex::decode(block["block_id"]["hash"].as_str().unwrap()).unwrap();
    let search = |prove: bool| json!({ "query": "tx.height>1", "prove": prove, "order_by": "asc" });
    let cases = [
        ("status", "status", at.clone()),
        ("abci_info", "abci_info", at.clone()),
        ("net_info", "net_info", at.clone()),
        ("genesis", "genesis", at.clone()),
        ("consensus_params", "consensus_params", of(10)),
        ("block_at_height_10", "block", of(10)),
        ("block_at_height_1", "block", of(1)),
        ("block_by_hash", "block_by_hash", json!({ "hash": base64_of(&block_hash) })),
        ("block_results_at_height_10", "block_results", of(height)),
        ("commit_at_height_10", "commit", of(10)),
        ("blockchain_from_1_to_10", "blockchain", json!({ "minHeight": "1", "maxHeight": "10" })),
        ("block_search", "block_search", json!({ "query": "block.height>1" })),
        ("tx_search_with_prove", "tx_search", search(true)),
        ("tx_search_no_prove", "tx_search", search(false)),
        ("abci_query_with_existing_key", "abci_query", json!({ "path": "/app/version" })),
        ("abci_query_with_non_existent_key", "abci_query", json!({ "path": "/store/ibc/key", "data": "00" })),
    ];
    for (name, method, params) in cases {
        assert_like(name, &devnet.call(method, params).await);
    }
    let found = devnet.call("tx", json!({ "hash": hash, "prove": true })).await;
    assert_eq!(found["proof"]["data"], base64_of(&tx));
    for method in ["broadcast_tx_sync", "broadcast_tx_async"] {
        let tx = devnet.transaction();
        assert_like(method, &devnet.call(method, json!({ "tx": base64_of(&tx) })).await);
    }
    assert_like("broadcast_tx_commit", &devnet.call("broadcast_tx_commit", json!({ "tx": "AAEC" })).await);
}

#[test]
fn a_difference_in_shape_is_seen() {
    let (ours, theirs) = (json!({ "a": "1", "b": [{ "c": 1 }] }), json!({ "a": 1, "b": [{ "d": 1 }], "e": 0 }));
    let mut found = Vec::new();
    differences("", &ours, &theirs, &mut found);
    assert_eq!(found.len(), 4, "{found:#?}");
}
