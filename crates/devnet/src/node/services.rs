//! Services that the node answers, not the application's state: `cosmos.tx.v1beta1.Service` and
//! `cosmos.base.tendermint.v1beta1.Service`. They are reached by gRPC and by `abci_query`, as in the SDK, where both go
//! through one router.

mod tendermint;
mod tx;

use proto::Message;

use super::NodeState;
use super::json_rpc::Failure;
use super::method::Method;
use crate::app::AbciAnswer;
use crate::app::kind::{Code, Status};
use crate::app::query::sdk_error;

type Result<T = Vec<u8>> = core::result::Result<T, Status>;

/// Answers a path of one of the two services; none for all other paths. `method` is the way it came, for the faults.
pub(super) fn ask(node: &NodeState, method: Method, path: &str, request: &[u8]) -> Option<Result> {
    let call = path.strip_prefix('/')?;
    // Simulation is the application's, and a broadcast does not go through `abci_query`, as the application says there.
    let is_left = |name: &str| name == "Simulate" || (name == "BroadcastTx" && method == Method::AbciQuery);
    if let Some(name) = call.strip_prefix("cosmos.tx.v1beta1.Service/").filter(|name| !is_left(name)) {
        return Some(tx::ask(node, method, name, request));
    }
    if let Some(name) = call.strip_prefix("cosmos.base.tendermint.v1beta1.Service/") {
        return Some(tendermint::ask(node, method, name, request));
    }
    None
}

/// A refusal as `abci_query` tells it.
pub(super) fn refusal(status: &Status, height: u64) -> AbciAnswer {
    let error = sdk_error(status, true);
    AbciAnswer {
        code: error.code,
        codespace: error.codespace.to_owned(),
        log: error.log,
        height,
        ..AbciAnswer::default()
    }
}

fn read<M: Message + Default>(request: &[u8]) -> Result<M> {
    crate::app::kind::read_request(request)
}

fn unimplemented(service: &str, name: &str) -> Status {
    Status::new(Code::Unimplemented, format!("unknown method {name} for service {service}"))
}

/// What JSON-RPC refuses is a plain error to the services.
fn unknown(failure: Failure) -> Status {
    match failure {
        Failure::Params(text) | Failure::Internal(text) => Status::new(Code::Unknown, text),
        Failure::Panicked => Status::new(Code::Internal, super::json_rpc::TOO_FEW),
    }
}

/// Events in protobuf.
fn raw_events(events: &[crate::app::event::Event]) -> Vec<proto::tendermint_proto::v0_38::abci::Event> {
    use proto::tendermint_proto::v0_38::abci::{Event, EventAttribute};
    let attribute = |attribute: &crate::app::event::Attribute| EventAttribute {
        key: attribute.key.clone(),
        value: attribute.value.clone(),
        index: attribute.index,
    };
    let event = |event: &crate::app::event::Event| Event {
        r#type: event.kind.clone(),
        attributes: event.attributes.iter().map(attribute).collect(),
    };
    events.iter().map(event).collect()
}
