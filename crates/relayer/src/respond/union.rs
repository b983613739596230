//! What several endpoints tell of, put together, so that none can hide anything.

use std::collections::BTreeSet;

use chain::{ChainError, Endpoint};
use futures::future;

use crate::chain::Chain;

/// What all endpoints of a chain tell of; an error only if none answers.
pub(super) async fn union<T: Ord, F: Future<Output = Result<Vec<T>, ChainError>>>(
    host: &Chain,
    ask: impl Fn(&Endpoint) -> F,
) -> Result<BTreeSet<T>, ChainError> {
    let (mut all, mut is_answered, mut failed) = (BTreeSet::new(), false, None);
    for answer in future::join_all(host.all_endpoints().iter().map(ask)).await {
        match answer {
            Ok(told) => {
                is_answered = true;
                all.extend(told);
            }
            Err(error) => failed = Some(error),
        }
    }
    match failed {
        Some(error) if !is_answered => Err(error),
        Some(_) | None => Ok(all),
    }
}
