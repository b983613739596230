//! Headers that clients are told in transactions: who told them, and whether they are their chain's.
//!
//! Since ibc-go v9 no event carries the header of an update. It stands in the bytes of the transaction, which the
//! host's verified header commits to; it tells who lied, and how, even where the state that it left is a true one
//! (validators that sign two blocks of one state). What was updated by our own wallet is not read again, unless the
//! state that it left is found false: what we send was verified before. Nor are blocks of before the start, but the
//! newest: of those the clients' states tell, and evidence in blocks.
//!
//! What is found here is proven before it is handed on: the header verifies from a state that the client holds, and so
//! does the one that contradicts it.

mod earlier;
mod header;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chain::{BlockContents, ChainError, Endpoint};
use futures::{StreamExt, stream};
use light_client::{LightBlock, Options, Verdict, data_hash, verify};
use tokio::sync::broadcast::error::RecvError;
use tokio::task::JoinSet;
use tracing::{debug, error, warn};
use types::event::{IbcEvent, ObservedTx};
use types::transaction::client_updates;
use types::{BlockHeight, ChainId, transaction};

use super::hosts::TrackedChains;
use super::sighting::is_of_client;
use super::told::{self, Known};
use super::tracked::Tracked;
use super::{Sighting, held};
use crate::chain::Chain;
use crate::driver::Shell;
use crate::evidence::{Case, Found};
use crate::headers::{self, HeaderError};
use header::{Told, told_by};

pub(super) use earlier::{Telling, read_telling};

/// Blocks that are read at the same time, and headers of one block.
const BLOCKS_IN_FLIGHT_MAX: usize = 16;
const HEADERS_IN_FLIGHT_MAX: usize = 8;
/// How often a block is asked for, or a header compared, before it is left to the comparison of states; and the first
/// pause between, which doubles.
const TRIES_MAX: u32 = 8;
const PAUSE: Duration = Duration::from_millis(250);

/// Reads the transactions that updated clients, for ever.
pub(super) async fn watch(shell: Arc<Shell>, tracked: Arc<TrackedChains>) {
    let mut sightings = shell.watch.sightings();
    let mut reading = JoinSet::new();
    // Apart, since a chain that does not answer must not take the place of another's blocks.
    let mut again = JoinSet::new();
    for host in shell.chains.values() {
        let host = Host { shell: shell.clone(), host: host.clone(), tracked: tracked.clone() };
        again.spawn(host.read_again());
    }
    loop {
        let sighting = tokio::select! {
            sighting = sightings.recv(), if reading.len() < BLOCKS_IN_FLIGHT_MAX => sighting,
            Some(ended) = reading.join_next(), if !reading.is_empty() => {
                if let Err(error) = ended {
                    error!(%error, "the reading of a block's transactions failed; what they told clients is judged by the clients' states");
                }
                continue;
            }
        };
        match sighting {
            Ok(sighting) => {
                let host = shell.chains.get(&sighting.chain);
                if let Some(host) = host.filter(|host| is_foreign(&sighting, host.address())) {
                    let host = Host { shell: shell.clone(), host: host.clone(), tracked: tracked.clone() };
                    // A stranger's update is rare, and what it may be can't wait behind the packets' questions.
                    reading.spawn(async move { chain::urgently(host.read(sighting.block.height)).await });
                }
            }
            Err(RecvError::Lagged(missed)) => {
                warn!(
                    missed,
                    "too many blocks with updates of clients; what they told is judged by the clients' states"
                );
            }
            Err(RecvError::Closed) => return,
        }
    }
}

/// Reads the newest blocks of a host, once.
pub(super) async fn once(shell: &Arc<Shell>, host: &Arc<Chain>, tracked: &Arc<TrackedChains>) {
    Host { shell: shell.clone(), host: host.clone(), tracked: tracked.clone() }.read_again().await;
}

/// Did anybody else but our own wallet update a client in a transaction of this block? Who signed is a claim of the
/// node; whoever makes it falsely hides the header, not the state.
fn is_foreign(sighting: &Sighting, own: &str) -> bool {
    let is_own = |tx: &ObservedTx| !tx.signers.is_empty() && tx.signers.iter().all(|(address, _)| address == own);
    sighting.block.transactions.iter().any(|tx| tx.events.iter().any(is_update) && !is_own(tx))
}

/// Was a client that is there told something?
fn is_update(event: &IbcEvent) -> bool {
    is_of_client(event) && !matches!(event, IbcEvent::CreateClient { .. })
}

/// Why a block's transactions can't be had.
#[derive(Debug, thiserror::Error)]
enum Unread {
    #[error(transparent)]
    Chain(#[from] ChainError),
    #[error(transparent)]
    Header(#[from] HeaderError),
    #[error("{0} tells of other transactions in block {1} than its header commits to")]
    Lie(String, BlockHeight),
}

/// The chain whose blocks are read.
struct Host {
    shell: Arc<Shell>,
    host: Arc<Chain>,
    tracked: Arc<TrackedChains>,
}

impl Host {
    async fn read(&self, height: BlockHeight) {
        let Some(contents) = self.contents(height).await else { return };
        let all = contents.transactions.iter().flat_map(|bytes| {
            let transaction = transaction::hash(bytes);
            client_updates(bytes).into_iter().flat_map(move |update| told_by(&update, &transaction, height))
        });
        // Of many updates to one header, one is enough a client.
        let distinct: BTreeMap<_, Told> = all
            .map(|told| ((told.client.clone(), told.header.light_block().header_hash().to_string()), told))
            .collect();
        stream::iter(distinct.into_values())
            .for_each_concurrent(HEADERS_IN_FLIGHT_MAX, |told| async move { self.compare(told).await })
            .await;
    }

    /// What stands in a block, by the first endpoint that proves it.
    async fn contents(&self, height: BlockHeight) -> Option<BlockContents> {
        let mut failed = None;
        for tries in 0..TRIES_MAX {
            for endpoint in self.host.all_endpoints() {
                match self.contents_of(endpoint, height).await {
                    Ok(contents) => return Some(contents),
                    Err(error) => {
                        debug!(chain = %self.host.id, %height, %error, "a block's transactions can't be read yet");
                        failed = Some(error);
                    }
                }
            }
            tokio::time::sleep(PAUSE * (1 << tries)).await;
        }
        let reason = failed.map_or_else(String::new, |error| error.to_string());
        warn!(chain = %self.host.id, %height, reason, "a block's transactions can't be read; what they told clients is judged by the clients' states");
        None
    }

    async fn contents_of(&self, endpoint: &Endpoint, height: BlockHeight) -> Result<BlockContents, Unread> {
        let headers = self.host.headers().await?;
        let (contents, verified) = tokio::join!(endpoint.block(height), headers.verified(endpoint, height, None));
        let (contents, verified) = (contents?, verified?);
        let committed = contents.header.data_hash.unwrap_or_else(|| data_hash::<&[u8]>(&[]));
        let is_committed = data_hash(&contents.transactions) == committed;
        if is_committed && contents.header.hash() == verified.header_hash() {
            return Ok(contents);
        }
        Err(Unread::Lie(endpoint.name().to_owned(), height))
    }

    /// Is the header its chain's? Endpoints that do not answer, or are behind it, are asked again.
    async fn compare(&self, told: Told) {
        let (host, client, height) = (&self.host.id, &told.client, told.header.signed_header.header.height);
        let chain = told.header.signed_header.header.chain_id.as_str().parse::<ChainId>();
        let Some(tracked) = chain.ok().and_then(|chain| self.tracked.get(&chain)) else { return };
        let block = told.header.light_block();
        for tries in 0..TRIES_MAX {
            match told::known(tracked, &block).await {
                Known::True => return debug!(chain = %host, %client, %height, "the header of an update is its chain's"),
                known @ (Known::Other | Known::Behind) => match self.accuse(tracked, &told, &block).await {
                    Ok(is_settled) if is_settled || known == Known::Other => return,
                    Ok(_) => {}
                    Err(error) => debug!(chain = %host, %client, %height, %error, "a client can't be read yet"),
                },
                Known::Nothing => {}
            }
            tokio::time::sleep(PAUSE * (1 << tries)).await;
        }
        warn!(chain = %host, %client, %height, tracked = %tracked.chain.id, "nobody says whether the header of an update is its chain's; the client's state will tell");
    }

    /// No endpoint has this header, or not all have. If the client believes it, it is kept; if something that the client
    /// believes as well contradicts it, that is an attack. Gives whether there is nothing more to be found.
    async fn accuse(&self, tracked: &Tracked, told: &Told, block: &LightBlock) -> Result<bool, ChainError> {
        let (host, id, query) = (&self.host.id, &told.client, self.host.query());
        let client = query.client_state(id).await?;
        let trusted = query.consensus_state(id, told.header.trusted_height).await?;
        let Ok(base) = held::facts(&client, told.header.trusted_height, trusted) else { return Ok(true) };
        if client.chain_id != tracked.chain.id {
            return Ok(true);
        }
        let (options, now): (Options, _) = (held::options(&client), self.shell.clock.timestamp());
        let height = block.height();
        match verify(block, &base, &told.header.trusted_validators, &options, now) {
            Verdict::Success => {}
            verdict @ (Verdict::NotEnoughTrust(_) | Verdict::Invalid(_)) => {
                warn!(chain = %host, client = %id, %height, ?verdict, sender = told.sender, "somebody sent a client a header that not all endpoints have, and that it does not believe");
                return Ok(true);
            }
        }
        self.shell.watch.keep_header(block.clone());
        let Some(proof) = told::contradicted(tracked, &base, block, options, now).await else { return Ok(false) };
        if headers::state(block).is_ok_and(|state| self.shell.watch.knows_header_of(&state)) {
            return Ok(true);
        }
        let found = Found::Update {
            host: host.clone(),
            client: id.clone(),
            signer: told.sender.clone(),
            transaction: told.transaction.clone(),
            block: told.block,
        };
        if self.shell.watch.found(Case { chain: tracked.chain.id.clone(), found, at: now, proof }) {
            error!(chain = %host, client = %id, tracked = %tracked.chain.id, %height, sender = told.sender, transaction = told.transaction, "a client was told a header that its chain never had");
        }
        Ok(true)
    }
}

#[cfg(test)]
mod tests {
    use types::AccountSequence;
    use types::event::ObservedBlock;

    use super::*;

    fn updated_by(signers: &[&str]) -> Sighting {
        let client = "07-tendermint-0".parse().unwrap();
        let tx = ObservedTx {
            index: 0,
            signers: signers.iter().map(|signer| ((*signer).to_owned(), AccountSequence(1))).collect(),
            signatures: Vec::new(),
            code: 0,
            codespace: String::new(),
            log: String::new(),
            gas_wanted: 0,
            gas_used: 0,
            events: vec![IbcEvent::UpdateClient { client, consensus_heights: Vec::new() }],
        };
        let block = ObservedBlock { height: BlockHeight(3), block_events: Vec::new(), transactions: vec![tx] };
        Sighting { chain: "chain-a".parse().unwrap(), block: Arc::new(block) }
    }

    #[test]
    fn a_block_is_read_unless_all_its_updates_are_our_own() {
        assert!(!is_foreign(&updated_by(&["we"]), "we"));
        for signers in [&["they"][..], &["we", "they"], &[]] {
            assert!(is_foreign(&updated_by(signers), "we"), "{signers:?}");
        }
        assert!(is_foreign(&updated_by(&["they"]), ""), "without a key nothing is our own");
    }

    #[test]
    fn what_updates_no_client_is_not_read() {
        let mut sighting = updated_by(&["they"]);
        let block = Arc::make_mut(&mut sighting.block);
        let outside = std::mem::take(&mut block.transactions).remove(0).events;
        block.block_events = outside;
        assert!(!is_foreign(&sighting, "we"), "it stands in no transaction's bytes");
    }
}
