//! Who is told by a webhook: begun when there is first something to tell, bounded, and in nobody's way.

use std::sync::OnceLock;

use tokio::sync::mpsc;
use tracing::warn;
use types::{BlockHeight, ChainId, ClientId};

use super::webhook::{self, Kind, Told, Webhook};

/// The webhook of a process, if one is configured.
#[derive(Debug, Default)]
pub(crate) struct Alerts {
    webhook: Option<Webhook>,
    waiting: OnceLock<mpsc::Sender<Told>>,
}

impl Alerts {
    pub(crate) fn new(webhook: Option<Webhook>) -> Self {
        Self { webhook, waiting: OnceLock::new() }
    }

    /// `client` on `host` holds a state of `chain` at a height that the chain has not come to.
    pub(crate) fn suspicion(&self, chain: &ChainId, height: BlockHeight, host: &ChainId, client: &ClientId) {
        self.tell(Told {
            kind: Kind::Suspicion,
            chain: chain.clone(),
            heights: vec![height],
            attack: "forward_lunatic",
            host: Some(host.clone()),
            client: Some(client.clone()),
            evidence: None,
            status: "suspected".to_owned(),
        });
    }

    pub(super) fn tell(&self, told: Told) {
        let Some(webhook) = &self.webhook else { return };
        let waiting = self.waiting.get_or_init(|| webhook::start(webhook.clone()));
        if waiting.try_send(told).is_err() {
            warn!("the webhook does not keep up; it is not told of this");
        }
    }
}
