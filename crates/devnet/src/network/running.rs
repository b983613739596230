//! One chain of a network: the chain under its lock, its accounts, its nodes.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::{ChainSetup, NetworkError, Node};
use crate::account::Account;
use crate::app::genesis::Genesis;
use crate::chain::{Block, Chain};
use crate::clock::Clock;

/// One of a network's chains; a clone is another handle of the same.
#[derive(Clone, Debug)]
pub struct RunningChain {
    shared: Arc<Shared>,
    accounts: Arc<[Account]>,
    nodes: Arc<[Node]>,
}

/// What a chain's handles, its nodes and its producer share.
#[derive(Debug)]
pub(crate) struct Shared {
    chain: Mutex<Chain>,
    clock: Clock,
    paused: AtomicBool,
    head: watch::Sender<u64>,
    /// Where transactions stand, by their hashes: height and index.
    txs: Mutex<BTreeMap<[u8; 32], (u64, usize)>>,
    /// What it was started with; its next revision has another chain id.
    pub(crate) genesis: Genesis,
}

impl RunningChain {
    pub(super) async fn start(
        setup: ChainSetup,
        end: &CancellationToken,
        tasks: &TaskTracker,
    ) -> Result<Self, NetworkError> {
        let chain = Chain::new(setup.genesis.clone(), setup.options);
        let shared = Arc::new(Shared {
            head: watch::Sender::new(chain.height()),
            chain: Mutex::new(chain),
            clock: setup.clock,
            paused: AtomicBool::new(false),
            txs: Mutex::default(),
            genesis: setup.genesis,
        });
        shared.make_block();
        let mut nodes = Vec::with_capacity(setup.nodes.len());
        for (index, ports) in setup.nodes.into_iter().enumerate() {
            nodes.push(Node::launch(shared.clone(), index, ports, end.clone(), tasks.clone()).await?);
        }
        Ok(Self { shared, accounts: setup.accounts.into(), nodes: nodes.into() })
    }

    /// Works on the chain under its lock: ask it, offer transactions, fork it, put its next revision in its place. All
    /// nodes wait meanwhile. Not to be called in `work` again: that waits for ever.
    pub fn with<T>(&self, work: impl FnOnce(&mut Chain) -> T) -> T {
        self.shared.with(work)
    }

    /// An account by its name.
    pub fn account(&self, name: &str) -> Option<&Account> {
        self.accounts.iter().find(|account| account.name() == name)
    }

    /// All accounts.
    pub fn accounts(&self) -> &[Account] {
        &self.accounts
    }

    /// Its nodes.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// Makes a block now.
    pub fn make_block(&self) -> u64 {
        self.shared.make_block()
    }

    /// Makes no blocks by the timer until [`RunningChain::resume`].
    pub fn pause(&self) {
        self.shared.paused.store(true, Ordering::SeqCst);
    }

    /// Goes on making blocks.
    pub fn resume(&self) {
        self.shared.paused.store(false, Ordering::SeqCst);
    }

    pub(super) fn is_paused(&self) -> bool {
        self.shared.paused.load(Ordering::SeqCst)
    }

    /// Resolves when the chain has this height.
    pub fn reached(&self, height: u64) -> impl Future<Output = ()> + Send + use<> {
        let mut head = self.shared.head.subscribe();
        let shared = self.shared.clone();
        async move {
            head.wait_for(|head| *head >= height).await.expect("the sender lives in `shared`");
            drop(shared);
        }
    }
}

impl Shared {
    /// Works on the chain under its lock; blocks that came with it are indexed, and told to all who wait for them.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Chain) -> T) -> T {
        // A panic in someone's `work` leaves the chain as whole as any other return from it does.
        let mut chain = self.chain.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = work(&mut chain);
        // What was told last, not the height before `work`: one that panicked may have left blocks, too.
        let told = *self.head.borrow();
        chain.blocks(told.saturating_add(1), chain.height()).for_each(|block| self.index(block));
        // Under the lock, so that heads are never told out of order.
        self.head.send_if_modified(|head| std::mem::replace(head, chain.height()) != chain.height());
        outcome
    }

    pub(crate) fn make_block(&self) -> u64 {
        let now = self.clock.now();
        self.with(|chain| chain.make_block(now))
    }

    /// Tells when the chain has a new height.
    pub(crate) fn head(&self) -> watch::Receiver<u64> {
        self.head.subscribe()
    }

    /// Height and index of a transaction of the chain.
    pub(crate) fn place_of(&self, hash: &[u8]) -> Option<(u64, usize)> {
        self.txs.lock().unwrap_or_else(PoisonError::into_inner).get(hash).copied()
    }

    fn index(&self, block: &Block) {
        let mut txs = self.txs.lock().unwrap_or_else(PoisonError::into_inner);
        for (index, tx) in block.txs.iter().enumerate() {
            txs.insert(tx_hash(tx), (block.header.height.value(), index));
        }
    }
}

/// The hash by which a transaction is known.
pub(crate) fn tx_hash(tx: &[u8]) -> [u8; 32] {
    Sha256::digest(tx).into()
}
