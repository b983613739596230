//! What a node can do wrong.

mod body;
mod rewrite;

use std::sync::{Arc, Mutex, PoisonError};

pub(crate) use self::body::faulty_body;
pub use self::rewrite::Rewrite;
use super::method::Method;
use crate::chain::Chain;

/// One thing that a node does wrong. Several may be in force at once; of two of a kind, the first counts.
#[derive(Clone, Debug)]
pub enum Fault {
    /// Takes the call, never answers. Over WebSocket and gRPC too.
    Stall,
    /// Knows nothing above this height.
    StaleAt(u64),
    /// Is so many blocks behind.
    StaleBy(u64),
    /// Tells other events than were emitted: in `block_results`, in `tx` and the searches, and to subscribers.
    Events(Rewrite),
    /// Has lost the results of this block.
    ResultsMissing(u64),
    /// The first byte of the value of an `abci_query` is another.
    ForgedValue,
    /// A byte in the middle of the first proof of an `abci_query` is another.
    ForgedProof,
    /// `abci_query` of this path is answered with nothing: an empty list, say.
    Emptied(&'static str),
    /// Blocks, headers, commits and validators are those of this chain.
    OtherChain(Arc<Chain>),
    /// The body of an answer is filled up with spaces to this many bytes.
    Padded(usize),
    /// The body of an answer never ends: spaces follow it.
    Endless,
    /// Instead of an answer: `Content-Encoding: gzip`, and a stream of which each 13 bytes become 2064, without end.
    GzipBomb,
    /// The body of an answer comes at so many bytes a second.
    Drip(u32),
    /// The connection is closed instead of an answer; what was asked for is done all the same.
    DroppedBefore,
    /// The connection is closed when half of the body of the answer is written.
    DroppedMidway,
    /// An HTTP status with a body instead of an answer: 429, 502 and the like. Over gRPC too.
    Http(u16, String),
    /// Broadcasts are answered with this code, codespace and log; the transaction goes nowhere.
    BroadcastRefused(u32, String, String),
    /// Broadcasts are answered with code 0; the transaction goes nowhere.
    BroadcastLost,
    /// Subscribers hear of each thing twice.
    EventsTwice,
    /// Subscribers hear of nothing.
    EventsNever,
    /// `status` tells of another chain.
    ChainId(String),
    /// `status` tells of a newest block so many blocks ahead.
    AheadBy(u64),
    /// The node says that it is catching up.
    CatchingUp,
}

/// A fault, and where it shows.
#[derive(Clone, Debug)]
pub struct Injection {
    /// What goes wrong.
    pub fault: Fault,
    /// In these methods alone; in all, if none are named. The calls of a batch share one answer: what is done to its body
    /// or to its connection is done to all of it if one of the calls is meant.
    pub only: Option<Vec<Method>>,
}

impl Fault {
    /// The fault in these methods alone.
    pub fn only(self, methods: impl Into<Vec<Method>>) -> Injection {
        Injection { fault: self, only: Some(methods.into()) }
    }
}

impl From<Fault> for Injection {
    fn from(fault: Fault) -> Self {
        Self { fault, only: None }
    }
}

/// The faults that are in force at a node.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<Vec<Injection>>);

impl Faults {
    pub(crate) fn inject(&self, injection: Injection) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(injection);
    }

    pub(crate) fn heal(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// What is wrong with a call of this method.
    pub(crate) fn of(&self, method: Method) -> Vec<Fault> {
        self.of_any(&[method])
    }

    /// What is wrong with an answer to calls of these methods.
    pub(crate) fn of_any(&self, methods: &[Method]) -> Vec<Fault> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let meant = |injection: &&Injection| match &injection.only {
            Some(only) => methods.iter().any(|method| only.contains(method)),
            None => true,
        };
        all.iter().filter(meant).map(|injection| injection.fault.clone()).collect()
    }
}
