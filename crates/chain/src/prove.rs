//! Proofs of keys in a chain's IBC store: many at once, at one height.

use tendermint_proto::v0_38::crypto::{ProofOp, ProofOps};
use types::QueryHeight;
use types::host::{CommitmentKey, MerklePrefix};

use crate::endpoint::Endpoint;
use crate::error::{ChainError, Failure};
use crate::rpc::abci::{AbciAnswer, AbciQuery};

/// What a node says of a key, with what it offers as proof; nothing of it is verified.
#[derive(Clone, Debug, PartialEq)]
pub struct Proven {
    /// The key.
    pub key: CommitmentKey,
    /// The value, `None` where the proof is one of absence. An SDK store holds no empty values.
    pub value: Option<Vec<u8>>,
    /// The proof's steps, from the key upwards.
    pub proof_ops: ProofOps,
    /// The state that the proof is of.
    pub height: QueryHeight,
}

impl Proven {
    /// The proof in the form that IBC messages carry (ibc-go `23-commitment`, `ConvertProofs`).
    ///
    /// # Errors
    /// When a step is no ICS-23 proof.
    pub fn merkle_proof(&self) -> Result<proto::ibc::core::commitment::v1::MerkleProof, proto::DecodeError> {
        use proto::Message as _;
        let proof = |op: &ProofOp| proto::ics23::CommitmentProof::decode(op.data.as_slice());
        let proofs = self.proof_ops.ops.iter().map(proof).collect::<Result<_, _>>()?;
        Ok(proto::ibc::core::commitment::v1::MerkleProof { proofs })
    }
}

impl Endpoint {
    /// Proofs of `keys` in the state `at`, in batches, some at once; in the order of the keys. All or none.
    ///
    /// # Errors
    /// The first failure; also when the node answers for another state or another key, or without a proof.
    pub async fn prove(
        &self,
        store: &MerklePrefix,
        keys: Vec<CommitmentKey>,
        at: QueryHeight,
    ) -> Result<Vec<Proven>, ChainError> {
        let path = query_path(store).map_err(|failure| self.error("abci_query", failure))?;
        let query = |key: &CommitmentKey| AbciQuery {
            path: path.clone(),
            data: key.as_bytes().to_vec(),
            at: Some(at),
            prove: true,
        };
        let queries: Vec<_> = keys.iter().map(query).collect();
        let answers = self.abci_query_batch(&queries).await;
        let proven = |(key, answer): (CommitmentKey, Result<AbciAnswer, ChainError>)| {
            answer?.checked().and_then(|answer| proven(key, answer, at)).map_err(|failure| self.error(&path, failure))
        };
        keys.into_iter().zip(answers).map(proven).collect()
    }
}

/// The path that an SDK chain's multistore answers key queries under (cosmos-sdk `store/rootmulti`, `Query`).
pub(crate) fn query_path(store: &MerklePrefix) -> Result<String, Failure> {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    match std::str::from_utf8(&store.0) {
        Ok(name) if !name.is_empty() && store.0.iter().all(is_name) => Ok(format!("/store/{name}/key")),
        _ => Err(Failure::Address(format!("store prefix {} names no store", store.0.escape_ascii()))),
    }
}

fn proven(key: CommitmentKey, answer: AbciAnswer, at: QueryHeight) -> Result<Proven, Failure> {
    let malformed = |reason: String| Err(Failure::Malformed(reason));
    if answer.height != at {
        return malformed(format!("asked for state {}, got state {}", at.0, answer.height.0));
    }
    if !answer.key.is_empty() && answer.key != key.as_bytes() {
        return malformed("got the proof of another key".to_owned());
    }
    if answer.proof_ops.ops.is_empty() {
        return malformed("asked for a proof, got none".to_owned());
    }
    let value = (!answer.value.is_empty()).then_some(answer.value);
    Ok(Proven { key, value, proof_ops: answer.proof_ops, height: answer.height })
}
