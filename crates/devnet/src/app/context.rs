//! What a handler works on: the state, the block that it is part of, gas, events.

use std::sync::Arc;

use types::{ChainId, Height, Timestamp};

use super::address::Address;
use super::error::Result;
use super::event::Event;
use super::gas::{self, GasMeter};
use super::paging::Entries;
use crate::state::MultiStore;

/// Names of the stores that a chain commits to.
pub mod store {
    /// Accounts.
    pub const AUTH: &str = "acc";
    /// Balances and supplies.
    pub const BANK: &str = "bank";
    /// Clients, connections, channels, packets.
    pub const IBC: &str = "ibc";
    /// Denominations of ICS-20.
    pub const TRANSFER: &str = "transfer";
    /// The test application.
    pub const PROBE: &str = "probe";
    /// What a chain leaves for its next revision.
    pub const UPGRADE: &str = "upgrade";
    /// All of them.
    pub const ALL: [&str; 6] = [AUTH, BANK, IBC, TRANSFER, PROBE, UPGRADE];
}

/// Why a transaction is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// CheckTx of a new transaction.
    Check,
    /// CheckTx of one that waits in the mempool, after a block.
    Recheck,
    /// To learn its gas.
    Simulate,
    /// In a block.
    Deliver,
    /// Not a transaction: a question to the state.
    Query,
}

/// The block that a handler runs in; in CheckTx and simulation, the last one that was committed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BlockInfo {
    /// The chain's id.
    pub chain_id: ChainId,
    /// The block's height.
    pub height: u64,
    /// The time of its header.
    pub time: Timestamp,
    /// The address of its proposer.
    pub proposer: [u8; 20],
    /// The hash of the next block's validators, as its header names them.
    pub next_validators_hash: [u8; 32],
}

/// The world of a handler.
#[derive(Clone, Debug)]
pub struct Ctx {
    /// The state; a handler that fails has it as it was.
    pub state: MultiStore,
    /// The block.
    pub block: BlockInfo,
    /// What addresses start with.
    pub prefix: Arc<str>,
    /// Why this runs.
    pub mode: Mode,
    /// The gas that is left.
    pub gas: GasMeter,
    /// What was emitted.
    pub events: Vec<Event>,
}

/// State and events as they were, to be gone back to.
#[derive(Debug)]
pub struct Checkpoint {
    state: MultiStore,
    events: Vec<Event>,
}

impl Ctx {
    /// The height of the block, with the revision of the chain's id (ibc-go `GetSelfHeight`).
    pub fn self_height(&self) -> Height {
        Height { revision_number: self.block.chain_id.revision_number(), revision_height: self.block.height }
    }

    /// Reads a value.
    ///
    /// # Errors
    /// When the gas is used up.
    pub fn get(&mut self, store: &'static str, key: &[u8]) -> Result<Option<Arc<[u8]>>> {
        self.gas.consume(gas::READ_COST, "ReadFlat")?;
        let value = self.state.get(store, key);
        self.gas.consume(gas::READ_COST_PER_BYTE * key.len() as u64, "ReadPerByte")?;
        let length = value.as_ref().map_or(0, |value| value.len());
        self.gas.consume(gas::READ_COST_PER_BYTE * length as u64, "ReadPerByte")?;
        Ok(value)
    }

    /// Is there a value?
    ///
    /// # Errors
    /// When the gas is used up.
    pub fn has(&mut self, store: &'static str, key: &[u8]) -> Result<bool> {
        self.gas.consume(gas::HAS_COST, "Has")?;
        Ok(self.state.get(store, key).is_some())
    }

    /// Writes a value.
    ///
    /// # Errors
    /// When the gas is used up.
    pub fn set(&mut self, store: &'static str, key: &[u8], value: impl Into<Arc<[u8]>>) -> Result<()> {
        let value = value.into();
        self.gas.consume(gas::WRITE_COST, "WriteFlat")?;
        self.gas.consume(gas::WRITE_COST_PER_BYTE * key.len() as u64, "WritePerByte")?;
        self.gas.consume(gas::WRITE_COST_PER_BYTE * value.len() as u64, "WritePerByte")?;
        self.state.set(store, key, value);
        Ok(())
    }

    /// Removes a value, if it is there.
    ///
    /// # Errors
    /// When the gas is used up.
    pub fn delete(&mut self, store: &'static str, key: &[u8]) -> Result<()> {
        self.gas.consume(gas::DELETE_COST, "Delete")?;
        self.state.remove(store, key);
        Ok(())
    }

    /// All keys that start with `prefix`, in order, with their values.
    ///
    /// # Errors
    /// When the gas is used up.
    pub fn with_prefix(&mut self, store: &'static str, prefix: &[u8]) -> Result<Entries> {
        let found: Vec<_> = self.state.with_prefix(store, prefix).collect();
        // The SDK's iterator charges for what it stands on when it is made, and again before each step.
        for (key, value) in found.first().into_iter().chain(&found) {
            self.gas.consume(gas::READ_COST_PER_BYTE * key.len() as u64, "ValuePerByte")?;
            self.gas.consume(gas::READ_COST_PER_BYTE * value.len() as u64, "ValuePerByte")?;
            self.gas.consume(gas::ITERATION_COST, "IterNextFlat")?;
        }
        if found.is_empty() {
            self.gas.consume(gas::ITERATION_COST, "IterNextFlat")?;
        }
        Ok(found)
    }

    /// Emits an event.
    pub fn emit(&mut self, event: Event) {
        self.events.push(event);
    }

    /// Remembers state and events; what is emitted from here on starts a list of its own. The SDK's `CacheContext`.
    /// To be ended by [`Ctx::keep`] or [`Ctx::revert`].
    pub fn checkpoint(&mut self) -> Checkpoint {
        Checkpoint { state: self.state.clone(), events: std::mem::take(&mut self.events) }
    }

    /// Keeps what was written and emitted since.
    pub fn keep(&mut self, checkpoint: Checkpoint) {
        let since = std::mem::replace(&mut self.events, checkpoint.events);
        self.events.extend(since);
    }

    /// Undoes what was written since, and gives back what was emitted since. Gas stays used.
    pub fn revert(&mut self, checkpoint: Checkpoint) -> Vec<Event> {
        self.state = checkpoint.state;
        std::mem::replace(&mut self.events, checkpoint.events)
    }

    /// Runs `body`; if it fails, nothing of it is left but the gas that it used.
    ///
    /// # Errors
    /// Those of `body`.
    pub fn attempt<T>(&mut self, body: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        let before = self.checkpoint();
        let outcome = body(self);
        if outcome.is_ok() {
            self.keep(before);
        } else {
            self.revert(before);
        }
        outcome
    }

    /// Reads an address of this chain.
    ///
    /// # Errors
    /// When it is none.
    pub fn address(&self, text: &str) -> Result<Address> {
        Address::parse(text, &self.prefix)
    }

    /// An address as text of this chain.
    pub fn text_of(&self, address: &Address) -> String {
        address.to_text(&self.prefix)
    }
}
