//! Proofs for a host chain: from a header that the host's client holds, or is brought to hold by an update in front.
//!
//! Whatever leaves from here was checked first: the header by the light client (ICS-07), from our own anchor and from
//! what the client holds; each value, or its absence, against that header's app hash (ICS-23).

mod delay;
mod error;
mod exact;

use chain::Endpoint;
use engine::{Head, Message};
use light_client::{Header, LightBlock, Root, TrustedState, membership, verify_membership, verify_non_membership};
use proto::ibc::lightclients::tendermint::v1::Header as RawHeader;
use types::message::MsgUpdateClient;
use types::{
    BlockHeight, ClientId, ClientState, CommitmentKey, ConsensusState, Height, MerklePrefix, ProofHeight, QueryHeight,
};

use crate::chain::Chain;
use crate::headers::{self, HeaderError, is_same};
use crate::message;

pub(crate) use delay::{Delay, Rested, find_rested, processed};
pub use error::ProofError;

/// A header of the proving chain that the host's client holds, once `updates` have run.
#[derive(Debug)]
pub(crate) struct ProofBase {
    /// `MsgUpdateClient`s that bring the client there; none if it is there already.
    pub(crate) updates: Vec<Message>,
    /// The header's height, as the client knows it.
    pub(crate) height: Height,
    /// The header's height and time.
    pub(crate) head: Head,
    root: Root,
}

/// A value, or its absence, whose proof was checked.
#[derive(Debug)]
pub(crate) struct Proven {
    /// What stands under the key; `None` if nothing does.
    pub(crate) value: Option<Vec<u8>>,
    /// The encoded `MerkleProof` for the chain.
    pub(crate) proof: Vec<u8>,
}

impl ProofBase {
    /// A base whose state includes the proving chain's block `fact_height`.
    pub(crate) async fn find(
        host: &Chain,
        client: &ClientId,
        proving: &Chain,
        fact_height: BlockHeight,
    ) -> Result<Self, ProofError> {
        let (state, trusted) = newest_held(host, client, proving).await?;
        let needed = QueryHeight(fact_height).proof_height().0;
        let latest = BlockHeight(state.latest_height.revision_height);
        if latest >= needed && proving.headers().await?.reaches_held(latest).await {
            match Self::held(host, client, proving, &trusted).await {
                Err(error) if error.is_pruned() => {}
                held => return held,
            }
        }
        Self::updated(host, client, proving, (&state, trusted), needed).await
    }

    /// A base that is newer than all that the client holds.
    pub(crate) async fn newest(host: &Chain, client: &ClientId, proving: &Chain) -> Result<Self, ProofError> {
        let (state, trusted) = newest_held(host, client, proving).await?;
        Self::updated(host, client, proving, (&state, trusted), BlockHeight(0)).await
    }

    async fn updated(
        host: &Chain,
        client: &ClientId,
        proving: &Chain,
        (state, trusted): (&ClientState, TrustedState),
        needed: BlockHeight,
    ) -> Result<Self, ProofError> {
        let latest = BlockHeight(state.latest_height.revision_height);
        let target = proving.head_at_least(needed.max(latest.next())).await;
        let block = proving.headers().await?.verified(proving.endpoint(), target, Some(&trusted)).await?;
        let updates = updates(host, client, proving, state, trusted, target).await?;
        Self::of(&block, updates)
    }

    /// The client holds a header that is high enough: it is used if it is the one that we verified ourselves.
    async fn held(
        host: &Chain,
        client: &ClientId,
        proving: &Chain,
        trusted: &TrustedState,
    ) -> Result<Self, ProofError> {
        let height = BlockHeight(trusted.height.revision_height);
        let block = proving.headers().await?.verified(proving.endpoint(), height, Some(trusted)).await?;
        if !is_same(&headers::state(&block)?, trusted) {
            return Err(ProofError::Misbehaviour {
                client: client.clone(),
                chain: host.id.clone(),
                height: trusted.height,
            });
        }
        Self::of(&block, Vec::new())
    }

    /// A base for our own eyes: the chain's newest verified header, without any client.
    pub(crate) async fn own(proving: &Chain) -> Result<Self, ProofError> {
        let head = proving.fresh_head().await?.height;
        let block = proving.headers().await?.verified(proving.endpoint(), head, None).await?;
        Self::of(&block, Vec::new())
    }

    /// A base for our own eyes, and for exactly this state: the header above it, once it is there, as one endpoint has it.
    pub(crate) async fn of_state(proving: &Chain, endpoint: &Endpoint, at: QueryHeight) -> Result<Self, ProofError> {
        let ProofHeight(height) = at.proof_height();
        proving.head_at_least(height).await;
        let block = proving.headers().await?.verified(endpoint, height, None).await?;
        Self::of(&block, Vec::new())
    }

    fn of(block: &LightBlock, updates: Vec<Message>) -> Result<Self, ProofError> {
        let state = headers::state(block)?;
        let head = Head { height: block.height(), time: state.time };
        Ok(Self { updates, height: state.height, head, root: state.root })
    }

    /// A base as a test says it is.
    #[cfg(test)]
    pub(crate) fn stub(height: Height, time: types::Timestamp) -> Self {
        let head = Head { height: BlockHeight(height.revision_height), time };
        Self { updates: Vec::new(), height, head, root: Root(Vec::new()) }
    }

    /// The height of the state that this header proves.
    pub(crate) fn query_height(&self) -> QueryHeight {
        ProofHeight(self.head.height).query_height()
    }

    /// Asks for `keys` and checks every answer, presence or absence, against the header's app hash.
    pub(crate) async fn prove(&self, proving: &Chain, keys: &[CommitmentKey]) -> Result<Vec<Proven>, ProofError> {
        self.prove_in(proving, proving.store_prefix().await?, keys).await
    }

    /// The same as one endpoint has it.
    pub(crate) async fn prove_by(
        &self,
        proving: &Chain,
        endpoint: &Endpoint,
        keys: &[CommitmentKey],
    ) -> Result<Vec<Proven>, ProofError> {
        self.prove_at(proving, endpoint, proving.store_prefix().await?, keys).await
    }

    /// The same in another of the chain's stores.
    async fn prove_in(
        &self,
        proving: &Chain,
        prefix: &MerklePrefix,
        keys: &[CommitmentKey],
    ) -> Result<Vec<Proven>, ProofError> {
        self.prove_at(proving, proving.endpoint(), prefix, keys).await
    }

    async fn prove_at(
        &self,
        proving: &Chain,
        endpoint: &Endpoint,
        prefix: &MerklePrefix,
        keys: &[CommitmentKey],
    ) -> Result<Vec<Proven>, ProofError> {
        let at = self.query_height();
        let answers = endpoint.prove(prefix, keys.to_vec(), at).await?;
        let invalid = |key: &CommitmentKey, reason: String| ProofError::Invalid {
            chain: proving.id.clone(),
            key: key.to_string(),
            at: at.0,
            reason,
        };
        let mut proven = Vec::with_capacity(answers.len());
        for answer in answers {
            let key = &answer.key;
            let path = [prefix.0.as_slice(), key.as_bytes()];
            let ops = answer.proof_ops.ops.iter().map(|op| (op.r#type.as_str(), op.data.as_slice()));
            let proof = membership::proof_from_ops(ops).map_err(|reason| invalid(key, reason.to_string()))?;
            match &answer.value {
                Some(value) => verify_membership(&self.root, &proof, path, value),
                None => verify_non_membership(&self.root, &proof, path),
            }
            .map_err(|reason| invalid(key, reason.to_string()))?;
            proven.push(Proven { value: answer.value, proof: prost::Message::encode_to_vec(&proof) });
        }
        Ok(proven)
    }

    /// The encoded proofs of `keys`, all of which must hold a value.
    pub(crate) async fn prove_all<const N: usize>(
        &self,
        proving: &Chain,
        keys: [CommitmentKey; N],
    ) -> Result<[Vec<u8>; N], ProofError> {
        let proven = self.prove(proving, &keys).await?;
        for (key, proven) in keys.iter().zip(&proven) {
            if proven.value.is_none() {
                return Err(ProofError::Absent {
                    chain: proving.id.clone(),
                    key: key.to_string(),
                    at: self.query_height().0,
                });
            }
        }
        let proofs: Vec<_> = proven.into_iter().map(|proven| proven.proof).collect();
        proofs.try_into().map_err(|_| ProofError::Absent {
            chain: proving.id.clone(),
            key: "a part of the answer".to_owned(),
            at: self.query_height().0,
        })
    }
}

/// The state of a client that tracks the proving chain, and is not frozen.
async fn usable_client(host: &Chain, client: &ClientId, proving: &Chain) -> Result<ClientState, ProofError> {
    let state = host.query().client_state(client).await?;
    if state.chain_id != proving.id {
        return Err(ProofError::OtherChain {
            client: client.clone(),
            chain: host.id.clone(),
            tracked: state.chain_id,
            expected: proving.id.clone(),
        });
    }
    if state.is_frozen() {
        return Err(ProofError::Frozen { client: client.clone(), chain: host.id.clone() });
    }
    Ok(state)
}

/// A usable client's state, and its newest consensus state.
async fn newest_held(
    host: &Chain,
    client: &ClientId,
    proving: &Chain,
) -> Result<(ClientState, TrustedState), ProofError> {
    let state = usable_client(host, client, proving).await?;
    let held = host.query().consensus_state(client, state.latest_height).await?;
    let trusted = trusted_state(&state, state.latest_height, held)?;
    Ok((state, trusted))
}

fn trusted_state(state: &ClientState, height: Height, held: ConsensusState) -> Result<TrustedState, HeaderError> {
    TrustedState::from_consensus_state(
        state.chain_id.clone(),
        height,
        held.timestamp,
        Root(held.root),
        &held.next_validators_hash,
    )
    .map_err(HeaderError::Unusable)
}

/// The updates from what the client holds to `target`, by the client's own rules: one, or several where the validators
/// moved too far for one.
async fn updates(
    host: &Chain,
    client: &ClientId,
    proving: &Chain,
    state: &ClientState,
    mut trusted: TrustedState,
    target: BlockHeight,
) -> Result<Vec<Message>, ProofError> {
    let headers = proving.headers().await?;
    let options = light_client::Options {
        trust_threshold: state.trust_level,
        trusting_period: state.trusting_period,
        clock_drift: state.max_clock_drift,
    };
    let trace = headers.trace(proving.endpoint(), trusted.clone(), target, options).await;
    let trace = trace.map_err(|error| match error {
        HeaderError::Expired { .. } => ProofError::Expired { client: client.clone(), chain: host.id.clone() },
        error => error.into(),
    })?;
    let mut updates = Vec::with_capacity(trace.len());
    for block in trace {
        let validators = headers.next_validators(proving.endpoint(), &trusted).await?;
        let next = headers::state(&block)?;
        let header = Header::new(block, trusted.height, validators);
        updates.push(update(client, header, host));
        trusted = next;
    }
    Ok(updates)
}

fn update(client: &ClientId, header: Header, host: &Chain) -> Message {
    let client_message = types::message::Any {
        type_url: Header::TYPE_URL.to_owned(),
        value: prost::Message::encode_to_vec(&RawHeader::from(header)),
    };
    message(MsgUpdateClient { client: client.clone(), client_message, signer: host.signer() })
}
