//! Evidence of misbehaviour (CometBFT `rpc/core/evidence.go`).

use serde_json::json;

use super::Result;
use crate::chain::EvidenceError;
use crate::node::json_rpc::Failure;
use crate::node::params::Params;
use crate::node::{NodeState, json};

/// What proves something stands in the next block.
pub(super) fn broadcast_evidence(node: &NodeState, params: &Params) -> Result {
    let evidence = params.value("evidence")?;
    if evidence.is_null() {
        return Err(Failure::new(EvidenceError::Missing));
    }
    let evidence = json::read_evidence(evidence).map_err(|error| Failure::Params(error.to_string()))?;
    let hash = node.chain.with(|chain| chain.submit_evidence(evidence)).map_err(|error| match error {
        EvidenceError::Missing | EvidenceError::Malformed(_) => Failure::new(error),
        other => Failure::new(format!("failed to add evidence: {other}")),
    })?;
    Ok(json!({ "hash": json::base64(&hash) }))
}
