//! ICS-04: the four steps of a channel. The state of both ends says which is next.

use engine::Created;
use types::channel::ChannelState;
use types::{ChannelId, ClientId, PortId};

use super::connection::known_id;
use super::draft::{Draft, Side};
use super::{PathError, PathRequest, Procedure};
use crate::chain::Chain;
use crate::handshake::{Pair, answering_channel, channel as messages};

/// Makes sure that both ends of the draft have one open channel.
pub(super) async fn ensure(
    procedure: &Procedure<'_>,
    draft: &mut Draft,
    a: &Chain,
    b: &Chain,
    request: &PathRequest,
) -> Result<(), PathError> {
    if draft.is_channel_open {
        return Ok(());
    }
    let steps = Steps { procedure, a, b, request };
    steps.init(draft).await?;
    steps.try_(draft).await?;
    steps.ack(draft).await?;
    steps.confirm(draft).await?;
    draft.is_channel_open = true;
    draft.save(procedure.store).await?;
    Ok(())
}

struct Steps<'a> {
    procedure: &'a Procedure<'a>,
    a: &'a Chain,
    b: &'a Chain,
    request: &'a PathRequest,
}

impl Steps<'_> {
    async fn init(&self, draft: &mut Draft) -> Result<(), PathError> {
        const STEP: &str = "channel-open-init";
        if draft.a.channel.is_some() {
            return Ok(());
        }
        let connection = known_id(draft.a.connection.clone(), self.a, "connection")?;
        let PathRequest { a, b, order, version, .. } = self.request;
        let messages = messages::init(self.a, &connection, &a.port, &b.port, *order, version);
        let created = self.procedure.step(draft, self.a, STEP, messages).await?.created;
        self.created(draft, Side::A, STEP, created).await
    }

    async fn try_(&self, draft: &mut Draft) -> Result<(), PathError> {
        const STEP: &str = "channel-open-try";
        if draft.b.channel.is_some() {
            return Ok(());
        }
        let (a_client, b_client) = self.clients(draft)?;
        let connection = known_id(draft.b.connection.clone(), self.b, "connection")?;
        let began = (self.request.a.port.clone(), known_id(draft.a.channel.clone(), self.a, "channel")?);
        // Whoever completes others' handshakes may have been faster.
        let created = match answering_channel(self.b, &connection, &self.request.b.port, &began).await? {
            Some(((_, channel), _)) => vec![Created::Channel(channel)],
            None => {
                let pair = self.on_b(&a_client, &b_client);
                let messages = messages::attempt(pair, &connection, &began).await?;
                self.procedure.step(draft, self.b, STEP, messages).await?.created
            }
        };
        self.created(draft, Side::B, STEP, created).await
    }

    async fn ack(&self, draft: &Draft) -> Result<(), PathError> {
        const STEP: &str = "channel-open-ack";
        let (a_port, b_port) = (&self.request.a.port, &self.request.b.port);
        let (a_channel, b_channel) = self.channels(draft)?;
        if is_open(self.a, a_port, &a_channel).await? {
            return Ok(());
        }
        let (a_client, b_client) = self.clients(draft)?;
        let (ours, theirs) = ((a_port.clone(), a_channel.clone()), (b_port.clone(), b_channel));
        let messages = messages::ack(self.on_a(&a_client, &b_client), &ours, &theirs).await?;
        self.procedure.step(draft, self.a, STEP, messages).await?;
        self.procedure.done(draft, STEP, &format!("channel {a_port}/{a_channel} on {} is open", self.a.id)).await
    }

    async fn confirm(&self, draft: &Draft) -> Result<(), PathError> {
        const STEP: &str = "channel-open-confirm";
        let (a_port, b_port) = (&self.request.a.port, &self.request.b.port);
        let (a_channel, b_channel) = self.channels(draft)?;
        if is_open(self.b, b_port, &b_channel).await? {
            return Ok(());
        }
        let (a_client, b_client) = self.clients(draft)?;
        let (ours, theirs) = ((b_port.clone(), b_channel.clone()), (a_port.clone(), a_channel));
        let messages = messages::confirm(self.on_b(&a_client, &b_client), &ours, &theirs).await?;
        self.procedure.step(draft, self.b, STEP, messages).await?;
        self.procedure.done(draft, STEP, &format!("channel {b_port}/{b_channel} on {} is open", self.b.id)).await
    }

    fn clients(&self, draft: &Draft) -> Result<(ClientId, ClientId), PathError> {
        let a = known_id(draft.a.client.clone(), self.a, "client")?;
        Ok((a, known_id(draft.b.client.clone(), self.b, "client")?))
    }

    fn on_a<'b>(&'b self, a_client: &'b ClientId, b_client: &'b ClientId) -> Pair<'b> {
        Pair { host: self.a, client: a_client, proving: self.b, proving_client: b_client }
    }

    fn on_b<'b>(&'b self, a_client: &'b ClientId, b_client: &'b ClientId) -> Pair<'b> {
        Pair { host: self.b, client: b_client, proving: self.a, proving_client: a_client }
    }

    fn channels(&self, draft: &Draft) -> Result<(ChannelId, ChannelId), PathError> {
        let a = known_id(draft.a.channel.clone(), self.a, "channel")?;
        Ok((a, known_id(draft.b.channel.clone(), self.b, "channel")?))
    }

    async fn created(
        &self,
        draft: &mut Draft,
        side: Side,
        step: &'static str,
        created: Vec<Created>,
    ) -> Result<(), PathError> {
        let chain = match side {
            Side::A => self.a,
            Side::B => self.b,
        };
        let channel = created.into_iter().find_map(|created| match created {
            Created::Channel(channel) => Some(channel),
            Created::Client(_) | Created::Connection(_) | Created::Packet(_) => None,
        });
        let missing = || PathError::NothingCreated { chain: chain.id.clone(), step, what: "channel" };
        let channel = channel.ok_or_else(missing)?;
        let line = format!("channel {channel} on {}", chain.id);
        draft.end(side).channel = Some(channel);
        self.procedure.done(draft, step, &line).await
    }
}

async fn is_open(chain: &Chain, port: &PortId, channel: &ChannelId) -> Result<bool, PathError> {
    match chain.query().channel(port, channel).await?.state {
        ChannelState::Open | ChannelState::Flushing | ChannelState::FlushComplete => Ok(true),
        ChannelState::Init | ChannelState::TryOpen => Ok(false),
        ChannelState::Closed => Err(PathError::WrongState {
            chain: chain.id.clone(),
            what: format!("channel {port}/{channel}"),
            state: "closed".to_owned(),
        }),
    }
}
