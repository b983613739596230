//! What a chain says in its blocks' events, decoded to types (ibc-go v7 to v11, `events.go` of 02-client,
//! 03-connection, 04-channel; cosmos-sdk `auth/ante/sigverify.go` for `tx.acc_seq` and `tx.signature`).
//!
//! An event is a claim: it stands in no Merkle root.

mod attributes;
mod decode;
mod tx;

use serde::{Deserialize, Serialize};

pub use attributes::EventError;
pub use decode::{decode, is_ibc_event};
pub use tx::{SignerFact, decode_signers};

use crate::{AccountSequence, Acknowledgement, BlockHeight, ChannelId, ClientId, ConnectionId, Height, Packet, PortId};

/// An event of IBC that a relayer acts on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IbcEvent {
    /// `send_packet`, on the source.
    SendPacket {
        /// The packet, whole.
        packet: Packet,
    },
    /// `recv_packet`, on the destination.
    RecvPacket {
        /// The packet.
        packet: PacketId,
    },
    /// `write_acknowledgement`, on the destination, in the delivery's transaction or any later one.
    WriteAcknowledgement {
        /// The packet, whole.
        packet: Packet,
        /// What the destination answered.
        acknowledgement: Acknowledgement,
    },
    /// `acknowledge_packet`, on the source: the commitment is gone.
    AcknowledgePacket {
        /// The packet.
        packet: PacketId,
    },
    /// `timeout_packet`, on the source: the commitment is gone.
    TimeoutPacket {
        /// The packet.
        packet: PacketId,
    },
    /// `create_client`.
    CreateClient {
        /// The new client.
        client: ClientId,
        /// The height that it begins with.
        consensus_height: Height,
    },
    /// `update_client`, with every height that the update wrote.
    UpdateClient {
        /// The client.
        client: ClientId,
        /// The heights; none, if the client wrote no consensus state.
        consensus_heights: Vec<Height>,
    },
    /// `client_misbehaviour`: the client is frozen.
    ClientMisbehaviour {
        /// The client.
        client: ClientId,
    },
    /// Any `connection_open_*`.
    ConnectionOpen {
        /// Which of the four.
        step: OpenStep,
        /// The connection, by its name on the chain that emitted the event.
        connection: ConnectionId,
        /// The client that it rests on.
        client: ClientId,
        /// The other end; none in the first step.
        counterparty_connection: Option<ConnectionId>,
    },
    /// Any `channel_open_*`.
    ChannelOpen {
        /// Which of the four.
        step: OpenStep,
        /// The port, on the chain that emitted the event.
        port: PortId,
        /// The channel, by its name there.
        channel: ChannelId,
        /// The port of the other end.
        counterparty_port: PortId,
        /// The channel of the other end; none in the first step.
        counterparty_channel: Option<ChannelId>,
        /// The connection that packets travel on.
        connection: ConnectionId,
    },
    /// `channel_close_init`, `channel_close_confirm`, `channel_close` (an ordered channel's timeout).
    ChannelClosed {
        /// The port, on the chain that emitted the event.
        port: PortId,
        /// The channel, by its name there.
        channel: ChannelId,
    },
}

/// What identifies a packet on one chain, without its bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PacketId {
    /// Port of the source channel end.
    pub source_port: PortId,
    /// Channel of the source channel end.
    pub source_channel: ChannelId,
    /// Port of the destination channel end.
    pub destination_port: PortId,
    /// Channel of the destination channel end.
    pub destination_channel: ChannelId,
    /// Counts the packets of the source channel end.
    pub sequence: crate::Sequence,
}

/// The four steps of ICS-03 and ICS-04 opening handshakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OpenStep {
    /// `OpenInit`.
    Init,
    /// `OpenTry`.
    Try,
    /// `OpenAck`.
    Ack,
    /// `OpenConfirm`.
    Confirm,
}

/// A transaction in a block, as `block_results` tells of it: neither its hash nor its bytes, but who signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedTx {
    /// Its place in the block.
    pub index: u32,
    /// Every signer's address and account sequence (`tx.acc_seq`, `address/sequence`).
    pub signers: Vec<(String, AccountSequence)>,
    /// Every signature (`tx.signature`, base64 on the wire); tells our transaction from another's of the same sequence.
    pub signatures: Vec<Vec<u8>>,
    /// ABCI code; 0 is success.
    pub code: u32,
    /// ABCI codespace.
    pub codespace: String,
    /// The log of a failure; empty or boring on success.
    pub log: String,
    /// Gas limit.
    pub gas_wanted: u64,
    /// Gas used.
    pub gas_used: u64,
    /// What it did for IBC, in order; empty if it failed.
    pub events: Vec<IbcEvent>,
}

/// A block that was read whole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObservedBlock {
    /// Its height.
    pub height: BlockHeight,
    /// Events outside of transactions (begin, end and finalize block), in order.
    pub block_events: Vec<IbcEvent>,
    /// Transactions that have IBC events or a signer.
    pub transactions: Vec<ObservedTx>,
}

impl ObservedBlock {
    /// All IBC events of the block: transactions first, in their order, then the block's own.
    pub fn events(&self) -> impl Iterator<Item = &IbcEvent> {
        self.transactions.iter().flat_map(|tx| &tx.events).chain(&self.block_events)
    }
}

impl Packet {
    /// What identifies this packet.
    pub fn id(&self) -> PacketId {
        PacketId {
            source_port: self.source_port.clone(),
            source_channel: self.source_channel.clone(),
            destination_port: self.destination_port.clone(),
            destination_channel: self.destination_channel.clone(),
            sequence: self.sequence,
        }
    }
}
