//! `lightship completions`: a script that completes commands and options in a shell.

use clap::CommandFactory;
use clap_complete::Shell;

use crate::args::Cli;
use crate::exit::{Exit, Failure, Outcome};
use crate::output;

/// Prints the script.
///
/// # Errors
/// Where standard output can't be written.
pub(crate) fn run(shell: Shell) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "lightship", &mut script);
    output::text(std::str::from_utf8(&script).map_err(Failure::internal)?.trim_end())?;
    Ok(Exit::Done)
}
