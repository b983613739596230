//! Asking the process that owns a store.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::io::BufReader;
use tokio::net::UnixStream;

use super::address::Address;
use super::{Reply, Request, SocketError, line};
use crate::clear::ClearProgress;

/// The server tells of itself at least every few seconds.
const REPLY_WITHIN: Duration = Duration::from_secs(30);
/// A report of tens of thousands of packets.
const REPLY_BYTES_MAX: u64 = 64 << 20;

/// Asks the process that owns the store in `directory`; nothing if there is none.
///
/// # Errors
/// [`SocketError`].
pub async fn ask(directory: &Path, request: &Request) -> Result<Option<Reply>, SocketError> {
    ask_telling(directory, request, |_| ()).await
}

/// The same, with what is told before the answer is there.
///
/// # Errors
/// [`SocketError`].
pub async fn ask_telling(
    directory: &Path,
    request: &Request,
    mut told: impl FnMut(ClearProgress),
) -> Result<Option<Reply>, SocketError> {
    let address = match Address::of(directory, "") {
        Ok(address) => address,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(source) => return Err(SocketError::Io { doing: "open", path: directory.to_owned(), source }),
    };
    let path = address.name.clone();
    let stream = match UnixStream::connect(&address.path).await {
        Ok(stream) => stream,
        // No socket, or one that a killed process left behind.
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            return Ok(None);
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => return Err(SocketError::Forbidden { path }),
        Err(source) => return Err(SocketError::Io { doing: "connect to", path, source }),
    };
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::TimedOut => SocketError::Silent { path: path.clone() },
        io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe => {
            SocketError::Gone { path: path.clone() }
        }
        _ => SocketError::Io { doing: "talk through", path: path.clone(), source },
    };
    let malformed = |reason: String| SocketError::Malformed { path: path.clone(), reason };
    let (from, mut to) = stream.into_split();
    let mut from = BufReader::new(from);
    let asked = request.line().map_err(|error| malformed(error.to_string()))?;
    line::write(&mut to, &asked, REPLY_WITHIN).await.map_err(failed)?;
    loop {
        let Some(reply) = line::read(&mut from, REPLY_BYTES_MAX, REPLY_WITHIN).await.map_err(failed)? else {
            return Err(failed(io::ErrorKind::UnexpectedEof.into()));
        };
        match serde_json::from_slice(&reply).map_err(|error| malformed(error.to_string()))? {
            Reply::Progress(progress) => told(progress),
            last => return Ok(Some(last)),
        }
    }
}
