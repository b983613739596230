//! What a node answers over JSON-RPC to those who ask, and to those who ask wrongly.

use anyhow::{Result, ensure};
use light_client::{Root, verify_membership, verify_non_membership};
use serde_json::{Value, json};

use super::driver::Driver;
use super::normal;
use super::script::{Script, Side};
use super::wire;

/// Above every head of these chains.
const FUTURE: &str = "100000000";

pub(crate) fn play(script: &mut Script<'_>) -> Result<()> {
    script.transcript.begin("rpc");
    // Heights of two digits are masked in texts.
    script.a.reach(10)?;
    answers(script)?;
    refusals(script)?;
    malformed(script)?;
    stores(script)
}

fn answers(script: &mut Script<'_>) -> Result<()> {
    let at = json!({ "height": "2" });
    let calls = [
        ("health", json!({})),
        ("status", json!({})),
        ("abci_info", json!({})),
        ("net_info", json!({})),
        ("consensus_params", json!({})),
        ("num_unconfirmed_txs", json!({})),
        ("unconfirmed_txs", json!({})),
        ("block", at.clone()),
        ("header", at.clone()),
        ("commit", at.clone()),
        ("block_results", at.clone()),
        ("validators", at),
        ("blockchain", json!({ "minHeight": "1", "maxHeight": "2" })),
        (
            "tx_search",
            json!({ "query": "tx.height=1", "prove": false, "page": "1", "per_page": "10", "order_by": "asc" }),
        ),
        ("block_search", json!({ "query": "block.height=2", "page": "1", "per_page": "10", "order_by": "asc" })),
    ];
    for (method, params) in calls {
        script.ask(Side::A, method, method, &params)?;
    }
    for method in ["block", "header", "commit", "block_results", "validators"] {
        let step = format!("{method} of the newest height");
        let answer = script.a.ask(method, &json!({}))?;
        // What the newest block holds is told by the moment.
        script.transcript.record(&step, shape(&normal::json(&answer)))?;
    }
    let block = script.a.result("block", &json!({ "height": "2" }))?;
    let hash = block["block_id"]["hash"].clone();
    script.ask(Side::A, "header_by_hash", "header_by_hash", &json!({ "hash": hash }))?;
    script.ask(Side::A, "block_by_hash in hex", "block_by_hash", &json!({ "hash": hash }))?;
    let hash = hex::decode(hash.as_str().unwrap_or_default())?;
    let hash = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, hash);
    script.ask(Side::A, "block_by_hash", "block_by_hash", &json!({ "hash": hash }))?;
    let genesis = script.a.result("genesis", &json!({}))?;
    script.transcript.record("genesis", keys(&genesis["genesis"]))
}

/// Objects and lists down to their scalars' types.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(object) => Value::Object(object.iter().map(|(key, value)| (key.clone(), shape(value))).collect()),
        Value::Array(_) => json!("<list>"),
        Value::Null => json!("<null>"),
        Value::Bool(_) => json!("<bool>"),
        Value::Number(_) => json!("<number>"),
        Value::String(_) => json!("<text>"),
    }
}

fn keys(value: &Value) -> Value {
    json!(value.as_object().into_iter().flatten().map(|(key, _)| key.clone()).collect::<Vec<_>>())
}

fn refusals(script: &mut Script<'_>) -> Result<()> {
    for method in ["block", "header", "commit", "block_results", "validators", "consensus_params"] {
        for (what, height) in [("the future", FUTURE), ("height zero", "0"), ("a negative height", "-1")] {
            script.ask(Side::A, &format!("{method} of {what}"), method, &json!({ "height": height }))?;
        }
    }
    let unknown = base64::Engine::encode(&base64::prelude::BASE64_STANDARD, [7_u8; 32]);
    let calls = [
        ("a page that is not there", "validators", json!({ "height": "2", "page": "9" })),
        ("an unknown transaction", "tx", json!({ "hash": unknown, "prove": false })),
        ("an unknown block hash", "block_by_hash", json!({ "hash": unknown })),
        ("an unknown header hash", "header_by_hash", json!({ "hash": "07".repeat(32) })),
        ("a search for nothing", "tx_search", json!({ "query": "" })),
        ("a search that can't be read", "tx_search", json!({ "query": "tx.height=" })),
        ("a search in no order", "tx_search", json!({ "query": "tx.height=1", "order_by": "up" })),
        ("a search's page that is not there", "tx_search", json!({ "query": "tx.height=1", "page": "9" })),
        ("a block search that can't be read", "block_search", json!({ "query": "=" })),
        ("blocks from above to below", "blockchain", json!({ "minHeight": "3", "maxHeight": "2" })),
        ("evidence of nothing", "broadcast_evidence", json!({ "evidence": null })),
    ];
    for (step, method, params) in calls {
        script.ask(Side::A, step, method, &params)?;
    }
    Ok(())
}

fn malformed(script: &mut Script<'_>) -> Result<()> {
    let bodies = [
        ("an unknown method", r#"{"jsonrpc":"2.0","id":1,"method":"nope","params":{}}"#),
        ("no JSON", "{"),
        ("no object", "7"),
        ("an empty body", ""),
        ("no version", r#"{"id":1,"method":"health","params":{}}"#),
        ("another version", r#"{"jsonrpc":"1.0","id":1,"method":"health","params":{}}"#),
        ("a textual id", r#"{"jsonrpc":"2.0","id":"seven","method":"health","params":{}}"#),
        ("an id that is an object", r#"{"jsonrpc":"2.0","id":{},"method":"health","params":{}}"#),
        ("a notification", r#"{"jsonrpc":"2.0","method":"health","params":{}}"#),
        ("no parameters", r#"{"jsonrpc":"2.0","id":1,"method":"health"}"#),
        ("parameters by place", r#"{"jsonrpc":"2.0","id":1,"method":"header","params":["2"]}"#),
        ("too many parameters by place", r#"{"jsonrpc":"2.0","id":1,"method":"header","params":["2","3"]}"#),
        ("an unknown parameter", r#"{"jsonrpc":"2.0","id":1,"method":"header","params":{"height":"2","depth":"3"}}"#),
        ("a number for a height", r#"{"jsonrpc":"2.0","id":1,"method":"header","params":{"height":2}}"#),
        ("a word for a height", r#"{"jsonrpc":"2.0","id":1,"method":"header","params":{"height":"two"}}"#),
        ("a text for bytes", r#"{"jsonrpc":"2.0","id":1,"method":"abci_query","params":{"data":"xyz"}}"#),
        ("a batch", r#"[{"jsonrpc":"2.0","id":1,"method":"health"},{"jsonrpc":"2.0","id":2,"method":"nope"}]"#),
        ("an empty batch", "[]"),
        ("a batch of notifications", r#"[{"jsonrpc":"2.0","method":"health"}]"#),
        ("a batch with no request in it", "[1]"),
        (
            "subscribe without a WebSocket",
            r#"{"jsonrpc":"2.0","id":1,"method":"subscribe","params":{"query":"tm.event='Tx'"}}"#,
        ),
    ];
    for (step, body) in bodies {
        let answer = script.a.exchange("POST / ", body)?;
        script.transcript.record(step, normal::json(&answer))?;
    }
    let one = json!({ "jsonrpc": "2.0", "id": 1, "method": "health" });
    let answer = script.a.exchange("POST / ", &json!(vec![one; 11]).to_string())?;
    script.transcript.record("a batch of eleven", normal::json(&answer))?;
    let targets = [
        ("GET health", "/health"),
        ("GET header", "/header?height=2"),
        ("GET header in quotes", "/header?height=%222%22"),
        ("GET header of a word", "/header?height=two"),
        ("GET abci_query", "/abci_query?path=%22/store/ibc/key%22&data=0x6162"),
        ("GET abci_query of text", "/abci_query?path=%22/store/ibc/key%22&data=%22ab%22"),
        ("GET tx of an unknown hash", "/tx?hash=0x0707070707070707070707070707070707070707070707070707070707070707"),
        ("GET an unknown method", "/nope"),
    ];
    for (step, target) in targets {
        let answer = script.a.exchange(&format!("GET {target} "), "")?;
        script.transcript.record(step, without_proof(normal::json(&answer)))?;
    }
    Ok(())
}

/// Proofs are judged in [`stores`]; their bytes differ.
fn without_proof(mut answer: Value) -> Value {
    if let Some(ops) = answer.pointer_mut("/body/result/response/proofOps").filter(|ops| !ops.is_null()) {
        *ops = json!("<proof>");
    }
    answer
}

fn stores(script: &mut Script<'_>) -> Result<()> {
    let head = script.a.state_height()?;
    let keys: [(&str, &str, &[u8]); 5] = [
        ("a key of ibc", "ibc", b"nextClientSequence"),
        ("another key of ibc", "ibc", b"nextChannelSequence"),
        ("the balance of nobody", "bank", b"\x02\x14nobody has such an address"),
        ("no key of ibc", "ibc", b"clients/07-tendermint-77/clientState"),
        ("the last key of ibc", "ibc", b"zzzz"),
    ];
    for (step, store, key) in keys {
        let answer = proof_verdict(&script.a, store, key, head)?;
        script.transcript.record(step, answer)?;
    }
    let queries: [(&str, &str, &[u8], u64, bool); 11] = [
        ("no proof asked for", "/store/ibc/key", b"nextClientSequence", head, false),
        ("an empty key", "/store/ibc/key", b"", head, true),
        ("an unknown store", "/store/nope/key", b"key", head, true),
        ("a store's unknown word", "/store/ibc/nope", b"key", head, true),
        ("no path", "", b"key", head, false),
        ("an unknown path", "/nope", b"key", head, false),
        ("an unknown gRPC method", "/cosmos.bank.v1beta1.Query/Nope", b"", 0, false),
        ("a request that can't be decoded", "/cosmos.bank.v1beta1.Query/Balance", b"\xff\xff", 0, false),
        ("a state of the future", "/store/ibc/key", b"nextClientSequence", 100_000_000, true),
        ("a proof of the first state", "/store/ibc/key", b"nextClientSequence", 1, true),
        ("the version", "/app/version", b"", 0, false),
    ];
    for (step, path, data, height, prove) in queries {
        let params = json!({ "path": path, "data": hex::encode(data), "height": height.to_string(), "prove": prove });
        let answer = script.a.ask("abci_query", &params)?;
        let mut answer = normal::json(&answer);
        if let Some(ops) = answer.pointer_mut("/body/result/response/proofOps").filter(|ops| !ops.is_null()) {
            *ops = json!("<proof>");
        }
        script.transcript.record(step, answer)?;
    }
    Ok(())
}

/// The answer of a store with the verdict on its proof in the place of the proof.
fn proof_verdict(driver: &Driver<'_>, store: &str, key: &[u8], height: u64) -> Result<Value> {
    let proven = driver.prove_in(store, key, height)?;
    driver.reach(height + 1)?;
    let root = Root(driver.light_block(height + 1)?.signed_header.header.app_hash.as_bytes().to_vec());
    let path = [store.as_bytes(), key];
    let verdict = match &proven.value {
        Some(value) => verify_membership(&root, &proven.merkle, path, value),
        None => verify_non_membership(&root, &proven.merkle, path),
    };
    let mut answer = normal::json(&driver.query(&format!("/store/{store}/key"), key, height, true)?);
    ensure!(answer["proofOps"]["ops"].is_array(), "no proof: {answer}");
    for op in answer["proofOps"]["ops"].as_array_mut().into_iter().flatten() {
        op["data"] = json!("<proof>");
    }
    answer["value"] = proven.value.as_deref().map_or(Value::Null, wire::show);
    answer["verdict"] = json!(verdict.map_or_else(|error| error.to_string(), |()| "proven".to_owned()));
    Ok(answer)
}
