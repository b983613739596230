//! The opening handshake between two chains, each step proven by a small tree, and what each step refuses.

use proto::Message;
use proto::ibc::core::commitment::v1::MerklePrefix;
use proto::ibc::core::connection::v1::{self as raw, State};

use super::error::*;
use super::*;
use crate::app::context::store::IBC;
use crate::app::error::{Registered, sdk};
use crate::app::ibc::client::error::{client as code, commitment, core_ibc};
use crate::app::ibc::client::test_chain::{Draft, FOUR, World, height, signer, trees};
use crate::app::kind::{Code, Status};

const CLIENT: &str = "07-tendermint-0";
const ID: &str = "connection-0";

/// Two chains with a client each. Blocks of either are those that test headers stand for.
struct Pair {
    a: World,
    b: World,
    next: u64,
}

impl Pair {
    fn new() -> Self {
        Self { a: World::new(), b: World::new(), next: 11 }
    }

    /// Tells one chain's connection to the other's client; gives proof and height.
    fn prove(from: &World, to: &mut World, next: &mut u64) -> (Vec<u8>, Height) {
        let value = from.ctx.state.get(IBC, b"connections/connection-0").unwrap();
        let proven = trees::one("ibc", b"connections/connection-0", &value);
        let trusted = (height(*next - 1), FOUR.to_vec());
        let draft = Draft { app_hash: proven.app_hash, trusted, ..Draft::at(*next, 1_000 + *next) };
        to.update(&draft.sign()).unwrap();
        let at = height(*next);
        *next += 1;
        (proven.proof, at)
    }
}

fn prefix() -> Option<MerklePrefix> {
    Some(MerklePrefix { key_prefix: b"ibc".to_vec() })
}

fn counterparty(connection: &str) -> Option<raw::Counterparty> {
    let connection_id = connection.to_owned();
    Some(raw::Counterparty { client_id: CLIENT.to_owned(), connection_id, prefix: prefix() })
}

fn init() -> raw::MsgConnectionOpenInit {
    raw::MsgConnectionOpenInit {
        client_id: CLIENT.to_owned(),
        counterparty: counterparty(""),
        version: None,
        delay_period: 61_000_000_000,
        signer: signer(),
    }
}

fn open_try((proof_init, at): (Vec<u8>, Height)) -> raw::MsgConnectionOpenTry {
    raw::MsgConnectionOpenTry {
        client_id: CLIENT.to_owned(),
        counterparty: counterparty(ID),
        delay_period: 61_000_000_000,
        counterparty_versions: version::compatible(),
        proof_height: Some(at.into()),
        proof_init,
        signer: signer(),
        ..raw::MsgConnectionOpenTry::default()
    }
}

fn open_ack((proof_try, at): (Vec<u8>, Height)) -> raw::MsgConnectionOpenAck {
    raw::MsgConnectionOpenAck {
        connection_id: ID.to_owned(),
        counterparty_connection_id: ID.to_owned(),
        version: Some(types::connection::Version::default().into()),
        proof_height: Some(at.into()),
        proof_try,
        signer: signer(),
        ..raw::MsgConnectionOpenAck::default()
    }
}

fn open_confirm((proof_ack, at): (Vec<u8>, Height)) -> raw::MsgConnectionOpenConfirm {
    raw::MsgConnectionOpenConfirm {
        connection_id: ID.to_owned(),
        proof_height: Some(at.into()),
        proof_ack,
        signer: signer(),
    }
}

fn events(world: &mut World) -> Vec<String> {
    let text = |event: crate::app::event::Event| {
        let attributes: Vec<_> = event.attributes.iter().map(|a| format!("{}={}", a.key, a.value)).collect();
        format!("{} {}", event.kind, attributes.join(" "))
    };
    let events = std::mem::take(&mut world.ctx.events).into_iter().map(text);
    events.filter(|text| text.contains("connection")).collect()
}

#[test]
fn two_chains_open_a_connection() {
    let Pair { mut a, mut b, mut next } = Pair::new();
    a.run("MsgConnectionOpenInit", &init()).unwrap();
    let ends = "connection_id=connection-0 client_id=07-tendermint-0 counterparty_client_id=07-tendermint-0";
    let module = "message module=ibc_connection";
    assert_eq!(events(&mut a), [format!("connection_open_init {ends}"), module.to_owned()]);

    let proof = Pair::prove(&a, &mut b, &mut next);
    b.run("MsgConnectionOpenTry", &open_try(proof)).unwrap();
    let ends = format!("{ends} counterparty_connection_id=connection-0");
    assert_eq!(events(&mut b), [format!("connection_open_try {ends}"), module.to_owned()]);

    next = 11;
    let proof = Pair::prove(&b, &mut a, &mut next);
    a.run("MsgConnectionOpenAck", &open_ack(proof)).unwrap();
    assert_eq!(events(&mut a), [format!("connection_open_ack {ends}"), module.to_owned()]);

    let proof = Pair::prove(&a, &mut b, &mut next);
    b.run("MsgConnectionOpenConfirm", &open_confirm(proof)).unwrap();
    assert_eq!(events(&mut b), [format!("connection_open_confirm {ends}"), module.to_owned()]);

    for world in [&mut a, &mut b] {
        let end = connection(&mut world.ctx, &ID.parse().unwrap()).unwrap();
        assert_eq!(end.state, types::ConnectionState::Open);
        assert_eq!(end.counterparty.connection.unwrap().as_str(), ID);
        let paths = store::client_paths(&mut world.ctx, CLIENT).unwrap();
        assert_eq!(paths, Some(vec![ID.to_owned()]));
    }
}

#[track_caller]
fn refused(result: Result<proto::google::protobuf::Any>, code: Registered, text: &str) {
    let error = result.unwrap_err();
    assert!(error.is(code), "{error:?}");
    assert!(error.log.contains(text), "{error}");
}

#[test]
fn a_try_that_does_not_match_the_init_is_refused() {
    let Pair { mut a, mut b, mut next } = Pair::new();
    a.run("MsgConnectionOpenInit", &init()).unwrap();
    let proof = Pair::prove(&a, &mut b, &mut next);
    let other_delay = raw::MsgConnectionOpenTry { delay_period: 1, ..open_try(proof.clone()) };
    let text = "connection handshake open try failed: failed connection state verification for client \
                (07-tendermint-0): failed to verify membership proof at index 0: provided value doesn't match proof";
    refused(b.run("MsgConnectionOpenTry", &other_delay), commitment::INVALID_PROOF, text);
    let versions = vec![raw::Version { identifier: "2".to_owned(), features: vec!["x".to_owned()] }];
    let other_version = raw::MsgConnectionOpenTry { counterparty_versions: versions, ..open_try(proof.clone()) };
    let text = "failed to find a matching counterparty version ([identifier:\"2\" features:\"x\" ]) from the supported \
                version list ([identifier:\"1\" features:\"ORDER_ORDERED\" features:\"ORDER_UNORDERED\" ])";
    refused(b.run("MsgConnectionOpenTry", &other_version), VERSION_NEGOTIATION_FAILED, text);
    assert!(store::find(&mut b.ctx, ID).unwrap().is_none());
    b.run("MsgConnectionOpenTry", &open_try(proof)).unwrap();
}

#[test]
fn a_try_over_a_client_that_can_not_be_is_refused() {
    let mut world = World::new();
    for (client, text) in [("abcd-0", "abcd-0: light client module"), ("no number", "client ID"), ("none", "parse")] {
        let attempt = raw::MsgConnectionOpenTry { client_id: client.to_owned(), ..open_try((vec![1], height(10))) };
        let error = world.run("MsgConnectionOpenTry", &attempt).unwrap_err();
        assert!(error.log.contains(text), "{error}");
    }
}

#[test]
fn a_step_out_of_turn_is_refused() {
    let mut pair = Pair::new();
    let none = || (vec![1], height(10));
    refused(pair.a.run("MsgConnectionOpenAck", &open_ack(none())), CONNECTION_NOT_FOUND, "connection-0");
    pair.a.run("MsgConnectionOpenInit", &init()).unwrap();
    let text = "connection state is not TRYOPEN (got STATE_INIT)";
    refused(pair.a.run("MsgConnectionOpenConfirm", &open_confirm(none())), INVALID_CONNECTION_STATE, text);
    let other = raw::Version { identifier: "2".to_owned(), features: vec!["x".to_owned()] };
    let ack = raw::MsgConnectionOpenAck { version: Some(other), ..open_ack(none()) };
    let text = "is not supported by versions selected on INIT";
    refused(pair.a.run("MsgConnectionOpenAck", &ack), INVALID_CONNECTION_STATE, text);
    let mut end = store::get(&mut pair.a.ctx, ID).unwrap();
    end.state = State::Open.into();
    store::set(&mut pair.a.ctx, ID, &end).unwrap();
    let text = "connection state is not INIT (got STATE_OPEN)";
    refused(pair.a.run("MsgConnectionOpenAck", &open_ack(none())), INVALID_CONNECTION_STATE, text);
}

#[test]
fn an_init_needs_an_active_client_and_a_known_version() {
    let mut world = World::new();
    let unknown = raw::MsgConnectionOpenInit { client_id: "07-tendermint-9".to_owned(), ..init() };
    let text = "connection handshake open init failed: client (07-tendermint-9) status is Unknown: client state is not \
                active";
    refused(world.run("MsgConnectionOpenInit", &unknown), code::CLIENT_NOT_ACTIVE, text);
    let version = Some(raw::Version { identifier: "2".to_owned(), features: vec!["x".to_owned()] });
    let msg = raw::MsgConnectionOpenInit { version, ..init() };
    refused(world.run("MsgConnectionOpenInit", &msg), INVALID_VERSION, "version is not supported");
}

#[test]
fn a_message_is_refused_by_what_can_be_seen_from_it_alone() {
    let mut world = World::new();
    let mut run = |msg: raw::MsgConnectionOpenInit| world.run("MsgConnectionOpenInit", &msg);
    let localhost = raw::MsgConnectionOpenInit { client_id: "09-localhost".to_owned(), ..init() };
    refused(run(localhost), code::INVALID_CLIENT_TYPE, "localhost connection handshakes are disallowed");
    let crossing = raw::MsgConnectionOpenInit { counterparty: counterparty(ID), ..init() };
    refused(run(crossing), INVALID_COUNTERPARTY, "counterparty connection identifier must be empty");
    let bare = raw::Counterparty { prefix: None, ..counterparty("").unwrap() };
    let bare = raw::MsgConnectionOpenInit { counterparty: Some(bare), ..init() };
    refused(run(bare), INVALID_COUNTERPARTY, "counterparty prefix cannot be empty");

    let attempt = || open_try((vec![1], height(10)));
    let mut run = |msg: raw::MsgConnectionOpenTry| world.run("MsgConnectionOpenTry", &msg);
    let unproven = raw::MsgConnectionOpenTry { proof_init: Vec::new(), ..attempt() };
    refused(run(unproven), commitment::INVALID_PROOF, "cannot submit an empty proof init");
    let versionless = raw::MsgConnectionOpenTry { counterparty_versions: Vec::new(), ..attempt() };
    refused(run(versionless), core_ibc::INVALID_VERSION, "empty counterparty versions");
    let unsigned = raw::MsgConnectionOpenTry { signer: "x".to_owned(), ..attempt() };
    refused(run(unsigned), core_ibc::INVALID_ADDRESS, "string could not be parsed as address");

    let ack = raw::MsgConnectionOpenAck { connection_id: "x".to_owned(), ..open_ack((vec![1], height(10))) };
    refused(world.run("MsgConnectionOpenAck", &ack), INVALID_CONNECTION_IDENTIFIER, "invalid connection identifier");
}

#[test]
fn packets_wait_for_the_delay_of_their_connection() {
    let mut world = World::new();
    world.run("MsgConnectionOpenInit", &init()).unwrap();
    let end = connection(&mut world.ctx, &ID.parse().unwrap()).unwrap();
    // 61 seconds at 30 seconds a block.
    let delay = delay_of(&mut world.ctx, &end).unwrap();
    assert_eq!(delay, Delay { time: 61_000_000_000, blocks: 3 });
    let (port, channel) = ("transfer".parse().unwrap(), "channel-0".parse().unwrap());
    let remote = RemoteEnd { port: &port, channel: &channel };
    let proof = ProofAt { proof: &[1], height: height(10) };
    let error = verify_packet_commitment(&mut world.ctx, &end, proof, remote, Sequence(1), &[1; 32]).unwrap_err();
    let text = "failed packet commitment verification for client (07-tendermint-0): cannot verify packet until time";
    assert!(error.log.starts_with(text), "{error}");
    assert!(error.is(client::error::tendermint::DELAY_PERIOD_NOT_PASSED));
}

#[test]
fn what_the_counterparty_holds_is_proven_under_its_prefix_and_keys() {
    let mut world = World::new();
    let end = raw::MsgConnectionOpenInit { delay_period: 0, ..init() };
    world.run("MsgConnectionOpenInit", &end).unwrap();
    let end = connection(&mut world.ctx, &ID.parse().unwrap()).unwrap();
    let (port, channel) = ("transfer".parse().unwrap(), "channel-7".parse().unwrap());
    let remote = RemoteEnd { port: &port, channel: &channel };
    let mut next = 11;
    let mut know = |world: &mut World, proven: &trees::Proven| {
        let trusted = (height(next - 1), FOUR.to_vec());
        let app_hash = proven.app_hash.clone();
        world.update(&Draft { app_hash, trusted, ..Draft::at(next, 1_000 + next) }.sign()).unwrap();
        next += 1;
        height(next - 1)
    };
    let place = "ports/transfer/channels/channel-7";
    let proven = trees::one("ibc", format!("commitments/{place}/sequences/3").as_bytes(), &[1; 32]);
    let proof = ProofAt { proof: &proven.proof, height: know(&mut world, &proven) };
    assert_eq!(verify_packet_commitment(&mut world.ctx, &end, proof, remote, Sequence(3), &[1; 32]), Ok(()));
    assert!(verify_packet_commitment(&mut world.ctx, &end, proof, remote, Sequence(4), &[1; 32]).is_err());

    let proven = trees::one("ibc", format!("acks/{place}/sequences/3").as_bytes(), &[2; 32]);
    let proof = ProofAt { proof: &proven.proof, height: know(&mut world, &proven) };
    assert_eq!(verify_packet_acknowledgement(&mut world.ctx, &end, proof, remote, Sequence(3), &[2; 32]), Ok(()));

    let proven = trees::one("ibc", format!("nextSequenceRecv/{place}").as_bytes(), &5u64.to_be_bytes());
    let proof = ProofAt { proof: &proven.proof, height: know(&mut world, &proven) };
    assert_eq!(verify_next_sequence_recv(&mut world.ctx, &end, proof, remote, Sequence(5)), Ok(()));

    let channel_end = ChannelEnd {
        state: types::ChannelState::Open,
        ordering: types::Order::Unordered,
        counterparty: types::channel::Counterparty { port: port.clone(), channel: Some(channel.clone()) },
        connection_hops: vec![ID.parse().unwrap()],
        version: "ics20-1".to_owned(),
        upgrade_sequence: 0,
    };
    let value = proto::ibc::core::channel::v1::Channel::from(channel_end.clone()).encode_to_vec();
    let proven = trees::one("ibc", format!("channelEnds/{place}").as_bytes(), &value);
    let proof = ProofAt { proof: &proven.proof, height: know(&mut world, &proven) };
    assert_eq!(verify_channel_state(&mut world.ctx, &end, proof, remote, &channel_end), Ok(()));
    let closed = ChannelEnd { state: types::ChannelState::Closed, ..channel_end };
    let error = verify_channel_state(&mut world.ctx, &end, proof, remote, &closed).unwrap_err();
    assert!(error.log.starts_with("failed channel state verification for client (07-tendermint-0)"), "{error}");

    let proven = trees::absent("ibc", format!("receipts/{place}/sequences/3").as_bytes(), b"a");
    let proof = ProofAt { proof: &proven.proof, height: know(&mut world, &proven) };
    assert_eq!(verify_packet_receipt_absence(&mut world.ctx, &end, proof, remote, Sequence(3)), Ok(()));
}

#[test]
fn connections_are_told_and_so_is_that_of_the_chain_with_itself() {
    let mut world = World::new();
    world.run("MsgConnectionOpenInit", &init()).unwrap();
    let kind = |name: &str| *QUERIES.iter().find(|kind| kind.path.ends_with(name)).unwrap();
    let bytes = (kind("/Connections").answer)(&mut world.ctx, &[]).unwrap();
    let response = raw::QueryConnectionsResponse::decode(&*bytes).unwrap();
    let ids: Vec<_> = response.connections.iter().map(|end| (end.id.as_str(), end.client_id.as_str())).collect();
    assert_eq!(ids, [(ID, CLIENT), ("connection-localhost", "09-localhost")]);
    assert_eq!(response.height, Some(height(50).into()));

    let request = raw::QueryConnectionRequest { connection_id: "connection-9".to_owned() }.encode_to_vec();
    let refused = (kind("/Connection").answer)(&mut world.ctx, &request).unwrap_err();
    assert_eq!(refused, Status::new(Code::NotFound, "connection-9: connection not found"));

    let request = raw::QueryConnectionClientStateRequest { connection_id: ID.to_owned() }.encode_to_vec();
    let bytes = (kind("/ConnectionClientState").answer)(&mut world.ctx, &request).unwrap();
    let response = raw::QueryConnectionClientStateResponse::decode(&*bytes).unwrap();
    assert_eq!(response.identified_client_state.unwrap().client_id, CLIENT);
    let localhost = raw::QueryConnectionClientStateRequest { connection_id: "connection-localhost".to_owned() };
    let refused = (kind("/ConnectionClientState").answer)(&mut world.ctx, &localhost.encode_to_vec()).unwrap_err();
    assert_eq!(refused, Status::new(Code::NotFound, "client-id: 09-localhost: light client not found"));

    let request = raw::QueryClientConnectionsRequest { client_id: CLIENT.to_owned() }.encode_to_vec();
    let bytes = (kind("/ClientConnections").answer)(&mut world.ctx, &request).unwrap();
    assert_eq!(raw::QueryClientConnectionsResponse::decode(&*bytes).unwrap().connection_paths, [ID]);
    let bytes = (kind("/ConnectionParams").answer)(&mut world.ctx, &[]).unwrap();
    let params = raw::QueryConnectionParamsResponse::decode(&*bytes).unwrap().params.unwrap();
    assert_eq!(params.max_expected_time_per_block, 30_000_000_000);
}

#[test]
fn the_chain_proves_its_own_state_to_itself_without_a_proof() {
    let mut world = World::new();
    let end = connection(&mut world.ctx, &"connection-localhost".parse().unwrap()).unwrap();
    let key = b"commitments/ports/transfer/channels/channel-0/sequences/1";
    world.ctx.set(IBC, key, [1; 32]).unwrap();
    let (port, channel) = ("transfer".parse().unwrap(), "channel-0".parse().unwrap());
    let remote = RemoteEnd { port: &port, channel: &channel };
    let proof = |proof: &'static [u8]| ProofAt { proof, height: height(50) };
    let mut verify = |proof, commitment: &[u8]| {
        verify_packet_commitment(&mut world.ctx, &end, proof, remote, Sequence(1), commitment).map(|()| "verified")
    };
    assert_eq!(verify(proof(&[1]), &[1; 32]), Ok("verified"));
    assert!(verify(proof(&[2]), &[1; 32]).unwrap_err().is(commitment::INVALID_PROOF));
    assert!(verify(proof(&[1]), &[2; 32]).unwrap_err().is(code::FAILED_MEMBERSHIP_VERIFICATION));
}

#[test]
fn gas_that_is_used_up_is_not_taken_for_another_error() {
    let mut world = World::new();
    world.ctx.gas = crate::app::gas::GasMeter::limited(10);
    let bytes = init().encode_to_vec();
    let error = (messages::OPEN_INIT.handle)(&mut world.ctx, &bytes).unwrap_err();
    assert!(error.is(sdk::OUT_OF_GAS), "{error}");
}
