//! The newest block of a chain, as its nodes tell of it: by WebSocket as soon as it is committed, by polling where no
//! WebSocket works. The watch never gives up and never goes silent.
//!
//! A head is a claim, and only wakes those who read the block.

mod poll;
mod websocket;

use std::future::Future;
use std::time::Duration;

use tokio::sync::watch;
use types::{BlockHeight, Timestamp};

use crate::endpoint::Endpoint;
use crate::node_errors::clean;
use crate::pool::Pool;
use crate::pool::breaker::jittered;

/// How long WebSockets are left alone after one failed; doubles with each that never told of a head.
const WEBSOCKET_BACKOFF_MIN: Duration = Duration::from_millis(500);
const WEBSOCKET_BACKOFF_MAX: Duration = Duration::from_secs(60);

/// The newest block of a chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its height.
    pub height: BlockHeight,
    /// Its header's time.
    pub time: Timestamp,
}

/// A head, and who told of it.
#[derive(Clone, Debug)]
pub struct ToldHead {
    /// The head.
    pub head: Head,
    /// Whose claim it is.
    pub by: Endpoint,
}

/// Watches the head of a chain: `None` until a node has told of one, then always the newest, ascending as long as the
/// same endpoint tells. The watch ends when the last receiver is dropped.
pub fn watch_heads(nodes: impl Into<Pool>) -> watch::Receiver<Option<ToldHead>> {
    let (sender, receiver) = watch::channel(None);
    let nodes = nodes.into();
    tokio::spawn(async move {
        let heads = Heads { sender };
        tokio::select! {
            () = heads.sender.closed() => {}
            () = follow(&nodes, &heads) => {}
        }
    });
    receiver
}

/// Where heads go, and how far apart they came.
struct Heads {
    sender: watch::Sender<Option<ToldHead>>,
}

impl Heads {
    /// Takes a head, if it is newer than the last; true if it was.
    fn seen(&self, head: Head, by: &Endpoint) -> bool {
        self.sender.send_if_modified(|last| {
            let is_newer = last.as_ref().is_none_or(|last| head.height > last.head.height);
            if is_newer {
                *last = Some(ToldHead { head, by: by.clone() });
            }
            is_newer
        })
    }

    /// Another endpoint may honestly be behind, and the last one may have lied.
    fn endpoint_changed(&self) {
        self.sender.send_if_modified(|last| {
            *last = None;
            false
        });
    }
}

async fn follow(nodes: &Pool, heads: &Heads) {
    let mut backoff = WEBSOCKET_BACKOFF_MIN;
    let mut endpoint = nodes.current().clone();
    let mut pace = poll::Pace::default();
    loop {
        let opening = endpoint.clone();
        let Some(address) = opening.websocket() else {
            tracing::debug!(%endpoint, "heads are polled, as configured");
            return polling_until(std::future::pending::<()>(), nodes, &mut endpoint, heads, &mut pace).await;
        };
        let opened = polling_until(websocket::open(address), nodes, &mut endpoint, heads, &mut pace).await;
        let reason = match opened {
            Ok(_) if !endpoint.is_same(&opening) => "another endpoint is in use by now".to_owned(),
            Ok(socket) => {
                tracing::debug!(%endpoint, "heads come by WebSocket");
                websocket::follow(socket, &endpoint, heads, &mut pace, &mut backoff).await
            }
            Err(reason) => clean(&reason),
        };
        tracing::debug!(%endpoint, %reason, "heads are polled for now");
        let wait = tokio::time::sleep(jittered(backoff));
        backoff = (backoff * 2).min(WEBSOCKET_BACKOFF_MAX);
        polling_until(wait, nodes, &mut endpoint, heads, &mut pace).await;
    }
}

/// Polls as long as `other` takes.
async fn polling_until<T>(
    other: impl Future<Output = T>,
    nodes: &Pool,
    endpoint: &mut Endpoint,
    heads: &Heads,
    pace: &mut poll::Pace,
) -> T {
    let polling = async {
        loop {
            tokio::time::sleep(pace.next()).await;
            poll(nodes, endpoint, heads, pace).await;
        }
    };
    tokio::select! {
        biased;
        done = other => done,
        never = polling => never,
    }
}

/// Asks for the head once; at another endpoint from now on, if this one is out of use.
async fn poll(nodes: &Pool, endpoint: &mut Endpoint, heads: &Heads, pace: &mut poll::Pace) {
    match endpoint.status().await {
        Ok(status) => {
            let head = Head { height: status.height, time: status.time };
            pace.polled(heads.seen(head, endpoint), head);
            nodes.succeeded(endpoint);
        }
        Err(error) => {
            pace.failed();
            tracing::debug!(%error, "head can't be read now");
            nodes.failed(endpoint, &error);
            let current = nodes.current();
            if !current.is_same(endpoint) {
                tracing::info!(from = %endpoint, to = %current, "heads come from another endpoint");
                *endpoint = current.clone();
                heads.endpoint_changed();
            }
        }
    }
}

#[cfg(test)]
mod tests;
