use engine::{ChannelKey, Created, Leg, Progress, Purpose};
use types::event::PacketId;
use types::{AccountSequence, BlockHeight, Height, Sequence, Timestamp};

use super::*;

const PACKET_KEY: &str = "636861696e2d61007472616e73666572006368616e6e656c2d30000000000000000007";

fn key() -> PacketKey {
    let source = ChannelKey {
        chain: "chain-a".parse().unwrap(),
        port: "transfer".parse().unwrap(),
        channel: "channel-0".parse().unwrap(),
    };
    PacketKey { source, sequence: Sequence(7) }
}

fn packet() -> Packet {
    Packet {
        sequence: Sequence(7),
        source_port: "transfer".parse().unwrap(),
        source_channel: "channel-0".parse().unwrap(),
        destination_port: "transfer".parse().unwrap(),
        destination_channel: "channel-1".parse().unwrap(),
        data: Arc::from(*b"\x00data"),
        timeout_height: Height { revision_number: 0, revision_height: 900 },
        timeout_timestamp: Timestamp(5),
    }
}

fn outbox() -> OutboxRecord {
    OutboxRecord {
        tx: TxId(258),
        lane: serde_json::from_value(lane()).unwrap(),
        account_number: 3,
        account_sequence: AccountSequence(44),
        signed_at: BlockHeight(100),
        timeout_height: BlockHeight(130),
        signature: vec![0xab, 0xcd],
        gas_limit: 200_000,
        bytes: Arc::from(*b"\x0atx"),
        purpose: Purpose::Packets { updates: 1, legs: vec![(key(), Leg::Recv)] },
    }
}

/// What stands in the database for a record that writes one value: tree, key in hex, head, tail in hex.
fn written(record: &Record) -> (Tree, String, String, String) {
    let [change] = <[Change; 1]>::try_from(changes(record).unwrap()).unwrap();
    let payload = envelope::open(change.tree.name(), &change.key, change.value.as_ref().unwrap()).unwrap();
    let read = super::record(change.tree, &change.key, payload.clone()).unwrap();
    assert_eq!(read.as_ref(), Some(record), "a record reads back as it was written");
    (change.tree, hex::encode(change.key), String::from_utf8(payload.head).unwrap(), hex::encode(payload.tail))
}

/// Asserts that a record stands where and as it always stood: a change here needs a new version of the envelope.
fn assert_written(record: &Record, tree: Tree, key: &str, head: &str, tail: &str) {
    assert_eq!(written(record), (tree, key.to_owned(), head.to_owned(), tail.to_owned()));
}

fn assert_deleted(record: &Record, expected: &[(Tree, &str)]) {
    let changes = changes(record).unwrap();
    assert!(changes.iter().all(|change| change.value.is_none()));
    let found: Vec<_> = changes.iter().map(|change| (change.tree, hex::encode(&change.key))).collect();
    let expected: Vec<_> = expected.iter().map(|(tree, key)| (*tree, (*key).to_owned())).collect();
    assert_eq!(found, expected);
}

#[test]
fn a_cursor_stands_under_its_chain() {
    let cursor = CursorRecord { cursor: BlockHeight(10), gaps: vec![(BlockHeight(3), BlockHeight(4))] };
    let record = Record::Cursor { chain: "chain-a".parse().unwrap(), cursor };
    assert_written(&record, Tree::Cursor, "636861696e2d6100", r#"{"cursor":10,"gaps":[[3,4]]}"#, "");
}

#[test]
fn a_packet_record_stands_under_its_source_and_sequence() {
    let packet = PacketRecord {
        id: packet().id(),
        source_chain: "chain-a".parse().unwrap(),
        timeout_height: Height::ZERO,
        timeout_timestamp: Timestamp(5),
        data_size: 5,
        sent_at: BlockHeight(11),
        progress: Progress::AckWritten,
        progress_at: BlockHeight(12),
        refused: None,
    };
    let head = concat!(
        r#"{"id":{"source_port":"transfer","source_channel":"channel-0","destination_port":"transfer","#,
        r#""destination_channel":"channel-1","sequence":7},"source_chain":"chain-a","#,
        r#""timeout_height":{"revision_number":0,"revision_height":0},"timeout_timestamp":5,"data_size":5,"#,
        r#""sent_at":11,"progress":"ack_written","progress_at":12}"#,
    );
    assert_written(&Record::Packet { packet }, Tree::Packet, PACKET_KEY, head, "");
}

#[test]
fn a_packets_data_stands_raw_behind_its_head() {
    let head = concat!(
        r#"{"sequence":7,"source_port":"transfer","source_channel":"channel-0","destination_port":"transfer","#,
        r#""destination_channel":"channel-1","data":"","timeout_height":{"revision_number":0,"#,
        r#""revision_height":900},"timeout_timestamp":5}"#,
    );
    let record = Record::PacketBytes { key: key(), packet: packet() };
    assert_written(&record, Tree::PacketBytes, PACKET_KEY, head, "0064617461");
}

#[test]
fn an_acknowledgement_is_its_bytes_alone() {
    let acknowledgement = Acknowledgement(Arc::from(*b"{\"result\":\"AQ==\"}"));
    let record = Record::AcknowledgementBytes { key: key(), acknowledgement };
    assert_written(&record, Tree::Acknowledgement, PACKET_KEY, "", "7b22726573756c74223a2241513d3d227d");
}

#[test]
fn a_forgotten_packet_takes_its_bytes_and_acknowledgement_along() {
    let trees = [Tree::Packet, Tree::PacketBytes, Tree::Acknowledgement];
    assert_deleted(&Record::PacketForgotten { key: key() }, &trees.map(|tree| (tree, PACKET_KEY)));
}

#[test]
fn a_transaction_stands_under_its_number_with_its_bytes_raw() {
    let record = Record::Outbox { tx: outbox() };
    let (tree, key, head, tail) = written(&record);
    assert_eq!((tree, key.as_str(), tail.as_str()), (Tree::Outbox, "0000000000000102", "0a7478"));
    let head: serde_json::Value = serde_json::from_str(&head).unwrap();
    let source = serde_json::json!({"chain": "chain-a", "port": "transfer", "channel": "channel-0"});
    let expected = serde_json::json!({
        "tx": 258, "lane": lane(), "account_number": 3, "account_sequence": 44, "signed_at": 100,
        "timeout_height": 130, "signature": "abcd", "gas_limit": 200_000, "bytes": "",
        "purpose": {"packets": {"updates": 1, "legs": [[{"source": source, "sequence": 7}, "recv"]]}},
    });
    assert_eq!(head, expected);
}

fn lane() -> serde_json::Value {
    serde_json::json!({"chain": "chain-b", "address": "cosmos1relayer"})
}

#[test]
fn a_cleared_transaction_is_deleted() {
    assert_deleted(&Record::OutboxCleared { tx: TxId(258) }, &[(Tree::Outbox, "0000000000000102")]);
}

#[test]
fn an_outcome_stands_under_its_request() {
    let created = vec![Created::Client("07-tendermint-3".parse().unwrap())];
    let outcome = Outcome::Committed { height: BlockHeight(9), created };
    let record = Record::Concluded { request: RequestId("create/a".into()), outcome };
    let head = r#"{"Committed":{"height":9,"created":[{"client":"07-tendermint-3"}]}}"#;
    assert_written(&record, Tree::Concluded, "6372656174652f6100", head, "");
}

#[test]
fn a_forgotten_outcome_is_deleted() {
    let record = Record::ConcludedForgotten { request: RequestId("create/a".into()) };
    assert_deleted(&record, &[(Tree::Concluded, "6372656174652f6100")]);
}

#[test]
fn the_sealed_bytes_never_change() {
    let cursor = CursorRecord { cursor: BlockHeight(10), gaps: Vec::new() };
    let record = Record::Cursor { chain: "chain-a".parse().unwrap(), cursor };
    let [change] = <[Change; 1]>::try_from(changes(&record).unwrap()).unwrap();
    let json = br#"{"cursor":10,"gaps":[]}"#;
    // Computed apart from the code: zlib.crc32 over 01, "cursor", 00, be64(8), the key, be32(23), the JSON.
    let expected = [b"\x01".as_slice(), &0x2AA7_4453_u32.to_be_bytes(), &23_u32.to_be_bytes(), json].concat();
    assert_eq!(change.value, Some(expected));
}

#[test]
fn a_request_name_with_a_zero_byte_is_refused() {
    let record = Record::ConcludedForgotten { request: RequestId("a\0b".into()) };
    changes(&record).unwrap_err();
}

#[test]
fn a_record_under_anothers_key_is_not_trusted() {
    let other = KeyBuilder::default().number(259).build();
    let bare = OutboxRecord { bytes: Arc::from([]), ..outbox() };
    let payload = json("a transaction", &bare).unwrap();
    record(Tree::Outbox, &other, payload).unwrap_err();
}

#[test]
fn the_packet_of_another_sequence_is_not_trusted() {
    let id = PacketId { sequence: Sequence(8), ..packet().id() };
    let head = serde_json::json!({
        "id": id, "source_chain": "chain-a", "timeout_height": Height::ZERO, "timeout_timestamp": 5, "data_size": 5,
        "sent_at": 11, "progress": "sent", "progress_at": 12,
    });
    let payload = json("a packet's record", &head).unwrap();
    record(Tree::Packet, &key::packet(&key()), payload).unwrap_err();
}
