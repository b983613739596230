//! What every store does, wherever it keeps its values.

use engine::{Progress, Record, RequestId, TxId};
use lightship_store::Store;
use types::BlockHeight;

use crate::records::{
    acknowledgement, acknowledgement_bytes, chain, concluded, cursor, key, outbox, packet, packet_bytes, packet_record,
};

/// Runs each claim against memory and against sled.
macro_rules! suite {
    ($($claim:ident),+ $(,)?) => {
        mod in_memory {
            $(#[tokio::test] async fn $claim() { super::$claim(lightship_store::Store::in_memory()).await; })+
        }
        mod on_disk {
            $(#[tokio::test] async fn $claim() {
                let dir = tempfile::tempdir().unwrap();
                super::$claim(lightship_store::Store::open(dir.path()).unwrap().store).await;
            })+
        }
    };
}

suite!(
    restores_what_was_applied_in_order,
    restores_nothing_from_nothing,
    the_last_of_two_writes_stands,
    hands_out_bytes_by_key,
    a_forgotten_packet_leaves_nothing,
    a_cleared_transaction_and_a_forgotten_outcome_are_gone,
    an_unpolled_apply_is_done_before_a_later_one,
    an_unstorable_record_spoils_its_whole_call,
    many_at_once_all_stand,
    keeps_the_newest_light_blocks,
    light_blocks_of_chains_with_like_names_are_apart,
    documents_are_kept_by_kind_and_name,
    an_export_imports_as_it_was,
    a_wrong_import_changes_nothing,
    counts_its_records,
);

async fn restores_what_was_applied_in_order(store: Store) {
    let records =
        [concluded("b"), outbox(2), packet_record(10, Progress::Sent), packet_record(9, Progress::Received), cursor(5)];
    store.apply(records.to_vec()).await.unwrap();
    store.apply(vec![packet_bytes(9), acknowledgement_bytes(9)]).await.unwrap();
    let [concluded, outbox, tenth, ninth, cursor] = records;
    assert_eq!(store.restore().unwrap(), [cursor, ninth, tenth, outbox, concluded]);
}

async fn restores_nothing_from_nothing(store: Store) {
    store.apply(Vec::new()).await.unwrap();
    assert_eq!(store.restore().unwrap(), []);
}

async fn the_last_of_two_writes_stands(store: Store) {
    store.apply(vec![cursor(1), cursor(2)]).await.unwrap();
    assert_eq!(store.restore().unwrap(), [cursor(2)]);
    store.apply(vec![outbox(1), Record::OutboxCleared { tx: TxId(1) }, cursor(3)]).await.unwrap();
    assert_eq!(store.restore().unwrap(), [cursor(3)]);
    store.apply(vec![Record::OutboxCleared { tx: TxId(1) }, outbox(1)]).await.unwrap();
    assert_eq!(store.restore().unwrap(), [cursor(3), outbox(1)]);
}

async fn hands_out_bytes_by_key(store: Store) {
    store.apply(vec![packet_bytes(1), acknowledgement_bytes(1)]).await.unwrap();
    assert_eq!(store.packet(&key(1)).unwrap(), Some(packet(1)));
    assert_eq!(store.acknowledgement(&key(1)).unwrap(), Some(acknowledgement(1)));
    assert_eq!(store.packet(&key(2)).unwrap(), None);
    assert_eq!(store.acknowledgement(&key(2)).unwrap(), None);
}

async fn a_forgotten_packet_leaves_nothing(store: Store) {
    let of = |sequence| {
        vec![packet_record(sequence, Progress::Sent), packet_bytes(sequence), acknowledgement_bytes(sequence)]
    };
    store.apply([of(1), of(2)].concat()).await.unwrap();
    store.apply(vec![Record::PacketForgotten { key: key(1) }]).await.unwrap();
    assert_eq!(store.restore().unwrap(), [packet_record(2, Progress::Sent)]);
    assert_eq!(store.packet(&key(1)).unwrap(), None);
    assert_eq!(store.acknowledgement(&key(1)).unwrap(), None);
    assert_eq!(store.packet(&key(2)).unwrap(), Some(packet(2)));
    assert_eq!(store.check().unwrap().trees.iter().map(|tree| tree.records).sum::<usize>(), 3);
}

async fn a_cleared_transaction_and_a_forgotten_outcome_are_gone(store: Store) {
    store.apply(vec![outbox(1), outbox(2), concluded("a"), concluded("b")]).await.unwrap();
    let request = RequestId("a".into());
    store.apply(vec![Record::OutboxCleared { tx: TxId(1) }, Record::ConcludedForgotten { request }]).await.unwrap();
    assert_eq!(store.restore().unwrap(), [outbox(2), concluded("b")]);
}

async fn an_unpolled_apply_is_done_before_a_later_one(store: Store) {
    let first = store.apply(vec![cursor(1), outbox(1)]);
    let second = store.apply(vec![cursor(2)]);
    second.await.unwrap();
    assert_eq!(store.restore().unwrap(), [cursor(2), outbox(1)]);
    drop(first);
}

async fn an_unstorable_record_spoils_its_whole_call(store: Store) {
    store.apply(vec![cursor(1), concluded("a\0b")]).await.unwrap_err();
    assert_eq!(store.restore().unwrap(), []);
    store.apply(vec![cursor(2)]).await.unwrap();
    assert_eq!(store.restore().unwrap(), [cursor(2)]);
}

async fn many_at_once_all_stand(store: Store) {
    let tasks: Vec<_> = (0..200)
        .map(|sequence| {
            let store = store.clone();
            let records = vec![packet_record(sequence, Progress::Sent), packet_bytes(sequence)];
            tokio::spawn(async move { store.apply(records).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let expected: Vec<_> = (0..200).map(|sequence| packet_record(sequence, Progress::Sent)).collect();
    assert_eq!(store.restore().unwrap(), expected);
}

async fn keeps_the_newest_light_blocks(store: Store) {
    assert_eq!(store.newest_light_block(&chain()).unwrap(), None);
    for height in [300, 5, 70, 400] {
        let bytes = format!("block {height}").into_bytes();
        store.put_light_block(&chain(), BlockHeight(height), bytes, 3).await.unwrap();
    }
    assert_eq!(store.light_blocks(&chain()).unwrap(), [70, 300, 400].map(BlockHeight));
    assert_eq!(store.newest_light_block(&chain()).unwrap(), Some((BlockHeight(400), b"block 400".to_vec())));
    assert_eq!(store.light_block(&chain(), BlockHeight(70)).unwrap(), Some(b"block 70".to_vec()));
    store.put_light_block(&chain(), BlockHeight(70), b"again".to_vec(), 3).await.unwrap();
    assert_eq!(store.light_block(&chain(), BlockHeight(70)).unwrap(), Some(b"again".to_vec()));
    assert_eq!(store.light_blocks(&chain()).unwrap().len(), 3);
}

async fn light_blocks_of_chains_with_like_names_are_apart(store: Store) {
    let longer = "chain-a2".parse().unwrap();
    store.put_light_block(&chain(), BlockHeight(1), vec![1], 1).await.unwrap();
    store.put_light_block(&longer, BlockHeight(9), vec![2], 1).await.unwrap();
    assert_eq!(store.light_blocks(&chain()).unwrap(), [BlockHeight(1)]);
    assert_eq!(store.newest_light_block(&longer).unwrap(), Some((BlockHeight(9), vec![2])));
}

async fn documents_are_kept_by_kind_and_name(store: Store) {
    let json = serde_json::json!({"step": 1, "client": null});
    store.put_document("draft", "b", &json).await.unwrap();
    store.put_document("draft", "a", &serde_json::Value::Null).await.unwrap();
    store.put_document("drafts", "c", &json).await.unwrap();
    assert_eq!(store.document("draft", "b").unwrap(), Some(json.clone()));
    assert_eq!(store.document("draft", "c").unwrap(), None);
    let expected = [("a".to_owned(), serde_json::Value::Null), ("b".to_owned(), json)];
    assert_eq!(store.documents("draft").unwrap(), expected);
    store.delete_document("draft", "a").await.unwrap();
    assert_eq!(store.document("draft", "a").unwrap(), None);
    store.put_document("dra\0ft", "a", &serde_json::Value::Null).await.unwrap_err();
}

async fn an_export_imports_as_it_was(store: Store) {
    let records = vec![
        cursor(5),
        packet_record(1, Progress::Sent),
        packet_bytes(1),
        acknowledgement_bytes(1),
        outbox(3),
        concluded("a"),
    ];
    store.apply(records).await.unwrap();
    store.put_light_block(&chain(), BlockHeight(8), vec![0, 255], 3).await.unwrap();
    store.put_document("draft", "a", &serde_json::Value::Null).await.unwrap();
    let mut exported = Vec::new();
    assert_eq!(store.export(&mut exported).unwrap(), 8);

    let other = Store::in_memory();
    assert_eq!(other.import(&mut exported.as_slice()).await.unwrap(), 8);
    assert_eq!(other.restore().unwrap(), store.restore().unwrap());
    assert_eq!(other.packet(&key(1)).unwrap(), Some(packet(1)));
    assert_eq!(other.document("draft", "a").unwrap(), Some(serde_json::Value::Null));
    let mut again = Vec::new();
    other.export(&mut again).unwrap();
    assert_eq!(String::from_utf8(again).unwrap(), String::from_utf8(exported).unwrap());
}

async fn a_wrong_import_changes_nothing(store: Store) {
    store.apply(vec![cursor(5), outbox(3)]).await.unwrap();
    let mut exported = Vec::new();
    store.export(&mut exported).unwrap();
    let exported = String::from_utf8(exported).unwrap();
    let other = Store::in_memory();
    // The key of the second line's transaction, one off.
    let moved = exported.replace("0000000000000003\"", "0000000000000004\"");
    assert_ne!(moved, exported);
    for wrong in [moved, format!("{exported}not json\n"), exported.replace("\"outbox\"", "\"outpost\"")] {
        let error = other.import(&mut wrong.as_bytes()).await.unwrap_err().to_string();
        assert!(error.contains("nothing was imported"), "{error}");
        assert_eq!(other.restore().unwrap(), []);
    }
}

async fn counts_its_records(store: Store) {
    store.apply(vec![cursor(5), outbox(3), outbox(4)]).await.unwrap();
    let check = store.check().unwrap();
    assert_eq!(check.bad_records(), 0);
    let counted: Vec<_> = check.trees.iter().filter(|tree| tree.records > 0).map(|t| (t.tree, t.records)).collect();
    assert_eq!(counted, [("cursor", 1), ("outbox", 2)]);
    assert!(check.trees.iter().all(|tree| (tree.bytes > 0) == (tree.records > 0)));
}
