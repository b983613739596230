//! What a client holds, as far as it matters to a case: as a node tells it, which is quick, or proven.
//!
//! A plan may rest on what a node tells: what is sent is judged by the client's chain anyway, and a lie costs one
//! transaction at most. An end may not: it rests on what is proven.

use std::collections::BTreeSet;

use chain::ChainError;
use futures::{StreamExt, TryStreamExt, future, stream};
use light_client::ConsensusStates;
use types::message::Any;
use types::{BlockHeight, ClientId, ClientState, ConsensusState, Height, QueryHeight, Timestamp, host as keys};

use super::union::union;
use crate::chain::Chain;
use crate::proofs::{ProofBase, ProofError, Proven};

/// Consensus states that are read at the same time.
const READS_MAX: usize = 8;
/// Of each height in question: so many states not above it are read, and so many above.
const BELOW: usize = 4;
const ABOVE: usize = 2;

/// A client, with those of its consensus states that matter.
#[derive(Clone, Debug)]
pub(super) struct Held {
    pub(super) client: ClientId,
    pub(super) state: ClientState,
    pub(super) states: ConsensusStates,
    /// The time of the host's block.
    pub(super) now: Timestamp,
}

impl Held {
    /// As a node tells it. `heights` are those of the case's blocks.
    pub(super) async fn told(host: &Chain, client: &ClientId, heights: &[Height]) -> Result<Self, ProofError> {
        let query = host.query();
        let (state, held, head) =
            future::try_join3(query.client_state(client), query.consensus_state_heights(client), host.fresh_head())
                .await?;
        let wanted = wanted(&held.into_iter().collect(), heights, state.latest_height);
        let query = &query;
        let read = |height| async move {
            match query.consensus_state(client, height).await {
                Ok(held) => Ok(Some((height, held))),
                // Its chain has pruned it meanwhile.
                Err(error) if error.is_not_found() => Ok(None),
                Err(error) => Err(error),
            }
        };
        let states: Vec<_> = stream::iter(wanted).map(read).buffer_unordered(READS_MAX).try_collect().await?;
        Ok(Self { client: client.clone(), state, states: states.into_iter().flatten().collect(), now: head.time })
    }

    /// Proven by the host's newest verified header; none if there is no such client. Which heights there are is asked
    /// of every endpoint, so that none can hide one.
    pub(super) async fn proven(
        host: &Chain,
        client: &ClientId,
        heights: &[Height],
    ) -> Result<Option<Self>, ProofError> {
        let base = ProofBase::own(host).await?;
        let Some(state) = proven_state(&base, host, client).await? else { return Ok(None) };
        let held = all_heights(host, client).await?;
        let wanted: Vec<_> = wanted(&held, heights, state.latest_height).into_iter().collect();
        let keys: Vec<_> = wanted.iter().map(|height| keys::consensus_state_key(client, *height)).collect();
        let proven = base.prove(host, &keys).await?;
        let mut states = ConsensusStates::new();
        for (height, proven) in wanted.into_iter().zip(proven) {
            if let Some(value) = proven.value {
                states.insert(height, decode::<ConsensusState>(host, &value)?);
            }
        }
        Ok(Some(Self { client: client.clone(), state, states, now: base.head.time }))
    }
}

/// Is the client frozen, once the block `at` of its host is done? Proven.
pub(super) async fn is_frozen(host: &Chain, client: &ClientId, at: BlockHeight) -> Result<bool, ProofError> {
    let base = ProofBase::of_state(host, host.endpoint(), QueryHeight(at)).await?;
    Ok(proven_state(&base, host, client).await?.is_some_and(|state| state.is_frozen()))
}

/// The state of a client; none if there is no such client.
async fn proven_state(base: &ProofBase, host: &Chain, client: &ClientId) -> Result<Option<ClientState>, ProofError> {
    let proven = base.prove(host, &[keys::client_state_key(client)]).await?;
    let value = proven.into_iter().next().and_then(|Proven { value, .. }| value);
    value.map(|value| decode(host, &value)).transpose()
}

/// What a chain's state holds, and we can't read, is no state of a client that could be frozen by a case.
fn decode<T: TryFrom<Any, Error: std::fmt::Display>>(host: &Chain, value: &[u8]) -> Result<T, ProofError> {
    let malformed = |reason: String| ChainError {
        endpoint: host.endpoint().name().to_owned(),
        method: "abci_query".to_owned(),
        failure: chain::Failure::Malformed(reason),
    };
    let any = <Any as prost::Message>::decode(value).map_err(|error| malformed(error.to_string()))?;
    Ok(T::try_from(any).map_err(|error| malformed(error.to_string()))?)
}

/// Heights that any endpoint tells of; an error only if none answers.
async fn all_heights(host: &Chain, client: &ClientId) -> Result<BTreeSet<Height>, ChainError> {
    let ask = |endpoint: &chain::Endpoint| {
        let query = host.query_at(endpoint);
        async move { query.consensus_state_heights(client).await }
    };
    union(host, ask).await
}

/// Of what a client holds, what a case may be judged by: the states around each height in question, the lowest, which
/// may be the only one that is trusted, and the newest, by which the client is active.
fn wanted(held: &BTreeSet<Height>, heights: &[Height], latest: Height) -> BTreeSet<Height> {
    let mut wanted: BTreeSet<Height> = held.first().copied().into_iter().collect();
    wanted.insert(latest);
    for height in heights {
        wanted.extend(held.range(..=*height).rev().take(BELOW));
        wanted.extend(held.range(*height..).take(ABOVE + 1));
    }
    wanted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(heights: &[u64]) -> Vec<Height> {
        heights.iter().map(|height| Height { revision_number: 1, revision_height: *height }).collect()
    }

    #[test]
    fn of_a_long_list_the_states_around_a_case_are_read() {
        let held: BTreeSet<_> = at(&(1..=1_000).collect::<Vec<_>>()).into_iter().collect();
        let wanted = wanted(&held, &at(&[500]), at(&[1_000])[0]);
        assert_eq!(wanted, at(&[1, 497, 498, 499, 500, 501, 502, 1_000]).into_iter().collect());
    }

    #[test]
    fn a_client_that_began_above_a_case_is_read_all_the_same() {
        let held: BTreeSet<_> = at(&[70, 80]).into_iter().collect();
        assert_eq!(wanted(&held, &at(&[50]), at(&[80])[0]), held);
    }
}
