//! `broadcast_evidence`: evidence of misbehaviour for the chain's own nodes (CometBFT `rpc/core/evidence.go`).

use serde::Serialize;

use super::Endpoint;
use super::json_rpc::Call;
use crate::error::{ChainError, Failure};
use crate::node_errors::NodeError;

const ANSWER_BYTES_MAX: usize = 1 << 20;

/// What a node made of evidence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EvidenceAnswer {
    /// It proves something to the node, which puts it into a block; or it stands in one already.
    Taken,
    /// It proves nothing to the node, by its own text.
    Refused(String),
}

#[derive(Serialize)]
struct Params<'a, E> {
    evidence: &'a E,
}

impl Endpoint {
    /// Hands evidence to the node: what serialises as CometBFT's tagged JSON, such as `light_client::Evidence`.
    ///
    /// # Errors
    /// When there is no answer, or the node has not come far enough to judge it ([`NodeError::EvidenceEarly`]).
    pub async fn broadcast_evidence<E: Serialize + Sync>(&self, evidence: &E) -> Result<EvidenceAnswer, ChainError> {
        let call = Call { method: "broadcast_evidence", params: Params { evidence }, bytes_max: ANSWER_BYTES_MAX };
        // The answer is the hash of what was sent.
        match self.call(call, |_| Ok(())).await {
            Ok(()) => Ok(EvidenceAnswer::Taken),
            Err(error) => match &error.failure {
                Failure::Node { meaning: Some(NodeError::EvidenceEarly), .. } => Err(error),
                Failure::Node { message, .. } => Ok(EvidenceAnswer::Refused(message.clone())),
                _ => Err(error),
            },
        }
    }
}
