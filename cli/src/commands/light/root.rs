//! `lightship light trust-root`: a block as trust can start from it, and what other nodes have there.

use std::time::Duration;

use chain::Endpoint;
use futures::future::join_all;
use light_client::{LightBlock, TrustedState};
use relayer::Clock;
use relayer::light::{reached, whole_block};
use serde::Serialize;
use types::BlockHeight;

use super::endpoints;
use crate::args::LightTrustRootArgs;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::output::printable;

/// The newest block is seldom at all nodes at once.
const WITNESS_REACHES_WITHIN: Duration = Duration::from_secs(10);

/// The block, as it is printed.
#[derive(Serialize)]
struct Root {
    chain: String,
    height: u64,
    hash: String,
    time: String,
    witnesses: Vec<Witness>,
}

/// What another node has there.
#[derive(Serialize)]
struct Witness {
    witness: String,
    /// `agrees`, `differs` or `silent`.
    verdict: &'static str,
    hash: Option<String>,
    reason: Option<String>,
}

/// Prints the block.
///
/// # Errors
/// Where the primary has no such block, or one that no light client could start from.
pub(super) async fn run(context: &Context, args: &LightTrustRootArgs) -> Outcome {
    let (primary, others) = endpoints(&args.nodes)?;
    let height = match args.height {
        Some(height) => height,
        None => primary.status().await.map_err(Failure::input)?.height,
    };
    let block = whole_block(&primary, height).await.map_err(Failure::input)?;
    let hash = block.header_hash();
    TrustedState::anchor(&block, hash).map_err(|reason| {
        Failure::wrong(format!("block {height} of {primary} is none that trust could start from: {reason}"))
    })?;
    let witnesses = join_all(others.iter().map(|witness| ask(witness, height, &block))).await;

    let header = &block.signed_header.header;
    let (chain, time) = (header.chain_id.to_string(), header.time.to_string());
    let root = Root { chain, height: height.0, hash: hash.to_string(), time, witnesses };
    context.output.one(&root, &root.words())?;
    let is_agreed = root.witnesses.iter().all(|witness| witness.verdict == "agrees");
    Ok(if is_agreed { Exit::Done } else { Exit::Left })
}

async fn ask(witness: &Endpoint, height: BlockHeight, block: &LightBlock) -> Witness {
    reached(witness, height, WITNESS_REACHES_WITHIN, &Clock::default()).await;
    let name = witness.name().to_owned();
    match whole_block(witness, height).await {
        Ok(other) => {
            let hash = other.header_hash();
            let verdict = if hash == block.header_hash() { "agrees" } else { "differs" };
            Witness { witness: name, verdict, hash: Some(hash.to_string()), reason: None }
        }
        Err(error) => Witness { witness: name, verdict: "silent", hash: None, reason: Some(error.to_string()) },
    }
}

impl Root {
    fn words(&self) -> String {
        let Self { chain, height, hash, time, witnesses } = self;
        let mut lines = vec![
            format!("{} has at height {height} the block {hash} of {time}", printable(chain)),
            format!("to follow it: --trust-height {height} --trust-hash {hash}"),
            format!("in a configuration: trust = {{ height = {height}, hash = \"{hash}\" }}"),
        ];
        lines.extend(witnesses.iter().map(Witness::words));
        lines.join("\n")
    }
}

impl Witness {
    fn words(&self) -> String {
        let Self { witness, verdict, hash, reason } = self;
        let detail = match (*verdict, hash, reason) {
            (_, _, Some(reason)) => format!(": {}", printable(reason)),
            ("differs", Some(hash), None) => format!(": it has {hash}"),
            (_, _, None) => String::new(),
        };
        format!("{witness}: {verdict}{detail}")
    }
}
