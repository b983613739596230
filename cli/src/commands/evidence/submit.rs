//! `lightship evidence submit`: the monitor's own answer to an attack, by hand, and from whatever machine.

use std::collections::BTreeSet;

use relayer::evidence::{End, prove};
use relayer::respond::{Responder, Response, TRUSTED_FOR_EVER};
use serde_json::json;

use super::{Named, named};
use crate::args::EvidenceSubmitArgs;
use crate::connect::{Running, response_options};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::signals::Signals;

/// Waits until every client has come to its end; what fails for a while is tried again, and said.
///
/// # Errors
/// When the evidence proves nothing, a key can't be used, or the store is in use.
pub(super) async fn run(context: &Context, args: &EvidenceSubmitArgs) -> Outcome {
    let Named { file, case } = named(context, &args.evidence)?;
    prove(&case, TRUSTED_FOR_EVER).map_err(|reason| {
        Failure::wrong(format!("{} proves nothing: {reason}; nothing is submitted", file.display()))
    })?;
    let config = context.config()?;
    let mut signals = Signals::listen()?;
    let running = Running::responding(context, &args.passphrase).await?;
    let responder = Responder::new(&running.handle, &response_options(config), true).map_err(Failure::internal)?;
    let clients: BTreeSet<_> = args.clients.iter().cloned().collect();
    let responder = if clients.is_empty() { responder } else { responder.only(clients) };
    let response = tokio::select! {
        response = responder.respond(&case) => response,
        () = signals.next() => None,
    };
    running.close().await?;
    let Some(Response { name, progress }) = response else {
        return Err(Failure::wrong("broken off: what is in flight is recorded; the same command goes on with it"));
    };
    let ends: Vec<_> = progress.clients.iter().collect();
    let value = json!({ "name": name, "clients": progress.clients, "nodes": progress.nodes });
    let mut lines: Vec<String> = ends.iter().map(|(client, end)| format!("{client}: {end}")).collect();
    if lines.is_empty() {
        lines.push("no client here trusts that chain".to_owned());
    }
    for (node, answers) in &progress.nodes {
        lines.extend(answers.iter().map(|answer| format!("{node}: {answer}")));
    }
    context.output.one(&value, &lines.join("\n"))?;
    // What the evidence can't freeze by the rules is no failure; that nothing was frozen at all is.
    let is_any_frozen = progress.clients.values().any(End::is_frozen);
    Ok(if is_any_frozen { Exit::Done } else { Exit::Left })
}
