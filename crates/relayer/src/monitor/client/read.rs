//! A client's consensus states, as the nodes of its host tell them.

use std::time::Duration;

use chain::{ChainError, Endpoint, Failure};
use futures::future;
use light_client::TrustedState;
use tracing::{debug, warn};
use types::client::{ClientState, ConsensusState};
use types::{BlockHeight, Height};

use super::ClientWatch;
use crate::monitor::{Outcome, Unchecked, held};
use crate::proofs::ProofError;

/// How long the host's other endpoints have to tell of a state, and how long they are left alone if one does not.
const OTHERS_WITHIN: Duration = Duration::from_secs(1);
const OTHERS_LEFT: Duration = Duration::from_secs(15);

impl ClientWatch {
    /// Compares one consensus state, as the host's nodes tell it.
    pub(super) async fn check(&mut self, height: Height, told_in: Option<BlockHeight>) -> Result<(), ProofError> {
        let Some(client) = self.state.clone() else { return Ok(()) };
        let held = match self.told(height).await {
            Ok(held) => held,
            Err(error) if error.is_not_found() && told_in.is_none() => {
                self.outcomes.gone(height);
                self.drop_suspicion(height).await;
                return Ok(());
            }
            Err(error) => return self.unread(height, error),
        };
        let (outcome, state) = self.judge(&client, height, &held, told_in).await?;
        self.outcomes.settle(height, outcome, state);
        for other in self.told_by_others(height, &held).await {
            warn!(chain = %self.host.id, client = %self.client, %height, "nodes contradict each other about what a client holds; both are compared");
            let (outcome, state) = self.judge(&client, height, &other, told_in).await?;
            if outcome == Outcome::Attack {
                self.outcomes.settle(height, outcome, state);
                break;
            }
        }
        Ok(())
    }

    /// The state as the endpoint in use tells it, or as another does, if that one does not answer.
    async fn told(&self, height: Height) -> Result<ConsensusState, ChainError> {
        let told = self.host.query().consensus_state(&self.client, height).await;
        let Err(error) = told else { return told };
        for endpoint in self.others() {
            let query = self.host.query_at(&endpoint);
            let other = tokio::time::timeout(OTHERS_WITHIN, query.consensus_state(&self.client, height)).await;
            if let Ok(Ok(held)) = other {
                return Ok(held);
            }
        }
        Err(error)
    }

    /// The host's endpoints but the one in use.
    fn others(&self) -> Vec<Endpoint> {
        let in_use = self.host.endpoint().name();
        self.host.all_endpoints().iter().filter(|endpoint| endpoint.name() != in_use).cloned().collect()
    }

    /// What the host's other endpoints tell of a state, where that is something else: one alone could hide a lie.
    async fn told_by_others(&mut self, height: Height, held: &ConsensusState) -> Vec<ConsensusState> {
        let clock = self.shell.clock.clone();
        let others = self.others();
        if others.is_empty() || !clock.until(self.others_left_until).is_zero() {
            return Vec::new();
        }
        let ask = others.iter().map(|endpoint| {
            let query = self.host.query_at(endpoint);
            let client = self.client.clone();
            tokio::time::timeout(OTHERS_WITHIN, async move { query.consensus_state(&client, height).await })
        });
        let mut told = Vec::new();
        for answer in future::join_all(ask).await {
            match answer {
                Ok(Ok(other)) if other != *held && !told.contains(&other) => told.push(other),
                // One that lags has no word in this.
                Ok(Ok(_) | Err(_)) => {}
                Err(_) => self.others_left_until = clock.now().after(OTHERS_LEFT),
            }
        }
        told
    }

    /// Compares one consensus state, as a node told it.
    async fn judge(
        &mut self,
        client: &ClientState,
        height: Height,
        held: &ConsensusState,
        told_in: Option<BlockHeight>,
    ) -> Result<(Outcome, Option<TrustedState>), ProofError> {
        let Ok(held) = held::facts(client, height, held.clone()) else {
            return Ok((Outcome::Unchecked(Unchecked::Malformed), None));
        };
        let outcome = if height.revision_number != self.tracked.chain.id.revision_number() {
            Outcome::Unchecked(Unchecked::OtherRevision)
        } else if self.is_expired(&held, client) {
            self.compare_expired(&held, held::options(client)).await
        } else {
            self.compare(client, &held, told_in).await?
        };
        debug!(chain = %self.host.id, client = %self.client, %height, ?outcome, "consensus state compared");
        Ok((outcome, Some(held)))
    }

    /// What can't be read holds up nothing else, unless the node does not answer at all.
    fn unread(&mut self, height: Height, error: ChainError) -> Result<(), ProofError> {
        let reason = match &error.failure {
            Failure::Malformed(_) => Unchecked::Malformed,
            // An event told of it.
            _ if error.is_not_found() => Unchecked::HostContradicted,
            _ => return Err(error.into()),
        };
        self.outcomes.settle(height, Outcome::Unchecked(reason), None);
        Ok(())
    }
}
