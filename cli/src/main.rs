//! `lightship`: arguments and TOML in, exit code out.
//!
//! Standard output carries a command's answer, standard error its logs, progress and errors. Exit codes: 0 done,
//! 1 something left or wrong input, 2 internal, 64 bad configuration.

mod args;
mod commands;
mod config;
mod connect;
mod context;
mod exit;
mod log;
mod output;
mod passphrase;
mod progress;
mod signals;

use std::io::Write;
use std::process::ExitCode;

use clap::Parser;

use crate::args::{Cli, Command, TxCommand};
use crate::context::Context;
use crate::exit::{Failure, Outcome};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(usage) => return print_usage(&usage),
    };
    match run(cli) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            say(&format!("error: {failure}"));
            failure.code()
        }
    }
}

fn run(cli: Cli) -> Outcome {
    let context = Context::new(&cli.global, &cli.command)?;
    let log = context.log(&cli.global);
    log::start(&log.level, log.format).map_err(|error| Failure::wrong(format!("{error:#}")))?;
    chain::install_crypto_provider();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().map_err(Failure::internal)?;
    runtime.block_on(dispatch(&context, cli.command))
}

async fn dispatch(context: &Context, command: Command) -> Outcome {
    match command {
        Command::Start(args) => commands::start::run(context, args).await,
        Command::Monitor(args) => commands::monitor::run(context, args).await,
        Command::Create(command) => commands::create::run(context, command).await,
        Command::Clear(command) => commands::clear::run(context, command).await,
        Command::Explain(command) => commands::explain::run(context, command).await,
        Command::Update(command) => commands::client::update(context, command).await,
        Command::Upgrade(command) => commands::client::upgrade(context, command).await,
        Command::Tx(TxCommand::Transfer(args)) => commands::transfer::run(context, args).await,
        Command::Tx(TxCommand::Packet(step)) => commands::step::run(context, step).await,
        Command::Tx(TxCommand::Handshake(step)) => commands::handshake::run(context, step).await,
        Command::Query(command) => commands::query::run(context, command).await,
        Command::Light(command) => commands::light::run(context, command).await,
        Command::Evidence(command) => commands::evidence::run(context, command).await,
        Command::Keys(command) => commands::keys::run(context, command).await,
        Command::Config(command) => commands::config::run(context, command),
        Command::Demo(args) => commands::demo::run(context, args).await,
        Command::Devnet(args) => commands::devnet::run(context, args).await,
        Command::Completions { shell } => commands::completions::run(shell),
    }
}

/// Help and version are answers; anything else is wrong input.
fn print_usage(usage: &clap::Error) -> ExitCode {
    let printed = usage.print();
    match (usage.use_stderr(), printed) {
        (false, Ok(())) => ExitCode::SUCCESS,
        (false, Err(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        (true, _) => ExitCode::from(1),
        (false, Err(_)) => ExitCode::from(2),
    }
}

fn say(line: &str) {
    // Where standard error is gone there is nobody left to tell; the exit code still says it.
    writeln!(std::io::stderr(), "{}", output::printable(line)).unwrap_or_default();
}
