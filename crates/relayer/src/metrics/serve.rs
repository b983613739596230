//! `/metrics`, `/health` and `/ready` over HTTP: three paths, read only, one request a connection.

use std::io;
use std::net::SocketAddr;
use std::sync::Weak;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Response, StatusCode, header};
use axum::routing::get;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::control::Handle;
use crate::driver::Shell;

use super::connection::Bounded;
use super::page::{self, page};
use super::ready::{NotReady, Readiness, readiness};
use super::snapshot::{Snapshot, is_alive};

/// How long a connection lasts: its one request and the answer.
const LIFETIME: Duration = Duration::from_secs(10);

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
#[error("metrics can't be served at {address}: {source}; name another address or port by `metrics`")]
pub struct ServeError {
    address: SocketAddr,
    source: io::Error,
}

/// Serves until it is dropped.
#[derive(Debug)]
pub struct MetricsServer {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl MetricsServer {
    /// Where it serves; the port is a real one, also where any was asked for.
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for MetricsServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Serves a driver's metrics and health at `address`.
///
/// # Errors
/// When the address can't be listened on, as when another process does.
pub async fn serve_metrics(address: SocketAddr, handle: &Handle) -> Result<MetricsServer, ServeError> {
    serve(address, handle, LIFETIME).await
}

pub(super) async fn serve(
    address: SocketAddr,
    handle: &Handle,
    lifetime: Duration,
) -> Result<MetricsServer, ServeError> {
    let failed = |source| ServeError { address, source };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    let watched = Watched { shell: handle.shell.clone(), handle: handle.clone() };
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/health", get(health))
        .route("/ready", get(ready))
        .fallback(|| async {
            answer(StatusCode::NOT_FOUND, TEXT, "there are /metrics, /health and /ready\n".to_owned())
        })
        .method_not_allowed_fallback(|| async {
            answer(StatusCode::METHOD_NOT_ALLOWED, TEXT, "nothing can be changed here\n".to_owned())
        })
        .with_state(watched);
    let task = tokio::spawn(async move {
        if let Err(error) = axum::serve(Bounded::new(listener, lifetime), router).await {
            tracing::error!(%error, "metrics are not served any more");
        }
    });
    Ok(MetricsServer { address: bound, task })
}

const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json";

/// What is told of. It keeps neither the driver nor the store alive.
#[derive(Clone)]
struct Watched {
    shell: Weak<Shell>,
    handle: Handle,
}

async fn metrics(State(watched): State<Watched>) -> Response<Body> {
    let Some(shell) = watched.shell.upgrade() else { return gone() };
    let snapshot = Snapshot::take(&shell, &watched.handle).await;
    match page(&shell.metrics.counted, &snapshot) {
        Ok(page) => answer(StatusCode::OK, page::CONTENT_TYPE, page),
        Err(error) => {
            tracing::error!(%error, "metrics can't be written");
            answer(StatusCode::INTERNAL_SERVER_ERROR, TEXT, "metrics can't be written\n".to_owned())
        }
    }
}

async fn health(State(watched): State<Watched>) -> Response<Body> {
    if is_alive(&watched.handle).await {
        answer(StatusCode::OK, TEXT, "ok\n".to_owned())
    } else {
        answer(StatusCode::SERVICE_UNAVAILABLE, TEXT, "the driver does not answer\n".to_owned())
    }
}

async fn ready(State(watched): State<Watched>) -> Response<Body> {
    let readiness = match watched.shell.upgrade() {
        Some(shell) => readiness(&Snapshot::take(&shell, &watched.handle).await),
        None => {
            let detail = "the relayer is stopping".to_owned();
            let stopping = NotReady { reason: "driver_silent", subject: "driver".to_owned(), detail };
            Readiness { ready: false, not_ready: vec![stopping] }
        }
    };
    let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    match serde_json::to_string(&readiness) {
        Ok(json) => answer(status, JSON, json + "\n"),
        Err(error) => answer(StatusCode::INTERNAL_SERVER_ERROR, TEXT, format!("{error}\n")),
    }
}

fn gone() -> Response<Body> {
    answer(StatusCode::SERVICE_UNAVAILABLE, TEXT, "the relayer is stopping\n".to_owned())
}

fn answer(status: StatusCode, kind: &'static str, body: String) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    // A scrape comes each few seconds: a connection kept open meanwhile would only take another's place.
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

#[cfg(test)]
mod tests;
