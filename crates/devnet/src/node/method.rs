//! The methods of a node (CometBFT `rpc/core/routes.go`).

/// What a node can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the names are CometBFT's own")]
pub enum Method {
    Subscribe,
    Unsubscribe,
    UnsubscribeAll,
    Health,
    Status,
    NetInfo,
    Blockchain,
    Genesis,
    Block,
    BlockByHash,
    BlockResults,
    Commit,
    Header,
    HeaderByHash,
    CheckTx,
    Tx,
    TxSearch,
    BlockSearch,
    Validators,
    ConsensusParams,
    UnconfirmedTxs,
    NumUnconfirmedTxs,
    BroadcastTxCommit,
    BroadcastTxSync,
    BroadcastTxAsync,
    AbciQuery,
    AbciInfo,
    BroadcastEvidence,
    /// Any call of gRPC.
    Grpc,
}

/// Name and parameters of each method of JSON-RPC.
const ROUTES: [(Method, &str, &[&str]); 28] = [
    (Method::Subscribe, "subscribe", &["query"]),
    (Method::Unsubscribe, "unsubscribe", &["query"]),
    (Method::UnsubscribeAll, "unsubscribe_all", &[]),
    (Method::Health, "health", &[]),
    (Method::Status, "status", &[]),
    (Method::NetInfo, "net_info", &[]),
    (Method::Blockchain, "blockchain", &["minHeight", "maxHeight"]),
    (Method::Genesis, "genesis", &[]),
    (Method::Block, "block", &["height"]),
    (Method::BlockByHash, "block_by_hash", &["hash"]),
    (Method::BlockResults, "block_results", &["height"]),
    (Method::Commit, "commit", &["height"]),
    (Method::Header, "header", &["height"]),
    (Method::HeaderByHash, "header_by_hash", &["hash"]),
    (Method::CheckTx, "check_tx", &["tx"]),
    (Method::Tx, "tx", &["hash", "prove"]),
    (Method::TxSearch, "tx_search", &["query", "prove", "page", "per_page", "order_by"]),
    (Method::BlockSearch, "block_search", &["query", "page", "per_page", "order_by"]),
    (Method::Validators, "validators", &["height", "page", "per_page"]),
    (Method::ConsensusParams, "consensus_params", &["height"]),
    (Method::UnconfirmedTxs, "unconfirmed_txs", &["limit"]),
    (Method::NumUnconfirmedTxs, "num_unconfirmed_txs", &[]),
    (Method::BroadcastTxCommit, "broadcast_tx_commit", &["tx"]),
    (Method::BroadcastTxSync, "broadcast_tx_sync", &["tx"]),
    (Method::BroadcastTxAsync, "broadcast_tx_async", &["tx"]),
    (Method::AbciQuery, "abci_query", &["path", "data", "height", "prove"]),
    (Method::AbciInfo, "abci_info", &[]),
    (Method::BroadcastEvidence, "broadcast_evidence", &["evidence"]),
];

impl Method {
    /// The method of this name in JSON-RPC.
    pub(crate) fn parse(name: &str) -> Option<Self> {
        ROUTES.iter().find(|(_, known, _)| *known == name).map(|(method, _, _)| *method)
    }

    /// Its name in JSON-RPC.
    pub(crate) fn name(self) -> &'static str {
        ROUTES.iter().find(|(method, _, _)| *method == self).map_or("grpc", |(_, name, _)| name)
    }

    /// The names of its parameters, in their order.
    pub(crate) fn parameters(self) -> &'static [&'static str] {
        ROUTES.iter().find(|(method, _, _)| *method == self).map_or(&[], |(_, _, parameters)| parameters)
    }

    /// Is it for WebSockets alone?
    pub(crate) fn is_subscription(self) -> bool {
        matches!(self, Self::Subscribe | Self::Unsubscribe | Self::UnsubscribeAll)
    }

    /// All, by name, as `GET /` lists them.
    pub(crate) fn listed() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
        let mut routes: Vec<_> = ROUTES.iter().map(|(_, name, parameters)| (*name, *parameters)).collect();
        routes.sort_by_key(|(name, _)| *name);
        routes.into_iter()
    }
}
