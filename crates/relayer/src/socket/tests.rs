//! The protocol, and clients that mean no good, against a driver without any path.

use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use engine::{ChannelKey, Engine, Options, PacketKey};
use store::Store;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use types::{BlockHeight, Sequence};

use super::*;
use crate::clear::ClearRequest;
use crate::clock::Clock;
use crate::config::RelayOptions;
use crate::control::Handle;
use crate::driver::Driver;
use crate::run::Purpose;

fn packet() -> PacketKey {
    let source = ChannelKey {
        chain: "chain-a".parse().unwrap(),
        port: "transfer".parse().unwrap(),
        channel: "channel-0".parse().unwrap(),
    };
    PacketKey { source, sequence: Sequence(7) }
}

fn driver() -> (Driver, Handle) {
    let options = Options {
        chains: BTreeMap::new(),
        paths: Vec::new(),
        backoff_min: Duration::from_millis(1),
        backoff_max: Duration::from_secs(1),
        leg_tries_max: 3,
        batch_legs_max: 10,
    };
    let engine = Engine::restore(Vec::new(), options, 1);
    let (store, clock) = (Store::in_memory(), Arc::new(Clock::default()));
    Driver::new(engine, store, clock, BTreeMap::new(), Vec::new(), RelayOptions::default(), Purpose::Relay)
}

/// A directory with a socket that a driver without paths answers.
fn served() -> (tempfile::TempDir, ControlSocket) {
    let directory = tempfile::tempdir().unwrap();
    let socket = serve(directory.path());
    (directory, socket)
}

fn serve(directory: &Path) -> ControlSocket {
    let (driver, handle) = driver();
    tokio::spawn(driver.run());
    ControlSocket::serve(directory, handle).unwrap()
}

async fn raw(directory: &Path, bytes: &[u8]) -> String {
    let mut stream = UnixStream::connect(directory.join("control.sock")).await.unwrap();
    // The server may have had enough before everything was written.
    stream.write_all(bytes).await.unwrap_or_default();
    let mut answer = String::new();
    tokio::time::timeout(Duration::from_secs(20), stream.read_to_string(&mut answer))
        .await
        .unwrap()
        .unwrap_or_default();
    answer
}

#[test]
fn what_is_asked_is_what_is_read() {
    let channels = BTreeSet::from([packet().source]);
    let search_from = BTreeMap::from([("chain-a".parse().unwrap(), BlockHeight(7))]);
    let clear = ClearRequest { channels, packets: Some(BTreeSet::from([packet()])), search_from };
    for request in [Request::Clear(clear), Request::Packet(packet()), Request::Coverage] {
        let line = request.line().unwrap();
        assert!(!line.contains(&b'\n'));
        assert_eq!(Request::read(&line), Ok(request));
    }
}

#[test]
fn another_version_is_said_with_the_mend() {
    let refused = Request::read(br#"{"version":1,"request":{"packet":null}}"#).unwrap_err();
    assert!(refused.contains("version 1") && refused.contains("restart"), "{refused}");
    assert!(Request::read(br#"{"request":{}}"#).unwrap_err().contains("names no version"));
    assert!(Request::read(br#"{"version":3,"request":{"dance":{}}}"#).unwrap_err().contains("no such request"));
}

#[tokio::test]
async fn a_packet_of_no_path_is_said_to_be_of_none() {
    let (directory, _socket) = served();
    let reply = ask(directory.path(), &Request::Packet(packet())).await.unwrap();
    let Some(Reply::Packet(facts)) = reply else { panic!("{reply:?}") };
    assert!(!facts.is_configured && facts.record.is_none());
}

#[tokio::test]
async fn a_channel_of_no_path_is_not_cleared() {
    let (directory, _socket) = served();
    let request = ClearRequest { channels: BTreeSet::from([packet().source]), ..ClearRequest::default() };
    let reply = ask(directory.path(), &Request::Clear(request)).await.unwrap();
    let Some(Reply::Failed { message }) = reply else { panic!("{reply:?}") };
    assert!(message.contains("transfer/channel-0 of chain-a is on no path"), "{message}");
}

#[tokio::test]
async fn the_socket_is_for_its_owner_alone_and_goes_with_its_server() {
    let (directory, socket) = served();
    let path = directory.path().join("control.sock");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    drop(socket);
    assert!(!path.exists());
    assert!(ask(directory.path(), &Request::Packet(packet())).await.unwrap().is_none());
}

#[tokio::test]
async fn what_a_killed_process_left_behind_is_nobody_and_is_replaced() {
    let directory = tempfile::tempdir().unwrap();
    drop(std::os::unix::net::UnixListener::bind(directory.path().join("control.sock")).unwrap());
    assert!(ask(directory.path(), &Request::Packet(packet())).await.unwrap().is_none());
    let _socket = serve(directory.path());
    assert!(ask(directory.path(), &Request::Packet(packet())).await.unwrap().is_some());
}

#[tokio::test]
async fn a_directory_whose_name_is_too_long_for_a_socket_is_served_all_the_same() {
    let parent = tempfile::tempdir().unwrap();
    let directory = parent.path().join("x".repeat(120));
    std::fs::create_dir(&directory).unwrap();
    let _socket = serve(&directory);
    assert!(ask(&directory, &Request::Packet(packet())).await.unwrap().is_some());
}

#[tokio::test]
async fn what_is_no_request_is_answered_with_the_mend() {
    let (directory, _socket) = served();
    for (bytes, said) in [
        (&b"\n"[..], "no request"),
        (b"dance\n", "no request"),
        (b"{}\n", "names no version"),
        (b"\xff\xfe\n", "no request"),
    ] {
        let answer = raw(directory.path(), bytes).await;
        assert!(answer.contains("failed") && answer.contains(said), "{bytes:?}: {answer}");
    }
}

#[tokio::test]
async fn a_line_without_end_is_cut_off() {
    let (directory, _socket) = served();
    let answer = raw(directory.path(), &vec![b'['; 5 << 20]).await;
    assert!(answer.is_empty() || answer.contains("longer than"), "{answer}");
    assert!(ask(directory.path(), &Request::Packet(packet())).await.unwrap().is_some());
}

#[tokio::test]
async fn more_connections_than_there_are_places_for_are_told_so_and_the_others_are_served() {
    let (directory, _socket) = served();
    let mut idle = Vec::new();
    for _ in 0..16 {
        idle.push(UnixStream::connect(directory.path().join("control.sock")).await.unwrap());
    }
    let reply = ask(directory.path(), &Request::Packet(packet())).await.unwrap();
    let Some(Reply::Failed { message }) = reply else { panic!("{reply:?}") };
    assert!(message.contains("try again later"), "{message}");
    drop(idle);
    // The places are given back when the server has seen that their holders are gone.
    for _ in 0..100 {
        if let Some(Reply::Packet(_)) = ask(directory.path(), &Request::Packet(packet())).await.unwrap() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("no place was given back");
}

#[tokio::test]
async fn a_server_that_says_nonsense_is_named_another_version() {
    let directory = tempfile::tempdir().unwrap();
    let listener = tokio::net::UnixListener::bind(directory.path().join("control.sock")).unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        stream.write_all(b"{\"danced\":true}\n").await.unwrap();
        stream.read_to_end(&mut Vec::new()).await.unwrap();
    });
    let error = ask(directory.path(), &Request::Packet(packet())).await.unwrap_err();
    assert!(matches!(error, SocketError::Malformed { .. }), "{error}");
}

#[tokio::test]
async fn a_relayer_that_ends_meanwhile_is_said_with_the_mend() {
    let directory = tempfile::tempdir().unwrap();
    let listener = tokio::net::UnixListener::bind(directory.path().join("control.sock")).unwrap();
    tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut asked = [0; 1];
        stream.read_exact(&mut asked).await.unwrap();
    });
    let error = ask(directory.path(), &Request::Packet(packet())).await.unwrap_err();
    assert!(matches!(error, SocketError::Gone { .. }), "{error}");
    assert!(error.to_string().contains("run the same again"), "{error}");
}
