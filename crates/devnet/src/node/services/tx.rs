//! `cosmos.tx.v1beta1.Service` (cosmos-sdk `x/auth/tx/service.go`, `query.go`, `client/broadcast.go`).

use bytes::Bytes;
use proto::Message;
use proto::cosmos::base::abci::v1beta1::TxResponse;
use proto::cosmos::tx::v1beta1::{
    AuthInfo, BroadcastMode, BroadcastTxRequest, BroadcastTxResponse, GetTxRequest, GetTxResponse, GetTxsEventRequest,
    GetTxsEventResponse, OrderBy, Tx, TxBody, TxRaw,
};

use prost::encoding::{self, DecodeContext};

use super::{Result, raw_events, read, unimplemented, unknown};
use crate::app::TxResult;
use crate::app::error::{Registered, sdk};
use crate::app::kind::{Code, Status};
use crate::chain::MempoolError;
use crate::network::tx_hash;
use crate::node::json_rpc::Failure;
use crate::node::method::Method;
use crate::node::methods::{Broadcast, Found, broadcast, find_tx, search_txs};
use crate::node::view::View;
use crate::node::{NodeState, json};

/// Transactions on a page, if nobody says how many, and at most.
const LIMIT: u64 = 100;

pub(super) fn ask(node: &NodeState, method: Method, name: &str, request: &[u8]) -> Result {
    match name {
        "GetTx" => get_tx(node, method, request),
        "GetTxsEvent" => get_txs_event(node, method, request),
        "BroadcastTx" => broadcast_tx(node, method, request),
        _ => Err(unimplemented("cosmos.tx.v1beta1.Service", name)),
    }
}

fn get_tx(node: &NodeState, method: Method, request: &[u8]) -> Result {
    let text = read::<GetTxRequest>(request)?.hash;
    if text.is_empty() {
        return Err(Status::new(Code::InvalidArgument, "tx hash cannot be empty"));
    }
    let hash = crate::go::decode_hex(&text).map_err(|text| Status::new(Code::Unknown, text))?;
    if !node.indexes_txs() {
        return Err(unknown(Failure::new("transaction indexing is disabled")));
    }
    node.view(method, |view| {
        let found = find_tx(node, view, &hash);
        let found = found.ok_or_else(|| Status::new(Code::NotFound, format!("tx not found: {text}")))?;
        let (tx, response) = told(view, &found)?;
        Ok(GetTxResponse { tx: Some(tx), tx_response: Some(response) }.encode_to_vec())
    })
}

fn get_txs_event(node: &NodeState, method: Method, request: &[u8]) -> Result {
    let asked = read::<GetTxsEventRequest>(request)?;
    let query = query_of(request)?;
    if query.is_empty() {
        return Err(Status::new(Code::Internal, "query cannot be empty"));
    }
    let order = match OrderBy::try_from(asked.order_by) {
        Ok(OrderBy::Asc) => "asc",
        Ok(OrderBy::Desc) => "desc",
        Ok(OrderBy::Unspecified) | Err(_) => "",
    };
    let (page, limit) = (asked.page.max(1), if asked.limit == 0 { LIMIT } else { asked.limit.min(LIMIT) });
    node.view(method, |view| {
        let failed = |text: String| Status::new(Code::Internal, format!("failed to search for txs: {text}"));
        let all = search_txs(node, view, &query, order).map_err(|failure| failed(unknown(failure).message))?;
        let pages = (all.len() as u64).div_ceil(limit).max(1);
        if page > pages {
            return Err(failed(format!("page should be within [1, {pages}] range, given {page}")));
        }
        let skipped = usize::try_from((page - 1) * limit).unwrap_or(usize::MAX);
        let shown = usize::try_from(limit).unwrap_or(usize::MAX);
        let told: Vec<_> =
            all.iter().skip(skipped).take(shown).map(|found| told(view, found)).collect::<Result<_>>()?;
        let (txs, tx_responses) = told.into_iter().unzip();
        let total = all.len() as u64;
        Ok(GetTxsEventResponse { txs, tx_responses, total, ..GetTxsEventResponse::default() }.encode_to_vec())
    })
}

/// Field 6 of `GetTxsEventRequest`, since SDK 0.50; the generated type is older.
fn query_of(mut request: &[u8]) -> Result<String> {
    let mut query = String::new();
    let wrong = |error| Status::new(Code::Internal, error);
    while !request.is_empty() {
        let (tag, kind) = encoding::decode_key(&mut request).map_err(wrong)?;
        let context = DecodeContext::default();
        if tag == 6 {
            encoding::string::merge(kind, &mut query, &mut request, context).map_err(wrong)?;
        } else {
            encoding::skip_field(kind, tag, &mut request, context).map_err(wrong)?;
        }
    }
    Ok(query)
}

fn broadcast_tx(node: &NodeState, method: Method, request: &[u8]) -> Result {
    let request = read::<BroadcastTxRequest>(request)?;
    if request.tx_bytes.is_empty() {
        return Err(Status::new(Code::InvalidArgument, "invalid empty tx"));
    }
    let is_async = match BroadcastMode::try_from(request.mode) {
        Ok(BroadcastMode::Sync) => false,
        Ok(BroadcastMode::Async) => true,
        Ok(BroadcastMode::Unspecified | BroadcastMode::Block) | Err(_) => {
            let text = "unsupported return type unspecified; supported types: sync, async";
            return Err(Status::new(Code::Unknown, text));
        }
    };
    let tx = Bytes::from(request.tx_bytes);
    let txhash = json::hex(&tx_hash(&tx));
    let checked = broadcast(node, method, tx);
    let told = if is_async { checked.map(|_| TxResult::default()) } else { checked };
    Ok(BroadcastTxResponse { tx_response: Some(checked_response(told, txhash)?) }.encode_to_vec())
}

/// What the mempool itself refuses is a code of the SDK, without a text (`CheckCometError`).
fn checked_response(checked: Broadcast, txhash: String) -> Result<TxResponse> {
    let refused = |error: Registered| TxResponse {
        code: error.code,
        codespace: error.codespace.to_owned(),
        txhash: txhash.clone(),
        ..TxResponse::default()
    };
    Ok(match checked {
        Ok(checked) => TxResponse {
            code: checked.code,
            codespace: checked.codespace,
            data: json::hex(&checked.data),
            raw_log: checked.log,
            txhash,
            ..TxResponse::default()
        },
        Err(MempoolError::InCache) => refused(sdk::TX_IN_MEMPOOL_CACHE),
        Err(MempoolError::Full { .. }) => refused(sdk::MEMPOOL_IS_FULL),
        Err(MempoolError::TooLarge { .. }) => refused(sdk::TX_TOO_LARGE),
        Err(error @ MempoolError::TooLargeForBlock { .. }) => return Err(unknown(Failure::new(error))),
    })
}

/// A transaction, and its result as the SDK writes it (`NewResponseResultTx`).
fn told(view: &View<'_>, found: &Found) -> Result<(Tx, TxResponse)> {
    let tx = decode_tx(&found.tx)?;
    let block = view.block(found.height);
    let time = block.map(|block| block.header.time.to_rfc3339()).unwrap_or_default();
    // Seconds alone, in UTC.
    let timestamp = time.split_once('.').map_or(time.clone(), |(seconds, _)| format!("{seconds}Z"));
    let response = TxResponse {
        height: i64::try_from(found.height).unwrap_or(i64::MAX),
        txhash: json::hex(&tx_hash(&found.tx)),
        codespace: found.result.codespace.clone(),
        code: found.result.code,
        data: json::hex(&found.result.data),
        raw_log: found.result.log.clone(),
        gas_wanted: found.result.gas_wanted,
        gas_used: found.result.gas_used,
        tx: Some(types::wire::pack(&tx)),
        timestamp,
        events: raw_events(&found.result.events),
        ..TxResponse::default()
    };
    Ok((tx, response))
}

fn decode_tx(bytes: &[u8]) -> Result<Tx> {
    let wrong = |error| Status::new(Code::Unknown, sdk::TX_DECODE.wrap(error).log);
    let raw = TxRaw::decode(bytes).map_err(wrong)?;
    Ok(Tx {
        body: Some(TxBody::decode(raw.body_bytes.as_slice()).map_err(wrong)?),
        auth_info: Some(AuthInfo::decode(raw.auth_info_bytes.as_slice()).map_err(wrong)?),
        signatures: raw.signatures,
    })
}
