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

/// Brings a client over an upgrade of the chain that it tracks, which has committed to the client that follows.
#[derive(Clone, Debug, PartialEq)]
pub struct MsgUpgradeClient {
    /// The client.
    pub client: ClientId,
    /// The client state that the chain committed to, as it stands there.
    pub client_state: Any,
    /// The consensus state that the chain committed to, as it stands there.
    pub consensus_state: Any,
    /// The encoded proof of the client state, by the client's newest consensus state.
    pub client_proof: Vec<u8>,
    /// The encoded proof of the consensus state.
    pub consensus_proof: Vec<u8>,
    /// Who signs.
    pub signer: Signer,
}

impl From<MsgUpgradeClient> for Any {
    fn from(msg: MsgUpgradeClient) -> Self {
        pack(&raw::MsgUpgradeClient {
            client_id: msg.client.into(),
            client_state: Some(msg.client_state),
            consensus_state: Some(msg.consensus_state),
            proof_upgrade_client: msg.client_proof,
            proof_upgrade_consensus_state: msg.consensus_proof,
            signer: msg.signer.into(),
        })
    }
}
