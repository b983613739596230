//! `lightship demo`: two chains in this process, and the relayer between them, as `create path`, `start` and
//! `tx transfer` run it; at the end one of the chains lies, and the relayer's watch answers. What is shown was read from
//! the chains' blocks, and is checked: a packet or a refund that is missing fails the demo, and so does a client that is
//! not frozen.

mod acts;
mod attack;
mod life;
mod report;
mod show;
mod stage;
mod watch;

use std::time::Duration;

use crate::args::DemoArgs;
use crate::commands::devnet;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::signals::Signals;
use acts::LastAct;
use report::Report;
use show::Show;
use stage::Stage;

/// Those that are always played.
const STEPS: usize = 5;
/// A minute is usual; a machine that is busy may take longer.
const RUN_DEADLINE: Duration = Duration::from_secs(150);

/// Plays from the first block to the summary.
///
/// # Errors
/// When a step goes wrong, which is named; or when all of it takes too long.
pub(crate) async fn run(context: &Context, args: DemoArgs) -> Outcome {
    let mut signals = Signals::listen()?;
    let act = if args.keep { LastAct::None } else { LastAct::Attack };
    let show = Show::start(STEPS + usize::from(act == LastAct::Attack));
    show.step("two chains in this process");
    let mut stage = Stage::set(context.output).await.map_err(|failure| show.failed(failure))?;
    let played = tokio::select! {
        played = tokio::time::timeout(RUN_DEADLINE, acts::play(&mut stage, &show, act)) => Some(played),
        () = signals.next() => None,
    };
    let played =
        played.map(|played| played.unwrap_or_else(|_| Err(late(&stage))).map_err(|failure| show.failed(failure)));
    // Whatever happened, nothing may be left behind.
    let ended = match played {
        Some(Ok(report)) => {
            show.end_before_answer();
            answer(context, &args, &mut stage, report, &mut signals).await
        }
        Some(Err(failure)) => Err(failure),
        None => {
            show.say("stopped before the end; nothing is left behind");
            Ok(())
        }
    };
    show.end();
    let struck = stage.strike().await;
    ended.and(struck)?;
    Ok(Exit::Done)
}

fn late(stage: &Stage) -> Failure {
    let under_way = stage.watch.under_way();
    let under_way = if under_way.is_empty() { "none".to_owned() } else { under_way.join("; ") };
    let after = RUN_DEADLINE.as_secs();
    Failure::wrong(format!("not at its end after {after} s, which is all it is given; packets under way: {under_way}"))
}

async fn answer(
    context: &Context,
    args: &DemoArgs,
    stage: &mut Stage,
    mut report: Report,
    signals: &mut Signals,
) -> Result<(), Failure> {
    if !args.keep {
        return context.output.one(&report, &report.words());
    }
    stage.close().await?;
    let config = stage.write_config()?;
    report.config = Some(config.file.clone());
    let words = format!("{}\n\n{}", report.words(), devnet::words(&stage.devnet, Some(&config)));
    context.output.one(&report, &words)?;
    signals.next().await;
    Ok(())
}
