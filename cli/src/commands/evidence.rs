//! `lightship evidence`: what proves an attack, as files that can be looked at, proven, carried, and submitted by hand.

mod submit;
mod verify;

use std::path::{Path, PathBuf};

use relayer::evidence::{Case, Directory, Progress, Proof, read_file};
use serde::Serialize;
use serde_json::json;
use types::{BlockHeight, ChainId};

use crate::args::EvidenceCommand;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};

/// Evidence that an argument names.
struct Named {
    file: PathBuf,
    case: Case,
}

/// Runs a command of `evidence`.
///
/// # Errors
/// Where there is no such evidence, or it can't be read; of `submit` also what is wrong with chains, keys and the store.
pub(crate) async fn run(context: &Context, command: EvidenceCommand) -> Outcome {
    match command {
        EvidenceCommand::List => list(context),
        EvidenceCommand::Show { evidence } => show(context, &evidence),
        EvidenceCommand::Verify(args) => verify::run(context, &args).await,
        EvidenceCommand::Submit(args) => submit::run(context, &args).await,
    }
}

#[derive(Serialize)]
struct Row {
    name: String,
    /// Why the file is of no use, where it is not.
    unreadable: Option<String>,
    chain: Option<ChainId>,
    kind: Option<&'static str>,
    height: Option<BlockHeight>,
    found_at_unix_ns: Option<u64>,
    #[serde(flatten)]
    progress: Progress,
}

fn list(context: &Context) -> Outcome {
    let directory = Directory::new(context.evidence_directory());
    let row = |name: String| {
        let progress = directory.progress(&name);
        match directory.case(&name) {
            Ok(case) => Row {
                chain: Some(case.chain.clone()),
                kind: Some(case.kind()),
                height: Some(case.height()),
                found_at_unix_ns: Some(case.at.0),
                unreadable: None,
                progress,
                name,
            },
            Err(error) => Row {
                chain: None,
                kind: None,
                height: None,
                found_at_unix_ns: None,
                unreadable: Some(error.to_string()),
                progress,
                name,
            },
        }
    };
    let rows: Vec<Row> = directory.names().map_err(Failure::input)?.into_iter().map(row).collect();
    let cells = |row: &Row| {
        let text = |value: Option<String>| value.unwrap_or_default();
        [
            row.name.clone(),
            text(row.chain.as_ref().map(ToString::to_string)),
            text(row.kind.map(str::to_owned)),
            text(row.height.map(|height| height.to_string())),
            text(row.found_at_unix_ns.map(time)),
            row.unreadable.clone().unwrap_or_else(|| how_far(&row.progress)),
        ]
    };
    let headers = ["NAME", "CHAIN", "KIND", "HEIGHT", "FOUND", "STATE"];
    context.output.list(headers, &rows, cells, "no evidence is kept")?;
    Ok(Exit::Done)
}

/// In a few words, how far the answer is.
fn how_far(progress: &Progress) -> String {
    let frozen = progress.clients.values().filter(|end| end.is_frozen()).count();
    let others = progress.clients.len() - frozen;
    let state = if progress.is_settled { "settled" } else { "pending" };
    match others {
        0 => format!("{state}: {frozen} frozen"),
        _ => format!("{state}: {frozen} frozen, {others} can't be"),
    }
}

fn show(context: &Context, evidence: &str) -> Outcome {
    let Named { file, case } = named(context, evidence)?;
    let common = case.common();
    let value = json!({
        "file": file, "kind": case.kind(), "chain": case.chain, "height": case.height(), "found": case.found,
        "found_at_unix_ns": case.at.0,
        "common": { "height": common.height(), "hash": common.header_hash() },
        "sides": sides(&case), "evidence": case.evidence(),
    });
    let mut lines = vec![
        format!("{} of {} at height {}", case.kind(), case.chain, case.height()),
        format!("  file    {}", file.display()),
        format!("  found   {} {}", time(case.at.0), serde_json::to_string(&case.found).map_err(Failure::internal)?),
        format!("  common  block {} {}", common.height(), common.header_hash()),
    ];
    lines.extend(sides(&case).iter().map(|side| format!("  {:<7} {}", side.side, side.words)));
    context.output.one(&value, &lines.join("\n"))?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
struct Side {
    side: &'static str,
    words: String,
}

/// What contradicts what.
fn sides(case: &Case) -> Vec<Side> {
    let block = |block: &light_client::LightBlock| {
        let header = &block.signed_header.header;
        let signed = block.signed_header.commit.signatures.iter().filter(|vote| vote.is_commit()).count();
        format!("block {} {} of {}, {signed} signatures", block.height(), block.header_hash(), header.time)
    };
    match &case.proof {
        Proof::Blocks { case, .. } => {
            let accused = case.byzantine.iter().map(|info| info.address.to_string());
            vec![
                Side { side: "one", words: block(case.trusted()) },
                Side { side: "other", words: block(&case.conflicting) },
                Side { side: "accused", words: accused.collect::<Vec<_>>().join(" ") },
            ]
        }
        Proof::State(state) => {
            let held = &state.state;
            let said =
                format!("{} on {} holds state {} of {}", state.client, state.host, held.height, time(held.time.0));
            let truth = state.branch.last().unwrap_or(&state.common);
            vec![Side { side: "held", words: said }, Side { side: "true", words: block(truth) }]
        }
    }
}

/// Evidence by its name in the directory, or by its file.
fn named(context: &Context, evidence: &str) -> Result<Named, Failure> {
    let path = Path::new(evidence);
    let is_file = path.extension().is_some_and(|extension| extension == "json") || path.components().count() > 1;
    if is_file {
        let case = read_file(path).map_err(Failure::input)?;
        return Ok(Named { file: path.to_owned(), case });
    }
    let directory = Directory::new(context.evidence_directory());
    let case = directory.case(evidence).map_err(Failure::input)?;
    Ok(Named { file: directory.file(evidence), case })
}

/// A time as people read it.
fn time(unix_ns: u64) -> String {
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_nanos(unix_ns);
    humantime::format_rfc3339_seconds(time).to_string()
}
