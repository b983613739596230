//! What real nodes answered over JSON-RPC (recorded for tendermint-rs, Apache-2.0): all that our decoders read.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chain::rpc::{self, result_of};
use types::event::IbcEvent;

use crate::vectors;

/// The incoming answers whose file starts with `name`, of every node; at least `least` of them.
fn answers(name: &str, least: usize) -> Vec<(PathBuf, String)> {
    let Some(root) = vectors("rpc") else { return Vec::new() };
    let mut found = Vec::new();
    let mut folders = vec![root];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let is_incoming = folder.ends_with("incoming");
            if path.is_dir() {
                folders.push(path);
            } else if is_incoming && path.file_name().unwrap().to_str().unwrap().starts_with(name) {
                found.push((path.clone(), std::fs::read_to_string(path).unwrap()));
            }
        }
    }
    assert!(found.len() >= least, "{} answers named {name}, at least {least} are known", found.len());
    found.sort();
    found
}

fn result_in(path: &Path, answer: &str) -> String {
    result_of(answer).unwrap_or_else(|error| panic!("{}: {error}", path.display())).to_owned()
}

#[test]
fn every_status_decodes() {
    for (path, answer) in answers("status", 4) {
        let status = rpc::status::decode(&result_in(&path, &answer));
        let status = status.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(status.height.0 > 0 && !status.time.is_zero() && status.earliest_height.0 > 0, "{status:?}");
        assert!(status.node_version.trim_start_matches('v').starts_with("0.3"), "{status:?}");
    }
}

#[test]
fn every_commit_decodes_and_signs_its_own_header() {
    for (path, answer) in answers("commit_at_height", 4) {
        let signed = rpc::commit::decode(&result_in(&path, &answer));
        let signed = signed.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(signed.header.height.value(), 10);
        assert_eq!(signed.header.hash(), signed.commit.block_id.hash, "{}", path.display());
    }
}

#[test]
fn every_abci_query_decodes() {
    for (path, answer) in answers("abci_query", 6) {
        let response = rpc::abci::decode(&result_in(&path, &answer)).unwrap();
        let exists = !path.to_str().unwrap().contains("non_existent");
        assert_eq!(response.code, 0);
        assert_eq!(response.value, if exists { b"value".as_slice() } else { b"" });
        assert_eq!(response.key, if exists { b"tx0".as_slice() } else { b"non_existent_key" });
        assert!(response.height.0.0 > 0 && response.proof_ops.ops.is_empty());
    }
}

#[test]
fn every_broadcast_decodes() {
    for name in ["broadcast_tx_sync", "broadcast_tx_async"] {
        for (path, answer) in answers(name, 3) {
            let checked = rpc::broadcast::decode(&result_in(&path, &answer)).unwrap();
            assert_eq!((checked.code, checked.hash.len()), (0, 64), "{}", path.display());
        }
    }
}

#[test]
fn blocks_of_every_dialect_decode() {
    for (path, answer) in answers("block_results", 8) {
        let decoded = rpc::block_results::decode(&result_in(&path, &answer));
        let decoded = decoded.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(decoded.block.height.0 > 0);
        assert_eq!(decoded.dropped_count, 0, "{}: {:?}", path.display(), decoded.dropped);
    }
}

/// The number of transactions in a recorded answer whose events hold an account's sequence.
fn signed_in(answer: &str) -> usize {
    let whole: serde_json::Value = serde_json::from_str(answer).unwrap();
    let has_signer = |tx: &&serde_json::Value| {
        let text = tx["events"].to_string();
        text.contains("\"acc_seq\"") || text.contains("\"YWNjX3NlcQ==\"")
    };
    whole["result"]["txs_results"].as_array().into_iter().flatten().filter(has_signer).count()
}

#[test]
fn signers_are_found_in_base64_and_in_plain_text() {
    let mut found = 0;
    for (path, answer) in answers("block_results", 8) {
        let decoded = rpc::block_results::decode(&result_in(&path, &answer)).unwrap();
        let signed = decoded.block.transactions.iter().filter(|tx| !tx.signers.is_empty()).count();
        assert_eq!(signed, signed_in(&answer), "{}", path.display());
        found += signed;
    }
    assert!(found > 0 || vectors("rpc").is_none(), "no recorded transaction has a signer");
}

#[test]
fn ibc_events_of_a_real_block_are_all_found() {
    for (path, answer) in answers("block_results_at_height_10499831", 1) {
        let block = rpc::block_results::decode(&result_in(&path, &answer)).unwrap().block;
        let mut kinds = BTreeMap::new();
        for event in block.events() {
            let kind = match event {
                IbcEvent::RecvPacket { .. } => "recv_packet",
                IbcEvent::WriteAcknowledgement { .. } => "write_acknowledgement",
                IbcEvent::AcknowledgePacket { .. } => "acknowledge_packet",
                IbcEvent::UpdateClient { .. } => "update_client",
                _ => "another",
            };
            *kinds.entry(kind).or_insert(0) += 1;
        }
        // Counted in the recorded text.
        let known = [("recv_packet", 4), ("write_acknowledgement", 4), ("acknowledge_packet", 2), ("update_client", 3)];
        assert_eq!(kinds, BTreeMap::from(known));
    }
}

#[test]
fn an_error_answer_has_no_result() {
    for (path, answer) in answers("subscribe_malformed", 3) {
        assert!(result_of(&answer).is_err(), "{}", path.display());
    }
}
