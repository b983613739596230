//! Values of a chain's IBC store, at any height that a node still keeps; nothing of it is proven.

use types::QueryHeight;
use types::host::{CommitmentKey, MerklePrefix};

use crate::endpoint::Endpoint;
use crate::error::{ChainError, Failure};
use crate::node_errors::{NodeError, clean};
use crate::prove::query_path;
use crate::rpc::abci::{AbciAnswer, AbciQuery};

impl Endpoint {
    /// What stands under `keys` in the state `at` (the newest, if none is named), in batches, some at once; in the order
    /// of the keys.
    ///
    /// # Errors
    /// The first failure; [`NodeError::HeightPruned`] among them where the node does not keep that state any more.
    pub async fn values(
        &self,
        store: &MerklePrefix,
        keys: &[CommitmentKey],
        at: Option<QueryHeight>,
    ) -> Result<Vec<Option<Vec<u8>>>, ChainError> {
        let path = query_path(store).map_err(|failure| self.error("abci_query", failure))?;
        let query =
            |key: &CommitmentKey| AbciQuery { path: path.clone(), data: key.as_bytes().to_vec(), at, prove: false };
        let queries: Vec<_> = keys.iter().map(query).collect();
        let answers = self.abci_query_batch(&queries).await;
        let read = |(key, answer): (&CommitmentKey, Result<AbciAnswer, ChainError>)| {
            answer?.checked().and_then(|answer| value(key, answer, at)).map_err(|failure| self.error(&path, failure))
        };
        keys.iter().zip(answers).map(read).collect()
    }
}

fn value(key: &CommitmentKey, answer: AbciAnswer, at: Option<QueryHeight>) -> Result<Option<Vec<u8>>, Failure> {
    if let Some(at) = at.filter(|at| answer.height != *at) {
        return Err(Failure::Malformed(format!("asked for state {}, got state {}", at.0, answer.height.0)));
    }
    if !answer.key.is_empty() && answer.key != key.as_bytes() {
        return Err(Failure::Malformed("got the value of another key".to_owned()));
    }
    // Without a proof, an SDK store tells of a state that it lacks by the log alone, under code 0 (cosmossdk.io/store
    // iavl, `Query`): no value there is not the absence of a value.
    if answer.value.is_empty()
        && let Some(meaning) = NodeError::read(&answer.log)
    {
        return Err(Failure::Node { code: 0, message: clean(&answer.log), meaning: Some(meaning) });
    }
    Ok((!answer.value.is_empty()).then_some(answer.value))
}

#[cfg(test)]
mod tests {
    use types::{BlockHeight, host};

    use super::*;

    const AT: QueryHeight = QueryHeight(BlockHeight(7));

    fn answer(value: &[u8], log: &str) -> AbciAnswer {
        AbciAnswer {
            code: 0,
            codespace: String::new(),
            log: log.to_owned(),
            key: Vec::new(),
            value: value.to_vec(),
            proof_ops: Default::default(),
            height: AT,
        }
    }

    fn key() -> CommitmentKey {
        host::commitment_key(&"transfer".parse().unwrap(), &"channel-0".parse().unwrap(), types::Sequence(1))
    }

    #[test]
    fn no_value_is_absence_only_where_the_node_keeps_the_state() {
        assert_eq!(value(&key(), answer(b"x", ""), Some(AT)).unwrap(), Some(b"x".to_vec()));
        assert_eq!(value(&key(), answer(b"", ""), Some(AT)).unwrap(), None);
        let pruned = value(&key(), answer(b"", "version does not exist"), Some(AT)).unwrap_err();
        assert!(matches!(pruned, Failure::Node { meaning: Some(NodeError::HeightPruned), .. }), "{pruned}");
    }

    #[test]
    fn the_value_of_another_state_or_key_is_none() {
        let other = QueryHeight(BlockHeight(8));
        assert!(matches!(value(&key(), answer(b"x", ""), Some(other)), Err(Failure::Malformed(_))));
        let foreign = AbciAnswer { key: b"other".to_vec(), ..answer(b"x", "") };
        assert!(matches!(value(&key(), foreign, Some(AT)), Err(Failure::Malformed(_))));
    }
}
