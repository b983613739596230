//! What is asked of a lane from outside the packet machine, and how it ended.

use serde::{Deserialize, Serialize};
use types::event::IbcEvent;
use types::{BlockHeight, ChannelId, ClientId, ConnectionId, Refusal, Sequence};

use crate::{LaneId, Message};

/// Names a request from outside the packet machine. Durable: the same name finds the same request after a restart,
/// so that a step whose answer was lost is found again instead of done twice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RequestId(pub String);

/// Who goes first in a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Priority {
    /// Evidence.
    Misbehaviour,
    /// Client updates that keep a client alive.
    Refresh,
    /// Handshakes, and what a user asks for by hand.
    Handshake,
    /// Packets that were sent lately.
    Packets,
    /// Packets that were sent long ago.
    Backlog,
}

/// Messages that shall stand in one transaction of a lane.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// Its durable name.
    pub id: RequestId,
    /// The wallet.
    pub lane: LaneId,
    /// Who goes first.
    pub priority: Priority,
    /// The messages; all in one transaction, in this order.
    pub messages: Vec<Message>,
}

/// How a request from outside the packet machine ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// It stands in a block and succeeded. `created` holds what its events named, see [`Created`].
    Committed {
        /// The block.
        height: BlockHeight,
        /// What its events named.
        created: Vec<Created>,
    },
    /// It stands in a block and failed, or was refused before and can't be mended by another try.
    Failed {
        /// Why.
        refusal: Refusal,
    },
    /// It can't be in any block any more, and nothing was done; or the blocks that could tell are kept by nobody any more.
    /// The caller asks the chain how far it is.
    Void,
}

/// An identifier that a chain gave out in a transaction of ours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Created {
    /// ICS-02.
    Client(ClientId),
    /// ICS-03.
    Connection(ConnectionId),
    /// ICS-04.
    Channel(ChannelId),
    /// ICS-04: a packet was sent.
    Packet(Sequence),
}

impl Created {
    /// What an event of ours created, if anything.
    pub fn from_event(event: &IbcEvent) -> Option<Self> {
        match event {
            IbcEvent::CreateClient { client, .. } => Some(Self::Client(client.clone())),
            IbcEvent::ConnectionOpen { connection, .. } => Some(Self::Connection(connection.clone())),
            IbcEvent::ChannelOpen { channel, .. } => Some(Self::Channel(channel.clone())),
            IbcEvent::SendPacket { packet } => Some(Self::Packet(packet.sequence)),
            IbcEvent::RecvPacket { .. }
            | IbcEvent::WriteAcknowledgement { .. }
            | IbcEvent::AcknowledgePacket { .. }
            | IbcEvent::TimeoutPacket { .. }
            | IbcEvent::UpdateClient { .. }
            | IbcEvent::ClientMisbehaviour { .. }
            | IbcEvent::ChannelClosed { .. } => None,
        }
    }
}
