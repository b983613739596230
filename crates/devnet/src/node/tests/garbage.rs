//! Whatever a node is asked, it answers; whatever it is told, its chain goes on.

use futures::{SinkExt, StreamExt};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message as Frame;

use super::*;
use crate::chain::{Attack, Conspiracy};
use crate::node::{Method, services};

/// Parameters that mean something to some method.
fn values() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(u64::MAX),
        json!(1.5e300),
        json!(""),
        json!("0"),
        json!("1"),
        json!("-9223372036854775808"),
        json!("9223372036854775807"),
        json!("18446744073709551615"),
        json!("0x"),
        json!("0xzz"),
        json!("AA=="),
        json!("\u{2028}'\"%"),
        json!("9999-12-31T23:59:59.999999999Z"),
        json!("0000-00-00T00:00:00Z"),
        json!("tx.height > 0 AND a.b EXISTS AND c.d CONTAINS '\u{e9}' AND e.f < TIME 2020-01-01T00:00:00Z"),
        json!("tx.hash = 'zz'"),
        json!("/app/simulate"),
        json!("/store/ibc/key"),
        json!("/cosmos.base.tendermint.v1beta1.Service/GetBlockByHeight"),
        json!([]),
        json!([[], {}, null]),
        json!({}),
        json!({ "type": "tendermint/DuplicateVoteEvidence", "value": {} }),
    ]
}

fn any(random: &mut ChaCha8Rng) -> Value {
    let values = values();
    values[random.gen_range(0..values.len())].clone()
}

/// One of its parts is another, or missing.
fn mutate(value: &mut Value, random: &mut ChaCha8Rng) {
    match value {
        Value::Object(fields) if !fields.is_empty() && random.gen_bool(0.95) => {
            let place = random.gen_range(0..fields.len());
            let key = fields.keys().nth(place).unwrap().clone();
            match random.gen_range(0..20) {
                0 => drop(fields.remove(&key)),
                _ => mutate(&mut fields[&key], random),
            }
        }
        Value::Array(elements) if !elements.is_empty() && random.gen_bool(0.95) => {
            let place = random.gen_range(0..elements.len());
            match random.gen_range(0..20) {
                0 => drop(elements.remove(place)),
                _ => mutate(&mut elements[place], random),
            }
        }
        other => *other = any(random),
    }
}

#[tokio::test]
async fn any_parameters_of_any_method_are_answered() {
    let mut devnet = Devnet::start().await;
    devnet.deliver();
    devnet.grow(4);
    let mut random = ChaCha8Rng::seed_from_u64(1);
    let (mut socket, _) = connect_async(format!("ws://{}/websocket", devnet.node().rpc())).await.unwrap();
    for (name, parameters) in Method::listed() {
        for _ in 0..40 {
            let params: Value = parameters.iter().map(|name| ((*name).to_owned(), any(&mut random))).collect();
            let params = if random.gen_bool(0.1) { any(&mut random) } else { params };
            let call = json!({ "jsonrpc": "2.0", "id": 1, "method": name, "params": params });
            client::post(devnet.node().rpc(), &call.to_string()).await.json();
            socket.send(Frame::text(call.to_string())).await.unwrap();
            let answer = soon(socket.next()).await;
            assert!(matches!(answer, Some(Ok(Frame::Text(_)))), "{call}: {answer:?}");
        }
    }
    assert!(devnet.chain().make_block() > 4);
}

#[tokio::test]
async fn what_is_no_call_is_answered_too() {
    let devnet = Devnet::start().await;
    let mut random = ChaCha8Rng::seed_from_u64(2);
    let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "block", "params": { "height": "1" } }).to_string();
    for _ in 0..300 {
        let mut bytes = call.clone().into_bytes();
        for _ in 0..random.gen_range(1..4) {
            let place = random.gen_range(0..bytes.len());
            bytes[place] = random.gen_range(b' '..=b'~');
        }
        let body = String::from_utf8(bytes).unwrap();
        assert!(client::post(devnet.node().rpc(), &body).await.status > 0, "{body}");
        let path = hex::encode(&body[..20]).replace("2", "%").replace("3", "&").replace("4", "=");
        assert!(client::get(devnet.node().rpc(), &format!("/abci_query?{path}")).await.status > 0, "{path}");
    }
    let deep = "[".repeat(100_000);
    assert_eq!(client::post(devnet.node().rpc(), &deep).await.status, 500);
}

#[tokio::test]
async fn evidence_that_is_almost_good_is_taken_or_refused() {
    let devnet = Devnet::start().await;
    devnet.grow(6);
    let evidence = devnet.chain().with(|chain| {
        let fork = chain.attack(Attack::Amnesia, 4, Conspiracy::default()).unwrap();
        let (block, lie) = (chain.block(4).unwrap(), fork.light_block(4).unwrap());
        let told = proto::tendermint_proto::types::LightClientAttackEvidence {
            conflicting_block: Some(proto::tendermint_proto::types::LightBlock {
                signed_header: Some(lie.signed_header.into()),
                validator_set: Some(lie.validators.into()),
            }),
            common_height: 4,
            // Nobody is known to have lied, where somebody forgot.
            byzantine_validators: Vec::new(),
            total_voting_power: block.validators.total_power().try_into().unwrap(),
            timestamp: Some(block.header.time.into()),
        };
        let sum = proto::tendermint_proto::types::evidence::Sum::LightClientAttackEvidence(told);
        crate::node::json::evidence(&proto::tendermint_proto::types::Evidence { sum: Some(sum) })
    });
    let mut random = ChaCha8Rng::seed_from_u64(3);
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..600 {
        let mut mutant = evidence.clone();
        mutate(&mut mutant, &mut random);
        match devnet.ask("broadcast_evidence", json!({ "evidence": mutant })).await.get("result") {
            Some(_) => taken += 1,
            None => refused += 1,
        }
    }
    assert!(refused > 300, "{taken} {refused}");
    devnet.call("broadcast_evidence", json!({ "evidence": evidence })).await;
    let height = devnet.chain().make_block();
    let block = devnet.call("block", json!({ "height": height.to_string() })).await;
    assert!(!block["block"]["evidence"]["evidence"].as_array().unwrap().is_empty(), "{block}");
}

#[tokio::test]
async fn any_request_of_the_services_is_answered() {
    let mut devnet = Devnet::start().await;
    devnet.deliver();
    let mut random = ChaCha8Rng::seed_from_u64(4);
    let names = ["cosmos.tx.v1beta1.Service/GetTx", "cosmos.tx.v1beta1.Service/GetTxsEvent"].into_iter().chain([
        "cosmos.tx.v1beta1.Service/BroadcastTx",
        "cosmos.base.tendermint.v1beta1.Service/GetBlockByHeight",
        "cosmos.base.tendermint.v1beta1.Service/GetLatestValidatorSet",
    ]);
    for name in names {
        for _ in 0..500 {
            let mut request = Vec::new();
            for _ in 0..random.gen_range(0..4) {
                field(&mut request, 2, &mut random);
            }
            assert!(services::ask(&devnet.node().state, Method::Grpc, &format!("/{name}"), &request).is_some());
        }
    }
}

#[tokio::test]
async fn a_page_of_validators_behind_the_last_is_refused() {
    use proto::cosmos::base::query::v1beta1::PageRequest;
    use proto::cosmos::base::tendermint::v1beta1::GetLatestValidatorSetRequest;
    let devnet = Devnet::start().await;
    let pagination = Some(PageRequest { offset: u64::MAX, limit: 1, ..PageRequest::default() });
    let request = GetLatestValidatorSetRequest { pagination }.encode_to_vec();
    let path = "/cosmos.base.tendermint.v1beta1.Service/GetLatestValidatorSet";
    let refused = services::ask(&devnet.node().state, Method::Grpc, path, &request).unwrap().unwrap_err();
    assert_eq!(refused.message, format!("page should be within [1, 3] range, given {}", u64::MAX));
}

/// A number at the end of what can be counted, a query, or a message of such fields.
fn field(out: &mut Vec<u8>, depth: u32, random: &mut ChaCha8Rng) {
    use prost::encoding::{bytes, uint64};
    let tag = random.gen_range(1..8);
    match random.gen_range(0..3) {
        0 => uint64::encode(tag, &[0, 1, i64::MAX as u64, u64::MAX - 1, u64::MAX][random.gen_range(0..5)], out),
        1 => bytes::encode(tag, &b"tx.height > 0".to_vec(), out),
        _ => {
            let mut inner = Vec::new();
            for _ in 0..depth {
                field(&mut inner, depth - 1, random);
            }
            bytes::encode(tag, &inner, out);
        }
    }
}
