use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};
use types::AccountSequence;

use super::*;

fn event(kind: &str, pairs: &[(&str, &str)]) -> Value {
    let attributes: Vec<_> =
        pairs.iter().map(|(key, value)| json!({"key": key, "value": value, "index": true})).collect();
    json!({"type": kind, "attributes": attributes})
}

fn old_event(kind: &str, pairs: &[(&str, &str)]) -> Value {
    let encoded: Vec<_> = pairs.iter().map(|(key, value)| (BASE64.encode(key), BASE64.encode(value))).collect();
    let pairs: Vec<_> = encoded.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
    event(kind, &pairs)
}

const RECEIVED: &[(&str, &str)] = &[
    ("packet_sequence", "3"),
    ("packet_src_port", "transfer"),
    ("packet_src_channel", "channel-0"),
    ("packet_dst_port", "transfer"),
    ("packet_dst_channel", "channel-1"),
];

fn signed() -> Vec<Value> {
    vec![
        event("tx", &[("fee", "1stake"), ("fee_payer", "cosmos1a")]),
        event("tx", &[("acc_seq", "cosmos1a/12")]),
        event("tx", &[("signature", "CQkJ")]),
    ]
}

fn decoded(result: &Value) -> Decoded {
    decode(&result.to_string()).unwrap()
}

#[test]
fn a_transaction_is_told_by_its_signer_and_its_events() {
    let mut events = signed();
    events.push(event("message", &[("action", "/ibc.core.channel.v1.MsgRecvPacket")]));
    events.push(event("recv_packet", RECEIVED));
    let tx = json!({"code": 0, "log": "long", "gas_wanted": "200", "gas_used": "150", "events": events});
    let other = json!({"code": 0, "events": [event("transfer", &[("amount", "1stake")])]});
    let block = decoded(&json!({"height": "5", "txs_results": [other, tx], "finalize_block_events": []})).block;
    assert_eq!((block.height, block.transactions.len()), (BlockHeight(5), 1));
    let tx = &block.transactions[0];
    assert_eq!((tx.index, tx.gas_wanted, tx.gas_used, tx.log.as_str()), (1, 200, 150, ""));
    assert_eq!(tx.signers, [("cosmos1a".to_owned(), AccountSequence(12))]);
    assert_eq!(tx.signatures, [vec![9, 9, 9]]);
    assert!(matches!(&tx.events[..], [IbcEvent::RecvPacket { packet }] if packet.sequence.0 == 3));
}

#[test]
fn a_failed_transaction_keeps_its_signer_and_does_nothing_for_ibc() {
    let mut events = signed();
    events.push(event("recv_packet", RECEIVED));
    let tx = json!({"code": 11, "codespace": "sdk", "log": "out of\ngas", "gas_used": 7, "events": events});
    let block = decoded(&json!({"height": "5", "txs_results": [tx]})).block;
    let tx = &block.transactions[0];
    assert_eq!((tx.code, tx.codespace.as_str(), tx.log.as_str()), (11, "sdk", "out of\\ngas"));
    assert!(tx.events.is_empty() && tx.signers.len() == 1);
}

#[test]
fn every_dialect_gives_the_same_events() {
    let finalize = decoded(
        &json!({"height": "5", "txs_results": null, "finalize_block_events": [event("recv_packet", RECEIVED)]}),
    );
    let end = decoded(
        &json!({"height": "5", "begin_block_events": null, "end_block_events": [event("recv_packet", RECEIVED)]}),
    );
    let old = decoded(&json!({"height": "5", "end_block_events": [old_event("recv_packet", RECEIVED)]}));
    assert_eq!(finalize.block.block_events.len(), 1);
    assert_eq!(finalize.block, end.block);
    assert_eq!(finalize.block, old.block);
}

#[test]
fn an_unreadable_ibc_event_is_counted_and_the_rest_of_the_block_stays() {
    let broken = event("recv_packet", &RECEIVED[1..]);
    let result =
        json!({"height": "5", "txs_results": [{"code": 0, "events": [broken, event("recv_packet", RECEIVED)]}]});
    let decoded = decoded(&result);
    assert_eq!((decoded.dropped_count, decoded.dropped.len()), (1, 1));
    assert!(decoded.dropped[0].contains("packet_sequence"), "{}", decoded.dropped[0]);
    assert_eq!(decoded.block.transactions[0].events.len(), 1);
}

#[test]
fn reasons_are_kept_for_a_few_only() {
    let broken: Vec<_> = (0..100).map(|_| event("recv_packet", &[])).collect();
    let decoded = decoded(&json!({"height": "5", "finalize_block_events": broken}));
    assert_eq!((decoded.dropped_count, decoded.dropped.len()), (100, DROPPED_KEPT_MAX));
}

#[test]
fn what_is_no_block_is_refused() {
    for text in ["", "null", "[]", "{}", r#"{"height":"-1"}"#, r#"{"height":"5","txs_results":7}"#, r#"{"height":"x"}"#]
    {
        assert!(decode(text).is_err(), "{text}");
    }
    let deep = format!(r#"{{"height":"5","x":{}1{}}}"#, "[".repeat(100_000), "]".repeat(100_000));
    // Passed over without recursion, or refused: in no case a crash.
    assert!(decode(&deep).is_ok_and(|decoded| decoded.block.height.0 == 5) || decode(&deep).is_err());
}
