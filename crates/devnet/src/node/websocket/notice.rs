//! What subscribers hear of a block, in CometBFT's order (`state/execution.go` `fireEvents`, `types/event_bus.go`).

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::chain::Block;
use crate::network::tx_hash;
use crate::node::json;
use crate::node::view::View;

/// One thing that happened.
pub(super) struct Notice {
    pub(super) kind: &'static str,
    pub(super) value: Value,
    /// What queries are matched against.
    pub(super) events: BTreeMap<String, Vec<String>>,
}

/// All that a block is reason to tell.
pub(super) fn of<'a>(view: &View<'a>, block: &'a Block) -> Vec<Notice> {
    let (txs, events) = view.results(block);
    let height = block.header.height.value();
    let mut finalized = json!({
        "validator_updates": [],
        "consensus_param_updates": json::updated_params(view.params()),
        "app_hash": json::base64(&block.app_hash),
    });
    if !events.is_empty() {
        finalized["events"] = json::block_events(&events);
    }
    if !txs.is_empty() {
        finalized["tx_results"] = txs.iter().map(json::delivered_tx).collect();
    }
    let whole = json!({
        "block": json::block(block),
        "block_id": json::block_id(&block.id),
        "result_finalize_block": finalized,
    });
    let header = json!({ "header": json::header(&block.header) });
    let bare = json!({
        "height": json::number(height),
        "events": json::block_events(&events),
        "num_txs": json::number(block.txs.len()),
    });
    let merged = json::merged_events(&events);
    let mut notices = vec![
        notice("tendermint/event/NewBlock", "NewBlock", whole, merged.clone()),
        notice("tendermint/event/NewBlockHeader", "NewBlockHeader", header, BTreeMap::new()),
        notice("tendermint/event/NewBlockEvents", "NewBlockEvents", bare, merged),
    ];
    for (index, (tx, result)) in block.txs.iter().zip(txs.iter()).enumerate() {
        let mut events = json::merged_events(&result.events);
        events.entry("tx.hash".to_owned()).or_default().push(json::hex(&tx_hash(tx)));
        events.entry("tx.height".to_owned()).or_default().push(height.to_string());
        let value = json!({ "TxResult": json::tx_in_event(height, index, tx, result) });
        notices.push(notice("tendermint/event/Tx", "Tx", value, events));
    }
    notices
}

fn notice(kind: &'static str, name: &str, value: Value, mut events: BTreeMap<String, Vec<String>>) -> Notice {
    events.entry("tm.event".to_owned()).or_default().push(name.to_owned());
    Notice { kind, value, events }
}
