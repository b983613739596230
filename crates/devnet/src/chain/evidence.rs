//! Evidence of misbehaviour: taken when it proves something, and put into the next block (CometBFT `evidence/pool.go`).

pub(super) mod check;

use std::collections::{BTreeMap, BTreeSet};

use proto::Message;
use proto::tendermint_proto::types::{self as raw, evidence::Sum};
use sha2::{Digest, Sha256};
use tendermint::{Hash, account};

use super::Chain;
use super::history::History;

type EvidenceHash = [u8; 32];

/// Why evidence is not taken. The texts are CometBFT's, as far as they name no Go types.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the variants are told by their messages")]
pub enum EvidenceError {
    #[error("no evidence was provided")]
    Missing,
    #[error("evidence.ValidateBasic failed: {0}")]
    Malformed(String),
    #[error("don't have header #{0}")]
    UnknownHeight(i64),
    #[error("evidence has a different time to the block it is associated with ({got} != {expected})")]
    Time { got: String, expected: String },
    #[error("evidence from height {0} is too old")]
    TooOld(i64),
    #[error("address {address} was not a validator at height {height}")]
    NotAValidator { address: account::Id, height: u64 },
    #[error("h/r/s does not match")]
    OtherVote,
    #[error("validator addresses do not match: {0} vs {1}")]
    OtherValidator(account::Id, account::Id),
    #[error("block IDs are the same - not a real duplicate vote")]
    SameBlock,
    #[error("validator power from evidence and our validator set does not match ({got} != {expected})")]
    ValidatorPower { got: i64, expected: u64 },
    #[error("total voting power from the evidence and our validator set does not match ({got} != {expected})")]
    TotalPower { got: i64, expected: u64 },
    #[error("verifying {0}: invalid signature")]
    VoteSignature(&'static str),
    #[error("latest block time ({latest}) is before conflicting block time ({conflicting})")]
    NotYet { latest: String, conflicting: String },
    #[error("skipping verification of conflicting block failed: {0}")]
    Untrusted(String),
    #[error(
        "common height is the same as conflicting block height so expected the conflicting block to be correctly derived yet it wasn't"
    )]
    NotDerived,
    #[error("invalid commit from conflicting block: {0}")]
    Commit(String),
    #[error("conflicting block doesn't violate monotonically increasing time ({conflicting} is after {latest})")]
    TimeIsMonotonic { conflicting: String, latest: String },
    #[error("trusted header hash matches the evidence's conflicting header hash: {0}")]
    SameHeader(Hash),
    #[error("expected {expected} byzantine validators from evidence but got {got}")]
    ByzantineCount { expected: usize, got: usize },
    #[error("byzantine validator at index {0} is another than expected")]
    Byzantine(usize),
}

/// Evidence that waits for a block, and that which is in one.
#[derive(Clone, Debug, Default)]
pub(super) struct Pool {
    /// By the height of the misbehaviour, as CometBFT stores it.
    pending: BTreeMap<(i64, EvidenceHash), raw::Evidence>,
    committed: BTreeSet<EvidenceHash>,
}

impl Pool {
    /// A pool that knows what stands in these blocks.
    pub(super) fn of(history: &History) -> Self {
        let committed = history.blocks(0, u64::MAX).flat_map(|block| &block.evidence).map(hash).collect();
        Self { pending: BTreeMap::new(), committed }
    }

    /// What goes into the next block.
    pub(super) fn pending(&self, bytes_max: u64) -> Vec<raw::Evidence> {
        let mut bytes = 0;
        let fits = |evidence: &&raw::Evidence| {
            bytes += list_bytes(std::slice::from_ref(*evidence));
            bytes <= bytes_max
        };
        self.pending.values().take_while(fits).cloned().collect()
    }

    /// Remembers what a block has brought.
    pub(super) fn commit(&mut self, evidence: &[raw::Evidence]) {
        for evidence in evidence {
            self.pending.remove(&(height(evidence), hash(evidence)));
            self.committed.insert(hash(evidence));
        }
    }
}

impl Chain {
    /// Takes evidence of misbehaviour, to be put into the next block (`broadcast_evidence`). Gives its hash, for evidence
    /// that is known already too.
    ///
    /// # Errors
    /// When it proves nothing about this chain.
    pub fn submit_evidence(&mut self, evidence: raw::Evidence) -> Result<EvidenceHash, EvidenceError> {
        let checked = check::basic(&evidence)?;
        let (height, hash) = (height(&evidence), hash(&evidence));
        if self.evidence.pending.contains_key(&(height, hash)) || self.evidence.committed.contains(&hash) {
            return Ok(hash);
        }
        check::against(self, checked, height)?;
        self.evidence.pending.insert((height, hash), evidence);
        Ok(hash)
    }
}

/// The bytes of the evidence itself (`Evidence.Bytes`).
pub(super) fn bytes(evidence: &raw::Evidence) -> Vec<u8> {
    match &evidence.sum {
        Some(Sum::DuplicateVoteEvidence(votes)) => votes.encode_to_vec(),
        Some(Sum::LightClientAttackEvidence(attack)) => attack.encode_to_vec(),
        None => Vec::new(),
    }
}

/// What a list of evidence adds to the bytes of a block.
pub(super) fn list_bytes(list: &[raw::Evidence]) -> u64 {
    raw::EvidenceList { evidence: list.to_vec() }.encoded_len() as u64
}

/// `Evidence.Hash`. That of an attack leaves out who signed, so that the same attack is not reported in many ways.
pub(super) fn hash(evidence: &raw::Evidence) -> EvidenceHash {
    let Some(Sum::LightClientAttackEvidence(attack)) = &evidence.sum else {
        return Sha256::digest(bytes(evidence)).into();
    };
    let header = attack.conflicting_block.as_ref().and_then(|block| block.signed_header.as_ref()?.header.clone());
    let header_hash = header.and_then(|header| tendermint::block::Header::try_from(header).ok()).map(|h| h.hash());
    // One byte short in CometBFT, and so here: 31 bytes of the hash, a zero, the height as a zigzag varint.
    let mut preimage = header_hash.map(|hash| hash.as_bytes().to_vec()).unwrap_or_default();
    preimage.resize(31, 0);
    preimage.push(0);
    let zigzag = (attack.common_height << 1) ^ (attack.common_height >> 63);
    prost::encoding::encode_varint(zigzag.cast_unsigned(), &mut preimage);
    Sha256::digest(preimage).into()
}

/// The height that the evidence is about, by which it grows old.
fn height(evidence: &raw::Evidence) -> i64 {
    match &evidence.sum {
        Some(Sum::DuplicateVoteEvidence(votes)) => votes.vote_a.as_ref().map_or(0, |vote| vote.height),
        Some(Sum::LightClientAttackEvidence(attack)) => attack.common_height,
        None => 0,
    }
}

#[cfg(test)]
mod tests;
