//! The application: what an SDK chain does with transactions and queries (cosmos-sdk `baseapp`).

pub mod address;
mod ante;
pub mod auth;
pub mod bank;
mod consensus;
pub mod context;
pub mod error;
pub mod event;
pub mod gas;
pub mod genesis;
pub mod ibc;
pub mod kind;
mod modules;
mod node_service;
pub mod paging;
pub mod probe;
pub(crate) mod query;
mod run;
mod simulation;
mod staking;
#[cfg(test)]
mod tests;
pub mod transfer;
mod tx;
mod upgrade;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use types::{ChainId, Timestamp};

use crate::state::{MultiStore, Root};
use context::{BlockInfo, Mode};
use event::Event;
use gas::GasMeter;
use genesis::Genesis;
use proto::google::protobuf::Any;
use proto::ics23::CommitmentProof;
use run::Runner;

/// An SDK application. A clone is a fork: both go on by themselves and share what they had.
#[derive(Clone, Debug)]
pub struct App {
    genesis: Arc<Genesis>,
    /// What blocks have made of it.
    state: MultiStore,
    /// What the mempool's transactions make of it.
    check_state: MultiStore,
    /// The block that is run, or was run last.
    block: BlockInfo,
    /// What [`App::edit`] emitted since the last block.
    edit_events: Vec<Event>,
    /// The states that blocks left, by their heights.
    saved: BTreeMap<u64, Arc<Saved>>,
}

/// The state that a block left.
#[derive(Debug)]
struct Saved {
    state: MultiStore,
    block: BlockInfo,
}

/// What became of a transaction (`abci.ExecTxResult`, `abci.ResponseCheckTx`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TxResult {
    /// 0 is success.
    pub code: u32,
    /// What `code` belongs to.
    pub codespace: String,
    /// The responses of the messages (protobuf `TxMsgData`).
    pub data: Vec<u8>,
    /// Why it failed.
    pub log: String,
    /// What it asked for.
    pub gas_wanted: i64,
    /// What it took.
    pub gas_used: i64,
    /// What it emitted; in a failed delivery, what the ante handler emitted.
    pub events: Vec<Event>,
}

/// What a block did (`abci.ResponseFinalizeBlock`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BlockResults {
    /// One for each transaction.
    pub txs: Vec<TxResult>,
    /// Events of begin and end of the block.
    pub events: Vec<Event>,
}

/// Is a transaction new to the mempool, or seen again after a block?
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CheckKind {
    /// `CheckTxType_New`.
    New,
    /// `CheckTxType_Recheck`.
    Recheck,
}

/// A question (`abci_query`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AbciQuery {
    /// `/store/ibc/key`, `/app/simulate`, `/app/version`, or a gRPC method's path.
    pub path: String,
    /// Key, transaction or request.
    pub data: Vec<u8>,
    /// The state that is asked; 0 for the newest.
    pub height: u64,
    /// With proof?
    pub prove: bool,
}

/// Its answer.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AbciAnswer {
    /// 0 is success.
    pub code: u32,
    /// What `code` belongs to.
    pub codespace: String,
    /// Why it failed.
    pub log: String,
    /// The key asked for, in store queries.
    pub key: Vec<u8>,
    /// Value or response; none where a store has nothing, and where the question is refused.
    pub value: Option<Vec<u8>>,
    /// Where a proof was asked for: of the store, then of the multistore.
    pub proof: Option<[CommitmentProof; 2]>,
    /// The state that answered.
    pub height: u64,
}

impl App {
    /// An application at its start; nothing is committed yet.
    ///
    /// # Panics
    /// When the genesis endows with more than 128 bits of a denomination.
    pub fn new(genesis: Genesis) -> Self {
        let block = BlockInfo {
            chain_id: genesis.chain_id.clone(),
            height: 0,
            time: Timestamp::ZERO,
            proposer: [0; 20],
            next_validators_hash: [0; 32],
        };
        let runner = Runner { genesis: &genesis, block: &block, mode: Mode::Deliver };
        let mut ctx = runner.context(MultiStore::new(&context::store::ALL), GasMeter::unlimited());
        genesis
            .write(&mut ctx)
            .and_then(|()| modules::init_genesis(&mut ctx))
            .expect("gas has no end, and sums of a genesis fit");
        let state = ctx.state;
        Self {
            genesis: Arc::new(genesis),
            check_state: state.clone(),
            state,
            block,
            edit_events: Vec::new(),
            saved: BTreeMap::new(),
        }
    }

    /// What it was started with.
    pub fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// CheckTx: runs the ante handler on the check state.
    pub fn check_tx(&mut self, tx: &[u8], kind: CheckKind) -> TxResult {
        let mode = match kind {
            CheckKind::New => Mode::Check,
            CheckKind::Recheck => Mode::Recheck,
        };
        let runner = Runner { genesis: &self.genesis, block: &self.block, mode };
        runner.run(&mut self.check_state, tx).into_result()
    }

    /// FinalizeBlock: runs all transactions of a block. [`App::commit`] must follow.
    pub fn finalize_block(&mut self, block: BlockInfo, txs: &[Bytes]) -> BlockResults {
        self.block = BlockInfo { chain_id: self.genesis.chain_id.clone(), ..block };
        let mut results = BlockResults { events: self.begin_block(), txs: Vec::with_capacity(txs.len()) };
        let runner = Runner { genesis: &self.genesis, block: &self.block, mode: Mode::Deliver };
        let limit = self.genesis.block_gas_max.filter(|max| *max > 0);
        let mut block_gas = limit.map_or_else(GasMeter::unlimited, GasMeter::limited);
        for bytes in txs {
            results.txs.push(match tx::Tx::decode(bytes) {
                Ok(tx) => runner.deliver(&mut self.state, &tx, bytes.len(), &mut block_gas).into_result(),
                Err(_) => undecodable(),
            });
        }
        let edited = std::mem::take(&mut self.edit_events);
        results.events.extend(edited.into_iter().map(|event| event.with("mode", "EndBlock")));
        results
    }

    /// What modules do before a block's transactions.
    fn begin_block(&mut self) -> Vec<Event> {
        let runner = Runner { genesis: &self.genesis, block: &self.block, mode: Mode::Deliver };
        let mut ctx = runner.context(self.state.clone(), GasMeter::unlimited());
        if let Err(error) = ibc::client::begin_block(&mut ctx) {
            // A real node would halt; a devnet goes on without what the module wanted to write.
            tracing::error!(%error, height = self.block.height, "begin block failed");
            return Vec::new();
        }
        self.state = ctx.state;
        ctx.events.into_iter().map(|event| event.with("mode", "BeginBlock")).collect()
    }

    /// Commit: saves the state under the block's height, resets the check state, prunes. Gives the app hash.
    pub fn commit(&mut self) -> Root {
        let height = self.block.height;
        let root = self.state.save(height);
        self.check_state = self.state.clone();
        let saved = Saved { state: self.state.clone(), block: self.block.clone() };
        self.saved.insert(height, Arc::new(saved));
        if let Some(kept) = self.genesis.states_kept {
            while self.saved.first_key_value().is_some_and(|(old, _)| old.saturating_add(kept) < height) {
                self.saved.pop_first();
            }
        }
        root
    }

    /// Changes the state by other means than a transaction, as a governance proposal would; part of the next block,
    /// which tells what was emitted.
    ///
    /// # Errors
    /// Those of `work`; nothing is changed then.
    pub fn edit<T>(&mut self, work: impl FnOnce(&mut context::Ctx) -> error::Result<T>) -> error::Result<T> {
        let runner = Runner { genesis: &self.genesis, block: &self.block, mode: Mode::Deliver };
        let mut ctx = runner.context(self.state.clone(), GasMeter::unlimited());
        let done = work(&mut ctx)?;
        self.state = ctx.state;
        self.edit_events.append(&mut ctx.events);
        Ok(done)
    }

    /// Runs a message as governance does once a proposal has passed: at the end of a block, and in no transaction. Part of
    /// the next block, which tells what was emitted. Who signed it is not asked.
    ///
    /// # Errors
    /// Those of the message, or code 6 of codespace `sdk` for one of a kind that no module handles; nothing is changed
    /// then.
    pub fn execute(&mut self, message: &Any) -> error::Result<Any> {
        let Some(kind) = modules::message(&message.type_url) else {
            return Err(error::sdk::UNKNOWN_REQUEST.wrap(format!("can't route message {}", message.type_url)));
        };
        self.edit(|ctx| {
            (kind.validate)(ctx, &message.value)?;
            (kind.handle)(ctx, &message.value)
        })
    }

    /// The application as it was when `height` was its last commit; none where that state is not kept.
    pub fn at(&self, height: u64) -> Option<Self> {
        let saved = self.saved.get(&height)?;
        Some(Self {
            genesis: self.genesis.clone(),
            state: saved.state.clone(),
            check_state: saved.state.clone(),
            block: saved.block.clone(),
            edit_events: Vec::new(),
            saved: self.saved.range(..=height).map(|(height, saved)| (*height, saved.clone())).collect(),
        })
    }

    /// The same state under another chain id.
    #[must_use]
    pub fn renamed(&self, id: ChainId) -> Self {
        let mut renamed = self.clone();
        renamed.block.chain_id = id.clone();
        renamed.genesis = Arc::new(Genesis { chain_id: id, ..(*self.genesis).clone() });
        renamed
    }

    /// The oldest state that is kept; 0 before the first commit.
    pub fn earliest_height(&self) -> u64 {
        self.saved.keys().next().copied().unwrap_or(0)
    }

    /// The height of the last commit; 0 before the first.
    pub fn height(&self) -> u64 {
        self.saved.keys().next_back().copied().unwrap_or(0)
    }

    /// The largest sum of gas limits in a block; none for no limit.
    pub fn block_gas_max(&self) -> Option<u64> {
        self.genesis.block_gas_max
    }
}

/// What a block tells of a transaction that can't be read.
fn undecodable() -> TxResult {
    let error = error::sdk::TX_DECODE.plain();
    TxResult { code: error.code, codespace: error.codespace.to_owned(), log: error.log, ..TxResult::default() }
}
