//! A client of HTTP/1.1 that sees what is really sent.

use std::net::SocketAddr;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::soon;

/// What came back until the connection was closed.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) head: String,
    pub(super) body: Vec<u8>,
    /// Did the whole body come, by its own account?
    pub(super) is_complete: bool,
}

impl Answer {
    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|error| panic!("{error}: {}", String::from_utf8_lossy(&self.body)))
    }

    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

pub(super) async fn post(address: SocketAddr, body: &str) -> Answer {
    let head =
        format!("POST / HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    answered(address, &format!("{head}{body}")).await
}

pub(super) async fn get(address: SocketAddr, path: &str) -> Answer {
    answered(address, &format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n")).await
}

async fn answered(address: SocketAddr, request: &str) -> Answer {
    exchange(address, request).await.expect("an answer")
}

/// None where the connection was closed without an answer.
pub(super) async fn exchange(address: SocketAddr, request: &str) -> Option<Answer> {
    let mut stream = TcpStream::connect(address).await.expect("a node that listens");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    // A reset ends the answer too.
    soon(async { while stream.read_buf(&mut bytes).await.is_ok_and(|count| count > 0) {} }).await;
    parse(&bytes)
}

/// The first bytes of an answer that may never end.
pub(super) async fn beginning(address: SocketAddr, path: &str, size: usize) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("a node that listens");
    stream.write_all(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    soon(async {
        while bytes.len() < size {
            assert!(stream.read_buf(&mut bytes).await.unwrap() > 0, "the answer has ended");
        }
    })
    .await;
    bytes
}

pub(super) fn parse(bytes: &[u8]) -> Option<Answer> {
    let end = bytes.windows(4).position(|window| window == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&bytes[..end]).to_ascii_lowercase();
    let status = head.split(' ').nth(1)?.parse().ok()?;
    let body = &bytes[end + 4..];
    let (body, is_complete) = if head.contains("transfer-encoding: chunked") {
        unchunk(body)
    } else {
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |length| length.parse().unwrap());
        (body.to_vec(), body.len() == length)
    };
    Some(Answer { status, head, body, is_complete })
}

fn unchunk(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    loop {
        let Some(end) = rest.windows(2).position(|window| window == b"\r\n") else { return (body, false) };
        let size = usize::from_str_radix(&String::from_utf8_lossy(&rest[..end]), 16).unwrap();
        if size == 0 {
            return (body, true);
        }
        rest = &rest[end + 2..];
        if rest.len() < size + 2 {
            body.extend_from_slice(&rest[..size.min(rest.len())]);
            return (body, false);
        }
        body.extend_from_slice(&rest[..size]);
        rest = &rest[size + 2..];
    }
}
