use ::http::uri::PathAndQuery;
use proto::cosmos::base::tendermint::v1beta1 as tendermint;
use proto::cosmos::tx::v1beta1::{
    BroadcastTxRequest, BroadcastTxResponse, GetTxRequest, GetTxResponse, GetTxsEventResponse, SimulateRequest,
    SimulateResponse,
};
use tonic::Code;
use tonic::client::Grpc;
use tonic::transport::Channel;

use super::*;
use crate::node::grpc::RawCodec;
use crate::node::{Fault, Method};

type Outcome<T> = Result<(T, Option<String>), tonic::Status>;

/// One call, as any gRPC client makes it; gives the height that answered.
async fn call<M: Message + Default>(node: &Node, path: &str, request: Vec<u8>, height: Option<&str>) -> Outcome<M> {
    let channel = Channel::from_shared(format!("http://{}", node.grpc())).unwrap().connect().await.unwrap();
    let mut client = Grpc::new(channel);
    client.ready().await.unwrap();
    let mut request = tonic::Request::new(Bytes::from(request));
    if let Some(height) = height {
        request.metadata_mut().insert("x-cosmos-block-height", height.parse().unwrap());
    }
    let path: PathAndQuery = path.parse().unwrap();
    let response = soon(client.unary(request, path, RawCodec)).await?;
    let height = response.metadata().get("x-cosmos-block-height").map(|height| height.to_str().unwrap().to_owned());
    Ok((M::decode(response.into_inner()).unwrap(), height))
}

const TX: &str = "/cosmos.tx.v1beta1.Service";
const NODE: &str = "/cosmos.base.tendermint.v1beta1.Service";

#[tokio::test]
async fn a_query_is_answered_from_the_state_of_a_height() {
    let devnet = Devnet::start().await;
    devnet.grow(3);
    let path = "/cosmos.bank.v1beta1.Query/Balance";
    let address = devnet.chain().account("user").unwrap().address().to_text("cosmos");
    let request =
        proto::cosmos::bank::v1beta1::QueryBalanceRequest { address, denom: "stake".to_owned() }.encode_to_vec();
    type Balance = proto::cosmos::bank::v1beta1::QueryBalanceResponse;
    let (balance, height) = call::<Balance>(devnet.node(), path, request.clone(), None).await.unwrap();
    assert_eq!((balance.balance.unwrap().amount.as_str(), height.as_deref()), ("1000000000", Some("3")));
    let (_, height) = call::<Balance>(devnet.node(), path, request.clone(), Some("2")).await.unwrap();
    assert_eq!(height.as_deref(), Some("2"));
    let refused = call::<Balance>(devnet.node(), path, request.clone(), Some("x")).await.unwrap_err();
    assert!(refused.message().contains("invalid height header"), "{refused}");
    let refused = call::<Balance>(devnet.node(), path, request, Some("-1")).await.unwrap_err();
    assert!(refused.message().contains("cannot query with height < 0"), "{refused}");
}

#[tokio::test]
async fn an_unknown_method_is_unimplemented() {
    let devnet = Devnet::start().await;
    for path in ["/no.Such/Method", "/cosmos.tx.v1beta1.Service/TxEncode"] {
        let refused = call::<GetTxResponse>(devnet.node(), path, Vec::new(), None).await.unwrap_err();
        assert_eq!(refused.code(), Code::Unimplemented, "{path}");
    }
}

#[tokio::test]
async fn a_transaction_is_simulated_broadcast_and_found() {
    let mut devnet = Devnet::start().await;
    let tx = devnet.transaction();
    #[expect(deprecated, reason = "the field is there")]
    let request = SimulateRequest { tx: None, tx_bytes: tx.to_vec() };
    let path = format!("{TX}/Simulate");
    let (simulated, _) = call::<SimulateResponse>(devnet.node(), &path, request.encode_to_vec(), None).await.unwrap();
    assert!(simulated.gas_info.unwrap().gas_used > 0);

    let request = BroadcastTxRequest { tx_bytes: tx.to_vec(), mode: 2 }.encode_to_vec();
    let path = format!("{TX}/BroadcastTx");
    let (sent, _) = call::<BroadcastTxResponse>(devnet.node(), &path, request.clone(), None).await.unwrap();
    let sent = sent.tx_response.unwrap();
    assert_eq!(sent.code, 0, "{}", sent.raw_log);
    // What the mempool itself refuses is a code here.
    let (again, _) = call::<BroadcastTxResponse>(devnet.node(), &path, request, None).await.unwrap();
    assert_eq!(again.tx_response.unwrap().code, 19);

    let path = format!("{TX}/GetTx");
    let request = GetTxRequest { hash: sent.txhash.clone() }.encode_to_vec();
    let missing = call::<GetTxResponse>(devnet.node(), &path, request.clone(), None).await.unwrap_err();
    assert_eq!(
        (missing.code(), missing.message()),
        (Code::NotFound, format!("tx not found: {}", sent.txhash).as_str())
    );
    let height = devnet.chain().make_block();
    let (found, _) = call::<GetTxResponse>(devnet.node(), &path, request.clone(), None).await.unwrap();
    let response = found.tx_response.unwrap();
    assert_eq!((response.height as u64, response.code), (height, 0));
    assert_eq!(found.tx.unwrap().body.unwrap().messages.len(), 1);
    assert!(response.timestamp.ends_with('Z') && !response.timestamp.contains('.'), "{}", response.timestamp);

    // Field 6, the query; field 2 of the request is older.
    let query = b"message.action='/cosmos.bank.v1beta1.MsgSend'";
    let request = [&[0x32, query.len() as u8][..], query].concat();
    let path = format!("{TX}/GetTxsEvent");
    let (searched, _) = call::<GetTxsEventResponse>(devnet.node(), &path, request, None).await.unwrap();
    assert_eq!((searched.total, searched.tx_responses[0].txhash.as_str()), (1, sent.txhash.as_str()));
    let empty = call::<GetTxsEventResponse>(devnet.node(), &path, Vec::new(), None).await.unwrap_err();
    assert_eq!((empty.code(), empty.message()), (Code::Internal, "query cannot be empty"));
}

#[tokio::test]
async fn a_request_that_cannot_be_read_is_refused_by_the_server_itself() {
    let devnet = Devnet::start().await;
    let paths = ["/cosmos.bank.v1beta1.Query/Balance", &format!("{NODE}/GetBlockByHeight")];
    for path in paths {
        let refused = call::<GetTxResponse>(devnet.node(), path, vec![0xff, 0xff], None).await.unwrap_err();
        let text = "grpc: error unmarshalling request: unexpected EOF";
        assert_eq!((refused.code(), refused.message()), (Code::Internal, text), "{path}");
        // The router of the SDK, which `abci_query` asks, has no such words.
        let told = devnet.call("abci_query", json!({ "path": path, "data": "ffff" })).await["response"].clone();
        assert_eq!((&told["code"], &told["log"]), (&json!(18), &json!("unexpected EOF: invalid request")), "{path}");
    }
}

#[tokio::test]
async fn the_node_tells_of_itself_and_of_blocks() {
    let devnet = Devnet::start().await;
    devnet.grow(3);
    let node = devnet.node();
    let (info, _) =
        call::<tendermint::GetNodeInfoResponse>(node, &format!("{NODE}/GetNodeInfo"), Vec::new(), None).await.unwrap();
    assert_eq!(info.default_node_info.unwrap().network, CHAIN);
    assert_eq!(info.application_version.unwrap().cosmos_sdk_version, "v0.53.4");
    let (syncing, _) =
        call::<tendermint::GetSyncingResponse>(node, &format!("{NODE}/GetSyncing"), Vec::new(), None).await.unwrap();
    assert!(!syncing.syncing);
    let (latest, _) =
        call::<tendermint::GetLatestBlockResponse>(node, &format!("{NODE}/GetLatestBlock"), Vec::new(), None)
            .await
            .unwrap();
    assert_eq!(latest.block.unwrap().header.unwrap().height, 3);
    assert!(latest.sdk_block.unwrap().header.unwrap().proposer_address.starts_with("cosmosvalcons1"));
    let path = format!("{NODE}/GetBlockByHeight");
    let request = |height: i64| tendermint::GetBlockByHeightRequest { height }.encode_to_vec();
    let (block, _) = call::<tendermint::GetBlockByHeightResponse>(node, &path, request(2), None).await.unwrap();
    assert_eq!(block.block.unwrap().header.unwrap().height, 2);
    let refused = call::<tendermint::GetBlockByHeightResponse>(node, &path, request(4), None).await.unwrap_err();
    assert_eq!(refused.message(), "requested block height is bigger then the chain length");
    let path = format!("{NODE}/GetLatestValidatorSet");
    let (set, _) = call::<tendermint::GetLatestValidatorSetResponse>(node, &path, Vec::new(), None).await.unwrap();
    assert_eq!((set.block_height, set.validators.len()), (4, 3));
}

#[tokio::test]
async fn services_of_the_node_are_reached_by_abci_query_too() {
    let mut devnet = Devnet::start().await;
    let (tx, _) = devnet.deliver();
    let ask = async |path: String, data: String| {
        devnet.call("abci_query", json!({ "path": path, "data": data })).await["response"].clone()
    };
    let latest = ask(format!("{NODE}/GetLatestBlock"), String::new()).await;
    assert_eq!((&latest["code"], &latest["height"]), (&json!(0), &json!("2")), "{latest}");
    let hash = hex::encode_upper(crate::network::tx_hash(&tx));
    let found = ask(format!("{TX}/GetTx"), encode(&GetTxRequest { hash })).await;
    assert!(found["value"].as_str().is_some_and(|value| !value.is_empty()), "{found}");
    let missing = ask(format!("{TX}/GetTx"), encode(&GetTxRequest { hash: "00".to_owned() })).await;
    assert_eq!((&missing["code"], &missing["codespace"]), (&json!(22), &json!("sdk")));
    let log = "rpc error: code = NotFound desc = tx not found: 00: key not found";
    assert_eq!(missing["log"], log);
}

#[tokio::test]
async fn faults_show_over_grpc() {
    let devnet = Devnet::start().await;
    devnet.grow(5);
    let path = format!("{NODE}/GetLatestBlock");
    let latest = async || call::<tendermint::GetLatestBlockResponse>(devnet.node(), &path, Vec::new(), None).await;
    devnet.node().inject(Fault::StaleAt(3));
    assert_eq!(latest().await.unwrap().0.block.unwrap().header.unwrap().height, 3);
    devnet.node().heal();
    devnet.node().inject(Fault::Http(503, String::new()).only([Method::Grpc]));
    assert_eq!(latest().await.unwrap_err().code(), Code::Unavailable);
    devnet.node().heal();
    devnet.node().inject(Fault::DroppedBefore);
    assert!(latest().await.is_err());
    devnet.node().heal();
    devnet.node().inject(Fault::Stall);
    assert!(never(latest()).await);
    assert_eq!(devnet.node().calls()[&path], 4);
}
