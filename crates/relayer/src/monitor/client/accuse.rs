//! A state that contradicts what the client would believe as well: proven, and handed on.

use std::time::Duration;

use light_client::{Divergence, LightBlock, TrustedState, Verdict, verify};
use tracing::{error, warn};
use types::BlockHeight;
use types::client::ClientState;

use super::ClientWatch;
use crate::evidence::{Case, FalseState, Found, Proof};
use crate::monitor::held;
use crate::monitor::transactions::{Telling, read_telling};
use crate::monitor::witness::{Branch, Word};
use crate::monitor::{Outcome, Unchecked};
use crate::proofs::ProofError;

/// How long the answer to another part's case may take to freeze this client too.
const LEANED_ON_MAX: Duration = Duration::from_secs(60);

impl ClientWatch {
    /// Makes the case, once it is proven that the client really holds this.
    pub(super) async fn accuse(
        &mut self,
        client: &ClientState,
        held: &TrustedState,
        told_in: Option<BlockHeight>,
        words: &[Word],
    ) -> Result<Outcome, ProofError> {
        if self.leans_on_another(held) {
            return Ok(Outcome::Attack);
        }
        let contradiction = words.iter().find_map(|word| match word {
            Word::Contradicts(branch) => Some(branch),
            Word::Agrees(..) | Word::Unproven(_) | Word::Behind(_) | Word::Pruned | Word::Silent(_) => None,
        });
        let Some(branch) = contradiction else { return Ok(Outcome::Attack) };
        // What others tell in a block is read as it comes, unless a process was killed over it; what seems to be our own
        // is read now only.
        if !self.accused.contains(&held.height) && self.shell.watch.header_of(held).is_none() {
            let at = Telling { client: &self.client, height: held.height, block: told_in };
            read_telling(&self.shell, &self.host, &self.tracked, at).await;
            if self.leans_on_another(held) {
                return Ok(Outcome::Attack);
            }
        }
        let (host, id, tracked) = (&self.host.id, &self.client, &self.tracked.chain.id);
        if !held::is_held(&self.host, id, client, held, told_in).await? {
            warn!(chain = %host, client = %id, height = %held.height, "a node told of a consensus state that its chain's own proof contradicts; nothing is submitted");
            return Ok(Outcome::Unchecked(Unchecked::HostContradicted));
        }
        let found = Found::ConsensusState { host: host.clone(), client: id.clone(), height: held.height };
        let proof = self.proof(client, held, branch, words);
        let case = Case { chain: tracked.clone(), found, at: self.shell.clock.timestamp(), proof };
        if self.accused.insert(held.height) {
            error!(chain = %host, client = %id, %tracked, height = %held.height, "a client was deceived: it holds what its chain never had");
        }
        // The part that reads transactions may have had the header in the meantime.
        if !self.leans_on_another(held) {
            self.shell.watch.found(case);
        }
        Ok(Outcome::Attack)
    }

    /// Was the false header itself handed on? Then this client is frozen by that too, unless it is still not after a
    /// while: it may be younger than the answer.
    fn leans_on_another(&mut self, held: &TrustedState) -> bool {
        if !self.shell.watch.knows_header_of(held) {
            return false;
        }
        let clock = &self.shell.clock;
        let since = *self.leaned_on.entry(held.height).or_insert_with(|| clock.now());
        !clock.until(since.after(LEANED_ON_MAX)).is_zero()
    }

    /// With the header that the client was told, where it is known: then every client of the chain can be shown it.
    fn proof(&self, client: &ClientState, held: &TrustedState, branch: &Branch, words: &[Word]) -> Proof {
        if let Some(lie) = self.shell.watch.header_of(held)
            && self.leads_to(client, branch, &lie)
        {
            let case = Divergence::new(branch.common.clone(), branch.blocks.clone(), lie);
            return Proof::Blocks { case: Box::new(case), reverse: None };
        }
        // An endpoint that has the same block as the client: one of the two is on the false side, and who can't be told.
        for word in words {
            if let Word::Agrees(lie, other) = word
                && self.leads_to(client, branch, lie)
            {
                let case = Divergence::new(branch.common.clone(), branch.blocks.clone(), (**lie).clone());
                let truth = branch.blocks.last().filter(|truth| self.leads_to(client, branch, truth));
                let reverse = other.as_ref().zip(truth).map(|(other, truth)| {
                    Box::new(Divergence::new(other.common.clone(), other.blocks.clone(), truth.clone()))
                });
                return Proof::Blocks { case: Box::new(case), reverse };
            }
        }
        Proof::State(Box::new(FalseState {
            host: self.host.id.clone(),
            client: self.client.clone(),
            state: held.clone(),
            common: branch.common.clone(),
            branch: branch.blocks.clone(),
        }))
    }

    /// Does the common block verify this one in one step, by the client's rules?
    fn leads_to(&self, client: &ClientState, branch: &Branch, block: &LightBlock) -> bool {
        let Ok(trusted) = crate::headers::state(&branch.common) else { return false };
        let Some(next) = &branch.common.next_validators else { return false };
        let now = self.shell.clock.timestamp();
        matches!(verify(block, &trusted, next, &held::options(client), now), Verdict::Success)
    }
}
