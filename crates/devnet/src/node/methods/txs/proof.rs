//! That a transaction is in a block (CometBFT `types/tx.go`, `crypto/merkle/proof.go`; RFC 6962 trees).

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::network::tx_hash;
use crate::node::json;

type Hash = [u8; 32];

/// `types.TxProof`. The leaves of the tree are the hashes of the transactions.
pub(super) fn tx_proof<T: AsRef<[u8]>>(txs: &[T], index: usize) -> Value {
    let leaves: Vec<Hash> = txs.iter().map(|tx| leaf(&tx_hash(tx.as_ref()))).collect();
    let mut aunts = Vec::new();
    let root = climb(&leaves, index, &mut aunts);
    json!({
        "root_hash": json::hex(&root),
        "data": txs.get(index).map(|tx| json::base64(tx.as_ref())),
        "proof": {
            "total": json::number(leaves.len()),
            "index": json::number(index),
            "leaf_hash": leaves.get(index).map(|leaf| json::base64(leaf)),
            "aunts": aunts.iter().map(|aunt| json::base64(aunt)).collect::<Vec<_>>(),
        },
    })
}

/// The root of a tree; adds the aunts of one of its leaves, from the lowest up.
fn climb(leaves: &[Hash], index: usize, aunts: &mut Vec<Hash>) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [one] => *one,
        more => {
            // The largest power of two that is less than the number of leaves.
            let (left, right) = more.split_at(more.len().div_ceil(2).next_power_of_two());
            let mut elsewhere = Vec::new();
            let (left, right) = if index < left.len() {
                let root = climb(left, index, aunts);
                let other = climb(right, 0, &mut elsewhere);
                aunts.push(other);
                (root, other)
            } else {
                let other = climb(left, 0, &mut elsewhere);
                let root = climb(right, index - left.len(), aunts);
                aunts.push(other);
                (other, root)
            };
            Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
        }
    }
}

fn leaf(bytes: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(bytes).finalize().into()
}
