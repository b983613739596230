//! ICS-04: the four steps of a channel. The state of both ends says which is next.

use engine::{Created, Message};
use types::channel::ChannelState;
use types::message::{MsgChannelOpenAck, MsgChannelOpenConfirm, MsgChannelOpenInit, MsgChannelOpenTry, Proof};
use types::{ChannelEnd, ChannelId, ClientId, PortId, host};

use super::connection::known_id;
use super::draft::{Draft, Side};
use super::{PathError, PathRequest, Procedure};
use crate::chain::Chain;
use crate::message;
use crate::proofs::ProofBase;

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
        let init = MsgChannelOpenInit {
            port: self.request.a.port.clone(),
            ordering: self.request.order,
            connection: known_id(draft.a.connection.clone(), self.a, "connection")?,
            counterparty_port: self.request.b.port.clone(),
            version: self.request.version.clone(),
            signer: self.a.signer(),
        };
        let (_, created) = self.procedure.step(draft, self.a, STEP, vec![message(init)]).await?;
        self.created(draft, Side::A, STEP, created).await
    }

    async fn try_(&self, draft: &mut Draft) -> Result<(), PathError> {
        const STEP: &str = "channel-open-try";
        if draft.b.channel.is_some() {
            return Ok(());
        }
        let client = known_id(draft.b.client.clone(), self.b, "client")?;
        let a_channel = known_id(draft.a.channel.clone(), self.a, "channel")?;
        let (mut messages, proof) = prove(self.b, &client, self.a, &self.request.a.port, &a_channel).await?;
        let a_end = end(self.a, &self.request.a.port, &a_channel).await?;
        messages.push(message(MsgChannelOpenTry {
            port: self.request.b.port.clone(),
            ordering: self.request.order,
            connection: known_id(draft.b.connection.clone(), self.b, "connection")?,
            counterparty_port: self.request.a.port.clone(),
            counterparty_channel: a_channel,
            counterparty_version: a_end.version,
            proof,
            signer: self.b.signer(),
        }));
        let (_, created) = self.procedure.step(draft, self.b, STEP, messages).await?;
        self.created(draft, Side::B, STEP, created).await
    }

    async fn ack(&self, draft: &Draft) -> Result<(), PathError> {
        const STEP: &str = "channel-open-ack";
        let (a_port, b_port) = (&self.request.a.port, &self.request.b.port);
        let (a_channel, b_channel) = self.channels(draft)?;
        if is_open(self.a, a_port, &a_channel).await? {
            return Ok(());
        }
        let client = known_id(draft.a.client.clone(), self.a, "client")?;
        let (mut messages, proof) = prove(self.a, &client, self.b, b_port, &b_channel).await?;
        let b_end = end(self.b, b_port, &b_channel).await?;
        messages.push(message(MsgChannelOpenAck {
            port: a_port.clone(),
            channel: a_channel.clone(),
            counterparty_channel: b_channel,
            counterparty_version: b_end.version,
            proof,
            signer: self.a.signer(),
        }));
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
        let client = known_id(draft.b.client.clone(), self.b, "client")?;
        let (mut messages, proof) = prove(self.b, &client, self.a, a_port, &a_channel).await?;
        messages.push(message(MsgChannelOpenConfirm {
            port: b_port.clone(),
            channel: b_channel.clone(),
            proof,
            signer: self.b.signer(),
        }));
        self.procedure.step(draft, self.b, STEP, messages).await?;
        self.procedure.done(draft, STEP, &format!("channel {b_port}/{b_channel} on {} is open", self.b.id)).await
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

/// The updates, and the proof of a channel end of `proving`, for `host_chain`'s client.
async fn prove(
    host_chain: &Chain,
    client: &ClientId,
    proving: &Chain,
    port: &PortId,
    channel: &ChannelId,
) -> Result<(Vec<Message>, Proof), PathError> {
    let fact_height = proving.fresh_head().await?.height;
    let base = ProofBase::find(host_chain, client, proving, fact_height).await?;
    let [bytes] = base.prove_all(proving, [host::channel_end_key(port, channel)]).await?;
    Ok((base.updates, Proof { bytes, height: base.height }))
}

async fn end(chain: &Chain, port: &PortId, channel: &ChannelId) -> Result<ChannelEnd, PathError> {
    Ok(chain.query().channel(port, channel).await?)
}

async fn is_open(chain: &Chain, port: &PortId, channel: &ChannelId) -> Result<bool, PathError> {
    match end(chain, port, channel).await?.state {
        ChannelState::Open | ChannelState::Flushing | ChannelState::FlushComplete => Ok(true),
        ChannelState::Init | ChannelState::TryOpen => Ok(false),
        ChannelState::Closed => Err(PathError::WrongState {
            chain: chain.id.clone(),
            what: format!("channel {port}/{channel}"),
            state: "closed".to_owned(),
        }),
    }
}
