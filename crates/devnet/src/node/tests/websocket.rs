use futures::{SinkExt, StreamExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message as Frame;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::methods::assert_like;
use super::*;
use crate::node::Fault;

struct Client(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Client {
    async fn connect(node: &Node) -> Self {
        Self(connect_async(format!("ws://{}/websocket", node.rpc())).await.unwrap().0)
    }

    async fn send(&mut self, id: u64, method: &str, params: Value) {
        let call = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.0.send(Frame::text(call.to_string())).await.unwrap();
    }

    async fn receive(&mut self) -> Value {
        soon(async {
            loop {
                if let Frame::Text(text) = self.0.next().await.unwrap().unwrap() {
                    return serde_json::from_str(&text).unwrap();
                }
            }
        })
        .await
    }

    async fn ask(&mut self, id: u64, method: &str, params: Value) -> Value {
        self.send(id, method, params).await;
        self.receive().await
    }

    async fn subscribe(&mut self, id: u64, query: &str) {
        let answer = self.ask(id, "subscribe", json!({ "query": query })).await;
        assert_eq!(answer, json!({ "jsonrpc": "2.0", "id": id, "result": {} }));
    }
}

#[tokio::test]
async fn a_subscriber_hears_of_blocks_under_its_own_id() {
    let devnet = Devnet::start().await;
    let mut client = Client::connect(devnet.node()).await;
    client.subscribe(41, "tm.event = 'NewBlock'").await;
    devnet.chain().make_block();
    let told = client.receive().await;
    assert_eq!((&told["id"], &told["result"]["query"]), (&json!(41), &json!("tm.event = 'NewBlock'")));
    assert_eq!(told["result"]["data"]["type"], "tendermint/event/NewBlock");
    assert_eq!(told["result"]["data"]["value"]["block"]["header"]["height"], "2");
    assert_eq!(told["result"]["events"]["tm.event"], json!(["NewBlock"]));
    assert_like("subscribe_newblock_1", &told["result"]);
}

#[tokio::test]
async fn several_subscriptions_hear_each_of_their_own() {
    let mut devnet = Devnet::start().await;
    let mut client = Client::connect(devnet.node()).await;
    client.subscribe(1, "tm.event='NewBlockHeader'").await;
    client.subscribe(2, "tm.event='Tx' AND message.action CONTAINS 'MsgSend'").await;
    client.subscribe(3, "tm.event='NewBlockEvents'").await;
    client.subscribe(4, "tm.event='Tx' AND transfer.recipient='nobody'").await;
    let (tx, height) = devnet.deliver();
    let (header, events, delivered) = (client.receive().await, client.receive().await, client.receive().await);
    assert_eq!(
        (&header["id"], &header["result"]["data"]["value"]["header"]["height"]),
        (&json!(1), &json!(height.to_string()))
    );
    assert_eq!((&events["id"], &events["result"]["data"]["value"]["num_txs"]), (&json!(3), &json!("1")));
    assert_eq!(delivered["id"], 2);
    let hash = hex::encode_upper(crate::network::tx_hash(&tx));
    assert_eq!(delivered["result"]["events"]["tx.hash"], json!([hash]));
    assert_eq!(delivered["result"]["events"]["tx.height"], json!([height.to_string()]));
    let result = &delivered["result"]["data"]["value"]["TxResult"];
    assert!(result.get("index").is_none() && result["result"].get("code").is_none(), "{result}");
    assert!(result["result"]["events"].as_array().is_some_and(|events| !events.is_empty()));
    assert!(never(client.receive()).await);
}

#[tokio::test]
async fn subscriptions_end() {
    let devnet = Devnet::start().await;
    let mut client = Client::connect(devnet.node()).await;
    client.subscribe(1, "tm.event='NewBlock'").await;
    client.subscribe(2, "tm.event='NewBlockHeader'").await;
    // The same query, written in another way.
    let answer = client.ask(3, "unsubscribe", json!({ "query": "tm.event = 'NewBlock'" })).await;
    assert_eq!(answer["result"], json!({}));
    devnet.chain().make_block();
    assert_eq!(client.receive().await["id"], 2);
    assert_eq!(client.ask(4, "unsubscribe_all", json!({})).await["result"], json!({}));
    devnet.chain().make_block();
    assert!(never(client.receive()).await);
    let answer = client.ask(5, "unsubscribe_all", json!({})).await;
    assert_eq!(answer["error"]["data"], "subscription not found");
}

#[tokio::test]
async fn subscriptions_have_limits() {
    let devnet = Devnet::start().await;
    let mut client = Client::connect(devnet.node()).await;
    let refusal = async |client: &mut Client, query: &str| {
        client.ask(9, "subscribe", json!({ "query": query })).await["error"]["data"].as_str().unwrap().to_owned()
    };
    let text = "failed to parse query: offset 10: got tag, wanted <= operator, >= operator, < operator, > operator, \
                = operator, CONTAINS operator or EXISTS operator";
    assert_eq!(refusal(&mut client, "malformed query").await, text);
    assert_eq!(refusal(&mut client, &"a".repeat(513)).await, "maximum query length exceeded");
    for place in 0..5 {
        client.subscribe(place, &format!("tx.height={place}")).await;
    }
    assert_eq!(refusal(&mut client, "tx.height=9").await, "max_subscriptions_per_client 5 reached");
    let mut other = Client::connect(devnet.node()).await;
    other.subscribe(1, "tm.event='Tx'").await;
    assert_eq!(refusal(&mut other, "tm.event = 'Tx'").await, "already subscribed");
}

#[tokio::test]
async fn all_methods_are_answered_over_websocket() {
    let devnet = Devnet::start().await;
    let mut client = Client::connect(devnet.node()).await;
    let answer = client.ask(1, "status", json!({})).await;
    assert_eq!(answer["result"]["node_info"]["network"], CHAIN);
    let answer = client.ask(2, "block", json!({ "height": 1 })).await;
    let data = "error converting json params to arguments: invalid 64-bit integer encoding \"1\", expected string";
    assert_eq!(answer["error"], json!({ "code": -32603, "message": "Internal error", "data": data }));
    assert_eq!(client.ask(3, "nothing", json!({})).await["error"]["code"], -32601);
    client.0.send(Frame::text("no json")).await.unwrap();
    assert_eq!(client.receive().await["error"]["code"], -32700);
}

#[tokio::test]
async fn a_ping_is_answered() {
    let devnet = Devnet::start().await;
    let mut client = Client::connect(devnet.node()).await;
    client.0.send(Frame::Ping(Bytes::from_static(b"there?"))).await.unwrap();
    let answer = soon(client.0.next()).await.unwrap().unwrap();
    assert_eq!(answer, Frame::Pong(Bytes::from_static(b"there?")));
}

#[tokio::test]
async fn events_come_twice_or_never() {
    let devnet = Devnet::start().await;
    let mut client = Client::connect(devnet.node()).await;
    client.subscribe(1, "tm.event='NewBlockHeader'").await;
    devnet.node().inject(Fault::EventsTwice);
    devnet.chain().make_block();
    let (first, second) = (client.receive().await, client.receive().await);
    assert_eq!(first, second);
    devnet.node().heal();
    devnet.node().inject(Fault::EventsNever);
    devnet.chain().make_block();
    assert!(never(client.receive()).await);
    devnet.node().heal();
    devnet.chain().make_block();
    assert_eq!(client.receive().await["result"]["data"]["value"]["header"]["height"], "4");
}

#[tokio::test]
async fn a_stalled_node_says_nothing_over_websocket() {
    let devnet = Devnet::start().await;
    let mut client = Client::connect(devnet.node()).await;
    client.subscribe(1, "tm.event='NewBlock'").await;
    devnet.node().inject(Fault::Stall);
    devnet.chain().make_block();
    client.send(2, "status", json!({})).await;
    assert!(never(client.receive()).await);
}

#[tokio::test]
async fn a_stale_node_tells_of_blocks_late() {
    let devnet = Devnet::start().await;
    devnet.grow(3);
    let mut client = Client::connect(devnet.node()).await;
    client.subscribe(1, "tm.event='NewBlockHeader'").await;
    devnet.node().inject(Fault::StaleBy(2));
    devnet.grow(6);
    assert_eq!(client.receive().await["result"]["data"]["value"]["header"]["height"], "4");
    assert!(never(client.receive()).await);
}
