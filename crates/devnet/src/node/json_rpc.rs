//! JSON-RPC 2.0 as CometBFT speaks it (`rpc/jsonrpc/types`, `rpc/jsonrpc/server/http_json_handler.go`).

use serde_json::{Map, Value, json};

use crate::go;

/// One call; without an id it is a notification, which nobody answers.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) id: Value,
    pub(crate) method: String,
    pub(crate) params: Option<Value>,
}

/// Why a call has no result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Its parameters can't be read.
    Params(String),
    /// The node says no.
    Internal(String),
    /// CometBFT panics where a method with parameters is called without any.
    Panicked,
}

/// What reflection says when a method is called with less than it takes.
pub(crate) const TOO_FEW: &str = "reflect: Call with too few input arguments";

impl Failure {
    /// The node's text.
    pub(crate) fn new(text: impl ToString) -> Self {
        Self::Internal(text.to_string())
    }
}

/// Reads a request: one call or a list of them. `None` stands for a notification.
///
/// # Errors
/// When it is neither.
pub(crate) fn read(body: &[u8]) -> Result<Vec<Option<Call>>, String> {
    match go::json::read(body)? {
        // CometBFT tries a list first; what it says then is why the list is no request.
        Value::Array(list) => {
            list.into_iter().map(read_call).collect::<Result<_, _>>().map_err(|_| mismatch(&json!([])))
        }
        one => Ok(vec![read_call(one)?]),
    }
}

/// A value that is no request.
fn mismatch(value: &Value) -> String {
    const REQUEST: &str = r#"struct { JSONRPC string "json:\"jsonrpc\""; ID interface {} "json:\"id,omitempty\""; Method string "json:\"method\""; Params json.RawMessage "json:\"params\"" }"#;
    go::json::mismatch(value, REQUEST)
}

/// Reads one call.
pub(crate) fn read_call(value: Value) -> Result<Option<Call>, String> {
    let mut call = match value {
        Value::Object(call) => call,
        Value::Null => return Ok(None),
        other => return Err(mismatch(&other)),
    };
    text(&mut call, "jsonrpc")?;
    let method = text(&mut call, "method")?;
    let id = match call.remove("id") {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(id)) => Value::String(id),
        Some(Value::Number(id)) => integer(&id),
        Some(other) => {
            let kind = match other {
                Value::Bool(_) => "bool",
                Value::Array(_) => "[]interface {}",
                _ => "map[string]interface {}",
            };
            return Err(format!("json-rpc ID ({}) is of unknown type ({kind})", go::json::print(&other)));
        }
    };
    Ok(Some(Call { id, method, params: call.remove("params") }))
}

/// A field that holds text, if it is there.
fn text(call: &mut Map<String, Value>, name: &str) -> Result<String, String> {
    match call.remove(name) {
        Some(Value::String(text)) => Ok(text),
        None | Some(Value::Null) => Ok(String::new()),
        Some(other) => {
            let kind = go::json::kind(&other);
            Err(format!("json: cannot unmarshal {kind} into Go struct field .{name} of type string"))
        }
    }
}

/// Ids are whole numbers; what is behind a point is cut off.
fn integer(id: &serde_json::Number) -> Value {
    #[expect(clippy::cast_possible_truncation, reason = "CometBFT cuts too")]
    let cut = || id.as_f64().map_or(0, |id| id as i64);
    json!(id.as_i64().unwrap_or_else(cut))
}

/// The answer with a result.
pub(crate) fn success(id: &Value, result: Value) -> Value {
    json!({ "jsonrpc": "2.0", "id": id, "result": result })
}

/// The answer with an error. Neither a missing id nor empty data is written.
pub(crate) fn error(id: &Value, code: i32, message: &str, data: &str) -> Value {
    let mut error = json!({ "code": code, "message": message });
    if !data.is_empty() {
        error["data"] = json!(data);
    }
    let mut answer = Map::from_iter([("jsonrpc".to_owned(), json!("2.0")), ("error".to_owned(), error)]);
    if !id.is_null() {
        answer.insert("id".to_owned(), id.clone());
    }
    Value::Object(answer)
}

/// -32700.
pub(crate) fn parse_error(reason: &str) -> Value {
    error(&Value::Null, -32700, "Parse error. Invalid JSON", &format!("error unmarshaling request: {reason}"))
}

/// -32600.
pub(crate) fn invalid_request(reason: &str) -> Value {
    error(&Value::Null, -32600, "Invalid Request", reason)
}

/// -32601.
pub(crate) fn method_not_found(id: &Value) -> Value {
    error(id, -32601, "Method not found", "")
}

/// -32602.
pub(crate) fn invalid_params(id: &Value, reason: &str) -> Value {
    error(id, -32602, "Invalid params", reason)
}

/// -32603.
pub(crate) fn internal(id: &Value, reason: &str) -> Value {
    error(id, -32603, "Internal error", reason)
}
