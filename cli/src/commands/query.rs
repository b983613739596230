//! `lightship query`: what stands on a chain. The answers are a node's word; nothing here is proven. What the watch over
//! light clients has checked is told by the process that watches.

mod channels;
mod clients;
mod connections;
mod coverage;
mod packets;

use chain::{ChainError, Endpoint, Pool};
use relayer::Nodes;
use types::{ChainId, ChannelId, ClientId, PortId};

use crate::args::QueryCommand;
use crate::config::ChainConfig;
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};

/// Asks a chain.
///
/// # Errors
/// Where the chain is not configured, serves another id, or none of its nodes answers.
pub(crate) async fn run(context: &Context, command: QueryCommand) -> Outcome {
    match command {
        QueryCommand::Clients(args) => clients::run(context, &connect(context, &args.chain).await?).await?,
        QueryCommand::Connections(args) => connections::run(context, &connect(context, &args.chain).await?).await?,
        QueryCommand::Channels(args) => channels::run(context, &connect(context, &args.chain).await?).await?,
        QueryCommand::Coverage(args) => coverage::run(context, &args).await?,
        QueryCommand::Packets(args) => packets::run(context, &args).await?,
    }
    Ok(Exit::Done)
}

/// The nodes of a chain, of which at least one answers.
pub(crate) async fn connect(context: &Context, chain: &ChainId) -> Result<Pool, Failure> {
    let config = context.config()?.chain(chain)?;
    Ok(Pool::connect(chain, endpoints(config)?).await?)
}

/// The nodes of a chain; nothing is sent yet.
pub(super) fn endpoints(config: &ChainConfig) -> Result<Vec<Endpoint>, ChainError> {
    let nodes = Nodes {
        rpc: config.rpc.iter().map(|address| address.url().clone()).collect(),
        // A question waits for no block.
        websocket: chain::Websocket::Off,
        grpc: config.grpc.as_ref().map(|address| address.url().clone()),
        in_flight_max: config.requests_in_flight_max,
        deadline: config.request_deadline,
    };
    nodes.endpoints()
}

/// Why a channel could not be asked for: mostly it is not there.
pub(super) fn missing_channel(error: ChainError, chain: &ChainId, port: &PortId, channel: &ChannelId) -> Failure {
    if !error.is_not_found() {
        return error.into();
    }
    Failure::wrong(format!(
        "channel {port}/{channel} of {chain} is not there; lightship query channels --chain {chain} lists them"
    ))
}

/// Why a client could not be asked for: mostly it is not there.
pub(super) fn missing_client(error: ChainError, host: &ChainId, client: &ClientId) -> Failure {
    if !error.is_not_found() {
        return error.into();
    }
    Failure::wrong(format!("client {client} of {host} is not there; lightship query clients --chain {host} lists them"))
}

impl From<ChainError> for Failure {
    fn from(error: ChainError) -> Self {
        use chain::Failure as Cause;
        match error.failure {
            Cause::Unreachable(_) | Cause::Deadline(_) | Cause::Http(_) | Cause::Malformed(_) => {
                Self::wrong(format!("{error}; check rpc of this chain in the configuration, and that the node runs"))
            }
            // The others say the mend themselves, or are the chain's own answer.
            _ => Self::input(error),
        }
    }
}
