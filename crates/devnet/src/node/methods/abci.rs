//! Questions to the application (CometBFT `rpc/core/abci.go`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::Result;
use crate::app::error::sdk;
use crate::app::{AbciAnswer, AbciQuery};
use crate::node::fault::Fault;
use crate::node::method::Method;
use crate::node::params::Params;
use crate::node::view::View;
use crate::node::{NodeState, json, services};

/// The name of the application that a devnet's chains run, ibc-go's own for tests.
pub(crate) const APP_NAME: &str = "SimApp";

pub(super) fn abci_query(node: &NodeState, params: &Params) -> Result {
    let path = params.text("path")?;
    let data = params.hex("data")?;
    let height = params.integer("height")?.unwrap_or(0);
    let prove = params.flag("prove")?;
    // `/store/ibc/key` is about the store `ibc`.
    let asked = path.clone();
    let store = path.split('/').nth(2).unwrap_or_default().to_owned();
    let answer = match u64::try_from(height) {
        Ok(height) => query(node, AbciQuery { path, data, height, prove }),
        Err(_) => {
            let error = sdk::INVALID_REQUEST.wrap("cannot query with height < 0; please provide a valid height");
            AbciAnswer {
                code: error.code,
                codespace: error.codespace.to_owned(),
                log: error.log,
                ..AbciAnswer::default()
            }
        }
    };
    let mut told = json::abci_answer(&answer, &store);
    for fault in node.faults.of(Method::AbciQuery) {
        match fault {
            Fault::ForgedValue => forge(&mut told["value"], |_| 0),
            Fault::Emptied(path) if path == asked => told["value"] = Value::Null,
            Fault::ForgedProof => {
                // An answer without a proof has nothing to forge.
                if let Some(proof) = told.pointer_mut("/proofOps/ops/0/data") {
                    forge(proof, |length| length / 2);
                }
            }
            _ => {}
        }
    }
    Ok(json!({ "response": told }))
}

/// Services of the node itself are asked as the SDK's router does, all else is the application's.
fn query(node: &NodeState, query: AbciQuery) -> AbciAnswer {
    match services::ask(node, Method::AbciQuery, &query.path, &query.data) {
        Some(Ok(value)) => {
            let height =
                node.view(Method::AbciQuery, |view| if query.height == 0 { view.head() } else { query.height });
            AbciAnswer { value: Some(value), height, ..AbciAnswer::default() }
        }
        Some(Err(status)) => services::refusal(&status, query.height),
        None => node.view(Method::AbciQuery, |view| view.query(query)),
    }
}

/// Makes one byte of a text in base64 another.
fn forge(text: &mut Value, place: impl Fn(usize) -> usize) {
    let decoded = text.as_str().and_then(|text| BASE64.decode(text).ok());
    let Some(mut bytes) = decoded.filter(|bytes| !bytes.is_empty()) else { return };
    let place = place(bytes.len());
    bytes[place] ^= 1;
    *text = json!(BASE64.encode(bytes));
}

/// What the application says of itself.
pub(crate) fn app_version_text(view: &View<'_>) -> String {
    let answer = view.query(AbciQuery { path: "/app/version".to_owned(), ..AbciQuery::default() });
    String::from_utf8_lossy(&answer.value.unwrap_or_default()).into_owned()
}

pub(super) fn abci_info(node: &NodeState) -> Value {
    node.view(Method::AbciInfo, |view| {
        let newest = view.newest();
        let app_version = newest.map_or(0, |block| block.header.version.app);
        let mut response = json!({
            "data": APP_NAME,
            "version": app_version_text(view),
            "last_block_height": json::number(view.head()),
            "last_block_app_hash": newest.map(|block| json::base64(&block.app_hash)),
        });
        if app_version != 0 {
            response["app_version"] = json::number(app_version);
        }
        json!({ "response": response })
    })
}
