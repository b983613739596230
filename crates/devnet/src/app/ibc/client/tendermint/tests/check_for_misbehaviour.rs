//! ibc-go `update_test.go`, `TestCheckForMisbehaviour`.

use super::super::super::test_chain::{Draft, FIRST_TIME, World};
use super::misbehaviour;

#[test]
fn valid_update_no_misbehaviour() {
    assert!(!World::new().is_misbehaviour(Draft::at(15, 1_010).sign()));
}

#[test]
fn consensus_state_already_exists_already_updated() {
    let mut world = World::new();
    let header = Draft::at(15, 1_010).sign();
    world.update(&header).unwrap();
    assert!(!world.is_misbehaviour(header));
}

#[test]
fn invalid_fork_misbehaviour_identical_headers() {
    let header = Draft::at(15, 1_010).sign();
    assert!(!World::new().is_misbehaviour(misbehaviour(header.clone(), header)));
}

#[test]
fn invalid_time_misbehaviour_monotonically_increasing_time() {
    let (higher, lower) = (Draft::at(18, 1_020).sign(), Draft::at(15, 1_010).sign());
    assert!(!World::new().is_misbehaviour(misbehaviour(higher, lower)));
}

#[test]
fn consensus_state_already_exists_app_hash_mismatch() {
    let mut world = World::new();
    world.update(&Draft::at(15, 1_010).sign()).unwrap();
    assert!(world.is_misbehaviour(Draft { app_hash: vec![5; 32], ..Draft::at(15, 1_010) }.sign()));
}

#[test]
fn previous_consensus_state_exists_and_header_time_is_before_previous_consensus_state_time() {
    assert!(World::new().is_misbehaviour(Draft::at(15, FIRST_TIME - 1).sign()));
    assert!(World::new().is_misbehaviour(Draft::at(15, FIRST_TIME).sign()));
    // The neighbour may be far below, where the keys share less.
    let mut world = World::new();
    world.update(&Draft::at(15, 1_010).sign()).unwrap();
    assert!(world.is_misbehaviour(Draft::at(70_000, 1_010).sign()));
    assert!(!world.is_misbehaviour(Draft::at(70_000, 1_011).sign()));
}

#[test]
fn next_consensus_state_exists_and_header_time_is_after_next_consensus_state_time() {
    for next in [16, 300, 70_000] {
        let mut world = World::new();
        world.update(&Draft::at(next, 1_050).sign()).unwrap();
        assert!(world.is_misbehaviour(Draft::at(15, 1_051).sign()), "{next}");
        assert!(world.is_misbehaviour(Draft::at(15, 1_050).sign()), "{next}");
        assert!(!world.is_misbehaviour(Draft::at(15, 1_049).sign()), "{next}");
    }
}

#[test]
fn valid_fork_misbehaviour_returns_true() {
    let (one, other) = (Draft::at(15, 1_010), Draft { app_hash: vec![5; 32], ..Draft::at(15, 1_010) });
    assert!(World::new().is_misbehaviour(misbehaviour(one.sign(), other.sign())));
}

#[test]
fn valid_time_misbehaviour_not_monotonically_increasing_time() {
    for time in [1_010, 1_011] {
        let (higher, lower) = (Draft::at(18, 1_010).sign(), Draft::at(15, time).sign());
        assert!(World::new().is_misbehaviour(misbehaviour(higher, lower)));
    }
}
