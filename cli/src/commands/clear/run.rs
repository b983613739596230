//! Clearing in a process of its own.

use std::time::Duration;

use relayer::clear::{ClearProgress, ClearReport, clear};
use tracing::info;

use crate::args::ClearPacketsArgs;
use crate::connect::{OwnRun, Running};
use crate::context::Context;
use crate::exit::Failure;
use crate::progress::Count;
use crate::signals::Signals;

/// How long work in flight may take to come to an end; what takes longer is found again by the next run.
const STOP_DEADLINE: Duration = Duration::from_secs(10);

/// How an attempt to clear ended.
pub(super) enum Ended {
    /// There is an answer.
    Answered(ClearReport),
    /// A signal came first.
    Interrupted,
    /// There is nobody to ask.
    NotThere,
}

/// Relays what was selected until nothing is left to do.
pub(super) async fn own(
    context: &Context,
    own: OwnRun,
    args: &ClearPacketsArgs,
    bar: &Count,
    signals: &mut Signals,
) -> Result<Ended, Failure> {
    let mut running = Running::clearing(context, &args.passphrase, &own).await?;
    let told = |ClearProgress { found, ended }: ClearProgress| bar.at(ended, found);
    let ended = tokio::select! {
        report = clear(&running.handle, &own.request, told) => Some(report),
        stopped = &mut running.driver => {
            return Err(match stopped {
                Ok(Err(error)) => Failure::internal(error),
                Err(error) => Failure::internal(error),
                Ok(Ok(())) => Failure::Internal("the relayer stopped by itself".to_owned()),
            });
        }
        () = signals.next() => None,
    };
    if ended.is_none() {
        info!("stopping: work in flight is recorded");
    }
    running.close_within(STOP_DEADLINE).await?;
    match ended {
        Some(report) => Ok(Ended::Answered(report.map_err(Failure::input)?)),
        None => Ok(Ended::Interrupted),
    }
}
