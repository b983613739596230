mod shapes;

pub(super) use self::shapes::assert_like;

use super::*;
use crate::network::tx_hash;

#[tokio::test]
async fn heights_that_are_not_there_are_refused_in_comets_words() {
    let devnet = Devnet::start().await;
    devnet.grow(3);
    for method in ["block", "block_results", "commit", "header"] {
        let refusal = |height: &str| devnet.refusal(method, json!({ "height": height }));
        let text = "height 4 must be less than or equal to the current blockchain height 3";
        assert_eq!(refusal("4").await, (-32603, text.to_owned()), "{method}");
        assert_eq!(refusal("0").await, (-32603, "height must be greater than 0, but got 0".to_owned()));
        assert_eq!(refusal("-1").await, (-32603, "height must be greater than 0, but got -1".to_owned()));
    }
    // Validators and parameters are known for one height more.
    for method in ["validators", "consensus_params"] {
        devnet.call(method, json!({ "height": "4" })).await;
        let text = "height 5 must be less than or equal to the current blockchain height 4";
        assert_eq!(devnet.refusal(method, json!({ "height": "5" })).await, (-32603, text.to_owned()));
    }
}

#[tokio::test]
async fn a_pruned_height_is_refused_with_the_lowest() {
    let devnet = Devnet::start().await;
    devnet.grow(4);
    devnet.chain().with(|chain| chain.retain_blocks(Some(2)));
    devnet.grow(6);
    let earliest = devnet.chain().with(|chain| chain.earliest_height());
    assert!(earliest > 1);
    let refusal = devnet.refusal("block", json!({ "height": "1" })).await;
    assert_eq!(refusal, (-32603, format!("height 1 is not available, lowest height is {earliest}")));
    let status = devnet.call("status", json!({})).await;
    assert_eq!(status["sync_info"]["earliest_block_height"], earliest.to_string());
}

#[tokio::test]
async fn a_commit_is_canonical_once_the_next_block_holds_it() {
    let devnet = Devnet::start().await;
    devnet.grow(3);
    let newest = devnet.call("commit", json!({})).await;
    assert_eq!((&newest["canonical"], &newest["signed_header"]["header"]["height"]), (&json!(false), &json!("3")));
    let older = devnet.call("commit", json!({ "height": "2" })).await;
    let block = devnet.call("block", json!({ "height": "3" })).await;
    assert_eq!(older["canonical"], true);
    assert_eq!(older["signed_header"]["commit"], block["block"]["last_commit"]);
}

#[tokio::test]
async fn blocks_commits_and_validators_are_read_back_as_they_were() {
    use tendermint::block::signed_header::SignedHeader;
    let mut devnet = Devnet::start().await;
    let (_, height) = devnet.deliver();
    devnet.grow(height + 1);
    for height in 1..=height + 1 {
        let block = devnet.chain().with(|chain| chain.block(height).unwrap().clone());
        let of = json!({ "height": height.to_string() });
        let commit = devnet.call("commit", of.clone()).await;
        let signed: SignedHeader = serde_json::from_value(commit["signed_header"].clone()).unwrap();
        assert_eq!((signed.header().hash(), signed.commit()), (block.id.hash, &block.commit));
        let read: tendermint::Block =
            serde_json::from_value(devnet.call("block", of.clone()).await["block"].clone()).unwrap();
        assert_eq!((&read.header, read.data.len()), (&block.header, block.txs.len()));
        let listed = devnet.call("validators", of).await["validators"].clone();
        let listed: Vec<tendermint::validator::Info> = serde_json::from_value(listed).unwrap();
        assert_eq!(light_client::ValidatorSet::new(listed, None).unwrap().hash(), block.header.validators_hash);
    }
}

#[tokio::test]
async fn a_block_is_found_by_its_hash_in_hex_or_base64() {
    let devnet = Devnet::start().await;
    let block = devnet.call("block", json!({ "height": "1" })).await;
    let hash = block["block_id"]["hash"].as_str().unwrap();
    let header = devnet.call("header_by_hash", json!({ "hash": hash })).await;
    assert_eq!(header["header"], block["block"]["header"]);
    let found = client::get(devnet.node().rpc(), &format!("/block_by_hash?hash=0x{hash}")).await.json();
    assert_eq!(found["result"], block);
    let none = devnet.call("header_by_hash", json!({ "hash": "00" })).await;
    assert_eq!(none, json!({ "header": null }));
    let none = devnet.call("block_by_hash", json!({ "hash": "AA==" })).await;
    let no_id = json!({ "hash": "", "parts": { "total": 0, "hash": "" } });
    assert_eq!(none, json!({ "block_id": no_id, "block": null }));
}

#[tokio::test]
async fn a_transaction_is_found_by_its_hash_if_there_is_an_index() {
    let mut devnet = Devnet::start().await;
    let (tx, height) = devnet.deliver();
    let hash = base64_of(&tx_hash(&tx));
    let found = devnet.call("tx", json!({ "hash": hash })).await;
    assert_eq!((&found["height"], &found["index"]), (&json!(height.to_string()), &json!(0)));
    assert_eq!(found["tx_result"]["code"], 0);
    assert!(found.get("proof").is_none());
    let unknown = devnet.refusal("tx", json!({ "hash": "AAAA" })).await;
    assert_eq!(unknown, (-32603, "tx (000000) not found".to_owned()));

    devnet.node().set_tx_index(false);
    let disabled = (-32603, "transaction indexing is disabled".to_owned());
    assert_eq!(devnet.refusal("tx", json!({ "hash": hash })).await, disabled);
    assert_eq!(devnet.refusal("tx_search", json!({ "query": "tx.height>1" })).await, disabled);
    let blocks = devnet.refusal("block_search", json!({ "query": "block.height>1" })).await;
    assert_eq!(blocks, (-32603, "block indexing is disabled".to_owned()));
    assert_eq!(devnet.call("status", json!({})).await["node_info"]["other"]["tx_index"], "off");
}

#[tokio::test]
async fn transactions_are_searched_by_one_event_and_heights() {
    let mut devnet = Devnet::start().await;
    let heights = [devnet.deliver().1, devnet.deliver().1, devnet.deliver().1];
    let found = async |query: &str| {
        let result = devnet.call("tx_search", json!({ "query": query })).await;
        let txs = result["txs"].as_array().unwrap().clone();
        assert_eq!(result["total_count"], txs.len().to_string());
        txs.iter().map(|tx| tx["height"].as_str().unwrap().parse().unwrap()).collect::<Vec<u64>>()
    };
    let action = "message.action='/cosmos.bank.v1beta1.MsgSend'";
    assert_eq!(found(action).await, heights);
    assert_eq!(found(&format!("tx.height={} AND {action}", heights[1])).await, [heights[1]]);
    assert_eq!(found(&format!("{action} AND tx.height>{}", heights[0])).await, heights[1..]);
    assert_eq!(found("tx.acc_seq CONTAINS '/1'").await, [heights[1]]);
    assert_eq!(found("tx.acc_seq EXISTS").await, heights);
    // Two events of the same transaction do not meet two conditions together.
    assert_eq!(found(&format!("{action} AND tx.acc_seq EXISTS")).await, [] as [u64; 0]);
    // The index knows nothing of `tm.event`.
    assert_eq!(found("tm.event='Tx'").await, [] as [u64; 0]);
}

#[tokio::test]
async fn pages_of_a_search_are_cut_as_in_comet() {
    let mut devnet = Devnet::start().await;
    let heights = [devnet.deliver().1, devnet.deliver().1];
    let params = json!({ "query": "tx.height>1", "per_page": "1", "page": "2", "order_by": "desc" });
    let result = devnet.call("tx_search", params).await;
    assert_eq!((&result["total_count"], &result["txs"][0]["height"]), (&json!("2"), &json!(heights[0].to_string())));
    let beyond = json!({ "query": "tx.height>1", "per_page": "1", "page": "3" });
    let refusal = devnet.refusal("tx_search", beyond).await;
    assert_eq!(refusal, (-32603, "page should be within [1, 2] range, given 3".to_owned()));
    let order = devnet.refusal("tx_search", json!({ "query": "tx.height>1", "order_by": "up" })).await;
    assert_eq!(order, (-32603, "expected order_by to be either `asc` or `desc` or empty".to_owned()));
    let long = devnet.refusal("tx_search", json!({ "query": "a".repeat(513) })).await;
    assert_eq!(long, (-32603, "maximum query length exceeded".to_owned()));
    let validators = devnet.call("validators", json!({ "per_page": "2", "page": "2" })).await;
    assert_eq!((&validators["count"], &validators["total"]), (&json!("1"), &json!("3")));
}

#[tokio::test]
async fn blocks_are_searched_by_height() {
    let devnet = Devnet::start().await;
    devnet.grow(5);
    let params = json!({ "query": "block.height>2 AND block.height<=4" });
    let result = devnet.call("block_search", params).await;
    let heights: Vec<_> =
        result["blocks"].as_array().unwrap().iter().map(|b| b["block"]["header"]["height"].clone()).collect();
    assert_eq!(heights, ["4", "3"]);
}

#[tokio::test]
async fn a_broadcast_goes_to_the_mempool_and_into_the_next_block() {
    let mut devnet = Devnet::start().await;
    let tx = devnet.transaction();
    let params = json!({ "tx": base64_of(&tx) });
    let hash = hex::encode_upper(tx_hash(&tx));
    let checked = devnet.call("broadcast_tx_sync", params.clone()).await;
    assert_eq!((&checked["code"], &checked["hash"]), (&json!(0), &json!(hash)), "{checked}");
    let waiting = devnet.call("unconfirmed_txs", json!({})).await;
    assert_eq!((&waiting["n_txs"], &waiting["txs"][0]), (&json!("1"), &params["tx"]));
    let counted = devnet.call("num_unconfirmed_txs", json!({})).await;
    assert_eq!((&counted["total_bytes"], &counted["txs"]), (&json!(tx.len().to_string()), &Value::Null));
    let again = devnet.refusal("broadcast_tx_sync", params.clone()).await;
    assert_eq!(again, (-32603, "tx already exists in cache".to_owned()));
    let height = devnet.chain().make_block();
    let results = devnet.call("block_results", json!({ "height": height.to_string() })).await;
    assert_eq!(results["txs_results"][0]["code"], 0);
}

#[tokio::test]
async fn a_transaction_that_is_none_fails_its_check() {
    let devnet = Devnet::start().await;
    let checked = devnet.call("broadcast_tx_sync", json!({ "tx": "AAEC" })).await;
    assert_eq!((&checked["code"], &checked["codespace"]), (&json!(2), &json!("sdk")), "{checked}");
    let checked = devnet.call("check_tx", json!({ "tx": "AAEC" })).await;
    assert_eq!((&checked["code"], &checked["gas_wanted"]), (&json!(2), &json!("0")), "{checked}");
    let committed = devnet.call("broadcast_tx_commit", json!({ "tx": "AAED" })).await;
    assert_eq!((&committed["check_tx"]["code"], &committed["height"]), (&json!(2), &json!("0")));
}

#[tokio::test]
async fn broadcast_tx_commit_waits_for_the_block() {
    let mut devnet = Devnet::start().await;
    let tx = devnet.transaction();
    let chain = devnet.chain().clone();
    let maker = async {
        // As soon as the transaction waits, its block is made.
        while chain.with(|chain| chain.mempool().count()) == 0 {
            tokio::task::yield_now().await;
        }
        chain.make_block()
    };
    let (height, answer) =
        soon(futures::future::join(maker, devnet.call("broadcast_tx_commit", json!({ "tx": base64_of(&tx) })))).await;
    assert_eq!((&answer["height"], &answer["tx_result"]["code"]), (&json!(height.to_string()), &json!(0)));
}

#[tokio::test]
async fn evidence_must_prove_something() {
    let devnet = Devnet::start().await;
    let none = devnet.refusal("broadcast_evidence", json!({})).await;
    assert_eq!(none, (-32603, "no evidence was provided".to_owned()));
    let unknown = devnet.refusal("broadcast_evidence", json!({ "evidence": { "type": "x", "value": {} } })).await;
    assert_eq!(unknown.0, -32602);
    let vote = |hash: &str| {
        json!({
            "type": 2, "height": "1", "round": 0,
            "block_id": { "hash": hash.repeat(32), "parts": { "total": 1, "hash": hash.repeat(32) } },
            "timestamp": "2023-11-14T22:13:20Z", "validator_address": "AA".repeat(20), "validator_index": 0,
            "signature": base64_of(&[1; 64]),
        })
    };
    let value = json!({
        "vote_a": vote("AA"), "vote_b": vote("BB"),
        "TotalVotingPower": "60", "ValidatorPower": "10", "Timestamp": "2023-11-14T22:13:20Z",
    });
    let evidence = json!({ "type": "tendermint/DuplicateVoteEvidence", "value": value });
    let (code, text) = devnet.refusal("broadcast_evidence", json!({ "evidence": evidence })).await;
    assert_eq!(code, -32603, "{text}");
    assert!(text.starts_with("failed to add evidence: "), "{text}");
}

#[tokio::test]
async fn a_store_is_asked_with_proofs() {
    let devnet = Devnet::start().await;
    devnet.grow(3);
    let params = json!({ "path": "/store/ibc/key", "data": "6e6f6e65", "height": "2", "prove": true });
    let response = devnet.call("abci_query", params).await["response"].clone();
    assert_eq!((&response["code"], &response["value"], &response["height"]), (&json!(0), &Value::Null, &json!("2")));
    let ops = response["proofOps"]["ops"].as_array().unwrap();
    let kinds: Vec<_> = ops.iter().map(|op| (op["type"].as_str().unwrap(), op["key"].as_str().unwrap())).collect();
    assert_eq!(kinds, [("ics23:iavl", "bm9uZQ=="), ("ics23:simple", "aWJj")]);
    let negative = devnet.call("abci_query", json!({ "path": "/store/ibc/key", "height": "-1" })).await;
    assert_eq!((&negative["response"]["code"], &negative["response"]["codespace"]), (&json!(18), &json!("sdk")));
    let future = devnet.call("abci_query", json!({ "path": "/store/ibc/key", "height": "99" })).await;
    assert_ne!(future["response"]["code"], 0);
}

#[tokio::test]
async fn the_nodes_of_a_chain_are_its_validators() {
    let devnet = Devnet::start().await;
    let status = devnet.call("status", json!({})).await;
    let validators = devnet.call("validators", json!({})).await;
    let info = &status["validator_info"];
    assert!(
        validators["validators"].as_array().unwrap().iter().any(|validator| {
            validator["address"] == info["address"] && validator["voting_power"] == info["voting_power"]
        }),
        "{info}"
    );
    assert_eq!(status["node_info"]["network"], CHAIN);
}

#[tokio::test]
async fn a_node_that_follows_a_fork_tells_of_its_blocks() {
    let devnet = Devnet::start().await;
    devnet.grow(4);
    let mut fork = devnet.chain().with(|chain| chain.fork(2)).unwrap();
    fork.make_block(Timestamp::from_seconds(1_700_000_100));
    fork.make_block(Timestamp::from_seconds(1_700_000_200));
    let hash =
        |height: u64| devnet.chain().with(|chain| hex::encode_upper(chain.block(height).unwrap().id.hash.as_bytes()));
    let forked = hex::encode_upper(fork.block(4).unwrap().id.hash.as_bytes());
    devnet.node().follow(Some(fork.clone()));
    let told = async |height: u64| {
        devnet.call("commit", json!({ "height": height.to_string() })).await["signed_header"]["commit"]["block_id"]["hash"].clone()
    };
    assert_eq!((told(2).await, told(4).await), (json!(hash(2)), json!(forked)));
    assert_ne!(hash(4), forked);
    // Above the fork's height the chain goes on.
    devnet.grow(5);
    assert_eq!(told(5).await, json!(hash(5)));
    // A fork may be ahead.
    while fork.height() < 7 {
        fork.make_block(Timestamp::from_seconds(1_700_000_300 + fork.height()));
    }
    devnet.node().follow(Some(fork));
    assert_eq!(devnet.call("status", json!({})).await["sync_info"]["latest_block_height"], "7");
    devnet.node().follow(None);
    assert_eq!(told(4).await, json!(hash(4)));
}

pub(super) fn base64_of(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
