//! What a client keeps of headers, when it forgets them, and what it may be used for.

use types::client::Status;

use super::super::super::test_chain::{ALT, Draft, FIRST_TIME, TRUSTING_PERIOD, World, height};
use super::super::{consensus_states, status, update_state};
use super::misbehaviour;
use crate::app::context::{Mode, store::IBC};

fn keys(world: &World) -> Vec<String> {
    let keys = world.ctx.state.with_prefix(IBC, b"clients/07-tendermint-0/");
    keys.map(|(key, _)| key[24..].escape_ascii().to_string()).collect()
}

#[test]
fn a_client_stands_under_the_keys_of_ibc_go() {
    let expected = [
        "clientState",
        "consensusStates/1-10",
        "consensusStates/1-10/processedHeight",
        "consensusStates/1-10/processedTime",
        "creator",
        r"iterateConsensusStates\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\n",
    ];
    let world = World::new();
    assert_eq!(keys(&world), expected);
    let value = |key: &str| world.ctx.state.get(IBC, key.as_bytes()).unwrap().to_vec();
    assert_eq!(value("nextClientSequence"), 1u64.to_be_bytes());
    assert_eq!(value("clientParams"), b"\x0a\x01*");
    assert_eq!(value("clients/07-tendermint-0/creator"), [7; 20]);
    let at = "clients/07-tendermint-0/consensusStates/1-10";
    assert_eq!(value(&format!("{at}/processedHeight")), b"1-50");
    assert_eq!(value(&format!("{at}/processedTime")), (1_100 * 1_000_000_000u64).to_be_bytes());
}

#[test]
fn the_latest_height_only_rises() {
    let mut world = World::new();
    world.update(&Draft::at(20, 1_050).sign()).unwrap();
    assert_eq!(world.state().latest_height, height(20));
    world.update(&Draft::at(15, 1_010).sign()).unwrap();
    assert_eq!(world.state().latest_height, height(20));
    assert!(consensus_states::get(&mut world.ctx, "07-tendermint-0", height(15)).unwrap().is_some());
}

#[test]
fn a_header_that_is_known_changes_nothing() {
    let mut world = World::new();
    let header = Draft::at(15, 1_010).sign();
    world.update(&header).unwrap();
    let before = keys(&world);
    world.ctx.block.height += 1;
    let heights = update_state(&mut world.ctx, "07-tendermint-0", &header.into()).unwrap();
    assert_eq!(heights, [height(15)]);
    assert_eq!(keys(&world), before);
    let processed = consensus_states::processed_height(&mut world.ctx, "07-tendermint-0", height(15)).unwrap();
    assert_eq!(processed, Some(height(50)));
}

#[test]
fn the_oldest_state_is_forgotten_once_it_has_expired_and_one_at_a_time() {
    let mut world = World::new();
    for (number, time) in [(15, 1_010), (20, 1_050)] {
        world.update(&Draft::at(number, time).sign()).unwrap();
    }
    world.at_time(1_010 + TRUSTING_PERIOD);
    let update = |world: &mut World, number: u64| {
        let draft = Draft { trusted: (height(20), Draft::at(1, 1).members), ..Draft::at(number, 1_050 + number) };
        world.update(&draft.sign()).unwrap();
        let known = [10, 15, 20].map(|number| consensus_states::get(&mut world.ctx, "07-tendermint-0", height(number)));
        known.map(|state| state.unwrap().is_some())
    };
    assert_eq!(update(&mut world, 21), [false, true, true]);
    assert!(!keys(&world).iter().any(|key| key.contains("1-10") || key.ends_with(r"\n")), "{:?}", keys(&world));
    assert_eq!(update(&mut world, 22), [false, false, true]);
    assert_eq!(update(&mut world, 23), [false, false, true]);
}

#[test]
fn nothing_is_forgotten_in_check_tx() {
    let mut world = World::new();
    world.update(&Draft::at(15, 1_010).sign()).unwrap();
    world.at_time(FIRST_TIME + TRUSTING_PERIOD);
    let header = Draft { trusted: (height(15), Draft::at(1, 1).members), ..Draft::at(21, 1_060) }.sign();
    for (mode, kept) in [(Mode::Check, true), (Mode::Recheck, true), (Mode::Simulate, false), (Mode::Deliver, false)] {
        let mut ctx = world.ctx.clone();
        ctx.mode = mode;
        update_state(&mut ctx, "07-tendermint-0", &header.clone().into()).unwrap();
        let state = consensus_states::get(&mut ctx, "07-tendermint-0", height(10)).unwrap();
        assert_eq!(state.is_some(), kept, "{mode:?}");
    }
}

#[test]
fn misbehaviour_that_is_none_brings_no_height() {
    let header = Draft::at(15, 1_010).sign();
    let message = misbehaviour(header.clone(), header).into();
    assert_eq!(update_state(&mut World::new().ctx, "07-tendermint-0", &message), Ok(Vec::new()));
}

#[test]
fn a_client_expires_at_the_very_moment_that_its_trusting_period_ends() {
    let mut world = World::new();
    world.at_time(FIRST_TIME + TRUSTING_PERIOD - 1);
    assert_eq!(status(&mut world.ctx, "07-tendermint-0"), Ok(Status::Active));
    world.at_time(FIRST_TIME + TRUSTING_PERIOD);
    assert_eq!(status(&mut world.ctx, "07-tendermint-0"), Ok(Status::Expired));
}

#[test]
fn frozen_comes_before_expired() {
    let mut world = World::new();
    super::super::update_state_on_misbehaviour(&mut world.ctx, "07-tendermint-0").unwrap();
    world.at_time(FIRST_TIME + TRUSTING_PERIOD);
    assert_eq!(status(&mut world.ctx, "07-tendermint-0"), Ok(Status::Frozen));
    assert_eq!(world.state().frozen_height.unwrap().to_string(), "0-1");
}

#[test]
fn a_client_without_its_newest_consensus_state_is_expired() {
    let mut world = World::new();
    consensus_states::delete(&mut world.ctx, "07-tendermint-0", height(10)).unwrap();
    assert_eq!(status(&mut world.ctx, "07-tendermint-0"), Ok(Status::Expired));
    assert_eq!(status(&mut world.ctx, "07-tendermint-9"), Ok(Status::Unknown));
}

#[test]
fn a_chain_may_change_all_its_validators_step_by_step() {
    let mut world = World::new();
    world.update(&Draft { next_members: vec![ALT], ..Draft::at(11, 1_010) }.sign()).unwrap();
    let alone =
        Draft { members: vec![ALT], next_members: vec![ALT], trusted: (height(11), vec![ALT]), ..Draft::at(12, 1_020) };
    world.update(&alone.sign()).unwrap();
    assert_eq!(world.state().latest_height, height(12));
}
