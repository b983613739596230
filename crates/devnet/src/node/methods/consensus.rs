//! Validators and parameters (CometBFT `rpc/core/consensus.go`). Both are known for one height more than there are blocks.

use serde_json::json;

use super::{Page, Result, height};
use crate::node::json_rpc::Failure;
use crate::node::method::Method;
use crate::node::params::Params;
use crate::node::{NodeState, json};

pub(super) fn validators(node: &NodeState, params: &Params) -> Result {
    let asked = params.integer("height")?;
    let page = Page::read(params)?;
    node.view(Method::Validators, |view| {
        let view = view.of_blocks();
        let height = height(&view, asked, view.head() + 1)?;
        let set = if height > view.head() {
            view.newest().map(|block| &block.next_validators)
        } else {
            view.block(height).map(|block| &block.validators)
        };
        let set = set.ok_or_else(|| Failure::new(format!("could not find validator set for height #{height}")))?;
        let part = page.of(set.validators())?;
        Ok(json!({
            "block_height": json::number(height),
            "validators": part.iter().map(json::validator).collect::<Vec<_>>(),
            "count": json::number(part.len()),
            "total": json::number(set.len()),
        }))
    })
}

pub(super) fn consensus_params(node: &NodeState, params: &Params) -> Result {
    let asked = params.integer("height")?;
    node.view(Method::ConsensusParams, |view| {
        let height = height(view, asked, view.head() + 1)?;
        let params = view.block(height).map_or(view.params(), |block| &block.params);
        Ok(json!({
            "block_height": json::number(height),
            "consensus_params": json::consensus_params(params),
        }))
    })
}
