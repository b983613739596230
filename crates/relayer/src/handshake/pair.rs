//! The two chains of one step, and the proven end that it rests on.

use engine::Message;
use types::message::Proof;
use types::{ClientId, CommitmentKey};

use super::HandshakeError;
use crate::chain::Chain;
use crate::proofs::{ProofBase, ProofError};

/// Where a step is submitted, and the chain that proves the other end; each with its client of the other.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pair<'a> {
    pub(crate) host: &'a Chain,
    pub(crate) client: &'a ClientId,
    pub(crate) proving: &'a Chain,
    pub(crate) proving_client: &'a ClientId,
}

/// An end as the proving chain's verified state holds it.
pub(super) struct ProvenEnd<T> {
    pub(super) end: T,
    pub(super) proof: Proof,
    /// What brings the host's client to the header that proves it.
    pub(super) updates: Vec<Message>,
    pub(super) base: ProofBase,
}

impl Pair<'_> {
    /// The value under `key` in the newest state that the host's client can be shown, decoded.
    pub(super) async fn prove<Raw, T>(&self, key: CommitmentKey) -> Result<ProvenEnd<T>, HandshakeError>
    where
        Raw: prost::Message + Default,
        T: TryFrom<Raw, Error = types::WireError>,
    {
        let fact_height = self.proving.fresh_head().await?.height;
        let mut base = ProofBase::find(self.host, self.client, self.proving, fact_height).await?;
        let proven = base.prove(self.proving, core::slice::from_ref(&key)).await?.pop();
        let at = base.query_height().0;
        let absent = || ProofError::Absent { chain: self.proving.id.clone(), key: key.to_string(), at };
        let (value, bytes) = proven.and_then(|proven| Some((proven.value?, proven.proof))).ok_or_else(absent)?;
        let unreadable =
            |reason: String| ProofError::Invalid { chain: self.proving.id.clone(), key: key.to_string(), at, reason };
        let raw = Raw::decode(value.as_slice()).map_err(|error| unreadable(error.to_string()))?;
        let end = T::try_from(raw).map_err(|error| unreadable(error.to_string()))?;
        let proof = Proof { bytes, height: base.height };
        let updates = core::mem::take(&mut base.updates);
        Ok(ProvenEnd { end, proof, updates, base })
    }
}
