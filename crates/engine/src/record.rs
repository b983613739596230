//! What the engine remembers across a restart. Each record knows its tree, its key and its bytes; the store knows no more.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use types::event::PacketId;
use types::{AccountSequence, BlockHeight, ChainId, ChannelId, Height, PortId, Sequence, Timestamp};

use crate::{LaneId, Outcome, RequestId, TxId};

/// The channel end that packets are sent from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ChannelKey {
    /// The source chain.
    pub chain: ChainId,
    /// The source port.
    pub port: PortId,
    /// The source channel.
    pub channel: ChannelId,
}

/// Identifies a packet over all chains: by where it was sent from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PacketKey {
    /// Where it was sent from.
    pub source: ChannelKey,
    /// Which of that channel's.
    pub sequence: Sequence,
}

/// How far a packet is: facts, changed only by what a chain committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Its commitment stands on the source.
    Sent,
    /// The destination received it; no acknowledgement seen yet.
    Received,
    /// The destination wrote its acknowledgement.
    AckWritten,
    /// The source took the acknowledgement.
    Acknowledged,
    /// The source took the timeout.
    TimedOut,
}

/// The next message of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leg {
    /// `MsgRecvPacket` on the destination.
    Recv,
    /// `MsgAcknowledgement` on the source.
    Ack,
    /// `MsgTimeout` on the source.
    Timeout,
    /// `MsgTimeoutOnClose` on the source.
    TimeoutOnClose,
}

/// What is known of a packet; its bytes stand in a record of their own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PacketRecord {
    /// The packet.
    pub id: PacketId,
    /// The chain it was sent from.
    pub source_chain: ChainId,
    /// Its timeout by height; zero for none.
    pub timeout_height: Height,
    /// Its timeout by time; zero for none.
    pub timeout_timestamp: Timestamp,
    /// Its size in bytes.
    pub data_size: usize,
    /// The source's block that sent it.
    pub sent_at: BlockHeight,
    /// How far it is.
    pub progress: Progress,
    /// The block that `progress` was seen in, on the chain that it happened on.
    pub progress_at: BlockHeight,
    /// Why it is not relayed, if the path's policy says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<crate::Refused>,
}

impl PacketRecord {
    /// The key of this record.
    pub fn key(&self) -> PacketKey {
        PacketKey {
            source: ChannelKey {
                chain: self.source_chain.clone(),
                port: self.id.source_port.clone(),
                channel: self.id.source_channel.clone(),
            },
            sequence: self.id.sequence,
        }
    }
}

/// What a transaction in the outbox does.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Legs of packets, in the order of their messages, after `updates` client updates.
    Packets {
        /// How many client updates stand first.
        updates: usize,
        /// The legs.
        legs: Vec<(PacketKey, Leg)>,
    },
    /// A request from outside the packet machine.
    Request {
        /// Its durable name.
        request: RequestId,
    },
}

/// A signed transaction whose end is not known yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OutboxRecord {
    /// Its number.
    pub tx: TxId,
    /// The wallet that signed it.
    pub lane: LaneId,
    /// The account's number.
    pub account_number: u64,
    /// Its account sequence.
    pub account_sequence: AccountSequence,
    /// The chain's head when it was signed: it stands in no block up to here.
    pub signed_at: BlockHeight,
    /// It stands in no block above this one.
    pub timeout_height: BlockHeight,
    /// Tells it from another transaction of the same account sequence.
    #[serde(with = "hex::serde")]
    pub signature: Vec<u8>,
    /// The gas limit; tells it apart where a chain emits no signatures.
    pub gas_limit: u64,
    /// The bytes to broadcast (`TxRaw`).
    #[serde(with = "types::hex_bytes")]
    pub bytes: Arc<[u8]>,
    /// What it does.
    pub purpose: Purpose,
}

/// How far a chain was read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CursorRecord {
    /// Every block up to here was read, except the gaps.
    pub cursor: BlockHeight,
    /// Ranges below the cursor that are still to be read, both ends included, ascending, never touching.
    pub gaps: Vec<(BlockHeight, BlockHeight)>,
}

/// One durable change.
#[derive(Clone, Debug, PartialEq)]
pub enum Record {
    /// How far a chain was read.
    Cursor {
        /// The chain.
        chain: ChainId,
        /// How far.
        cursor: CursorRecord,
    },
    /// What is known of a packet.
    Packet {
        /// What is known.
        packet: PacketRecord,
    },
    /// The packet as it was sent, whole; for the driver, the engine never reads it back.
    PacketBytes {
        /// Which packet.
        key: PacketKey,
        /// All of it.
        packet: types::Packet,
    },
    /// The acknowledgement's bytes; for the driver, the engine never reads it back.
    AcknowledgementBytes {
        /// Which packet.
        key: PacketKey,
        /// The bytes.
        acknowledgement: types::Acknowledgement,
    },
    /// The packet is over: its three records are deleted.
    PacketForgotten {
        /// Which packet.
        key: PacketKey,
    },
    /// A signed transaction.
    Outbox {
        /// The transaction.
        tx: OutboxRecord,
    },
    /// The transaction's end is known: its record is deleted.
    OutboxCleared {
        /// Which transaction.
        tx: TxId,
    },
    /// How a request from outside the packet machine ended, until its caller forgets it.
    Concluded {
        /// Which request.
        request: RequestId,
        /// How it ended.
        outcome: Outcome,
    },
    /// Nobody asks for the outcome any more.
    ConcludedForgotten {
        /// Which request.
        request: RequestId,
    },
}
