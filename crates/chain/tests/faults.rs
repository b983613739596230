//! Endpoints against a node that misbehaves: a small HTTP server that answers as each test tells it to.

#![expect(clippy::unwrap_used, reason = "a test's own server may panic")]

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use lightship_chain::{AbciQuery, BroadcastAnswer, ChainError, Endpoint, EndpointOptions, Failure, NodeError, Pool};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use types::{BlockHeight, Class};

/// What the server does with a request.
enum Reply {
    Json(u16, Value),
    Raw(Vec<u8>),
    /// Announces this many bytes, then sends one at a time, slowly.
    Drip(usize),
    /// Sends without end and without announcing a length.
    Endless,
    Close,
}

async fn serve(reply: impl Fn(Value) -> Reply + Send + Sync + 'static) -> (Endpoint, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (reply, connections) = (Arc::new(reply), Arc::new(AtomicUsize::new(0)));
    let counted = connections.clone();
    tokio::spawn(async move {
        loop {
            let (socket, _) = listener.accept().await.unwrap();
            counted.fetch_add(1, Ordering::Relaxed);
            let reply = reply.clone();
            tokio::spawn(async move { converse(socket, &*reply).await });
        }
    });
    let mut options = EndpointOptions::new(format!("http://user:s3cret@{address}/token").parse().unwrap());
    options.deadline = Duration::from_millis(800);
    options.body_bytes_max = 1 << 20;
    (Endpoint::new(options).unwrap(), connections)
}

/// Answers requests until the peer goes away; a broken connection is the peer's right.
async fn converse(socket: TcpStream, reply: &impl Fn(Value) -> Reply) {
    let mut socket = BufReader::new(socket);
    while let Some(body) = request(&mut socket).await {
        let answer = match reply(serde_json::from_slice(&body).unwrap()) {
            Reply::Json(status, json) => {
                let body = json.to_string();
                format!("HTTP/1.1 {status} X\r\ncontent-length: {}\r\n\r\n{body}", body.len()).into_bytes()
            }
            Reply::Raw(bytes) => bytes,
            Reply::Drip(length) => {
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
                if socket.write_all(head.as_bytes()).await.is_err() {
                    return;
                }
                while socket.write_all(b" ").await.is_ok() && socket.flush().await.is_ok() {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                return;
            }
            Reply::Endless => {
                let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
                let chunk = [b"10000\r\n".as_slice(), &[b' '; 0x10000], b"\r\n"].concat();
                let mut is_open = socket.write_all(head).await.is_ok();
                while is_open {
                    is_open = socket.write_all(&chunk).await.is_ok();
                }
                return;
            }
            Reply::Close => return,
        };
        if socket.write_all(&answer).await.is_err() || socket.flush().await.is_err() {
            return;
        }
    }
}

async fn request(socket: &mut BufReader<TcpStream>) -> Option<Vec<u8>> {
    let mut length = 0;
    loop {
        let mut line = String::new();
        if socket.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        if line == "\r\n" {
            break;
        }
        if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    socket.read_exact(&mut body).await.ok()?;
    Some(body)
}

fn answer(request: &Value, result: Value) -> Value {
    json!({"jsonrpc": "2.0", "id": request["id"], "result": result})
}

fn refusal(id: Value, code: i64, message: &str, data: &str) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message, "data": data}})
}

fn status_of(chain: &str) -> Value {
    json!({
        "node_info": {"network": chain, "version": "0.38.23"},
        "sync_info": {"latest_block_height": "12", "latest_block_time": "2024-01-01T00:00:00Z",
            "earliest_block_height": "1", "catching_up": false},
    })
}

/// An answer to `abci_query` that gives the question's data back as the value.
fn echo(request: &Value) -> Value {
    let data = hex::decode(request["params"]["data"].as_str().unwrap()).unwrap();
    let value = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, data);
    answer(request, json!({"response": {"code": 0, "value": value, "height": "7"}}))
}

fn queries(count: u8) -> Vec<AbciQuery> {
    (0..count).map(|byte| AbciQuery { path: "/p".to_owned(), data: vec![byte], at: None, prove: false }).collect()
}

async fn failure(reply: impl Fn(Value) -> Reply + Send + Sync + 'static) -> ChainError {
    serve(reply).await.0.status().await.unwrap_err()
}

#[tokio::test]
async fn an_announced_body_over_the_limit_is_not_read() {
    let error = failure(|_| Reply::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999\r\n\r\n{".to_vec())).await;
    assert!(matches!(error.failure, Failure::TooLarge(1_048_576)), "{error}");
}

#[tokio::test]
async fn an_endless_body_is_dropped_at_the_limit() {
    let error = failure(|_| Reply::Endless).await;
    assert!(matches!(error.failure, Failure::TooLarge(1_048_576)), "{error}");
}

#[tokio::test]
async fn a_slow_drip_ends_at_the_deadline() {
    let error = tokio::time::timeout(Duration::from_secs(3), failure(|_| Reply::Drip(10_000))).await.unwrap();
    assert!(matches!(error.failure, Failure::Deadline(_)), "{error}");
    assert_eq!(error.class(), Class::Transient);
}

#[tokio::test]
async fn http_errors_are_transient_whatever_their_body() {
    for status in [429, 500, 502, 503, 403] {
        for body in [json!("busy"), json!({"message": "busy"}), json!([])] {
            let error = failure(move |_| Reply::Json(status, body.clone())).await;
            assert!(matches!(error.failure, Failure::Http(told) if told == status), "{error}");
            assert_eq!(error.class(), Class::Transient);
        }
    }
}

#[tokio::test]
async fn an_error_of_an_old_node_counts_more_than_its_http_status() {
    let error = failure(|asked| {
        Reply::Json(
            500,
            refusal(asked["id"].clone(), -32603, "Internal error", "height 1 is not available, lowest height is 5"),
        )
    })
    .await;
    assert_eq!(error.node_error(), Some(NodeError::HeightPruned));
    assert_eq!(error.class(), Class::Stale);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (target, reached) = serve(|asked| Reply::Json(200, answer(&asked, status_of("chain-a")))).await;
    let location = target.name().to_owned();
    let error = failure(move |_| {
        Reply::Raw(format!("HTTP/1.1 307 X\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n").into_bytes())
    })
    .await;
    assert!(matches!(error.failure, Failure::Redirected(307)), "{error}");
    assert_eq!(reached.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn garbage_and_foreign_answers_are_refused() {
    let garbage = failure(|_| Reply::Raw(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n\xff{]x".to_vec())).await;
    assert!(matches!(garbage.failure, Failure::Malformed(_)), "{garbage}");
    let foreign = failure(|_| Reply::Json(200, answer(&json!({"id": 999_999}), status_of("chain-a")))).await;
    assert!(foreign.to_string().contains("id is not the request's"), "{foreign}");
    let empty = failure(|asked| Reply::Json(200, json!({"jsonrpc": "2.0", "id": asked["id"]}))).await;
    assert!(matches!(empty.failure, Failure::Malformed(_)), "{empty}");
    let deep = "[".repeat(200_000);
    let deep =
        failure(move |_| Reply::Raw(format!("HTTP/1.1 200 OK\r\ncontent-length: 200000\r\n\r\n{deep}").into_bytes()))
            .await;
    assert!(matches!(deep.failure, Failure::Malformed(_)), "{deep}");
}

#[tokio::test]
async fn no_error_shows_the_addresses_secrets() {
    let (endpoint, _) = serve(|_| Reply::Close).await;
    let error = endpoint.status().await.unwrap_err();
    assert!(matches!(error.failure, Failure::Unreachable(_)), "{error}");
    for text in [error.to_string(), format!("{error:?}"), format!("{endpoint:?}"), endpoint.to_string()] {
        assert!(!text.contains("s3cret") && !text.contains("token"), "{text}");
    }
    let refused = Endpoint::new(EndpointOptions::new("http://user:s3cret@127.0.0.1:1/token".parse().unwrap())).unwrap();
    let error = refused.status().await.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
    assert!(error.to_string().starts_with("status at http://127.0.0.1:1: no answer: can't connect"), "{error}");
}

#[tokio::test]
async fn batch_answers_find_their_calls_in_any_order() {
    let (endpoint, connections) = serve(|asked| {
        let mut answers: Vec<_> = asked.as_array().unwrap().iter().map(echo).collect();
        answers.reverse();
        Reply::Json(200, answers.into())
    })
    .await;
    let answers = endpoint.abci_query_batch(&queries(20)).await;
    for (byte, answer) in (0u8..).zip(answers) {
        assert_eq!(answer.unwrap().value, [byte]);
    }
    let requests = endpoint.requests();
    assert_eq!((requests.calls, requests.http), (20, 2));
    assert!(connections.load(Ordering::Relaxed) <= 2);
}

#[tokio::test]
async fn a_short_question_does_not_wait_behind_a_long_list() {
    let (endpoint, _) = serve(|asked| match asked.is_array() {
        true => Reply::Drip(1_000),
        false => Reply::Json(200, answer(&asked, status_of("chain-a"))),
    })
    .await;
    let listed = queries(40);
    tokio::select! {
        biased;
        _ = endpoint.abci_query_batch(&listed) => panic!("the list ended first"),
        status = endpoint.status() => assert_eq!(status.unwrap().height, BlockHeight(12)),
    }
    assert_eq!(endpoint.requests().failed, 0, "no part of the list had ended yet");
}

#[tokio::test]
async fn a_call_that_the_batch_leaves_out_fails_alone() {
    let (endpoint, _) = serve(|asked| {
        let asked = asked.as_array().unwrap().clone();
        // The second call is left out, the first answered twice.
        Reply::Json(200, json!([echo(&asked[0]), echo(&asked[0]), echo(&asked[2])]))
    })
    .await;
    let answers = endpoint.abci_query_batch(&queries(3)).await;
    assert!(answers[0].is_ok() && answers[1].is_err() && answers[2].is_ok(), "{answers:?}");
}

#[tokio::test]
async fn a_nodes_smaller_batches_are_learned_from_its_refusal() {
    let (endpoint, _) = serve(|asked| match asked.as_array() {
        Some(calls) if calls.len() > 3 => Reply::Json(
            200,
            refusal(
                Value::Null,
                -32600,
                "Invalid Request",
                "batch request exceeds maximum (3) allowed number of requests",
            ),
        ),
        Some(calls) => Reply::Json(200, calls.iter().map(echo).collect::<Vec<_>>().into()),
        // A batch of one is sent, and answered, as a single call.
        None => Reply::Json(200, echo(&asked)),
    })
    .await;
    for _ in 0..2 {
        let answers = endpoint.abci_query_batch(&queries(10)).await;
        let values: Vec<_> = answers.into_iter().map(|answer| answer.unwrap().value[0]).collect();
        assert_eq!(values, (0..10).collect::<Vec<u8>>());
    }
    assert_eq!(endpoint.batch_max(), 3);
}

#[tokio::test]
async fn a_node_without_batches_is_asked_one_by_one() {
    let (endpoint, _) = serve(|asked| {
        if asked.is_array() {
            Reply::Json(400, refusal(Value::Null, -32600, "Invalid Request", "no batches here"))
        } else {
            Reply::Json(200, echo(&asked))
        }
    })
    .await;
    let answers = endpoint.abci_query_batch(&queries(5)).await;
    assert!(answers.iter().all(Result::is_ok), "{answers:?}");
    assert_eq!(endpoint.batch_max(), 1);
}

#[tokio::test]
async fn connections_are_kept_alive() {
    let (endpoint, connections) = serve(|asked| Reply::Json(200, answer(&asked, status_of("chain-a")))).await;
    for _ in 0..5 {
        assert_eq!(endpoint.status().await.unwrap().height, BlockHeight(12));
    }
    assert_eq!(connections.load(Ordering::Relaxed), 1);
    assert_eq!(endpoint.requests().http, 5);
}

#[tokio::test]
async fn a_broadcast_tells_what_the_node_made_of_it() {
    let broadcast = async |reply: Value| {
        let (endpoint, _) = serve(move |asked| {
            let mut reply = reply.clone();
            reply["id"] = asked["id"].clone();
            Reply::Json(200, reply)
        })
        .await;
        endpoint.broadcast_tx_sync(b"tx").await
    };
    let checked = |code: u32| json!({"result": {"code": code, "codespace": "sdk", "log": "account sequence mismatch, expected 3, got 2", "hash": "AB".repeat(32)}});
    assert!(matches!(broadcast(checked(0)).await, Ok(BroadcastAnswer::Accepted { hash }) if hash == "AB".repeat(32)));
    let Ok(BroadcastAnswer::Refused(refused)) = broadcast(checked(32)).await else { panic!("not refused") };
    assert_eq!((refused.class, refused.expected_sequence.unwrap().0), (Class::Stale, 3));
    let error = |data: &str| json!({"error": {"code": -32603, "message": "Internal error", "data": data}});
    assert_eq!(broadcast(error("tx already exists in cache")).await.unwrap(), BroadcastAnswer::AlreadyInCache);
    let Ok(BroadcastAnswer::Refused(full)) = broadcast(error("mempool is full: number of txs 5")).await else {
        panic!()
    };
    assert_eq!(full.class, Class::Transient);
    assert!(broadcast(error("something else")).await.is_err(), "it may or may not have arrived");
}

#[tokio::test]
async fn an_answer_for_another_block_is_refused() {
    let (endpoint, _) =
        serve(|asked| Reply::Json(200, answer(&asked, json!({"height": "6", "txs_results": null})))).await;
    let error = endpoint.block_results(BlockHeight(5)).await.unwrap_err();
    assert!(error.to_string().contains("asked for block 5, got block 6"), "{error}");
}

#[tokio::test]
async fn validators_whose_pages_never_end_are_refused() {
    let validator = |page: u8| {
        json!({"address": format!("{:040X}", u32::from(page)), "voting_power": "1", "proposer_priority": "0",
            "pub_key": {"type": "tendermint/PubKeyEd25519", "value": "OKAnhjqSneoGRrC37lMmw13vpj3pge3Au8/5Q1YfGq0="}})
    };
    let (endpoint, _) = serve(move |asked| {
        let page = asked["params"]["page"].as_str().unwrap().parse().unwrap();
        Reply::Json(200, answer(&asked, json!({"block_height": "5", "validators": [validator(page)], "total": "9000"})))
    })
    .await;
    let error = endpoint.validators(BlockHeight(5)).await.unwrap_err();
    assert!(matches!(error.failure, Failure::CapReached { .. }), "{error}");
    let (endpoint, _) = serve(move |asked| {
        Reply::Json(200, answer(&asked, json!({"block_height": "5", "validators": [validator(1)], "total": "2"})))
    })
    .await;
    let error = endpoint.validators(BlockHeight(5)).await.unwrap_err();
    assert!(error.to_string().contains("stands twice"), "{error}");
}

#[tokio::test]
async fn queries_travel_through_abci_query_and_keep_the_chains_code() {
    let (endpoint, _) = serve(|asked| {
        assert_eq!(asked["params"]["path"], "/ibc.core.client.v1.Query/ClientStatus");
        // QueryClientStatusResponse { status: "Active" } of the state asked for, and a refusal of any other.
        let response = match asked["params"]["height"].as_str() {
            Some("7") => json!({"code": 0, "value": "CgZBY3RpdmU=", "height": "7"}),
            _ => json!({"code": 22, "codespace": "sdk", "log": "rpc error: code = NotFound: key not found"}),
        };
        Reply::Json(200, answer(&asked, json!({"response": response})))
    })
    .await;
    let client = "07-tendermint-0".parse().unwrap();
    let at = types::QueryHeight(BlockHeight(7));
    let status = endpoint.queries().at(at).client_status(&client).await.unwrap();
    assert_eq!(status, types::client::Status::Active);
    let error = endpoint.queries().client_status(&client).await.unwrap_err();
    assert!(error.is_not_found(), "{error}");
    assert!(matches!(&error.failure, Failure::Refused(refusal) if refusal.codespace == "sdk" && refusal.code == 22));
}

#[tokio::test]
async fn transport_failures_come_through_queries_unchanged() {
    let (endpoint, _) = serve(|_| Reply::Json(429, json!("busy"))).await;
    let error = endpoint.queries().bech32_prefix().await.unwrap_err();
    assert!(matches!(error.failure, Failure::Http(429)), "{error}");
}

#[tokio::test]
async fn an_endpoint_of_another_chain_is_refused_with_both_ids() {
    let of = async |chain: &'static str| serve(move |asked| Reply::Json(200, answer(&asked, status_of(chain)))).await.0;
    let id = "chain-a".parse().unwrap();
    let error = Pool::connect(&id, vec![of("chain-a").await, of("chain-b").await]).await.unwrap_err();
    assert!(error.to_string().contains("chain-b") && error.to_string().contains("chain-a"), "{error}");
    assert!(Pool::connect(&id, vec![]).await.is_err());
}

#[tokio::test]
async fn a_call_that_the_primary_fails_is_made_at_the_next() {
    let dead = Endpoint::new(EndpointOptions::new("http://127.0.0.1:1".parse().unwrap())).unwrap();
    let (alive, _) = serve(|asked| Reply::Json(200, answer(&asked, status_of("chain-a")))).await;
    let pool = Pool::connect(&"chain-a".parse().unwrap(), vec![dead, alive.clone()]).await.unwrap();
    assert_eq!(pool.current().name(), alive.name());
    let status = pool.run(async |endpoint| endpoint.status().await).await.unwrap();
    assert_eq!(status.chain_id.as_str(), "chain-a");
    assert_eq!(pool.outages(), 0, "once is no outage");
    for _ in 0..2 {
        pool.run(async |endpoint| endpoint.status().await).await.unwrap();
    }
    assert_eq!(pool.outages(), 1, "three times running is one");
    assert!(pool.primary().requests().failed >= 3);
}

/// A server whose application commits state 7 only after so many questions for it.
async fn commits_late(questions: usize) -> (lightship_chain::Queries, Arc<AtomicUsize>) {
    let asked_for = Arc::new(AtomicUsize::new(0));
    let counted = asked_for.clone();
    let (endpoint, _) = serve(move |asked| {
        let log = "cannot query with height in the future; please provide a valid height: invalid height";
        let response = match counted.fetch_add(1, Ordering::Relaxed) {
            count if count < questions => json!({"code": 26, "codespace": "sdk", "log": log}),
            // QueryClientStatusResponse { status: "Active" }
            _ => json!({"code": 0, "value": "CgZBY3RpdmU=", "height": "7"}),
        };
        Reply::Json(200, answer(&asked, json!({"response": response})))
    })
    .await;
    (endpoint.queries().at(types::QueryHeight(BlockHeight(7))), asked_for)
}

#[tokio::test]
async fn a_state_that_is_not_committed_yet_is_asked_for_again_within_the_patience() {
    let client = "07-tendermint-0".parse().unwrap();
    let (queries, asked_for) = commits_late(3).await;
    let error = queries.client_status(&client).await.unwrap_err();
    assert_eq!((error.node_error(), asked_for.load(Ordering::Relaxed)), (Some(NodeError::HeightAhead), 1));
    let patient = queries.with_patience(Duration::from_secs(1));
    assert_eq!(patient.client_status(&client).await.unwrap(), types::client::Status::Active);
    assert_eq!(asked_for.load(Ordering::Relaxed), 4);
}

#[tokio::test]
async fn a_state_that_never_comes_is_given_up_when_the_patience_is_over() {
    let (queries, asked_for) = commits_late(usize::MAX).await;
    let patient = queries.with_patience(Duration::from_millis(100));
    let error = patient.client_status(&"07-tendermint-0".parse().unwrap()).await.unwrap_err();
    assert_eq!(error.node_error(), Some(NodeError::HeightAhead));
    assert!((2..=11).contains(&asked_for.load(Ordering::Relaxed)));
}

#[tokio::test]
async fn heads_are_polled_where_no_websocket_works() {
    let height = AtomicUsize::new(11);
    let (endpoint, _) = serve(move |asked| {
        let mut status = status_of("chain-a");
        status["sync_info"]["latest_block_height"] = height.fetch_add(1, Ordering::Relaxed).to_string().into();
        Reply::Json(200, answer(&asked, status))
    })
    .await;
    let mut heads = lightship_chain::watch_heads(endpoint);
    let mut last = BlockHeight(0);
    for _ in 0..3 {
        tokio::time::timeout(Duration::from_secs(20), heads.changed()).await.unwrap().unwrap();
        let head = heads.borrow_and_update().as_ref().unwrap().head;
        assert!(head.height > last);
        last = head.height;
    }
}
