//! `lightship start`: relays every configured path until a signal ends it.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use relayer::Chain;
use relayer::socket::ControlSocket;
use tracing::{info, warn};
use types::ChainId;

use crate::args::StartArgs;
use crate::config::ConfigError;
use crate::connect::{Running, control_directory, driver_ended};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};
use crate::signals::Signals;

/// How long work in flight may take to come to an end after a signal; what takes longer is found again by the next run.
pub(super) const STOP_DEADLINE: Duration = Duration::from_secs(10);

/// Relays until SIGINT or SIGTERM.
///
/// # Errors
/// What is wrong by itself: no path, a bad key, a store in use, an endpoint of another chain. Never a chain that does
/// not answer, or an empty wallet.
pub(crate) async fn run(context: &Context, args: StartArgs) -> Outcome {
    let config = context.config()?;
    if config.paths.is_empty() {
        return Err(ConfigError::NoPath { file: config.file.clone() }.into());
    }
    let mut signals = Signals::listen()?;
    let mut running = Running::relay(context, &args.passphrase).await?;
    let _metrics = match config.metrics {
        Some(address) => Some(serve_metrics(address, &running).await?),
        None => None,
    };
    for path in &config.paths {
        info!(path = %path.id, a = %path.a.chain, b = %path.b.chain, channels = path.channels.len(), "relaying");
    }
    let socket = match ControlSocket::serve(&control_directory(config), running.handle.clone()) {
        Ok(socket) => Some(socket),
        Err(error) => {
            warn!(%error, "commands can't ask this process; they can run with --standalone");
            None
        }
    };
    let wallets = tokio::spawn(report_wallets(running.chains.clone()));
    tokio::select! {
        ended = &mut running.driver => {
            return driver_ended(ended).map(|()| Exit::Done);
        }
        () = signals.next() => {}
    }
    wallets.abort();
    drop(socket);
    info!("stopping: new work is refused, work in flight is recorded");
    let chains = running.chains.clone();
    tokio::select! {
        closed = running.close() => closed?,
        () = tokio::time::sleep(STOP_DEADLINE) => {
            warn!("work in flight takes long; it is recorded and goes on with the next start");
        }
        () = signals.next() => warn!("stopping at once; what is in flight is recorded"),
    }
    for chain in chains.values() {
        info!(chain = %chain.id, rpc_calls = chain.calls(), "stopped");
    }
    Ok(Exit::Done)
}

/// Metrics and health, as long as what is returned lives.
pub(super) async fn serve_metrics(address: SocketAddr, running: &Running) -> Result<relayer::MetricsServer, Failure> {
    let server = relayer::serve_metrics(address, &running.handle).await.map_err(Failure::input)?;
    info!(address = %server.address(), "metrics are served");
    Ok(server)
}

/// Says of each wallet what it holds; an empty one is no reason not to start, since it may be filled later.
async fn report_wallets(chains: BTreeMap<ChainId, Arc<Chain>>) {
    for chain in chains.values() {
        let denom = chain.config().gas_price.denom().to_owned();
        let address = chain.lane().address;
        match chain.query().balance(&address, &denom).await {
            Ok(coin) if coin.amount == 0 => {
                warn!(chain = %chain.id, address, denom, "the wallet is empty: nothing can be submitted there until it is funded");
            }
            Ok(coin) => info!(chain = %chain.id, address, balance = %coin, "wallet"),
            Err(error) => warn!(chain = %chain.id, %error, "the wallet's balance can't be read now"),
        }
    }
}
