//! Single steps by hand, for the bad day: one step, if it fits where both ends are; else what would.

use std::time::Duration;

use chain::ChainError;
use engine::{Created, Message, RequestId};
use types::connection::ConnectionEnd;
use types::{BlockHeight, ChainId, ChannelEnd, ChannelId, ClientId, ConnectionId, Order, PortId};

use super::next::{At, Next, Phase, Step, next};
use super::{HandshakeError, Pair, agree, answering_channel, answering_connection, channel, connection};
use crate::chain::Chain;
use crate::clock::Clock;
use crate::control::{Committed, Handle};

/// A channel end by name.
pub type EndName = (PortId, ChannelId);

/// One step. `dst` is where it is submitted, `src` the other end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HandStep {
    /// ICS-03 `ConnOpenInit`.
    ConnInit {
        /// The client on the one.
        dst_client: ClientId,
        /// The client on the other.
        src_client: ClientId,
        /// How long a client update must rest before it may prove a packet.
        delay_period: Duration,
    },
    /// ICS-03 `ConnOpenTry`.
    ConnTry {
        /// The connection that the other end began.
        src: ConnectionId,
    },
    /// ICS-03 `ConnOpenAck`.
    ConnAck {
        /// The end that began.
        dst: ConnectionId,
        /// The end that answered, if it is not to be searched for.
        src: Option<ConnectionId>,
    },
    /// ICS-03 `ConnOpenConfirm`.
    ConnConfirm {
        /// The end that answered.
        dst: ConnectionId,
    },
    /// ICS-04 `ChanOpenInit`.
    ChanOpenInit {
        /// The connection.
        dst_connection: ConnectionId,
        /// The port of the one end.
        dst_port: PortId,
        /// The port of the other.
        src_port: PortId,
        /// How the channel delivers.
        order: Order,
        /// What the applications shall agree upon.
        version: String,
    },
    /// ICS-04 `ChanOpenTry`.
    ChanOpenTry {
        /// The end that began.
        src: EndName,
    },
    /// ICS-04 `ChanOpenAck`.
    ChanOpenAck {
        /// The end that began.
        dst: EndName,
        /// The end that answered, if it is not to be searched for.
        src: Option<EndName>,
    },
    /// ICS-04 `ChanOpenConfirm`.
    ChanOpenConfirm {
        /// The end that answered.
        dst: EndName,
    },
    /// ICS-04 `ChanCloseInit`.
    ChanCloseInit {
        /// The end to close.
        dst: EndName,
    },
    /// ICS-04 `ChanCloseConfirm`.
    ChanCloseConfirm {
        /// The end to close, whose other end is closed.
        dst: EndName,
    },
}

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

impl HandStep {
    /// The command that makes it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::ConnInit { .. } => "conn-init",
            Self::ConnTry { .. } => "conn-try",
            Self::ConnAck { .. } => "conn-ack",
            Self::ConnConfirm { .. } => "conn-confirm",
            Self::ChanOpenInit { .. } => "chan-open-init",
            Self::ChanOpenTry { .. } => "chan-open-try",
            Self::ChanOpenAck { .. } => "chan-open-ack",
            Self::ChanOpenConfirm { .. } => "chan-open-confirm",
            Self::ChanCloseInit { .. } => "chan-close-init",
            Self::ChanCloseConfirm { .. } => "chan-close-confirm",
        }
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
            HandStep::ChanCloseInit { dst } => {
                let end = channel_end(self.dst, dst).await?;
                if Phase::from(end.state) == Phase::Closed {
                    let found = format!("channel {} on {} is {}", text(dst), self.dst.id, end.state);
                    let fits = "if the other end is open, chan-close-confirm fits there".to_owned();
                    return Err(HandshakeError::Misfit { step: step.name(), found, fits });
                }
                Ok((channel::close_init(self.dst, dst), text(dst)))
            }
            HandStep::ChanCloseConfirm { dst } => self.chan_on(dst, None, Step::CloseConfirm).await,
        }
    }

    fn pair<'a>(&'a self, client: &'a ClientId, proving_client: &'a ClientId) -> Pair<'a> {
        Pair { host: self.dst, client, proving: self.src, proving_client }
    }

    async fn conn_try(&self, src: &ConnectionId) -> Result<(Vec<Message>, String), HandshakeError> {
        let began = connection_end(self.src, src).await?;
        let answer = match &began.counterparty.connection {
            Some(known) => Some((known.clone(), connection_end(self.dst, known).await?)),
            None => answering_connection(self.dst, &began.counterparty.client, src).await?,
        };
        let ends = Both {
            here: (format!("connection {src}"), began.state.into()),
            there: answer.map(|(id, end)| (format!("connection {id}"), end.state.into())),
        };
        self.fits(Step::Try, At::There, &ends, Step::of_connection)?;
        let pair = self.pair(&began.counterparty.client, &began.client);
        Ok((connection::attempt(pair, src).await?, String::new()))
    }

    /// `Ack` or `Confirm`, on an end that is there.
    async fn conn_on(
        &self,
        dst: &ConnectionId,
        src: Option<&ConnectionId>,
        step: Step,
    ) -> Result<(Vec<Message>, String), HandshakeError> {
        let here = connection_end(self.dst, dst).await?;
        let there = match src.or(here.counterparty.connection.as_ref()) {
            Some(id) => Some((id.clone(), connection_end(self.src, id).await?)),
            None => answering_connection(self.src, &here.counterparty.client, dst).await?,
        };
        let ends = Both {
            here: (format!("connection {dst}"), here.state.into()),
            there: there.as_ref().map(|(id, end)| (format!("connection {id}"), end.state.into())),
        };
        if let Some((id, end)) = &there {
            agree::connections([&here.client, &here.counterparty.client], (dst, &here), (id, end))
                .map_err(HandshakeError::Disagreement)?;
        }
        let there = self.fits(step, At::Here, &ends, Step::of_connection).and_then(|()| there.ok_or_else(no_end))?.0;
        let pair = self.pair(&here.client, &here.counterparty.client);
        let messages = match step {
            Step::Ack => connection::ack(pair, dst, &there).await?,
            Step::Confirm | Step::Try | Step::CloseConfirm => connection::confirm(pair, dst, &there).await?,
        };
        Ok((messages, dst.to_string()))
    }

    async fn chan_try(&self, src: &EndName) -> Result<(Vec<Message>, String), HandshakeError> {
        let began = channel_end(self.src, src).await?;
        let over = self.connections(self.src, &began).await?;
        let answer = match &began.counterparty.channel {
            Some(known) => {
                let name = (began.counterparty.port.clone(), known.clone());
                let end = channel_end(self.dst, &name).await?;
                Some((name, end))
            }
            None => answering_channel(self.dst, &over.other, &began.counterparty.port, src).await?,
        };
        let ends = Both {
            here: (format!("channel {}", text(src)), began.state.into()),
            there: answer.map(|(name, end)| (format!("channel {}", text(&name)), end.state.into())),
        };
        self.fits(Step::Try, At::There, &ends, Step::of_channel)?;
        let pair = self.pair(&over.end.counterparty.client, &over.end.client);
        Ok((channel::attempt(pair, &over.other, src).await?, began.counterparty.port.to_string()))
    }

    /// A step on a channel end that is there.
    async fn chan_on(
        &self,
        dst: &EndName,
        src: Option<&EndName>,
        step: Step,
    ) -> Result<(Vec<Message>, String), HandshakeError> {
        let here = channel_end(self.dst, dst).await?;
        let over = self.connections(self.dst, &here).await?;
        let named = here.counterparty.channel.clone().map(|id| (here.counterparty.port.clone(), id));
        let there = match src.cloned().or(named) {
            Some(name) => {
                let end = channel_end(self.src, &name).await?;
                Some((name, end))
            }
            None => answering_channel(self.src, &over.other, &here.counterparty.port, dst).await?,
        };
        let ends = Both {
            here: (format!("channel {}", text(dst)), here.state.into()),
            there: there.as_ref().map(|(name, end)| (format!("channel {}", text(name)), end.state.into())),
        };
        if let Some((name, end)) = &there {
            agree::channels([&over.id, &over.other], (dst, &here), (name, end))
                .map_err(HandshakeError::Disagreement)?;
        }
        let there = self.fits(step, At::Here, &ends, Step::of_channel).and_then(|()| there.ok_or_else(no_end))?.0;
        let pair = self.pair(&over.end.client, &over.end.counterparty.client);
        let messages = match step {
            Step::Ack => channel::ack(pair, dst, &there).await?,
            Step::CloseConfirm => channel::close_confirm(pair, dst, &there).await?,
            Step::Confirm | Step::Try => channel::confirm(pair, dst, &there).await?,
        };
        Ok((messages, text(dst)))
    }

    /// The connection that a channel end of `chain` is over, and its other end.
    async fn connections(&self, chain: &Chain, end: &ChannelEnd) -> Result<Over, HandshakeError> {
        let wrong = |reason: &str| HandshakeError::Disagreement(format!("the channel on {} {reason}", chain.id));
        let [id] = end.connection_hops.as_slice() else { return Err(wrong("is over several connections")) };
        let connection = connection_end(chain, id).await?;
        let Some(other) = connection.counterparty.connection.clone() else {
            return Err(wrong(&format!("is over {id}, which is {}; finish that handshake first", connection.state)));
        };
        Ok(Over { id: id.clone(), end: connection, other })
    }

    /// Is it this step that is next? `at` says on which of the two ends it would be.
    fn fits(&self, step: Step, at: At, ends: &Both, name: fn(Step) -> &'static str) -> Result<(), HandshakeError> {
        let chains = match at {
            At::Here => (&self.dst.id, &self.src.id),
            At::There => (&self.src.id, &self.dst.id),
        };
        let next = next(ends.here.1, ends.there.as_ref().map(|(_, phase)| *phase));
        if next == Next::Do(step, at) {
            return Ok(());
        }
        let fits = match next {
            Next::Do(step, At::Here) => format!("{} with --dst-chain {} fits", name(step), chains.0),
            Next::Do(step, At::There) => format!("{} with --dst-chain {} fits", name(step), chains.1),
            Next::Open => "both ends are open: no step is left".to_owned(),
            Next::Closed => "both ends are closed: no step is left".to_owned(),
            Next::Stuck(reason) => format!("no step leads on: {reason}"),
        };
        let here = format!("{} on {} is {}", ends.here.0, chains.0, ends.here.1);
        let there = match &ends.there {
            Some((there, phase)) => format!("{there} on {} is {phase}", chains.1),
            None => format!("{} has no end that answers it", chains.1),
        };
        Err(HandshakeError::Misfit { step: name(step), found: format!("{here}, {there}"), fits })
    }
}

/// Both ends in words, and where they are. `here` is the one that was named.
struct Both {
    here: (String, Phase),
    there: Option<(String, Phase)>,
}

/// The connection of a channel end.
struct Over {
    id: ConnectionId,
    end: ConnectionEnd,
    other: ConnectionId,
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
