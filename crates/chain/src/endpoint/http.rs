//! One HTTP request: bounded in number, time and size.

use std::error::Error as _;
use std::sync::atomic::Ordering;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use reqwest::{Client, StatusCode, redirect};

use super::Endpoint;
use crate::error::Failure;
use crate::node_errors::clean;

/// CometBFT's default limit of a request's body (`rpc.max_body_bytes`), less a margin.
pub(super) const REQUEST_BYTES_MAX: usize = 990_000;
/// How long connecting may take, within the total deadline.
const CONNECT_DEADLINE: Duration = Duration::from_secs(5);
/// How long an idle connection is kept: shorter than what CometBFT keeps (`WriteTimeout`, 10 s and more), so that we
/// close first and never write into a connection that the node is just closing.
const IDLE_KEPT: Duration = Duration::from_secs(8);

/// The client that an endpoint, or a webhook, keeps.
pub(crate) fn client() -> Result<Client, String> {
    Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .connect_timeout(CONNECT_DEADLINE)
        .pool_idle_timeout(IDLE_KEPT)
        .tcp_nodelay(true)
        .user_agent(concat!("lightship/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| reason(&error))
}

/// What reqwest knows about a failure, without the address.
pub(crate) fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(deeper) = cause.source() {
        cause = deeper;
    }
    let kind = if error.is_connect() { "can't connect: " } else { "" };
    if error.source().is_some() { clean(&format!("{kind}{cause}")) } else { format!("{kind}the request failed") }
}

/// A body and whether HTTP called it a success.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) body: Bytes,
}

impl Endpoint {
    /// Posts `body` and reads at most `bytes_max` of the answer.
    pub(super) async fn post(&self, body: Vec<u8>, bytes_max: usize) -> Result<Answer, Failure> {
        if body.len() > REQUEST_BYTES_MAX {
            return Err(Failure::RequestTooLarge(body.len()));
        }
        let inner = &self.inner;
        let _permit = inner.in_flight.acquire().await.map_err(|_| Failure::Unreachable("closed".to_owned()))?;
        inner.posts.fetch_add(1, Ordering::Relaxed);
        let bytes_max = bytes_max.min(inner.options.body_bytes_max);
        let deadline = inner.options.deadline;
        let answered = match tokio::time::timeout(deadline, self.exchange(body, bytes_max)).await {
            Ok(answer) => answer,
            Err(_) => Err(Failure::Deadline(deadline)),
        };
        if answered.is_err() {
            inner.posts_failed.fetch_add(1, Ordering::Relaxed);
        }
        answered
    }

    async fn exchange(&self, body: Vec<u8>, bytes_max: usize) -> Result<Answer, Failure> {
        let request = self
            .inner
            .http
            .post(self.inner.options.rpc.clone())
            .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
            .body(body);
        let unreachable = |error: reqwest::Error| Failure::Unreachable(reason(&error));
        let mut response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        if status.is_redirection() {
            return Err(Failure::Redirected(status.as_u16()));
        }
        let announced = response.content_length().and_then(|length| usize::try_from(length).ok());
        if announced.is_some_and(|length| length > bytes_max) {
            return Err(Failure::TooLarge(bytes_max));
        }
        // What a node announces is no reason to allocate it before it comes.
        let mut read = Vec::with_capacity(announced.unwrap_or_default().min(1 << 20));
        while let Some(chunk) = response.chunk().await.map_err(unreachable)? {
            if read.len().saturating_add(chunk.len()) > bytes_max {
                return Err(Failure::TooLarge(bytes_max));
            }
            read.extend_from_slice(&chunk);
        }
        Ok(Answer { status, body: read.into() })
    }
}
