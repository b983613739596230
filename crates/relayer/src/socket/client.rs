//! The asking end of the control socket.

use std::io;
use std::path::Path;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::UnixStream;

use super::{Reply, Request};

/// The socket's name in the store's directory.
pub(crate) const SOCKET: &str = "control.sock";
/// A reply is a line of at most so many bytes.
const REPLY_BYTES_MAX: u64 = 16 << 20;
/// How long the process may take for one reply.
const REPLY_DEADLINE: Duration = Duration::from_secs(10);

/// Why the process that owns the store could not be asked.
#[derive(Debug, thiserror::Error)]
pub enum SocketError {
    /// The socket can't be used.
    #[error("the relayer's socket can't be used: {0}")]
    Io(#[from] io::Error),
    /// The process takes too long.
    #[error("the relayer does not answer within {} s", REPLY_DEADLINE.as_secs())]
    Deadline,
    /// What came is no reply.
    #[error("the relayer's answer is unreadable; are both of one version? {0}")]
    Malformed(#[from] serde_json::Error),
}

/// Asks the process that owns the store in `directory` for one reply; none, if no process serves there.
///
/// # Errors
/// [`SocketError`].
pub async fn ask(directory: &Path, request: &Request) -> Result<Option<Reply>, SocketError> {
    let stream = match UnixStream::connect(directory.join(SOCKET)).await {
        Ok(stream) => stream,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused) => {
            return Ok(None);
        }
        Err(error) => return Err(error.into()),
    };
    let reply = tokio::time::timeout(REPLY_DEADLINE, exchange(stream, request));
    reply.await.map_err(|_| SocketError::Deadline)?.map(Some)
}

async fn exchange(mut stream: UnixStream, request: &Request) -> Result<Reply, SocketError> {
    let mut line = serde_json::to_vec(request)?;
    line.push(b'\n');
    stream.write_all(&line).await?;
    let mut reply = Vec::new();
    BufReader::new(stream.take(REPLY_BYTES_MAX)).read_until(b'\n', &mut reply).await?;
    Ok(serde_json::from_slice(&reply)?)
}
