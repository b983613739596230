//! A relay of TCP connections that counts the JSON-RPC calls that pass through it.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use anyhow::Result;

/// Stands in every JSON-RPC request exactly once, whether alone or in a batch.
const MARK: &[u8] = b"\"method\":";

/// Listens on a free port of loopback for as long as the test process lives.
#[derive(Debug)]
pub struct CountingProxy {
    address: String,
    calls: Arc<AtomicU64>,
}

impl CountingProxy {
    /// Passes connections on to `target` (`HOST:PORT`).
    pub fn to(target: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?.to_string();
        let calls = Arc::new(AtomicU64::new(0));
        let (target, counter) = (target.to_owned(), Arc::clone(&calls));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A node that is down refuses; so does its proxy, by closing.
                if let Ok(node) = TcpStream::connect(&target) {
                    relay(client, node, &counter);
                }
            }
        });
        Ok(Self { address, calls })
    }

    /// Where it listens, `HOST:PORT`.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Calls so far.
    pub fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

fn relay(client: TcpStream, node: TcpStream, calls: &Arc<AtomicU64>) {
    let (Ok(client_reader), Ok(node_reader)) = (client.try_clone(), node.try_clone()) else { return };
    let calls = Arc::clone(calls);
    thread::spawn(move || {
        let mut counter = MarkCounter::default();
        copy(client_reader, node, |bytes| {
            calls.fetch_add(counter.count(bytes), Ordering::Relaxed);
        });
    });
    thread::spawn(move || copy(node_reader, client, |_| ()));
}

fn copy(mut from: TcpStream, mut to: TcpStream, mut look: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        match from.read(&mut buffer) {
            Ok(count) if count > 0 => {
                look(&buffer[..count]);
                if to.write_all(&buffer[..count]).is_err() {
                    break;
                }
            }
            Ok(_) | Err(_) => break,
        }
    }
    // Either side may be gone already; both are to be.
    drop((from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both)));
}

/// Counts [`MARK`] in a stream, however it is cut.
#[derive(Default)]
struct MarkCounter {
    matched: usize,
}

impl MarkCounter {
    fn count(&mut self, bytes: &[u8]) -> u64 {
        let mut found = 0;
        for byte in bytes {
            if *byte == MARK[self.matched] {
                self.matched += 1;
            } else {
                // The mark repeats its first byte only at its end.
                self.matched = usize::from(*byte == MARK[0]);
            }
            if self.matched == MARK.len() {
                found += 1;
                self.matched = 0;
            }
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_however_the_stream_is_cut() {
        let text = br#"[{"method":"a","x":"method"},{"method":"b"},{""method":"c"}]"#;
        for size in 1..=text.len() {
            let mut counter = MarkCounter::default();
            let found: u64 = text.chunks(size).map(|chunk| counter.count(chunk)).sum();
            assert_eq!(found, 3, "in pieces of {size}");
        }
    }
}
