//! A node: one chain's state, served as CometBFT and the SDK serve it, honestly or not.
//!
//! A [`Network`](crate::network::Network) starts nodes with their chain. Each by itself can be told to go wrong
//! ([`Node::inject`]), to tell a fork as the truth ([`Node::follow`]), to end and to come back ([`Node::stop`],
//! [`Node::start`]); its chain goes on whatever it does.

mod connection;
pub mod fault;
mod grpc;
mod http;
mod identity;
mod json;
mod json_rpc;
mod method;
mod methods;
mod params;
mod search;
mod services;
mod view;
mod websocket;
mod wire;

use std::collections::BTreeMap;
use std::fmt;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::connection::Sockets;
use self::fault::Faults;
pub use self::fault::{Fault, Injection, Rewrite};
use self::identity::Identity;
pub use self::method::Method;
use self::view::View;
use crate::chain::Chain;
use crate::network::{NetworkError, NodePorts, Shared};

/// A node of a chain; a clone is another handle of the same.
#[derive(Clone)]
pub struct Node {
    state: Arc<NodeState>,
}

/// What the tasks of a node share.
pub(crate) struct NodeState {
    pub(crate) chain: Arc<Shared>,
    pub(crate) identity: Identity,
    pub(crate) rpc: SocketAddr,
    grpc: SocketAddr,
    pub(crate) faults: Faults,
    /// WebSocket connections with subscriptions.
    pub(crate) subscribers: AtomicUsize,
    fork: Mutex<Option<Chain>>,
    /// Moves when what the node tells changes by other means than a block.
    changed: watch::Sender<()>,
    calls: Mutex<BTreeMap<String, u64>>,
    indexes_txs: AtomicBool,
    /// Of the network, which a node does not outlive.
    end: CancellationToken,
    tasks: TaskTracker,
    serving: Mutex<Option<Serving>>,
}

/// A node that runs.
struct Serving {
    end: CancellationToken,
    tasks: TaskTracker,
}

impl Node {
    /// Starts the node of this number. Its tasks are among `tasks`, and end with `end`.
    pub(crate) async fn launch(
        chain: Arc<Shared>,
        number: usize,
        ports: NodePorts,
        end: CancellationToken,
        tasks: TaskTracker,
    ) -> Result<Self, NetworkError> {
        let name = chain.genesis.chain_id.to_string();
        let rpc = listen(&format!("JSON-RPC of {name}"), local(ports.rpc)).await?;
        let grpc = listen(&format!("gRPC of {name}"), local(ports.grpc)).await?;
        let state = Arc::new(NodeState {
            identity: Identity::new(&chain, number),
            chain,
            rpc: rpc.local_addr().unwrap_or_else(|_| local(ports.rpc)),
            grpc: grpc.local_addr().unwrap_or_else(|_| local(ports.grpc)),
            faults: Faults::default(),
            subscribers: AtomicUsize::new(0),
            fork: Mutex::default(),
            changed: watch::Sender::default(),
            calls: Mutex::default(),
            indexes_txs: AtomicBool::new(true),
            end,
            tasks,
            serving: Mutex::default(),
        });
        state.serve(rpc, grpc);
        Ok(Self { state })
    }

    /// Where its JSON-RPC and WebSocket are.
    pub fn rpc(&self) -> SocketAddr {
        self.state.rpc
    }

    /// Where its gRPC is.
    pub fn grpc(&self) -> SocketAddr {
        self.state.grpc
    }

    /// Lets it lie: for heights above the fork's common height and up to the fork's own, it answers from `fork`, for
    /// all others from its chain; its head is the higher of both. `None` makes it honest again.
    pub fn follow(&self, fork: Option<Chain>) {
        *lock(&self.state.fork) = fork;
        self.state.changed.send_replace(());
    }

    /// Does something wrong from now on: a [`Fault`], or one in some methods alone ([`Fault::only`]).
    pub fn inject(&self, injection: impl Into<Injection>) {
        self.state.faults.inject(injection.into());
        self.state.changed.send_replace(());
    }

    /// Undoes all that was injected.
    pub fn heal(&self) {
        self.state.faults.heal();
        self.state.changed.send_replace(());
    }

    /// Does it keep an index of transactions (`tx_index.indexer`)? Without one it knows neither `tx` nor `tx_search`
    /// nor `block_search`. Each node begins with one.
    pub fn set_tx_index(&self, is_on: bool) {
        self.state.indexes_txs.store(is_on, Ordering::SeqCst);
    }

    /// How often each method was called since the node was made: methods of JSON-RPC, paths of gRPC.
    pub fn calls(&self) -> BTreeMap<String, u64> {
        lock(&self.state.calls).clone()
    }

    /// Ends it: the ports are closed, all connections broken. Its chain goes on.
    pub async fn stop(&self) {
        let serving = lock(&self.state.serving).take();
        if let Some(Serving { end, tasks }) = serving {
            end.cancel();
            tasks.close();
            tasks.wait().await;
        }
    }

    /// Starts it again on the same ports; does nothing while it runs.
    ///
    /// # Errors
    /// When a port was taken in the meantime.
    pub async fn start(&self) -> Result<(), NetworkError> {
        if lock(&self.state.serving).is_some() {
            return Ok(());
        }
        let name = &self.state.chain.genesis.chain_id;
        let rpc = listen(&format!("JSON-RPC of {name}"), self.state.rpc).await?;
        let grpc = listen(&format!("gRPC of {name}"), self.state.grpc).await?;
        self.state.serve(rpc, grpc);
        Ok(())
    }
}

impl NodeState {
    fn serve(self: &Arc<Self>, rpc: TcpListener, grpc: TcpListener) {
        let serving = Serving { end: self.end.child_token(), tasks: TaskTracker::new() };
        let sockets = |listener| Sockets { listener, end: serving.end.clone(), tasks: serving.tasks.clone() };
        let rpc = serving.end.clone().run_until_cancelled_owned(http::serve(self.clone(), sockets(rpc)));
        let grpc = serving.end.clone().run_until_cancelled_owned(grpc::serve(self.clone(), sockets(grpc)));
        serving.tasks.spawn(rpc);
        serving.tasks.spawn(grpc);
        // The network's stop waits for all that this node has open.
        let (end, tasks) = (serving.end.clone(), serving.tasks.clone());
        self.tasks.spawn(async move {
            end.cancelled().await;
            tasks.close();
            tasks.wait().await;
        });
        *lock(&self.serving) = Some(serving);
    }

    /// Looks at the chain as a call of `method` sees it.
    pub(crate) fn view<T>(&self, method: Method, work: impl FnOnce(&View<'_>) -> T) -> T {
        let faults = self.faults.of(method);
        // In this order, for `follow` may be called under the chain's lock.
        self.chain.with(|chain| work(&View::new(chain, lock(&self.fork).as_ref(), &faults)))
    }

    /// Tells when something was changed by [`Node::follow`], [`Node::inject`] or [`Node::heal`].
    pub(crate) fn changed(&self) -> watch::Receiver<()> {
        self.changed.subscribe()
    }

    pub(crate) fn indexes_txs(&self) -> bool {
        self.indexes_txs.load(Ordering::SeqCst)
    }

    pub(crate) fn count(&self, call: &str) {
        let mut calls = lock(&self.calls);
        match calls.get_mut(call) {
            Some(count) => *count += 1,
            None => drop(calls.insert(call.to_owned(), 1)),
        }
    }
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node").field("rpc", &self.state.rpc).field("grpc", &self.state.grpc).finish_non_exhaustive()
    }
}

fn local(port: u16) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::LOCALHOST, port))
}

async fn listen(what: &str, address: SocketAddr) -> Result<TcpListener, NetworkError> {
    TcpListener::bind(address).await.map_err(|source| NetworkError { what: what.to_owned(), address, source })
}

/// What is locked here is whole at any time, a panic elsewhere does not spoil it.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
