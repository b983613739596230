//! `lightship evidence verify`: is it proven? By the rules of the light client, from the common block.

use std::time::Duration;

use chain::{Endpoint, EndpointOptions};
use relayer::evidence::{Proof, Proven, prove};
use serde_json::json;
use types::BlockHeight;
use url::Url;

use super::{Named, named};
use crate::args::EvidenceVerifyArgs;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};

/// Exit code 0 if it is proven, and a node that was asked has the common block.
pub(super) async fn run(context: &Context, args: &EvidenceVerifyArgs) -> Outcome {
    let Named { file, case } = named(context, &args.evidence)?;
    let proven = match prove(&case, args.trusting_period) {
        Ok(proven) => proven,
        Err(reason) => {
            let value = json!({ "file": file, "proven": false, "reason": reason.to_string() });
            context.output.one(&value, &format!("not proven: {reason}"))?;
            return Ok(Exit::Left);
        }
    };
    let asked = match &args.rpc {
        Some(rpc) => Some(ask(rpc, proven.common).await?),
        None => None,
    };
    let is_common = asked.as_ref().is_none_or(|hash| *hash == proven.common_hash.to_string());
    let value = json!({
        "file": file, "proven": is_common, "kind": case.kind(), "chain": case.chain, "height": case.height(),
        "common": { "height": proven.common, "hash": proven.common_hash, "of_the_node": asked },
    });
    let mut lines = vec![
        format!("{}: {} of {} at height {}", verdict(is_common), case.kind(), case.chain, case.height()),
        common(&proven, asked.as_deref()),
    ];
    if let Proof::State(state) = &case.proof {
        lines.push(format!(
            "that {} on {} holds the state is to be asked of {}; nothing is submitted that it does not hold",
            state.client, state.host, state.host
        ));
    }
    context.output.one(&value, &lines.join("\n"))?;
    Ok(if is_common { Exit::Done } else { Exit::Left })
}

fn verdict(is_common: bool) -> &'static str {
    if is_common { "proven" } else { "not proven" }
}

fn common(proven: &Proven, asked: Option<&str>) -> String {
    let Proven { common, common_hash, .. } = proven;
    match asked {
        None => format!("from block {common} {common_hash}: compare that with the chain's"),
        Some(hash) if hash == common_hash.to_string() => {
            format!("from block {common} {common_hash}, which the node has as well")
        }
        Some(hash) => format!("from block {common} {common_hash}; the node has {hash} instead"),
    }
}

/// The hash of the node's block.
async fn ask(rpc: &Url, height: BlockHeight) -> Result<String, Failure> {
    let deadline = Duration::from_secs(10);
    let endpoint = Endpoint::new(EndpointOptions { deadline, ..EndpointOptions::new(rpc.clone()) })?;
    Ok(endpoint.signed_header(height).await?.header.hash().to_string())
}
