//! Transactions in blocks, and the search for them and for blocks (CometBFT `rpc/core/tx.go`, `blocks.go`).

mod proof;

use bytes::Bytes;
use serde_json::{Value, json};

use super::{Page, Result, blocks};
use crate::app::TxResult;
use crate::chain::Block;
use crate::go::decode_hex;
use crate::network::tx_hash;
use crate::node::json_rpc::Failure;
use crate::node::method::Method;
use crate::node::params::Params;
use crate::node::search::{Index, Query};
use crate::node::view::View;
use crate::node::{NodeState, json};

/// Characters of a query, at most.
const QUERY_LENGTH_MAX: usize = 512;

/// A transaction, and what became of it.
pub(crate) struct Found {
    pub(crate) height: u64,
    pub(crate) index: usize,
    pub(crate) tx: Bytes,
    pub(crate) result: TxResult,
}

pub(super) fn tx(node: &NodeState, params: &Params) -> Result {
    let hash = params.bytes("hash")?;
    let prove = params.flag("prove")?;
    if !node.indexes_txs() {
        return Err(Failure::new("transaction indexing is disabled"));
    }
    node.view(Method::Tx, |view| {
        let found = find_tx(node, view, &hash);
        let found = found.ok_or_else(|| Failure::new(format!("tx ({}) not found", json::hex(&hash))))?;
        Ok(tx_json(view, &found, prove))
    })
}

/// A transaction by its hash. The chain's are indexed, a fork's own are few.
pub(crate) fn find_tx(node: &NodeState, view: &View<'_>, hash: &[u8]) -> Option<Found> {
    let here = |block: &Block, index: usize| block.txs.get(index).is_some_and(|tx| tx_hash(tx) == hash);
    if let Some((height, index)) = node.chain.place_of(hash)
        && let Some(block) = view.block(height)
        && here(block, index)
    {
        return found(view, block, index);
    }
    view.own_blocks_of_fork().find_map(|block| {
        let index = (0..block.txs.len()).find(|index| here(block, *index))?;
        found(view, block, index)
    })
}

fn found<'a>(view: &View<'a>, block: &'a Block, index: usize) -> Option<Found> {
    let (results, _) = view.results(block);
    let (tx, result) = (block.txs.get(index)?.clone(), results.get(index)?.clone());
    Some(Found { height: block.header.height.value(), index, tx, result })
}

pub(super) fn tx_search(node: &NodeState, params: &Params) -> Result {
    let query = params.text("query")?;
    let prove = params.flag("prove")?;
    let page = Page::read(params)?;
    let order = params.text("order_by")?;
    node.view(Method::TxSearch, |view| {
        let results = search_txs(node, view, &query, &order)?;
        let part = page.of(&results)?;
        let txs: Vec<_> = part.iter().map(|found| tx_json(view, found, prove)).collect();
        Ok(json!({ "txs": txs, "total_count": json::number(results.len()) }))
    })
}

/// All transactions that a query finds.
pub(crate) fn search_txs(node: &NodeState, view: &View<'_>, query: &str, order: &str) -> Result<Vec<Found>> {
    if !node.indexes_txs() {
        return Err(Failure::new("transaction indexing is disabled"));
    }
    if query.len() > QUERY_LENGTH_MAX {
        return Err(Failure::new("maximum query length exceeded"));
    }
    let query = Query::parse(query).map_err(Failure::Internal)?;
    let descending = is_descending(order, "asc")?;
    // A hash is enough, whatever else is asked for.
    if let Some(condition) = query.conditions.iter().find(|condition| condition.tag == "tx.hash") {
        let hash = decode_hex(condition.argument.as_ref().map_or("", |argument| argument.text()))
            .map_err(|error| Failure::new(format!("error during searching for a hash in the query: {error}")))?;
        return Ok(find_tx(node, view, &hash).into_iter().collect());
    }
    let index = Index::new(&query, "tx.height");
    let mut all = Vec::new();
    for block in view.blocks_above(0).filter(|block| index.is_within(block.header.height.value())) {
        let (results, _) = view.results(block);
        for (place, result) in results.iter().enumerate() {
            if index.finds(block.header.height.value(), result.events.iter()) {
                all.extend(found(view, block, place));
            }
        }
    }
    if descending {
        all.reverse();
    }
    Ok(all)
}

pub(super) fn block_search(node: &NodeState, params: &Params) -> Result {
    let query = params.text("query")?;
    let page = Page::read(params)?;
    let order = params.text("order_by")?;
    if !node.indexes_txs() {
        return Err(Failure::new("block indexing is disabled"));
    }
    let query = Query::parse(&query).map_err(Failure::Internal)?;
    let descending = is_descending(&order, "desc")?;
    node.view(Method::BlockSearch, |view| {
        let index = Index::new(&query, "block.height");
        let is_found = |block: &Block| {
            let (_, events) = view.results(block);
            index.finds(block.header.height.value(), events.iter())
        };
        let blocks = view.blocks_above(0).map(AsRef::as_ref);
        let mut results: Vec<&Block> = blocks.filter(|block| is_found(block)).collect();
        if descending {
            results.reverse();
        }
        let part: Vec<_> = page.of(&results)?.iter().map(|block| blocks::whole(block)).collect();
        Ok(json!({ "blocks": part, "total_count": json::number(results.len()) }))
    })
}

fn is_descending(order: &str, default: &str) -> Result<bool> {
    match if order.is_empty() { default } else { order } {
        "asc" => Ok(false),
        "desc" => Ok(true),
        _ => Err(Failure::new("expected order_by to be either `asc` or `desc` or empty")),
    }
}

fn tx_json(view: &View<'_>, found: &Found, prove: bool) -> Value {
    let mut told = json!({
        "hash": json::hex(&tx_hash(&found.tx)),
        "height": json::number(found.height),
        "index": found.index,
        "tx_result": json::delivered_tx(&found.result),
        "tx": json::base64(&found.tx),
    });
    if prove && let Some(block) = view.block(found.height) {
        told["proof"] = proof::tx_proof(&block.txs, found.index);
    }
    told
}

#[cfg(test)]
mod tests;
