//! What the shell made of a batch: a message a leg, or a reason why there is none.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use types::ProofHeight;

use crate::{Head, Leg, PacketKey};

/// A protobuf message, ready for a transaction's body. Opaque to the engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Such as `/ibc.core.channel.v1.MsgRecvPacket`.
    pub type_url: String,
    /// The encoded message.
    pub value: Arc<[u8]>,
}

impl Message {
    /// Its size in a transaction's body, in bytes (`Any` with both its fields' headers).
    pub fn size(&self) -> usize {
        self.type_url.len() + self.value.len() + 12
    }
}

/// The message that brings one packet one leg further.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedLeg {
    /// The packet.
    pub packet: PacketKey,
    /// Where it goes.
    pub leg: Leg,
    /// The message.
    pub message: Message,
}

/// Why a leg of a batch got no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dropped {
    /// The destination's state says that the packet was received already.
    AlreadyReceived,
    /// The source's state, proven, holds no commitment any more: the packet is over (or the claim that it was sent was false).
    CommitmentGone,
    /// The source's proven commitment is another than the claimed packet's: the claim was false.
    ClaimRefuted,
    /// The proven acknowledgement is another than the claimed one, or there is none.
    AcknowledgementRefuted,
    /// The fact is not in the proven state yet; plan again.
    NotYet,
    /// We do not have the packet's bytes.
    BytesUnknown,
    /// By the destination's verified header the packet has timed out (asked for a recv), or has not (asked for a timeout).
    TimeoutMisjudged,
    /// By the destination's proven state, the channel's end there is closed (asked for a recv): time it out on close.
    DestinationClosed,
    /// The host's connection has a delay (ICS-03) that is not over for any header that proves the leg: not before so
    /// many blocks more of the host. The update that begins the delay, if one is needed, stands in [`Prepared::update`].
    Delayed {
        /// Blocks of the chain that the leg is submitted to.
        blocks: u64,
    },
    /// The chain would refuse it for ever: it is not tried again.
    Hopeless(Hopeless),
}

/// Why the chain will never take a packet's next leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hopeless {
    /// The acknowledgement parses as ICS-20's JSON, but is not what it would be written as (ibc-go
    /// `04-channel/keeper/packet.go`, `AcknowledgePacket`; `transfer/ibc_module.go`, `OnAcknowledgementPacket`).
    AcknowledgementMalformed,
    /// The packet was received, and the source's end, which would have to take its acknowledgement, is closed.
    SourceClosed,
}

/// What the shell made of [`crate::Action::PrepareBatch`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The client update that the legs' proofs need; none if the client holds that consensus state already.
    pub update: Vec<Message>,
    /// The legs, in the order asked for.
    pub legs: Vec<PreparedLeg>,
    /// Those that got no message.
    pub dropped: Vec<(PacketKey, Leg, Dropped)>,
    /// The height of the header that proves them.
    pub proof_height: ProofHeight,
    /// The counterparty's head by its verified header: what timeouts were judged by.
    pub head: Head,
}
