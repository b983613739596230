//! Damaged files: no panic, never a record that was not written, and a store that works afterwards.

use std::fs;
use std::path::{Path, PathBuf};

use engine::{CursorRecord, Progress, Record};
use light_client::TrustStore;
use lightship_store::{Opened, Store, StoreError};
use types::BlockHeight;

use crate::records::{chain, cursor, key, outbox, packet, packet_bytes, packet_record};
use crate::trusted::block;

const STEPS: u64 = 30;

fn step(number: u64) -> Vec<Record> {
    vec![cursor(number), packet_record(number, Progress::Sent), packet_bytes(number), outbox(number)]
}

/// A directory with a store of some steps, opened and closed a few times so that there are snapshots too.
async fn written() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..3 {
        let store = Store::open(dir.path()).unwrap().store;
        for number in (round * STEPS / 3 + 1)..=((round + 1) * STEPS / 3) {
            store.apply(step(number)).await.unwrap();
        }
    }
    dir
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The database's files that hold something.
fn files(dir: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(dir.join("db")).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = files.filter(|path| path.is_file() && fs::metadata(path).unwrap().len() > 0).collect();
    files.sort();
    files
}

/// Is this a record that was written at some time?
fn was_written(record: &Record) -> bool {
    match record {
        Record::Cursor { cursor: CursorRecord { cursor: BlockHeight(height), .. }, .. } => *record == cursor(*height),
        Record::Packet { packet } => *record == packet_record(packet.id.sequence.0, Progress::Sent),
        Record::Outbox { tx } => *record == outbox(tx.tx.0),
        _ => false,
    }
}

/// Opens a damaged store: whatever it gives was written, nothing is lost without a notice, and it takes new records and keeps them.
async fn assert_survives(dir: &Path, what: &str) -> Opened {
    let opened = Store::open(dir).unwrap_or_else(|error| panic!("{what}: {error}"));
    for record in opened.store.restore().unwrap() {
        assert!(was_written(&record), "{what}: never written: {record:?}");
    }
    for number in 1..=STEPS {
        let found = opened.store.packet(&key(number)).unwrap();
        assert!(found.as_ref().is_none_or(|found| *found == packet(number)), "{what}: packet {number}");
        assert!(found.is_some() || opened.notice.is_some(), "{what}: packet {number} is lost, and nobody says so");
    }
    if opened.notice.is_none() {
        assert_eq!(opened.store.restore().unwrap().len(), 1 + 2 * STEPS as usize, "{what}");
    }
    opened.store.apply(step(STEPS + 1)).await.unwrap_or_else(|error| panic!("{what}: {error}"));
    let notice = opened.notice.clone();
    drop(opened);
    let again = Store::open(dir).unwrap_or_else(|error| panic!("{what}, reopened: {error}"));
    assert_eq!(again.store.packet(&key(STEPS + 1)).unwrap(), Some(packet(STEPS + 1)), "{what}");
    Opened { notice, store: again.store }
}

#[tokio::test]
async fn a_half_written_snapshot_is_removed_and_nothing_is_lost() {
    let dir = written().await;
    let left = dir.path().join("db/snap.00000000DEADBEEF.generating");
    fs::write(&left, b"half").unwrap();
    let opened = assert_survives(dir.path(), "half-written snapshot").await;
    assert!(!left.exists());
    assert_eq!(opened.notice, None);
    assert_eq!(opened.store.packet(&key(1)).unwrap(), Some(packet(1)));
}

#[tokio::test]
async fn a_damaged_snapshot_is_moved_aside_and_the_log_read_instead() {
    let dir = written().await;
    let snapshot = files(dir.path()).into_iter().find(|path| path.to_string_lossy().contains("snap."));
    let snapshot = snapshot.expect("reopening leaves a snapshot");
    fs::write(&snapshot, b"not a snapshot").unwrap();
    let opened = assert_survives(dir.path(), "damaged snapshot").await;
    let notice = opened.notice.unwrap();
    assert!(notice.contains("snapshot"), "{notice}");
    for number in 1..=STEPS {
        assert_eq!(opened.store.packet(&key(number)).unwrap(), Some(packet(number)));
    }
}

#[tokio::test]
async fn a_database_that_is_no_database_is_moved_aside() {
    let dir = written().await;
    for file in files(dir.path()) {
        fs::write(file, [0xA5; 4096]).unwrap();
    }
    let opened = assert_survives(dir.path(), "no database").await;
    let notice = opened.notice.unwrap();
    assert!(notice.contains("db.corrupt-1") && notice.contains("rebuilt from the chains"), "{notice}");
    assert!(dir.path().join("db.corrupt-1/db").is_dir());
}

/// Flips the last byte of the first value of a tree, as sled itself would never notice.
fn spoil(dir: &Path, tree: &str) {
    let db = sled::open(dir.join("db")).unwrap();
    let tree = db.open_tree(tree).unwrap();
    let (key, value) = tree.first().unwrap().unwrap();
    let mut spoiled = value.to_vec();
    *spoiled.last_mut().unwrap() ^= 1;
    tree.insert(key, spoiled).unwrap();
    db.flush().unwrap();
}

#[tokio::test]
async fn records_that_do_not_check_are_left_out_and_counted() {
    let dir = written().await;
    let store = Store::open(dir.path()).unwrap().store;
    store.put_document("draft", "a", &serde_json::json!({"step": 1})).await.unwrap();
    for height in [1, 2] {
        store.put_light_block(&chain(), BlockHeight(height), vec![7], 9).await.unwrap();
        store.trusted_blocks().put(block(height)).unwrap();
    }
    drop(store);
    for tree in ["packet", "packet_bytes", "outbox", "document", "light_block", "trusted_block"] {
        spoil(dir.path(), tree);
    }
    let Opened { store, notice } = Store::open(dir.path()).unwrap();
    assert!(notice.as_ref().is_some_and(|notice| notice.ends_with(": 6")), "{notice:?}");
    let check = store.check().unwrap();
    let bad: Vec<_> = check.trees.iter().flat_map(|tree| &tree.bad).map(|(name, _)| name.as_str()).collect();
    let packet_name = "chain-a/transfer/channel-0/1";
    assert_eq!(bad, [packet_name, packet_name, "1", "chain-a/1", "draft/a", "chain-1/1"]);

    let mut expected = vec![cursor(STEPS)];
    expected.extend((2..=STEPS).map(|number| packet_record(number, Progress::Sent)));
    expected.extend((2..=STEPS).map(outbox));
    assert_eq!(store.restore().unwrap(), expected);
    assert_eq!(store.packet(&key(1)).unwrap(), None);
    assert_eq!(store.light_block(&chain(), BlockHeight(1)).unwrap(), None);
    assert_eq!(store.newest_light_block(&chain()).unwrap(), Some((BlockHeight(2), vec![7])));
    let trusted = |height| store.trusted_blocks().get(&"chain-1".parse().unwrap(), BlockHeight(height)).unwrap();
    assert_eq!((trusted(1), trusted(2)), (None, Some(block(2))));
    let error = store.document("draft", "a").unwrap_err();
    assert!(matches!(error, StoreError::BadRecord { .. }) && error.to_string().contains("draft/a"), "{error}");
    store.documents("draft").unwrap_err();

    store.apply(step(1)).await.unwrap();
    store.delete_document("draft", "a").await.unwrap();
    store.put_light_block(&chain(), BlockHeight(1), vec![7], 9).await.unwrap();
    store.trusted_blocks().put(block(1)).unwrap();
    assert_eq!(store.check().unwrap().bad_records(), 0, "written anew, all is well");
}

#[tokio::test]
async fn a_forgetful_database_is_told_by_its_count() {
    let dir = written().await;
    let old = tempfile::tempdir().unwrap();
    copy(&dir.path().join("db"), old.path());
    let store = Store::open(dir.path()).unwrap().store;
    store.apply(step(STEPS + 1)).await.unwrap();
    drop(store);
    // The older log and snapshots in place of the newer ones: whole in themselves, but not what was last.
    for file in files(dir.path()).into_iter().filter(|file| !file.ends_with("commits")) {
        fs::remove_file(file).unwrap();
    }
    for file in fs::read_dir(old.path()).unwrap().map(|entry| entry.unwrap().path()) {
        if file.is_file() && !file.ends_with("commits") {
            fs::copy(&file, dir.path().join("db").join(file.file_name().unwrap())).unwrap();
        }
    }
    let Opened { store, notice } = Store::open(dir.path()).unwrap();
    assert!(notice.as_ref().is_some_and(|notice| notice.contains("commits are lost")), "{notice:?}");
    assert_eq!(store.restore().unwrap(), []);
}

#[tokio::test]
async fn every_cut_file_is_survived() {
    let whole = written().await;
    for file in files(whole.path()) {
        let name = file.strip_prefix(whole.path()).unwrap();
        let length = fs::metadata(&file).unwrap().len();
        for part in 0..8 {
            let dir = tempfile::tempdir().unwrap();
            copy(whole.path(), dir.path());
            let cut = length * part / 8;
            fs::OpenOptions::new().write(true).open(dir.path().join(name)).unwrap().set_len(cut).unwrap();
            assert_survives(dir.path(), &format!("{} cut to {cut} of {length}", name.display())).await;
        }
    }
}

#[tokio::test]
async fn every_flipped_byte_is_survived() {
    let whole = written().await;
    for file in files(whole.path()) {
        let name = file.strip_prefix(whole.path()).unwrap();
        let content = fs::read(&file).unwrap();
        // The log is mostly empty: flip where something stands, about forty places a file.
        let places: Vec<usize> = (0..content.len()).filter(|at| content[*at] != 0).collect();
        for at in places.iter().step_by((places.len() / 40).max(1)) {
            let dir = tempfile::tempdir().unwrap();
            copy(whole.path(), dir.path());
            let mut flipped = content.clone();
            flipped[*at] ^= 0xFF;
            fs::write(dir.path().join(name), flipped).unwrap();
            assert_survives(dir.path(), &format!("{} flipped at {at}", name.display())).await;
        }
    }
}
