//! `lightship tx conn-init` and its like: one step of a handshake, if it fits where both ends are.

use std::time::Duration;

use relayer::Chain;
use relayer::handshake::by_hand::{HandStep, Taken, take};
use serde_json::json;
use types::{ClientId, ConnectionId, PortId};

use crate::args::{ChanArgs, ChanTryArgs, ConnArgs, ConnTryArgs, HandshakeStep, StepChains};
use crate::commands::query::missing_client;
use crate::connect::{Memory, Running};
use crate::context::Context;
use crate::exit::{Exit, Failure, Outcome};

/// Makes the step.
///
/// # Errors
/// When a chain can't be reached or refuses it, or another step fits where both ends are.
pub(crate) async fn run(context: &Context, command: HandshakeStep) -> Outcome {
    let (chains, step, named) = asked(command);
    if chains.dst_chain == chains.src_chain {
        return Err(Failure::wrong(format!("{} can't be both ends; name two chains", chains.dst_chain)));
    }
    let wanted = [(&chains.dst_chain, None), (&chains.src_chain, None)];
    let running = Running::procedure(context, &chains.passphrase, &wanted, Memory::Forgetful).await?;
    let taken = one(&running, &chains, &step, &named).await;
    running.close().await?;
    let taken = taken?;
    let value = json!({ "step": taken.step, "chain": taken.chain, "height": taken.height, "end": taken.end });
    context.output.one(&value, &words(&taken))?;
    Ok(Exit::Done)
}

fn words(taken: &Taken) -> String {
    let about = if taken.end.is_empty() { String::new() } else { format!(" {}", taken.end) };
    format!("{}{about} is done in block {} of {}", taken.step, taken.height, taken.chain)
}

async fn one(running: &Running, chains: &StepChains, step: &HandStep, named: &Named) -> Result<Taken, Failure> {
    let chain = |id| running.chains.get(id).ok_or_else(|| Failure::wrong(format!("chain {id} is not connected")));
    let (dst, src) = (chain(&chains.dst_chain)?, chain(&chains.src_chain)?);
    named.check(step, dst, src).await?;
    take(step, dst, src, &running.handle, &running.clock).await.map_err(Failure::input)
}

/// What was named although the chains tell it: it must be what they tell.
#[derive(Default)]
struct Named {
    dst_client: Option<ClientId>,
    src_client: Option<ClientId>,
    dst_connection: Option<ConnectionId>,
    dst_port: Option<PortId>,
}

impl Named {
    async fn check(&self, step: &HandStep, dst: &Chain, src: &Chain) -> Result<(), Failure> {
        match step {
            HandStep::ConnInit { dst_client, src_client, .. } => {
                tracks(dst, dst_client, src).await?;
                tracks(src, src_client, dst).await
            }
            HandStep::ChanOpenInit { .. } => Ok(()),
            HandStep::ConnTry { src: id } => self.check_clients(src, id, dst).await,
            HandStep::ConnAck { dst: id, .. } | HandStep::ConnConfirm { dst: id } => {
                self.check_clients(dst, id, dst).await
            }
            HandStep::ChanOpenTry { src: (port, channel) } => {
                let end = src.query().channel(port, channel).await?;
                same("the port that the channel names", Some(&end.counterparty.port), self.dst_port.as_ref())?;
                let Some(hop) = end.connection_hops.first() else { return Ok(()) };
                let other = src.query().connection(hop).await?.counterparty.connection;
                same("the channel's connection", other.as_ref(), self.dst_connection.as_ref())
            }
            HandStep::ChanOpenAck { dst: (port, channel), .. }
            | HandStep::ChanOpenConfirm { dst: (port, channel) }
            | HandStep::ChanCloseInit { dst: (port, channel) }
            | HandStep::ChanCloseConfirm { dst: (port, channel) } => {
                if self.dst_connection.is_none() {
                    return Ok(());
                }
                let end = dst.query().channel(port, channel).await?;
                same("the channel's connection", end.connection_hops.first(), self.dst_connection.as_ref())
            }
        }
    }

    async fn check_clients(&self, chain: &Chain, id: &ConnectionId, dst: &Chain) -> Result<(), Failure> {
        if self.dst_client.is_none() && self.src_client.is_none() {
            return Ok(());
        }
        let end = chain.query().connection(id).await?;
        let (here, there) = (&end.client, &end.counterparty.client);
        let (on_dst, on_src) = if chain.id == dst.id { (here, there) } else { (there, here) };
        same("the connection's client on the destination", Some(on_dst), self.dst_client.as_ref())?;
        same("the connection's client on the source", Some(on_src), self.src_client.as_ref())
    }
}

/// A connection that names a client of another chain, or none, could never be answered, and the chain does not look.
async fn tracks(host: &Chain, client: &ClientId, tracked: &Chain) -> Result<(), Failure> {
    let state = host.query().client_state(client).await;
    let state = state.map_err(|error| missing_client(error, &host.id, client))?;
    if state.chain_id == tracked.id {
        return Ok(());
    }
    let (host, actual, wanted) = (&host.id, &state.chain_id, &tracked.id);
    Err(Failure::wrong(format!(
        "client {client} of {host} tracks {actual}, not {wanted}; name one that tracks {wanted}"
    )))
}

/// What was named must be what the chain tells, where both are known.
fn same<T: PartialEq + std::fmt::Display>(what: &str, told: Option<&T>, named: Option<&T>) -> Result<(), Failure> {
    match (told, named) {
        (Some(told), Some(named)) if told != named => {
            Err(Failure::wrong(format!("{what} is {told}, not {named}; leave the flag away to take it")))
        }
        (Some(_) | None, Some(_) | None) => Ok(()),
    }
}

fn asked(command: HandshakeStep) -> (StepChains, HandStep, Named) {
    match command {
        HandshakeStep::ConnInit(args) => {
            let (dst_client, src_client) = (args.dst_client, args.src_client);
            let delay_period = Duration::from_secs(args.delay_period);
            (args.chains, HandStep::ConnInit { dst_client, src_client, delay_period }, Named::default())
        }
        HandshakeStep::ConnTry(ConnTryArgs { chains, dst_client, src_client, src_connection }) => {
            (chains, HandStep::ConnTry { src: src_connection }, Named { dst_client, src_client, ..Named::default() })
        }
        HandshakeStep::ConnAck(args) => connection(args, |dst, src| HandStep::ConnAck { dst, src }),
        HandshakeStep::ConnConfirm(args) => connection(args, |dst, _| HandStep::ConnConfirm { dst }),
        HandshakeStep::ChanOpenInit(args) => {
            let (dst_connection, dst_port, src_port) = (args.dst_connection, args.dst_port, args.src_port);
            let (order, version) = (args.order, args.version);
            let step = HandStep::ChanOpenInit { dst_connection, dst_port, src_port, order, version };
            (args.chains, step, Named::default())
        }
        HandshakeStep::ChanOpenTry(ChanTryArgs { chains, dst_connection, dst_port, src_port, src_channel }) => {
            let step = HandStep::ChanOpenTry { src: (src_port, src_channel) };
            (chains, step, Named { dst_connection, dst_port, ..Named::default() })
        }
        HandshakeStep::ChanOpenAck(args) => {
            let src_port = args.src_port.clone().unwrap_or_else(|| args.dst_port.clone());
            let src = args.src_channel.clone().map(|channel| (src_port, channel));
            channel(args, |dst| HandStep::ChanOpenAck { dst, src })
        }
        HandshakeStep::ChanOpenConfirm(args) => channel(args, |dst| HandStep::ChanOpenConfirm { dst }),
        HandshakeStep::ChanCloseInit(args) => channel(args, |dst| HandStep::ChanCloseInit { dst }),
        HandshakeStep::ChanCloseConfirm(args) => channel(args, |dst| HandStep::ChanCloseConfirm { dst }),
    }
}

fn connection(
    args: ConnArgs,
    step: impl FnOnce(ConnectionId, Option<ConnectionId>) -> HandStep,
) -> (StepChains, HandStep, Named) {
    let ConnArgs { chains, dst_client, src_client, dst_connection, src_connection } = args;
    (chains, step(dst_connection, src_connection), Named { dst_client, src_client, ..Named::default() })
}

fn channel(
    args: ChanArgs,
    step: impl FnOnce(relayer::handshake::by_hand::EndName) -> HandStep,
) -> (StepChains, HandStep, Named) {
    let named = Named { dst_connection: args.dst_connection, ..Named::default() };
    (args.chains, step((args.dst_port, args.dst_channel)), named)
}
