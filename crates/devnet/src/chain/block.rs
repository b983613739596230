//! What a block looks like: its hashes and its bytes (CometBFT `types/block.go`, `types/part_set.go`, `types/results.go`).

use bytes::Bytes;
use proto::Message;
use proto::tendermint_proto::{abci, types as raw};
use sha2::{Digest, Sha256};
use tendermint::block::{Commit, Header, parts};
use tendermint::crypto::default::Sha256 as Hasher;
use tendermint::{Hash, block, merkle};

use crate::app::TxResult;
use crate::chain::evidence;

/// `types.BlockPartSizeBytes`.
const PART_BYTES: usize = 65_536;

/// The root of a simple Merkle tree.
pub(super) fn merkle_root<T: AsRef<[u8]>>(leaves: &[T]) -> [u8; 32] {
    merkle::simple_hash_from_byte_vectors::<Hasher>(leaves)
}

/// `data_hash`: of the hashes of the transactions.
pub(super) fn data_hash(txs: &[Bytes]) -> [u8; 32] {
    let hashes: Vec<[u8; 32]> = txs.iter().map(|tx| Sha256::digest(tx).into()).collect();
    merkle_root(&hashes)
}

/// `last_results_hash` of the next block: of what is the same on all nodes, logs and events left out.
pub(super) fn results_hash(results: &[TxResult]) -> [u8; 32] {
    let deterministic = |result: &TxResult| abci::ExecTxResult {
        code: result.code,
        data: result.data.clone().into(),
        gas_wanted: result.gas_wanted,
        gas_used: result.gas_used,
        ..Default::default()
    };
    let leaves: Vec<Vec<u8>> = results.iter().map(|result| deterministic(result).encode_to_vec()).collect();
    merkle_root(&leaves)
}

/// `last_commit_hash`: of the entries of the commit; none in the first block.
pub(super) fn commit_hash(commit: Option<&raw::Commit>) -> [u8; 32] {
    let entries = commit.map(|commit| commit.signatures.as_slice()).unwrap_or_default();
    let leaves: Vec<Vec<u8>> = entries.iter().map(Message::encode_to_vec).collect();
    merkle_root(&leaves)
}

/// `evidence_hash`: of the evidence's own bytes, without the envelope that says of which kind it is.
pub(super) fn evidence_hash(list: &[raw::Evidence]) -> [u8; 32] {
    let leaves: Vec<Vec<u8>> = list.iter().map(evidence::bytes).collect();
    merkle_root(&leaves)
}

/// The id of a block: the hash of its header, and that of the parts in which its bytes travel.
pub(super) fn id(
    header: &Header,
    txs: &[Bytes],
    evidence: &[raw::Evidence],
    last_commit: Option<raw::Commit>,
) -> block::Id {
    let bytes = encode(header, txs, evidence, last_commit);
    let parts: Vec<&[u8]> = bytes.chunks(PART_BYTES).collect();
    let count = u32::try_from(parts.len()).expect("a block has fewer parts than 32 bits count");
    let part_set_header =
        parts::Header::new(count, Hash::Sha256(merkle_root(&parts))).expect("a hash with parts is a header of parts");
    block::Id { hash: header.hash(), part_set_header }
}

/// A commit as it stands in the block that follows.
pub(super) fn raw_commit(commit: &Commit) -> raw::Commit {
    commit.clone().into()
}

/// The protobuf of a block. What Go's structures hold by value is written although it is empty.
fn encode(header: &Header, txs: &[Bytes], evidence: &[raw::Evidence], last_commit: Option<raw::Commit>) -> Vec<u8> {
    let nothing = || raw::BlockId { part_set_header: Some(raw::PartSetHeader::default()), ..Default::default() };
    let mut header = raw::Header::from(header.clone());
    header.last_block_id.get_or_insert_with(nothing);
    let first_commit = || raw::Commit { block_id: Some(nothing()), ..Default::default() };
    let block = raw::Block {
        header: Some(header),
        data: Some(raw::Data { txs: txs.iter().map(|tx| tx.to_vec()).collect() }),
        evidence: Some(raw::EvidenceList { evidence: evidence.to_vec() }),
        last_commit: Some(last_commit.unwrap_or_else(first_commit)),
    };
    block.encode_to_vec()
}

#[cfg(test)]
mod tests;
