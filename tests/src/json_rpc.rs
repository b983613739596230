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

/// What a server said, whole: the status of HTTP and the body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpAnswer {
    /// Such as 200.
    pub status: u16,
    /// The body's bytes.
    pub body: Vec<u8>,
}

fn post(address: &str, body: &str) -> Result<Vec<u8>> {
    Ok(exchange(address, "POST / ", body)?.body)
}

/// Sends one request, whose method and target are `request` (such as `GET /status `), and reads the answer.
///
/// HTTP/1.0, so that the answer ends with the connection and is never chunked.
///
/// # Errors
/// When the node is not there or does not answer in HTTP.
pub fn exchange(address: &str, request: &str, body: &str) -> Result<HttpAnswer> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(ANSWER_WITHIN))?;
    stream.set_write_timeout(Some(ANSWER_WITHIN))?;
    write!(
        stream,
        "{request}HTTP/1.0\r\nHost: {address}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let head_end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").context("not HTTP")?;
    let body = answer.split_off(head_end + 4);
    let head = String::from_utf8_lossy(&answer);
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("no status of HTTP")?;
    Ok(HttpAnswer { status, body })
}
