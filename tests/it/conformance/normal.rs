//! What two runs of one script can't have in common is masked: heights, times, hashes, signatures, gas that was used.
//! All else stays: codes, codespaces, texts, kinds of events, attributes and their order.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Map, Value, json};

use super::wire;

/// SHA-256 of nothing, which stands for "none" in headers.
const HASH_OF_NOTHING: &str = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855";

/// Fields whose value is the node's own, or told by the run.
const MASKED_KEYS: [(&str, &str); 15] = [
    ("block_size", "<bytes>"),
    ("last_height", "<height>"),
    ("gas_used", "<gas>"),
    ("signature", "<signature>"),
    ("moniker", "<moniker>"),
    ("listen_addr", "<address>"),
    ("rpc_address", "<address>"),
    ("listeners", "<addresses>"),
    ("remote_ip", "<address>"),
    ("height", "<height>"),
    ("block_height", "<height>"),
    ("last_block_height", "<height>"),
    ("latest_block_height", "<height>"),
    ("earliest_block_height", "<height>"),
    ("total_bytes", "<bytes>"),
];

/// An answer of JSON-RPC, or a part of one.
pub(crate) fn json(value: &Value) -> Value {
    field("", value)
}

fn field(key: &str, value: &Value) -> Value {
    match value {
        Value::Object(object) if is_event(object) => event(object),
        Value::Object(object) if object.contains_key("tx_result") && object.contains_key("tx") => indexed_tx(object),
        Value::Object(object) if object.contains_key("gas_used") => tx_result(object),
        Value::Object(object) => {
            Value::Object(object.iter().map(|(key, value)| (key.clone(), field(key, value))).collect())
        }
        Value::Array(list) if key == "finalize_block_events" => kinds(list),
        Value::Array(list) if key == "txs" => Value::Array(
            list.iter()
                .map(|tx| match tx {
                    Value::String(_) => json!("<tx>"),
                    other => field(key, other),
                })
                .collect(),
        ),
        Value::Array(list) => Value::Array(list.iter().map(|value| field(key, value)).collect()),
        Value::String(text) => Value::String(scalar(key, text)),
        Value::Number(_) if key == "height" => json!("<number>"),
        Value::Number(_) | Value::Bool(_) | Value::Null => value.clone(),
    }
}

fn scalar(key: &str, text: &str) -> String {
    // Zero and nothing are the same in every run.
    if text.is_empty() || text == "0" || text == HASH_OF_NOTHING {
        return text.to_owned();
    }
    if let Some((_, mask)) = MASKED_KEYS.iter().find(|(masked, _)| *masked == key) {
        return (*mask).to_owned();
    }
    match key {
        // The data of an error is its text.
        "log" | "message" | "error" | "data" => mask_text(text),
        "value" if is_base64_of_32_bytes(text) => "<public key>".to_owned(),
        "app_hash" | "last_block_app_hash" if is_base64_of_32_bytes(text) => "<hash in base64>".to_owned(),
        _ => mask_form(text),
    }
}

fn is_base64_of_32_bytes(text: &str) -> bool {
    BASE64_STANDARD.decode(text).is_ok_and(|bytes| bytes.len() == 32)
}

/// Hashes and times, by their form.
fn mask_form(text: &str) -> String {
    let is_upper = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    let is_lower = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    match text.len() {
        64 if is_upper => "<HASH>".to_owned(),
        64 if is_lower => "<hash>".to_owned(),
        40 if is_upper => "<ADDRESS>".to_owned(),
        40 if is_lower => "<id>".to_owned(),
        128 if is_upper => "<SIGNATURE>".to_owned(),
        _ if is_time(text) => "<time>".to_owned(),
        _ => text.to_owned(),
    }
}

fn is_time(text: &str) -> bool {
    text.len() > 18 && text.ends_with('Z') && text.as_bytes().get(10) == Some(&b'T') && !text.starts_with("0001-")
}

fn tx_result(object: &Map<String, Value>) -> Value {
    let shown = |(key, value): (&String, &Value)| {
        let value = match (key.as_str(), value) {
            ("data", Value::String(data)) => match BASE64_STANDARD.decode(data) {
                Ok(bytes) => wire::show(&bytes),
                Err(_) => json!("<no base64>"),
            },
            (key, value) => field(key, value),
        };
        (key.clone(), value)
    };
    Value::Object(object.iter().map(shown).collect())
}

/// A transaction as the index has it.
fn indexed_tx(object: &Map<String, Value>) -> Value {
    let shown = |(key, value): (&String, &Value)| {
        let value = match key.as_str() {
            "tx" => json!("<tx>"),
            "proof" => json!("<proof>"),
            key => field(key, value),
        };
        (key.clone(), value)
    };
    Value::Object(object.iter().map(shown).collect())
}

fn is_event(object: &Map<String, Value>) -> bool {
    object.len() == 2 && object.contains_key("type") && object.get("attributes").is_some_and(Value::is_array)
}

/// `{kind: ["key=value", ..]}`; an attribute that is not indexed says so.
fn event(object: &Map<String, Value>) -> Value {
    let kind = object["type"].as_str().unwrap_or("<no text>");
    let attribute = |attribute: &Value| {
        let key = attribute["key"].as_str().unwrap_or("<no text>");
        let value = attribute["value"].as_str().unwrap_or("<no text>");
        let end = if attribute["index"] == json!(true) { "" } else { " (not indexed)" };
        format!("{key}={}{end}", mask_attribute(key, value))
    };
    let attributes: Vec<String> = object["attributes"].as_array().into_iter().flatten().map(attribute).collect();
    json!({ kind: attributes })
}

fn mask_attribute(key: &str, value: &str) -> String {
    match key {
        "signature" => "<signature>".to_owned(),
        "packet_timeout_timestamp" if value != "0" => "<time>".to_owned(),
        "packet_timeout_height" | "consensus_height" | "consensus_heights" => mask_text(value),
        _ => value.to_owned(),
    }
}

/// Which kinds of events begin and end of a block emit: their figures are those of a moment.
fn kinds(list: &[Value]) -> Value {
    let mut kinds: Vec<&str> = list.iter().filter_map(|event| event["type"].as_str()).collect();
    kinds.sort_unstable();
    kinds.dedup();
    json!(kinds)
}

/// Masks what is told by the run in a text: heights (`0-57`), hashes, and numbers of two digits or more that stand by
/// themselves. Coins (`200stake`) and identifiers (`channel-10`, `07-tendermint-0`) stay.
pub(crate) fn mask_text(text: &str) -> String {
    let text = mask_brackets(&mask_set(text));
    let mut masked = String::with_capacity(text.len());
    let mut word = String::new();
    for c in text.chars().chain([' ']) {
        if c.is_ascii_alphanumeric() || matches!(c, '-' | '/' | '_') {
            word.push(c);
            continue;
        }
        masked += &mask_word(&word);
        word.clear();
        masked.push(c);
    }
    masked.pop();
    // As Go writes a time.
    masked.replace("<date> <n>:<n>:<n>.<n> +<n> UTC", "<time>").replace("<date> <n>:<n>:<n> +<n> UTC", "<time>")
}

/// The text of a validator set holds keys as Go writes them.
fn mask_set(text: &str) -> String {
    match (text.find("validators:<"), text.rfind(", does not hash")) {
        (Some(from), Some(to)) if from < to => format!("{}<validators>{}", &text[..from], &text[to..]),
        _ => text.to_owned(),
    }
}

/// Bytes in decimal (`[7 42 9]`), and places in Go's source files.
fn mask_brackets(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(from) = rest.find('[') {
        let Some(length) = rest[from..].find(']') else { break };
        let inner = &rest[from + 1..from + length];
        masked += &rest[..=from];
        let is_bytes = inner.len() > 32 && inner.bytes().all(|byte| byte.is_ascii_digit() || byte == b' ');
        masked += match (is_bytes, inner.contains(".go:")) {
            (true, _) => "<bytes>",
            (false, true) => "<place>",
            (false, false) => inner,
        };
        rest = &rest[from + length..];
    }
    masked + rest
}

fn mask_word(word: &str) -> String {
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_digits(word) {
        return if word.len() > 1 { "<n>".to_owned() } else { word.to_owned() };
    }
    if let Some((revision, height)) = word.split_once('-')
        && is_digits(revision)
        && is_digits(height)
    {
        return if height == "0" { word.to_owned() } else { format!("{revision}-<height>") };
    }
    if word.len() == 10 && word.split('-').count() == 3 && word.split('-').all(is_digits) {
        return "<date>".to_owned();
    }
    // A path: each of its parts is a word.
    if word.contains('/') {
        return word.split('/').map(mask_word).collect::<Vec<_>>().join("/");
    }
    mask_form(word)
}

#[test]
fn heights_and_figures_are_masked_and_names_stay() {
    let cases = [
        ("gasWanted: 50000, gasUsed: 50213: out of gas", "gasWanted: <n>, gasUsed: <n>: out of gas"),
        ("insufficient fees; got: 1stake required: 200stake", "insufficient fees; got: 1stake required: 200stake"),
        ("expected 5, got 6", "expected 5, got 6"),
        ("clients/07-tendermint-0/consensusStates/0-57", "clients/07-tendermint-0/consensusStates/0-<height>"),
        ("height 0-57 is channel-10", "height 0-<height> is channel-10"),
        ("parse error [types/errors.go:12] with", "parse error [<place>] with"),
        ("range [1, 1], got 9", "range [1, 1], got 9"),
        ("after 2026-11-01 10:04:05.25 +0000 UTC", "after <time>"),
    ];
    for (text, expected) in cases {
        assert_eq!(mask_text(text), expected);
    }
}
