//! gRPC requests in `abci_query`: accounts and coins, parameters, and all that IBC holds once the script has made it.

use anyhow::Result;
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use lightship_tests::chain_under_test::Role;
use proto::Message;
use proto::cosmos::auth::v1beta1::{QueryAccountRequest, QueryParamsRequest as AuthParams};
use proto::cosmos::bank::v1beta1 as bank;
use proto::cosmos::base::query::v1beta1::PageRequest;
use proto::ibc::applications::transfer::v1 as transfer;
use proto::ibc::core::channel::v1 as channel;
use proto::ibc::core::client::v1 as client;
use proto::ibc::core::connection::v1 as connection;
use serde_json::{Value, json};

use super::driver::Driver;
use super::handshakes::TRANSFER;
use super::normal;
use super::script::{CLIENT, Script};
use super::wire;

const CHANNEL: &str = "/ibc.core.channel.v1.Query";
const CLIENTS: &str = "/ibc.core.client.v1.Query";
const CONNECTIONS: &str = "/ibc.core.connection.v1.Query";
const TRANSFERS: &str = "/ibc.applications.transfer.v1.Query";

/// A step, the method's path, the request.
type Question = (&'static str, String, Vec<u8>);

pub(crate) fn play(script: &mut Script<'_>) -> Result<()> {
    script.transcript.begin("queries");
    let mut questions = accounts(&script.a);
    questions.extend(parameters());
    questions.extend(clients(&script.a)?);
    questions.extend(connections());
    questions.extend(channels());
    questions.extend(packets());
    questions.extend(transfers());
    for (step, path, request) in questions {
        let answer = script.a.query(&path, &request, 0, false)?;
        script.transcript.record(step, shown(&answer)?)?;
    }
    Ok(())
}

/// The answer of a query, its value read as protobuf.
pub(crate) fn shown(answer: &Value) -> Result<Value> {
    let mut shown = normal::json(answer);
    if let Some(text) = answer["value"].as_str() {
        shown["value"] = wire::show(&BASE64_STANDARD.decode(text)?);
    }
    Ok(shown)
}

fn ask(step: &'static str, service: &str, method: &str, request: &impl Message) -> Question {
    (step, format!("{service}/{method}"), request.encode_to_vec())
}

fn page(limit: u64) -> Option<PageRequest> {
    Some(PageRequest { limit, count_total: true, ..PageRequest::default() })
}

fn accounts(chain: &Driver<'_>) -> Vec<Question> {
    let auth = "/cosmos.auth.v1beta1.Query";
    let bank = "/cosmos.bank.v1beta1.Query";
    let address = |role| chain.address(role).to_owned();
    let account = |address: String| QueryAccountRequest { address };
    let balance = |address: String, denom: &str| bank::QueryBalanceRequest { address, denom: denom.to_owned() };
    let supply = |denom: &str| bank::QuerySupplyOfRequest { denom: denom.to_owned() };
    let balances =
        |address: String, pagination| bank::QueryAllBalancesRequest { address, pagination, resolve_denom: false };
    vec![
        ask("an account", auth, "Account", &account(address(Role::Rival))),
        ask("an account that is not there", auth, "Account", &account(address(Role::Pauper))),
        ask("no address", auth, "Account", &account("nobody".to_owned())),
        ask("an empty address", auth, "Account", &account(String::new())),
        ask("a balance", bank, "Balance", &balance(address(Role::Rival), "token")),
        ask("a balance of nothing", bank, "Balance", &balance(address(Role::Rival), "nothing")),
        ask("a balance of a coin that is none", bank, "Balance", &balance(address(Role::Rival), "1")),
        ask("a balance of no address", bank, "Balance", &balance("nobody".to_owned(), "token")),
        ask("all balances", bank, "AllBalances", &balances(address(Role::Rival), None)),
        ask("all balances of nobody", bank, "AllBalances", &balances(address(Role::Pauper), None)),
        ask("a page of balances", bank, "AllBalances", &balances(address(Role::Rival), page(1))),
        ask("the supply of a coin", bank, "SupplyOf", &supply("token")),
        ask("the supply of nothing", bank, "SupplyOf", &supply("nothing")),
        ask("the supply of no coin", bank, "SupplyOf", &supply("")),
    ]
}

fn parameters() -> Vec<Question> {
    let none = |step, path: &str| (step, path.to_owned(), Vec::new());
    vec![
        ask("auth's parameters", "/cosmos.auth.v1beta1.Query", "Params", &AuthParams {}),
        none("staking's parameters", "/cosmos.staking.v1beta1.Query/Params"),
        none("the node's configuration", "/cosmos.base.node.v1beta1.Service/Config"),
        none("whether the node is syncing", "/cosmos.base.tendermint.v1beta1.Service/GetSyncing"),
        none("transfer's parameters", "/ibc.applications.transfer.v1.Query/Params"),
        none("client's parameters", "/ibc.core.client.v1.Query/ClientParams"),
        none("connection's parameters", "/ibc.core.connection.v1.Query/ConnectionParams"),
    ]
}

fn clients(chain: &Driver<'_>) -> Result<Vec<Question>> {
    let state = |client: &str| client::QueryClientStateRequest { client_id: client.to_owned() };
    let status = |client: &str| client::QueryClientStatusRequest { client_id: client.to_owned() };
    let latest = chain.client_state(CLIENT)?.latest_height;
    let consensus = |revision_height: u64, latest_height: bool| client::QueryConsensusStateRequest {
        client_id: CLIENT.to_owned(),
        revision_number: latest.revision_number,
        revision_height,
        latest_height,
    };
    let heights = |client: &str, pagination| client::QueryConsensusStateHeightsRequest {
        client_id: client.to_owned(),
        pagination,
    };
    Ok(vec![
        ask("a client", CLIENTS, "ClientState", &state(CLIENT)),
        ask("a client that is not there", CLIENTS, "ClientState", &state("07-tendermint-99")),
        ask("a client without a name", CLIENTS, "ClientState", &state("")),
        ask("a client's status", CLIENTS, "ClientStatus", &status(CLIENT)),
        ask("the status of the chain's own client", CLIENTS, "ClientStatus", &status("09-localhost")),
        ask("the status of a client that is not there", CLIENTS, "ClientStatus", &status("07-tendermint-99")),
        ask("all clients", CLIENTS, "ClientStates", &client::QueryClientStatesRequest { pagination: page(100) }),
        ask("a consensus state", CLIENTS, "ConsensusState", &consensus(latest.revision_height, false)),
        ask("the latest consensus state", CLIENTS, "ConsensusState", &consensus(0, true)),
        ask("a consensus state that is not there", CLIENTS, "ConsensusState", &consensus(999_999, false)),
        ask("a consensus state of height zero", CLIENTS, "ConsensusState", &consensus(0, false)),
        ask("a page of heights", CLIENTS, "ConsensusStateHeights", &heights(CLIENT, page(1))),
        ask(
            "heights of a client that is not there",
            CLIENTS,
            "ConsensusStateHeights",
            &heights("07-tendermint-99", None),
        ),
    ])
}

fn connections() -> Vec<Question> {
    let one = |id: &str| connection::QueryConnectionRequest { connection_id: id.to_owned() };
    let of = |client: &str| connection::QueryClientConnectionsRequest { client_id: client.to_owned() };
    vec![
        ask("a connection", CONNECTIONS, "Connection", &one("connection-0")),
        ask("a connection that is not there", CONNECTIONS, "Connection", &one("connection-99")),
        ask("a connection without a name", CONNECTIONS, "Connection", &one("")),
        ask(
            "all connections",
            CONNECTIONS,
            "Connections",
            &connection::QueryConnectionsRequest { pagination: page(100) },
        ),
        ask("a client's connections", CONNECTIONS, "ClientConnections", &of(CLIENT)),
        ask("connections of a client that is not there", CONNECTIONS, "ClientConnections", &of("07-tendermint-99")),
    ]
}

fn channels() -> Vec<Question> {
    let one =
        |port: &str, id: &str| channel::QueryChannelRequest { port_id: port.to_owned(), channel_id: id.to_owned() };
    let of = |id: &str| channel::QueryConnectionChannelsRequest { connection: id.to_owned(), pagination: page(100) };
    let state = |id: &str| channel::QueryChannelClientStateRequest {
        port_id: "transfer".to_owned(),
        channel_id: id.to_owned(),
    };
    let next =
        |id: &str| channel::QueryNextSequenceReceiveRequest { port_id: "probe".to_owned(), channel_id: id.to_owned() };
    let sends =
        |id: &str| channel::QueryNextSequenceSendRequest { port_id: "transfer".to_owned(), channel_id: id.to_owned() };
    vec![
        ask("a channel", CHANNEL, "Channel", &one("transfer", TRANSFER.a)),
        ask("a closed channel", CHANNEL, "Channel", &one("probe", "channel-4")),
        ask("a channel that is not there", CHANNEL, "Channel", &one("transfer", "channel-99")),
        ask("a channel without a name", CHANNEL, "Channel", &one("transfer", "")),
        ask("all channels", CHANNEL, "Channels", &channel::QueryChannelsRequest { pagination: page(100) }),
        ask("a page of channels", CHANNEL, "Channels", &channel::QueryChannelsRequest { pagination: page(2) }),
        ask("a connection's channels", CHANNEL, "ConnectionChannels", &of("connection-0")),
        ask("channels of a connection that is not there", CHANNEL, "ConnectionChannels", &of("connection-99")),
        ask("a channel's client", CHANNEL, "ChannelClientState", &state(TRANSFER.a)),
        ask("the client of a channel that is not there", CHANNEL, "ChannelClientState", &state("channel-99")),
        ask("the next sequence of an ordered channel", CHANNEL, "NextSequenceReceive", &next("channel-3")),
        ask("the next sequence of an unordered channel", CHANNEL, "NextSequenceReceive", &next("channel-2")),
        ask("the next sequence of a channel that is not there", CHANNEL, "NextSequenceReceive", &next("channel-99")),
        ask("the next sequence to send", CHANNEL, "NextSequenceSend", &sends(TRANSFER.a)),
        ask("the next sequence to send over no channel", CHANNEL, "NextSequenceSend", &sends("channel-99")),
    ]
}

fn packets() -> Vec<Question> {
    let port = |port: &str| port.to_owned();
    let commitment = |sequence| channel::QueryPacketCommitmentRequest {
        port_id: port("probe"),
        channel_id: port("channel-2"),
        sequence,
    };
    let receipt = |sequence| channel::QueryPacketReceiptRequest {
        port_id: port("transfer"),
        channel_id: port(TRANSFER.a),
        sequence,
    };
    let acknowledgement = |sequence| channel::QueryPacketAcknowledgementRequest {
        port_id: port("transfer"),
        channel_id: port(TRANSFER.a),
        sequence,
    };
    let acknowledgements = |channel: &str, sequences: &[u64]| channel::QueryPacketAcknowledgementsRequest {
        port_id: port("transfer"),
        channel_id: port(channel),
        pagination: None,
        packet_commitment_sequences: sequences.to_vec(),
    };
    let commitments = |port: &str, channel: &str, pagination| channel::QueryPacketCommitmentsRequest {
        port_id: port.to_owned(),
        channel_id: channel.to_owned(),
        pagination,
    };
    let packets = |sequences: &[u64]| channel::QueryUnreceivedPacketsRequest {
        port_id: port("transfer"),
        channel_id: port(TRANSFER.a),
        packet_commitment_sequences: sequences.to_vec(),
    };
    let acks = |sequences: &[u64]| channel::QueryUnreceivedAcksRequest {
        port_id: port("probe"),
        channel_id: port("channel-2"),
        packet_ack_sequences: sequences.to_vec(),
    };
    vec![
        // The packet whose acknowledgement is refused, and the one that is too hungry to be received.
        ask("a commitment", CHANNEL, "PacketCommitment", &commitment(8)),
        ask("a commitment that is gone", CHANNEL, "PacketCommitment", &commitment(1)),
        ask("a commitment of sequence zero", CHANNEL, "PacketCommitment", &commitment(0)),
        ask("all commitments", CHANNEL, "PacketCommitments", &commitments("probe", "channel-2", page(100))),
        ask("a page of commitments", CHANNEL, "PacketCommitments", &commitments("probe", "channel-2", page(1))),
        ask(
            "commitments of a channel that is not there",
            CHANNEL,
            "PacketCommitments",
            &commitments("transfer", "channel-99", None),
        ),
        ask("a receipt", CHANNEL, "PacketReceipt", &receipt(1)),
        ask("a receipt that is not there", CHANNEL, "PacketReceipt", &receipt(99)),
        ask("an acknowledgement", CHANNEL, "PacketAcknowledgement", &acknowledgement(1)),
        ask("an acknowledgement that is not there", CHANNEL, "PacketAcknowledgement", &acknowledgement(99)),
        ask("all acknowledgements", CHANNEL, "PacketAcknowledgements", &acknowledgements(TRANSFER.a, &[])),
        ask("acknowledgements of some", CHANNEL, "PacketAcknowledgements", &acknowledgements(TRANSFER.a, &[1, 99])),
        ask(
            "acknowledgements of a channel that is not there",
            CHANNEL,
            "PacketAcknowledgements",
            &acknowledgements("channel-99", &[]),
        ),
        ask("which packets are not received", CHANNEL, "UnreceivedPackets", &packets(&[1, 2, 3])),
        ask("which packet of sequence zero is not received", CHANNEL, "UnreceivedPackets", &packets(&[0])),
        ask("which acknowledgements are not received", CHANNEL, "UnreceivedAcks", &acks(&[1, 8, 9])),
    ]
}

fn transfers() -> Vec<Question> {
    let escrow = |channel: &str| transfer::QueryEscrowAddressRequest {
        port_id: "transfer".to_owned(),
        channel_id: channel.to_owned(),
    };
    let hash = |trace: &str| transfer::QueryDenomHashRequest { trace: trace.to_owned() };
    let total = |denom: &str| transfer::QueryTotalEscrowForDenomRequest { denom: denom.to_owned() };
    // The messages of `Denom` and `Denoms` came with ibc-go v10: one text, one page.
    let denom = |text: &str| transfer::QueryDenomHashRequest { trace: text.to_owned() };
    let voucher = format!("ibc/{}", {
        use sha2::Digest;
        hex::encode_upper(sha2::Sha256::digest(format!("transfer/{}/stake", TRANSFER.a)))
    });
    vec![
        ask("an escrow's address", TRANSFERS, "EscrowAddress", &escrow(TRANSFER.a)),
        ask("the escrow of no channel", TRANSFERS, "EscrowAddress", &escrow("channel-99")),
        ask("a denomination's hash", TRANSFERS, "DenomHash", &hash(&format!("transfer/{}/stake", TRANSFER.a))),
        ask("the hash of an unknown denomination", TRANSFERS, "DenomHash", &hash("transfer/channel-99/token")),
        ask("the total in escrow", TRANSFERS, "TotalEscrowForDenom", &total("token")),
        ask("the total of nothing in escrow", TRANSFERS, "TotalEscrowForDenom", &total("nothing")),
        ask("a voucher", TRANSFERS, "Denom", &denom(&voucher)),
        ask("a voucher that is not there", TRANSFERS, "Denom", &denom(&format!("ibc/{}", "A".repeat(64)))),
        ask("a voucher that is none", TRANSFERS, "Denom", &denom("ibc/x")),
        (
            "all vouchers",
            format!("{TRANSFERS}/Denoms"),
            transfer::QueryDenomTracesRequest { pagination: page(100) }.encode_to_vec(),
        ),
        ("all balances of no address", "/cosmos.bank.v1beta1.Query/AllBalances".to_owned(), Vec::new()),
    ]
}

#[test]
fn a_value_is_shown_by_its_fields() {
    let answer = json!({ "code": 0, "value": "CgVzdGFrZRIBNw==", "height": "7" });
    let expected = json!({ "code": 0, "value": { "01": "stake", "02": "7" }, "height": "<height>" });
    assert_eq!(shown(&answer).unwrap(), expected);
}
