//! Questions to a chain's state: gRPC requests in `abci_query`, without proofs.

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use proto::Message;
use proto::cosmos::auth::v1beta1::{BaseAccount, QueryAccountRequest, QueryAccountResponse};
use proto::cosmos::bank::v1beta1::{
    QueryBalanceRequest, QueryBalanceResponse, QuerySupplyOfRequest, QuerySupplyOfResponse,
};
use proto::cosmos::base::query::v1beta1::PageRequest;
use proto::ibc::applications::interchain_accounts::controller::v1::{
    QueryInterchainAccountRequest, QueryInterchainAccountResponse,
};
use proto::ibc::applications::transfer::v1::{QueryEscrowAddressRequest, QueryEscrowAddressResponse};
use proto::ibc::core::channel::v1::{
    IdentifiedChannel, QueryChannelsRequest, QueryChannelsResponse, QueryPacketCommitmentsRequest,
    QueryPacketCommitmentsResponse,
};
use proto::ibc::core::client::v1::{
    QueryClientStatesRequest, QueryClientStatesResponse, QueryClientStatusRequest, QueryClientStatusResponse,
};
use proto::ibc::core::connection::v1::{IdentifiedConnection, QueryConnectionsRequest, QueryConnectionsResponse};
use serde_json::json;
use types::ClientState;

use crate::json_rpc;

/// More than any scenario makes: one page holds all.
const PAGE: Option<PageRequest> =
    Some(PageRequest { key: Vec::new(), offset: 0, limit: 100_000, count_total: false, reverse: false });

/// An account as the committed state has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountState {
    /// Its number.
    pub number: u64,
    /// The sequence of its next transaction.
    pub sequence: u64,
}

/// How far the handshakes of a chain are.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Handshakes {
    /// Ids of all clients, that of the chain itself left out.
    pub clients: Vec<String>,
    /// All connections, that of the chain to itself left out.
    pub connections: Vec<IdentifiedConnection>,
    /// All channels.
    pub channels: Vec<IdentifiedChannel>,
}

impl Handshakes {
    /// Rises by one or more with every step of a handshake that this chain commits.
    pub fn progress(&self) -> u64 {
        let rank = |state: i32| u64::try_from(state).unwrap_or(0);
        let connections = self.connections.iter().map(|connection| rank(connection.state));
        let channels = self.channels.iter().map(|channel| rank(channel.state));
        self.clients.len() as u64 + connections.sum::<u64>() + channels.sum::<u64>()
    }
}

/// The balance of `owner`; 0 of a denomination that it never held.
pub fn balance(rpc: &str, owner: &str, denom: &str) -> Result<u128> {
    let request = QueryBalanceRequest { address: owner.to_owned(), denom: denom.to_owned() };
    let answer: QueryBalanceResponse = ask(rpc, "/cosmos.bank.v1beta1.Query/Balance", &request)?;
    amount(answer.balance.map(|coin| coin.amount))
}

/// All there is of a denomination.
pub fn supply(rpc: &str, denom: &str) -> Result<u128> {
    let request = QuerySupplyOfRequest { denom: denom.to_owned() };
    let answer: QuerySupplyOfResponse = ask(rpc, "/cosmos.bank.v1beta1.Query/SupplyOf", &request)?;
    amount(answer.amount.map(|coin| coin.amount))
}

fn amount(text: Option<String>) -> Result<u128> {
    text.map_or(Ok(0), |text| text.parse().with_context(|| format!("amount {text:?}")))
}

/// The address that holds what left through a channel of ICS-20.
pub fn escrow_address(rpc: &str, channel: &str) -> Result<String> {
    let request = QueryEscrowAddressRequest { port_id: "transfer".to_owned(), channel_id: channel.to_owned() };
    let answer: QueryEscrowAddressResponse = ask(rpc, "/ibc.applications.transfer.v1.Query/EscrowAddress", &request)?;
    Ok(answer.escrow_address)
}

/// Sequences of the packets that are neither acknowledged nor timed out.
pub fn packet_commitments(rpc: &str, port: &str, channel: &str) -> Result<Vec<u64>> {
    let request =
        QueryPacketCommitmentsRequest { port_id: port.to_owned(), channel_id: channel.to_owned(), pagination: PAGE };
    let answer: QueryPacketCommitmentsResponse = ask(rpc, "/ibc.core.channel.v1.Query/PacketCommitments", &request)?;
    Ok(answer.commitments.iter().map(|commitment| commitment.sequence).collect())
}

/// The address of an interchain account on the chain at the connection's other end (ICS-27).
pub fn interchain_account(rpc: &str, owner: &str, connection: &str) -> Result<String> {
    let request = QueryInterchainAccountRequest { owner: owner.to_owned(), connection_id: connection.to_owned() };
    let path = "/ibc.applications.interchain_accounts.controller.v1.Query/InterchainAccount";
    let answer: QueryInterchainAccountResponse = ask(rpc, path, &request)?;
    Ok(answer.address)
}

/// Number and sequence of an account.
pub fn account(rpc: &str, address: &str) -> Result<AccountState> {
    let request = QueryAccountRequest { address: address.to_owned() };
    let answer: QueryAccountResponse = ask(rpc, "/cosmos.auth.v1beta1.Query/Account", &request)?;
    let account = answer.account.context("no account")?;
    let account = BaseAccount::decode(account.value.as_slice())?;
    Ok(AccountState { number: account.account_number, sequence: account.sequence })
}

/// All clients, connections and channels.
pub fn handshakes(rpc: &str) -> Result<Handshakes> {
    let clients: QueryClientStatesResponse =
        ask(rpc, "/ibc.core.client.v1.Query/ClientStates", &QueryClientStatesRequest { pagination: PAGE })?;
    let connections: QueryConnectionsResponse =
        ask(rpc, "/ibc.core.connection.v1.Query/Connections", &QueryConnectionsRequest { pagination: PAGE })?;
    let channels: QueryChannelsResponse =
        ask(rpc, "/ibc.core.channel.v1.Query/Channels", &QueryChannelsRequest { pagination: PAGE })?;
    let is_remote = |id: &String| !id.contains("localhost");
    Ok(Handshakes {
        clients: clients.client_states.into_iter().map(|client| client.client_id).filter(is_remote).collect(),
        connections: connections.connections.into_iter().filter(|connection| is_remote(&connection.id)).collect(),
        channels: channels.channels,
    })
}

/// All clients that track another chain, with their states, by their ids.
pub fn clients(rpc: &str) -> Result<Vec<(String, ClientState)>> {
    let request = QueryClientStatesRequest { pagination: PAGE };
    let answer: QueryClientStatesResponse = ask(rpc, "/ibc.core.client.v1.Query/ClientStates", &request)?;
    let remote = answer.client_states.into_iter().filter(|client| !client.client_id.contains("localhost"));
    remote.map(|client| Ok((client.client_id, client.client_state.context("no client state")?.try_into()?))).collect()
}

/// A client's status as ibc-go spells it, such as `Active`.
pub fn client_status(rpc: &str, client: &str) -> Result<String> {
    let request = QueryClientStatusRequest { client_id: client.to_owned() };
    let answer: QueryClientStatusResponse = ask(rpc, "/ibc.core.client.v1.Query/ClientStatus", &request)?;
    Ok(answer.status)
}

fn ask<R: Message + Default>(rpc: &str, path: &str, request: &impl Message) -> Result<R> {
    let data = hex::encode(request.encode_to_vec());
    let answer = json_rpc::call(rpc, "abci_query", &json!({ "path": path, "data": data, "prove": false }))?;
    let response = &answer["response"];
    if response["code"].as_u64().unwrap_or(0) != 0 {
        bail!("{path}: {} {}: {}", response["codespace"], response["code"], response["log"]);
    }
    let value = BASE64_STANDARD.decode(response["value"].as_str().unwrap_or_default())?;
    R::decode(value.as_slice()).with_context(|| path.to_owned())
}
