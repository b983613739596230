//! One line, bounded in length and in time.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// Reads a line of at most `bytes_max`, its end left away. Nothing at the end of the stream.
///
/// # Errors
/// When it is longer, or does not come within `deadline` (`TimedOut`).
pub(super) async fn read(
    from: &mut (impl AsyncBufRead + Unpin),
    bytes_max: u64,
    deadline: Duration,
) -> io::Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    let mut from = from.take(bytes_max + 1);
    let read = tokio::time::timeout(deadline, from.read_until(b'\n', &mut line));
    read.await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    match line.pop() {
        None => Ok(None),
        Some(b'\n') => Ok(Some(line)),
        Some(_) if line.len() as u64 >= bytes_max => Err(too_long(bytes_max)),
        Some(_) => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

fn too_long(bytes_max: u64) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("the line is longer than {bytes_max} bytes"))
}

/// Writes a line.
///
/// # Errors
/// When the other side is gone, or does not take it within `deadline`.
pub(super) async fn write(to: &mut (impl AsyncWrite + Unpin), line: &[u8], deadline: Duration) -> io::Result<()> {
    let write = async {
        to.write_all(line).await?;
        to.write_all(b"\n").await?;
        to.flush().await
    };
    tokio::time::timeout(deadline, write).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}
