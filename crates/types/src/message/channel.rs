//! ICS-04: the four messages of a channel's opening handshake, and the two that close a channel.

use proto::google::protobuf::Any;
use proto::ibc::core::channel::v1 as raw;

use super::{Proof, Signer};
use crate::channel::{ChannelEnd, ChannelState, Counterparty};
use crate::wire::pack;
use crate::{ChannelId, ConnectionId, Order, PortId};

/// Begins a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MsgChannelOpenInit {
    /// The application on the chain that the message is sent to.
    pub port: PortId,
    /// How packets shall be delivered.
    pub ordering: Order,
    /// The connection that packets shall travel on, by its name on this chain.
    pub connection: ConnectionId,
    /// The application on the other chain.
    pub counterparty_port: PortId,
    /// What the applications shall agree upon; the application may change it.
    pub version: String,
    /// Who signs.
    pub signer: Signer,
}

impl From<MsgChannelOpenInit> for Any {
    fn from(msg: MsgChannelOpenInit) -> Self {
        let channel = ChannelEnd {
            state: ChannelState::Init,
            ordering: msg.ordering,
            counterparty: Counterparty { port: msg.counterparty_port, channel: None },
            connection_hops: vec![msg.connection],
            version: msg.version,
            upgrade_sequence: 0,
        };
        pack(&raw::MsgChannelOpenInit {
            port_id: msg.port.into(),
            channel: Some(channel.into()),
            signer: msg.signer.into(),
        })
    }
}

/// Takes a channel up on the other chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MsgChannelOpenTry {
    /// The application on the chain that the message is sent to.
    pub port: PortId,
    /// How packets are delivered, as the end that began says.
    pub ordering: Order,
    /// The connection, by its name on this chain.
    pub connection: ConnectionId,
    /// The port of the end that began.
    pub counterparty_port: PortId,
    /// The channel of the end that began.
    pub counterparty_channel: ChannelId,
    /// What the application of the end that began offers.
    pub counterparty_version: String,
    /// Of the counterparty's channel end in state `Init`.
    pub proof: Proof,
    /// Who signs.
    pub signer: Signer,
}

impl From<MsgChannelOpenTry> for Any {
    fn from(msg: MsgChannelOpenTry) -> Self {
        let channel = ChannelEnd {
            state: ChannelState::TryOpen,
            ordering: msg.ordering,
            counterparty: Counterparty { port: msg.counterparty_port, channel: Some(msg.counterparty_channel) },
            connection_hops: vec![msg.connection],
            // Deprecated and ignored: the application chooses its own. ibc-go's own callers fill it in all the same.
            version: msg.counterparty_version.clone(),
            upgrade_sequence: 0,
        };
        #[expect(deprecated, reason = "the field of crossing hellos stays empty")]
        pack(&raw::MsgChannelOpenTry {
            port_id: msg.port.into(),
            previous_channel_id: String::new(),
            channel: Some(channel.into()),
            counterparty_version: msg.counterparty_version,
            proof_init: msg.proof.bytes,
            proof_height: Some(msg.proof.height.into()),
            signer: msg.signer.into(),
        })
    }
}

/// Opens the end that began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MsgChannelOpenAck {
    /// Port of the end that began.
    pub port: PortId,
    /// Channel of the end that began.
    pub channel: ChannelId,
    /// Channel of the end that took it up.
    pub counterparty_channel: ChannelId,
    /// The version that its application chose.
    pub counterparty_version: String,
    /// Of the counterparty's channel end in state `TryOpen`.
    pub proof: Proof,
    /// Who signs.
    pub signer: Signer,
}

impl From<MsgChannelOpenAck> for Any {
    fn from(msg: MsgChannelOpenAck) -> Self {
        pack(&raw::MsgChannelOpenAck {
            port_id: msg.port.into(),
            channel_id: msg.channel.into(),
            counterparty_channel_id: msg.counterparty_channel.into(),
            counterparty_version: msg.counterparty_version,
            proof_try: msg.proof.bytes,
            proof_height: Some(msg.proof.height.into()),
            signer: msg.signer.into(),
        })
    }
}

/// Opens the end that took the channel up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MsgChannelOpenConfirm {
    /// Port of the end that took it up.
    pub port: PortId,
    /// Channel of the end that took it up.
    pub channel: ChannelId,
    /// Of the counterparty's channel end in state `Open`.
    pub proof: Proof,
    /// Who signs.
    pub signer: Signer,
}

impl From<MsgChannelOpenConfirm> for Any {
    fn from(msg: MsgChannelOpenConfirm) -> Self {
        pack(&raw::MsgChannelOpenConfirm {
            port_id: msg.port.into(),
            channel_id: msg.channel.into(),
            proof_ack: msg.proof.bytes,
            proof_height: Some(msg.proof.height.into()),
            signer: msg.signer.into(),
        })
    }
}

/// Closes a channel end, where its application allows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MsgChannelCloseInit {
    /// Its port.
    pub port: PortId,
    /// The channel.
    pub channel: ChannelId,
    /// Who signs.
    pub signer: Signer,
}

impl From<MsgChannelCloseInit> for Any {
    fn from(msg: MsgChannelCloseInit) -> Self {
        pack(&raw::MsgChannelCloseInit {
            port_id: msg.port.into(),
            channel_id: msg.channel.into(),
            signer: msg.signer.into(),
        })
    }
}

/// Closes a channel end whose other end is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MsgChannelCloseConfirm {
    /// Its port.
    pub port: PortId,
    /// The channel.
    pub channel: ChannelId,
    /// Of the counterparty's channel end in state `Closed`.
    pub proof: Proof,
    /// As in [`super::MsgTimeoutOnClose`].
    pub counterparty_upgrade_sequence: u64,
    /// Who signs.
    pub signer: Signer,
}

impl From<MsgChannelCloseConfirm> for Any {
    fn from(msg: MsgChannelCloseConfirm) -> Self {
        pack(&raw::MsgChannelCloseConfirm {
            port_id: msg.port.into(),
            channel_id: msg.channel.into(),
            proof_init: msg.proof.bytes,
            proof_height: Some(msg.proof.height.into()),
            signer: msg.signer.into(),
            counterparty_upgrade_sequence: msg.counterparty_upgrade_sequence,
        })
    }
}
