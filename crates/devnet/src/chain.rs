//! A chain: validators that make blocks of an application's transactions, as CometBFT 0.38 does.
//!
//! There is no network between the validators: a block is proposed, voted on and executed in one call, at a time that is
//! handed in. What comes out is what CometBFT would have made of it: headers (`state/execution.go`), votes, BFT time, the
//! rotation of proposers, validator sets that change two blocks after they were told to.
//!
//! A chain can be forked at any height whose state the application keeps ([`Chain::fork`]), go on as its next revision
//! ([`Chain::next_revision`]), stall ([`Chain::set_voting`]) and lie ([`Chain::attack`]).

mod attack;
mod block;
mod evidence;
mod fork;
mod history;
mod keys;
mod mempool;
mod params;
mod production;
mod rotation;
mod vote;

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use ed25519_consensus::SigningKey;
use light_client::{LightBlock, ValidatorSet};
use proto::tendermint_proto::types as raw;
use sha2::{Digest, Sha256};
use tendermint::block::signed_header::SignedHeader;
use tendermint::block::{self as comet, Commit, Header};
use tendermint::chain;
use types::{ChainId, Timestamp};

use crate::app::event::Event;
use crate::app::genesis::Genesis;
use crate::app::{AbciAnswer, AbciQuery, App, CheckKind, TxResult};

pub use attack::{Attack, AttackError, Conspiracy};
pub use evidence::EvidenceError;
pub use mempool::{MempoolError, MempoolLimits};
pub use params::ConsensusParams;
pub use rotation::ValidatorsError;
pub use vote::{Stalled, Voting};

use production::{Upcoming, comet_id};

/// What a chain is started with, beside its application's genesis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChainOptions {
    /// Voting powers; as many validators as there are powers. A validator's number is its place here.
    pub powers: Vec<u64>,
    /// Their keys follow from it.
    pub seed: u64,
    /// The time of the first block.
    pub genesis_time: Timestamp,
    /// The first height, 1 unless the chain goes on from an earlier revision.
    pub initial_height: u64,
}

/// A chain. A clone is a fork: both go on by themselves and share what they had.
#[derive(Clone, Debug)]
pub struct Chain {
    app: App,
    id: ChainId,
    /// The same, as headers hold it.
    comet_id: chain::Id,
    params: ConsensusParams,
    keys: keys::Keys,
    voting: BTreeMap<usize, Voting>,
    /// Powers that the next block changes, by the number of the validator.
    changes: BTreeMap<usize, u64>,
    upcoming: Upcoming,
    genesis_time: Timestamp,
    initial_height: u64,
    history: history::History,
    mempool: mempool::Mempool,
    evidence: evidence::Pool,
    common_height: Option<u64>,
}

/// A committed block, with all that nodes tell of it.
#[derive(Clone, Debug)]
pub struct Block {
    /// Its header; that of the next height holds the app hash and the results' hash that this block leads to.
    pub header: Header,
    /// Hash of the header, and of the part set.
    pub id: comet::Id,
    /// Its transactions.
    pub txs: Vec<Bytes>,
    /// Its evidence of misbehaviour.
    pub evidence: Vec<raw::Evidence>,
    /// The commit of the block before, as it stands in this block; none in the first.
    pub last_commit: Option<Commit>,
    /// The commit that made it final.
    pub commit: Commit,
    /// What the validators agreed on then.
    pub params: ConsensusParams,
    /// Its validators.
    pub validators: ValidatorSet,
    /// Those of the next height.
    pub next_validators: ValidatorSet,
    /// What each transaction did.
    pub results: Vec<TxResult>,
    /// What begin and end of the block emitted.
    pub events: Vec<Event>,
    /// The app hash after it.
    pub app_hash: [u8; 32],
}

impl Chain {
    /// A chain before its first block.
    ///
    /// # Panics
    /// When the powers make no validator set (none at all, one of zero, too much together), when the chain's id has
    /// other characters than letters, digits, `-`, `_` and `.`, or when the first height is over 32 bits.
    pub fn new(genesis: Genesis, options: ChainOptions) -> Self {
        let mut keys = keys::Keys::new(options.seed);
        let members: Vec<_> =
            options.powers.iter().enumerate().map(|(validator, power)| (keys.public(validator), *power)).collect();
        let validators = rotation::genesis(&members).expect("the powers make a validator set");
        let initial_height = options.initial_height.max(1);
        assert!(initial_height <= u64::from(u32::MAX), "the first height is over 32 bits");
        let upcoming = Upcoming {
            height: initial_height,
            time: options.genesis_time,
            last: None,
            next_validators: rotation::next(&validators),
            validators,
            // What an SDK chain answers to InitChain: nothing is committed yet.
            app_hash: Sha256::digest([]).into(),
            last_results_hash: block::results_hash(&[]),
        };
        Self {
            comet_id: comet_id(&genesis.chain_id).expect("the chain id is one that a header can hold"),
            id: genesis.chain_id.clone(),
            params: ConsensusParams::new(genesis.block_gas_max),
            app: App::new(genesis),
            keys,
            voting: BTreeMap::new(),
            changes: BTreeMap::new(),
            upcoming,
            genesis_time: options.genesis_time,
            initial_height,
            history: history::History::default(),
            mempool: mempool::Mempool::default(),
            evidence: evidence::Pool::default(),
            common_height: None,
        }
    }

    /// Its id.
    pub fn id(&self) -> &ChainId {
        &self.id
    }

    /// What its validators agree on beside the application.
    pub fn params(&self) -> &ConsensusParams {
        &self.params
    }

    /// The height of the last committed block; 0 before the first.
    pub fn height(&self) -> u64 {
        self.upcoming.last.as_ref().map_or(0, |block| block.header.height.value())
    }

    /// The time of its first block.
    pub fn genesis_time(&self) -> Timestamp {
        self.genesis_time
    }

    /// The first height.
    pub fn initial_height(&self) -> u64 {
        self.initial_height
    }

    /// The oldest block that is kept.
    pub fn earliest_height(&self) -> u64 {
        self.history.first().unwrap_or(self.initial_height)
    }

    /// A committed block.
    pub fn block(&self, height: u64) -> Option<&Arc<Block>> {
        self.history.get(height)
    }

    /// The committed blocks of these heights, in order. A forward attack leaves heights out, so many that nobody should
    /// count through them.
    pub(crate) fn blocks(&self, first: u64, last: u64) -> impl DoubleEndedIterator<Item = &Arc<Block>> {
        self.history.blocks(first, last)
    }

    /// The validators of a committed block, or of the one that comes next.
    pub fn validators(&self, height: u64) -> Option<&ValidatorSet> {
        if height == self.upcoming.height {
            return Some(&self.upcoming.validators);
        }
        self.block(height).map(|block| &block.validators)
    }

    /// A block as light clients want it.
    pub fn light_block(&self, height: u64) -> Option<LightBlock> {
        let block = self.block(height)?;
        Some(LightBlock {
            signed_header: SignedHeader::new(block.header.clone(), block.commit.clone()).ok()?,
            validators: block.validators.clone(),
            next_validators: Some(block.next_validators.clone()),
        })
    }

    /// Makes one block of what the mempool holds; the validators vote at `now`. Gives its height, or that of the last
    /// block when too few validators vote.
    ///
    /// The header's time is the median of the times at which the validators voted for the block *before*, as BFT time
    /// has it: what `now` says stands in the header of the next height.
    pub fn make_block(&mut self, now: Timestamp) -> u64 {
        self.try_make_block(now).unwrap_or_else(|_| self.height())
    }

    /// [`Chain::make_block`], which says why there is no block.
    ///
    /// # Errors
    /// When too few validators vote; nothing is changed then.
    pub fn try_make_block(&mut self, now: Timestamp) -> Result<u64, Stalled> {
        let evidence = self.evidence.pending(self.params.evidence_bytes_max);
        let txs = self.mempool.reap(self.space(evidence::list_bytes(&evidence)));
        self.make(txs, evidence, now)
    }

    /// Makes a block of these transactions, as a proposer may that does not ask its mempool: no CheckTx comes before.
    ///
    /// # Errors
    /// When too few validators vote; nothing is changed then.
    pub fn make_block_of(&mut self, txs: Vec<Bytes>, now: Timestamp) -> Result<u64, Stalled> {
        let evidence = self.evidence.pending(self.params.evidence_bytes_max);
        self.make(txs, evidence, now)
    }

    /// Offers a transaction to the mempool (`broadcast_tx_sync`).
    ///
    /// # Errors
    /// When the mempool does not even check it.
    pub fn offer(&mut self, tx: Bytes) -> Result<TxResult, MempoolError> {
        let space = self.space(0);
        self.mempool.offer(tx, space, |tx| self.app.check_tx(tx, CheckKind::New))
    }

    /// The transactions that wait.
    pub fn mempool(&self) -> impl Iterator<Item = &Bytes> {
        self.mempool.txs()
    }

    /// Sets how much the mempool holds; what it holds already stays.
    pub fn set_mempool_limits(&mut self, limits: MempoolLimits) {
        self.mempool.set_limits(limits);
    }

    /// Sets how many bytes a block may have, as a change of the consensus parameters does, from the next block on.
    pub fn set_block_bytes_max(&mut self, bytes: u64) {
        self.params.block_bytes_max = bytes;
    }

    /// Keeps so many blocks from now on (`min-retain-blocks`); none for all.
    pub fn retain_blocks(&mut self, blocks: Option<u64>) {
        self.history.retain(blocks);
    }

    /// Sets how a validator votes from now on. One that is absent proposes nothing either: the next round's proposer
    /// does.
    pub fn set_voting(&mut self, validator: usize, voting: Voting) {
        self.voting.insert(validator, voting);
    }

    /// Changes powers of validators, by their numbers: a new number adds one, power 0 removes one. The next block,
    /// h, brings the change; header h+1 announces it as its next validators; at h+2 it is in force.
    ///
    /// # Errors
    /// When CometBFT would not take the change; nothing is changed then.
    pub fn update_validators(&mut self, powers: &[(usize, u64)]) -> Result<(), ValidatorsError> {
        let mut changes = self.changes.clone();
        changes.extend(powers.iter().copied());
        let keyed = self.keyed(&changes);
        rotation::next_with(&self.upcoming.next_validators, &keyed)?;
        self.changes = changes;
        Ok(())
    }

    /// Asks the application.
    pub fn query(&self, query: &AbciQuery) -> AbciAnswer {
        self.app.query(query)
    }

    /// The secret key of a validator, for those who sign for it what its chain would not.
    pub fn signing_key(&self, validator: usize) -> SigningKey {
        self.keys.secret(validator)
    }

    /// The application.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The application, to be changed from outside; see [`App::edit`].
    pub fn app_mut(&mut self) -> &mut App {
        &mut self.app
    }
}

#[cfg(test)]
mod tests;
