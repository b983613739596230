//! What is to be done. Imperative. An action leaves only after its own and all earlier writes are durable.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use types::event::IbcEvent;
use types::{AccountSequence, BlockHeight, ChainId, ClientId, Refusal, Sequence};

use crate::{ChannelKey, Instant, LaneId, Leg, Message, PacketKey, PathId, Record};

/// Numbers a batch in preparation; not durable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BatchId(pub u64);

/// Numbers a transaction; durable, never used twice by one store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TxId(pub u64);

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
    Connection(types::ConnectionId),
    /// ICS-04.
    Channel(types::ChannelId),
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

/// Something that a person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Notice {
    /// A leg failed alone too often; it is tried again at growing distances.
    Quarantined {
        /// The packet.
        packet: PacketKey,
        /// The leg that fails.
        leg: Leg,
        /// What the chain wrote.
        reason: String,
    },
    /// The wallet can't pay, or the chain refuses us for another lasting reason.
    LaneBlocked {
        /// The wallet.
        lane: LaneId,
        /// What the chain wrote.
        reason: String,
    },
    /// The lane works again.
    LaneUnblocked {
        /// The wallet.
        lane: LaneId,
    },
    /// A transaction of ours stands in a block and succeeded.
    TxCommitted {
        /// The transaction.
        tx: TxId,
        /// The wallet.
        lane: LaneId,
        /// The block.
        height: BlockHeight,
        /// What it did.
        purpose: crate::Purpose,
        /// What it used.
        gas_used: u64,
    },
    /// A transaction of ours failed in delivery.
    TxFailed {
        /// The transaction.
        tx: TxId,
        /// The wallet.
        lane: LaneId,
        /// Why.
        refusal: Refusal,
    },
    /// A transaction of ours can't be in any block any more, or nodes have thrown it out: its work is planned again.
    TxVoid {
        /// The transaction.
        tx: TxId,
        /// The wallet.
        lane: LaneId,
    },
    /// An event's claim was refuted, by a proof or by the state that a sweep read.
    ClaimRefuted {
        /// The packet that the claim was about.
        packet: PacketKey,
    },
    /// A client is frozen, expired or unknown.
    ClientUnusable {
        /// The chain that hosts it.
        chain: ChainId,
        /// The client.
        client: ClientId,
        /// What was found.
        reason: String,
    },
    /// A packet came to its end.
    PacketEnded {
        /// The packet.
        packet: PacketKey,
        /// How it ended; the last that was seen of it, if its end was not seen.
        progress: crate::Progress,
        /// From the source's block that sent it to the one that ended it; none if either was not seen.
        blocks: Option<u64>,
        /// How long this process has known of it; none if it was sent before.
        lasted: Option<core::time::Duration>,
    },
    /// The path's policy refuses a packet.
    PacketRefused {
        /// The packet.
        packet: PacketKey,
        /// Why.
        refused: crate::Refused,
    },
    /// A packet's next leg will never be taken; it is not tried again.
    PacketHopeless {
        /// The packet.
        packet: PacketKey,
        /// Why.
        hopeless: crate::Hopeless,
    },
    /// Messages of ours that somebody else's made useless.
    Redundant {
        /// The wallet.
        lane: LaneId,
        /// How many.
        messages: usize,
        /// Do they stand in a block, so that they were paid for?
        is_paid: bool,
    },
    /// A channel's end on the packets' source was seen closed.
    SourceClosed {
        /// The channel end.
        channel: ChannelKey,
    },
    /// Blocks that nobody keeps any more were closed by a sweep.
    BlocksPruned {
        /// The chain.
        chain: ChainId,
        /// The first of them.
        from: BlockHeight,
        /// The last of them.
        to: BlockHeight,
    },
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Prove these legs and build their messages for `chain` (where they are submitted), whose `client` tracks the
    /// chain that proves them. Answer: `BatchPrepared` or `BatchFailed`.
    PrepareBatch {
        /// Names the answer.
        batch: BatchId,
        /// The first configured path of this pair of clients.
        path: PathId,
        /// Where the legs are submitted.
        chain: ChainId,
        /// The client there.
        client: ClientId,
        /// Proofs must be of a state that includes this block of the proving chain.
        fact_height: BlockHeight,
        /// The legs, in the order to be submitted.
        legs: Vec<(PacketKey, Leg)>,
    },
    /// Simulate, choose gas and fee within limits, sign. Answer: `TxSigned` or `TxRefused`.
    SignTx {
        /// Names the answer.
        tx: TxId,
        /// The wallet.
        lane: LaneId,
        /// The account's number.
        account_number: u64,
        /// The sequence to sign with.
        account_sequence: AccountSequence,
        /// The messages, in this order.
        messages: Vec<Message>,
        /// `TxBody.timeout_height`.
        timeout_height: BlockHeight,
        /// How often this request ran out of gas so far: the estimate grows with it.
        out_of_gas_tries: u32,
    },
    /// Hand a signed transaction to the node. Answer: `TxChecked`.
    Broadcast {
        /// Names the answer.
        tx: TxId,
        /// The wallet, which is pinned to one node.
        lane: LaneId,
        /// `TxRaw`.
        bytes: Arc<[u8]>,
    },
    /// Read the account in the committed state. Answer: `AccountRead` or `AccountFailed`.
    ReadAccount {
        /// The wallet.
        lane: LaneId,
    },
    /// Read these blocks. Answer: a `BlockObserved` each, `BlocksPruned`, or `RescanFailed`.
    Rescan {
        /// The chain.
        chain: ChainId,
        /// The first block.
        from: BlockHeight,
        /// The last block.
        to: BlockHeight,
    },
    /// Read what the chains hold of one direction of a channel. Answer: `Swept` or `SweepFailed`.
    Sweep {
        /// The end that packets are sent from.
        channel: ChannelKey,
    },
    /// Find these packets' bytes, which stand in events: `SendPacket` on the source, `WriteAcknowledgement` on the
    /// destination. Answer: any number of `PacketsFound` and `AcknowledgementsFound`, then one `Recovered`.
    Recover {
        /// The end that packets are sent from.
        channel: ChannelKey,
        /// Whose `SendPacket` is missing.
        sends: Vec<Sequence>,
        /// Whose `WriteAcknowledgement` is missing.
        acknowledgements: Vec<Sequence>,
    },
    /// Tell the request's caller how it ended.
    Conclude {
        /// The request.
        request: RequestId,
        /// How it ended.
        outcome: Outcome,
    },
    /// Tell a person.
    Notify {
        /// What.
        notice: Notice,
    },
}

/// What follows from an event.
#[must_use]
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Step {
    /// To be made durable, in this order, before any of `actions` leaves.
    pub writes: Vec<Record>,
    /// To be performed.
    pub actions: Vec<Action>,
    /// When to bring `Event::Woken` at the latest.
    pub wake_at: Option<Instant>,
}
