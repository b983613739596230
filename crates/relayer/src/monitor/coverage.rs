//! What was checked of a client, by how many, and what was not, and why.

use serde::{Deserialize, Serialize};
use store::{Store, StoreError};
use tracing::warn;
use types::client::Status;
use types::{ChainId, ClientId, Height, Timestamp};

/// What was checked of one client. Kept in the store as the document `coverage` / `HOST/CLIENT`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Coverage {
    /// Who holds the client.
    pub host: ChainId,
    /// The client.
    pub client: ClientId,
    /// The chain that it tracks.
    pub tracked: ChainId,
    /// As its host tells; none if it was not told yet.
    pub status: Option<Status>,
    /// What became of the consensus states, heights ascending.
    pub spans: Vec<Span>,
    /// Was everything looked at that the client holds, since the watch began?
    pub is_complete: bool,
    /// Why nothing can be looked at now.
    pub obstacle: Option<String>,
    /// When it was looked at last, by our clock.
    pub at: Timestamp,
}

/// Kind of the documents that coverage is kept in.
const DOCUMENT: &str = "coverage";

impl Coverage {
    /// Keeps it in the store.
    pub(super) async fn write(&self, store: &Store) -> Result<(), StoreError> {
        let name = format!("{}/{}", self.host, self.client);
        match serde_json::to_value(self) {
            Ok(json) => store.put_document(DOCUMENT, &name, &json).await,
            Err(error) => {
                warn!(%error, name, "what was checked can't be encoded");
                Ok(())
            }
        }
    }

    /// What a run on this store has written down last, of every client; what can't be read is left out, and said.
    ///
    /// # Errors
    /// When the store can't be read.
    pub fn read(store: &Store) -> Result<Vec<Self>, StoreError> {
        let mut read = Vec::new();
        for (name, json) in store.documents(DOCUMENT)? {
            match serde_json::from_value(json) {
                Ok(coverage) => read.push(coverage),
                Err(error) => warn!(%error, name, "what was checked of a client can't be read"),
            }
        }
        Ok(read)
    }
}

/// Consensus states, next to each other among those that the client holds, with one outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Height of the lowest.
    pub from: Height,
    /// Height of the highest.
    pub to: Height,
    /// How many.
    pub states: u64,
    /// What became of each.
    pub outcome: Outcome,
}

/// What became of a consensus state.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is what this many endpoints of the tracked chain have at that height, at least one.
    Checked {
        /// How many.
        witnesses: usize,
    },
    /// It could not be compared.
    Unchecked(Unchecked),
    /// It is above the chain's head: a suspicion, until the chain gets there or proves it false by time.
    Suspected,
    /// It contradicts a header that the client itself would believe: an attack, proven.
    Attack,
}

impl Unchecked {
    /// As it stands in JSON.
    pub fn name(self) -> &'static str {
        match self {
            Self::NotYet => "not_yet",
            Self::Expired => "expired",
            Self::Pruned => "pruned",
            Self::Behind => "behind",
            Self::Silent => "silent",
            Self::NotVerifiable => "not_verifiable",
            Self::HostContradicted => "host_contradicted",
            Self::NotActive => "not_active",
            Self::OtherRevision => "other_revision",
            Self::Malformed => "malformed",
        }
    }
}

/// Why a consensus state could not be compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unchecked {
    /// Nobody has looked yet.
    NotYet,
    /// The client trusts it no more, so that nothing can be proven to the client by it; and no endpoint has the header.
    Expired,
    /// No endpoint keeps the block any more.
    Pruned,
    /// The endpoints that answer are behind it.
    Behind,
    /// No endpoint answered.
    Silent,
    /// What endpoints have there differs, but can't be verified from what the client holds: a lie of theirs, a client
    /// of another chain with the same id, or one that was deceived from its first state on.
    NotVerifiable,
    /// The host's own proof contradicts what its node said of the client.
    HostContradicted,
    /// The client is frozen, expired or not allowed: it can't deceive anybody any more.
    NotActive,
    /// It is of another revision than the chain has now: of before an upgrade.
    OtherRevision,
    /// The client's state can't be read, or is none that a header could have.
    Malformed,
}
