//! The methods of JSON-RPC (CometBFT `rpc/core`).

mod abci;
mod blocks;
mod consensus;
mod evidence;
mod mempool;
mod page;
mod status;
mod txs;

use serde_json::{Value, json};

use self::page::Page;
use super::NodeState;
use super::json_rpc::Failure;
use super::method::Method;
use super::params::Params;
use super::view::View;

pub(crate) use self::abci::{APP_NAME, app_version_text};
pub(crate) use self::mempool::{Broadcast, broadcast};
pub(crate) use self::txs::{Found, find_tx, search_txs};

type Result<T = Value> = core::result::Result<T, Failure>;

/// Does what a call asks for. Subscriptions are not among it.
pub(crate) async fn call(node: &NodeState, method: Method, params: &Params) -> Result {
    match method {
        Method::Health => Ok(json!({})),
        Method::Status => Ok(status::status(node)),
        Method::NetInfo => Ok(status::net_info()),
        Method::Genesis => Ok(status::genesis(node)),
        Method::Block => blocks::block(node, params),
        Method::BlockByHash => blocks::block_by_hash(node, params),
        Method::Blockchain => blocks::blockchain(node, params),
        Method::BlockResults => blocks::block_results(node, params),
        Method::Commit => blocks::commit(node, params),
        Method::Header => blocks::header(node, params),
        Method::HeaderByHash => blocks::header_by_hash(node, params),
        Method::Validators => consensus::validators(node, params),
        Method::ConsensusParams => consensus::consensus_params(node, params),
        Method::Tx => txs::tx(node, params),
        Method::TxSearch => txs::tx_search(node, params),
        Method::BlockSearch => txs::block_search(node, params),
        Method::CheckTx => mempool::check_tx(node, params),
        Method::UnconfirmedTxs => mempool::unconfirmed_txs(node, params),
        Method::NumUnconfirmedTxs => Ok(mempool::num_unconfirmed_txs(node)),
        Method::BroadcastTxSync => mempool::broadcast_tx_sync(node, params),
        Method::BroadcastTxAsync => mempool::broadcast_tx_async(node, params),
        Method::BroadcastTxCommit => mempool::broadcast_tx_commit(node, params).await,
        Method::AbciQuery => abci::abci_query(node, params),
        Method::AbciInfo => Ok(abci::abci_info(node)),
        Method::BroadcastEvidence => evidence::broadcast_evidence(node, params),
        Method::Subscribe | Method::Unsubscribe | Method::UnsubscribeAll | Method::Grpc => {
            Err(Failure::new("not a method of JSON-RPC over HTTP"))
        }
    }
}

/// The height that is meant, up to `newest` (`getHeight`).
pub(crate) fn height(view: &View<'_>, asked: Option<i64>, newest: u64) -> Result<u64> {
    let Some(asked) = asked else { return Ok(newest) };
    let Some(height) = u64::try_from(asked).ok().filter(|height| *height > 0) else {
        return Err(Failure::new(format!("height must be greater than 0, but got {asked}")));
    };
    if height > newest {
        let text = format!("height {height} must be less than or equal to the current blockchain height {newest}");
        return Err(Failure::new(text));
    }
    if height < view.earliest() {
        return Err(Failure::new(format!("height {height} is not available, lowest height is {}", view.earliest())));
    }
    Ok(height)
}
