//! Two drivers, the transcript, and the moves that several groups of steps share.

use anyhow::{Context, Result};
use lightship_tests::chain_under_test::Role;
use proto::google::protobuf::Any;
use proto::ibc::lightclients::tendermint::v1::Header as RawHeader;
use serde_json::Value;
use types::message::{MsgUpdateClient, Signer};
use types::wire::pack;

use super::driver::{Driver, Proven, Sent};
use super::normal;
use super::transcript::Transcript;

/// The client that each chain holds of the other, once [`super::clients`] has made them.
pub(crate) const CLIENT: &str = "07-tendermint-0";

/// Which of the two chains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    A,
    B,
}

/// A script under way.
pub(crate) struct Script<'a> {
    pub(crate) a: Driver<'a>,
    pub(crate) b: Driver<'a>,
    pub(crate) transcript: Transcript,
}

impl Side {
    pub(crate) fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

impl<'a> Script<'a> {
    pub(crate) fn on(&self, side: Side) -> &Driver<'a> {
        match side {
            Side::A => &self.a,
            Side::B => &self.b,
        }
    }

    /// The relayer's address, as a signer.
    pub(crate) fn signer(&self, side: Side) -> Signer {
        self.on(side).address(Role::Relayer).into()
    }

    /// A call and its answer.
    pub(crate) fn ask(&mut self, side: Side, step: &str, method: &str, params: &Value) -> Result<Value> {
        let answer = self.on(side).ask(method, params).with_context(|| step.to_owned())?;
        self.transcript.record(step, normal::json(&answer))?;
        Ok(answer)
    }

    /// A transaction of the relayer.
    pub(crate) fn send(&mut self, side: Side, step: &str, messages: Vec<Any>) -> Result<Sent> {
        let sent = self.on(side).send(Role::Relayer, messages).with_context(|| step.to_owned())?;
        self.transcript.record(step, sent.answer())?;
        Ok(sent)
    }

    /// One that must succeed; gives its height.
    pub(crate) fn must(&mut self, side: Side, step: &str, messages: Vec<Any>) -> Result<Sent> {
        let sent = self.send(side, step, messages)?;
        sent.ok().with_context(|| step.to_owned())?;
        Ok(sent)
    }

    /// One that must not.
    pub(crate) fn refused(&mut self, side: Side, step: &str, messages: Vec<Any>) -> Result<()> {
        self.send(side, step, messages)?.refused().with_context(|| step.to_owned())
    }

    /// The header of the other chain's `height`, from the newest that the client on `host` knows.
    pub(crate) fn header(&self, host: Side, client: &str, height: u64) -> Result<RawHeader> {
        let trusted = self.on(host).client_state(client)?.latest_height.revision_height;
        self.on(host.other()).header(trusted, height)
    }

    pub(crate) fn update_with(&self, host: Side, client: &str, header: &RawHeader) -> Result<Any> {
        let message =
            MsgUpdateClient { client: client.parse()?, client_message: pack(header), signer: self.signer(host) };
        Ok(message.into())
    }

    /// Proofs of keys of the other chain's newest state, and the update that lets the client on `host` verify them.
    pub(crate) fn prove(&self, host: Side, keys: &[Vec<u8>]) -> Result<(Any, Vec<Proven>)> {
        let counterparty = self.on(host.other());
        let head = counterparty.state_height()?;
        let proven = keys.iter().map(|key| counterparty.prove(key, head)).collect::<Result<_>>()?;
        counterparty.reach(head + 1)?;
        let header = self.header(host, CLIENT, head + 1)?;
        Ok((self.update_with(host, CLIENT, &header)?, proven))
    }

    pub(crate) fn prove_one(&self, host: Side, key: Vec<u8>) -> Result<(Any, Proven)> {
        let (update, mut proven) = self.prove(host, &[key])?;
        Ok((update, proven.pop().context("no proof")?))
    }
}
