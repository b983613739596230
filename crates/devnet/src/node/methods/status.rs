//! Who a node is, and how far (CometBFT `rpc/core/status.go`, `net.go`).

use serde_json::{Value, json};
use tendermint::Time;

use crate::chain::Block;
use crate::node::fault::Fault;
use crate::node::identity::{CHANNELS, COMETBFT_VERSION, PROTOCOLS};
use crate::node::method::Method;
use crate::node::view::View;
use crate::node::{NodeState, json};

pub(super) fn status(node: &NodeState) -> Value {
    let faults = node.faults.of(Method::Status);
    node.view(Method::Status, |view| {
        let newest = view.newest();
        let power = |address| {
            let member = newest.and_then(|block| block.next_validators.by_address(&address));
            member.map_or(0, |(_, validator)| validator.power())
        };
        let mut sync = json!({ "catching_up": faults.iter().any(|fault| matches!(fault, Fault::CatchingUp)) });
        describe(&mut sync, "latest", newest.map(AsRef::as_ref));
        if let Some(ahead) = ahead(&faults) {
            let height = newest.map_or(0, |block| block.header.height.value());
            sync["latest_block_height"] = json::number(height.saturating_add(ahead));
        }
        describe(&mut sync, "earliest", view.block(view.earliest()).map(AsRef::as_ref));
        json!({
            "node_info": node_info(node, view, &faults),
            "sync_info": sync,
            "validator_info": node.identity.validator_info(power),
        })
    })
}

/// By how much the newest block is made up.
fn ahead(faults: &[Fault]) -> Option<u64> {
    faults.iter().find_map(|fault| match fault {
        Fault::AheadBy(blocks) => Some(*blocks),
        _ => None,
    })
}

fn node_info(node: &NodeState, view: &View<'_>, faults: &[Fault]) -> Value {
    let app_version = view.newest().map_or(0, |block| block.header.version.app);
    let claimed = faults.iter().find_map(|fault| match fault {
        Fault::ChainId(id) => Some(id.clone()),
        _ => None,
    });
    json!({
        "protocol_version": {
            "p2p": json::number(PROTOCOLS.0),
            "block": json::number(PROTOCOLS.1),
            "app": json::number(app_version),
        },
        "id": node.identity.id,
        "listen_addr": "tcp://127.0.0.1:0",
        "network": claimed.unwrap_or_else(|| view.newest_chain().id().to_string()),
        "version": COMETBFT_VERSION,
        "channels": CHANNELS,
        "moniker": node.identity.moniker,
        "other": {
            "tx_index": if node.indexes_txs() { "on" } else { "off" },
            "rpc_address": format!("tcp://{}", node.rpc),
        },
    })
}

fn describe(sync: &mut Value, which: &str, block: Option<&Block>) {
    let hash = block.map_or_else(String::new, |block| json::hex(block.id.hash.as_bytes()));
    let app_hash = block.map_or_else(String::new, |block| json::hex(block.header.app_hash.as_bytes()));
    sync[format!("{which}_block_hash")] = json!(hash);
    sync[format!("{which}_app_hash")] = json!(app_hash);
    sync[format!("{which}_block_height")] = json::number(block.map_or(0, |block| block.header.height.value()));
    sync[format!("{which}_block_time")] = json::time(block.map_or(Time::unix_epoch(), |block| block.header.time));
}

/// Nodes of a devnet have no peers: they share their chain.
pub(super) fn net_info() -> Value {
    json!({ "listening": true, "listeners": ["Listener(@)"], "n_peers": "0", "peers": [] })
}

pub(super) fn genesis(node: &NodeState) -> Value {
    node.view(Method::Genesis, |view| {
        // The set of the oldest block is the genesis' own, until blocks are pruned.
        let oldest = view.block(view.earliest());
        json!({ "genesis": oldest.map(|block| json::genesis(view.newest_chain(), &block.validators)) })
    })
}
