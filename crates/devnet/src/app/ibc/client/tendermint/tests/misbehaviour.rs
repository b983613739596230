//! ibc-go `misbehaviour_handle_test.go`, `TestVerifyMisbehaviour` and `TestVerifyMisbehaviourNonRevisionChainID`.
//!
//! That of another client type is refused where the message is read: see `client/tests.rs`.

use super::super::super::error::{client, tendermint};
use super::super::super::test_chain::{ALT, Draft, FIRST_TIME, FOUR, TRUSTING_PERIOD, World, height};
use super::misbehaviour;
use crate::app::error::{AppError, Result};

fn verify(world: &mut World, one: &Draft, other: &Draft) -> Result<()> {
    world.verify(misbehaviour(one.sign(), other.sign()))
}

fn fork(time: u64) -> [Draft; 2] {
    [Draft::at(20, time + 60), Draft::at(20, time)]
}

/// A chain whose id has no revision, and drafts of it.
fn without_revision(change: impl Fn(Draft) -> Draft) -> Result<()> {
    let mut world = World::tracking("chain");
    let plain = |draft: Draft| Draft {
        chain_id: "chain".to_owned(),
        trusted: (types::Height { revision_number: 0, revision_height: 10 }, FOUR.to_vec()),
        ..draft
    };
    let [one, other] = fork(1_010).map(plain);
    verify(&mut world, &change(one), &change(other))
}

#[test]
fn valid_fork_misbehaviour() {
    let mut world = World::new();
    world.update(&Draft::at(20, 1_050).sign()).unwrap();
    let [one, other] = fork(1_010);
    assert_eq!(verify(&mut world, &one, &other), Ok(()));
    assert_eq!(without_revision(|draft| draft), Ok(()));
}

#[test]
fn valid_time_misbehaviour() {
    assert_eq!(verify(&mut World::new(), &Draft::at(23, 1_010), &Draft::at(20, 1_010)), Ok(()));
}

#[test]
fn valid_time_misbehaviour_header_1_time_strictly_less_than_header_2_time() {
    // An hour ahead of the chain's clock: for misbehaviour there is no clock drift.
    assert_eq!(verify(&mut World::new(), &Draft::at(23, 1_010), &Draft::at(20, 4_610)), Ok(()));
}

#[test]
fn valid_misbehaviour_at_height_greater_than_last_consensus_state() {
    let [one, other] = fork(1_010);
    assert_eq!(verify(&mut World::new(), &one, &other), Ok(()));
}

#[test]
fn valid_misbehaviour_with_different_trusted_heights() {
    let mut world = World::new();
    world.update(&Draft::at(15, 1_010).sign()).unwrap();
    let [one, other] = fork(1_020);
    let other = Draft { trusted: (height(15), FOUR.to_vec()), ..other };
    assert_eq!(verify(&mut world, &one, &other), Ok(()));
}

#[test]
fn valid_misbehaviour_at_a_previous_revision() {
    let mut world = World::new();
    world.upgraded();
    let [one, other] = fork(1_010);
    assert_eq!(verify(&mut world, &one, &other), Ok(()));
}

#[test]
fn valid_misbehaviour_at_a_future_revision() {
    let [one, other] = fork(1_010).map(|draft| Draft { chain_id: "chain-3".to_owned(), ..draft });
    assert_eq!(verify(&mut World::new(), &one, &other), Ok(()));
}

#[test]
fn valid_misbehaviour_with_trusted_heights_at_a_previous_revision() {
    let mut world = World::new();
    world.upgraded();
    let [one, other] = fork(1_010).map(|draft| Draft { chain_id: "chain-2".to_owned(), ..draft });
    assert_eq!(verify(&mut world, &one, &other), Ok(()));
}

#[test]
fn consensus_state_valset_hash_different_from_misbehaviour_should_still_pass() {
    let both = || [FOUR, &[(5, 10)]].concat();
    let [one, other] = fork(1_010).map(|draft| Draft { members: both(), ..draft });
    assert_eq!(verify(&mut World::new(), &one, &other), Ok(()));
    assert_eq!(without_revision(|draft| Draft { members: both(), ..draft }), Ok(()));
}

#[track_caller]
fn is_too_much_change(error: &AppError) {
    assert!(error.is(client::INVALID_MISBEHAVIOUR), "{error}");
    assert!(error.log.contains("validator set in header has too much change from trusted validator set"), "{error}");
}

#[test]
fn misbehaviour_from_different_chain() {
    let [one, other] = fork(1_010).map(|draft| Draft { chain_id: "evmos".to_owned(), ..draft });
    is_too_much_change(&verify(&mut World::new(), &one, &other).unwrap_err());
    is_too_much_change(&without_revision(|draft| Draft { chain_id: "evmos".to_owned(), ..draft }).unwrap_err());
}

#[test]
fn trusted_validators_does_not_match_validator_hash_in_trusted_consensus_state() {
    let [one, other] = fork(1_010).map(|draft| Draft { trusted: (height(10), vec![ALT]), ..draft });
    let error = verify(&mut World::new(), &one, &other).unwrap_err();
    assert!(error.is(tendermint::INVALID_VALIDATOR_SET), "{error}");
}

#[test]
fn trusted_consensus_state_does_not_exist() {
    for wrong in [0, 1] {
        let mut drafts = fork(1_010);
        drafts[wrong].trusted.0 = height(11);
        let error = verify(&mut World::new(), &drafts[0], &drafts[1]).unwrap_err();
        assert!(error.is(client::CONSENSUS_STATE_NOT_FOUND), "{error}");
        assert!(error.log.contains(&format!("for Header{} at TrustedHeight: 1-11", wrong + 1)), "{error}");
    }
}

#[test]
fn trusting_period_expired() {
    let mut world = World::new();
    let [one, other] = fork(1_010);
    world.at_time(FIRST_TIME + TRUSTING_PERIOD - 1);
    assert_eq!(verify(&mut world, &one, &other), Ok(()));
    world.at_time(FIRST_TIME + TRUSTING_PERIOD);
    let error = verify(&mut world, &one, &other).unwrap_err();
    assert!(error.is(tendermint::TRUSTING_PERIOD_EXPIRED), "{error}");
    assert!(error.log.contains("(10000000000000 >= 10000000000000)"), "{error}");
}

#[test]
fn header_1_valset_has_too_much_change() {
    let [one, other] = fork(1_010);
    let error = verify(&mut World::new(), &Draft { members: vec![ALT], ..one }, &other).unwrap_err();
    is_too_much_change(&error);
    assert!(error.log.starts_with("verifying Header1 in Misbehaviour failed"), "{error}");
}

#[test]
fn header_2_valset_has_too_much_change() {
    let [one, other] = fork(1_010);
    let error = verify(&mut World::new(), &one, &Draft { members: vec![ALT], ..other }).unwrap_err();
    is_too_much_change(&error);
    assert!(error.log.starts_with("verifying Header2 in Misbehaviour failed"), "{error}");
}

#[test]
fn both_header_1_and_header_2_valset_has_too_much_change() {
    let [one, other] = fork(1_010).map(|draft| Draft { members: vec![ALT], ..draft });
    is_too_much_change(&verify(&mut World::new(), &one, &other).unwrap_err());
    is_too_much_change(&without_revision(|draft| Draft { members: vec![ALT], ..draft }).unwrap_err());
}
