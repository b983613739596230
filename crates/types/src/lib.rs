//! Identifiers, heights, packets, commitment keys and values of IBC, and the events that carry them.
//!
//! PURE: no clock, socket, disk, thread, randomness or secret. Names are those of the standard:
//! ICS-02 (clients), ICS-03 (connections), ICS-04 (channels and packets), ICS-20 (transfers),
//! ICS-24 (host paths). Both packet generations are known here, v1 (by channel) and v2 (by client).
//!
//! What comes from a node is hostile until it has been parsed: protobuf through `TryFrom` with [`WireError`], events
//! through [`event::decode`] with [`event::EventError`]. Nothing here panics on any input.

#![warn(clippy::wildcard_enum_match_arm, clippy::iter_over_hash_type)]

pub mod acknowledgement;
pub mod channel;
pub mod class;
pub mod client;
pub mod commitment;
pub mod connection;
pub mod event;
pub mod height;
pub mod hex_bytes;
pub mod host;
pub mod identifier;
pub mod message;
pub mod packet;
pub mod packet_v2;
pub mod timestamp;
pub mod transaction;
pub mod transfer;
pub mod wire;

pub use channel::{ChannelEnd, ChannelState, Order};
pub use class::{Class, Refusal, Scope};
pub use client::{ClientState, ConsensusState};
pub use connection::{ConnectionEnd, ConnectionState};
pub use height::{BlockHeight, Height, ProofHeight, QueryHeight};
pub use host::{CommitmentKey, MerklePrefix};
pub use identifier::{ChainId, ChannelId, ClientId, ConnectionId, IdentifierError, PortId};
pub use packet::{AccountSequence, Acknowledgement, Packet, Sequence};
pub use timestamp::{Timestamp, UnixSeconds};
pub use wire::WireError;
