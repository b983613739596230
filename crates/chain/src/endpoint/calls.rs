//! The calls of CometBFT's RPC that we use.

use std::collections::BTreeSet;
use std::sync::atomic::Ordering;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::Serialize;
use tendermint::block::Header;
use tendermint::block::signed_header::SignedHeader;
use tendermint::validator;
use types::event::ObservedBlock;
use types::{BlockHeight, QueryHeight, Refusal, Timestamp};

use super::Endpoint;
use super::json_rpc::Call;
use crate::error::{ChainError, Failure};
use crate::node_errors::{NodeError, refusal, refusal_without_code};
use crate::rpc;
use crate::rpc::abci::{AbciAnswer, AbciQuery};
use crate::rpc::block::BlockContents;
use crate::rpc::simulate::Simulation;
use crate::rpc::status::Status;
use crate::rpc::tx_search::FoundTx;

/// Limits of single calls' answers, in bytes. `block_results` and `block` have the endpoint's own limit.
const STATUS_BYTES_MAX: usize = 1 << 20;
const COMMIT_BYTES_MAX: usize = 16 << 20;
const VALIDATORS_BYTES_MAX: usize = 2 << 20;
const ABCI_QUERY_BYTES_MAX: usize = 16 << 20;
const BROADCAST_BYTES_MAX: usize = 4 << 20;
const TX_SEARCH_BYTES_MAX: usize = 16 << 20;

const HEADERS_BYTES_MAX: usize = 1 << 20;

/// How many headers CometBFT gives in one answer (`rpc/core/blocks.go`, `BlockchainInfo`).
pub const HEADERS_MAX: u64 = 20;
/// CometBFT's largest page of validators.
const VALIDATORS_PAGE: usize = 100;
/// Validators that are read, at most: CometBFT's own limit of a set is lower (`types.MaxVotesCount`, 10,000).
const VALIDATORS_MAX: usize = 10_000;

/// What a node made of a transaction that was handed to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BroadcastAnswer {
    /// CheckTx accepted it.
    Accepted {
        /// The transaction's hash, as the node tells it: 64 hex digits in capitals.
        hash: String,
    },
    /// The node has seen it already: it is in the mempool, in a block, or was refused before.
    AlreadyInCache,
    /// CheckTx or the mempool refused it: it is in no mempool of this node.
    Refused(Refusal),
}

#[derive(Serialize)]
struct AtHeight {
    height: String,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct HeightRange {
    min_height: String,
    max_height: String,
}

#[derive(Serialize)]
struct ValidatorsPage {
    height: String,
    page: String,
    per_page: String,
}

#[derive(Serialize)]
struct TxBytes {
    tx: String,
}

#[derive(Serialize)]
struct Search<'a> {
    query: &'a str,
    prove: bool,
    page: &'static str,
    per_page: &'static str,
    order_by: &'static str,
}

#[derive(Serialize)]
struct Nothing {}

fn at(height: BlockHeight) -> AtHeight {
    AtHeight { height: height.to_string() }
}

impl Endpoint {
    /// Who the node is and how far it is.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn status(&self) -> Result<Status, ChainError> {
        let call = Call { method: "status", params: Nothing {}, bytes_max: STATUS_BYTES_MAX };
        self.call(call, rpc::status::decode).await
    }

    /// The events of the block at `height`, outside and inside of its transactions. Events named like IBC's that
    /// can't be read are logged, counted ([`Endpoint::events_dropped`]) and left out.
    ///
    /// # Errors
    /// See [`ChainError`]; [`NodeError::HeightPruned`] and [`NodeError::ResultsNotKept`] among them.
    pub async fn block_results(&self, height: BlockHeight) -> Result<ObservedBlock, ChainError> {
        let call = Call { method: "block_results", params: at(height), bytes_max: usize::MAX };
        let decoded = self.call(call, rpc::block_results::decode).await?;
        if decoded.block.height != height {
            let reason = format!("asked for block {height}, got block {}", decoded.block.height);
            return Err(self.error("block_results", Failure::Malformed(reason)));
        }
        for reason in &decoded.dropped {
            tracing::warn!(endpoint = %self, %height, %reason, "unreadable IBC event left out");
        }
        self.inner.events_dropped.fetch_add(decoded.dropped_count, Ordering::Relaxed);
        Ok(decoded.block)
    }

    /// The transactions and the evidence of the block at `height`, with its header; nothing of it is verified.
    ///
    /// # Errors
    /// See [`ChainError`]; [`NodeError::HeightPruned`] among them.
    pub async fn block(&self, height: BlockHeight) -> Result<BlockContents, ChainError> {
        let call = Call { method: "block", params: at(height), bytes_max: usize::MAX };
        let block = self.call(call, rpc::block::decode).await?;
        let got = block.header.height.value();
        if got != height.0 {
            let reason = format!("asked for block {height}, got block {got}");
            return Err(self.error("block", Failure::Malformed(reason)));
        }
        Ok(block)
    }

    /// The headers of the blocks `from..=to`, at most [`HEADERS_MAX`] of them, ascending; nothing of them is verified.
    ///
    /// # Errors
    /// See [`ChainError`]; also where the node gives others than these, as it does for heights that it has not.
    pub async fn headers(&self, from: BlockHeight, to: BlockHeight) -> Result<Vec<Header>, ChainError> {
        let params = HeightRange { min_height: from.to_string(), max_height: to.to_string() };
        let call = Call { method: "blockchain", params, bytes_max: HEADERS_BYTES_MAX };
        let headers = self.call(call, rpc::block::decode_headers).await?;
        let heights = headers.iter().map(|header| header.height.value());
        if !heights.eq(from.0..=to.0) {
            let reason = format!("asked for the headers {from} to {to}, got others");
            return Err(self.error("blockchain", Failure::Malformed(reason)));
        }
        Ok(headers)
    }

    /// The header at `height` with the commit that signs it; nothing of it is verified.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn signed_header(&self, height: BlockHeight) -> Result<SignedHeader, ChainError> {
        let call = Call { method: "commit", params: at(height), bytes_max: COMMIT_BYTES_MAX };
        let signed_header = self.call(call, rpc::commit::decode).await?;
        let got = signed_header.header.height.value();
        if got != height.0 {
            let reason = format!("asked for header {height}, got header {got}");
            return Err(self.error("commit", Failure::Malformed(reason)));
        }
        Ok(signed_header)
    }

    /// The time of the header at `height`.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn header_time(&self, height: BlockHeight) -> Result<Timestamp, ChainError> {
        let header = self.signed_header(height).await?.header;
        rpc::timestamp(header.time).map_err(|failure| self.error("commit", failure))
    }

    /// The validators of the block at `height`, in the node's order, which is the order that the set's hash goes by.
    /// The proposer is told by the header ([`Endpoint::signed_header`]), not here.
    ///
    /// # Errors
    /// See [`ChainError`]; also for a set of more than 10,000 validators, and for pages that contradict each other.
    pub async fn validators(&self, height: BlockHeight) -> Result<Vec<validator::Info>, ChainError> {
        let mut validators: Vec<validator::Info> = Vec::new();
        let mut addresses = BTreeSet::new();
        for page in 1..=VALIDATORS_MAX / VALIDATORS_PAGE {
            let params = ValidatorsPage {
                height: height.to_string(),
                page: page.to_string(),
                per_page: VALIDATORS_PAGE.to_string(),
            };
            let call = Call { method: "validators", params, bytes_max: VALIDATORS_BYTES_MAX };
            let answer = self.call(call, rpc::validators::decode).await?;
            if answer.height != height || answer.validators.is_empty() || answer.validators.len() > VALIDATORS_PAGE {
                let reason = format!("page {page} of the validators of block {height} is none");
                return Err(self.error("validators", Failure::Malformed(reason)));
            }
            if answer.total > VALIDATORS_MAX {
                break;
            }
            for validator in &answer.validators {
                if !addresses.insert(validator.address.as_bytes().to_vec()) {
                    let reason = format!("validator {} stands twice in the set", validator.address);
                    return Err(self.error("validators", Failure::Malformed(reason)));
                }
            }
            validators.extend(answer.validators);
            if validators.len() >= answer.total {
                return Ok(validators);
            }
        }
        Err(self.error("validators", Failure::CapReached { what: "validators", max: VALIDATORS_MAX }))
    }

    /// The newest transactions that a query in CometBFT's language finds, at most one page of them.
    ///
    /// # Errors
    /// See [`ChainError`]; [`NodeError::IndexingDisabled`] among them.
    pub async fn tx_search(&self, query: &str) -> Result<Vec<FoundTx>, ChainError> {
        let params = Search { query, prove: false, page: "1", per_page: "100", order_by: "desc" };
        let call = Call { method: "tx_search", params, bytes_max: TX_SEARCH_BYTES_MAX };
        self.call(call, rpc::tx_search::decode).await
    }

    /// One query of the application. A code that is not 0 is no error here: it stands in the answer.
    ///
    /// # Errors
    /// See [`ChainError`].
    pub async fn abci_query(&self, query: AbciQuery) -> Result<AbciAnswer, ChainError> {
        self.call(abci_call(&query), rpc::abci::decode).await
    }

    /// Queries of the application in JSON-RPC batches, some batches at once. One result a query, in their order.
    pub async fn abci_query_batch(&self, queries: &[AbciQuery]) -> Vec<Result<AbciAnswer, ChainError>> {
        let calls: Vec<_> = queries.iter().map(abci_call).collect();
        self.call_all(&calls, rpc::abci::decode).await
    }

    /// Queries the application and takes any code but 0 for an error.
    pub(crate) async fn abci_query_checked(&self, query: AbciQuery) -> Result<AbciAnswer, ChainError> {
        let path = query.path.clone();
        let answer = self.abci_query(query).await?;
        answer.checked().map_err(|failure| self.error(path, failure))
    }

    /// What a transaction would use and do, or why it would be refused. Runs it on the node's check state without
    /// keeping what it does (cosmos-sdk `baseapp/abci.go`, `/app/simulate`): enforces the account's sequence, does not
    /// check the signature, keeps codespace and code.
    ///
    /// # Errors
    /// When there is no answer; a refusal is an answer.
    pub async fn simulate(&self, tx: &[u8]) -> Result<Result<Simulation, Refusal>, ChainError> {
        const PATH: &str = "/app/simulate";
        let query = AbciQuery { path: PATH.to_owned(), data: tx.to_vec(), at: None, prove: false };
        let answer = self.abci_query(query).await?;
        if answer.code != 0 {
            return Ok(Err(refusal(&answer.codespace, answer.code, &answer.log)));
        }
        rpc::simulate::decode(&answer.value).map(Ok).map_err(|failure| self.error(PATH, failure))
    }

    /// Hands a transaction to the node and waits for CheckTx, not for a block.
    ///
    /// # Errors
    /// When there is no answer that tells what became of it: then it may or may not have arrived.
    pub async fn broadcast_tx_sync(&self, tx: &[u8]) -> Result<BroadcastAnswer, ChainError> {
        let params = TxBytes { tx: BASE64.encode(tx) };
        let call = Call { method: "broadcast_tx_sync", params, bytes_max: BROADCAST_BYTES_MAX };
        match self.call(call, rpc::broadcast::decode).await {
            Ok(checked) if checked.code == 0 => Ok(BroadcastAnswer::Accepted { hash: checked.hash }),
            Ok(checked) => {
                let refusal = refusal(&checked.codespace, checked.code, &checked.log);
                // An application's own mempool tells it by code (sdk 19).
                if refusal.codespace == "sdk" && refusal.code == 19 {
                    return Ok(BroadcastAnswer::AlreadyInCache);
                }
                Ok(BroadcastAnswer::Refused(refusal))
            }
            Err(error) => match &error.failure {
                Failure::Node { meaning: Some(NodeError::TxInCache), .. } => Ok(BroadcastAnswer::AlreadyInCache),
                Failure::Node {
                    meaning: Some(meaning @ (NodeError::MempoolFull | NodeError::TxTooLarge)),
                    message,
                    ..
                } => Ok(BroadcastAnswer::Refused(refusal_without_code(*meaning, message))),
                _ => Err(error),
            },
        }
    }
}

#[derive(Serialize)]
struct AbciParams {
    path: String,
    data: String,
    height: String,
    prove: bool,
}

fn abci_call(query: &AbciQuery) -> Call<AbciParams> {
    let height = query.at.map_or(0, |QueryHeight(height)| height.0);
    let params = AbciParams {
        path: query.path.clone(),
        data: hex::encode(&query.data),
        height: height.to_string(),
        prove: query.prove,
    };
    Call { method: "abci_query", params, bytes_max: ABCI_QUERY_BYTES_MAX }
}
