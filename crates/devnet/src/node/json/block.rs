//! Blocks, headers and commits (CometBFT `types/block.go`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use tendermint::block::{Commit, CommitSig, Header};
use tendermint::{Hash, Signature, Time, account};

use super::{evidence, hex, number, time};
use crate::chain::Block;
use crate::node::wire;

/// Go's zero time, in votes that are not there.
const NO_TIME: &str = "0001-01-01T00:00:00Z";

/// `types.Block`.
pub(crate) fn block(block: &Block) -> Value {
    let txs: Vec<String> = block.txs.iter().map(|tx| BASE64.encode(tx)).collect();
    json!({
        "header": header(&block.header),
        "data": { "txs": txs },
        "evidence": { "evidence": block.evidence.iter().map(evidence).collect::<Vec<_>>() },
        "last_commit": block.last_commit.as_ref().map_or_else(no_commit, commit),
    })
}

/// `types.BlockMeta`.
pub(crate) fn block_meta(block: &Block) -> Value {
    json!({
        "block_id": block_id(&block.id),
        "block_size": number(wire::block_size(block)),
        "header": header(&block.header),
        "num_txs": number(block.txs.len()),
    })
}

/// `types.Header`.
pub(crate) fn header(header: &Header) -> Value {
    json!({
        "version": version(header),
        "chain_id": header.chain_id.as_str(),
        "height": number(header.height),
        "time": time(header.time),
        "last_block_id": header.last_block_id.as_ref().map_or_else(no_block_id, block_id),
        "last_commit_hash": optional_hash(header.last_commit_hash),
        "data_hash": optional_hash(header.data_hash),
        "validators_hash": hex(header.validators_hash.as_bytes()),
        "next_validators_hash": hex(header.next_validators_hash.as_bytes()),
        "consensus_hash": hex(header.consensus_hash.as_bytes()),
        "app_hash": hex(header.app_hash.as_bytes()),
        "last_results_hash": optional_hash(header.last_results_hash),
        "evidence_hash": optional_hash(header.evidence_hash),
        "proposer_address": hex(header.proposer_address.as_bytes()),
    })
}

/// The application's version is left out where it is 0 (`json:"app,omitempty"`).
fn version(header: &Header) -> Value {
    match header.version.app {
        0 => json!({ "block": number(header.version.block) }),
        app => json!({ "block": number(header.version.block), "app": number(app) }),
    }
}

/// `types.BlockID`.
pub(crate) fn block_id(id: &tendermint::block::Id) -> Value {
    json!({
        "hash": hex(id.hash.as_bytes()),
        "parts": { "total": id.part_set_header.total, "hash": hex(id.part_set_header.hash.as_bytes()) },
    })
}

/// The id of no block.
pub(crate) fn no_block_id() -> Value {
    json!({ "hash": "", "parts": { "total": 0, "hash": "" } })
}

/// `types.Commit`.
pub(crate) fn commit(commit: &Commit) -> Value {
    json!({
        "height": number(commit.height),
        "round": commit.round.value(),
        "block_id": block_id(&commit.block_id),
        "signatures": commit.signatures.iter().map(signature).collect::<Vec<_>>(),
    })
}

/// The commit in the first block: of height 0, and of nobody.
fn no_commit() -> Value {
    json!({ "height": "0", "round": 0, "block_id": no_block_id(), "signatures": [] })
}

fn signature(signature: &CommitSig) -> Value {
    let vote = |flag: u8, address: &account::Id, at: &Time, signature: &Option<Signature>| {
        json!({
            "block_id_flag": flag,
            "validator_address": hex(address.as_bytes()),
            "timestamp": time(*at),
            "signature": signature.as_ref().map(|signature| BASE64.encode(signature.as_bytes())),
        })
    };
    match signature {
        CommitSig::BlockIdFlagAbsent => {
            json!({ "block_id_flag": 1, "validator_address": "", "timestamp": NO_TIME, "signature": null })
        }
        CommitSig::BlockIdFlagCommit { validator_address, timestamp, signature } => {
            vote(2, validator_address, timestamp, signature)
        }
        CommitSig::BlockIdFlagNil { validator_address, timestamp, signature } => {
            vote(3, validator_address, timestamp, signature)
        }
    }
}

fn optional_hash(hash: Option<Hash>) -> String {
    hash.map(|hash| hex(hash.as_bytes())).unwrap_or_default()
}
