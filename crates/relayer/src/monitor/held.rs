//! What a host chain holds of a client: as its node tells it, and as its header proves it.

use std::time::Duration;

use chain::Endpoint;
use light_client::{Options, Root, TrustedState};
use proto::google::protobuf::Any;
use types::client::{ClientState, ConsensusState};
use types::host::{client_state_key, consensus_state_key};
use types::{BlockHeight, ClientId, CommitmentKey, Height, QueryHeight};

use crate::chain::Chain;
use crate::headers::HeaderError;
use crate::proofs::{ProofBase, ProofError, Proven};

/// How long a proof may take, the block that it waits for included.
const PROVEN_WITHIN: Duration = Duration::from_secs(120);

/// The rules that a client verifies headers by.
pub(super) fn options(state: &ClientState) -> Options {
    Options {
        trust_threshold: state.trust_level,
        trusting_period: state.trusting_period,
        clock_drift: state.max_clock_drift,
    }
}

/// A consensus state as the facts of a header.
///
/// # Errors
/// For one that no header could have made.
pub(super) fn facts(client: &ClientState, height: Height, held: ConsensusState) -> Result<TrustedState, HeaderError> {
    let root = Root(held.root);
    TrustedState::from_consensus_state(
        client.chain_id.clone(),
        height,
        held.timestamp,
        root,
        &held.next_validators_hash,
    )
    .map_err(HeaderError::Unusable)
}

/// A node's word of a client that its chain's proof contradicts.
pub(super) fn contradicted(host: &Chain, client: &ClientId) -> ProofError {
    ProofError::Absent {
        chain: host.id.clone(),
        key: client_state_key(client).to_string(),
        at: host.head().map_or(BlockHeight(0), |head| head.height),
    }
}

/// Is the client frozen, as its host's verified header proves it of the newest block, or of a later one?
///
/// # Errors
/// When there is no proof now, or not within [`PROVEN_WITHIN`].
pub(super) async fn is_frozen(host: &Chain, client: &ClientId) -> Result<bool, ProofError> {
    // What was just frozen is so in the newest state, and only the next block proves that.
    let height = host.fresh_head().await?.height;
    let late = |_| ProofError::NotYet { chain: host.id.clone(), height: height.next() };
    tokio::time::timeout(PROVEN_WITHIN, is_frozen_at(host, client, height)).await.map_err(late)?
}

async fn is_frozen_at(host: &Chain, client: &ClientId, height: BlockHeight) -> Result<bool, ProofError> {
    let base = ProofBase::of_state(host, host.endpoint(), QueryHeight(height)).await?;
    let proven = base.prove(host, &[client_state_key(client)]).await?;
    let state = proven.into_iter().next().and_then(|proven| proven.value).and_then(|bytes| any(&bytes));
    let state = state.and_then(|any| ClientState::try_from(any).ok());
    Ok(state.is_some_and(|state| state.is_frozen()))
}

fn any(bytes: &[u8]) -> Option<Any> {
    <Any as prost::Message>::decode(bytes).ok()
}

/// Does the client's host really hold this? Asked for with a proof, which is checked against a verified header: of the
/// block `told_in`, once the next one is there, or of the newest that can be proven.
///
/// # Errors
/// When there is no proof now, or not within [`PROVEN_WITHIN`].
pub(super) async fn is_held(
    host: &Chain,
    client: &ClientId,
    state: &ClientState,
    held: &TrustedState,
    told_in: Option<BlockHeight>,
) -> Result<bool, ProofError> {
    let height = told_in.or_else(|| Some(host.head()?.height)).map_or(BlockHeight(0), BlockHeight::next);
    let late = |_| ProofError::NotYet { chain: host.id.clone(), height };
    tokio::time::timeout(PROVEN_WITHIN, is_proven(host, client, state, held, told_in)).await.map_err(late)?
}

async fn is_proven(
    host: &Chain,
    client: &ClientId,
    state: &ClientState,
    held: &TrustedState,
    told_in: Option<BlockHeight>,
) -> Result<bool, ProofError> {
    let key = consensus_state_key(client, held.height);
    let mut refused = None;
    let mut proven = None;
    // One that can't prove what another told of hides nothing.
    let in_use = host.endpoint();
    let others = host.all_endpoints().iter().filter(|endpoint| endpoint.name() != in_use.name());
    for endpoint in std::iter::once(in_use).chain(others) {
        match proven_by(host, endpoint, &key, told_in).await {
            Ok(by_this) => {
                proven = Some(by_this);
                break;
            }
            Err(error) => refused = Some(error),
        }
    }
    let Some(proven) = proven else { return refused.map_or(Ok(false), Err) };
    let Some(bytes) = proven.into_iter().next().and_then(|proven| proven.value) else { return Ok(false) };
    let Some(Ok(proven)) = any(&bytes).map(ConsensusState::try_from) else { return Ok(false) };
    Ok(facts(state, held.height, proven).is_ok_and(|proven| proven == *held))
}

async fn proven_by(
    host: &Chain,
    endpoint: &Endpoint,
    key: &CommitmentKey,
    told_in: Option<BlockHeight>,
) -> Result<Vec<Proven>, ProofError> {
    if let Some(block) = told_in {
        let base = ProofBase::of_state(host, endpoint, QueryHeight(block)).await?;
        match base.prove_by(host, endpoint, std::slice::from_ref(key)).await {
            Err(error) if error.is_pruned() => {}
            proven => return proven,
        }
    }
    ProofBase::own(host).await?.prove_by(host, endpoint, std::slice::from_ref(key)).await
}
