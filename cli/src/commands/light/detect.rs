//! `lightship light detect`: what a node proves, compared with what witnesses have.

use std::path::PathBuf;

use chain::Endpoint;
use futures::future::join_all;
use light_client::{LightBlock, Outcome as Found};
use relayer::light::{Contradiction, ValidatorSets, Witnessed, anchored, bisect, compare};
use relayer::{Clock, Trust};
use serde::Serialize;
use types::{BlockHeight, ChainId, Timestamp};

use super::endpoints;
use super::keep::keep;
use super::verdict::{Verdict, verdicts};
use crate::args::{LightDetectArgs, LightRules};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};

/// The comparison, as it is printed.
#[derive(Serialize)]
struct Detected {
    chain: String,
    height: u64,
    hash: String,
    time: String,
    witnesses: Vec<Verdict>,
    /// Files that were written, one an attack.
    evidence: Vec<PathBuf>,
}

/// Prints a line a witness.
///
/// # Errors
/// Where the primary proves no header, or what was asked for is wrong.
pub(super) async fn run(context: &Context, args: &LightDetectArgs) -> Outcome {
    let (primary, others) = endpoints(&args.nodes)?;
    if others.is_empty() {
        return Err(Failure::wrong("there is nobody to compare with; name at least one --witness"));
    }
    let anchor = args.trust.anchor().ok_or_else(|| {
        Failure::wrong("name a block that you trust by --trust-height and --trust-hash; `light trust-root` prints one")
    })?;
    let clock = Clock::default();
    let trace = trace(&primary, anchor, args.height, &args.rules, &clock).await?;
    let ask = |witness| ask(&primary, witness, &trace, &args.rules, &clock);
    let witnessed = join_all(others.iter().map(ask)).await.into_iter().collect::<Result<Vec<_>, _>>()?;

    let target = trace.last().ok_or_else(|| Failure::Internal("a trace of nothing".to_owned()))?;
    let header = &target.signed_header.header;
    let chain = header.chain_id.as_str().parse().map_err(Failure::input)?;
    let detected = Detected {
        evidence: keep_all(args, &chain, primary.name(), &witnessed, clock.timestamp()).await?,
        chain: header.chain_id.to_string(),
        height: target.height().0,
        hash: target.header_hash().to_string(),
        time: header.time.to_string(),
        witnesses: verdicts(primary.name(), &witnessed),
    };
    let words: Vec<String> = detected.witnesses.iter().map(Verdict::words).collect();
    context.output.one(&detected, &words.join("\n"))?;
    let is_agreed = detected.witnesses.iter().all(|witness| witness.verdict == "agrees");
    Ok(if is_agreed { Exit::Done } else { Exit::Left })
}

/// Keeps the evidence against, or of, each witness that contradicts the primary.
async fn keep_all(
    args: &LightDetectArgs,
    chain: &ChainId,
    primary: &str,
    witnessed: &[Witnessed],
    at: Timestamp,
) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for one in witnessed {
        let Found::Attack(attack) = &one.comparison.outcome else { continue };
        let (primary, witness) = (primary.to_owned(), one.witness.clone());
        let found = Contradiction { primary, witness, attack: (**attack).clone() };
        files.extend(keep(args.evidence.as_deref(), chain, found, witnessed, at).await?);
    }
    Ok(files)
}

/// The trusted block, and those by which the primary proves the one in question.
async fn trace(
    primary: &Endpoint,
    anchor: Trust,
    height: Option<BlockHeight>,
    rules: &LightRules,
    clock: &Clock,
) -> Result<Vec<LightBlock>, Failure> {
    let target = match height {
        Some(height) => height,
        None => primary.status().await.map_err(Failure::input)?.height,
    };
    if target <= anchor.height {
        let trusted = anchor.height;
        return Err(Failure::wrong(format!(
            "height {target} is not above the trusted height {trusted}; name a lower one"
        )));
    }
    let mut sets = ValidatorSets::default();
    let root = anchored(&mut sets, primary, anchor).await.map_err(Failure::input)?;
    let way = bisect(&mut sets, primary, &root, target, rules.options(), clock).await.map_err(Failure::input)?;
    Ok(core::iter::once(root).chain(way).collect())
}

async fn ask(
    primary: &Endpoint,
    witness: &Endpoint,
    trace: &[LightBlock],
    rules: &LightRules,
    clock: &Clock,
) -> Result<Witnessed, Failure> {
    let comparison = compare(primary, witness, trace.to_vec(), rules.options(), rules.lag, clock).await;
    Ok(Witnessed { witness: witness.name().to_owned(), comparison: comparison.map_err(Failure::internal)? })
}
