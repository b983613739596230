//! Lies about events.

use std::fmt;
use std::sync::Arc;

use crate::app::TxResult;
use crate::app::event::Event;

/// Changes what a block's transactions and the block itself emitted, before it is told. It is given the height.
#[derive(Clone)]
pub struct Rewrite(Arc<Change>);

type Change = dyn Fn(u64, &mut Vec<TxResult>, &mut Vec<Event>) + Send + Sync;

impl Rewrite {
    /// Any change. It is made under the lock of the chain, which it must not ask for.
    pub fn new(change: impl Fn(u64, &mut Vec<TxResult>, &mut Vec<Event>) + Send + Sync + 'static) -> Self {
        Self(Arc::new(change))
    }

    /// Leaves out events, wherever they stand.
    pub fn without(is_left_out: impl Fn(&Event) -> bool + Send + Sync + 'static) -> Self {
        Self::new(move |_, txs, events| {
            events.retain(|event| !is_left_out(event));
            for tx in txs {
                tx.events.retain(|event| !is_left_out(event));
            }
        })
    }

    /// Leaves out all that IBC emits.
    pub fn without_ibc() -> Self {
        Self::without(|event| types::event::is_ibc_event(&event.kind))
    }

    /// Adds events to those of each block itself.
    pub fn adding(added: Vec<Event>) -> Self {
        Self::new(move |_, _, events| events.extend(added.iter().cloned()))
    }

    pub(crate) fn apply(&self, height: u64, txs: &mut Vec<TxResult>, events: &mut Vec<Event>) {
        (self.0)(height, txs, events);
    }
}

impl fmt::Debug for Rewrite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Rewrite(..)")
    }
}
