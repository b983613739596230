//! The attacked chain's own nodes, told what its validators did, so that they are punished there.
//!
//! There is a case against each side. A node refuses the one against its own side, which is as it should be.

use chain::{Endpoint, EvidenceAnswer};
use futures::future;
use light_client::Evidence;
use tracing::{info, warn};

use super::Inner;
use super::answering::Answering;

/// Tells every endpoint of the attacked chain, until each has given its answer.
pub(super) async fn broadcast(answering: &Answering<'_>) {
    let Answering { inner, case, name, .. } = answering;
    let evidence = case.evidence();
    let Some(chain) = inner.chains.get(&case.chain).filter(|_| !evidence.is_empty()) else { return };
    let tell = |endpoint| {
        let evidence = &evidence;
        async move {
            let answers = future::join_all(evidence.iter().map(|one| tell_one(inner, endpoint, one, name))).await;
            answering.told(endpoint, answers).await;
        }
    };
    future::join_all(chain.all_endpoints().iter().map(tell)).await;
}

/// What one node makes of one piece of evidence.
async fn tell_one(inner: &Inner, endpoint: &Endpoint, evidence: &Evidence, name: &str) -> String {
    let mut pauses = inner.retry.pauses();
    loop {
        match endpoint.broadcast_evidence(evidence).await {
            Ok(EvidenceAnswer::Taken) => {
                info!(%endpoint, evidence = name, "the attacked chain's node took the evidence");
                return "taken".to_owned();
            }
            Ok(EvidenceAnswer::Refused(reason)) => {
                info!(%endpoint, evidence = name, reason, "the attacked chain's node refused evidence, as one does of its own side's blocks");
                return format!("refused: {reason}");
            }
            Err(error) => {
                warn!(%endpoint, evidence = name, %error, "the attacked chain's node can't be told yet; it is tried again");
                pauses.pause().await;
            }
        }
    }
}
