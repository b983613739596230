//! Answering commands, beside the driver.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use engine::PacketKey;
use tokio::io::{AsyncReadExt, BufReader};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::{JoinHandle, JoinSet};
use tracing::{debug, info, warn};

use super::address::Address;
use super::{Reply, Request, SocketError, line};
use crate::clear::{ClearProgress, ClearRequest, clear};
use crate::control::Handle;
use crate::explain::facts;
use crate::monitor;

/// Connections at a time; more are told so.
const CONNECTIONS_MAX: usize = 16;
/// A request that names some ten thousand packets.
const REQUEST_BYTES_MAX: u64 = 4 << 20;
/// How long a client may take to ask, or to take an answer.
const CLIENT_WITHIN: Duration = Duration::from_secs(10);
/// A client that waits hears at least so often that there is somebody.
const HEARTBEAT: Duration = Duration::from_secs(5);
/// After an error of the system, such as too many open files.
const ACCEPT_PAUSE: Duration = Duration::from_secs(1);

/// The control socket of a store, served until it is dropped.
#[derive(Debug)]
pub struct ControlSocket {
    path: PathBuf,
    server: JoinHandle<()>,
}

impl ControlSocket {
    /// Serves the driver behind `handle`. The store in `directory` must be this process's: what another process left
    /// there is replaced.
    ///
    /// # Errors
    /// When the socket can't be made.
    pub fn serve(directory: &Path, handle: Handle) -> Result<Self, SocketError> {
        let failed = |doing| move |source| SocketError::Io { doing, path: directory.to_owned(), source };
        let listener = bind(directory).map_err(failed("make a control socket in"))?;
        let path = Address::of(directory, "").map_err(failed("open"))?.name;
        info!(socket = %path.display(), "commands are answered");
        Ok(Self { path, server: tokio::spawn(accept(listener, handle)) })
    }
}

impl Drop for ControlSocket {
    fn drop(&mut self) {
        self.server.abort();
        if let Err(error) = fs::remove_file(&self.path) {
            debug!(socket = %self.path.display(), %error, "the control socket was gone already");
        }
    }
}

/// Nobody else can connect at any moment: the socket gets its name when it has its mode.
fn bind(directory: &Path) -> io::Result<UnixListener> {
    let (unborn, born) = (Address::of(directory, ".new")?, Address::of(directory, "")?);
    match fs::remove_file(&unborn.path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        Ok(()) | Err(_) => {}
    }
    let listener = UnixListener::bind(&unborn.path)?;
    fs::set_permissions(&unborn.path, Permissions::from_mode(0o600))?;
    fs::rename(&unborn.path, &born.path)?;
    Ok(listener)
}

async fn accept(listener: UnixListener, handle: Handle) {
    let free = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut clients = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => {
                    let (handle, place) = (handle.clone(), free.clone().try_acquire_owned().ok());
                    if clients.len() >= 2 * CONNECTIONS_MAX {
                        continue; // Those who are told that there is no place are not without number either.
                    }
                    clients.spawn(async move {
                        if let Err(error) = converse(stream, &handle, place.is_some()).await {
                            debug!(%error, "a client of the control socket left");
                        }
                        drop(place);
                    });
                }
                Err(error) => {
                    warn!(%error, "the control socket takes nobody now");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            },
            Some(_) = clients.join_next(), if !clients.is_empty() => {}
        }
    }
}

/// One request, then replies until a final one.
async fn converse(stream: UnixStream, handle: &Handle, has_place: bool) -> io::Result<()> {
    let (from, mut to) = stream.into_split();
    let mut from = BufReader::new(from);
    let request = match line::read(&mut from, REQUEST_BYTES_MAX, CLIENT_WITHIN).await {
        Ok(Some(request)) => Request::read(&request),
        Ok(None) => return Ok(()),
        Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(format!("{error}; ask for fewer packets")),
        Err(error) => return Err(error),
    };
    match request {
        Ok(_) if !has_place => {
            fail(&mut to, format!("{CONNECTIONS_MAX} commands are being answered; try again later")).await
        }
        Ok(Request::Clear(request)) => serve_clear(handle, &request, &mut from, &mut to).await,
        Ok(Request::Coverage) => serve_coverage(handle, &mut to).await,
        Ok(Request::Packet(packet)) => serve_packet(handle, packet, &mut to).await,
        Err(message) => fail(&mut to, message).await,
    }
}

async fn serve_packet(handle: &Handle, packet: PacketKey, to: &mut OwnedWriteHalf) -> io::Result<()> {
    match facts::ask(handle, packet).await {
        Ok(facts) => say(to, &Reply::Packet(Box::new(facts))).await,
        Err(stopping) => fail(to, stopping.to_string()).await,
    }
}

async fn serve_coverage(handle: &Handle, to: &mut OwnedWriteHalf) -> io::Result<()> {
    match monitor::coverage_now(handle).await {
        Ok(coverage) => say(to, &Reply::Coverage(coverage)).await,
        Err(message) => fail(to, message).await,
    }
}

/// Clears as long as the client listens; the engine goes on by itself when it does not.
async fn serve_clear(
    handle: &Handle,
    request: &ClearRequest,
    from: &mut BufReader<OwnedReadHalf>,
    to: &mut OwnedWriteHalf,
) -> io::Result<()> {
    let (teller, mut told) = watch::channel(ClearProgress::default());
    let clearing = clear(handle, request, |progress| {
        teller.send_if_modified(|known| std::mem::replace(known, progress) != progress);
    });
    let mut clearing = std::pin::pin!(clearing);
    let mut more = [0];
    loop {
        tokio::select! {
            report = &mut clearing => {
                return match report {
                    Ok(report) => say(to, &Reply::Cleared(report)).await,
                    Err(error) => fail(to, error.to_string()).await,
                };
            }
            // Whether it is gone or says more than was asked for: it does not listen any more.
            read = from.read(&mut more) => return read.map(|_| ()),
            _ = tokio::time::timeout(HEARTBEAT, told.changed()) => {
                let progress = *told.borrow_and_update();
                say(to, &Reply::Progress(progress)).await?;
            }
        }
    }
}

async fn fail(to: &mut OwnedWriteHalf, message: String) -> io::Result<()> {
    say(to, &Reply::Failed { message }).await
}

async fn say(to: &mut OwnedWriteHalf, reply: &Reply) -> io::Result<()> {
    line::write(to, &serde_json::to_vec(reply)?, CLIENT_WITHIN).await
}
