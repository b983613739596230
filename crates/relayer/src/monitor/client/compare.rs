//! One consensus state beside what each endpoint of the tracked chain has at its height.

use light_client::{LightBlock, Options, TrustedState};
use tracing::{debug, info, warn};
use types::client::ClientState;
use types::{BlockHeight, Height};

use super::ClientWatch;
use crate::headers;
use crate::monitor::witness::Word;
use crate::monitor::{Outcome, Unchecked, held, verdict};
use crate::proofs::ProofError;

/// True states that a header is tried to be verified from.
const BASES_MAX: usize = 3;

impl ClientWatch {
    /// What its chain's endpoints make of a state that the client holds.
    pub(super) async fn compare(
        &mut self,
        client: &ClientState,
        held: &TrustedState,
        told_in: Option<BlockHeight>,
    ) -> Result<Outcome, ProofError> {
        let options = held::options(client);
        let base = self.base(client, held).await;
        let words = self.tracked.words(held, base.as_ref().map(|(state, block)| (state, block)), options).await;
        let outcome = verdict::outcome(&words);
        self.say(held.height, &outcome, &words);
        let outcome = match outcome {
            Outcome::Attack => self.accuse(client, held, told_in, &words).await?,
            Outcome::Unchecked(Unchecked::Behind) => self.suspect(held, &words, base.is_some()).await,
            Outcome::Checked { .. } if base.is_none() && !self.is_anchored(held).await => {
                Outcome::Unchecked(Unchecked::NotVerifiable)
            }
            Outcome::Checked { .. } | Outcome::Unchecked(_) | Outcome::Suspected => outcome,
        };
        self.clear_suspicion(held, &outcome).await;
        Ok(outcome)
    }

    /// Does our own trust agree with the lowest state, where it reaches? Nothing of the client's own is below that.
    async fn is_anchored(&self, held: &TrustedState) -> bool {
        let (chain, height) = (&self.tracked.chain, BlockHeight(held.height.revision_height));
        let Ok(headers) = chain.headers().await else { return true };
        if !headers.reaches(height).await {
            return true;
        }
        match headers.verified(chain.endpoint(), height, None).await {
            Ok(block) => {
                let is_same = headers::state(&block).is_ok_and(|state| headers::is_same(&state, held));
                if !is_same {
                    warn!(chain = %self.host.id, client = %self.client, tracked = %chain.id, %height, "an endpoint confirms what a client holds, but our own trust leads to another header");
                }
                is_same
            }
            Err(error) => {
                debug!(tracked = %chain.id, %height, %error, "our own trust does not lead to what a client holds");
                true
            }
        }
    }

    /// Nothing can be proven to the client by what it trusts no more; it is compared all the same.
    pub(super) async fn compare_expired(&self, held: &TrustedState, options: Options) -> Outcome {
        match verdict::outcome(&self.tracked.words(held, None, options).await) {
            checked @ Outcome::Checked { .. } => checked,
            Outcome::Unchecked(_) | Outcome::Suspected | Outcome::Attack => Outcome::Unchecked(Unchecked::Expired),
        }
    }

    /// The highest true state below that the client still trusts, with its block.
    async fn base(&self, client: &ClientState, held: &TrustedState) -> Option<(TrustedState, LightBlock)> {
        let trusted = self.outcomes.below(held.height).filter(|state| !self.is_expired(state, client));
        for state in trusted.take(BASES_MAX) {
            if let Some(block) = self.tracked.block_of(state).await {
                return Some((state.clone(), block));
            }
        }
        None
    }

    pub(super) fn is_expired(&self, state: &TrustedState, client: &ClientState) -> bool {
        let expires_ns = u128::from(state.time.0) + client.trusting_period.as_nanos();
        expires_ns <= u128::from(self.shell.clock.timestamp().0)
    }

    /// What a person should know, once.
    fn say(&mut self, height: Height, outcome: &Outcome, words: &[Word]) {
        let (chain, client, tracked) = (&self.host.id, &self.client, &self.tracked.chain.id);
        let reasons = || {
            words.iter().filter_map(|word| match word {
                Word::Unproven(reason) => Some(reason.as_str()),
                Word::Agrees(..) | Word::Contradicts(_) | Word::Behind(_) | Word::Pruned | Word::Silent(_) => None,
            })
        };
        match outcome {
            Outcome::Unchecked(Unchecked::NotVerifiable) if !self.is_unverifiable_said => {
                self.is_unverifiable_said = true;
                let reason = reasons().next().unwrap_or_default();
                warn!(%chain, %client, %tracked, %height, reason, "what a client holds is not what its chain's endpoints tell, and neither can be verified from what the client holds: a chain of the same name, or endpoints that lie; nothing is submitted");
            }
            Outcome::Checked { .. } if self.is_unverifiable_said => {
                self.is_unverifiable_said = false;
                info!(%chain, %client, %tracked, %height, "a client can be checked again");
            }
            Outcome::Checked { .. } | Outcome::Unchecked(_) | Outcome::Suspected | Outcome::Attack => {}
        }
    }
}
