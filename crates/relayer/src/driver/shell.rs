//! What actions work with, beside the driver.

use std::collections::BTreeMap;
use std::sync::Arc;

use engine::Event;
use store::Store;
use tokio::sync::{broadcast, mpsc};
use types::event::IbcEvent;
use types::{BlockHeight, ChainId};

use crate::chain::Chain;
use crate::clock::Clock;
use crate::config::RelayOptions;
use crate::metrics::Metrics;
use crate::monitor::Watch;
use crate::packets::Confirmed;
use crate::paths::Paths;
use crate::recover::{Bounds, Searches};
use crate::respond::Alerts;

/// What the driver's actions need.
#[derive(Debug)]
pub(crate) struct Shell {
    pub(crate) chains: BTreeMap<ChainId, Arc<Chain>>,
    pub(crate) paths: Paths,
    pub(crate) options: RelayOptions,
    pub(crate) metrics: Arc<Metrics>,
    /// Every handshake and closing that a block told of.
    pub(crate) openings: broadcast::Sender<Opening>,
    pub(crate) store: Store,
    pub(crate) clock: Arc<Clock>,
    pub(crate) events: mpsc::Sender<Event>,
    pub(crate) searches: Searches,
    pub(crate) bounds: Bounds,
    /// Packets whose bytes their source has confirmed.
    pub(crate) confirmed: Confirmed,
    /// What the parts of the monitor share.
    pub(crate) watch: Watch,
    /// Who else is told of attacks.
    pub(crate) alerts: Arc<Alerts>,
}

/// A step of a handshake, or a channel's closing, that a block told of: a claim.
#[derive(Clone, Debug)]
pub(crate) struct Opening {
    pub(crate) chain: ChainId,
    pub(crate) height: BlockHeight,
    pub(crate) event: IbcEvent,
}

impl Shell {
    /// Brings an event to the driver; when the driver is gone there is nobody to tell.
    pub(crate) async fn tell(&self, event: Event) {
        if self.events.send(event).await.is_err() {
            tracing::trace!("an event came after the driver's end");
        }
    }
}
