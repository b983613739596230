//! What the relayer says of a packet: the one that runs, through its socket; else what the last one kept.

use std::path::Path;

use engine::{PacketKey, Record};
use store::{Store, StoreError};
use types::{Acknowledgement, Packet};

use super::report::RelayerFacts;
use crate::socket::{self, Reply, Request};

/// What the relayer says, and the bytes that the last one kept.
pub(super) struct Told {
    pub(super) facts: RelayerFacts,
    pub(super) packet: Option<Packet>,
    pub(super) acknowledgement: Option<Acknowledgement>,
}

impl From<RelayerFacts> for Told {
    fn from(facts: RelayerFacts) -> Self {
        Self { facts, packet: None, acknowledgement: None }
    }
}

/// Asks the relayer that runs on the store, or the store itself if none does.
pub(super) async fn ask(directory: &Path, packet: &PacketKey) -> Told {
    match socket::ask(directory, &Request::Packet(packet.clone())).await {
        Ok(Some(Reply::Packet(facts))) => RelayerFacts::Runs(facts).into(),
        Ok(Some(Reply::Failed { message })) => RelayerFacts::Silent(message).into(),
        Ok(Some(Reply::Progress(_) | Reply::Cleared(_) | Reply::Coverage(_))) => {
            RelayerFacts::Silent("it answered something else".to_owned()).into()
        }
        Ok(None) => {
            let (directory, packet) = (directory.to_owned(), packet.clone());
            let read = tokio::task::spawn_blocking(move || read(&directory, &packet)).await;
            read.unwrap_or_else(|error| RelayerFacts::Unreadable(error.to_string()).into())
        }
        Err(error) => RelayerFacts::Silent(error.to_string()).into(),
    }
}

/// Blocking: opens the store, if there is one.
fn read(directory: &Path, packet: &PacketKey) -> Told {
    // Opening makes a directory where there is none; a question must not.
    if !directory.is_dir() {
        return RelayerFacts::None { record: None }.into();
    }
    match Store::open(directory).and_then(|opened| kept(&opened.store, packet)) {
        Ok(told) => told,
        Err(error @ StoreError::InUse { .. }) => RelayerFacts::Silent(error.to_string()).into(),
        Err(error) => RelayerFacts::Unreadable(error.to_string()).into(),
    }
}

fn kept(store: &Store, key: &PacketKey) -> Result<Told, StoreError> {
    let record = store.restore()?.into_iter().find_map(|record| match record {
        Record::Packet { packet } if packet.key() == *key => Some(packet),
        Record::Packet { .. }
        | Record::Cursor { .. }
        | Record::PacketBytes { .. }
        | Record::AcknowledgementBytes { .. }
        | Record::PacketForgotten { .. }
        | Record::Outbox { .. }
        | Record::OutboxCleared { .. }
        | Record::Concluded { .. }
        | Record::ConcludedForgotten { .. } => None,
    });
    let (packet, acknowledgement) = (store.packet(key)?, store.acknowledgement(key)?);
    Ok(Told { facts: RelayerFacts::None { record }, packet, acknowledgement })
}

#[cfg(test)]
mod tests {
    use super::super::testing::facts;
    use super::*;

    #[tokio::test]
    async fn a_question_makes_no_store() {
        let directory = tempfile::tempdir().unwrap();
        let store = directory.path().join("relay");
        let told = ask(&store, &facts().packet).await;
        assert_eq!(told.facts, RelayerFacts::None { record: None });
        assert!(!store.exists());
    }

    #[tokio::test]
    async fn a_store_that_somebody_has_is_said() {
        let directory = tempfile::tempdir().unwrap();
        let _opened = Store::open(directory.path()).unwrap();
        let told = ask(directory.path(), &facts().packet).await;
        let RelayerFacts::Silent(why) = told.facts else { panic!("{:?}", told.facts) };
        assert!(why.contains("in use"), "{why}");
    }
}
