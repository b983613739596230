//! ICS-02: the messages that make and move a client.

use proto::google::protobuf::Any;
use proto::ibc::core::client::v1 as raw;

use super::Signer;
use crate::wire::pack;
use crate::{ClientId, ClientState, ConsensusState};

/// Makes a client. Not idempotent: sent twice, it makes two.
#[derive(Clone, Debug, PartialEq)]
pub struct MsgCreateClient {
    /// What the client is created with.
    pub client_state: ClientState,
    /// The consensus state at its latest height.
    pub consensus_state: ConsensusState,
    /// Who signs.
    pub signer: Signer,
}

impl From<MsgCreateClient> for Any {
    fn from(msg: MsgCreateClient) -> Self {
        pack(&raw::MsgCreateClient {
            client_state: Some(msg.client_state.into()),
            consensus_state: Some(msg.consensus_state.into()),
            signer: msg.signer.into(),
        })
    }
}

/// Brings a header to a client, or the proof of misbehaviour (ibc-go v7 to v11 take both here).
#[derive(Clone, Debug, PartialEq)]
pub struct MsgUpdateClient {
    /// The client.
    pub client: ClientId,
    /// An `ibc.lightclients.tendermint.v1.Header` or `Misbehaviour`.
    pub client_message: Any,
    /// Who signs.
    pub signer: Signer,
}

impl From<MsgUpdateClient> for Any {
    fn from(msg: MsgUpdateClient) -> Self {
        pack(&raw::MsgUpdateClient {
            client_id: msg.client.into(),
            client_message: Some(msg.client_message),
            signer: msg.signer.into(),
        })
    }
}
