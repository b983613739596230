//! `lightship monitor`: watches the clients of all chains until a signal ends it, or looks once.

use relayer::monitor::MonitorOptions;
use relayer::socket::ControlSocket;
use tracing::{info, warn};

use crate::args::MonitorArgs;
use crate::commands::start::{STOP_DEADLINE, serve_metrics};
use crate::connect::{Running, Watching, monitor_directory};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::signals::Signals;

/// Watches until SIGINT or SIGTERM; with `--once` it ends when everything was looked at.
///
/// # Errors
/// What is wrong by itself: a chain that is not configured, a bad key, a store in use, an endpoint of another chain.
/// Never a chain that does not answer, or an empty wallet.
pub(crate) async fn run(context: &Context, args: MonitorArgs) -> Outcome {
    let config = context.config()?;
    for chain in &args.chains {
        config.chain(chain)?;
    }
    let tracked = (!args.chains.is_empty()).then(|| args.chains.iter().cloned().collect());
    let options = MonitorOptions { tracked, submits: !args.no_submit };
    let mut signals = Signals::listen()?;
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
    info!(chains = config.chains.len(), submits = !args.no_submit, "watching the clients of all chains");
    tokio::select! {
        ended = &mut running.driver => {
            return match ended {
                Ok(Ok(())) => Ok(Exit::Done),
                Ok(Err(error)) => Err(Failure::internal(error)),
                Err(error) => Err(Failure::internal(error)),
            };
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
