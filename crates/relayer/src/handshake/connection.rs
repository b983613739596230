//! ICS-03: the messages of a connection's four steps (ibc-go `03-connection/keeper/handshake.go`).

use std::time::Duration;

use engine::Message;
use proto::ibc::core::connection::v1::ConnectionEnd as RawConnectionEnd;
use types::connection::{ConnectionEnd, ConnectionState, Counterparty, Version};
use types::message::{
    MsgConnectionOpenAck, MsgConnectionOpenConfirm, MsgConnectionOpenInit, MsgConnectionOpenTry, SelfClientProof,
};
use types::{ConnectionId, host};

use super::pair::ProvenEnd;
use super::{HandshakeError, Pair};
use crate::message;
use crate::proofs::ProofError;

/// `ConnOpenInit`: begins a connection on the host.
pub(crate) async fn init(pair: Pair<'_>, delay_period: Duration) -> Result<Vec<Message>, HandshakeError> {
    Ok(vec![message(MsgConnectionOpenInit {
        client: pair.client.clone(),
        counterparty_client: pair.proving_client.clone(),
        counterparty_prefix: pair.proving.store_prefix().await?.clone(),
        version: Some(Version::default()),
        delay_period,
        signer: pair.host.signer(),
    })])
}

/// `ConnOpenTry`: answers on the host what the counterparty's `connection` began, as its proven end says it.
pub(crate) async fn attempt(pair: Pair<'_>, connection: &ConnectionId) -> Result<Vec<Message>, HandshakeError> {
    let proven = prove(pair, connection, ConnectionState::Init, "conn-try").await?;
    let self_client = self_client(pair, &proven).await?;
    let mut messages = proven.updates;
    messages.push(message(MsgConnectionOpenTry {
        client: pair.client.clone(),
        counterparty: Counterparty {
            client: pair.proving_client.clone(),
            connection: Some(connection.clone()),
            prefix: pair.proving.store_prefix().await?.clone(),
        },
        counterparty_versions: proven.end.versions,
        delay_period: proven.end.delay_period,
        proof: proven.proof,
        self_client: Some(self_client),
        signer: pair.host.signer(),
    }));
    Ok(messages)
}

/// `ConnOpenAck`: opens the host's `connection`, which began, since the counterparty's end answers it.
pub(crate) async fn ack(
    pair: Pair<'_>,
    connection: &ConnectionId,
    counterparty: &ConnectionId,
) -> Result<Vec<Message>, HandshakeError> {
    let proven = prove(pair, counterparty, ConnectionState::TryOpen, "conn-ack").await?;
    let self_client = self_client(pair, &proven).await?;
    let mut messages = proven.updates;
    messages.push(message(MsgConnectionOpenAck {
        connection: connection.clone(),
        counterparty_connection: counterparty.clone(),
        version: proven.end.versions.into_iter().next().unwrap_or_default(),
        proof: proven.proof,
        self_client: Some(self_client),
        signer: pair.host.signer(),
    }));
    Ok(messages)
}

/// `ConnOpenConfirm`: opens the host's `connection`, which answered, since the counterparty's end is open.
pub(crate) async fn confirm(
    pair: Pair<'_>,
    connection: &ConnectionId,
    counterparty: &ConnectionId,
) -> Result<Vec<Message>, HandshakeError> {
    let proven = prove(pair, counterparty, ConnectionState::Open, "conn-confirm").await?;
    let mut messages = proven.updates;
    messages.push(message(MsgConnectionOpenConfirm {
        connection: connection.clone(),
        proof: proven.proof,
        signer: pair.host.signer(),
    }));
    Ok(messages)
}

async fn prove(
    pair: Pair<'_>,
    connection: &ConnectionId,
    needed: ConnectionState,
    step: &'static str,
) -> Result<ProvenEnd<ConnectionEnd>, HandshakeError> {
    let proven = pair.prove::<RawConnectionEnd, ConnectionEnd>(host::connection_key(connection)).await?;
    if proven.end.state == needed {
        return Ok(proven);
    }
    Err(HandshakeError::State {
        chain: pair.proving.id.clone(),
        end: format!("connection {connection}"),
        found: proven.end.state.to_string(),
        needed: match needed {
            ConnectionState::Init => "init",
            ConnectionState::TryOpen => "try_open",
            ConnectionState::Open => "open",
        },
        step,
    })
}

/// What the proving chain's own client knows of the host, proven: chains before ibc-go v10 want it.
async fn self_client(pair: Pair<'_>, proven: &ProvenEnd<ConnectionEnd>) -> Result<SelfClientProof, ProofError> {
    let (proving, client) = (pair.proving, pair.proving_client);
    let state = proving.query().at(proven.base.query_height()).client_state(client).await?;
    let keys = [host::client_state_key(client), host::consensus_state_key(client, state.latest_height)];
    let [of_client, of_consensus] = proven.base.prove_all(proving, keys).await?;
    Ok(SelfClientProof {
        client_state: state.clone().into(),
        client_proof: of_client,
        consensus_height: state.latest_height,
        consensus_proof: of_consensus,
    })
}
