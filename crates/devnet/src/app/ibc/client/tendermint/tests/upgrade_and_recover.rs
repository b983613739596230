//! A client that follows its chain into the next revision, and one that goes on after it was frozen.

use proto::Message;
use proto::google::protobuf::Duration as RawDuration;
use proto::ibc::core::client::v1::{MsgRecoverClient, MsgUpgradeClient};
use proto::ibc::core::commitment::v1::MerkleRoot;
use proto::ibc::lightclients::tendermint::v1 as raw;
use types::Height;
use types::wire::pack;

use super::super::super::error::{client, commitment, core_ibc};
use super::super::super::test_chain::{Draft, World, client_state, consensus_state, height, signer, trees};
use super::super::{consensus_states, update_state_on_misbehaviour, zero_custom_fields};
use crate::app::address::Address;
use crate::app::error::Result;

/// What the chain leaves for its revision 2, half as long bound; and the client's update to the block that proves it.
fn upgrade(world: &mut World, upgraded: &raw::ClientState) -> MsgUpgradeClient {
    let first = consensus_state(&Draft::at(15, 1_010).sign());
    let kernel = raw::ConsensusState { root: Some(MerkleRoot::default()), ..first };
    let (state, kernel_any) = (pack(&zero_custom_fields(upgraded)).encode_to_vec(), pack(&kernel));
    let [client, consensus] = trees::two(
        "upgrade",
        (b"upgradedIBCState/15/upgradedClient", &state),
        (b"upgradedIBCState/15/upgradedConsState", &kernel_any.encode_to_vec()),
    );
    assert_eq!(client.app_hash, consensus.app_hash);
    world.update(&Draft { app_hash: client.app_hash, ..Draft::at(15, 1_010) }.sign()).unwrap();
    MsgUpgradeClient {
        client_id: world.id.clone(),
        client_state: Some(pack(upgraded)),
        consensus_state: Some(kernel_any),
        proof_upgrade_client: client.proof,
        proof_upgrade_consensus_state: consensus.proof,
        signer: signer(),
    }
}

fn upgraded() -> raw::ClientState {
    let latest_height = Height { revision_number: 2, revision_height: 16 };
    raw::ClientState {
        latest_height: Some(latest_height.into()),
        unbonding_period: Some(RawDuration { seconds: 10_000, nanos: 0 }),
        ..client_state("chain-2")
    }
}

#[test]
fn a_client_follows_its_chain_into_the_next_revision() {
    let mut world = World::new();
    let msg = upgrade(&mut world, &upgraded());
    world.run("MsgUpgradeClient", &msg).unwrap();
    let state = world.state();
    assert_eq!(state.chain_id.as_str(), "chain-2");
    assert_eq!(state.latest_height, Height { revision_number: 2, revision_height: 16 });
    assert_eq!((state.trusting_period.as_secs(), state.unbonding_period.as_secs()), (5_000, 10_000));
    assert_eq!(state.max_clock_drift.as_secs(), 10);
    let kernel = consensus_states::get(&mut world.ctx, "07-tendermint-0", state.latest_height).unwrap().unwrap();
    assert_eq!(kernel.root, b"sentinel_root");
    assert_eq!(kernel.timestamp.as_seconds(), 1_010);
    // The first header of the new revision, by the last validators of the old one.
    let members = Draft::at(1, 1).members;
    let next =
        Draft { chain_id: "chain-2".to_owned(), trusted: (state.latest_height, members), ..Draft::at(17, 1_020) };
    world.update(&next.sign()).unwrap();
    assert_eq!(world.state().latest_height, Height { revision_number: 2, revision_height: 17 });
}

#[test]
fn an_upgrade_that_the_chain_did_not_commit_to_is_refused() {
    let mut world = World::new();
    let msg = upgrade(&mut world, &upgraded());
    let other = raw::ClientState { unbonding_period: Some(RawDuration { seconds: 9_999, nanos: 0 }), ..upgraded() };
    let forged = MsgUpgradeClient { client_state: Some(pack(&other)), ..msg.clone() };
    let error = world.run("MsgUpgradeClient", &forged).unwrap_err();
    assert!(error.is(commitment::INVALID_PROOF), "{error}");
    let text = "cannot upgrade client with ID 07-tendermint-0: client state proof failed. Path: [upgrade \
                upgradedIBCState/15/upgradedClient]";
    assert!(error.log.starts_with(text), "{error}");
    let swapped = MsgUpgradeClient { proof_upgrade_consensus_state: msg.proof_upgrade_client.clone(), ..msg };
    let error = world.run("MsgUpgradeClient", &swapped).unwrap_err();
    assert!(error.log.contains("consensus state proof failed. Path: [upgrade upgradedIBCState/15"), "{error}");
}

#[test]
fn an_upgrade_to_no_higher_height_is_refused() {
    let mut world = World::new();
    let lower = raw::ClientState { latest_height: Some(height(15).into()), ..client_state("chain-1") };
    let msg = upgrade(&mut world, &lower);
    let error = world.run("MsgUpgradeClient", &msg).unwrap_err();
    assert!(error.is(core_ibc::INVALID_HEIGHT), "{error}");
}

fn recover(world: &mut World, signer: &str) -> Result<()> {
    let msg = MsgRecoverClient {
        subject_client_id: "07-tendermint-0".to_owned(),
        substitute_client_id: "07-tendermint-1".to_owned(),
        signer: signer.to_owned(),
    };
    world.run("MsgRecoverClient", &msg).map(drop)
}

fn governance() -> String {
    Address::of_module("gov").to_text("cosmos")
}

/// A frozen client, and another one of the same chain at a higher height.
fn frozen_and_substitute(change: impl FnOnce(&mut raw::ClientState)) -> World {
    let mut world = World::new();
    let mut state = client_state("chain-1");
    state.latest_height = Some(height(20).into());
    change(&mut state);
    let id = world.create(state, &Draft::at(20, 1_050)).unwrap();
    assert_eq!(id, "07-tendermint-1");
    update_state_on_misbehaviour(&mut world.ctx, "07-tendermint-0").unwrap();
    world
}

#[test]
fn a_frozen_client_goes_on_from_a_substitute() {
    let mut world = frozen_and_substitute(|state| {
        state.trusting_period = Some(RawDuration { seconds: 9_000, nanos: 0 });
    });
    recover(&mut world, &governance()).unwrap();
    let state = world.state();
    assert!(!state.is_frozen());
    assert_eq!((state.latest_height, state.trusting_period.as_secs()), (height(20), 9_000));
    let draft = Draft { trusted: (height(20), Draft::at(1, 1).members), ..Draft::at(21, 1_060) };
    world.update(&draft.sign()).unwrap();
    let event = world.ctx.events.iter().find(|event| event.kind == "recover_client").unwrap();
    assert_eq!(event.value("subject_client_id"), Some("07-tendermint-0"));
}

#[test]
fn governance_alone_recovers_a_client() {
    let mut world = frozen_and_substitute(|_| ());
    let error = recover(&mut world, &signer()).unwrap_err();
    assert!(error.is(core_ibc::UNAUTHORIZED), "{error}");
    assert_eq!(error.log, format!("expected {}, got {}: unauthorized", governance(), signer()));
}

#[test]
fn a_client_that_is_active_is_not_recovered() {
    let mut world = World::new();
    world
        .create(
            raw::ClientState { latest_height: Some(height(20).into()), ..client_state("chain-1") },
            &Draft::at(20, 1_050),
        )
        .unwrap();
    let error = recover(&mut world, &governance()).unwrap_err();
    assert!(error.is(client::INVALID_RECOVERY_CLIENT), "{error}");
}

#[test]
fn a_substitute_has_the_same_parameters_and_a_higher_height() {
    let mut world = frozen_and_substitute(|state| {
        state.max_clock_drift = Some(RawDuration { seconds: 11, nanos: 0 });
    });
    let error = recover(&mut world, &governance()).unwrap_err();
    assert!(error.is(client::INVALID_SUBSTITUTE), "{error}");
    let mut world = frozen_and_substitute(|state| state.latest_height = Some(height(10).into()));
    let error = recover(&mut world, &governance()).unwrap_err();
    assert!(error.is(client::INVALID_HEIGHT), "{error}");
    assert!(error.log.contains("(1-10 >= 1-10)"), "{error}");
}
