//! A webhook: whoever shall be woken is told by a POST of JSON. It holds up nothing, and nothing waits for it.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use chain::Hook;
use chain::endpoint::redacted;
use serde::Serialize;
use tokio::sync::mpsc;
use tracing::{debug, warn};
use types::{BlockHeight, ChainId, ClientId};
use url::Url;

/// Messages that wait, at most.
const WAITING_MAX: usize = 256;
/// How long one try may take.
const DEADLINE: Duration = Duration::from_secs(10);
/// Pauses between the tries of one message; whoever does not answer then is not told.
const PAUSES_S: [u64; 5] = [1, 5, 30, 120, 600];

/// Where messages go. May carry credentials, which stand in no log.
#[derive(Clone, PartialEq, Eq)]
pub struct Webhook(pub Url);

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Webhook").field(&redacted(&self.0)).finish()
    }
}

/// One message.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Told {
    pub(super) kind: Kind,
    /// The attacked chain.
    pub(super) chain: ChainId,
    /// Of the common block, and of the one in question.
    pub(super) heights: Vec<BlockHeight>,
    pub(super) attack: &'static str,
    pub(super) host: Option<ChainId>,
    pub(super) client: Option<ClientId>,
    /// The evidence file on this machine.
    pub(super) evidence: Option<PathBuf>,
    pub(super) status: String,
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Kind {
    Suspicion,
    Attack,
    Frozen,
    CantBeFrozen,
}

impl Kind {
    /// As it is written.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Suspicion => "suspicion",
            Self::Attack => "attack",
            Self::Frozen => "frozen",
            Self::CantBeFrozen => "cant_be_frozen",
        }
    }
}

/// Begins to tell a webhook, until the sender is dropped.
pub(super) fn start(Webhook(address): Webhook) -> mpsc::Sender<Told> {
    let (sender, mut waiting) = mpsc::channel::<Told>(WAITING_MAX);
    tokio::spawn(async move {
        let hook = match Hook::new(address, DEADLINE) {
            Ok(hook) => hook,
            Err(error) => return warn!(%error, "the webhook can't be used"),
        };
        while let Some(told) = waiting.recv().await {
            deliver(&hook, &told).await;
        }
    });
    sender
}

async fn deliver(hook: &Hook, told: &Told) {
    let body = match serde_json::to_vec(told) {
        Ok(body) => body,
        Err(error) => return warn!(%error, "a message to the webhook can't be written"),
    };
    for pause in PAUSES_S.map(Duration::from_secs) {
        match hook.post(body.clone()).await {
            Ok(()) => return debug!(%hook, "webhook told"),
            Err(error) => {
                warn!(%error, retry_after_s = pause.as_secs(), "the webhook does not take a message; it is tried again");
                tokio::time::sleep(pause).await;
            }
        }
    }
    warn!(%hook, kind = ?told.kind, chain = %told.chain, "the webhook is not told of this: it has not answered");
}
