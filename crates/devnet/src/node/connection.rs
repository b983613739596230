//! Sockets that can be cut: all of a node at once when it stops, or one alone when it misbehaves.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::extract::connect_info;
use axum::serve::{IncomingStream, Listener};
use futures::Stream;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};
use tokio_util::task::TaskTracker;
use tokio_util::task::task_tracker::TaskTrackerToken;

/// Accepts sockets until it is dropped.
pub(crate) struct Sockets {
    pub(crate) listener: TcpListener,
    /// Cuts all of them.
    pub(crate) end: CancellationToken,
    /// Counts them, so that a node's stop can wait for the last.
    pub(crate) tasks: TaskTracker,
}

/// A connection of a node.
pub(crate) struct Socket {
    stream: TcpStream,
    peer: Peer,
    cut: Pin<Box<WaitForCancellationFutureOwned>>,
    /// Held until the socket is closed.
    _open: TaskTrackerToken,
}

/// The means to cut one connection off.
#[derive(Clone, Debug)]
pub(crate) struct Peer {
    pub(crate) cut: CancellationToken,
}

impl Sockets {
    fn socket(&self, stream: TcpStream) -> Socket {
        // Small answers wait for nothing; a node that can't set this is only slower.
        stream.set_nodelay(true).unwrap_or_default();
        let cut = self.end.child_token();
        let peer = Peer { cut: cut.clone() };
        Socket { stream, peer, cut: Box::pin(cut.cancelled_owned()), _open: self.tasks.token() }
    }

    /// The sockets as tonic wants them.
    pub(crate) fn into_stream(self) -> impl Stream<Item = io::Result<Socket>> {
        futures::stream::unfold(self, |mut sockets| async move {
            let (socket, _) = Listener::accept(&mut sockets).await;
            Some((Ok(socket), sockets))
        })
    }
}

impl Listener for Sockets {
    type Io = Socket;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Socket, SocketAddr) {
        let (stream, address) = Listener::accept(&mut self.listener).await;
        (self.socket(stream), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Socket {
    fn check(&mut self, context: &mut Context<'_>) -> io::Result<()> {
        match self.cut.as_mut().poll(context) {
            Poll::Ready(()) => Err(io::ErrorKind::ConnectionAborted.into()),
            Poll::Pending => Ok(()),
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_read(context, buf)
    }
}

impl AsyncWrite for Socket {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_write(context, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.check(context)?;
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl connect_info::Connected<IncomingStream<'_, Sockets>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Sockets>) -> Self {
        stream.io().peer.clone()
    }
}

impl tonic::transport::server::Connected for Socket {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer.clone()
    }
}
