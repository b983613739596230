//! Calls, alone or in batches: as many at once as the node takes, which is learned from its refusals.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use futures::{StreamExt, stream};
use serde::Serialize;

use super::http::{Answer, REQUEST_BYTES_MAX};
use super::json_rpc::{Call, Request, Response, read};
use super::{Endpoint, urgency};
use crate::error::{ChainError, Failure};
use crate::node_errors::{NodeError, batch_max};

/// What one call of a batch came to.
pub(super) type Outcome<T> = Result<T, ChainError>;

impl Endpoint {
    /// One call, its result read by `decode`.
    pub(super) async fn call<P: Serialize, T>(
        &self,
        call: Call<P>,
        decode: impl FnOnce(&str) -> Result<T, Failure>,
    ) -> Outcome<T> {
        self.call_inner(&call, decode).await.map_err(|failure| self.error(call.method, failure))
    }

    async fn call_inner<P: Serialize, T>(
        &self,
        call: &Call<P>,
        decode: impl FnOnce(&str) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let id = self.inner.next_id.fetch_add(1, Ordering::Relaxed);
        self.inner.calls.fetch_add(1, Ordering::Relaxed);
        let request = Request { jsonrpc: "2.0", id, method: call.method, params: &call.params };
        let answer = self.post(encode(&request)?, call.bytes_max).await?;
        let response = envelope(&answer)?;
        if response.id() != Some(id) && !response.is_of_the_request() {
            return Err(Failure::Malformed("the answer's id is not the request's".to_owned()));
        }
        decode(response.result()?)
    }

    /// Calls of one method, in batches, some batches at the same time. One result a call, in the order of the calls. A
    /// list of several batches leaves a permit to what is short, together with all other such lists.
    pub(super) async fn call_all<P: Serialize, T>(
        &self,
        calls: &[Call<P>],
        decode: impl Fn(&str) -> Result<T, Failure>,
    ) -> Vec<Outcome<T>> {
        let batches = self.batches(calls);
        if let [batch] = batches.as_slice() {
            return self.call_batch(batch, &decode).await;
        }
        let sent: Vec<_> = batches.into_iter().map(|batch| self.call_part(batch, &decode)).collect();
        let results: Vec<Vec<_>> = stream::iter(sent).buffered(self.inner.options.in_flight_max.max(1)).collect().await;
        results.into_iter().flatten().collect()
    }

    /// One batch of a long list.
    async fn call_part<P: Serialize, T>(
        &self,
        calls: &[Call<P>],
        decode: &impl Fn(&str) -> Result<T, Failure>,
    ) -> Vec<Outcome<T>> {
        // It is never closed.
        let _permit = if urgency::is_urgent() { None } else { self.inner.of_long_lists.acquire().await.ok() };
        self.call_batch(calls, decode).await
    }

    /// Cuts calls into batches by number and bytes.
    fn batches<'a, P: Serialize>(&self, calls: &'a [Call<P>]) -> Vec<&'a [Call<P>]> {
        let batch_max = self.batch_max().max(1);
        let (mut batches, mut start, mut bytes) = (Vec::new(), 0, 0usize);
        for (index, call) in calls.iter().enumerate() {
            // An unencodable call gets its own error when it is sent.
            let size = serde_json::to_vec(&call.params).map_or(0, |params| params.len()) + 128;
            if index > start && (index - start >= batch_max || bytes.saturating_add(size) > REQUEST_BYTES_MAX) {
                batches.push(&calls[start..index]);
                (start, bytes) = (index, 0);
            }
            bytes = bytes.saturating_add(size);
        }
        if start < calls.len() {
            batches.push(&calls[start..]);
        }
        batches
    }

    /// One batch; cut in halves and sent again as long as the node refuses its size.
    async fn call_batch<P: Serialize, T>(
        &self,
        calls: &[Call<P>],
        decode: &impl Fn(&str) -> Result<T, Failure>,
    ) -> Vec<Outcome<T>> {
        let mut results = Vec::with_capacity(calls.len());
        let mut waiting = vec![calls];
        while let Some(batch) = waiting.pop() {
            if let [call] = batch {
                let result = self.call_inner(call, decode).await;
                results.push(result.map_err(|failure| self.error(call.method, failure)));
                continue;
            }
            match self.send_batch(batch, decode).await {
                Ok(answers) => results.extend(answers),
                Err(failure) if is_refused_batch(&failure) => {
                    let fitting = self.learn_batch_max(&failure, batch.len());
                    // A stack: the first part is to be on top.
                    waiting.extend(batch.chunks(fitting).rev());
                }
                Err(failure) => {
                    results.extend(batch.iter().map(|call| Err(self.error(call.method, failure.clone()))));
                }
            }
        }
        results
    }

    /// Takes from a refusal how many calls fit; less than were sent, at least one.
    fn learn_batch_max(&self, failure: &Failure, sent: usize) -> usize {
        let told = match failure {
            Failure::Node { message, meaning: Some(NodeError::BatchTooLarge), .. } => batch_max(message),
            _ => None,
        };
        let fitting = told.filter(|max| *max < sent).unwrap_or(sent / 2).max(1);
        // A body that is too large says nothing about the number of calls.
        let is_by_size =
            matches!(failure, Failure::Http(413) | Failure::Node { meaning: Some(NodeError::BodyTooLarge), .. });
        if !is_by_size {
            self.inner.batch_max.fetch_min(fitting, Ordering::Relaxed);
            tracing::info!(endpoint = %self, batch_max = self.batch_max(), "node takes smaller batches");
        }
        fitting
    }

    async fn send_batch<P: Serialize, T>(
        &self,
        calls: &[Call<P>],
        decode: &impl Fn(&str) -> Result<T, Failure>,
    ) -> Result<Vec<Outcome<T>>, Failure> {
        let count = calls.len() as u64;
        let first = self.inner.next_id.fetch_add(count, Ordering::Relaxed);
        self.inner.calls.fetch_add(count, Ordering::Relaxed);
        let requests: Vec<_> = (first..)
            .zip(calls)
            .map(|(id, call)| Request { jsonrpc: "2.0", id, method: call.method, params: &call.params })
            .collect();
        let bytes_max = calls.iter().fold(0usize, |sum, call| sum.saturating_add(call.bytes_max));
        let answer = self.post(encode(&requests)?, bytes_max).await?;
        let responses = responses(&answer)?;
        // Answers may come in any order, and a hostile node may answer a call twice: the first answer counts.
        let mut by_id = BTreeMap::new();
        for response in responses.into_iter().take(calls.len()) {
            if let Some(id) = response.id() {
                by_id.entry(id).or_insert(response);
            }
        }
        let outcome = |(id, call): (u64, &Call<P>)| match by_id.remove(&id) {
            Some(response) => response.result().and_then(decode).map_err(|failure| self.error(call.method, failure)),
            None => Err(self.error(call.method, Failure::Malformed("the batch's answer leaves it out".to_owned()))),
        };
        Ok((first..).zip(calls).map(outcome).collect())
    }
}

/// The answers to a batch. CometBFT answers a batch of one, and refuses a whole batch, with a single object.
fn responses(answer: &Answer) -> Result<Vec<Response<'_>>, Failure> {
    let is_list = answer.body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    if is_list && answer.status.is_success() {
        return read(&answer.body);
    }
    let response: Response<'_> = envelope(answer)?;
    if response.is_of_the_request() {
        return Err(response.result().err().unwrap_or_else(|| Failure::Malformed("a result without id".to_owned())));
    }
    Ok(vec![response])
}

/// Is it the batch as such that the node won't have?
fn is_refused_batch(failure: &Failure) -> bool {
    const INVALID_REQUEST: i64 = -32600;
    match failure {
        Failure::Node { meaning: Some(NodeError::BatchTooLarge | NodeError::BodyTooLarge), .. }
        | Failure::Http(413) => true,
        Failure::Node { code, .. } => *code == INVALID_REQUEST,
        _ => false,
    }
}

fn encode(request: &impl Serialize) -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(request).map_err(|error| Failure::Malformed(format!("unencodable request: {error}")))
}

/// The body's envelope. CometBFT 0.34 sends JSON-RPC errors with HTTP status 500, so an error of that form counts more
/// than the status; anything else with an unsuccessful status is a proxy's.
fn envelope(answer: &Answer) -> Result<Response<'_>, Failure> {
    match read::<Response<'_>>(&answer.body) {
        Ok(response) if answer.status.is_success() || response.is_error() => Ok(response),
        Ok(_) | Err(_) if !answer.status.is_success() => Err(Failure::Http(answer.status.as_u16())),
        other => other,
    }
}
