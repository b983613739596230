//! Single steps by hand, for the bad day: one step, if it fits where both ends are; else what would.

mod fits;
mod on_channel;
mod on_connection;
mod step;

use chain::ChainError;
use engine::{Created, Message, RequestId};
use types::connection::ConnectionEnd;
use types::{BlockHeight, ChainId, ChannelEnd, ChannelId, ClientId, ConnectionId, PortId};

use super::next::Step;
use super::{HandshakeError, Pair, channel, connection};
use crate::chain::Chain;
use crate::clock::Clock;
use crate::control::{Committed, Handle};

pub use step::HandStep;

/// A channel end by name.
pub type EndName = (PortId, ChannelId);

/// What a step did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// The step.
    pub step: &'static str,
    /// The chain that took it.
    pub chain: ChainId,
    /// The block that holds it.
    pub height: BlockHeight,
    /// The end that it was about, such as `connection-0` or `transfer/channel-0`; as the chain named it, if it is new.
    pub end: String,
}

/// Makes one step on `dst`.
///
/// # Errors
/// [`HandshakeError::Misfit`] where another step fits, or none; see [`HandshakeError`] for the others.
pub async fn take(
    step: &HandStep,
    dst: &Chain,
    src: &Chain,
    handle: &Handle,
    clock: &Clock,
) -> Result<Taken, HandshakeError> {
    let name = step.name();
    let chains = Chains { dst, src };
    let (messages, end) = chains.messages(step).await?;
    let id = RequestId(format!("tx/{}/{name}/{}", dst.id, clock.now().0));
    let Committed { height, created } = handle.commit(id, dst.lane(), name, messages).await?;
    let end = created.into_iter().find_map(|created| made(created, step, &end)).unwrap_or(end);
    Ok(Taken { step: name, chain: dst.id.clone(), height, end })
}

/// The end that the step made, with the identifier that the chain gave out.
fn made(created: Created, step: &HandStep, port: &str) -> Option<String> {
    match (created, step) {
        (Created::Connection(id), HandStep::ConnInit { .. } | HandStep::ConnTry { .. }) => Some(id.to_string()),
        (Created::Channel(id), HandStep::ChanOpenInit { .. } | HandStep::ChanOpenTry { .. }) => {
            Some(format!("{port}/{id}"))
        }
        _ => None,
    }
}

struct Chains<'a> {
    dst: &'a Chain,
    src: &'a Chain,
}

impl Chains<'_> {
    /// The step's messages, and the end that they are about.
    async fn messages(&self, step: &HandStep) -> Result<(Vec<Message>, String), HandshakeError> {
        match step {
            HandStep::ConnInit { dst_client, src_client, delay_period } => {
                let pair = self.pair(dst_client, src_client);
                Ok((connection::init(pair, *delay_period).await?, String::new()))
            }
            HandStep::ConnTry { src } => self.conn_try(src).await,
            HandStep::ConnAck { dst, src } => self.conn_on(dst, src.as_ref(), Step::Ack).await,
            HandStep::ConnConfirm { dst } => self.conn_on(dst, None, Step::Confirm).await,
            HandStep::ChanOpenInit { dst_connection, dst_port, src_port, order, version } => {
                let messages = channel::init(self.dst, dst_connection, dst_port, src_port, *order, version);
                Ok((messages, dst_port.to_string()))
            }
            HandStep::ChanOpenTry { src } => self.chan_try(src).await,
            HandStep::ChanOpenAck { dst, src } => self.chan_on(dst, src.as_ref(), Step::Ack).await,
            HandStep::ChanOpenConfirm { dst } => self.chan_on(dst, None, Step::Confirm).await,
            HandStep::ChanCloseInit { dst } => self.chan_close_init(dst).await,
            HandStep::ChanCloseConfirm { dst } => self.chan_on(dst, None, Step::CloseConfirm).await,
        }
    }

    fn pair<'a>(&'a self, client: &'a ClientId, proving_client: &'a ClientId) -> Pair<'a> {
        Pair { host: self.dst, client, proving: self.src, proving_client }
    }
}

async fn connection_end(chain: &Chain, id: &ConnectionId) -> Result<ConnectionEnd, HandshakeError> {
    chain.query().connection(id).await.map_err(|error| absent(error, chain, &format!("connection {id}")))
}

async fn channel_end(chain: &Chain, name: &EndName) -> Result<ChannelEnd, HandshakeError> {
    let end = chain.query().channel(&name.0, &name.1).await;
    end.map_err(|error| absent(error, chain, &format!("channel {}", text(name))))
}

fn absent(error: ChainError, chain: &Chain, what: &str) -> HandshakeError {
    if error.is_not_found() {
        return HandshakeError::Disagreement(format!("there is no {what} on {}", chain.id));
    }
    error.into()
}

fn no_end() -> HandshakeError {
    HandshakeError::Disagreement("the other end is not there".to_owned())
}

fn text((port, channel): &EndName) -> String {
    format!("{port}/{channel}")
}
