//! JSON-RPC over plain HTTP, as little of it as a loopback node needs.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};

/// A node's answer on loopback takes milliseconds; a node that holds its lock for a large block takes longer.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Asks the node at `address` (`HOST:PORT`) and returns `result`.
///
/// # Errors
/// When the node is not there, does not answer in HTTP, or answers with an error.
pub fn call(address: &str, method: &str, params: &Value) -> Result<Value> {
    let question = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
    let answer = post(address, &question.to_string()).with_context(|| format!("{method} at {address}"))?;
    let mut answer: Value =
        serde_json::from_slice(&answer).with_context(|| format!("{method} at {address}: no JSON"))?;
    if let Some(error) = answer.get("error") {
        bail!("{method} at {address}: {error}");
    }
    Ok(answer["result"].take())
}

/// HTTP/1.0, so that the answer ends with the connection and is never chunked.
fn post(address: &str, body: &str) -> Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    stream.set_write_timeout(Some(ANSWER_WITHIN))?;
    write!(
        stream,
        "POST / HTTP/1.0\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let head_end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").context("not HTTP")?;
    Ok(answer.split_off(head_end + 4))
}
