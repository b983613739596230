//! What the bytes of a transaction bring to the clients of its chain: who updated which client, and with what. Since
//! ibc-go v9 no event tells it.
//!
//! Read are `MsgUpdateClient` and `MsgSubmitMisbehaviour` (ibc-go up to v10), as they stand in a transaction, within
//! `authz` (cosmos-sdk `x/authz`, `MsgExec`, however nested), and in packets to interchain accounts (ICS-27, in the
//! encoding `proto3`). Not read, because the bytes do not tell what was executed: what contracts send, what governance
//! decides, what accounts of the encoding `proto3json` and of ICS-27 GMP do. Whether the transaction succeeded is not
//! told by its bytes either.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proto::cosmos::authz::v1beta1::MsgExec;
use proto::cosmos::tx::v1beta1::TxRaw;
use proto::google::protobuf::Any;
use proto::ibc::applications::interchain_accounts::v1::CosmosTx;
use proto::ibc::core::channel::v1::MsgRecvPacket;
use proto::ibc::core::client::v1 as raw;
use proto::{Message, Name, TxMessages};
use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::ClientId;

/// How deep messages stand in messages, at most: cosmos-sdk `MaxUnpackAnyRecursionDepth`.
const DEPTH_MAX: u32 = 10;
/// The port of all interchain accounts of a chain (ibc-go `icatypes.HostPortID`).
const ACCOUNTS_PORT: &str = "icahost";

/// A message that a client was given, as its transaction holds it: nothing of it is checked.
#[derive(Clone, Debug, PartialEq)]
pub struct ClientUpdate {
    /// The client.
    pub client: ClientId,
    /// An `ibc.lightclients.tendermint.v1.Header` or `Misbehaviour`, or what other kinds of clients take.
    pub client_message: Any,
    /// Who brought it, as its chain writes addresses: the signer of the message.
    pub signer: String,
    /// Who signed the transaction for it: the same, or whom the signer has allowed to, or who relayed the packet.
    pub sender: String,
}

/// The name by which a chain knows a transaction: its SHA-256, 64 hex digits in capitals.
pub fn hash(transaction: &[u8]) -> String {
    hex::encode_upper(Sha256::digest(transaction))
}

/// Every update of a client in a transaction (`cosmos.tx.v1beta1.TxRaw`), in the order of execution. What can't be read
/// is passed over: most transactions are none of ours.
pub fn client_updates(transaction: &[u8]) -> Vec<ClientUpdate> {
    let mut found = Vec::new();
    if let Ok(tx) = TxRaw::decode(transaction)
        && let Ok(body) = TxMessages::decode(tx.body_bytes.as_slice())
    {
        body.messages.iter().for_each(|message| read(message, None, DEPTH_MAX, &mut found));
    }
    found
}

/// What stands in a message that `sender` signed for; none is who signs the message itself.
fn read(message: &Any, sender: Option<&str>, depth_left: u32, found: &mut Vec<ClientUpdate>) {
    let Some(depth_left) = depth_left.checked_sub(1) else { return };
    if let Some(update) = decoded::<raw::MsgUpdateClient>(message) {
        found.extend(client_update(&update.client_id, update.client_message, update.signer, sender));
    } else if let Some(submitted) = decoded::<raw::MsgSubmitMisbehaviour>(message) {
        found.extend(client_update(&submitted.client_id, submitted.misbehaviour, submitted.signer, sender));
    } else if let Some(exec) = decoded::<MsgExec>(message) {
        let sender = sender.unwrap_or(&exec.grantee);
        exec.msgs.iter().for_each(|message| read(message, Some(sender), depth_left, found));
    } else if let Some(recv) = decoded::<MsgRecvPacket>(message) {
        let sender = sender.unwrap_or(&recv.signer);
        of_account(&recv).iter().for_each(|message| read(message, Some(sender), depth_left, found));
    }
}

/// The message, if it is of this type: by what stands behind the last slash, as the SDK's own registry has it.
fn decoded<M: Message + Name + Default>(message: &Any) -> Option<M> {
    let name = message.type_url.rsplit('/').next()?;
    if name != M::full_name() {
        return None;
    }
    M::decode(message.value.as_slice()).ok()
}

fn client_update(client: &str, message: Option<Any>, signer: String, sender: Option<&str>) -> Option<ClientUpdate> {
    let sender = sender.map_or_else(|| signer.clone(), str::to_owned);
    Some(ClientUpdate { client: client.parse().ok()?, client_message: message?, signer, sender })
}

/// What an interchain account does on the arrival of a packet (ibc-go `icatypes.InterchainAccountPacketData`).
fn of_account(recv: &MsgRecvPacket) -> Vec<Any> {
    #[derive(Deserialize)]
    struct PacketData {
        data: String,
    }
    let Some(packet) = recv.packet.as_ref().filter(|packet| packet.destination_port == ACCOUNTS_PORT) else {
        return Vec::new();
    };
    let data = serde_json::from_slice::<PacketData>(&packet.data).ok().and_then(|data| STANDARD.decode(data.data).ok());
    data.and_then(|bytes| CosmosTx::decode(bytes.as_slice()).ok()).map(|tx| tx.messages).unwrap_or_default()
}

#[cfg(test)]
mod tests;
