//! `lightship light`: a light client for whoever has addresses of a chain's nodes. It needs no configuration and no key.

mod detect;
mod keep;
mod root;
mod sync;
mod verdict;
mod verify;

use std::collections::BTreeSet;

use chain::{Endpoint, EndpointOptions};

use crate::args::{LightCommand, LightNodes};
use crate::config::Address;
use crate::context::Context;
use crate::exit::{Failure, Outcome};

/// Runs a command of `light`.
///
/// # Errors
/// Where what was asked for is wrong, a node does not answer, or standard output can't be written.
pub(crate) async fn run(context: &Context, command: LightCommand) -> Outcome {
    match command {
        LightCommand::TrustRoot(args) => root::run(context, &args).await,
        LightCommand::Sync(args) => sync::run(context, &args).await,
        LightCommand::Verify(args) => verify::run(&args),
        LightCommand::Detect(args) => detect::run(context, &args).await,
    }
}

/// The primary, and the witnesses.
fn endpoints(nodes: &LightNodes) -> Result<(Endpoint, Vec<Endpoint>), Failure> {
    let mut named = BTreeSet::from([nodes.rpc.url()]);
    if !nodes.witnesses.iter().all(|address| named.insert(address.url())) {
        return Err(Failure::wrong("one address is named twice; a node is no witness of itself"));
    }
    let endpoint =
        |address: &Address| Endpoint::new(EndpointOptions::new(address.url().clone())).map_err(Failure::input);
    Ok((endpoint(&nodes.rpc)?, nodes.witnesses.iter().map(endpoint).collect::<Result<_, _>>()?))
}
