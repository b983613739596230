//! `lightship monitor`: watches the clients of all chains until a signal ends it, or looks once.

use std::collections::{BTreeMap, BTreeSet};

use relayer::monitor::{self, ComparedEndpoint, Coverage, MonitorOptions, Outcome, Round, Unlisted};
use relayer::socket::ControlSocket;
use tracing::{info, warn};

use crate::args::MonitorArgs;
use crate::commands::start::{STOP_DEADLINE, serve_metrics};
use crate::connect::{Running, Watching, driver_ended, monitor_directory};
use crate::context::Context;
use crate::exit::{Exit, Failure};
use crate::output::{self, Output};
use crate::signals::Signals;

/// Watches until SIGINT or SIGTERM; with `--once` it ends when everything was looked at.
///
/// # Errors
/// What is wrong by itself: a chain that is not configured, a bad key, a store in use, an endpoint of another chain.
/// Never a chain that does not answer, or an empty wallet.
pub(crate) async fn run(context: &Context, args: MonitorArgs) -> Result<Exit, Failure> {
    let config = context.config()?;
    for chain in &args.chains {
        config.chain(chain)?;
    }
    let tracked = (!args.chains.is_empty()).then(|| args.chains.iter().cloned().collect());
    let options = MonitorOptions { tracked, submits: !args.no_submit };
    let mut signals = Signals::listen()?;
    if args.once {
        return once(context, &args, options, signals).await;
    }
    let mut running = Running::monitor(context, &args.passphrase, options, Watching::Always).await?;
    let _metrics = match config.metrics {
        Some(address) => Some(serve_metrics(address, &running).await?),
        None => None,
    };
    let socket = match ControlSocket::serve(&monitor_directory(config), running.handle.clone()) {
        Ok(socket) => Some(socket),
        Err(error) => {
            warn!(%error, "commands can't ask this process");
            None
        }
    };
    tokio::select! {
        ended = &mut running.driver => {
            return driver_ended(ended).map(|()| Exit::Done);
        }
        () = signals.next() => {}
    }
    drop(socket);
    info!("stopping: what is in flight is recorded");
    tokio::select! {
        closed = running.close_within(STOP_DEADLINE) => closed?,
        () = signals.next() => warn!("stopping at once; what is in flight is recorded"),
    }
    Ok(Exit::Done)
}

/// One look. Ends with 0 if nothing was found and everything could be checked.
async fn once(
    context: &Context,
    args: &MonitorArgs,
    options: MonitorOptions,
    mut signals: Signals,
) -> Result<Exit, Failure> {
    let running = Running::monitor(context, &args.passphrase, options.clone(), Watching::Once).await?;
    let round = tokio::select! {
        round = monitor::once(&running.handle, &options) => Some(round.map_err(Failure::internal)?),
        () = signals.next() => None,
    };
    running.close_within(STOP_DEADLINE).await?;
    let Some(round) = round else {
        warn!("stopped before everything was looked at; what was found goes on with the next run");
        return Ok(Exit::Left);
    };
    show(context.output, &round)?;
    Ok(if round.is_clean() { Exit::Done } else { Exit::Left })
}

fn show(output: Output, round: &Round) -> Result<(), Failure> {
    let headers = ["CHAIN", "CLIENT", "TRACKS", "STATUS", "CHECKED", "WITNESSES", "NOT CHECKED", "ATTACKS"];
    let mut words = vec![output::table(headers, round.clients.iter().map(cells))];
    words.extend(round.endpoints.iter().map(|ComparedEndpoint { chain, endpoint, standing, reason }| {
        let reason = reason.map(|reason| format!(": {reason}")).unwrap_or_default();
        format!("{endpoint} of {chain} {standing}{reason}")
    }));
    words.extend(round.unlisted.iter().map(|Unlisted { host, reason }| format!("{host}: {reason}")));
    output.one(round, &words.join("\n"))
}

fn cells(coverage: &Coverage) -> [String; 8] {
    let (mut checked, mut attacks) = (0, 0);
    let mut witnesses = BTreeSet::new();
    let mut left: BTreeMap<&str, u64> = BTreeMap::new();
    for span in &coverage.spans {
        match &span.outcome {
            Outcome::Checked { witnesses: some } => {
                checked += span.states;
                witnesses.insert(*some);
            }
            Outcome::Unchecked(reason) => *left.entry(reason.name()).or_default() += span.states,
            Outcome::Suspected => *left.entry("suspected").or_default() += span.states,
            Outcome::Attack => attacks += span.states,
        }
    }
    let mut left: Vec<String> = left.into_iter().map(|(reason, states)| format!("{states} {reason}")).collect();
    left.extend(coverage.obstacle.clone());
    let range = |set: &BTreeSet<usize>| match (set.first(), set.last()) {
        (Some(least), Some(most)) if least != most => format!("{least}-{most}"),
        (Some(one), _) => one.to_string(),
        (None, _) => "0".to_owned(),
    };
    [
        coverage.host.to_string(),
        coverage.client.to_string(),
        coverage.tracked.to_string(),
        coverage.status.map_or_else(|| "unknown".to_owned(), |status| status.to_string()),
        checked.to_string(),
        range(&witnesses),
        left.join(", "),
        attacks.to_string(),
    ]
}
