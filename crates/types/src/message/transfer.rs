//! ICS-20: the message that sends tokens.

use proto::cosmos::base::v1beta1::Coin;
use proto::google::protobuf::Any;
use proto::ibc::applications::transfer::v1 as raw;

use super::Signer;
use crate::wire::pack;
use crate::{ChannelId, Height, PortId, Timestamp};

/// Sends tokens through a channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MsgTransfer {
    /// Mostly `transfer`.
    pub source_port: PortId,
    /// The channel to send through.
    pub source_channel: ChannelId,
    /// The token, by its name on the source.
    pub denom: String,
    /// How much.
    pub amount: u128,
    /// Whose tokens; signs.
    pub sender: Signer,
    /// Who shall have them, on the destination.
    pub receiver: String,
    /// Height of the destination from which on the packet is refused there; zero for none.
    pub timeout_height: Height,
    /// Block time of the destination from which on the packet is refused there; zero for none.
    pub timeout_timestamp: Timestamp,
    /// For applications behind the transfer; mostly empty.
    pub memo: String,
}

impl From<MsgTransfer> for Any {
    fn from(msg: MsgTransfer) -> Self {
        pack(&raw::MsgTransfer {
            source_port: msg.source_port.into(),
            source_channel: msg.source_channel.into(),
            token: Some(Coin { denom: msg.denom, amount: msg.amount.to_string() }),
            sender: msg.sender.into(),
            receiver: msg.receiver,
            timeout_height: Some(msg.timeout_height.into()),
            timeout_timestamp: msg.timeout_timestamp.0,
            memo: msg.memo,
        })
    }
}
