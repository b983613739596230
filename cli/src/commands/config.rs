//! `lightship config`: is the configuration good, and what does it hold?

use std::collections::BTreeSet;
use std::net::SocketAddr;

use engine::{Path, PathId, Policy};
use serde::Serialize;

use crate::args::ConfigCommand;
use crate::context::Context;
use crate::exit::{Exit, Outcome};

#[derive(Serialize)]
struct Summary {
    file: String,
    chains: Vec<String>,
    paths: Vec<String>,
    /// Paths all of whose open channels are relayed.
    all_channels: Vec<String>,
    /// Paths whose handshakes are completed, whoever began them.
    handshakes: Vec<String>,
    /// Paths that do not relay everything.
    policies: Vec<String>,
    /// Where metrics are served.
    metrics: Option<SocketAddr>,
}

/// Says what the configuration holds; it was checked when it was read.
///
/// # Errors
/// Where standard output can't be written.
pub(crate) fn run(context: &Context, command: ConfigCommand) -> Outcome {
    match command {
        ConfigCommand::Check => check(context),
    }
}

fn check(context: &Context) -> Outcome {
    let config = context.config()?;
    let names = |ids: &BTreeSet<PathId>| ids.iter().map(ToString::to_string).collect();
    let has_policy = |path: &&Path| *path.policy != Policy::default();
    let summary = Summary {
        file: config.file.display().to_string(),
        chains: config.chains.keys().map(ToString::to_string).collect(),
        paths: config.paths.iter().map(|path| path.id.to_string()).collect(),
        all_channels: names(&config.discover),
        handshakes: names(&config.handshakes),
        policies: config.paths.iter().filter(has_policy).map(|path| path.id.to_string()).collect(),
        metrics: config.metrics,
    };
    context.output.one(&summary, &words(&summary))?;
    Ok(Exit::Done)
}

/// One line; what is not used is not named.
fn words(summary: &Summary) -> String {
    let list = |names: &[String]| if names.is_empty() { "none".to_owned() } else { names.join(", ") };
    let mut words =
        format!("{}: good; chains: {}; paths: {}", summary.file, list(&summary.chains), list(&summary.paths));
    for (what, paths) in [
        ("all open channels of", &summary.all_channels),
        ("handshakes completed on", &summary.handshakes),
        ("a policy of their own have", &summary.policies),
    ] {
        if !paths.is_empty() {
            words.push_str(&format!("; {what}: {}", list(paths)));
        }
    }
    if let Some(address) = summary.metrics {
        words.push_str(&format!("; metrics at {address}"));
    }
    words
}
