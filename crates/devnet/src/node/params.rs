//! Parameters of a call, as JSON or in a URI (CometBFT `rpc/jsonrpc/server/http_uri_handler.go`, `libs/json/decoder.go`:
//! numbers of 64 bits are strings).

use std::collections::BTreeMap;

use serde_json::Value;

use super::json_rpc::Failure;
use super::method::Method;
use crate::go;

/// Parameters by their names.
#[derive(Clone, Debug, Default)]
pub(crate) struct Params(BTreeMap<String, Parameter>);

#[derive(Clone, Debug)]
enum Parameter {
    Json(Value),
    /// As it stands in a URI.
    Text(String),
}

type Result<T, E = Failure> = core::result::Result<T, E>;

impl Params {
    /// Those of a JSON-RPC call: by name, or in the order of the method.
    pub(crate) fn from_json(method: Method, params: Option<Value>) -> Result<Self> {
        let names = method.parameters();
        match params {
            None if names.is_empty() => Ok(Self::default()),
            None => Err(Failure::Panicked),
            Some(Value::Null) => Ok(Self::default()),
            Some(Value::Object(map)) => {
                Ok(Self(map.into_iter().map(|(name, value)| (name, Parameter::Json(value))).collect()))
            }
            Some(Value::Array(list)) if list.len() == names.len() => {
                let named = names.iter().zip(list).map(|(name, value)| ((*name).to_owned(), Parameter::Json(value)));
                Ok(Self(named.collect()))
            }
            Some(Value::Array(list)) => Err(Failure::Params(format!(
                "expected {} parameters ([{}]), got {} ({})",
                names.len(),
                names.join(" "),
                list.len(),
                raw(&list)
            ))),
            Some(other) => Err(Failure::Params(format!(
                "unknown type for JSON params: {}. Expected map or array",
                go::json::mismatch(&other, "[]json.RawMessage")
            ))),
        }
    }

    /// Those of a URI; an empty one is none. Of two with the same name the first counts.
    pub(crate) fn from_uri(query: &str) -> Self {
        let mut params = BTreeMap::new();
        for pair in query.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = unescape(value);
            if !value.is_empty() {
                params.entry(unescape(name)).or_insert(Parameter::Text(value));
            }
        }
        Self(params)
    }

    /// A number of 64 bits.
    pub(crate) fn integer(&self, name: &str) -> Result<Option<i64>> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Parameter::Text(text)) if is_integer(text) => parse_integer(text).map(Some),
            Some(Parameter::Text(text)) if is_hex(text) => {
                Err(Failure::Params("got a hex string arg, but expected 'int64'".to_owned()))
            }
            // Text in a URI that is neither quoted nor a number is not even read as JSON.
            Some(Parameter::Text(text)) if !is_quoted(text) && text != "null" => Err(no_integer(text)),
            Some(parameter) => match parameter.json()? {
                Value::Null => Ok(None),
                Value::String(text) => parse_integer(&text).map(Some),
                other => Err(no_integer(&other.to_string())),
            },
        }
    }

    /// Yes or no; no, if it is not given.
    pub(crate) fn flag(&self, name: &str) -> Result<bool> {
        match self.0.get(name).map(Parameter::json).transpose()? {
            None | Some(Value::Null) => Ok(false),
            Some(Value::Bool(flag)) => Ok(flag),
            Some(other) => Err(wrong_type(&other, "bool")),
        }
    }

    /// A text; empty, if it is not given.
    pub(crate) fn text(&self, name: &str) -> Result<String> {
        match self.0.get(name) {
            None => Ok(String::new()),
            Some(Parameter::Text(text)) if is_hex(text) => {
                Ok(String::from_utf8_lossy(&decode_hex(&text[2..])?).into_owned())
            }
            Some(parameter) => match parameter.json()? {
                Value::Null => Ok(String::new()),
                Value::String(text) => Ok(text),
                other => Err(wrong_type(&other, "string")),
            },
        }
    }

    /// Bytes, in base64 where they are JSON; empty, if they are not given.
    pub(crate) fn bytes(&self, name: &str) -> Result<Vec<u8>> {
        self.binary(name, |text| go::decode_base64(text).map_err(Failure::Params))
    }

    /// Bytes, in hex where they are JSON; empty, if they are not given.
    pub(crate) fn hex(&self, name: &str) -> Result<Vec<u8>> {
        self.binary(name, decode_hex)
    }

    /// Any JSON.
    pub(crate) fn value(&self, name: &str) -> Result<Value> {
        Ok(self.0.get(name).map(Parameter::json).transpose()?.unwrap_or_default())
    }

    fn binary(&self, name: &str, decode: impl Fn(&str) -> Result<Vec<u8>>) -> Result<Vec<u8>> {
        match self.0.get(name) {
            None => Ok(Vec::new()),
            Some(Parameter::Text(text)) if is_hex(text) => decode_hex(&text[2..]),
            // A quoted text in a URI is the bytes of the text itself.
            Some(Parameter::Text(text)) if is_quoted(text) => match parse_json(text)? {
                Value::String(text) => Ok(text.into_bytes()),
                other => Err(wrong_type(&other, "string")),
            },
            Some(parameter) => match parameter.json()? {
                Value::Null => Ok(Vec::new()),
                Value::String(text) => decode(&text),
                other => Err(Failure::Params(format!("invalid hex string: {other}"))),
            },
        }
    }
}

impl Parameter {
    fn json(&self) -> Result<Value> {
        match self {
            Self::Json(value) => Ok(value.clone()),
            Self::Text(text) => parse_json(text),
        }
    }
}

fn parse_json(text: &str) -> Result<Value> {
    go::json::read(text.as_bytes()).map_err(Failure::Params)
}

/// What stands between the quotation marks of a number of 64 bits is JSON again.
fn parse_integer(text: &str) -> Result<i64> {
    match parse_json(text)? {
        Value::Null => Ok(0),
        Value::Number(number) => number.as_i64().ok_or_else(|| {
            Failure::Params(format!("json: cannot unmarshal number {} into Go value of type int64", text.trim()))
        }),
        other => Err(wrong_type(&other, "int64")),
    }
}

fn no_integer(text: &str) -> Failure {
    Failure::Params(format!("invalid 64-bit integer encoding {text:?}, expected string"))
}

/// A list of `json.RawMessage` as Go prints it: numbers of bytes.
fn raw(list: &[Value]) -> String {
    let bytes = |value: &Value| value.to_string().bytes().map(|byte| byte.to_string()).collect::<Vec<_>>().join(" ");
    format!("[{}]", list.iter().map(|value| format!("[{}]", bytes(value))).collect::<Vec<_>>().join(" "))
}

fn decode_hex(text: &str) -> Result<Vec<u8>> {
    go::decode_hex(text).map_err(Failure::Params)
}

fn wrong_type(value: &Value, wanted: &str) -> Failure {
    Failure::Params(go::json::mismatch(value, wanted))
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_hex(text: &str) -> bool {
    text.starts_with("0x") || text.starts_with("0X")
}

fn is_quoted(text: &str) -> bool {
    text.len() > 1 && text.starts_with('"') && text.ends_with('"')
}

/// Percent signs and pluses of a URI's query; what is no escape stands for itself.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, tail)) = rest.split_first() {
        let escaped = tail.get(..2).filter(|_| *first == b'%').and_then(|digits| hex::decode(digits).ok());
        match escaped {
            Some(byte) => {
                bytes.extend(byte);
                rest = &tail[2..];
            }
            None => {
                bytes.push(if *first == b'+' { b' ' } else { *first });
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
