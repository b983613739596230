use super::*;
use crate::node::json_rpc::TOO_FEW;

#[tokio::test]
async fn a_call_is_answered_with_its_own_id() {
    let devnet = Devnet::start().await;
    for id in [json!("a text"), json!(7), json!(-3)] {
        let call = json!({ "jsonrpc": "2.0", "id": id, "method": "health", "params": {} });
        let answer = client::post(devnet.node().rpc(), &call.to_string()).await;
        assert_eq!((answer.status, answer.json()), (200, json!({ "jsonrpc": "2.0", "id": id, "result": {} })));
        assert!(answer.head.contains("content-type: application/json"), "{}", answer.head);
    }
}

#[tokio::test]
async fn a_batch_is_answered_in_its_order_without_its_notifications() {
    let devnet = Devnet::start().await;
    let batch = json!([
        { "jsonrpc": "2.0", "id": 2, "method": "health", "params": {} },
        { "jsonrpc": "2.0", "method": "health", "params": {} },
        { "jsonrpc": "2.0", "id": 1, "method": "no_such_method", "params": {} },
    ]);
    let answer = client::post(devnet.node().rpc(), &batch.to_string()).await.json();
    assert_eq!(
        answer,
        json!([
            { "jsonrpc": "2.0", "id": 2, "result": {} },
            { "jsonrpc": "2.0", "id": 1, "error": { "code": -32601, "message": "Method not found" } },
        ])
    );
}

#[tokio::test]
async fn a_batch_of_one_is_answered_like_a_call_alone() {
    let devnet = Devnet::start().await;
    let batch = json!([{ "jsonrpc": "2.0", "id": 2, "method": "health", "params": [] }]);
    let answer = client::post(devnet.node().rpc(), &batch.to_string()).await.json();
    assert_eq!(answer, json!({ "jsonrpc": "2.0", "id": 2, "result": {} }));
}

#[tokio::test]
async fn notifications_alone_are_answered_with_nothing() {
    let devnet = Devnet::start().await;
    for body in [r#"{"jsonrpc":"2.0","method":"health"}"#, r#"{"id":null,"method":"health"}"#, "[]"] {
        let answer = client::post(devnet.node().rpc(), body).await;
        assert_eq!((answer.status, answer.text().as_str()), (200, ""), "{body}");
    }
}

#[tokio::test]
async fn a_batch_over_ten_is_refused() {
    let devnet = Devnet::start().await;
    let batch = vec![json!({ "jsonrpc": "2.0", "id": 2, "method": "health", "params": {} }); 11];
    let answer = client::post(devnet.node().rpc(), &Value::Array(batch).to_string()).await;
    let data = "batch request exceeds maximum (10) allowed number of requests";
    let error = json!({ "code": -32600, "message": "Invalid Request", "data": data });
    assert_eq!((answer.status, answer.json()), (200, json!({ "jsonrpc": "2.0", "error": error })));
}

#[tokio::test]
async fn a_body_over_a_million_bytes_is_refused() {
    let devnet = Devnet::start().await;
    let answer = client::post(devnet.node().rpc(), &" ".repeat(1_000_001)).await;
    assert_eq!(answer.status, 400);
    let data = "error reading request body: http: request body too large";
    assert_eq!(answer.json()["error"], json!({ "code": -32600, "message": "Invalid Request", "data": data }));
}

#[tokio::test]
async fn what_is_no_json_is_a_parse_error() {
    let devnet = Devnet::start().await;
    let answer = client::post(devnet.node().rpc(), "{").await;
    assert_eq!(answer.status, 500);
    let error = answer.json()["error"].clone();
    assert_eq!((error["code"].clone(), error["message"].clone()), (json!(-32700), json!("Parse error. Invalid JSON")));
    assert_eq!(error["data"], "error unmarshaling request: unexpected end of JSON input");
}

#[tokio::test]
async fn a_call_of_another_form_is_a_parse_error() {
    let devnet = Devnet::start().await;
    let cases = [
        (r#"{"id":[1,"a"],"method":"health"}"#, "json-rpc ID ([1 a]) is of unknown type ([]interface {})"),
        (r#"{"id":true,"method":"health"}"#, "json-rpc ID (true) is of unknown type (bool)"),
        (r#"{"id":1,"method":7}"#, "json: cannot unmarshal number into Go struct field .method of type string"),
        (r#"{"jsonrpc":{},"id":1}"#, "json: cannot unmarshal object into Go struct field .jsonrpc of type string"),
    ];
    for (body, reason) in cases {
        let answer = client::post(devnet.node().rpc(), body).await;
        assert_eq!(answer.json()["error"]["data"], format!("error unmarshaling request: {reason}"), "{body}");
    }
    // Nothing is a notification, too.
    let nothing = client::post(devnet.node().rpc(), "null").await;
    assert_eq!((nothing.status, nothing.text().as_str()), (200, ""));
}

#[tokio::test]
async fn a_method_with_parameters_that_is_called_without_any_panics_as_in_comet() {
    let devnet = Devnet::start().await;
    let answer = client::post(devnet.node().rpc(), r#"{"jsonrpc":"2.0","id":5,"method":"block"}"#).await;
    assert_eq!(answer.status, 500);
    let error = json!({ "code": -32603, "message": "Internal error", "data": TOO_FEW });
    assert_eq!(answer.json(), json!({ "jsonrpc": "2.0", "id": -1, "error": error }));
}

#[tokio::test]
async fn parameters_that_cannot_be_read_are_invalid() {
    let devnet = Devnet::start().await;
    let cases = [
        (json!({ "height": 1 }), "invalid 64-bit integer encoding \"1\", expected string"),
        (json!({ "height": true }), "invalid 64-bit integer encoding \"true\", expected string"),
        (json!(["1", "2"]), "expected 1 parameters ([height]), got 2 ([[34 49 34] [34 50 34]])"),
        (
            json!("1"),
            "unknown type for JSON params: json: cannot unmarshal string into Go value of type []json.RawMessage. Expected map or array",
        ),
        (json!({ "height": "two" }), "invalid character 'w' in literal true (expecting 'r')"),
        (json!({ "height": "1.5" }), "json: cannot unmarshal number 1.5 into Go value of type int64"),
        (json!({ "height": "{}" }), "json: cannot unmarshal object into Go value of type int64"),
    ];
    for (params, reason) in cases {
        let refusal = devnet.refusal("block", params).await;
        assert_eq!(refusal, (-32602, format!("error converting json params to arguments: {reason}")));
    }
    let refusal = devnet.refusal("abci_query", json!({ "path": "/store/ibc/key", "data": "0x00" })).await;
    let reason = "encoding/hex: invalid byte: U+0078 'x'";
    assert_eq!(refusal, (-32602, format!("error converting json params to arguments: {reason}")));
}

#[tokio::test]
async fn parameters_may_stand_in_order_or_be_null() {
    let devnet = Devnet::start().await;
    assert_eq!(devnet.call("block", json!(["1"])).await["block"]["header"]["height"], "1");
    devnet.grow(3);
    assert_eq!(devnet.call("block", Value::Null).await["block"]["header"]["height"], "3");
    assert_eq!(devnet.call("block", json!({ "height": null })).await["block"]["header"]["height"], "3");
}

#[tokio::test]
async fn all_methods_are_reached_by_uri() {
    let mut devnet = Devnet::start().await;
    let (tx, height) = devnet.deliver();
    let hash = hex::encode(crate::network::tx_hash(&tx));
    let cases = [
        ("/status".to_owned(), "/result/sync_info/latest_block_height"),
        ("/status?".to_owned(), "/result/sync_info/latest_block_height"),
        (format!("/block?height={height}"), "/result/block/header/height"),
        (format!("/block?height=%22{height}%22"), "/result/block/header/height"),
        (format!("/tx?hash=0x{hash}&prove=true"), "/result/height"),
        ("/tx_search?query=%22tx.height%3E1%22&per_page=1".to_owned(), "/result/txs/0/height"),
    ];
    for (path, pointer) in cases {
        let answer = client::get(devnet.node().rpc(), &path).await;
        let json = answer.json();
        assert_eq!((answer.status, &json["id"]), (200, &json!(-1)), "{path}");
        assert_eq!(json.pointer(pointer), Some(&json!(height.to_string())), "{path}: {json}");
    }
    let path = "/abci_query?path=%22/app/version%22&data=0x00&height=1&prove=false";
    let answer = client::get(devnet.node().rpc(), path).await.json();
    assert_eq!(answer["result"]["response"]["code"], 0, "{answer}");
}

#[tokio::test]
async fn a_uri_that_leads_nowhere_is_404() {
    let devnet = Devnet::start().await;
    let answer = client::get(devnet.node().rpc(), "/no_such_method").await;
    assert_eq!((answer.status, answer.text().as_str()), (404, "404 page not found\n"));
    // Subscriptions are for WebSockets.
    let answer = client::get(devnet.node().rpc(), "/subscribe?query=%22tm.event='Tx'%22").await;
    assert_eq!((answer.status, &answer.json()["error"]["code"]), (404, &json!(-32601)));
}

#[tokio::test]
async fn refusals_by_uri_have_status_500() {
    let devnet = Devnet::start().await;
    let answer = client::get(devnet.node().rpc(), "/block?height=0").await;
    assert_eq!(answer.status, 500);
    assert_eq!(answer.json()["error"]["data"], "height must be greater than 0, but got 0");
    let answer = client::get(devnet.node().rpc(), "/block?height=0x01").await;
    let data = "error converting http params to arguments: got a hex string arg, but expected 'int64'";
    assert_eq!((answer.status, &answer.json()["error"]["data"]), (500, &json!(data)));
}

#[tokio::test]
async fn the_root_lists_what_can_be_asked() {
    let devnet = Devnet::start().await;
    let answer = client::get(devnet.node().rpc(), "/").await;
    assert!(answer.head.contains("content-type: text/html"), "{}", answer.head);
    let link = |rest: &str| format!("<a href=\"//{0}/{rest}\">//{0}/{rest}</a></br>", devnet.node().rpc());
    let listed =
        [link("abci_info?"), link("abci_query?path=_&data=_&height=_&prove=_"), link("block?height=_")].concat();
    let start = "<html><body><br>Available endpoints:<br><br>Endpoints that require arguments:<br>";
    assert!(answer.text().starts_with(&format!("{start}{listed}")), "{}", answer.text());
    assert!(!answer.text().contains("x\"><script>"));
}

#[tokio::test]
async fn calls_are_counted_by_method() {
    let devnet = Devnet::start().await;
    devnet.call("status", json!({})).await;
    devnet.call("status", json!({})).await;
    client::get(devnet.node().rpc(), "/health").await;
    let calls = devnet.node().calls();
    assert_eq!((calls.get("status"), calls.get("health"), calls.get("block")), (Some(&2), Some(&1), None));
}
