//! Transactions on their way in (CometBFT `rpc/core/mempool.go`).

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use bytes::Bytes;
use serde_json::{Value, json};

use super::Result;
use super::page::page_size;
use super::txs::find_tx;
use crate::app::{CheckKind, TxResult};
use crate::chain::MempoolError;
use crate::network::tx_hash;
use crate::node::fault::Fault;
use crate::node::json_rpc::Failure;
use crate::node::method::Method;
use crate::node::params::Params;
use crate::node::{NodeState, json};

/// `timeout_broadcast_tx_commit` of CometBFT's configuration.
const COMMIT_WAIT: Duration = Duration::from_secs(10);

/// What became of a broadcast.
pub(crate) type Broadcast = core::result::Result<TxResult, MempoolError>;

/// Offers a transaction to the mempool, or only says so.
pub(crate) fn broadcast(node: &NodeState, method: Method, tx: Bytes) -> Broadcast {
    for fault in node.faults.of(method) {
        match fault {
            Fault::BroadcastRefused(code, codespace, log) => {
                return Ok(TxResult { code, codespace, log, ..TxResult::default() });
            }
            Fault::BroadcastLost => return Ok(TxResult::default()),
            _ => {}
        }
    }
    node.chain.with(|chain| chain.offer(tx))
}

pub(super) fn broadcast_tx_sync(node: &NodeState, params: &Params) -> Result {
    let tx = Bytes::from(params.bytes("tx")?);
    let hash = tx_hash(&tx);
    let checked = broadcast(node, Method::BroadcastTxSync, tx).map_err(Failure::new)?;
    Ok(checked_json(&checked, &hash))
}

/// Tells the hash alone; what CheckTx says, nobody hears.
pub(super) fn broadcast_tx_async(node: &NodeState, params: &Params) -> Result {
    let tx = Bytes::from(params.bytes("tx")?);
    let hash = tx_hash(&tx);
    broadcast(node, Method::BroadcastTxAsync, tx).map_err(Failure::new)?;
    Ok(checked_json(&TxResult::default(), &hash))
}

pub(super) async fn broadcast_tx_commit(node: &NodeState, params: &Params) -> Result {
    let tx = Bytes::from(params.bytes("tx")?);
    let hash = tx_hash(&tx);
    let mut heads = node.chain.head();
    let checked = broadcast(node, Method::BroadcastTxCommit, tx)
        .map_err(|error| Failure::new(format!("error on broadcastTxCommit: {error}")))?;
    let answer = |result: &TxResult, height: u64| {
        json!({
            "check_tx": json::checked_tx(&checked),
            "tx_result": json::delivered_tx(result),
            "hash": json::hex(&hash),
            "height": json::number(height),
        })
    };
    if checked.code != 0 {
        return Ok(answer(&TxResult::default(), 0));
    }
    let delivered = async {
        loop {
            let found = node.view(Method::BroadcastTxCommit, |view| find_tx(node, view, &hash));
            if let Some(found) = found {
                return Ok(answer(&found.result, found.height));
            }
            heads.changed().await.map_err(|_| Failure::new("txSub was canceled (reason: CometBFT exited)"))?;
        }
    };
    let late = |_| Failure::new("timed out waiting for tx to be included in a block");
    tokio::time::timeout(COMMIT_WAIT, delivered).await.map_err(late)?
}

pub(super) fn check_tx(node: &NodeState, params: &Params) -> Result {
    let tx = params.bytes("tx")?;
    let checked = node.chain.with(|chain| chain.app_mut().check_tx(&tx, CheckKind::New));
    Ok(json::checked_tx(&checked))
}

pub(super) fn unconfirmed_txs(node: &NodeState, params: &Params) -> Result {
    let limit = page_size(params.integer("limit")?);
    let txs = waiting(node);
    let listed: Vec<_> = txs.iter().take(limit).map(|tx| BASE64.encode(tx)).collect();
    Ok(counted(&txs, listed.len(), json!(listed)))
}

pub(super) fn num_unconfirmed_txs(node: &NodeState) -> Value {
    let txs = waiting(node);
    counted(&txs, txs.len(), Value::Null)
}

fn waiting(node: &NodeState) -> Vec<Bytes> {
    node.chain.with(|chain| chain.mempool().cloned().collect())
}

fn counted(txs: &[Bytes], told: usize, list: Value) -> Value {
    json!({
        "n_txs": json::number(told),
        "total": json::number(txs.len()),
        "total_bytes": json::number(txs.iter().map(Bytes::len).sum::<usize>()),
        "txs": list,
    })
}

fn checked_json(checked: &TxResult, hash: &[u8]) -> Value {
    json!({
        "code": checked.code,
        "data": json::hex(&checked.data),
        "log": checked.log,
        "codespace": checked.codespace,
        "hash": json::hex(hash),
    })
}
