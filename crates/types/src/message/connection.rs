//! ICS-03: the four messages of a connection's opening handshake.

use core::time::Duration;

use proto::google::protobuf::Any;
use proto::ibc::core::connection::v1 as raw;

use super::{Proof, Signer};
use crate::connection::{Counterparty, Version, delay_nanos};
use crate::wire::pack;
use crate::{ClientId, ConnectionId, Height, MerklePrefix};

/// What the counterparty holds of the chain that the message is sent to. Chains before ibc-go v10 check it; later ones
/// ignore it.
#[derive(Clone, Debug, PartialEq)]
pub struct SelfClientProof {
    /// The state of the counterparty's client, as it stands there.
    pub client_state: Any,
    /// Of that client state, at the height of the message's own proof.
    pub client_proof: Vec<u8>,
    /// The height of the consensus state that `consensus_proof` is of.
    pub consensus_height: Height,
    /// Of that client's consensus state, at the height of the message's own proof.
    pub consensus_proof: Vec<u8>,
}

/// The four fields that [`SelfClientProof`] fills, empty where there is none.
fn self_client_fields(proof: Option<SelfClientProof>) -> (Option<Any>, Vec<u8>, Vec<u8>, Height) {
    match proof {
        Some(proof) => (Some(proof.client_state), proof.client_proof, proof.consensus_proof, proof.consensus_height),
        None => (None, Vec::new(), Vec::new(), Height::ZERO),
    }
}

/// Begins a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MsgConnectionOpenInit {
    /// The client that the connection rests on, on the chain that the message is sent to.
    pub client: ClientId,
    /// The counterparty's client.
    pub counterparty_client: ClientId,
    /// What the counterparty's provable keys stand under.
    pub counterparty_prefix: MerklePrefix,
    /// The version to offer; none offers all that the chain knows.
    pub version: Option<Version>,
    /// How long a client update must rest before it may prove a packet.
    pub delay_period: Duration,
    /// Who signs.
    pub signer: Signer,
}

impl From<MsgConnectionOpenInit> for Any {
    fn from(msg: MsgConnectionOpenInit) -> Self {
        let counterparty =
            Counterparty { client: msg.counterparty_client, connection: None, prefix: msg.counterparty_prefix };
        pack(&raw::MsgConnectionOpenInit {
            client_id: msg.client.into(),
            counterparty: Some(counterparty.into()),
            version: msg.version.map(Into::into),
            delay_period: delay_nanos(msg.delay_period),
            signer: msg.signer.into(),
        })
    }
}

/// Takes a connection up on the other chain.
#[derive(Clone, Debug, PartialEq)]
pub struct MsgConnectionOpenTry {
    /// The client that the connection rests on, on the chain that the message is sent to.
    pub client: ClientId,
    /// The end that began, with its connection.
    pub counterparty: Counterparty,
    /// The versions that it offers.
    pub counterparty_versions: Vec<Version>,
    /// Its delay.
    pub delay_period: Duration,
    /// Of the counterparty's connection end in state `Init`.
    pub proof: Proof,
    /// Needed before ibc-go v10.
    pub self_client: Option<SelfClientProof>,
    /// Who signs.
    pub signer: Signer,
}

impl From<MsgConnectionOpenTry> for Any {
    fn from(msg: MsgConnectionOpenTry) -> Self {
        let (client_state, proof_client, proof_consensus, consensus_height) = self_client_fields(msg.self_client);
        #[expect(deprecated, reason = "the fields of crossing hellos stay empty")]
        pack(&raw::MsgConnectionOpenTry {
            client_id: msg.client.into(),
            previous_connection_id: String::new(),
            client_state,
            counterparty: Some(msg.counterparty.into()),
            delay_period: delay_nanos(msg.delay_period),
            counterparty_versions: msg.counterparty_versions.into_iter().map(Into::into).collect(),
            proof_height: Some(msg.proof.height.into()),
            proof_init: msg.proof.bytes,
            proof_client,
            proof_consensus,
            consensus_height: Some(consensus_height.into()),
            signer: msg.signer.into(),
            host_consensus_state_proof: Vec::new(),
        })
    }
}

/// Opens the end that began.
#[derive(Clone, Debug, PartialEq)]
pub struct MsgConnectionOpenAck {
    /// The end that began.
    pub connection: ConnectionId,
    /// The end that took it up.
    pub counterparty_connection: ConnectionId,
    /// The version that it chose.
    pub version: Version,
    /// Of the counterparty's connection end in state `TryOpen`.
    pub proof: Proof,
    /// Needed before ibc-go v10.
    pub self_client: Option<SelfClientProof>,
    /// Who signs.
    pub signer: Signer,
}

impl From<MsgConnectionOpenAck> for Any {
    fn from(msg: MsgConnectionOpenAck) -> Self {
        let (client_state, proof_client, proof_consensus, consensus_height) = self_client_fields(msg.self_client);
        pack(&raw::MsgConnectionOpenAck {
            connection_id: msg.connection.into(),
            counterparty_connection_id: msg.counterparty_connection.into(),
            version: Some(msg.version.into()),
            client_state,
            proof_height: Some(msg.proof.height.into()),
            proof_try: msg.proof.bytes,
            proof_client,
            proof_consensus,
            consensus_height: Some(consensus_height.into()),
            signer: msg.signer.into(),
            host_consensus_state_proof: Vec::new(),
        })
    }
}

/// Opens the end that took the connection up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MsgConnectionOpenConfirm {
    /// The end that took it up.
    pub connection: ConnectionId,
    /// Of the counterparty's connection end in state `Open`.
    pub proof: Proof,
    /// Who signs.
    pub signer: Signer,
}

impl From<MsgConnectionOpenConfirm> for Any {
    fn from(msg: MsgConnectionOpenConfirm) -> Self {
        pack(&raw::MsgConnectionOpenConfirm {
            connection_id: msg.connection.into(),
            proof_ack: msg.proof.bytes,
            proof_height: Some(msg.proof.height.into()),
            signer: msg.signer.into(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::unpack;

    /// ibc-go v10 ignores these, so that its own messages can't show them filled.
    #[test]
    fn each_proof_of_the_own_client_stands_in_its_field() {
        let client_state = Any { type_url: "/client".to_owned(), value: vec![1] };
        let height = |revision_height| Height { revision_number: 1, revision_height };
        let self_client = || SelfClientProof {
            client_state: client_state.clone(),
            client_proof: vec![2],
            consensus_height: height(3),
            consensus_proof: vec![4],
        };
        let proof = || Proof { bytes: vec![5], height: height(6) };
        let sent = Any::from(MsgConnectionOpenAck {
            connection: "connection-0".parse().unwrap(),
            counterparty_connection: "connection-1".parse().unwrap(),
            version: Version::default(),
            proof: proof(),
            self_client: Some(self_client()),
            signer: "cosmos1abc".into(),
        });
        let ack: raw::MsgConnectionOpenAck = unpack(&sent).unwrap();
        let found = (ack.client_state, ack.proof_client, ack.consensus_height, ack.proof_consensus, ack.proof_try);
        let expected = (Some(client_state.clone()), vec![2], Some(height(3).into()), vec![4], vec![5]);
        assert_eq!(found, expected);

        let sent = Any::from(MsgConnectionOpenTry {
            client: "07-tendermint-0".parse().unwrap(),
            counterparty: Counterparty {
                client: "07-tendermint-1".parse().unwrap(),
                connection: Some("connection-1".parse().unwrap()),
                prefix: MerklePrefix::default(),
            },
            counterparty_versions: vec![Version::default()],
            delay_period: Duration::from_nanos(7),
            proof: proof(),
            self_client: Some(self_client()),
            signer: "cosmos1abc".into(),
        });
        let attempt: raw::MsgConnectionOpenTry = unpack(&sent).unwrap();
        assert_eq!(attempt.delay_period, 7);
        let found = (
            attempt.client_state,
            attempt.proof_client,
            attempt.consensus_height,
            attempt.proof_consensus,
            attempt.proof_init,
        );
        assert_eq!(found, expected);
    }
}
