//! One process owns a store.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use lightship_store::{Store, StoreError};

use crate::records::{cursor, outbox};

#[tokio::test]
async fn reopening_gives_what_was_applied() {
    let dir = tempfile::tempdir().unwrap();
    for round in 0..5_u64 {
        let opened = Store::open(dir.path()).unwrap();
        assert_eq!(opened.notice, None);
        let expected: Vec<_> = (0..round).map(outbox).collect();
        assert_eq!(opened.store.restore().unwrap(), expected);
        opened.store.apply(vec![outbox(round)]).await.unwrap();
    }
}

#[tokio::test]
async fn what_is_queued_is_written_before_the_last_clone_is_gone() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path()).unwrap().store;
    let clone = store.clone();
    drop(store);
    drop(clone.apply(vec![cursor(7)]));
    drop(clone);
    assert_eq!(Store::open(dir.path()).unwrap().store.restore().unwrap(), [cursor(7)]);
}

#[test]
fn the_directory_is_for_its_owner_alone() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("deep/store");
    let _opened = Store::open(&path).unwrap();
    for path in [&path, &dir.path().join("deep")] {
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o700);
    }
}

#[test]
fn a_second_handle_is_refused_and_told_by_whom() {
    let dir = tempfile::tempdir().unwrap();
    let _first = Store::open(dir.path()).unwrap();
    let error = Store::open(dir.path()).unwrap_err();
    assert!(matches!(&error, StoreError::InUse { pid, .. } if *pid == Some(std::process::id())), "{error:?}");
    let text = error.to_string();
    assert!(text.contains(&dir.path().display().to_string()) && text.contains("stop that process"), "{text}");
}

/// Runs in a process of its own, see below.
#[test]
#[ignore = "the other process of a_second_process_is_refused"]
fn other_process() {
    let dir = std::env::var_os("LIGHTSHIP_STORE_DIR").unwrap();
    let error = Store::open(dir.as_ref()).unwrap_err();
    let owner: u32 = std::env::var("LIGHTSHIP_STORE_OWNER").unwrap().parse().unwrap();
    assert!(matches!(error, StoreError::InUse { pid, .. } if pid == Some(owner)), "{error:?}");
}

#[test]
fn a_second_process_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let _first = Store::open(dir.path()).unwrap();
    let status = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "ownership::other_process", "--ignored"])
        .env("LIGHTSHIP_STORE_DIR", dir.path())
        .env("LIGHTSHIP_STORE_OWNER", std::process::id().to_string())
        .stdout(Stdio::null())
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn a_directory_that_cannot_be_written_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "").unwrap();
    let error = Store::open(&file.join("store")).unwrap_err().to_string();
    assert!(error.contains("file/store") && error.contains("writable"), "{error}");
}
