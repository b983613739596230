//! ICS-20 fungible token transfers: where tokens are escrowed, what vouchers are called, what packets say.

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::{ChannelId, PortId};

/// The version that a channel of this application agrees upon.
pub const VERSION: &str = "ics20-1";

/// The answer of a destination that took the tokens (ibc-go `channeltypes.NewResultAcknowledgement([]byte{1})`).
pub const SUCCESS_ACKNOWLEDGEMENT: &[u8] = br#"{"result":"AQ=="}"#;

/// What a packet of this application says: read only, because its bytes are never made anew here.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct FungibleTokenPacketData {
    /// The token: its path, as `transfer/channel-0/uatom`, or its base name where it is the source's own.
    pub denom: String,
    /// How much, in decimal; up to 256 bits.
    pub amount: String,
    /// The address on the source.
    pub sender: String,
    /// The address on the destination.
    pub receiver: String,
    /// For applications behind this one; empty where there is none.
    #[serde(default)]
    pub memo: String,
}

impl FungibleTokenPacketData {
    /// Reads a packet's data.
    ///
    /// # Errors
    /// When it is not such JSON.
    pub fn parse(data: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(data)
    }
}

/// The account that holds what left through this channel end (ibc-go `transfer/types/keys.go`, `GetEscrowAddress`).
pub fn escrow_address(port: &PortId, channel: &ChannelId) -> [u8; 20] {
    let hash: [u8; 32] = Sha256::digest(format!("{VERSION}\0{port}/{channel}")).into();
    let mut address = [0; 20];
    address.copy_from_slice(&hash[..20]);
    address
}

/// What a token that came in through this channel end is called, `ibc/HASH`; `denom` is what the packet calls it.
///
/// Not for a token that returns: that one gets its former name back (ICS-20 `onRecvPacket`).
pub fn voucher_denom(port: &PortId, channel: &ChannelId, denom: &str) -> String {
    denom_of_path(&format!("{port}/{channel}/{denom}"))
}

/// What a token with this path is called on the chain that holds it, `ibc/HASH`
/// (ibc-go `transfer/types/denom.go`, `IBCDenom`).
pub fn denom_of_path(path: &str) -> String {
    format!("ibc/{}", hex::encode_upper(Sha256::digest(path)))
}
