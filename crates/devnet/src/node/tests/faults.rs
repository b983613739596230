use super::client::{Answer, beginning, exchange, get};
use super::*;
use crate::app::event::Event;
use crate::node::{Fault, Method, Rewrite};

async fn status_over_uri(node: &Node) -> Option<Answer> {
    exchange(node.rpc(), "GET /status HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await
}

#[tokio::test]
async fn a_stalled_node_takes_calls_and_never_answers() {
    let devnet = Devnet::start().await;
    devnet.node().inject(Fault::Stall);
    assert!(never(devnet.ask("status", json!({}))).await);
    devnet.node().heal();
    devnet.call("status", json!({})).await;
}

#[tokio::test]
async fn a_fault_may_be_limited_to_methods() {
    let devnet = Devnet::start().await;
    devnet.node().inject(Fault::Stall.only([Method::Commit]));
    devnet.call("status", json!({})).await;
    assert!(never(devnet.ask("commit", json!({}))).await);
    // The other node of the chain is honest.
    ask(&devnet.chain().nodes()[1], "commit", json!({})).await;
}

#[tokio::test]
async fn a_stale_node_stays_behind() {
    let devnet = Devnet::start().await;
    devnet.grow(6);
    let head = async || devnet.call("status", json!({})).await["sync_info"]["latest_block_height"].clone();
    devnet.node().inject(Fault::StaleBy(2));
    assert_eq!(head().await, "4");
    devnet.grow(7);
    assert_eq!(head().await, "5");
    devnet.node().inject(Fault::StaleAt(3));
    assert_eq!(head().await, "3");
    let text = "height 4 must be less than or equal to the current blockchain height 3";
    assert_eq!(devnet.refusal("block", json!({ "height": "4" })).await, (-32603, text.to_owned()));
    let asked = devnet.call("abci_query", json!({ "path": "/store/ibc/key", "data": "00" })).await;
    assert_eq!(asked["response"]["height"], "3");
    let path = "/cosmos.base.tendermint.v1beta1.Service/GetBlockByHeight";
    let ahead = devnet.call("abci_query", json!({ "path": path, "data": "0806" })).await;
    assert_eq!(ahead["response"]["code"], 18, "{ahead}");
    let ahead = devnet.call("abci_query", json!({ "path": "/store/ibc/key", "data": "00", "height": "6" })).await;
    let later = devnet.call("abci_query", json!({ "path": "/store/ibc/key", "data": "00", "height": "99" })).await;
    assert_eq!(ahead["response"]["log"], later["response"]["log"]);
    assert_ne!(ahead["response"]["log"], asked["response"]["log"]);
    devnet.node().heal();
    assert_eq!(head().await, "7");
    devnet.node().inject(Fault::AheadBy(1_000_000));
    assert_eq!(head().await, "1000007");
    devnet.node().heal();
}

#[tokio::test]
async fn events_are_left_out_or_made_up() {
    let mut devnet = Devnet::start().await;
    let height = devnet.deliver().1.to_string();
    let results = async || devnet.call("block_results", json!({ "height": height })).await;
    let kinds = |results: &Value| {
        let events = results["txs_results"][0]["events"].as_array().unwrap().clone();
        events.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(kinds(&results().await).contains(&"message".to_owned()));
    devnet.node().inject(Fault::Events(Rewrite::without(|event| event.kind == "message")));
    devnet.node().inject(Fault::Events(Rewrite::adding(vec![Event::new("send_packet").with("packet_sequence", 7)])));
    let lied = results().await;
    assert!(!kinds(&lied).contains(&"message".to_owned()));
    let last = lied["finalize_block_events"].as_array().unwrap().last().unwrap().clone();
    assert_eq!((&last["type"], &last["attributes"][0]["value"]), (&json!("send_packet"), &json!("7")));
    devnet.node().inject(Fault::Events(Rewrite::without_ibc()));
    assert!(!results().await["finalize_block_events"].to_string().contains("send_packet"));
    devnet.node().heal();
    assert!(kinds(&results().await).contains(&"message".to_owned()));
}

#[tokio::test]
async fn values_and_proofs_are_forged() {
    let devnet = Devnet::start().await;
    devnet.grow(3);
    let proven = json!({ "path": "/store/ibc/key", "data": "00", "height": "2", "prove": true });
    let proof = async || devnet.call("abci_query", proven.clone()).await["response"]["proofOps"]["ops"].clone();
    let value =
        async || devnet.call("abci_query", json!({ "path": "/app/version" })).await["response"]["value"].clone();
    let honest = (value().await, proof().await);
    devnet.node().inject(Fault::ForgedValue);
    assert_ne!(value().await, honest.0);
    assert_eq!(proof().await, honest.1);
    devnet.node().inject(Fault::ForgedProof);
    let forged = proof().await;
    assert_ne!(forged[0]["data"], honest.1[0]["data"]);
    assert_eq!(forged[1], honest.1[1]);
}

#[tokio::test]
async fn blocks_of_another_chain_are_told() {
    let devnet = Devnet::start().await;
    devnet.grow(3);
    let mut other = setup("other-9");
    other.options.seed = 99;
    let mut chain = crate::chain::Chain::new(other.genesis, other.options);
    for second in 0..3 {
        chain.make_block(Timestamp::from_seconds(1_700_000_000 + second));
    }
    devnet.node().inject(Fault::OtherChain(std::sync::Arc::new(chain)).only([Method::Commit, Method::Header]));
    let commit = devnet.call("commit", json!({ "height": "2" })).await;
    assert_eq!(commit["signed_header"]["header"]["chain_id"], "other-9");
    assert_eq!(devnet.call("header", json!({})).await["header"]["chain_id"], "other-9");
    assert_eq!(devnet.call("block", json!({})).await["block"]["header"]["chain_id"], CHAIN);
}

#[tokio::test]
async fn bodies_are_padded() {
    let devnet = Devnet::start().await;
    devnet.node().inject(Fault::Padded(3_000_000));
    let answer = status_over_uri(devnet.node()).await.unwrap();
    assert_eq!((answer.body.len(), answer.is_complete), (3_000_000, true));
    assert_eq!(answer.json()["result"]["node_info"]["network"], CHAIN);
}

#[tokio::test]
async fn bodies_never_end() {
    let devnet = Devnet::start().await;
    devnet.node().inject(Fault::Endless);
    let bytes = beginning(devnet.node().rpc(), "/status", 20_000_000).await;
    assert!(bytes.ends_with(b" "));
}

#[tokio::test]
async fn a_gzip_bomb_goes_off() {
    let devnet = Devnet::start().await;
    devnet.node().inject(Fault::GzipBomb);
    let bytes = beginning(devnet.node().rpc(), "/status", 200_000).await;
    let answer = client::parse(&bytes).unwrap();
    assert!(answer.head.contains("content-encoding: gzip"), "{}", answer.head);
    assert_eq!(answer.body[..3], [0x1f, 0x8b, 8]);
    // One block of fixed codes: a literal space, then copies of 258 bytes at distance 1.
    let bits: Vec<u8> = answer.body[10..].iter().flat_map(|byte| (0..8).map(move |bit| (byte >> bit) & 1)).collect();
    let code =
        |from: usize, length: usize| bits[from..from + length].iter().fold(0, |code, bit| code << 1 | u32::from(*bit));
    assert_eq!((bits[0], code(1, 2), code(3, 8)), (0, 0b10, 0x50));
    let copies = (bits.len() - 11) / 13;
    assert!(copies > 5_000);
    assert!((0..copies).all(|copy| code(11 + copy * 13, 8) == 0xc5 && code(19 + copy * 13, 5) == 0));
}

#[tokio::test]
async fn bodies_drip() {
    let devnet = Devnet::start().await;
    devnet.node().inject(Fault::Drip(50));
    assert!(never(status_over_uri(devnet.node())).await);
    devnet.node().heal();
    devnet.node().inject(Fault::Drip(100_000));
    let answer = status_over_uri(devnet.node()).await.unwrap();
    assert!(answer.is_complete);
    assert_eq!(answer.json()["result"]["node_info"]["network"], CHAIN);
}

#[tokio::test]
async fn connections_are_dropped_before_and_midway() {
    let devnet = Devnet::start().await;
    devnet.node().inject(Fault::DroppedBefore);
    assert!(status_over_uri(devnet.node()).await.is_none());
    devnet.node().heal();
    let whole = status_over_uri(devnet.node()).await.unwrap().body.len();
    devnet.node().inject(Fault::DroppedMidway);
    let answer = status_over_uri(devnet.node()).await.unwrap();
    assert_eq!((answer.status, answer.is_complete, answer.body.len()), (200, false, whole / 2));
}

#[tokio::test]
async fn http_statuses_come_instead_of_answers() {
    let devnet = Devnet::start().await;
    for status in [429, 502] {
        devnet.node().heal();
        devnet.node().inject(Fault::Http(status, "<html>slow down</html>".to_owned()));
        let answer = get(devnet.node().rpc(), "/status").await;
        assert_eq!((answer.status, answer.text().as_str()), (status, "<html>slow down</html>"));
    }
}

#[tokio::test]
async fn broadcasts_are_refused_or_lost() {
    let mut devnet = Devnet::start().await;
    let tx = devnet.transaction();
    let send = json!({ "tx": base64::Engine::encode(&base64::engine::general_purpose::STANDARD, &tx) });
    let waiting = || devnet.chain().with(|chain| chain.mempool().count());
    devnet.node().inject(Fault::BroadcastRefused(13, "sdk".to_owned(), "insufficient fee".to_owned()));
    let checked = devnet.call("broadcast_tx_sync", send.clone()).await;
    assert_eq!((&checked["code"], &checked["log"]), (&json!(13), &json!("insufficient fee")));
    devnet.node().heal();
    devnet.node().inject(Fault::BroadcastLost);
    assert_eq!(devnet.call("broadcast_tx_sync", send.clone()).await["code"], 0);
    assert_eq!(waiting(), 0);
    devnet.node().heal();
    assert_eq!(devnet.call("broadcast_tx_sync", send).await["code"], 0);
    assert_eq!(waiting(), 1);
}

#[tokio::test]
async fn a_node_claims_another_chain_or_to_catch_up() {
    let devnet = Devnet::start().await;
    devnet.node().inject(Fault::ChainId("evil-1".to_owned()));
    devnet.node().inject(Fault::CatchingUp);
    let status = devnet.call("status", json!({})).await;
    assert_eq!(status["node_info"]["network"], "evil-1");
    assert_eq!(status["sync_info"]["catching_up"], true);
}

#[tokio::test]
async fn a_fork_that_leaves_out_heights_is_told_at_once() {
    let mut devnet = Devnet::start().await;
    let (tx, _) = devnet.deliver();
    devnet.grow(4);
    let height = 1_u64 << 62;
    let fork = devnet.chain().with(|chain| {
        let conspiracy = crate::chain::Conspiracy::default().with_txs(vec![Bytes::from_static(b"lie")]);
        let too_high = chain.attack(crate::chain::Attack::ForwardLunatic, height + 1, Default::default());
        assert_eq!(too_high.unwrap_err(), crate::chain::AttackError::TooHigh(height + 1));
        chain.attack(crate::chain::Attack::ForwardLunatic, height, conspiracy).unwrap()
    });
    devnet.node().follow(Some(fork));
    let status = devnet.call("status", json!({})).await;
    assert_eq!(status["sync_info"]["latest_block_height"], height.to_string());
    // What counts through all heights would not come to an end.
    let found = devnet.call("block_search", json!({ "query": "block.height > 0" })).await;
    assert_eq!(found["total_count"], "5");
    let hash = |tx: &[u8]| json!({ "hash": methods::base64_of(&crate::network::tx_hash(tx)) });
    assert_eq!(devnet.call("tx", hash(b"lie")).await["height"], height.to_string());
    assert_eq!(devnet.call("tx", hash(&tx)).await["height"], "2");
}

#[tokio::test]
async fn what_a_stalled_node_was_asked_for_is_not_done_when_it_stops() {
    let mut devnet = Devnet::start().await;
    let tx = devnet.transaction();
    devnet.node().inject(Fault::Stall);
    let path = format!("/broadcast_tx_sync?tx=0x{}", hex::encode(&tx));
    let request = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    let rpc = devnet.node().rpc();
    let asked = tokio::spawn(async move { exchange(rpc, &request).await });
    soon(async {
        while !devnet.node().calls().contains_key("broadcast_tx_sync") {
            tokio::task::yield_now().await;
        }
    })
    .await;
    soon(devnet.node().stop()).await;
    assert!(soon(asked).await.unwrap().is_none());
    assert_eq!(devnet.chain().with(|chain| chain.mempool().count()), 0);
}
