//! `lightship config`: is the configuration good, and what does it hold?

use serde::Serialize;

use crate::args::ConfigCommand;
use crate::context::Context;
use crate::exit::{Exit, Outcome};

#[derive(Serialize)]
struct Summary {
    file: String,
    chains: Vec<String>,
    paths: Vec<String>,
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
    let summary = Summary {
        file: config.file.display().to_string(),
        chains: config.chains.keys().map(ToString::to_string).collect(),
        paths: config.paths.iter().map(|path| path.id.to_string()).collect(),
    };
    let words = format!(
        "{}: good; chains: {}; paths: {}",
        summary.file,
        or_none(&summary.chains.join(", ")),
        or_none(&summary.paths.join(", "))
    );
    context.output.one(&summary, &words)?;
    Ok(Exit::Done)
}

fn or_none(list: &str) -> &str {
    if list.is_empty() { "none" } else { list }
}
