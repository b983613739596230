//! JSON-RPC 2.0 as CometBFT speaks it: a request out, its result's raw text back.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::error::Failure;
use crate::node_errors::{NodeError, clean};

/// One call.
#[derive(Clone, Debug)]
pub(super) struct Call<P> {
    /// The method's name.
    pub(super) method: &'static str,
    /// Its named parameters.
    pub(super) params: P,
    /// How many bytes its answer may have.
    pub(super) bytes_max: usize,
}

#[derive(Serialize)]
pub(super) struct Request<'a, P> {
    pub(super) jsonrpc: &'static str,
    pub(super) id: u64,
    pub(super) method: &'a str,
    pub(super) params: &'a P,
}

/// An answer, its result not read yet.
#[derive(Deserialize)]
pub(super) struct Response<'a> {
    #[serde(borrow, default)]
    id: Option<&'a RawValue>,
    #[serde(borrow, default)]
    result: Option<&'a RawValue>,
    #[serde(default)]
    error: Option<RpcError>,
}

#[derive(Deserialize)]
struct RpcError {
    #[serde(default)]
    code: i64,
    #[serde(default)]
    message: Option<String>,
    #[serde(default)]
    data: Option<serde_json::Value>,
}

impl RpcError {
    fn failure(self) -> Failure {
        let data = match self.data {
            Some(serde_json::Value::String(text)) => text,
            Some(serde_json::Value::Null) | None => String::new(),
            Some(other) => other.to_string(),
        };
        let message = self.message.unwrap_or_default();
        let text = match (message.is_empty(), data.is_empty()) {
            (false, false) => format!("{message}: {data}"),
            (true, _) => data,
            (_, true) => message,
        };
        Failure::Node { code: self.code, meaning: NodeError::read(&text), message: clean(&text) }
    }
}

impl<'a> Response<'a> {
    /// The id, if it is a number as ours are (some proxies make a text of it).
    pub(super) fn id(&self) -> Option<u64> {
        self.id?.get().trim_matches('"').parse().ok()
    }

    /// Is it an error?
    pub(super) fn is_error(&self) -> bool {
        self.error.is_some()
    }

    /// Does it belong to no call in particular, but to the whole request?
    pub(super) fn is_of_the_request(&self) -> bool {
        self.error.is_some() && self.id.is_none_or(|id| id.get() == "null" || id.get() == "-1" || id.get() == "\"\"")
    }

    /// The result's text.
    pub(super) fn result(self) -> Result<&'a str, Failure> {
        if let Some(error) = self.error {
            return Err(error.failure());
        }
        match self.result {
            Some(result) => Ok(result.get()),
            None => Err(Failure::Malformed("neither result nor error".to_owned())),
        }
    }
}

/// Reads a text of JSON into `T`, saying where it went wrong.
pub(super) fn read<'a, T: Deserialize<'a>>(text: &'a [u8]) -> Result<T, Failure> {
    serde_json::from_slice(text).map_err(|error| Failure::Malformed(clean(&error.to_string())))
}
