//! States above the head of their chain: alerted at once, and kept until the chain clears them or proves them false.

use std::time::Duration;

use light_client::TrustedState;
use serde_json::json;
use tracing::{error, info, warn};
use types::{BlockHeight, Height};

use super::ClientWatch;
use crate::monitor::verdict;
use crate::monitor::witness::Word;
use crate::monitor::{Outcome, Unchecked};

/// Kind of the document of a suspicion, which is named `HOST/CLIENT/HEIGHT`.
const DOCUMENT: &str = "suspicion";
/// Blocks that a client may be ahead of an endpoint for a while.
const PATIENCE_BLOCKS: u32 = 3;

impl ClientWatch {
    /// A state that no endpoint has come to. It is suspected if the client `is_based` on its chain: where nothing that it
    /// holds is its chain's, nothing could ever be proven, and anyone can make such a client.
    pub(super) async fn suspect(&mut self, held: &TrustedState, words: &[Word], is_based: bool) -> Outcome {
        let clock = self.shell.clock.clone();
        let since = *self.ahead.entry(held.height).or_insert_with(|| clock.now());
        let waited = Duration::from_millis(clock.now().0.saturating_sub(since.0));
        let tracked = &self.tracked.chain;
        let age_max = tracked.config().block_time_max + tracked.config().clock_drift;
        let patience = (waited, tracked.block_time() * PATIENCE_BLOCKS);
        if !is_based || !verdict::is_suspect(held.height.revision_height, words, (clock.timestamp(), age_max), patience)
        {
            return Outcome::Unchecked(Unchecked::Behind);
        }
        if self.suspicions.insert(held.height) {
            error!(
                chain = %self.host.id, client = %self.client, tracked = %tracked.id, height = %held.height, time = held.time.0,
                "a client holds a state above the head of its chain: suspected, and proven as soon as the chain's own time has come so far"
            );
            let height = BlockHeight(held.height.revision_height);
            self.shell.alerts.suspicion(&tracked.id, height, &self.host.id, &self.client);
            self.remember(held).await;
        }
        Outcome::Suspected
    }

    /// What is known by now is no suspicion any more.
    pub(super) async fn clear_suspicion(&mut self, held: &TrustedState, outcome: &Outcome) {
        match outcome {
            Outcome::Suspected | Outcome::Unchecked(Unchecked::Behind) => return,
            // Whoever does not answer clears nobody.
            Outcome::Unchecked(_) if self.ahead.contains_key(&held.height) => return,
            Outcome::Checked { .. } | Outcome::Unchecked(_) | Outcome::Attack => {}
        }
        if self.suspicions.contains(&held.height) && matches!(outcome, Outcome::Checked { .. }) {
            info!(chain = %self.host.id, client = %self.client, height = %held.height, "a suspicion is cleared: the chain has this header");
        }
        self.drop_suspicion(held.height).await;
    }

    /// A client that is frozen deceives nobody.
    pub(super) async fn drop_suspicions(&mut self) {
        while let Some((height, _)) = self.ahead.first_key_value() {
            self.drop_suspicion(*height).await;
        }
    }

    pub(super) async fn drop_suspicion(&mut self, height: Height) {
        self.ahead.remove(&height);
        if !self.suspicions.remove(&height) {
            return;
        }
        if let Err(error) = self.shell.store.delete_document(DOCUMENT, &self.suspicion_name(height)).await {
            warn!(%error, "a suspicion that is over can't be deleted");
        }
    }

    /// Kept, so that it is known after a restart since when, and by what header, where that is known.
    async fn remember(&self, held: &TrustedState) {
        let header = self.shell.watch.header_of(held);
        let since = self.shell.clock.timestamp();
        let suspicion = json!({ "state": held, "header": header, "since": since.0 });
        let name = self.suspicion_name(held.height);
        if let Err(error) = self.shell.store.put_document(DOCUMENT, &name, &suspicion).await {
            warn!(chain = %self.host.id, client = %self.client, %error, "a suspicion can't be written down");
        }
    }

    /// What was suspected before the start.
    pub(super) fn recall(&mut self) {
        let prefix = format!("{}/{}/", self.host.id, self.client);
        let documents = match self.shell.store.documents(DOCUMENT) {
            Ok(documents) => documents,
            Err(error) => return warn!(%error, "suspicions of before can't be read; they are looked for again"),
        };
        for (name, document) in documents.into_iter().filter(|(name, _)| name.starts_with(&prefix)) {
            let state = document.get("state").cloned().map(serde_json::from_value::<TrustedState>);
            let Some(Ok(state)) = state else {
                warn!(name, "a suspicion of before can't be read; it is looked for again");
                continue;
            };
            warn!(chain = %self.host.id, client = %self.client, height = %state.height, "a state above the head of its chain is suspected since before the start");
            if let Some(Ok(header)) = document.get("header").cloned().map(serde_json::from_value) {
                self.shell.watch.keep_header(header);
            }
            self.suspicions.insert(state.height);
            self.ahead.insert(state.height, engine::Instant(0));
        }
    }

    fn suspicion_name(&self, height: Height) -> String {
        format!("{}/{}/{height}", self.host.id, self.client)
    }
}
