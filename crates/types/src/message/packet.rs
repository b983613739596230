//! ICS-04: the messages that bring a packet further.

use proto::google::protobuf::Any;
use proto::ibc::core::channel::v1 as raw;

use super::{Proof, Signer};
use crate::wire::pack;
use crate::{Acknowledgement, Packet, Sequence};

/// Delivers a packet, on the destination.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MsgRecvPacket {
    /// The packet.
    pub packet: Packet,
    /// Of the packet's commitment, on the source.
    pub proof: Proof,
    /// Who signs.
    pub signer: Signer,
}

impl From<MsgRecvPacket> for Any {
    fn from(msg: MsgRecvPacket) -> Self {
        pack(&raw::MsgRecvPacket {
            packet: Some(msg.packet.into()),
            proof_commitment: msg.proof.bytes,
            proof_height: Some(msg.proof.height.into()),
            signer: msg.signer.into(),
        })
    }
}

/// Brings an acknowledgement back, to the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MsgAcknowledgement {
    /// The packet.
    pub packet: Packet,
    /// What the destination answered, to the byte.
    pub acknowledgement: Acknowledgement,
    /// Of the acknowledgement's commitment, on the destination.
    pub proof: Proof,
    /// Who signs.
    pub signer: Signer,
}

impl From<MsgAcknowledgement> for Any {
    fn from(msg: MsgAcknowledgement) -> Self {
        pack(&raw::MsgAcknowledgement {
            packet: Some(msg.packet.into()),
            acknowledgement: msg.acknowledgement.0.to_vec(),
            proof_acked: msg.proof.bytes,
            proof_height: Some(msg.proof.height.into()),
            signer: msg.signer.into(),
        })
    }
}

/// Times a packet out, on the source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MsgTimeout {
    /// The packet.
    pub packet: Packet,
    /// On the destination: that there is no receipt (unordered), or of the next sequence to receive (ordered).
    pub proof: Proof,
    /// The next sequence that the destination receives; looked at for ordered channels only, but never 0.
    pub next_sequence_recv: Sequence,
    /// Who signs.
    pub signer: Signer,
}

impl From<MsgTimeout> for Any {
    fn from(msg: MsgTimeout) -> Self {
        pack(&raw::MsgTimeout {
            packet: Some(msg.packet.into()),
            proof_unreceived: msg.proof.bytes,
            proof_height: Some(msg.proof.height.into()),
            next_sequence_recv: msg.next_sequence_recv.0,
            signer: msg.signer.into(),
        })
    }
}

/// Times a packet out, on the source, because the destination's channel end is closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MsgTimeoutOnClose {
    /// The packet.
    pub packet: Packet,
    /// As in [`MsgTimeout`].
    pub proof: Proof,
    /// Of the closed channel end, on the destination, at the same height.
    pub proof_close: Vec<u8>,
    /// As in [`MsgTimeout`].
    pub next_sequence_recv: Sequence,
    /// The upgrade sequence of the destination's channel end; ignored from ibc-go v10 on, where it is always 0.
    pub counterparty_upgrade_sequence: u64,
    /// Who signs.
    pub signer: Signer,
}

impl From<MsgTimeoutOnClose> for Any {
    fn from(msg: MsgTimeoutOnClose) -> Self {
        pack(&raw::MsgTimeoutOnClose {
            packet: Some(msg.packet.into()),
            proof_unreceived: msg.proof.bytes,
            proof_close: msg.proof_close,
            proof_height: Some(msg.proof.height.into()),
            next_sequence_recv: msg.next_sequence_recv.0,
            signer: msg.signer.into(),
            counterparty_upgrade_sequence: msg.counterparty_upgrade_sequence,
        })
    }
}
