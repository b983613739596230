//! The clients of a host chain that are watched: those of chains that we know, whoever made them.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use chain::ChainError;
use futures::{StreamExt, stream};
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use tracing::{info, warn};
use types::client::ClientState;
use types::event::IbcEvent;
use types::{BlockHeight, ChainId, ClientId};

use super::client::ClientWatch;
use super::inbox::Inbox;
use super::tracked::Tracked;
use super::{Coverage, MonitorOptions, Sighting};
use crate::chain::Chain;
use crate::driver::Shell;
use crate::supervise::supervised;

/// Clients of one host that are watched, at most.
const CLIENTS_MAX: usize = 4_096;
/// Clients are listed again after so long: events are claims, and an upgrade or a recovery tells of none.
const LIST_EVERY: Duration = Duration::from_secs(300);
/// How long a list that failed is left alone, at first and at most.
const RETRY_MIN: Duration = Duration::from_millis(500);
const RETRY_MAX: Duration = Duration::from_secs(60);

/// How long a single look waits for a chain, and how often it asks for its clients.
pub(super) const REACHED_WITHIN: Duration = Duration::from_secs(20);
const LIST_TRIES_MAX: u32 = 4;
/// Clients of one host that a single look compares at a time.
const ONCE_IN_FLIGHT_MAX: usize = 8;

/// The chains whose clients are watched.
pub(super) type TrackedChains = BTreeMap<ChainId, Arc<Tracked>>;

/// The chains whose clients are watched, by these options.
pub(super) fn tracked(shell: &Shell, options: &MonitorOptions) -> TrackedChains {
    let watched = shell.chains.iter().filter(|(id, _)| options.is_watched(id));
    watched.map(|(id, chain)| (id.clone(), Arc::new(Tracked::new(chain.clone(), &shell.clock)))).collect()
}

/// A host's clients that are watched.
struct Hosted {
    shell: Arc<Shell>,
    host: Arc<Chain>,
    tracked: Arc<TrackedChains>,
    inboxes: BTreeMap<ClientId, Arc<Inbox>>,
    /// Clients of chains that we do not know.
    others: BTreeSet<ClientId>,
    watches: JoinSet<()>,
    is_full_said: bool,
}

/// Watches one host's clients for ever.
pub(super) async fn watch(shell: Arc<Shell>, host: Arc<Chain>, tracked: Arc<TrackedChains>) {
    let mut sightings = shell.watch.sightings();
    host.head_at_least(BlockHeight(1)).await;
    let mut hosted = Hosted {
        shell,
        host,
        tracked,
        inboxes: BTreeMap::new(),
        others: BTreeSet::new(),
        watches: JoinSet::new(),
        is_full_said: false,
    };
    let mut failures = 0_u32;
    hosted.list_or_say(&mut failures).await;
    loop {
        let pause = match failures {
            0 => LIST_EVERY,
            failures => RETRY_MIN.saturating_mul(1 << failures.min(10)).min(RETRY_MAX),
        };
        let sighting = tokio::select! {
            sighting = sightings.recv() => sighting,
            () = tokio::time::sleep(pause) => {
                hosted.list_or_say(&mut failures).await;
                continue;
            }
        };
        let is_news = match sighting {
            Ok(sighting) => sighting.chain == hosted.host.id && hosted.note(&sighting),
            Err(RecvError::Lagged(_)) => {
                hosted.inboxes.values().for_each(|inbox| inbox.list());
                true
            }
            Err(RecvError::Closed) => return,
        };
        if is_news {
            hosted.list_or_say(&mut failures).await;
        }
    }
}

impl Hosted {
    async fn list_or_say(&mut self, failures: &mut u32) {
        match self.list().await {
            Ok(()) => {
                *failures = 0;
                self.shell.watch.listed(&self.host.id);
            }
            Err(error) => {
                *failures = failures.saturating_add(1);
                warn!(chain = %self.host.id, %error, "clients can't be listed now; it is tried again");
            }
        }
    }

    async fn list(&mut self) -> Result<(), ChainError> {
        for (client, tracked) in clients(&self.host, &self.tracked, &mut self.others).await? {
            if self.inboxes.contains_key(&client) {
                continue;
            }
            if self.inboxes.len() >= CLIENTS_MAX {
                if !std::mem::replace(&mut self.is_full_said, true) {
                    warn!(chain = %self.host.id, max = CLIENTS_MAX, "the chain has more clients of known chains than are watched; the newest are left out");
                }
                break;
            }
            self.begin(client, tracked);
        }
        Ok(())
    }

    fn begin(&mut self, client: ClientId, tracked: Arc<Tracked>) {
        info!(chain = %self.host.id, %client, tracks = %tracked.chain.id, "watching a client");
        let inbox = Arc::new(Inbox::default());
        self.inboxes.insert(client.clone(), inbox.clone());
        let (shell, host) = (self.shell.clone(), self.host.clone());
        self.watches.spawn(supervised("a client's watch", move || {
            let (shell, host, client) = (shell.clone(), host.clone(), client.clone());
            ClientWatch::new(shell, host, client, tracked.clone(), inbox.clone()).run()
        }));
    }

    /// Tells the clients' watches what a block told. Gives whether it tells of a client that is not known.
    fn note(&self, sighting: &Sighting) -> bool {
        let mut is_news = false;
        for event in sighting.block.events() {
            match event {
                IbcEvent::UpdateClient { client, consensus_heights } => match self.inboxes.get(client) {
                    Some(inbox) => inbox.updated(consensus_heights, sighting.block.height),
                    None => is_news |= !self.others.contains(client),
                },
                IbcEvent::ClientMisbehaviour { client } => {
                    if let Some(inbox) = self.inboxes.get(client) {
                        inbox.list();
                    }
                }
                IbcEvent::CreateClient { .. } => is_news = true,
                IbcEvent::SendPacket { .. }
                | IbcEvent::RecvPacket { .. }
                | IbcEvent::WriteAcknowledgement { .. }
                | IbcEvent::AcknowledgePacket { .. }
                | IbcEvent::TimeoutPacket { .. }
                | IbcEvent::ConnectionOpen { .. }
                | IbcEvent::ChannelOpen { .. }
                | IbcEvent::ChannelClosed { .. } => {}
            }
        }
        is_news
    }
}

/// The clients on `host` of chains that are watched; the rest go to `others`.
pub(super) async fn clients(
    host: &Chain,
    tracked: &TrackedChains,
    others: &mut BTreeSet<ClientId>,
) -> Result<Vec<(ClientId, Arc<Tracked>)>, ChainError> {
    let mut clients = Vec::new();
    for listed in host.query().client_states().await? {
        // A client of another kind is none of ICS-07, and one that can't be read deceives nobody by a header.
        let tracks = ClientState::try_from(listed.state).ok().map(|state| state.chain_id);
        match tracks.and_then(|chain| tracked.get(&chain)) {
            Some(tracked) => clients.push((listed.client, tracked.clone())),
            None => {
                others.insert(listed.client);
            }
        }
    }
    Ok(clients)
}

/// One look at all of a host's clients.
///
/// # Errors
/// Why they could not be listed.
pub(super) async fn once(
    shell: &Arc<Shell>,
    host: &Arc<Chain>,
    tracked: &TrackedChains,
) -> Result<Vec<Coverage>, String> {
    let reached = tokio::time::timeout(REACHED_WITHIN, host.head_at_least(BlockHeight(1))).await;
    reached.map_err(|_| format!("{} could not be reached within {} s", host.id, REACHED_WITHIN.as_secs()))?;
    let mut tries = 1;
    let clients = loop {
        match clients(host, tracked, &mut BTreeSet::new()).await {
            Ok(clients) => break clients,
            Err(error) if tries >= LIST_TRIES_MAX => return Err(error.to_string()),
            Err(error) => warn!(chain = %host.id, %error, "clients can't be listed now; it is tried again"),
        }
        tokio::time::sleep(RETRY_MIN.saturating_mul(tries)).await;
        tries += 1;
    };
    shell.watch.listed(&host.id);
    let watches = clients
        .into_iter()
        .map(|(client, tracked)| ClientWatch::new(shell.clone(), host.clone(), client, tracked, Arc::default()).once());
    Ok(stream::iter(watches).buffer_unordered(ONCE_IN_FLIGHT_MAX).collect().await)
}
