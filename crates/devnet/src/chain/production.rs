//! How a block comes about: proposed, voted on, executed (CometBFT `state/execution.go`, `state/state.go`).

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use light_client::ValidatorSet;
use proto::tendermint_proto::types as raw;
use tendermint::block::{self as comet, Commit, Header, header::Version};
use tendermint::{AppHash, Hash, PublicKey, account, chain};
use types::{ChainId, Timestamp};

use super::{Block, Chain, Stalled, block, mempool, rotation, vote};
use crate::app::CheckKind;
use crate::app::context::BlockInfo;

/// What is settled of the next block by the one before (CometBFT `state.State`).
#[derive(Clone, Debug)]
pub(super) struct Upcoming {
    pub(super) height: u64,
    pub(super) time: Timestamp,
    /// None before the first block.
    pub(super) last: Option<Arc<Block>>,
    pub(super) validators: ValidatorSet,
    pub(super) next_validators: ValidatorSet,
    pub(super) app_hash: [u8; 32],
    pub(super) last_results_hash: [u8; 32],
}

/// A block that is proposed, and not voted on yet.
#[derive(Clone, Debug)]
pub(super) struct Proposal {
    pub(super) header: Header,
    pub(super) round: u16,
    pub(super) txs: Vec<Bytes>,
    pub(super) evidence: Vec<raw::Evidence>,
    pub(super) last_commit: Option<Commit>,
}

impl Chain {
    pub(super) fn make(
        &mut self,
        txs: Vec<Bytes>,
        evidence: Vec<raw::Evidence>,
        now: Timestamp,
    ) -> Result<u64, Stalled> {
        let proposal = self.propose(txs, evidence);
        self.decide(proposal, now)
    }

    /// The block that the proposer of the first round which has one would propose (`MakeBlock`).
    pub(super) fn propose(&self, txs: Vec<Bytes>, evidence: Vec<raw::Evidence>) -> Proposal {
        let upcoming = &self.upcoming;
        let (round, proposer_address) = self.proposer(0);
        let last_commit = upcoming.last.as_ref().map(|block| block.commit.clone());
        let last = last_commit.as_ref().map(block::raw_commit);
        let header = Header {
            version: Version { block: 11, app: 0 },
            chain_id: self.comet_id.clone(),
            height: comet_height(upcoming.height),
            time: vote::time(upcoming.time),
            last_block_id: upcoming.last.as_ref().map(|block| block.id),
            last_commit_hash: Some(Hash::Sha256(block::commit_hash(last.as_ref()))),
            data_hash: Some(Hash::Sha256(block::data_hash(&txs))),
            validators_hash: upcoming.validators.hash(),
            next_validators_hash: upcoming.next_validators.hash(),
            consensus_hash: Hash::Sha256(self.params.hash()),
            app_hash: app_hash(upcoming.app_hash),
            last_results_hash: Some(Hash::Sha256(upcoming.last_results_hash)),
            evidence_hash: Some(Hash::Sha256(block::evidence_hash(&evidence))),
            proposer_address,
        };
        Proposal { header, round, txs, evidence, last_commit }
    }

    /// The first round from this one on whose proposer is there, and that proposer.
    pub(super) fn proposer(&self, from: u16) -> (u16, account::Id) {
        let voters = self.voters();
        let mut set = Cow::Borrowed(&self.upcoming.validators);
        let mut round = 0;
        // When all are absent the round does not matter: no block comes about.
        let last = from.saturating_add(u16::try_from(set.len()).unwrap_or(u16::MAX));
        while round < last && (round < from || voters.is_absent(&set.proposer().address)) {
            set = Cow::Owned(rotation::next(&set));
            round += 1;
        }
        (round, set.proposer().address)
    }

    /// Votes on a proposal, executes it, and settles what comes next (`ApplyBlock`).
    pub(super) fn decide(&mut self, proposal: Proposal, now: Timestamp) -> Result<u64, Stalled> {
        let Proposal { header, round, txs, evidence, last_commit } = proposal;
        let last = last_commit.as_ref().map(block::raw_commit);
        let id = block::id(&header, &txs, &evidence, last);
        let commit = self.voters().commit(&header, id, round, now)?;

        let outcome = self.app.finalize_block(self.info(&header), &txs);
        let app_hash = self.app.commit();
        let Upcoming { validators, next_validators, .. } = self.upcoming.clone();
        let changes = std::mem::take(&mut self.changes);
        let changes = self.keyed(&changes);
        let after_next = rotation::next_with(&next_validators, &changes)
            .expect("update_validators has tried the changes on these validators");

        self.mempool.update(&txs, &outcome.txs, |tx| self.app.check_tx(tx, CheckKind::Recheck));
        self.evidence.commit(&evidence);
        let (results, events) = (outcome.txs, outcome.events);
        let block = Block {
            header,
            id,
            txs,
            evidence,
            last_commit,
            commit,
            params: self.params,
            validators,
            next_validators,
            results,
            events,
            app_hash,
        };
        let block = Arc::new(block);
        self.history.push(block.clone());
        self.upcoming = Upcoming::after(block, after_next);
        Ok(self.height())
    }

    pub(super) fn voters(&self) -> vote::Voters<'_> {
        vote::Voters { keys: &self.keys, voting: &self.voting, validators: &self.upcoming.validators }
    }

    pub(super) fn keyed(&mut self, changes: &BTreeMap<usize, u64>) -> Vec<(PublicKey, u64)> {
        changes.iter().map(|(validator, power)| (self.keys.public(*validator), *power)).collect()
    }

    pub(super) fn info(&self, header: &Header) -> BlockInfo {
        BlockInfo {
            chain_id: self.id.clone(),
            height: header.height.value(),
            time: vote::timestamp(header.time),
            proposer: header.proposer_address.as_bytes().try_into().unwrap_or_default(),
            next_validators_hash: vote::hash_bytes(header.next_validators_hash),
        }
    }

    pub(super) fn space(&self, evidence_bytes: u64) -> mempool::BlockSpace {
        let bytes_max = self.params.data_bytes_max(self.upcoming.validators.len(), evidence_bytes);
        mempool::BlockSpace { bytes_max, gas_max: self.params.block_gas_max }
    }
}

impl Upcoming {
    /// What a new block settles (`updateState`).
    pub(super) fn after(block: Arc<Block>, next_validators: ValidatorSet) -> Self {
        let validators = block.next_validators.clone();
        Self::of(block, validators, next_validators)
    }

    /// What was settled between two blocks of the past.
    pub(super) fn between(last: &Arc<Block>, next: &Block) -> Self {
        Self::of(last.clone(), next.validators.clone(), next.next_validators.clone())
    }

    pub(super) fn of(last: Arc<Block>, validators: ValidatorSet, next_validators: ValidatorSet) -> Self {
        let header_time = vote::timestamp(last.header.time);
        Self {
            height: last.header.height.value() + 1,
            time: vote::median_time(&last.commit, &last.validators).unwrap_or(header_time),
            app_hash: last.app_hash,
            last_results_hash: block::results_hash(&last.results),
            last: Some(last),
            validators,
            next_validators,
        }
    }
}

pub(super) fn app_hash(root: [u8; 32]) -> AppHash {
    AppHash::try_from(root.to_vec()).expect("any bytes are an app hash")
}

/// CometBFT counts heights in 63 bits.
pub(super) fn comet_height(height: u64) -> comet::Height {
    comet::Height::try_from(height).expect("no chain gets to a height of 63 bits")
}

pub(super) fn comet_id(id: &ChainId) -> Option<chain::Id> {
    id.as_str().parse().ok()
}
