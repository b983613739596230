//! `lightship query`: what stands on a chain. The answers are a node's word; nothing here is proven.

mod channels;
mod clients;
mod connections;
mod packets;

use chain::{ChainError, Endpoint, EndpointOptions, Pool};
use types::ChainId;

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
        QueryCommand::Packets(args) => packets::run(context, &connect(context, &args.chain).await?, &args).await?,
    }
    Ok(Exit::Done)
}

/// The nodes of a chain, of which at least one answers.
pub(super) async fn connect(context: &Context, chain: &ChainId) -> Result<Pool, Failure> {
    let config = context.config()?.chain(chain)?;
    Ok(Pool::connect(chain, endpoints(config)?).await?)
}

fn endpoints(config: &ChainConfig) -> Result<Vec<Endpoint>, ChainError> {
    let endpoint = |(index, rpc): (usize, &crate::config::Address)| {
        let mut options = EndpointOptions::new(rpc.url().clone());
        options.in_flight_max = config.requests_in_flight_max;
        options.deadline = config.request_deadline;
        // A gRPC address is the primary's; behind it a fallback would answer for the node that failed.
        options.grpc = config.grpc.as_ref().filter(|_| index == 0).map(|address| address.url().clone());
        Endpoint::new(options)
    };
    config.rpc.iter().enumerate().map(endpoint).collect()
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
