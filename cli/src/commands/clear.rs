//! `lightship clear packets`: everything that is pending is brought to its end, by the running relayer if there is one,
//! else by this process.

mod derive;
mod lowest;
mod run;
mod select;
mod show;

use relayer::clear::{ClearProgress, ClearReport, ClearRequest, plan};
use relayer::socket::{Reply, Request, ask_telling};
use tracing::warn;

use crate::args::{ClearCommand, ClearPacketsArgs};
use crate::connect::{OwnRun, Running, control_directory};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::progress::Count;
use crate::signals::Signals;
use run::Ended;
use select::Selection;

/// Clears what was selected.
///
/// # Errors
/// When nothing such is configured, a key or a store can't be used, or no chain answers.
pub(crate) async fn run(context: &Context, command: ClearCommand) -> Outcome {
    let ClearCommand::Packets(args) = command;
    let mut signals = Signals::listen()?;
    let selection = tokio::select! {
        selection = select::select(context, &args) => selection?,
        () = signals.next() => return interrupted(),
    };
    if args.dry_run {
        return tokio::select! {
            planned = dry_run(context, &args, selection) => planned,
            () = signals.next() => interrupted(),
        };
    }
    let is_part = selection.request.packets.is_some();
    let bar = Count::start("clearing", "packets");
    let report = match beside_relayer(context, &args, &selection.request, &bar, &mut signals).await? {
        Ended::Answered(report) => report,
        Ended::Interrupted => return left_to_the_relayer(),
        Ended::NotThere => match run::own(context, own_run(&args, selection), &args, &bar, &mut signals).await? {
            Ended::Answered(report) => report,
            Ended::Interrupted | Ended::NotThere => return interrupted(),
        },
    };
    bar.end();
    show::report(context.output, &report, is_part)?;
    Ok(if report.is_clear() { Exit::Done } else { Exit::Left })
}

fn interrupted() -> Outcome {
    warn!("stopped: what is in flight is recorded; run the same again to go on");
    Ok(Exit::Left)
}

fn left_to_the_relayer() -> Outcome {
    warn!("no longer waiting: the running relayer goes on by itself; run the same again to see how far it is");
    Ok(Exit::Left)
}

/// Asks the running relayer, if there is one and it shall be asked.
async fn beside_relayer(
    context: &Context,
    args: &ClearPacketsArgs,
    request: &ClearRequest,
    bar: &Count,
    signals: &mut Signals,
) -> Result<Ended, Failure> {
    if args.standalone {
        return Ok(Ended::NotThere);
    }
    let directory = control_directory(context.config()?);
    let request = Request::Clear(request.clone());
    let told = |ClearProgress { found, ended }: ClearProgress| bar.at(ended, found);
    let reply = tokio::select! {
        reply = ask_telling(&directory, &request, told) => reply.map_err(Failure::input)?,
        () = signals.next() => return Ok(Ended::Interrupted),
    };
    match reply {
        None => Ok(Ended::NotThere),
        Some(Reply::Cleared(report)) => Ok(Ended::Answered(report)),
        Some(Reply::Failed { message }) => {
            Err(Failure::wrong(format!("the running relayer says: {message}; or add --standalone to clear without it")))
        }
        Some(other @ (Reply::Progress(_) | Reply::Packet(_) | Reply::Coverage(_))) => {
            Err(Failure::Internal(format!("the running relayer answered something else: {other:?}")))
        }
    }
}

fn own_run(args: &ClearPacketsArgs, selection: Selection) -> OwnRun {
    OwnRun { paths: selection.restricted_paths(), request: selection.request, standalone: args.standalone }
}

/// Says what would be done.
async fn dry_run(context: &Context, args: &ClearPacketsArgs, selection: Selection) -> Outcome {
    let own = own_run(args, selection);
    let running = Running::looking(context, &own).await?;
    let planned = plan(&running.handle, &own.request).await;
    running.close().await?;
    let planned = planned.map_err(Failure::input)?;
    show::plan(context.output, &planned)?;
    let is_clear = ClearReport { left: planned.left, unknown: planned.unknown, ..ClearReport::default() }.is_clear();
    Ok(if is_clear { Exit::Done } else { Exit::Left })
}
