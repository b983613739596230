//! Blocks and what is in them (CometBFT `rpc/core/blocks.go`).

use serde_json::{Value, json};

use super::{Result, height};
use crate::chain::Block;
use crate::node::json_rpc::Failure;
use crate::node::method::Method;
use crate::node::params::Params;
use crate::node::{NodeState, json};

/// Headers in one answer of `blockchain`.
const HEADERS_MAX: i64 = 20;

pub(super) fn block(node: &NodeState, params: &Params) -> Result {
    let asked = params.integer("height")?;
    node.view(Method::Block, |view| {
        let view = view.of_blocks();
        let height = height(&view, asked, view.head())?;
        Ok(view.block(height).map_or_else(no_block, |block| whole(block)))
    })
}

pub(super) fn block_by_hash(node: &NodeState, params: &Params) -> Result {
    let hash = params.bytes("hash")?;
    node.view(Method::BlockByHash, |view| {
        let found = view.of_blocks().blocks_above(0).rev().find(|block| block.id.hash.as_bytes() == hash);
        Ok(found.map_or_else(no_block, |block| whole(block)))
    })
}

pub(super) fn header(node: &NodeState, params: &Params) -> Result {
    let asked = params.integer("height")?;
    node.view(Method::Header, |view| {
        let view = view.of_blocks();
        let height = height(&view, asked, view.head())?;
        Ok(json!({ "header": view.block(height).map(|block| json::header(&block.header)) }))
    })
}

pub(super) fn header_by_hash(node: &NodeState, params: &Params) -> Result {
    let hash = params.hex("hash")?;
    node.view(Method::HeaderByHash, |view| {
        let found = view.of_blocks().blocks_above(0).rev().find(|block| block.id.hash.as_bytes() == hash);
        Ok(json!({ "header": found.map(|block| json::header(&block.header)) }))
    })
}

/// The commit of the newest block is the one that this node saw; that of any other stands in the block above.
pub(super) fn commit(node: &NodeState, params: &Params) -> Result {
    let asked = params.integer("height")?;
    node.view(Method::Commit, |view| {
        let view = view.of_blocks();
        let height = height(&view, asked, view.head())?;
        let Some(block) = view.block(height) else { return Ok(Value::Null) };
        let is_canonical = height < view.head();
        let above = view.block(height + 1).and_then(|block| block.last_commit.as_ref());
        // The fork's first block holds the commit of the block that both share.
        let commit = above.filter(|commit| commit.block_id == block.id).unwrap_or(&block.commit);
        Ok(json!({
            "signed_header": { "header": json::header(&block.header), "commit": json::commit(commit) },
            "canonical": is_canonical,
        }))
    })
}

pub(super) fn blockchain(node: &NodeState, params: &Params) -> Result {
    let min = params.integer("minHeight")?.unwrap_or(0);
    let max = params.integer("maxHeight")?.unwrap_or(0);
    node.view(Method::Blockchain, |view| {
        let view = view.of_blocks();
        if min < 0 || max < 0 {
            return Err(Failure::new("heights must be non-negative"));
        }
        let (base, head) = (signed(view.earliest()), signed(view.head()));
        let max = if max == 0 { head } else { max.min(head) };
        let min = min.max(1).max(base).max(max - HEADERS_MAX + 1);
        if min > max {
            return Err(Failure::new(format!("min height {min} can't be greater than max height {max}")));
        }
        let heights = (min..=max).rev().filter_map(|height| u64::try_from(height).ok());
        let metas: Vec<_> =
            heights.filter_map(|height| view.block(height)).map(|block| json::block_meta(block)).collect();
        Ok(json!({ "last_height": json::number(head), "block_metas": metas }))
    })
}

pub(super) fn block_results(node: &NodeState, params: &Params) -> Result {
    let asked = params.integer("height")?;
    node.view(Method::BlockResults, |view| {
        let height = height(view, asked, view.head())?;
        let block = view.block(height).filter(|_| !view.has_lost_results(height));
        let block = block.ok_or_else(|| Failure::new(format!("could not find results for height #{height}")))?;
        let (txs, events) = view.results(block);
        let txs: Vec<_> = txs.iter().map(json::delivered_tx).collect();
        Ok(json!({
            "height": json::number(height),
            "txs_results": if txs.is_empty() { Value::Null } else { Value::Array(txs) },
            "finalize_block_events": json::block_events(&events),
            "validator_updates": null,
            "consensus_param_updates": json::updated_params(view.params()),
            "app_hash": json::base64(&block.app_hash),
        }))
    })
}

/// A block with its id.
pub(super) fn whole(block: &Block) -> Value {
    json!({ "block_id": json::block_id(&block.id), "block": json::block(block) })
}

fn no_block() -> Value {
    json!({ "block_id": json::no_block_id(), "block": null })
}

fn signed(height: u64) -> i64 {
    i64::try_from(height).unwrap_or(i64::MAX)
}
