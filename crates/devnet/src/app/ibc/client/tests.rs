//! Messages, events, queries and the plan of an upgrade.

use proto::Message;
use proto::cosmos::base::query::v1beta1::PageRequest;
use proto::google::protobuf::Any;
use proto::ibc::core::client::v1 as raw;
use proto::ibc::lightclients::tendermint::v1 as tm;
use types::client::Status as ClientStatus;
use types::wire::pack;

use super::error::{client, core_ibc, host, tendermint};
use super::test_chain::{Draft, World, client_state, consensus_state, genesis_ctx, height, signer};
use super::*;
use crate::app::context::{Mode, store::UPGRADE};
use crate::app::error::sdk;
use crate::app::kind::{Code, Status as GrpcStatus};

fn ask<M: Message + Default>(world: &mut World, name: &str, request: &impl Message) -> Result<M, GrpcStatus> {
    let kind = QUERIES.iter().find(|kind| kind.path.ends_with(&format!("/{name}"))).unwrap();
    (kind.answer)(&mut world.ctx, &request.encode_to_vec()).map(|bytes| M::decode(&*bytes).unwrap())
}

/// The events since the last call, as text.
fn events(world: &mut World) -> Vec<String> {
    let text = |event: crate::app::event::Event| {
        let attributes: Vec<_> = event.attributes.iter().map(|a| format!("{}={}", a.key, a.value)).collect();
        format!("{} {}", event.kind, attributes.join(" "))
    };
    std::mem::take(&mut world.ctx.events).into_iter().map(text).collect()
}

#[test]
fn creating_and_updating_emit_the_events_of_ibc_go() {
    let mut world = World::new();
    let created = "create_client client_id=07-tendermint-0 client_type=07-tendermint consensus_height=1-10";
    assert_eq!(events(&mut world), [created, "message module=ibc_client"]);
    let header = Draft::at(15, 1_010).sign();
    let updated = "update_client client_id=07-tendermint-0 client_type=07-tendermint consensus_height=1-15 \
                   consensus_heights=1-15";
    for _ in 0..2 {
        world.update(&header).unwrap();
        assert_eq!(events(&mut world), [updated, "message module=ibc_client"]);
    }
}

#[test]
fn a_header_that_conflicts_freezes_the_client_and_the_message_succeeds() {
    let mut world = World::new();
    world.update(&Draft::at(15, 1_010).sign()).unwrap();
    events(&mut world);
    world.update(&Draft { app_hash: vec![5; 32], ..Draft::at(15, 1_010) }.sign()).unwrap();
    let frozen = "client_misbehaviour client_id=07-tendermint-0 client_type=07-tendermint";
    assert_eq!(events(&mut world), [frozen, "message module=ibc_client"]);
    assert_eq!(status_of(&mut world.ctx, "07-tendermint-0"), Ok(ClientStatus::Frozen));
    let error = world.update(&Draft::at(16, 1_020).sign()).unwrap_err();
    assert_eq!(error.log, "cannot update client (07-tendermint-0) with status Frozen: client state is not active");
    assert!(error.is(client::CLIENT_NOT_ACTIVE));
}

fn fork() -> Any {
    #[expect(deprecated, reason = "ibc-go still checks the field")]
    let misbehaviour = tm::Misbehaviour {
        client_id: "07-tendermint-0".to_owned(),
        header_1: Some(Draft::at(15, 1_010).sign()),
        header_2: Some(Draft { app_hash: vec![5; 32], ..Draft::at(15, 1_010) }.sign()),
    };
    pack(&misbehaviour)
}

#[test]
fn both_messages_take_misbehaviour() {
    let client_id = || "07-tendermint-0".to_owned();
    let mut world = World::new();
    let msg = MsgUpdateClient { client_id: client_id(), client_message: Some(fork()), signer: signer() };
    let response = world.run("MsgUpdateClient", &msg).unwrap();
    assert_eq!(response.type_url, "/ibc.core.client.v1.MsgUpdateClientResponse");
    assert_eq!(status_of(&mut world.ctx, "07-tendermint-0"), Ok(ClientStatus::Frozen));

    let mut world = World::new();
    let msg = raw::MsgSubmitMisbehaviour { client_id: client_id(), misbehaviour: Some(fork()), signer: signer() };
    let response = world.run("MsgSubmitMisbehaviour", &msg).unwrap();
    assert_eq!(response.type_url, "/ibc.core.client.v1.MsgSubmitMisbehaviourResponse");
    assert_eq!(status_of(&mut world.ctx, "07-tendermint-0"), Ok(ClientStatus::Frozen));
}

#[test]
fn misbehaviour_that_is_none_changes_nothing_and_succeeds() {
    let mut world = World::new();
    events(&mut world);
    let header = || Some(Draft::at(15, 1_010).sign());
    #[expect(deprecated, reason = "ibc-go still checks the field")]
    let none = tm::Misbehaviour { client_id: "07-tendermint-0".to_owned(), header_1: header(), header_2: header() };
    let client_id = "07-tendermint-0".to_owned();
    let msg = MsgUpdateClient { client_id, client_message: Some(pack(&none)), signer: signer() };
    world.run("MsgUpdateClient", &msg).unwrap();
    let event =
        "update_client client_id=07-tendermint-0 client_type=07-tendermint consensus_height= consensus_heights=";
    assert_eq!(events(&mut world), [event, "message module=ibc_client"]);
    assert_eq!(status_of(&mut world.ctx, "07-tendermint-0"), Ok(ClientStatus::Active));
}

#[test]
fn the_response_names_the_new_client() {
    let mut world = World::new();
    let header = Draft::first("chain-1").sign();
    let msg = raw::MsgCreateClient {
        client_state: Some(pack(&client_state("chain-1"))),
        consensus_state: Some(pack(&consensus_state(&header))),
        signer: signer(),
    };
    let response = world.run("MsgCreateClient", &msg).unwrap();
    assert_eq!(response.type_url, "/ibc.core.client.v1.MsgCreateClientResponse");
    assert_eq!(response.value, b"\x0a\x0f07-tendermint-1");
}

#[test]
fn a_client_that_could_never_work_is_not_created() {
    type Change = fn(&mut tm::ClientState);
    let changes: [(Change, crate::app::error::Registered, &str); 9] = [
        (|s| s.chain_id = " ".to_owned(), tendermint::INVALID_CHAIN_ID, "chain id cannot be empty string"),
        (|s| s.chain_id = "a".repeat(51), tendermint::INVALID_CHAIN_ID, "chainID is too long; got: 51, max: 50"),
        (
            |s| s.trust_level = Some(tm::Fraction { numerator: 1, denominator: 4 }),
            tendermint::INVALID_TRUST_LEVEL,
            "trustLevel must be within [1/3, 1], given 1/4",
        ),
        (|s| s.trusting_period = None, tendermint::INVALID_TRUSTING_PERIOD, "must be greater than zero"),
        (
            |s| s.trusting_period = s.unbonding_period,
            tendermint::INVALID_TRUSTING_PERIOD,
            "trusting period (5h33m20s) should be < unbonding period (5h33m20s)",
        ),
        (|s| s.max_clock_drift = None, tendermint::INVALID_MAX_CLOCK_DRIFT, "must be greater than zero"),
        (
            |s| s.latest_height = Some(raw::Height { revision_number: 2, revision_height: 10 }),
            tendermint::INVALID_HEADER_HEIGHT,
            "latest height revision number must match chain id revision number (2 != 1)",
        ),
        (|s| s.proof_specs.clear(), tendermint::INVALID_PROOF_SPECS, "proof specs cannot be nil for tm client"),
        (|s| s.upgrade_path.push(String::new()), client::INVALID_CLIENT, "key in upgrade path at index 2"),
    ];
    for (change, code, text) in changes {
        let mut state = client_state("chain-1");
        change(&mut state);
        let error = World::new().create(state, &Draft::first("chain-1")).unwrap_err();
        assert!(error.is(code), "{error:?}");
        assert!(error.log.contains(text), "{error}");
    }
}

#[test]
fn a_client_that_has_expired_already_is_not_created() {
    let mut world = World::new();
    world.at_time(20_000);
    let error = world.create(client_state("chain-1"), &Draft::first("chain-1")).unwrap_err();
    assert_eq!(error.log, "cannot create client (07-tendermint-1) with status Expired: client state is not active");
    // The number is free again.
    world.at_time(1_100);
    assert_eq!(world.create(client_state("chain-1"), &Draft::first("chain-1")).unwrap(), "07-tendermint-1");
}

#[test]
fn a_message_with_another_signer_or_content_is_refused_before_it_runs() {
    let update = |client_id: &str, message: Option<Any>, signer: String| {
        let msg = MsgUpdateClient { client_id: client_id.to_owned(), client_message: message, signer };
        World::new().run("MsgUpdateClient", &msg).unwrap_err()
    };
    let header = || Some(pack(&Draft::at(15, 1_010).sign()));
    let error = update("07-tendermint-0", header(), String::new());
    assert!(error.is(core_ibc::INVALID_ADDRESS), "{error}");
    assert_eq!(
        error.log,
        "string could not be parsed as address: empty address string is not allowed: invalid address"
    );
    assert!(update("07-tendermint-0", None, signer()).is(core_ibc::UNPACK_ANY));
    // Those of other client types are none that this chain can read.
    let solo = Any { type_url: "/ibc.lightclients.solomachine.v3.Misbehaviour".to_owned(), value: Vec::new() };
    assert!(update("07-tendermint-0", Some(solo), signer()).is(sdk::TX_DECODE));
    assert!(update("07", header(), signer()).is(host::INVALID_ID));
    assert!(update("07-tendermint-7", header(), signer()).log.contains("with status Unknown"));
    assert!(update("06-solomachine-7", header(), signer()).is(client::ROUTE_NOT_FOUND));
    assert!(update("09-localhost", header(), signer()).is(client::UPDATE_CLIENT_FAILED));
}

#[test]
fn check_tx_verifies_but_looks_for_no_misbehaviour_and_recheck_tx_does_not_verify() {
    let mut world = World::new();
    let msg = |header: tm::Header| {
        let client_id = "07-tendermint-0".to_owned();
        MsgUpdateClient { client_id, client_message: Some(pack(&header)), signer: signer() }.encode_to_vec()
    };
    world.update(&Draft::at(15, 1_010).sign()).unwrap();
    world.ctx.mode = Mode::Check;
    let conflicting = Draft { app_hash: vec![5; 32], ..Draft::at(15, 1_010) }.sign();
    assert_eq!(update_in_check(&mut world.ctx, &msg(conflicting)), Ok(()));
    assert_eq!(status_of(&mut world.ctx, "07-tendermint-0"), Ok(ClientStatus::Active));
    let unsigned = || Draft { absent: vec![0, 1, 2], ..Draft::at(17, 1_020) }.sign();
    assert!(update_in_check(&mut world.ctx, &msg(unsigned())).is_err());
    world.ctx.mode = Mode::Recheck;
    assert_eq!(update_in_check(&mut world.ctx, &msg(unsigned())), Ok(()));
    assert_eq!(latest_height_of(&mut world.ctx, "07-tendermint-0"), Ok(height(17)));
}

#[test]
fn clients_are_told_with_their_states() {
    let mut world = World::new();
    world.update(&Draft::at(9_000, 1_050).sign()).unwrap();
    world.update(&Draft::at(15, 1_010).sign()).unwrap();
    let client_id = || "07-tendermint-0".to_owned();
    let state: raw::QueryClientStateResponse =
        ask(&mut world, "ClientState", &raw::QueryClientStateRequest { client_id: client_id() }).unwrap();
    assert_eq!(state.proof_height, Some(height(50).into()));
    assert!(state.proof.is_empty());
    let request = raw::QueryConsensusStateHeightsRequest { client_id: client_id(), pagination: None };
    let heights: raw::QueryConsensusStateHeightsResponse = ask(&mut world, "ConsensusStateHeights", &request).unwrap();
    // In the order of their text.
    assert_eq!(heights.consensus_state_heights, [10, 15, 9_000].map(|number| height(number).into()));
    let latest = raw::QueryConsensusStateRequest { client_id: client_id(), latest_height: true, ..Default::default() };
    let latest: raw::QueryConsensusStateResponse = ask(&mut world, "ConsensusState", &latest).unwrap();
    let state = types::ConsensusState::try_from(latest.consensus_state.unwrap()).unwrap();
    assert_eq!(state.timestamp.as_seconds(), 1_050);
    let request = raw::QueryClientStatusRequest { client_id: client_id() };
    let status: raw::QueryClientStatusResponse = ask(&mut world, "ClientStatus", &request).unwrap();
    assert_eq!(status.status, "Active");
    let creator: raw::QueryClientStatusResponse = ask(&mut world, "ClientCreator", &request).unwrap();
    assert_eq!(creator.status, signer());
    let params: raw::QueryClientParamsResponse =
        ask(&mut world, "ClientParams", &raw::QueryClientParamsRequest {}).unwrap();
    assert_eq!(params.params.unwrap().allowed_clients, ["*"]);
}

#[test]
fn what_is_not_there_is_told_in_the_words_of_ibc_go() {
    let mut world = World::new();
    let request = raw::QueryClientStateRequest { client_id: "07-tendermint-9".to_owned() };
    let refused = ask::<raw::QueryClientStateResponse>(&mut world, "ClientState", &request).unwrap_err();
    assert_eq!(refused, GrpcStatus::new(Code::NotFound, "07-tendermint-9: light client not found"));
    let request = raw::QueryClientStateRequest { client_id: "x".to_owned() };
    let refused = ask::<raw::QueryClientStateResponse>(&mut world, "ClientState", &request).unwrap_err();
    assert_eq!(refused.code, Code::InvalidArgument);
    let request = raw::QueryConsensusStateRequest {
        client_id: "07-tendermint-0".to_owned(),
        revision_number: 1,
        revision_height: 11,
        latest_height: false,
    };
    let refused = ask::<raw::QueryConsensusStateResponse>(&mut world, "ConsensusState", &request).unwrap_err();
    let text = "client-id: 07-tendermint-0, height: 1-11: consensus state not found";
    assert_eq!(refused, GrpcStatus::new(Code::NotFound, text));
}

#[test]
fn a_page_of_clients_holds_all_that_was_looked_at_as_in_ibc_go() {
    let mut world = World::new();
    for _ in 0..3 {
        world.create(client_state("chain-1"), &Draft::first("chain-1")).unwrap();
    }
    let mut page = |pagination: PageRequest| -> (Vec<String>, Vec<u8>) {
        let request = raw::QueryClientStatesRequest { pagination: Some(pagination) };
        let response: raw::QueryClientStatesResponse = ask(&mut world, "ClientStates", &request).unwrap();
        let ids = response.client_states.into_iter().map(|state| state.client_id);
        (ids.collect(), response.pagination.unwrap().next_key)
    };
    let (ids, next_key) = page(PageRequest { limit: 1, ..PageRequest::default() });
    assert_eq!(ids, ["07-tendermint-0", "07-tendermint-1"]);
    assert_eq!(next_key, b"/07-tendermint-1/clientState");
    let (ids, _) = page(PageRequest { key: next_key, limit: 2, ..PageRequest::default() });
    assert_eq!(ids, ["07-tendermint-1", "07-tendermint-2"]);
    assert_eq!(page(PageRequest::default()).0.len(), 4);
}

#[test]
fn the_last_block_before_an_upgrade_leaves_the_next_consensus_state() {
    let mut world = World { ctx: genesis_ctx(), id: String::new() };
    let upgraded = types::ClientState::try_from(client_state("host-2")).unwrap();
    schedule_upgrade(&mut world.ctx, 52, &upgraded).unwrap();
    let planned = "schedule_ibc_software_upgrade title=upgrade upgrade_plan_height=52";
    assert_eq!(events(&mut world), [planned, "message module=ibc_client"]);
    begin_block(&mut world.ctx).unwrap();
    assert_eq!(events(&mut world), [""; 0]);
    world.ctx.block.height = 51;
    begin_block(&mut world.ctx).unwrap();
    assert_eq!(
        events(&mut world),
        ["upgrade_chain upgrade_plan_height=52 upgrade_store=upgrade", "message module=ibc_client"]
    );
    let left = world.ctx.state.get(UPGRADE, b"upgradedIBCState/52/upgradedConsState").unwrap();
    let state = types::ConsensusState::try_from(Any::decode(&*left).unwrap()).unwrap();
    assert_eq!((state.timestamp, state.next_validators_hash), (world.ctx.block.time, vec![8; 32]));
    // ibc-go asks for the state of the height that is asked, and the plan's height has none: the chain has ended.
    let request = raw::QueryUpgradedConsensusStateRequest {};
    let refused = ask::<raw::QueryUpgradedConsensusStateResponse>(&mut world, "UpgradedConsensusState", &request);
    let text = "upgraded consensus state not found, height 51";
    assert_eq!(refused, Err(GrpcStatus::new(Code::NotFound, text)));
    let client: raw::QueryUpgradedClientStateResponse =
        ask(&mut world, "UpgradedClientState", &raw::QueryUpgradedClientStateRequest {}).unwrap();
    let client = tm::ClientState::decode(&*client.upgraded_client_state.unwrap().value).unwrap();
    assert_eq!((client.chain_id.as_str(), client.trust_level), ("host-2", Some(tm::Fraction::default())));
}

#[test]
fn an_upgrade_in_the_past_is_refused() {
    let mut ctx = genesis_ctx();
    let upgraded = types::ClientState::try_from(client_state("host-2")).unwrap();
    assert!(schedule_upgrade(&mut ctx, 49, &upgraded).unwrap_err().is(sdk::INVALID_REQUEST));
    assert!(schedule_upgrade(&mut ctx, 0, &upgraded).unwrap_err().is(sdk::INVALID_REQUEST));
}
