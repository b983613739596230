//! A client brought to one certain height, above or below what it holds; and what stands in another store than IBC's.

use engine::Message;
use types::{BlockHeight, ClientId, ClientState, CommitmentKey, Height, MerklePrefix};

use super::{ProofBase, ProofError, Proven, trusted_state, updates, usable_client};
use crate::chain::Chain;

impl ProofBase {
    /// A base at exactly `target`. There are no updates if the client holds that height already.
    ///
    /// The client's rules are those of any update: from the newest consensus state below the target, in as many steps as
    /// its validators' changes need (ICS-07; ibc-go fills a height below the newest as well).
    pub(crate) async fn exactly(
        host: &Chain,
        client: &ClientId,
        proving: &Chain,
        target: BlockHeight,
    ) -> Result<Self, ProofError> {
        let state = usable_client(host, client, proving).await?;
        let from = from(host, client, &state, target).await?;
        let held = host.query().consensus_state(client, from).await?;
        let trusted = trusted_state(&state, from, held)?;
        if from.revision_height == target.0 {
            return Self::held(host, client, proving, &trusted).await;
        }
        let block = proving.headers().await?.verified(proving.endpoint(), target, Some(&trusted)).await?;
        let updates: Vec<Message> = updates(host, client, proving, &state, trusted, target).await?;
        Self::of(&block, updates)
    }

    /// What stands under `keys` of the store `prefix`, each answer checked against the header's app hash.
    pub(crate) async fn prove_store(
        &self,
        proving: &Chain,
        prefix: &MerklePrefix,
        keys: &[CommitmentKey],
    ) -> Result<Vec<Proven>, ProofError> {
        self.prove_in(proving, prefix, keys).await
    }
}

/// The newest consensus state of the client that is not above `target`; the newest of all if none is below.
async fn from(host: &Chain, client: &ClientId, state: &ClientState, target: BlockHeight) -> Result<Height, ProofError> {
    if state.latest_height.revision_height <= target.0 {
        return Ok(state.latest_height);
    }
    let heights = host.query().consensus_state_heights(client).await?;
    let is_below = |height: &Height| {
        height.revision_number == state.latest_height.revision_number && height.revision_height <= target.0
    };
    Ok(heights.into_iter().rfind(is_below).unwrap_or(state.latest_height))
}
