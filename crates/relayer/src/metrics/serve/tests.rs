//! The server over real sockets.

use std::sync::Arc;

use engine::{Engine, Options};
use store::Store;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use super::super::connection::CONNECTIONS_MAX;
use super::*;
use crate::clock::Clock;
use crate::config::RelayOptions;
use crate::driver::Driver;
use crate::run::Purpose;

const ANYWHERE: &str = "127.0.0.1:0";

/// A driver of no chains.
fn driver() -> (Driver, Handle) {
    let options = RelayOptions::default();
    let engine_options = Options {
        chains: Default::default(),
        paths: Vec::new(),
        backoff_min: options.backoff_min,
        backoff_max: options.backoff_max,
        leg_tries_max: options.leg_tries_max,
        batch_legs_max: options.batch_legs_max,
    };
    let engine = Engine::restore(Vec::new(), engine_options, 0);
    let clock = Arc::new(Clock::default());
    Driver::new(engine, Store::in_memory(), clock, Default::default(), Vec::new(), options, Purpose::Relay)
}

async fn ask(address: SocketAddr, request: &str) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(format!("{request} HTTP/1.1\r\nHost: here\r\n\r\n").as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

#[tokio::test]
async fn three_paths_are_read_and_nothing_else_is_there() {
    let (driver, handle) = driver();
    let driver = tokio::spawn(driver.run());
    let server = serve_metrics(ANYWHERE.parse().unwrap(), &handle).await.unwrap();
    for (request, status, kind, holds) in [
        ("GET /metrics", "200", page::CONTENT_TYPE, "lightship_driver_up 1.0\n"),
        ("GET /health", "200", TEXT, "ok\n"),
        ("GET /ready", "200", JSON, r#"{"ready":true,"not_ready":[]}"#),
        ("GET /", "404", TEXT, "there are /metrics, /health and /ready\n"),
        ("GET /metrics/", "404", TEXT, ""),
    ] {
        let answer = ask(server.address(), request).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request}: {answer}");
        assert!(answer.contains(&format!("content-type: {kind}\r\n")), "{request}: {answer}");
        assert!(answer.contains("connection: close\r\n") && answer.contains(holds), "{request}: {answer}");
    }
    assert!(ask(server.address(), "POST /metrics").await.starts_with("HTTP/1.1 405 "));
    handle.stop().await;
    driver.await.unwrap().unwrap();
    assert!(ask(server.address(), "GET /health").await.starts_with("HTTP/1.1 503 "), "the driver has ended");
    assert!(ask(server.address(), "GET /metrics").await.starts_with("HTTP/1.1 503 "));
}

#[tokio::test]
async fn a_driver_that_hangs_is_neither_healthy_nor_ready_and_still_counted() {
    let (driver, handle) = driver();
    // It exists, and is never run.
    let server = serve_metrics(ANYWHERE.parse().unwrap(), &handle).await.unwrap();
    assert!(ask(server.address(), "GET /health").await.starts_with("HTTP/1.1 503 "));
    let ready = ask(server.address(), "GET /ready").await;
    assert!(ready.starts_with("HTTP/1.1 503 ") && ready.contains(r#""reason":"driver_silent""#), "{ready}");
    let page = ask(server.address(), "GET /metrics").await;
    assert!(page.starts_with("HTTP/1.1 200 ") && page.contains("lightship_driver_up 0.0\n"), "{page}");
    drop(driver);
}

#[tokio::test]
async fn an_address_in_use_is_refused_by_name() {
    let taken = TcpListener::bind(ANYWHERE).await.unwrap();
    let address = taken.local_addr().unwrap();
    let handle = Handle { control: mpsc::channel(1).0, shell: Weak::new() };
    let message = serve_metrics(address, &handle).await.unwrap_err().to_string();
    assert!(message.starts_with(&format!("metrics can't be served at {address}: ")), "{message}");
}

#[tokio::test]
async fn silent_connections_are_few_and_end_by_themselves() {
    let handle = Handle { control: mpsc::channel(1).0, shell: Weak::new() };
    let lifetime = Duration::from_millis(300);
    let server = serve(ANYWHERE.parse().unwrap(), &handle, lifetime).await.unwrap();
    let mut silent = Vec::new();
    for _ in 0..CONNECTIONS_MAX * 2 {
        silent.push(TcpStream::connect(server.address()).await.unwrap());
    }
    // It waits for those before it, and then is answered.
    assert!(ask(server.address(), "GET /").await.starts_with("HTTP/1.1 404 "));
    for mut stream in silent {
        let mut nothing = Vec::new();
        // Closed, one way or another: an error says so as well as an end.
        let read = tokio::time::timeout(Duration::from_secs(10), stream.read_to_end(&mut nothing)).await;
        assert!(read.is_ok(), "a silent connection is kept open");
    }
}
