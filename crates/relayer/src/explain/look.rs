//! A chain as it is asked: which of its nodes answer, and the one whose word is taken.

use chain::rpc::status::Status;
use chain::{ChainError, Endpoint, NodeError};
use futures::future;
use types::{BlockHeight, CommitmentKey, MerklePrefix, QueryHeight};

use super::ChainAccess;
use super::place::Trace;
use super::report::{EndpointFacts, Fact, Place};
use crate::existence::Probe;

/// A chain as it is asked.
pub(super) struct Look<'a> {
    pub(super) access: &'a ChainAccess,
    pub(super) endpoints: Vec<EndpointFacts>,
    pub(super) node: Result<Node, String>,
}

/// The node whose word is taken.
#[derive(Clone)]
pub(super) struct Node {
    pub(super) endpoint: Endpoint,
    pub(super) status: Status,
    /// Where keys of IBC's store are asked for.
    store_prefix: MerklePrefix,
}

impl<'a> Look<'a> {
    /// Asks all nodes at the same time how far they are. The word of the first one that serves this chain is taken,
    /// of those first that have caught up with it.
    pub(super) async fn at(access: &'a ChainAccess) -> Self {
        let asked = access.endpoints.iter().map(async |endpoint| match endpoint.status().await {
            Ok(status) if status.chain_id == access.id => Ok(status),
            Ok(status) => Err(format!("serves {}, not {}", status.chain_id, access.id)),
            Err(error) => Err(error.failure.to_string()),
        });
        let answers = future::join_all(asked).await;
        let highest = answers.iter().flatten().map(|status| status.height).max().unwrap_or_default();
        let endpoints = access.endpoints.iter().zip(&answers).map(|(endpoint, answer)| EndpointFacts {
            endpoint: endpoint.name().to_owned(),
            height: Fact::from_result(answer.as_ref().map(|status| status.height)),
            behind: answer.as_ref().map_or(0, |status| highest.0.saturating_sub(status.height.0)),
        });
        let endpoints = endpoints.collect();
        let answering =
            access.endpoints.iter().zip(&answers).filter_map(|(e, answer)| Some((e, answer.as_ref().ok()?)));
        // The order of the configuration decides between equals: `min_by_key` takes the first.
        let taken = answering.min_by_key(|(_, status)| status.catching_up);
        let silent = || match answers.iter().find_map(|answer| answer.as_ref().err()) {
            Some(why) => format!("no node of {} answers: {why}", access.id),
            None => format!("{} has no node", access.id),
        };
        let node = taken.map(|(endpoint, status)| Node {
            endpoint: endpoint.clone(),
            status: status.clone(),
            store_prefix: access.store_prefix.clone(),
        });
        Self { access, endpoints, node: node.ok_or_else(silent) }
    }

    /// The chain's newest block.
    pub(super) fn head(&self) -> Fact<Place> {
        Fact::from_result(self.node.as_ref().map(|node| Place {
            height: node.status.height,
            time: Some(Fact::Known(node.status.time)),
            signer: None,
        }))
    }

    /// Whose word is taken.
    pub(super) fn word_of(&self) -> Option<String> {
        self.node.as_ref().ok().map(|node| node.endpoint.name().to_owned())
    }
}

impl Node {
    /// The value of a key of IBC's store in the newest state; nothing where there is none.
    pub(super) async fn value(&self, key: &CommitmentKey) -> Result<Option<Vec<u8>>, String> {
        self.ask(key, None).await.map_err(|error| error.to_string())
    }

    /// The same of a key that holds a sequence.
    pub(super) async fn sequence(&self, key: &CommitmentKey) -> Result<Option<u64>, String> {
        self.value(key).await?.map(|value| self.counted(&value)).transpose()
    }

    /// Does the state at `height` hold the trace?
    pub(super) async fn probe(&self, trace: &Trace, height: BlockHeight) -> Result<Probe, String> {
        let value = match self.ask(trace.key(), Some(height)).await {
            Ok(value) => value,
            Err(error) if error.node_error() == Some(NodeError::HeightPruned) => return Ok(Probe::Pruned),
            Err(error) => return Err(error.to_string()),
        };
        let is_there = match (trace, value) {
            (_, None) => false,
            (Trace::Written(_), Some(_)) => true,
            (Trace::Passed(_, sequence), Some(value)) => self.counted(&value)? > *sequence,
        };
        Ok(if is_there { Probe::There } else { Probe::NotYet })
    }

    async fn ask(&self, key: &CommitmentKey, at: Option<BlockHeight>) -> Result<Option<Vec<u8>>, ChainError> {
        let values = self.endpoint.values(&self.store_prefix, core::slice::from_ref(key), at.map(QueryHeight)).await?;
        Ok(values.into_iter().next().flatten())
    }

    fn counted(&self, value: &[u8]) -> Result<u64, String> {
        let bytes = <[u8; 8]>::try_from(value).map_err(|_| format!("{}: no sequence", self.endpoint))?;
        Ok(u64::from_be_bytes(bytes))
    }
}
