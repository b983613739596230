//! A webhook: somebody's address that takes JSON. What it answers is of no interest but for having taken it.

use std::fmt;
use std::time::Duration;

use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, HeaderValue};
use url::Url;

use crate::endpoint::{redacted, unnamed_reason, webhook_client};
use crate::error::{ChainError, Failure};

/// An address that takes JSON, `http` or `https`. Credentials in it stand in no message.
#[derive(Clone)]
pub struct Hook {
    name: String,
    address: Url,
    deadline: Duration,
    http: Client,
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl Hook {
    /// Nothing is sent yet. Each message may take `deadline`.
    ///
    /// # Errors
    /// When the address is of another kind, or the TLS roots of the system can't be read.
    pub fn new(address: Url, deadline: Duration) -> Result<Self, ChainError> {
        crate::install_crypto_provider();
        let name = redacted(&address);
        let refuse = |reason: String| ChainError::new(name.clone(), "webhook", Failure::Address(reason));
        if !matches!(address.scheme(), "http" | "https") || address.host_str().is_none() {
            return Err(refuse("a webhook must be an http or https address".to_owned()));
        }
        let http = webhook_client().map_err(refuse)?;
        Ok(Self { name, address, deadline, http })
    }

    /// Posts JSON; no redirect is followed, and nothing of the answer is read but its status.
    ///
    /// # Errors
    /// When it was not taken.
    pub async fn post(&self, json: Vec<u8>) -> Result<(), ChainError> {
        let post = self.http.post(self.address.clone());
        let post = post.header(CONTENT_TYPE, HeaderValue::from_static("application/json")).body(json);
        let failure = match tokio::time::timeout(self.deadline, post.send()).await {
            Err(_) => Failure::Deadline(self.deadline),
            Ok(Err(error)) => Failure::Unreachable(unnamed_reason(&error)),
            Ok(Ok(answer)) if answer.status().is_success() => return Ok(()),
            Ok(Ok(answer)) if answer.status().is_redirection() => Failure::Redirected(answer.status().as_u16()),
            Ok(Ok(answer)) => Failure::Http(answer.status().as_u16()),
        };
        Err(ChainError::new(self.name.clone(), "webhook", failure))
    }
}
