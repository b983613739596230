//! The messages that are sent to a chain: each a struct that says what it needs, turned into a protobuf `Any` by `From`.
//!
//! Built here, never decoded: what a chain's transactions bring to its clients is read by [`crate::transaction`].

mod channel;
mod client;
mod connection;
mod packet;
mod transfer;

use core::fmt;

pub use channel::{
    MsgChannelCloseConfirm, MsgChannelCloseInit, MsgChannelOpenAck, MsgChannelOpenConfirm, MsgChannelOpenInit,
    MsgChannelOpenTry,
};
pub use client::{MsgCreateClient, MsgUpdateClient, MsgUpgradeClient};
pub use connection::{
    MsgConnectionOpenAck, MsgConnectionOpenConfirm, MsgConnectionOpenInit, MsgConnectionOpenTry, SelfClientProof,
};
pub use packet::{MsgAcknowledgement, MsgRecvPacket, MsgTimeout, MsgTimeoutOnClose};
pub use proto::google::protobuf::Any;
pub use transfer::MsgTransfer;

use crate::Height;

/// The address of the account that signs a message, as its chain writes it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Signer(String);

impl Signer {
    /// The address as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for Signer {
    fn from(address: String) -> Self {
        Self(address)
    }
}

impl From<&str> for Signer {
    fn from(address: &str) -> Self {
        Self(address.to_owned())
    }
}

impl From<Signer> for String {
    fn from(signer: Signer) -> Self {
        signer.0
    }
}

impl fmt::Display for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A proof of a value, or of its absence, in the counterparty's store.
#[derive(Clone, PartialEq, Eq)]
pub struct Proof {
    /// The encoded `ibc.core.commitment.v1.MerkleProof`.
    pub bytes: Vec<u8>,
    /// The height whose consensus state proves it: one more than the height that was asked.
    pub height: Height,
}

impl fmt::Debug for Proof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Proof({} bytes at {})", self.bytes.len(), self.height)
    }
}
